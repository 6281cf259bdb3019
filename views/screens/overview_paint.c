/* overview_paint.c - the verdict and the figures of the overview, its commands, jobs and events; what is dying:
 * overview_dying.c. */
#include "views/screens/overview_paint.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "views/nav/nav.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct table *overview_data(struct overview *o, int which)
{
	struct panel *p = o->p[which].data;
	return nav_is_of_other_time(p->other_since_ms) ? NULL : p->t;
}

double overview_aged(const struct table *t, double v, int sign)
{
	return v + sign * (double)clock_age_ms(t->read_at_mono_ms) / 1000;
}

static const char *dash(const struct grid *g) { return g->is_ascii ? "-" : "–"; }

int overview_first_row(struct rect r, int cursor) { return cursor >= r.h ? cursor - r.h + 1 : 0; }

const char *text_or_na(const char *s) { return s && *s ? s : "n/a"; }

void overview_point_at(struct grid *g, struct rect r, int i)
{
	grid_cursor_row(g, r.y + i, r.x, r.w);
	g->cur_y = r.y + i;
	g->cur_x = r.x;
}

/* --- the verdict: one line when all is well --- */

/* Nobody runs the jobs (for a moment of the past that is not known). */
static bool is_unled(const struct table *t)
{
	return table_col(t, "is_led") >= 0 && table_int(t, 0, "is_led", 0) == 0;
}

/* The severest word, by the figures of `spotop check`; what no condition covers still wants a look. */
static const char *verdict_word(const struct table *t, enum style *st)
{
	*st = ST_CRIT;
	if (table_int(t, 0, "critical", 0) > 0) return "CRITICAL";
	if (table_int(t, 0, "errors", 0) > 0) return "ERROR";
	*st = ST_WARN;
	if (table_int(t, 0, "warnings", 0) > 0) return "WARNING";
	if (table_int(t, 0, "unhealthy", 0) > 0 || table_int(t, 0, "termination_notices", 0) > 0 ||
	    table_int(t, 0, "snoozed", 0) > 0 || is_unled(t))
		return "LOOK";
	*st = ST_OK;
	return table_int(t, 0, "unhealthy_unknown", 0) > 0 ? "NO ALARM" : "ALL WELL"; /* of then */
}

static void add_count(struct buf *b, const struct table *t, const char *col, const char *one,
                      const char *several)
{
	int64_t n = table_int(t, 0, col, 0);
	if (n > 0) buf_addf(b, "%s%lld %s", b->len ? ", " : "", (long long)n, n == 1 ? one : several);
}

/* As many of the counts as have room, and how many more there are. */
static void put_counts(struct grid *g, int y, int x, int cells, enum style st, const char *s)
{
	char told[24] = "";
	size_t n = strlen(s);
	for (size_t more = 1; n && text_width(s, n) + strlen(told) > (size_t)cells; more++) {
		do n--;
		while (n && strncmp(s + n, ", ", 2) != 0);
		snprintf(told, sizeof told, ", +%zu more", more);
	}
	if (n)
		grid_textf(g, y, x, cells, st, "%.*s%s", (int)n, s, told);
	else
		grid_text(g, y, x, cells, st, s);
}

/* A moment of the past has the alerts that the worker had seen by then: how long before that was. */
static void add_look(struct buf *b, const struct table *t)
{
	const char *seconds = table_get(t, 0, "looked_seconds");
	char age[32];
	if (table_col(t, "looked_seconds") < 0) return;
	if (seconds) fmt_age(age, sizeof age, (int64_t)(strtod(seconds, NULL) * 1000));
	buf_addf(b, "%s%s%s", b->len ? "; " : "", seconds ? "as the worker saw it " : "",
	         seconds ? age : "when the worker saw it is not kept");
	if (seconds) buf_adds(b, " before");
}

void overview_verdict(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor)
{
	struct buf b = BUF_EMPTY;
	enum style st;
	const char *word = verdict_word(t, &st), *first = table_get(t, 0, "first"),
	           *seconds = table_get(t, 0, "first_seconds"), *kinds = table_get(t, 0, "kinds"),
	           *worst = table_get(t, 0, "worst");
	char age[32];
	(void)o;
	int x = r.x + 1 + grid_text(g, r.y, r.x + 1, r.w - 2, st, word) + 2;
	if (cursor >= 0) overview_point_at(g, r, 0);
	/* the gravest first, with who and since when: a narrow screen cuts the rest */
	if (first && *first) buf_adds(&b, first);
	if (first && *first && seconds) {
		fmt_age(age, sizeof age, (int64_t)(overview_aged(t, strtod(seconds, NULL), 1) * 1000));
		buf_addf(&b, " (%s)", age);
	}
	size_t reason = r.h > 1 ? b.len : 0; /* on a line of its own */
	add_look(&b, t);
	if (kinds && *kinds) buf_addf(&b, "%s%s", b.len ? "; " : "", kinds);
	if (!kinds) { /* of the past the kinds are not counted */
		add_count(&b, t, "critical", "critical", "critical");
		add_count(&b, t, "errors", "error", "errors");
		add_count(&b, t, "warnings", "warning", "warnings");
	}
	add_count(&b, t, "unhealthy", "agent unhealthy", "agents unhealthy");
	add_count(&b, t, "termination_notices", "to be terminated", "to be terminated");
	add_count(&b, t, "rebalance_notices", "at risk", "at risk");
	add_count(&b, t, "snoozed", "snoozed", "snoozed");
	if (is_unled(t)) buf_addf(&b, "%sno worker runs the jobs", b.len ? ", " : "");
	if (st == ST_OK)
		buf_addf(&b, "%s%s, no alarm, jobs on time", b.len ? "; " : "",
		         COUNTED(table_int(t, 0, "agents", 0), "agent", "agents"));
	else if (!(first && *first) && worst && *worst)
		buf_addf(&b, ": %s", worst);
	const char *all = buf_str(&b), *counts = all + reason;
	enum style words = st == ST_OK ? ST_DIM : ST_TEXT;
	int room = r.x + r.w - x - 1;
	if (reason && (int)text_width(all, reason) <= room) {
		grid_textf(g, r.y, x, r.x + r.w - x - 1, words, "%.*s", (int)reason, all);
		put_counts(g, r.y + 1, r.x + 3, r.w - 4, words, counts + strspn(counts, "; ,"));
	} else
		grid_wrap(g, r.y, x, r.x + r.w - x - 1, r.h, words, all);
	buf_free(&b);
}

/* --- health, fleet, money --- */

void overview_health(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor)
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
		enum style st = style_of_state(h);
		if (r.w > 20) grid_bar(g, r.y + i, r.x + 17, r.w - 19, total > 0 ? v / total : 0, st);
		if (i == cursor) overview_point_at(g, r, i);
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

void overview_fleet(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor)
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
		        (int64_t)(overview_aged(t, table_dec(t, 0, "longest_launch_seconds", 0), 1) * 1000));
		snprintf(line, sizeof line, "%lld past %lld s: %s", (long long)late,
		         (long long)table_int(t, 0, "limit_seconds", 0), a);
		grid_text(g, y++, r.x + 1, r.w - 2, ST_CRIT, line);
	}
	int64_t outages = table_int(t, 0, "outages_24h", 0);
	if (outages > 0 && y < r.y + r.h) {
		fmt_age(a, sizeof a, (int64_t)(table_dec(t, 0, "outage_seconds_24h", 0) * 1000));
		snprintf(line, sizeof line, "%s in 24 h: %s", COUNTED(outages, "outage", "outages"), a);
		grid_text(g, y, r.x + 1, r.w - 2, table_int(t, 0, "outages", 0) ? ST_CRIT : ST_WARN, line);
	}
}

static const char *usd_of(const struct table *t, const char *col, double times, char *out, size_t n)
{
	const char *v = table_get(t, 0, col);
	return v ? fmt_usd(out, n, strtod(v, NULL) * times, times > 1 ? 0 : 2) : "n/a";
}

/* What was saved a day as a line of bars, and the last day against the mean of those before it. */
static void trend(struct grid *g, int y, struct rect r, const struct table *t)
{
	double v[14], mean = 0;
	int n = t ? (int)t->n_rows : 0;
	char text[32];
	if (n > (int)ARRAY_LEN(v)) n = (int)ARRAY_LEN(v);
	if (n < 3) return;
	for (int i = 0; i < n; i++) {
		v[i] = table_dec(t, t->n_rows - (size_t)(n - i), "saved_usd", 0);
		if (i < n - 1) mean += v[i] / (n - 1);
	}
	grid_text(g, y, r.x + 1, 12, ST_DIM, "saved a day");
	int x = r.x + 13, room = r.w - 13 - 9;
	if (room >= 4) grid_spark(g, y, x, v + (n > room ? n - room : 0), n > room ? room : n, ST_OK);
	if (mean <= 0) return;
	snprintf(text, sizeof text, "%+.0f %%", 100 * (v[n - 1] - mean) / mean);
	grid_right(g, y, r.x + r.w - 8, 7, v[n - 1] < mean * 0.9 ? ST_WARN : ST_TEXT, text);
}

void overview_money(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor)
{
	char n[32], now[32] = "$/h now", age[16];
	(void)cursor;
	const char *summed = table_get(t, 0, "summed_seconds_ago");
	if (summed) { /* by the leading worker */
		fmt_age(age, sizeof age, (int64_t)(overview_aged(t, strtod(summed, NULL), 1) * 1000));
		snprintf(now, sizeof now, "$/h %s ago", age);
	}
	const struct {
		const char *name, *col;
		double times;
		enum style st;
		int rank; /* which go first when there is little room */
	} rows[] = {
		{ now, "cost_usd_per_hour", 1, ST_STRONG, 1 },
		{ "$/month", "cost_usd_per_hour", HOURS_PER_MONTH, ST_TEXT, 5 },
		{ "saved $/h", "saved_usd_per_hour", 1, ST_OK, 2 },
		{ r.w < 26 ? "saved $/mo" : "saved $/month", "saved_usd_per_hour", HOURS_PER_MONTH, ST_OK,
		  3 },
		{ "zombies $/h", "zombie_usd_per_hour", 1, ST_WARN, 4 },
	};
	int y = r.y;
	int64_t unpriced = table_int(t, 0, "unpriced", 0);
	if (unpriced > 0 && r.h > 2) { /* a sum that lacks something says so before anything else */
		fmt_count(n, sizeof n, unpriced);
		pair(g, y++, r.x + 1, r.w - 1, "unpriced", n, ST_WARN);
		r = (struct rect){ r.y + 1, r.x, r.h - 1, r.w };
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].rank <= r.h - (r.h > 4)) /* one is for the trend */
			pair(g, y++, r.x + 1, r.w - 1,
			     i == 0 && nav_is_past(o->base.nav) ? "$/h then" : rows[i].name,
			     usd_of(t, rows[i].col, rows[i].times, n, sizeof n), rows[i].st);
	if (y < r.y + r.h) trend(g, y, r, overview_data(o, P_TREND));
}

/* --- commands, jobs, events --- */

void overview_mine(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor)
{
	static const struct col pool = { .as = AS_POOL };
	struct buf target = BUF_EMPTY;
	char age[32];
	(void)o;
	if (t->n_rows == 0) grid_text(g, r.y, r.x + 1, r.w - 2, ST_DIM, "no manual command in the last hour");
	int first = overview_first_row(r, cursor);
	for (int i = 0; i < r.h && first + i < (int)t->n_rows; i++) {
		size_t k = (size_t)first + (size_t)i;
		const char *status = text_or_na(table_get(t, k, "status")), *stage = table_get(t, k, "stage");
		bool is_open = strcmp(status, "pending") == 0 || strcmp(status, "executing") == 0;
		double took = table_dec(t, k, "elapsed_seconds", 0);
		fmt_age(age, sizeof age, (int64_t)((is_open ? overview_aged(t, took, 1) : took) * 1000));
		int x = r.x + 1 +
		        grid_text(g, r.y + i, r.x + 1, 10, style_of_state(status),
		                  is_open && stage ? stage : status) +
		        1;
		bool is_mine = table_int(t, k, "is_mine", 0) != 0;
		x += grid_textf(g, r.y + i, x, r.x + r.w - x - 8, ST_TEXT, "%s%.8s %s ", is_mine ? "my " : "",
		                text_or_na(table_get(t, k, "command_type")),
		                text_or_na(table_get(t, k, "agent")));
		int room = r.x + r.w - x - 8;
		buf_cut(&target, 0);
		buf_adds(&target, text_or_na(table_get(t, k, "target")));
		cell_narrow(&target, &pool, room > 0 ? (size_t)room : 0, g->is_ascii);
		grid_text(g, r.y + i, x, room, ST_TEXT, buf_str(&target));
		grid_right(g, r.y + i, r.x + r.w - 8, 6, ST_DIM, age);
		if (first + i == cursor) overview_point_at(g, r, i);
	}
	buf_free(&target);
}

void overview_jobs(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor)
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
			fmt_age(age, sizeof age, (int64_t)(overview_aged(t, strtod(ago, NULL), 1) * 1000));
		else
			snprintf(age, sizeof age, "%s", dash(g));
		grid_right(g, r.y + i, r.x + r.w - 7, 6, ST_DIM, age);
	}
}

void overview_events(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor)
{
	struct cell_env env = nav_env(o->base.nav);
	static const struct col at = { .name = "at", .as = AS_TIME };
	struct buf b = BUF_EMPTY;
	if (t->n_rows == 0) grid_text(g, r.y, r.x + 1, r.w - 2, ST_DIM, "nothing has been written down yet");
	int first = overview_first_row(r, cursor);
	for (int i = 0; i < r.h && first + i < (int)t->n_rows; i++) {
		size_t k = (size_t)first + (size_t)i;
		const char *sev = text_or_na(table_get(t, k, "severity"));
		buf_cut(&b, 0);
		cell_text(&b, &at, CELL_TIME, table_get(t, k, "at"), &env);
		int x = r.x + 1 + grid_text(g, r.y + i, r.x + 1, 11, ST_DIM, buf_str(&b)) + 1;
		const char *agent = table_get(t, k, "agent");
		if (agent && r.w >= 60) x += grid_text(g, r.y + i, x, 14, ST_TEXT, agent) + 1;
		grid_text(g, r.y + i, x, r.x + r.w - x - 1, style_of_state(sev),
		          text_or_na(table_get(t, k, "message")));
		if (first + i == cursor) overview_point_at(g, r, i);
	}
	buf_free(&b);
}
