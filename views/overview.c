/* overview.c - the first screen: what is dying, what is lying, what of mine is pending, what it costs.
 * Each panel is a question with its own age; Tab goes from one to the next, Enter opens what is there. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "sql.h"
#include "views/app.h"
#include "views/registry.h"
#include "views/sheet.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { P_DEADLINES, P_HEALTH, P_FLEET, P_MONEY, P_MINE, P_JOBS, P_EVENTS, P_N };
struct overview;
struct panel_kind {
	const char *title;
	const struct query *query; /* NULL: painted from another panel's data */
	int data;                  /* whose data it paints */
	int every_ms;
	const char *opens;          /* view that Enter opens */
	const struct view *rows_of; /* the view its rows belong to (actions) */
	void (*paint)(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);
};
struct panel {
	struct overview *o;
	struct ask *ask;
	struct table *t;
	struct err error;
	int64_t next_ms;
	int cursor, which;
};
struct overview {
	struct screen base;
	struct panel p[P_N];
	int focus;
};

static void paint_deadlines(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);
static void paint_health(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);
static void paint_fleet(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);
static void paint_money(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);
static void paint_mine(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);
static void paint_jobs(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);
static void paint_events(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);

// clang-format off
static const struct panel_kind kinds[P_N] = {
	[P_DEADLINES] = { "DEADLINES",   &sql_queries_overview_deadlines, P_DEADLINES, 1000, "agent",     &view_agents,   paint_deadlines },
	[P_HEALTH]    = { "HEALTH",      &sql_queries_overview_health,    P_HEALTH,    2000, "agents",    NULL,           paint_health },
	[P_FLEET]     = { "FLEET",       &sql_queries_overview_fleet,     P_FLEET,     2000, "instances", NULL,           paint_fleet },
	[P_MONEY]     = { "MONEY",       NULL,                            P_FLEET,     0,    "clients",   NULL,           paint_money },
	[P_MINE]      = { "COMMANDS",    &sql_queries_overview_mine,      P_MINE,      1000, "commands",  &view_commands, paint_mine },
	[P_JOBS]      = { "JOBS",        &sql_queries_overview_jobs,      P_JOBS,      5000, "jobs",      NULL,           paint_jobs },
	[P_EVENTS]    = { "LAST EVENTS", &sql_queries_overview_events,    P_EVENTS,    1000, "events",    &view_events,      paint_events },
};
// clang-format on

static struct table *data_of(struct overview *o, int which) { return o->p[kinds[which].data].t; }

/* The data's own clock goes on: seconds left when read, less the seconds since. */
static double aged(const struct table *t, double v, int sign)
{
	return v + sign * (double)clock_age_ms(t->read_at_mono_ms) / 1000;
}

static const char *dash(const struct grid *g) { return g->is_ascii ? "-" : "–"; }

static const char *text_or_na(const char *s) { return s && *s ? s : "n/a"; }

/* --- deadlines --- */

static void verdict(struct grid *g, int y, int right, struct table *t, size_t i, bool is_termination)
{
	char text[64];
	bool is_narrow = right < 50;
	enum style st = ST_WARN;
	const char *margin = table_get(t, i, "margin_seconds");
	if (!is_termination) return;
	if (!margin)
		snprintf(text, sizeof text, "NOT KNOWN");
	else {
		double m = aged(t, strtod(margin, NULL), -1);
		st = m >= 0 ? ST_OK : ST_CRIT;
		if (m >= 0)
			snprintf(text, sizeof text, is_narrow ? "MAKES +%.0f" : "MAKES IT +%.0f s", m);
		else
			snprintf(text, sizeof text, is_narrow ? "MISSES %.0f" : "MISSES BY %.0f s",
			         is_narrow ? m : -m);
	}
	int w = is_narrow ? 11 : 18;
	grid_right(g, y, right - w, w, st, text);
}

static void deadline_row(struct overview *o, struct grid *g, struct rect r, int y, struct table *t, size_t i)
{
	char clock[32] = "", why[160];
	(void)o;
	bool is_term = strcmp(text_or_na(table_get(t, i, "notice_status")), "termination") == 0;
	const char *left = table_get(t, i, "seconds_left");
	int x = r.x + 1;
	x += grid_text(g, y, x, 5, is_term ? ST_CRIT : ST_WARN, is_term ? "TERM" : "RISK") + 2;
	grid_text(g, y, x, 14, ST_TEXT, text_or_na(table_get(t, i, "agent")));
	x += 15;
	if (r.w >= 70) grid_text(g, y, x, 12, ST_DIM, text_or_na(table_get(t, i, "az"))), x += 13;
	if (left && is_term)
		fmt_clock(clock, sizeof clock, (int64_t)(aged(t, strtod(left, NULL), -1) * 1000));
	grid_right(g, y, x, 6, is_term ? ST_CRIT : ST_DIM, clock);
	x += 8;
	const char *boot = table_get(t, i, "boot_seconds"), *ago = table_get(t, i, "received_seconds_ago");
	if (!is_term) {
		char age[32] = "n/a";
		if (ago) fmt_age(age, sizeof age, (int64_t)(aged(t, strtod(ago, NULL), 1) * 1000));
		int64_t n = table_int(t, i, "rebalances_30d", 0);
		if (n > 0)
			snprintf(why, sizeof why, "rebalance %s ago; here %lld of %lld became terminations",
			         age, (long long)table_int(t, i, "became_terminations_30d", 0), (long long)n);
		else
			snprintf(why, sizeof why, "rebalance %s ago; a risk, not a countdown", age);
	} else if (table_int(t, i, "replica_count", 0) > 0)
		snprintf(why, sizeof why, "replica ready");
	else if (boot)
		snprintf(why, sizeof why, "no replica, boot %s s (n=%s)", boot,
		         text_or_na(table_get(t, i, "boot_samples")));
	else
		snprintf(why, sizeof why, "no replica, boot time n/a (n=0)");
	grid_text(g, y, x, r.x + r.w - x - (is_term ? 19 : 1), ST_TEXT, why);
	verdict(g, y, r.x + r.w - 1, t, i, is_term);
}

static void paint_deadlines(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor)
{
	if (t->n_rows == 0) {
		grid_text(g, r.y, r.x + 1, r.w - 2, ST_OK, "no notice: nothing is about to be taken away");
		return;
	}
	int first = cursor >= r.h ? cursor - r.h + 1 : 0;
	for (int i = 0; i < r.h && first + i < (int)t->n_rows; i++) {
		size_t row = (size_t)first + (size_t)i;
		deadline_row(o, g, r, r.y + i, t, row);
		if (first + i == cursor) {
			grid_cursor_row(g, r.y + i, r.x, r.w);
			g->cur_y = r.y + i;
			g->cur_x = r.x;
		}
	}
}

/* --- health, fleet, money --- */

static void paint_health(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor)
{
	double total = 0;
	char n[32], word[16];
	(void)o;
	for (size_t i = 0; i < t->n_rows; i++) total += table_dec(t, i, "agents", 0);
	if (t->n_rows == 0) grid_text(g, r.y, r.x + 1, r.w - 2, ST_DIM, "no agent has registered");
	for (int i = 0; i < r.h && (size_t)i < t->n_rows; i++) {
		const char *h = text_or_na(table_get(t, (size_t)i, "health"));
		double v = table_dec(t, (size_t)i, "agents", 0);
		snprintf(word, sizeof word, "%s", h);
		for (char *p = word; *p; p++)
			if (*p >= 'a' && *p <= 'z') *p -= 32;
		grid_text(g, r.y + i, r.x + 1, 8, style_of_state(h), word);
		grid_right(g, r.y + i, r.x + 8, 7, ST_TEXT, fmt_count(n, sizeof n, (int64_t)v));
		if (r.w > 20)
			grid_bar(g, r.y + i, r.x + 17, r.w - 19, total > 0 ? v / total : 0,
			         style_of_state(h));
		if (i == cursor) {
			grid_cursor_row(g, r.y + i, r.x, r.w - 1);
			g->cur_y = r.y + i;
			g->cur_x = r.x;
		}
	}
}

static void pair(struct grid *g, int y, int x, int w, const char *name, const char *value, enum style st)
{
	grid_text(g, y, x, w - 2, ST_DIM, name);
	grid_right(g, y, x + w - 13, 12, st, value);
}

static const char *count_of(const struct table *t, const char *col, char *out, size_t n)
{
	const char *v = table_get(t, 0, col);
	return v ? fmt_count(out, n, strtoll(v, NULL, 10)) : "n/a";
}

static void paint_fleet(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor)
{
	char n[32], a[32], line[100];
	(void)o, (void)cursor;
	static const struct {
		const char *name, *col;
		enum style st;
	} rows[] = {
		{ "primary", "primaries", ST_TEXT },       { "replica", "replicas", ST_TEXT },
		{ "zombie", "zombies", ST_WARN },          { "launching", "launching", ST_INFO },
		{ "terminating", "terminating", ST_INFO },
	};
	int y = r.y;
	for (size_t i = 0; i < ARRAY_LEN(rows) && y < r.y + r.h; i++) {
		const char *v = count_of(t, rows[i].col, n, sizeof n);
		pair(g, y++, r.x + 1, r.w - 1, rows[i].name, v, strcmp(v, "0") == 0 ? ST_DIM : rows[i].st);
	}
	int64_t late = table_int(t, 0, "overdue_launches", 0);
	if (late > 0 && y < r.y + r.h) {
		fmt_age(a, sizeof a,
		        (int64_t)(aged(t, table_dec(t, 0, "longest_launch_seconds", 0), 1) * 1000));
		snprintf(line, sizeof line, "%lld past 300 s: %s", (long long)late, a);
		grid_text(g, y, r.x + 1, r.w - 2, ST_CRIT, line);
	}
}

static const char *usd_of(const struct table *t, const char *col, double times, char *out, size_t n)
{
	const char *v = table_get(t, 0, col);
	return v ? fmt_usd(out, n, strtod(v, NULL) * times, times > 1 ? 0 : 2) : "n/a";
}

static void paint_money(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor)
{
	char n[32];
	(void)o, (void)cursor;
	static const struct {
		const char *name, *col;
		double times;
		enum style st;
	} rows[] = {
		{ "$/h now", "cost_usd_per_hour", 1, ST_STRONG },
		{ "saved $/h", "saved_usd_per_hour", 1, ST_OK },
		{ "saved $/month", "saved_usd_per_hour", 720, ST_OK },
		{ "zombies $/h", "zombie_usd_per_hour", 1, ST_WARN },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows) && (int)i < r.h; i++)
		pair(g, r.y + (int)i, r.x + 1, r.w - 1, rows[i].name,
		     usd_of(t, rows[i].col, rows[i].times, n, sizeof n), rows[i].st);
}

/* --- commands, jobs, events --- */

static void paint_mine(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor)
{
	char age[32], line[200];
	(void)o;
	if (t->n_rows == 0) grid_text(g, r.y, r.x + 1, r.w - 2, ST_DIM, "no manual command in the last hour");
	for (int i = 0; i < r.h && (size_t)i < t->n_rows; i++) {
		size_t k = (size_t)i;
		const char *status = text_or_na(table_get(t, k, "status")), *stage = table_get(t, k, "stage");
		bool is_open = strcmp(status, "pending") == 0 || strcmp(status, "executing") == 0;
		double took = table_dec(t, k, "elapsed_seconds", 0);
		fmt_age(age, sizeof age, (int64_t)((is_open ? aged(t, took, 1) : took) * 1000));
		int x = r.x + 1 +
		        grid_text(g, r.y + i, r.x + 1, 10, style_of_state(status),
		                  is_open && stage ? stage : status) +
		        1;
		snprintf(line, sizeof line, "%.8s %s %s", text_or_na(table_get(t, k, "command_type")),
		         text_or_na(table_get(t, k, "agent")), text_or_na(table_get(t, k, "target")));
		grid_text(g, r.y + i, x, r.x + r.w - x - 8, ST_TEXT, line);
		grid_right(g, r.y + i, r.x + r.w - 8, 6, ST_DIM, age);
		if (i == cursor)
			grid_cursor_row(g, r.y + i, r.x, r.w - 1), g->cur_y = r.y + i, g->cur_x = r.x;
	}
}

static void paint_jobs(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor)
{
	char age[32];
	(void)o, (void)cursor;
	if (t->n_rows == 0)
		grid_text(g, r.y, r.x + 1, r.w - 2, ST_WARN, "no job is scheduled: start a worker");
	for (int i = 0; i < r.h && (size_t)i < t->n_rows; i++) {
		size_t k = (size_t)i;
		const char *state = text_or_na(table_get(t, k, "state")),
		           *ago = table_get(t, k, "seconds_since_last");
		bool is_bad = strcmp(state, "ok") != 0 && strcmp(state, "running") != 0;
		int w = r.w > 34 ? 18 : 14;
		grid_text(g, r.y + i, r.x + 1, w, ST_TEXT, text_or_na(table_get(t, k, "name")));
		grid_text(g, r.y + i, r.x + 2 + w, 8, is_bad ? ST_WARN : ST_OK, state);
		if (ago)
			fmt_age(age, sizeof age, (int64_t)(aged(t, strtod(ago, NULL), 1) * 1000));
		else
			snprintf(age, sizeof age, "%s", dash(g));
		grid_right(g, r.y + i, r.x + r.w - 7, 6, ST_DIM, age);
	}
}

static void paint_events(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor)
{
	struct cell_env env = app_env(o->base.app);
	static const struct col at = { .name = "at", .as = AS_TIME };
	struct buf b = BUF_EMPTY;
	if (t->n_rows == 0) grid_text(g, r.y, r.x + 1, r.w - 2, ST_DIM, "nothing has been written down yet");
	for (int i = 0; i < r.h && (size_t)i < t->n_rows; i++) {
		size_t k = (size_t)i;
		const char *sev = text_or_na(table_get(t, k, "severity"));
		buf_cut(&b, 0);
		cell_text(&b, &at, CELL_TIME, table_get(t, k, "at"), &env);
		int x = r.x + 1 + grid_text(g, r.y + i, r.x + 1, 11, ST_DIM, buf_str(&b)) + 1;
		const char *agent = table_get(t, k, "agent");
		if (agent && r.w >= 60) x += grid_text(g, r.y + i, x, 14, ST_TEXT, agent) + 1;
		grid_text(g, r.y + i, x, r.x + r.w - x - 1, style_of_state(sev),
		          text_or_na(table_get(t, k, "message")));
		if (i == cursor)
			grid_cursor_row(g, r.y + i, r.x, r.w - 1), g->cur_y = r.y + i, g->cur_x = r.x;
	}
	buf_free(&b);
}

/* --- the screen --- */

static void paint_panel(struct overview *o, struct grid *g, int which, struct rect r)
{
	const struct panel_kind *k = &kinds[which];
	struct panel *p = &o->p[k->data];
	bool is_focused = o->focus == which;
	if (r.h < 2 || r.w < 12) return;
	grid_text(g, r.y, r.x + 1, r.w - 12, is_focused ? ST_ACCENT : ST_HEADER, k->title);
	paint_age(g, r.y, r.x + r.w - 1, o->base.app, p->t ? p->t->read_at_mono_ms : TIME_NONE);
	struct rect in = { r.y + 1, r.x, r.h - 1, r.w };
	if (p->t)
		k->paint(o, g, in, p->t, is_focused ? o->p[which].cursor : -1);
	else if (p->error.code)
		grid_text(g, in.y, in.x + 1, in.w - 2, ST_WARN, p->error.text);
	else
		grid_text(g, in.y, in.x + 1, in.w - 2, ST_DIM,
		          app_is_stale(o->base.app) ? "not known" : "reading");
	if (app_is_stale(o->base.app))
		for (int y = in.y; y < in.y + in.h && y < g->rows; y++) grid_dim(g, y, y + 1);
}

static int rows_of(struct overview *o, int which, int least, int most)
{
	struct table *t = data_of(o, which);
	int n = t ? (int)t->n_rows : 0;
	return 1 + (n < least ? least : n > most ? most : n);
}

static void ov_paint(struct screen *s, struct grid *g, struct rect r)
{
	struct overview *o = (struct overview *)s;
	int y = r.y, end = r.y + r.h, third = r.w / 3;
	int h = rows_of(o, P_DEADLINES, 1, r.h / 4 < 1 ? 1 : r.h / 4);
	paint_panel(o, g, P_DEADLINES, (struct rect){ y, r.x, h, r.w });
	y += h + (r.h > 14);
	int mid = r.h > 14 ? 7 : 4;
	if (mid > end - y) mid = end - y;
	if (r.w >= 72) {
		paint_panel(o, g, P_HEALTH, (struct rect){ y, r.x, mid, third });
		paint_panel(o, g, P_FLEET, (struct rect){ y, r.x + third, mid, third });
		paint_panel(o, g, P_MONEY, (struct rect){ y, r.x + 2 * third, mid, r.w - 2 * third });
	} else {
		paint_panel(o, g, P_HEALTH, (struct rect){ y, r.x, mid, r.w / 2 });
		paint_panel(o, g, P_MONEY, (struct rect){ y, r.x + r.w / 2, mid, r.w - r.w / 2 });
	}
	y += mid + (r.h > 20);
	int rest = end - y;
	if (rest < 2) return;
	if (r.w >= 120) {
		paint_panel(o, g, P_MINE, (struct rect){ y, r.x, rest, third });
		paint_panel(o, g, P_JOBS, (struct rect){ y, r.x + third, rest, third });
		paint_panel(o, g, P_EVENTS, (struct rect){ y, r.x + 2 * third, rest, r.w - 2 * third });
		return;
	}
	int half = rest >= 8 ? rest / 2 : rest;
	if (r.w >= 60) {
		paint_panel(o, g, P_MINE, (struct rect){ y, r.x, half, r.w / 2 });
		paint_panel(o, g, P_JOBS, (struct rect){ y, r.x + r.w / 2, half, r.w - r.w / 2 });
	} else
		paint_panel(o, g, P_MINE, (struct rect){ y, r.x, half, r.w });
	if (rest > half + 2) paint_panel(o, g, P_EVENTS, (struct rect){ y + half, r.x, rest - half, r.w });
}

static void got(void *owner, struct table *t, const struct err *e)
{
	struct panel *p = owner;
	if (e) {
		p->error = *e;
		return;
	}
	err_clear(&p->error);
	table_free(p->t);
	p->t = t;
	if (p->cursor >= (int)t->n_rows) p->cursor = t->n_rows ? (int)t->n_rows - 1 : 0;
}

static void ov_fetch(struct screen *s)
{
	struct overview *o = (struct overview *)s;
	int64_t now = clock_mono_ms();
	for (int i = 0; i < P_N; i++) {
		struct panel *p = &o->p[i];
		if (!kinds[i].query || ask_is_busy(p->ask) || now < p->next_ms) continue;
		p->next_ms = now + kinds[i].every_ms;
		ask_query(p->ask, kinds[i].query, &s->args);
	}
}

static struct screen *ov_open(struct app *a, const struct view *v, const struct view_args *args)
{
	struct overview *o = mem_alloc(sizeof *o);
	(void)v, (void)args;
	for (int i = 0; i < P_N; i++) {
		o->p[i].o = o;
		o->p[i].which = i;
		o->p[i].ask = ask_new(a, &o->p[i], got);
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

static enum reaction ov_open_row(struct overview *o)
{
	const struct panel_kind *k = &kinds[o->focus];
	struct table *t = data_of(o, o->focus);
	size_t row = (size_t)o->p[o->focus].cursor;
	const struct view *v = view_find(k->opens);
	struct view_args args = { 0 };
	if (!v) return R_DRAW;
	if (o->focus == P_DEADLINES && t && row < t->n_rows) {
		view_args_set(&args, "agent", table_get(t, row, "agent_id"));
		app_open(o->base.app, v, &args, table_get(t, row, "agent"));
		return R_DRAW;
	}
	if (o->focus == P_DEADLINES) return R_DRAW;
	char filter[64] = "";
	if (o->focus == P_HEALTH && t && row < t->n_rows)
		snprintf(filter, sizeof filter, "health=%s", table_get(t, row, "health"));
	app_open(o->base.app, v, NULL, k->title);
	struct sheet *sh = app_top_sheet(o->base.app);
	if (sh && *filter) sheet_filter(sh, filter, NULL);
	return R_DRAW;
}

static enum reaction ov_act(struct screen *s, const char *action)
{
	struct overview *o = (struct overview *)s;
	struct table *t = data_of(o, o->focus);
	int *cursor = &o->p[o->focus].cursor, n = t ? (int)t->n_rows : 0;
	if (strcmp(action, "focus.next") == 0)
		o->focus = (o->focus + 1) % P_N;
	else if (strcmp(action, "focus.prev") == 0)
		o->focus = (o->focus + P_N - 1) % P_N;
	else if (strcmp(action, "move.down") == 0)
		*cursor += *cursor + 1 < n;
	else if (strcmp(action, "move.up") == 0)
		*cursor -= *cursor > 0;
	else if (strcmp(action, "open") == 0)
		return ov_open_row(o);
	else
		return R_UNKNOWN;
	return R_DRAW;
}

static struct table *ov_row(struct screen *s, size_t *row)
{
	struct overview *o = (struct overview *)s;
	struct table *t = kinds[o->focus].rows_of ? data_of(o, o->focus) : NULL;
	*row = (size_t)o->p[o->focus].cursor;
	return t && *row < t->n_rows ? t : NULL;
}

static const struct view *ov_target(struct screen *s) { return kinds[((struct overview *)s)->focus].rows_of; }

static const struct screen_ops overview_screen = {
	.open = ov_open,
	.close = ov_close,
	.paint = ov_paint,
	.act = ov_act,
	.fetch = ov_fetch,
	.row = ov_row,
	.target_view = ov_target,
};
const struct view view_overview = {
	.name = "overview",
	.digit = '1',
	.about = "Is anything dying, is anything lying, is anything of mine pending, what does it cost.",
	.query = &sql_queries_overview_fleet,
	.screen = &overview_screen,
	.refresh_ms = 500,
};
