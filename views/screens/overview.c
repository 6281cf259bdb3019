/* overview.c - the first screen: what is dying, what is lying, what of mine is pending, what it costs.
 * Each panel is a question with its own age; Tab goes from one to the next, Enter opens what is there. */
#include "views/screens/overview.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "sql.h"
#include "views/lists/tables.h"
#include "views/lists/tables_ops.h"
#include "views/nav/action.h"
#include "views/nav/ask.h"
#include "views/nav/layers.h"
#include "views/nav/links.h"
#include "views/nav/nav.h"
#include "views/nav/trail.h"
#include "views/screens/events.h"
#include "views/screens/overview_int.h"
#include "views/screens/overview_paint.h"
#include "views/table/sheet_screen.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNHEALTHY "health=dead|health=crit|health=unknown"
#define IN_FLIGHT "instance_status=launching|instance_status=terminating"
// clang-format off
static const struct panel_kind kinds[P_N] = {
	[P_VERDICT]   = { "VERDICT",     &sql_queries_overview_verdict,   P_VERDICT,   2000,  overview_verdict,   "alerts",    NULL,      NULL, NULL, NULL, 0, TO_LIST },
	[P_STORM]     = { "STORMS",      &sql_queries_overview_storm,     P_STORM,     1000,  overview_storm,     "zones",     NULL,      NULL, &view_zones, "zone", 20, TO_ZONE },
	[P_DEADLINES] = { "DEADLINES",   &sql_queries_overview_deadlines, P_DEADLINES, 1000,  overview_deadlines, "deadlines", NULL,      NULL, &view_deadlines, "agent_id", 50, TO_AGENT },
	[P_STALE]     = { "UNHEALTHY",   &sql_queries_overview_stale,     P_STALE,     2000,  overview_stale,     "agents",    UNHEALTHY, NULL, &view_agents, "agent_id", 20, TO_AGENT },
	[P_FLIGHT]    = { "IN FLIGHT",   &sql_queries_overview_flight,    P_FLIGHT,    1000,  overview_flight,    "instances", IN_FLIGHT, "in_state_seconds", &view_instances, "instance_id", 20, TO_LIST },
	[P_HEALTH]    = { "HEALTH",      &sql_queries_overview_health,    P_HEALTH,    2000,  overview_health,    "agents",    NULL,      NULL, NULL, "health", 0, TO_HEALTH },
	[P_FLEET]     = { "FLEET",       &sql_queries_overview_fleet,     P_FLEET,     2000,  overview_fleet,     "instances", NULL,      NULL, NULL, NULL, 0, TO_LIST },
	[P_MONEY]     = { "MONEY",       NULL,                            P_FLEET,     0,     overview_money,     "clients",   NULL,      NULL, NULL, NULL, 0, TO_LIST },
	[P_MINE]      = { "COMMANDS",    &sql_queries_overview_mine,      P_MINE,      1000,  overview_mine,      "commands",  "trigger_type=manual", NULL, &view_commands, "command_id", 20, TO_LIST },
	[P_JOBS]      = { "JOBS",        &sql_queries_overview_jobs,      P_JOBS,      5000,  overview_jobs,      "jobs",      NULL,      NULL, NULL, NULL, 30, TO_LIST },
	[P_EVENTS]    = { "LAST EVENTS", &sql_queries_overview_events,    P_EVENTS,    1000,  overview_events,    "events",    NULL,      NULL, &view_events, "event_id", 0, TO_LIST },
	[P_TREND]     = { NULL,          &sql_queries_overview_trend,     P_TREND,     60000, NULL,               NULL,        NULL,      NULL, NULL, NULL, 0, TO_LIST },
};
// clang-format on

/* How many there are of what a panel lists; is_least: its question gave no more of them. */
static int64_t total_of(struct overview *o, int which, bool *is_least)
{
	const struct table *t = overview_data(o, which), *all = overview_data(o, P_VERDICT);
	int64_t n = t ? (int64_t)t->n_rows : 0;
	*is_least = n >= kinds[which].most;
	if (!*is_least || !all || nav_is_past(o->base.nav)) return n;
	int64_t counted = which == P_STALE       ? table_int(all, 0, "unhealthy", 0)
	                  : which == P_DEADLINES ? table_int(all, 0, "termination_notices", 0) +
	                                                   table_int(all, 0, "rebalance_notices", 0)
	                                         : 0;
	*is_least = counted < n;
	return *is_least ? n : counted;
}

/* What of a list has no room, beside its title; + opens the view that has all. */
static void paint_more(struct overview *o, struct grid *g, struct rect r, int which)
{
	bool is_least;
	int64_t more = kinds[which].most ? total_of(o, which, &is_least) - (r.h - 1) : 0;
	if (more > 0)
		grid_textf(g, r.y, r.x + 3 + (int)strlen(kinds[which].title), 18, ST_WARN, "+%lld%s more",
		           (long long)more, is_least ? " or" : "");
}

static void paint_panel(struct overview *o, struct grid *g, int which, struct rect r)
{
	const struct panel_kind *k = &kinds[which];
	struct panel *p = o->p[which].data;
	struct table *t = overview_data(o, which);
	int64_t since = ask_since(p->ask);
	bool is_focused = o->focus == which;
	int head = which != P_VERDICT && which != P_STORM; /* these are lines of their own */
	if (r.h < 1 + head || r.w < 12) return;
	o->p[which].is_shown = true;
	if (head) {
		grid_text(g, r.y, r.x + 1, r.w - 12, is_focused ? ST_ACCENT : ST_HEADER, k->title);
		paint_more(o, g, r, which);
		nav_paint_age(g, r.y, r.x + r.w - 1, o->base.nav, t ? t->read_at_mono_ms : TIME_NONE);
	}
	struct rect in = { r.y + head, r.x, r.h - head, r.w };
	o->p[which].at = in;
	if (t)
		k->paint(o, g, in, t, is_focused ? o->p[which].cursor : -1);
	else if (p->error.code)
		grid_text(g, in.y, in.x + 1, in.w - 2, ST_WARN, p->error.text);
	else if (since && clock_mono_ms() - since > 1000)
		grid_textf(g, in.y, in.x + 1, in.w - 2, ST_DIM, "reading for %lld s",
		           (long long)(clock_mono_ms() - since) / 1000);
	else
		grid_text(g, in.y, in.x + 1, in.w - 2, ST_DIM,
		          nav_is_stale(o->base.nav) ? "not known" : "reading");
	if (nav_is_stale(o->base.nav))
		for (int y = in.y; y < in.y + in.h && y < g->rows; y++) grid_dim(g, y, y + 1);
}

static int rows_of(struct overview *o, int which, int least, int most)
{
	struct table *t = overview_data(o, which);
	int n = t ? (int)t->n_rows : 0;
	return 1 + (n < least ? least : n > most ? most : n);
}

/* Side by side, by the widths given in parts of the whole. */
static void row_of(struct overview *o, struct grid *g, struct rect r, const int *which, int n)
{
	int x = r.x;
	for (int i = 0; i < n; i++) {
		int w = i == n - 1 ? r.x + r.w - x : r.w / n;
		paint_panel(o, g, which[i], (struct rect){ r.y, x, r.h, w });
		x += w;
	}
}

/* Who is unhealthy and what is under way: only when there is something, so that a calm fleet looks calm. */
static int paint_trouble(struct overview *o, struct grid *g, struct rect r, int y, int room)
{
	int stale = rows_of(o, P_STALE, 0, room - 1), flight = rows_of(o, P_FLIGHT, 0, room - 1);
	int which[2], n = 0;
	if (stale > 1) which[n++] = P_STALE;
	if (flight > 1 && (n == 0 || r.w >= 72)) which[n++] = P_FLIGHT;
	if (!n || room < 2) return 0;
	int h = stale > flight ? stale : flight;
	row_of(o, g, (struct rect){ y, r.x, h, r.w }, which, n);
	return h;
}

/* Where little room is and somebody is under notice, figures give way to names. */
static int paint_figures(struct overview *o, struct grid *g, struct rect r, int y, int end)
{
	static const int wide[] = { P_HEALTH, P_FLEET, P_MONEY }, narrow[] = { P_HEALTH, P_MONEY };
	bool is_crowded = rows_of(o, P_DEADLINES, 0, 4) == 5;
	int h = r.h > 24 ? 7 : is_crowded ? 3 : r.h > 16 ? 6 : 4;
	if (end - y - h == 1) h++; /* no room for what is below */
	if (h > end - y) h = end - y;
	struct rect in = { y, r.x, h, r.w };
	if (r.w >= 72)
		row_of(o, g, in, wide, 3);
	else
		row_of(o, g, in, narrow, 2);
	return h;
}

static void paint_rest(struct overview *o, struct grid *g, struct rect r)
{
	static const int three[] = { P_MINE, P_JOBS, P_EVENTS };
	if (r.h < 2) return;
	if (r.w >= 120) {
		row_of(o, g, r, three, 3);
		return;
	}
	int half = r.h >= 8 ? r.h / 2 : r.h;
	row_of(o, g, (struct rect){ r.y, r.x, half, r.w }, three, r.w >= 60 ? 2 : 1);
	if (r.h > half + 2) paint_panel(o, g, P_EVENTS, (struct rect){ r.y + half, r.x, r.h - half, r.w });
}

static void ov_paint(struct screen *s, struct grid *g, struct rect r)
{
	struct overview *o = (struct overview *)s;
	int y = r.y, end = r.y + r.h, gap = r.h > 22;
	for (int i = 0; i < P_N; i++) o->p[i].is_shown = false;
	int verdict = r.h > 7 ? 2 : 1; /* the reason, then the counts */
	paint_panel(o, g, P_VERDICT, (struct rect){ y, r.x, verdict, r.w });
	y += verdict;
	int h = rows_of(o, P_STORM, 0, r.h > 30 ? 4 : r.h > 14 ? 2 : 1) - 1;
	if (h) paint_panel(o, g, P_STORM, (struct rect){ y, r.x, h, r.w });
	y += h + gap;
	h = rows_of(o, P_DEADLINES, 1, r.h < 12 ? r.h / 5 : r.h / 4);
	paint_panel(o, g, P_DEADLINES, (struct rect){ y, r.x, h, r.w });
	y += h + gap;
	h = paint_trouble(o, g, r, y, r.h > 30 ? 8 : r.h > 24 ? 6 : r.h > 14 ? 4 : end - y < 3 ? end - y : 3);
	y += h + (h ? gap : 0);
	y += paint_figures(o, g, r, y, end) + gap;
	paint_rest(o, g, (struct rect){ y, r.x, end - y, r.w });
	if (!o->is_chosen) o->focus = o->p[P_STORM].is_shown ? P_STORM : P_DEADLINES;
	if (!o->p[o->focus].is_shown) o->focus = P_DEADLINES;
}

/* The row that the cursor is on stays under it wherever the new answer has it. */
static void keep_cursor(struct panel *p, const struct table *t, const char *by)
{
	const char *key =
	        by && p->t && p->cursor < (int)p->t->n_rows ? table_get(p->t, (size_t)p->cursor, by) : NULL;
	for (size_t i = 0; key && i < t->n_rows; i++) {
		const char *other = table_get(t, i, by);
		if (!other || strcmp(other, key) != 0) continue;
		p->cursor = (int)i;
		return;
	}
	if (p->cursor >= (int)t->n_rows) p->cursor = t->n_rows ? (int)t->n_rows - 1 : 0;
}

static void got(void *owner, struct table *t, const struct err *e)
{
	struct panel *p = owner;
	int64_t now = clock_mono_ms(), took = now - p->sent_ms;
	p->rest_until_ms = took > 100 ? now + took * 10 : 0; /* a large fleet is not asked the harder */
	if (e) {
		p->error = *e;
		return;
	}
	err_clear(&p->error);
	p->other_since_ms = 0;
	if (p->o->is_chosen) keep_cursor(p, t, kinds[p->which].key); /* else it stays on the gravest */
	table_free(p->t);
	if (nav_is_past(p->o->base.nav)) t->read_at_mono_ms = TIME_NONE; /* its seconds stand still */
	p->t = t;
}

/* The same panels as they were. */
static const struct query *const past_queries[P_N] = {
	[P_STORM] = &sql_queries_overview_storm_at,     [P_DEADLINES] = &sql_queries_overview_deadlines_at,
	[P_HEALTH] = &sql_queries_overview_health_at,   [P_FLEET] = &sql_queries_overview_fleet_at,
	[P_MINE] = &sql_queries_overview_mine_at,       [P_JOBS] = &sql_queries_overview_jobs_at,
	[P_EVENTS] = &sql_queries_overview_events_at,   [P_STALE] = &sql_queries_overview_stale_at,
	[P_FLIGHT] = &sql_queries_overview_flight_at,   [P_TREND] = &sql_queries_overview_trend_at,
	[P_VERDICT] = &sql_queries_overview_verdict_at,
};
enum { PAST_EVERY_MS = 60000 }; /* it does not change any more */

static void ov_fetch(struct screen *s)
{
	struct overview *o = (struct overview *)s;
	int64_t now = clock_mono_ms();
	for (int i = 0; i < P_N; i++) {
		struct panel *p = &o->p[i];
		if (!kinds[i].query || ask_is_busy(p->ask) || now < p->next_ms || now < p->rest_until_ms)
			continue;
		bool is_past = nav_is_past(s->nav);
		p->next_ms = now + (is_past ? PAST_EVERY_MS : kinds[i].every_ms);
		p->sent_ms = now;
		ask_query(p->ask, is_past ? past_queries[i] : kinds[i].query, &s->args);
	}
}

static void ov_retime(struct screen *s)
{
	struct overview *o = (struct overview *)s;
	for (int i = 0; i < P_N; i++) { /* answers under way are of another time */
		ask_free(o->p[i].ask);
		o->p[i].ask = ask_new(s->nav, &o->p[i], got);
		o->p[i].next_ms = o->p[i].rest_until_ms = 0;
		err_clear(&o->p[i].error);
		if (o->p[i].t && !o->p[i].other_since_ms) o->p[i].other_since_ms = clock_mono_ms();
	}
	ov_fetch(s);
}

static struct screen *ov_new(struct nav *nav, const struct view *v, const struct view_args *args)
{
	struct overview *o = mem_alloc(sizeof *o);
	(void)v, (void)args;
	o->focus = P_DEADLINES;
	for (int i = 0; i < P_N; i++) {
		o->p[i].o = o;
		o->p[i].which = i;
		o->p[i].data = &o->p[kinds[i].data];
		o->p[i].ask = ask_new(nav, &o->p[i], got);
	}
	return &o->base;
}

static void ov_close(struct screen *s)
{
	struct overview *o = (struct overview *)s;
	for (int i = 0; i < P_N; i++) {
		ask_free(o->p[i].ask);
		table_free(o->p[i].t);
	}
	free(o);
}

/* The row under the cursor; NULL: none. */
static struct table *row_here(struct overview *o, size_t *row)
{
	struct table *t = overview_data(o, o->focus);
	*row = (size_t)o->p[o->focus].cursor;
	return t && *row < t->n_rows ? t : NULL;
}

/* All that the panel in focus is of, filtered and ordered as here, and on the same row. */
static enum reaction ov_list(void *on, int arg)
{
	struct overview *o = on;
	const struct panel_kind *k = &kinds[o->focus];
	size_t row;
	struct table *t = k->rows_of ? row_here(o, &row) : NULL;
	(void)arg;
	struct table_place at = { .filter = k->filter,
		                  .sort = k->sort,
		                  .is_desc = k->sort != NULL,
		                  .key = t ? table_get(t, row, k->key) : NULL };
	if (k->list) sheet_screen_open(o->base.nav, view_find(k->list), NULL, k->title, &at);
	return R_DRAW;
}

/* The row's own: its agent, the agents of that zone that are under notice, those of that health. */
static enum reaction ov_open(void *on, int arg)
{
	struct overview *o = on;
	const struct panel_kind *k = &kinds[o->focus];
	size_t row;
	struct table *t = row_here(o, &row);
	struct view_args args = { 0 };
	struct buf where = BUF_EMPTY;
	if (k->enter == TO_LIST) return ov_list(o, arg);
	if (!t) return R_DRAW;
	const char *name = table_get(t, row,
	                             k->enter == TO_AGENT  ? "agent"
	                             : k->enter == TO_ZONE ? "az"
	                                                   : "health");
	struct table_place at = { .filter = NULL };
	if (k->enter == TO_AGENT)
		view_args_set(&args, "agent", table_get(t, row, "agent_id"));
	else
		view_where(k->enter == TO_ZONE ? "az client" : "health", t, row, &where);
	if (k->enter == TO_ZONE) buf_adds(&where, " notice_status=termination !verdict=RESCUED");
	at.filter = buf_str(&where);
	sheet_screen_open(o->base.nav,
	                  view_find(k->enter == TO_AGENT  ? "agent"
	                            : k->enter == TO_ZONE ? "deadlines"
	                                                  : "agents"),
	                  &args, name, &at);
	buf_free(&where);
	return R_DRAW;
}

static void focus_step(struct overview *o, int by)
{
	for (int tries = 0; tries < P_N; tries++) {
		o->focus = (o->focus + by) % P_N;
		if (o->p[o->focus].is_shown) return;
	}
}

static void ov_focus(struct screen *s, int by)
{
	((struct overview *)s)->is_chosen = true;
	focus_step((struct overview *)s, by < 0 ? P_N + by : by);
}

static enum reaction ov_move(void *on, int by)
{
	struct overview *o = on;
	struct table *t = overview_data(o, o->focus);
	int *cursor = &o->p[o->focus].cursor, n = t ? (int)t->n_rows : 0, to = *cursor + by;
	o->is_chosen = true;
	if (to >= 0 && (by < 0 || to < n)) *cursor = to;
	return R_DRAW;
}

static const struct action ov_actions[] = {
	{ "move.down", NULL, NULL, ov_move, 1 },
	{ "move.up", NULL, NULL, ov_move, -1 },
	{ "open", NULL, NULL, ov_open, 0 },
	{ "panel.list", "+", "all that the panel is of: its whole list", ov_list, 0 },
	{ 0 },
};

static int ov_click(struct screen *s, int y, int x)
{
	struct overview *o = (struct overview *)s;
	for (int i = 0; i < P_N; i++) {
		struct panel *p = &o->p[i];
		struct rect r = p->at;
		if (!p->is_shown || x < r.x || x >= r.x + r.w || y < r.y || y >= r.y + r.h) continue;
		struct table *t = overview_data(o, i);
		int first = o->focus == i && p->cursor >= r.h ? p->cursor - r.h + 1 : 0,
		    row = first + y - r.y;
		bool is_here = o->focus == i && (row == p->cursor || !t || row >= (int)t->n_rows);
		o->focus = i;
		o->is_chosen = true;
		if (t && row < (int)t->n_rows) p->cursor = row;
		return is_here ? 2 : 1;
	}
	return 0;
}

static struct table *ov_row(struct screen *s, size_t *row)
{
	struct overview *o = (struct overview *)s;
	*row = 0;
	return kinds[o->focus].rows_of ? row_here(o, row) : NULL;
}

static const struct view *ov_target(struct screen *s) { return kinds[((struct overview *)s)->focus].rows_of; }

static const struct screen_ops overview_screen = {
	.open = ov_new,
	.close = ov_close,
	.paint = ov_paint,
	.actions = ov_actions,
	.focus = ov_focus,
	.fetch = ov_fetch,
	.retime = ov_retime,
	.row = ov_row,
	.click = ov_click,
	.target_view = ov_target,
};
// clang-format off
static const struct col line_cols[] = {
	{ "section", "section", AS_TEXT, .min = 10, .about = "verdict condition deadline unhealthy health fleet money 'saved a day' 'in flight' command job" },
	{ "item",    "item",    AS_TEXT, .min = 20, .want = 40, .flex = 1 },
	{ "state",   "state",   AS_TEXT, .min = 11, .style = style_of_state },
	{ "value",   "value",   AS_DEC, .min = 12, .about = "a count, USD, or what the detail says" },
	{ "seconds", "time", AS_DURATION, .min = 8, .about = "left to a deadline, silent, under way, or since the job's last good end" },
	{ "agent",   "agent",   AS_TEXT, .min = 10, .want = 14 },
	{ "detail",  "detail",  AS_TEXT, .min = 20, .want = 50, .flex = 1 },
	{ "place",   "place",   AS_INT, .min = 5, .is_hidden = true },
	{ "line",    "line",    AS_TEXT, .min = 20, .is_hidden = true },
};
// clang-format on
const struct view view_overview = {
	.name = "overview",
	.digit = '1',
	.about = "Is anything dying, is anything lying, is anything of mine pending, what does it cost.",
	.query = &sql_queries_overview,
	.query_at = &sql_queries_overview_at,
	.row_key = "line",
	.cols = line_cols,
	.n_cols = ARRAY_LEN(line_cols),
	.sort = "place",
	.screen = &overview_screen,
	.screen_has_past = true,
	.unasked = " client agent ", /* its sums are the whole fleet's */
	.note_at = "alerts: as the worker had seen them; not kept: heartbeats (health n/a), boot times, "
	           "changed prices (the pool's)",
	.refresh_ms = 500,
};
