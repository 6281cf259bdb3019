/* timeline.c - what happened to an agent, a pool, a client or the fleet, from every source, the newest first.
 * It is read back in windows of time as the cursor comes near the oldest line, each as long as the one before
 * it found little; what is new is read on top. Lines are kept here; the sheet gets them with their offsets
 * from t0 and with the times at which this console had no database. */
#include "views/screens/timeline.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/db/out.h"
#include "sql.h"
#include "views/model/page.h"
#include "views/model/scope.h"
#include "views/nav/action.h"
#include "views/nav/ask.h"
#include "views/nav/links.h"
#include "views/nav/nav.h"
#include "views/screens/timeline_lines.h"
#include "views/table/sheet.h"
#include "views/table/sheet_paint.h"
#include "views/table/sheet_rows.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	EDGE = 40,
	MAX_LINES = 10000,
	PAGE = 1000,
	PAGE_MOST = 8000 /* of one second */,
	MAX_COPY = 500,
	OUTAGES = 16
};
static const int64_t HOUR_MS = 3600 * 1000LL, OVERLAP_MS = 120 * 1000LL, LONGEST_MS = 120 * 86400 * 1000LL;
enum step { STEP_SCOPE, STEP_BEGIN, STEP_OLDER, STEP_NEWER, STEP_OPEN };

struct timeline {
	struct screen base;
	struct sheet *sheet;
	struct ask *ask;
	enum step step;      /* what the question under way is for */
	struct table *open;  /* what is in flight at the end; NULL: not read yet */
	struct table *lines; /* all that was read, the newest first; NULL: nothing yet */
	int64_t oldest_ms;   /* all from here on has been read */
	int64_t begin_ms;    /* before this nothing is kept */
	size_t page;         /* lines asked for at once */
	int64_t window_ms;   /* how far the next step back goes */
	int64_t since_ms, read_mono_ms;
	bool has_scope, is_whole, is_full; /* whole: back to the beginning; full: as many lines as are held */
	int64_t t0_ms;                     /* TIME_NONE: none */
	int n_outages;                     /* of the console, that the lines show */
	struct err error;
};

static int64_t end_ms(const struct timeline *x)
{
	return nav_is_past(x->base.nav) ? nav_env(x->base.nav).now_ms : nav_now_ms(x->base.nav);
}

/* --- rows --- */

/* When this console was without a database: what happened then was read afterwards, and nobody saw it. */
static void add_outages(struct timeline *x, struct table *t)
{
	int64_t gap[OUTAGES][2];
	char at[32], from[32], text[160], id[40];
	size_t n = nav_outages(x->base.nav, gap, OUTAGES);
	for (size_t i = 0; i < n; i++) {
		if (gap[i][1] < x->oldest_ms || gap[i][1] > end_ms(x)) continue;
		struct cell *row = table_add_row(t);
		time_to_sql(gap[i][1], at);
		time_to_sql(gap[i][0], from);
		at[19] = from[19] = 0;
		snprintf(text, sizeof text,
		         "this console had no database for %lld s, since %s; the lines of that time were "
		         "read later",
		         (long long)(gap[i][1] - gap[i][0] + 999) / 1000, from);
		snprintf(id, sizeof id, "n%lld", (long long)gap[i][0]);
		lines_put(t, row, "at", at);
		lines_put(t, row, "mark", "~");
		lines_put(t, row, "source", "gap");
		lines_put(t, row, "severity", "warning");
		lines_put(t, row, "what", "not connected");
		lines_put(t, row, "detail", text);
		lines_put(t, row, "line_id", id);
	}
	x->n_outages = (int)n;
}

/* The sheet's copy of the lines. */
static void show(struct timeline *x)
{
	char text[32];
	int64_t ms;
	if (!x->lines) return;
	struct table *t = lines_like(x->lines);
	for (size_t i = 0; i < x->lines->n_rows; i++) lines_copy(t, x->lines, i);
	add_outages(x, t);
	if (x->open) lines_add_open(t, x->open, end_ms(x), nav_is_past(x->base.nav));
	int at = table_col(t, "at"), offset = table_col(t, "offset_seconds");
	t->types[offset] = CELL_TEXT;
	for (size_t i = 0; i < t->n_rows && x->t0_ms != TIME_NONE; i++) {
		const char *when = t->cells[i * t->n_cols + (size_t)at].s;
		if (!when || !time_from_sql(when, &ms)) continue;
		lines_offset(ms - x->t0_ms, text, sizeof text);
		lines_put(t, &t->cells[i * t->n_cols], "offset_seconds", text);
	}
	sheet_give(x->sheet, t);
}

/* --- reading --- */

static void ask_lines(struct timeline *x, enum step step, int64_t since, int64_t until)
{
	struct view_args args = x->base.args;
	char text[32];
	struct buf sql = BUF_EMPTY;
	struct page p = { .sort = "at", .is_desc = true, .limit = x->page };
	time_to_sql(since, text);
	view_args_set(&args, "since", text);
	time_to_sql(until, text);
	view_args_set(&args, "until", text);
	x->step = step;
	x->since_ms = since;
	if (page_select(&sql, x->base.view, &args, &p, &x->error))
		ask_text(x->ask, "timeline", buf_str(&sql), sql.len, x->page);
	buf_free(&sql);
}

static void older(struct timeline *x)
{
	if (ask_is_busy(x->ask) || x->is_whole || x->is_full || !x->has_scope) return;
	int64_t since = x->oldest_ms - x->window_ms;
	ask_lines(x, STEP_OLDER, since < x->begin_ms ? x->begin_ms : since, x->oldest_ms);
}

/* Beside what happened: what has not ended. */
static void ask_open(struct timeline *x)
{
	x->step = STEP_OPEN;
	ask_query(x->ask, nav_is_past(x->base.nav) ? &sql_queries_in_flight_at : &sql_queries_in_flight,
	          &x->base.args);
}

static void got_older(struct timeline *x, const struct table *t)
{
	int64_t ms = x->since_ms;
	bool is_cut = t->n_rows == x->page;
	if (is_cut && time_from_sql(table_get(t, t->n_rows - 1, "at"), &ms) &&
	    ms >= x->oldest_ms / 1000 * 1000) {
		/* a page of one second: there is more of it than a page holds */
		if (x->page < PAGE_MOST) {
			x->page *= 2;
			return;
		}
		ms -= 1000;
	}
	x->page = PAGE;
	x->oldest_ms = ms;
	x->is_whole = x->oldest_ms <= x->begin_ms;
	if (t->n_rows < PAGE / 10 && x->window_ms < LONGEST_MS) x->window_ms *= 4;
	if (is_cut && x->window_ms > HOUR_MS) x->window_ms /= 4;
}

static void got(void *owner, struct table *t, const struct err *e);

static void next_question(struct timeline *x)
{
	if (x->step == STEP_SCOPE)
		x->step = STEP_BEGIN, ask_query(x->ask, &sql_queries_timeline_begin, NULL);
	else
		older(x);
}

static void got_scope(struct timeline *x, const struct table *t)
{
	const char *of = view_args_get(&x->base.args, "of");
	char word[200];
	snprintf(word, sizeof word, "%s", of ? of : "");
	if (t->n_rows != 1) {
		err_set(&x->error, ERR_NO,
		        t->n_rows ? "'%s' is several: give its id, or client/agent"
		                  : "no agent, pool or client is called '%s'",
		        word);
		return;
	}
	view_args_set(&x->base.args, "of", NULL);
	view_args_set(&x->base.args, table_get(t, 0, "kind"), table_get(t, 0, "id"));
	snprintf(x->base.crumb, sizeof x->base.crumb, "%s", table_get(t, 0, "name"));
	next_question(x);
}

static void got(void *owner, struct table *t, const struct err *e)
{
	struct timeline *x = owner;
	if (e) {
		x->error = *e;
		if (!x->lines) x->sheet->error = *e;
		return;
	}
	err_clear(&x->error);
	x->read_mono_ms = clock_mono_ms();
	if (x->step == STEP_SCOPE)
		got_scope(x, t);
	else if (x->step == STEP_BEGIN) {
		const char *at = table_get(t, 0, "at");
		if (!at || !time_from_sql(at, &x->begin_ms)) x->begin_ms = x->oldest_ms;
		x->has_scope = true;
		ask_open(x); /* first, so that it is on top when the lines come */
	} else if (x->step == STEP_OPEN) {
		table_free(x->open);
		x->open = t;
		show(x);
		if (!x->lines) older(x);
		return;
	} else {
		size_t n_new;
		struct table *all = lines_merge(x->lines, t, &n_new);
		if (x->step == STEP_OLDER) got_older(x, t);
		bool is_new = !x->lines || n_new;
		table_free(x->lines);
		x->lines = all;
		x->is_full = all->n_rows >= MAX_LINES;
		if (is_new) show(x);
		if (x->step == STEP_NEWER) ask_open(x);
	}
	if (x->error.code) x->sheet->error = x->error;
	table_free(t);
}

/* From the end backwards anew: at the start, and at another time. */
static void restart(struct timeline *x)
{
	ask_free(x->ask);
	x->ask = ask_new(x->base.nav, x, got);
	table_free(x->lines);
	table_free(x->open);
	x->lines = x->open = NULL;
	x->oldest_ms = end_ms(x);
	x->window_ms = 8 * HOUR_MS;
	x->page = PAGE;
	x->is_whole = x->is_full = x->has_scope = false;
	x->read_mono_ms = TIME_NONE;
}

static void tl_fetch(struct screen *s)
{
	struct timeline *x = (struct timeline *)s;
	int64_t newest = x->oldest_ms;
	if (ask_is_busy(x->ask)) return;
	if (!x->has_scope) {
		x->step = STEP_SCOPE;
		if (view_args_get(&s->args, "of"))
			ask_query(x->ask, &sql_queries_scope, &s->args);
		else
			next_question(x);
		return;
	}
	if (nav_is_past(s->nav)) return; /* nothing comes on top */
	if (x->lines && x->lines->n_rows) time_from_sql(table_get(x->lines, 0, "at"), &newest);
	if (newest - OVERLAP_MS < x->oldest_ms) newest = x->oldest_ms + OVERLAP_MS;
	ask_lines(x, STEP_NEWER, newest - OVERLAP_MS, end_ms(x) + 1000);
}

static void tl_tick(struct screen *s)
{
	struct timeline *x = (struct timeline *)s;
	struct rows *r = &x->sheet->rows;
	int64_t gap[OUTAGES][2];
	if (!x->lines || nav_is_stale(s->nav)) return;
	if (!nav_is_past(s->nav) && (int)nav_outages(s->nav, gap, OUTAGES) != x->n_outages) show(x);
	if (x->sheet->n < r->height + EDGE || r->cursor + EDGE > x->sheet->n) older(x);
}

/* --- what the operator does --- */

static enum reaction set_zero(void *on, int arg)
{
	struct timeline *x = on;
	(void)arg;
	size_t row;
	struct table *t = sheet_row(x->sheet, &row);
	const char *here = t ? table_get(t, row, "at") : NULL;
	char at[20];
	int64_t ms;
	if (!here || !time_from_sql(here, &ms)) return R_NONE;
	snprintf(at, sizeof at, "%.19s", here); /* the row goes with the table that show() replaces */
	x->t0_ms = ms == x->t0_ms ? TIME_NONE : ms;
	bool has_zero = x->t0_ms != TIME_NONE;
	sheet_columns(x->sheet, has_zero ? "mark,at,offset_seconds,what,agent,detail,severity,source" : "",
	              NULL);
	show(x);
	if (has_zero)
		nav_say(x->base.nav, ST_INFO, "t0 is %s; m there again takes it away", at);
	else
		nav_say(x->base.nav, ST_INFO, "t0 is taken away");
	return R_DRAW;
}

static void md_cell(struct buf *b, const char *s)
{
	buf_adds(b, "| ");
	if (s) out_md_text(b, s, strlen(s));
	buf_addc(b, ' ');
}

/* The marked lines, or all that are shown, oldest first, as one reads a post-mortem. */
static enum reaction copy_markdown(void *on, int arg)
{
	struct timeline *x = on;
	(void)arg;
	struct sheet *s = x->sheet;
	struct buf b = BUF_EMPTY;
	size_t n = 0;
	bool has_zero = x->t0_ms != TIME_NONE;
	char said[120];
	buf_adds(&b, has_zero ? "| time (UTC) | t0 | source | what | agent | detail |\n| --- | ---: | --- | "
	                        "--- | --- | --- |\n"
	                      : "| time (UTC) | source | what | agent | detail |\n| --- | --- | --- | --- | "
	                        "--- |\n");
	for (size_t i = s->n; i-- > 0 && n < MAX_COPY;) {
		size_t row = s->order[i];
		if (s->rows.n_marks && !rows_is_marked(&s->rows, sheet_key_at(s, i))) continue;
		md_cell(&b, table_get(s->t, row, "at"));
		if (has_zero) md_cell(&b, table_get(s->t, row, "offset_seconds"));
		md_cell(&b, table_get(s->t, row, "source"));
		md_cell(&b, table_get(s->t, row, "what"));
		md_cell(&b, table_get(s->t, row, "agent"));
		md_cell(&b, table_get(s->t, row, "detail"));
		buf_adds(&b, "|\n");
		n++;
	}
	snprintf(said, sizeof said, "copied %s as a Markdown table%s", COUNTED(n, "line", "lines"),
	         n == MAX_COPY ? ", the oldest of them" : "");
	nav_copy_said(x->base.nav, said, buf_str(&b));
	buf_free(&b);
	return R_DRAW;
}

static enum reaction find(struct timeline *x, bool is_error, int by)
{
	struct sheet *s = x->sheet;
	for (size_t i = s->rows.cursor + (size_t)by; i < s->n; i += (size_t)by) {
		const char *v = table_get(s->t, s->order[i], "severity");
		if (!v || (is_error ? strcmp(v, "error") != 0 && strcmp(v, "critical") != 0
		                    : strcmp(v, "warning") != 0))
			continue;
		rows_to(&s->rows, i, sheet_key_at, s);
		return R_DRAW;
	}
	nav_say(x->base.nav, ST_DIM, "none %s among the %s here", by > 0 ? "further down" : "further up",
	        COUNTED(s->n, "line", "lines"));
	return R_DRAW;
}
static enum reaction find_error(void *on, int by) { return find(on, true, by); }
static enum reaction find_warning(void *on, int by) { return find(on, false, by); }

// clang-format off
static const struct action actions[] = {
	{ "mark.zero",     "m", "set t0: offsets from here", set_zero, 0 },
	{ "copy.markdown", "c", "copy the marked or all lines as Markdown", copy_markdown, 0 },
	{ "find.prev",     "N", "", NULL, 0 },
	{ "next.error",    "e", "next error", find_error, 1 },
	{ "prev.error",    "E", "error before", find_error, -1 },
	{ "next.warning",  "w", "next warning", find_warning, 1 },
	{ "prev.warning",  "W", "warning before", find_warning, -1 },
	{ 0 },
};

/* --- painting --- */
static const struct kind { const char *source; enum style style; char mark; } kinds[] = {
	{ "notice", ST_CRIT, '!' },  { "alert", ST_WARN, '*' },   { "operator", ST_ACCENT, '@' }, { "command", ST_INFO, '>' },
	{ "switch", ST_OK, '=' },    { "replica", ST_CHART2, '+' }, { "price", ST_CHART3, '$' },  { "event", ST_DIM, '.' },
	{ "open", ST_WARN, ':' }, { "gap", ST_AMBER, '~' },    { "server", ST_STRONG, '^' },
};
// clang-format on
static enum style style_of_mark(const char *v)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].mark == v[0]) return kinds[i].style;
	return ST_TEXT;
}

static bool is_seen(const struct timeline *x, char mark)
{
	const struct sheet *s = x->sheet;
	const char *v;
	for (size_t i = s->rows.top; s->t && i < s->n && i < s->rows.top + s->rows.height; i++)
		if ((v = table_get(s->t, s->order[i], "mark")) && v[0] == mark) return true;
	return false;
}

static void paint_foot(struct timeline *x, struct grid *g, int y, struct rect r)
{
	char until[80] = "", at[32];
	time_to_sql(x->oldest_ms, at);
	if (x->is_full)
		snprintf(until, sizeof until, "back to %.11s, as much as is held", at + 5);
	else if (x->is_whole)
		snprintf(until, sizeof until, "from the beginning");
	else if (x->lines)
		snprintf(until, sizeof until,
		         ask_is_busy(x->ask) && x->step == STEP_OLDER ? "reading before %.11s"
		                                                      : "back to %.11s",
		         at + 5);
	int w = (int)strlen(until), px = r.x + 1,
	    n = 0; /* each mark on the screen is explained, then how far back */
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (is_seen(x, kinds[i].mark)) n += (int)strlen(kinds[i].source) + 3;
	if (n + w + 1 > r.w) w = 0;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!is_seen(x, kinds[i].mark)) continue;
		px += grid_textf(g, y, px, 1, kinds[i].style, "%c", kinds[i].mark) + 1;
		px += grid_text(g, y, px, r.x + r.w - px, ST_DIM, kinds[i].source) + 1;
	}
	grid_text(g, y, r.x + r.w - 1 - w, w, ST_DIM, until);
}

static void tl_paint(struct screen *s, struct grid *g, struct rect r)
{
	struct timeline *x = (struct timeline *)s;
	int foot = r.h >= 6;
	sheet_paint(x->sheet, g, (struct rect){ r.y, r.x, r.h - foot, r.w }, true);
	if (foot) paint_foot(x, g, r.y + r.h - 1, r);
}

/* --- life --- */

static struct screen *tl_open(struct nav *nav, const struct view *v, const struct view_args *args)
{
	struct timeline *x = mem_alloc(sizeof *x);
	x->base.nav = nav;
	x->base.args = *args;
	x->base.view = v;
	x->sheet = sheet_new(nav, v, args);
	x->sheet->is_fed = true;
	x->t0_ms = TIME_NONE;
	restart(x);
	return &x->base;
}

static void tl_close(struct screen *s)
{
	struct timeline *x = (struct timeline *)s;
	ask_free(x->ask);
	table_free(x->lines);
	table_free(x->open);
	sheet_free(x->sheet);
	free(x);
}

static void tl_retime(struct screen *s)
{
	restart((struct timeline *)s);
	tl_fetch(s);
}

static struct table *tl_row(struct screen *s, size_t *row)
{
	return sheet_row(((struct timeline *)s)->sheet, row);
}
static struct sheet *tl_sheet(struct screen *s) { return ((struct timeline *)s)->sheet; }
static int64_t tl_read_at(struct screen *s) { return ((struct timeline *)s)->read_mono_ms; }

static const struct screen_ops timeline_screen = {
	.open = tl_open,
	.close = tl_close,
	.paint = tl_paint,
	.actions = actions,
	.fetch = tl_fetch,
	.row = tl_row,
	.sheet = tl_sheet,
	.read_at = tl_read_at,
	.tick = tl_tick,
	.retime = tl_retime,
};

// clang-format off
static const struct col cols[] = {
	{ "mark",     "",         AS_TEXT, .min = 1, .style = style_of_mark, .about = "one for each source: ! notice * alert @ operator > command = switch + replica $ price . event : open ~ gap ^ server" },
	{ "at",       "at",       AS_TIME, .min = 11 },
	{ "source",   "source",   AS_TEXT, .min = 8, .rank = 4, .about = "notice alert operator command switch replica price event; open: in flight at the end; gap: nothing was written, or we were not connected" },
	{ "severity", "severity", AS_TEXT, .min = 8, .rank = 6, .style = style_of_state },
	{ "what",     "what",     AS_TEXT, .min = 19, .want = 26 },
	{ "agent",    "agent",    AS_TEXT, .min = 9, .want = 12, .rank = 2 },
	{ "detail",   "detail",   AS_TEXT, .min = 30, .want = 60, .flex = 1, .is_message = true },
	{ "client",   "client",   AS_TEXT, .min = 10, .rank = 5 },
	{ "offset_seconds", "from t0", AS_TEXT, .min = 9, .is_hidden = true, .about = "time from t0: m sets it, --t0" },
	{ "line_id",  "id",       AS_TEXT, .min = 8, .is_hidden = true },
};
const struct view view_timeline = {
	.name = "timeline", .digit = '9', .tab = "time", .about = "What happened to an agent, a pool, a client or the fleet, from every source, merged by time, the newest first.",
	.query = &sql_queries_timeline, .query_at = &sql_queries_timeline, .screen_has_past = true,
	.row_key = "line_id", .label = "what", .cols = cols, .n_cols = ARRAY_LEN(cols),
	.sort = "at", .is_desc = true, .refresh_ms = 5000, .target = TARGET_AGENT, .target_col = "agent_id",
	.opens = "agent", .opens_param = "agent", .opens_from = "agent_id", .param = "of", .resolve = scope_resolve, .param_help = "[AGENT|POOL|CLIENT]",
	.screen = &timeline_screen, .empty = "nothing happened in that time",
};
// clang-format on
