/* events.c - the events screen: what comes, live, over what is kept; rates, gaps, lateness; follow and stand. */
#include "views/screens/events.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "sql.h"
#include "views/nav/action.h"
#include "views/nav/links.h"
#include "views/nav/nav.h"
#include "views/screens/events_back.h"
#include "views/screens/events_live.h"
#include "views/table/sheet.h"
#include "views/table/sheet_actions.h"
#include "views/table/sheet_paint.h"
#include "views/table/sheet_rows.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	EDGE = 60 /* rows from an end of the window at which more are read */,
	CELL_WIDTH = 26,
	SKIP_SHOWN_MS = 60000
};

/* --- rows --- */

/* Heartbeats of one minute are one row on the screen, the newest; the table keeps each. */
static size_t fold(void *owner, struct sheet *s, size_t *order, size_t n)
{
	struct events *e = owner;
	size_t kept = 0, row = 0, count = 0;
	char minute[17] = "";
	if (e->is_unfolded || strcmp(s->sort, "at") != 0) return n;
	for (size_t i = 0; i <= n; i++) {
		struct cell *c = i < n ? s->t->cells + order[i] * s->t->n_cols : NULL;
		bool is_heartbeat = c && c[C_TYPE].s && strcmp(c[C_TYPE].s, "HEARTBEAT") == 0;
		bool is_same = is_heartbeat && c[C_AT].s && strncmp(c[C_AT].s, minute, 16) == 0;
		if (count > 1 &&
		    (!c || (is_heartbeat && !is_same))) { /* the minute is over: its row tells how many */
			struct cell *m = s->t->cells + row * s->t->n_cols + C_MESSAGE;
			m->s = arena_printf(&s->t->arena, "%s%s in this minute (H shows each)",
			                    tail_stats(e->feed[STREAM].tail).skipped ? "at least " : "",
			                    COUNTED(count, "heartbeat", "heartbeats"));
			m->len = strlen(m->s);
		}
		if (!c) break;
		if (is_same) {
			count++;
			continue;
		}
		if (is_heartbeat) {
			snprintf(minute, sizeof minute, "%s", c[C_AT].s ? c[C_AT].s : "");
			row = order[i];
			count = 1;
		}
		order[kept++] = order[i];
	}
	return kept;
}

static bool is_by_time(const struct events *e)
{
	return strcmp(e->sheet->sort, "at") == 0 && e->sheet->is_desc;
}

/* The rings lost rows that lay between them and the pages: without them nothing tells that some are missing. */
static void forget_hole(struct events *e)
{
	if (e->has_hole && e->is_following) back_forget(e);
	e->has_hole = false;
}

/* The sheet's rows anew: the rings and the pages, or the pages alone. */
static void show(struct events *e)
{
	struct table *t = event_table();
	forget_hole(e);
	e->is_new = false;
	if (e->is_following) live_rows(e, t);
	back_rows(e, t);
	sheet_give(e->sheet, t);
	if (e->is_following && is_by_time(e)) rows_to(&e->sheet->rows, 0, sheet_key_at, e->sheet);
	if (e->want_last && e->sheet->n) {
		rows_to(&e->sheet->rows, e->sheet->n - 1, sheet_key_at, e->sheet);
		e->want_last = false;
	}
}

static void stand(struct events *e)
{
	if (!e->is_following) return;
	forget_hole(e);
	e->is_following = false;
	e->stood_at = e->arrived;
	back_stand(e);
}

static bool has_stopped(const struct events *e)
{
	return e->feed[STREAM].has_stopped || e->feed[LOG].has_stopped;
}

static void follow(struct events *e)
{
	if (has_stopped(e)) { /* another history: from its newest on */
		live_close(e);
		live_open(e);
	}
	if (view_args_get(&e->base.args, "at")) return; /* the time machine's moment does not go on */
	back_forget(e);
	e->is_following = true;
	show(e);
	rows_to(&e->sheet->rows, 0, sheet_key_at, e->sheet);
}

/* --- time goes on --- */

/* The tables are asked for what the sheet shows; its faults are here the severities from warning up. */
static void compile(struct events *e)
{
	static const char faults[] = "severity=warning|severity=error|severity=critical";
	char text[400];
	size_t n;
	struct filter_col *cols = view_filter_cols(e->base.view, &n);
	snprintf(e->filter_text, sizeof e->filter_text, "%s", e->sheet->filter_text);
	e->faults_only = e->sheet->faults_only;
	snprintf(text, sizeof text, "%s %s", e->filter_text, e->faults_only ? faults : "");
	filter_free(e->filter);
	e->filter = filter_parse(text, cols, n, NULL);
	free(cols);
}

/* Another filter: what was read back was read with the old one. Where the window stood, it begins again. */
static void refilter(struct events *e)
{
	if (strcmp(e->filter_text, e->sheet->filter_text) == 0 && e->faults_only == e->sheet->faults_only)
		return;
	compile(e);
	struct page top = e->n_pages ? e->pages[0] : (struct page){ 0 };
	bool had = !e->is_following && e->n_pages;
	back_forget(e);
	if (!had) return;
	struct page *p = &e->pages[e->n_pages++];
	*p = (struct page){ .t = event_table() };
	for (int i = 0; i < SOURCES; i++) {
		p->hi[i] = top.hi[i];
		p->lo[i] = top.hi[i] + 1;
	}
}

static bool is_placed(const struct events *e) { return e->feed[STREAM].is_placed && e->feed[LOG].is_placed; }

static void ev_tick(struct screen *s)
{
	struct events *e = (struct events *)s;
	struct rows *r = &e->sheet->rows;
	refilter(e);
	forget_hole(e);
	if (e->is_new && !nav_is_stale(s->nav)) {
		show(e);
		if (e->is_asked) nav_urgent(s->nav);
		e->is_asked = false;
	}
	if (!is_placed(e)) return;
	bool is_short = e->sheet->n < r->height + EDGE || r->cursor + EDGE > e->sheet->n;
	if (e->is_following ? e->sheet->n < r->height + EDGE && e->n_pages < EV_PAGES : is_short)
		back_load(e, -1);
}

/* --- what the operator does --- */

static enum reaction go_end(struct events *e)
{
	stand(e);
	back_forget(e);
	e->at_newest = false;
	e->want_last = true;
	back_load(e, 1); /* a window of no page begins at the oldest */
	e->at_oldest = true;
	return R_DRAW;
}

static bool is_of(const char *severity, const char *want)
{
	if (!severity) return false;
	if (strcmp(want, "warning") == 0) return strcmp(severity, "warning") == 0;
	return strcmp(severity, "error") == 0 || strcmp(severity, "critical") == 0;
}

static enum reaction find(struct events *e, const char *severity, int by)
{
	struct sheet *s = e->sheet;
	stand(e);
	for (size_t i = s->rows.cursor + (size_t)by; i < s->n; i += (size_t)by)
		if (is_of(table_get(s->t, s->order[i], "severity"), severity)) {
			rows_to(&s->rows, i, sheet_key_at, s);
			return R_DRAW;
		}
	nav_say(e->base.nav, ST_DIM, "no %s %s among the %s here; / severity=%s looks at all", severity,
	        by > 0 ? "further down" : "further up", COUNTED(s->n, "row", "rows"), severity);
	return R_DRAW;
}

/* Any motion away from the newest stands still, so that nothing moves under the hand. */
static enum reaction moved(struct events *e, const char *action)
{
	bool was_following = e->is_following;
	if (strcmp(action, "move.end") == 0) return go_end(e);
	if (strcmp(action, "move.top") == 0) {
		follow(e);
		return R_DRAW;
	}
	enum reaction r = sheet_action(e->sheet, action);
	if (was_following && e->sheet->rows.cursor > 0 && is_by_time(e)) stand(e);
	if (!e->is_following && e->sheet->rows.cursor < EDGE) back_load(e, 1);
	return r;
}

static enum reaction find_error(void *on, int by)
{
	refilter(on);
	return find(on, "error", by);
}

static enum reaction find_warning(void *on, int by)
{
	refilter(on);
	return find(on, "warning", by);
}

static enum reaction toggle_follow(void *on, int arg)
{
	struct events *e = on;
	(void)arg;
	refilter(e);
	if (e->is_following && !has_stopped(e))
		stand(e);
	else
		follow(e);
	return R_DRAW;
}

static enum reaction toggle_fold(void *on, int arg)
{
	struct events *e = on;
	(void)arg;
	refilter(e);
	e->is_unfolded = !e->is_unfolded;
	nav_say(e->base.nav, ST_INFO, e->is_unfolded ? "each heartbeat is shown" : "heartbeats are folded");
	show(e);
	return R_DRAW;
}

// clang-format off
static const struct action actions[] = {
	{ "follow",       "s F", "follow the newest or stand still", toggle_follow, 0 },
	{ "fold",         "H",   "heartbeats folded or each", toggle_fold, 0 },
	{ "find.prev",    "N",   "", NULL, 0 },
	{ "next.error",   "e",   "next error", find_error, 1 },
	{ "prev.error",   "E",   "error before", find_error, -1 },
	{ "next.warning", "w",   "next warning", find_warning, 1 },
	{ "prev.warning", "W",   "warning before", find_warning, -1 },
	{ 0 },
};
// clang-format on

static enum reaction events_action(struct screen *s, const char *action)
{
	struct events *e = (struct events *)s;
	refilter(e);
	if (strncmp(action, "move.", 5) == 0 && strcmp(action, "move.left") != 0 &&
	    strcmp(action, "move.right") != 0)
		return moved(e, action);
	if (strncmp(action, "mark.", 5) == 0 || strncmp(action, "find.", 5) == 0) stand(e);
	return sheet_action(e->sheet, action);
}

/* --- paint --- */

static int put(struct grid *g, int y, int x, int right, enum style st, const char *text)
{
	return x < right ? x + grid_text(g, y, x, right - x, st, text) : x;
}

static bool is_linked(const struct events *e) { return !nav_is_stale(e->base.nav); }

static int paint_place(struct events *e, struct grid *g, int y, int x, int right)
{
	char text[120], n[2][32];
	const struct load *l = &e->load;
	if (has_stopped(e))
		x = put(g, y, x, right, ST_CRIT, "STOPPED (s begins anew)");
	else if (!is_linked(e))
		x = put(g, y, x, right, ST_WARN, "NOT CONNECTED, what comes now is read when it is again");
	else if (e->is_following)
		x = put(g, y, x, right, ST_OK, "LIVE");
	else if (view_args_get(&e->base.args, "at"))
		x = put(g, y, x, right, ST_AMBER, "AS IT WAS");
	else {
		snprintf(text, sizeof text, "STANDS STILL, %s came since (s follows)",
		         fmt_count(n[0], 32, (int64_t)(e->arrived - e->stood_at)));
		x = put(g, y, x, right, ST_AMBER, text);
	}
	if (l->is_active && l->looked_at) {
		uint64_t all = 0;
		for (int i = 0; i < SOURCES; i++) all += l->newest[i] ? l->newest[i] - l->oldest[i] + 1 : 0;
		snprintf(text, sizeof text, "  reading back, %s of %s looked at",
		         fmt_count(n[0], 32, (int64_t)l->looked_at), fmt_count(n[1], 32, (int64_t)all));
		x = put(g, y, x, right, ST_INFO, text);
	}
	return x;
}

static int paint_skipped(struct events *e, struct grid *g, int y, int x, int right)
{
	char text[160], n[32];
	uint64_t skipped = tail_stats(e->feed[STREAM].tail).skipped + tail_stats(e->feed[LOG].tail).skipped;
	if (!skipped) return x;
	snprintf(text, sizeof text, "  %s neither counted nor shown live",
	         fmt_count(n, 32, (int64_t)skipped));
	x = put(g, y, x, right, ST_WARN, text);
	if (clock_mono_ms() - e->skipped_ms > SKIP_SHOWN_MS || !e->skip_from) return x;
	snprintf(text, sizeof text, ": scroll down, or spotop tail --from %" PRIu64, e->skip_from - 1);
	return put(g, y, x, right, ST_DIM, text);
}

static void paint_status(struct events *e, struct grid *g, int y, int x, int w)
{
	char text[160], age[32], n[32];
	struct tail_stats st[SOURCES];
	size_t gaps = 0;
	int64_t oldest = 0;
	uint64_t late = 0;
	int right = x + w - 1;
	for (int i = 0; i < SOURCES; i++) {
		st[i] = tail_stats(e->feed[i].tail);
		gaps += st[i].open_gaps;
		late += st[i].late;
		if (st[i].oldest_gap_ms > oldest) oldest = st[i].oldest_gap_ms;
	}
	x = paint_place(e, g, y, x + 1, right);
	x = paint_skipped(e, g, y, x, right);
	for (int i = 0; i < SOURCES; i++)
		if (e->feed[i].has_stopped)
			x = put(g, y, put(g, y, x, right, ST_CRIT, "  "), right, ST_CRIT,
			        e->feed[i].error.text);
	if (gaps) {
		snprintf(text, sizeof text, "  %zu in flight, the oldest %s", gaps,
		         fmt_age(age, sizeof age, oldest));
		x = put(g, y, x, right, oldest > 10000 ? ST_WARN : ST_DIM, text);
	} else if (is_linked(e))
		x = put(g, y, x, right, ST_DIM, "  no gap");
	if (late) {
		snprintf(text, sizeof text, "  %s late, at most %s", fmt_count(n, 32, (int64_t)late),
		         fmt_age(age, sizeof age, e->late_worst_ms));
		x = put(g, y, x, right, ST_WARN, text);
	}
	if (e->load.error.code) {
		snprintf(text, sizeof text, "  not read back: %.100s", e->load.error.text);
		put(g, y, x, right, ST_WARN, text);
	}
}

/* The types that came within a minute, by rate, as many as find room: name, events/s, the minute in columns. */
static int paint_rates(struct events *e, struct grid *g, struct rect r, int lines)
{
	double all[EV_KINDS], spark[EV_SECONDS];
	int order[EV_KINDS], n = 0, across = r.w / CELL_WIDTH, used = 0;
	for (int k = 0; k < EV_KINDS; k++) {
		live_rate(e, k, spark, 0, &all[k]);
		if (all[k] <= 0) continue;
		int i = n++;
		for (; i > 0 && all[order[i - 1]] < all[k]; i--) order[i] = order[i - 1];
		order[i] = k;
	}
	if (!n) {
		grid_text(g, r.y, r.x + 1, r.w - 2, ST_DIM,
		          is_linked(e) ? "nothing came within the last minute" : "what came is not known");
		return 1;
	}
	if (across > n) across = n; /* few of them: longer sparks */
	int width = r.w / across;
	if (width > 20 + EV_SECONDS) width = 20 + EV_SECONDS;
	for (int i = 0; i < n && i < across * lines; i++) {
		char text[32];
		int y = r.y + i / across, x = r.x + 1 + i % across * width, room = width - 20;
		double rate = live_rate(e, order[i], spark, room, NULL);
		snprintf(text, sizeof text, rate < 10 ? "%.1f/s" : "%.0f/s", rate);
		grid_text(g, y, x, 11, ST_HEADER, event_kinds[order[i]]);
		grid_right(g, y, x + 10, 8, ST_TEXT, text);
		grid_spark(g, y, x + 19, spark, room, ST_CHART1);
		used = i / across + 1;
	}
	return used;
}

static void ev_paint(struct screen *s, struct grid *g, struct rect r)
{
	struct events *e = (struct events *)s;
	int y = r.y, end = r.y + r.h;
	if (r.h >= 5) paint_status(e, g, y++, r.x, r.w);
	if (r.h >= 12 && r.w >= CELL_WIDTH)
		y += paint_rates(e, g, (struct rect){ y, r.x, 3, r.w }, r.h >= 24 ? 3 : 2);
	y += r.h >= 16;
	sheet_paint(e->sheet, g, (struct rect){ y, r.x, end - y, r.w }, true);
}

/* --- life --- */

static struct screen *ev_open(struct nav *nav, const struct view *v, const struct view_args *args)
{
	struct events *e = mem_alloc(sizeof *e);
	e->base.nav = nav;
	e->base.args = *args;
	e->base.view = v;
	e->sheet = sheet_new(nav, v, args);
	e->sheet->is_fed = true;
	e->sheet->fold = fold;
	e->sheet->owner = e;
	e->is_following = !view_args_get(args, "at");
	back_open(e);
	live_open(e);
	return &e->base;
}

static void ev_close(struct screen *s)
{
	struct events *e = (struct events *)s;
	live_close(e);
	back_close(e);
	sheet_free(e->sheet);
	free(e);
}

static struct table *ev_row(struct screen *s, size_t *row)
{
	return sheet_row(((struct events *)s)->sheet, row);
}
static struct sheet *ev_sheet(struct screen *s) { return ((struct events *)s)->sheet; }
static int64_t ev_read_at(struct screen *s)
{
	int64_t at = ((struct events *)s)->last_turn_ms;
	return at ? at : TIME_NONE;
}

static const struct screen_ops events_screen = {
	.open = ev_open,
	.close = ev_close,
	.paint = ev_paint,
	.actions = actions,
	.action = events_action,
	.row = ev_row,
	.sheet = ev_sheet,
	.read_at = ev_read_at,
	.tick = ev_tick,
};

// clang-format off
static const struct col event_cols[] = {
	{ "at",          "at",       AS_TIME, .min = 11, .sort_by = "place" },
	{ "severity",    "severity", AS_TEXT, .min = 8, .rank = 1, .sort_by = "severity_rank", .style = style_of_state },
	{ "event_type",  "type",     AS_TEXT, .min = 18, .want = 24, .rank = 3, .style = style_of_state },
	{ "agent",       "agent",    AS_TEXT, .min = 9, .want = 12, .rank = 2 },
	{ "message",     "message",  AS_TEXT, .min = 30, .want = 60, .flex = 1, .is_message = true },
	{ "client",      "client",   AS_TEXT, .min = 10, .rank = 5 },
	{ "source",      "from",     AS_TEXT, .min = 6, .rank = 4, .about = "system: system_events, kept; stream: sse_events, an hour" },
	{ "instance_id", "instance", AS_SHORT_ID, .min = 11, .rank = 6 },
	{ "event_id",    "id",       AS_TEXT, .min = 8, .is_hidden = true },
	{ "severity_rank", "sev rank", AS_INT, .min = 4, .is_hidden = true },
	{ "place",       "place",    AS_TIME, .min = 11, .is_hidden = true, .about = "what at is ordered by: its time, but none after what was written later" },
};
const struct view view_events = {
	.name = "events", .digit = '4', .about = "What happened, live: system_events and sse_events merged by time, the newest first.",
	.query = &sql_queries_events, .row_key = "event_id", .label = "agent", .cols = event_cols, .n_cols = ARRAY_LEN(event_cols),
	.sort = "at", .is_desc = true, .refresh_ms = 1000, .target = TARGET_AGENT, .target_col = "agent_id", .opens = "agent", .opens_param = "agent",
	.opens_from = "agent_id", .empty = "nothing has been written down yet", .screen = &events_screen,
	.query_at = &sql_queries_events_at, .note_at = "what clients were sent is kept for an hour only",
};
// clang-format on
