/* dialog_wizard.c - the wizard of a switch or a launch on the grid: the targets ranked, and in words all that
 * is known of the one under the cursor, each figure with its age and n. */
#include "views/actions/dialog_wizard.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "views/actions/dialog_draw.h"
#include "views/actions/dialog_state.h"
#include "views/actions/small.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *num(const struct table *t, size_t i, const char *col, const char *fmt, char *out, size_t n)
{
	const char *v = table_get(t, i, col);
	if (!v)
		snprintf(out, n, "n/a");
	else if (strcmp(fmt, "usd4") == 0)
		fmt_usd(out, n, strtod(v, NULL), 4);
	else if (strcmp(fmt, "save") == 0) /* what it saves: the negative of what it adds */
		snprintf(out, n, strtod(v, NULL) == 0 ? "%.2f" : "%+.2f", 0 - strtod(v, NULL));
	else if (strcmp(fmt, "int") == 0)
		snprintf(out, n, "%.0f", strtod(v, NULL));
	else if (strcmp(fmt, "s") == 0)
		snprintf(out, n, "%.0f s", strtod(v, NULL));
	else
		snprintf(out, n, "%.2f", strtod(v, NULL));
	return out;
}

static void with_n(const struct table *t, size_t i, const char *col, const char *n_col, const char *fmt,
                   char *out, size_t size)
{
	char v[32];
	snprintf(out, size, "%s n=%s", num(t, i, col, fmt, v, sizeof v),
	         table_get(t, i, n_col) ? table_get(t, i, n_col) : "0");
}

static void paint_band(struct grid *g, int y, int x, const struct table *t, size_t i)
{
	char lo[24], hi[24];
	double v[8];
	int n = 0;
	json_t *list = table_get(t, i, "points")
	                       ? json_loads(table_get(t, i, "points"), JSON_DECODE_ANY, NULL)
	                       : NULL;
	size_t k;
	json_t *item;
	json_array_foreach(list, k, item)
	{
		if (n < 8) v[n++] = json_is_number(item) ? json_number_value(item) : NAN;
	}
	json_decref(list);
	grid_right(g, y, x, 7, ST_DIM, num(t, i, "band_low", "usd4", lo, sizeof lo));
	grid_spark(g, y, x + 8, v, n, ST_CHART1);
	grid_text(g, y, x + 17, 8, ST_DIM, num(t, i, "band_high", "usd4", hi, sizeof hi));
}

/* A switch saves against what runs now; a launch costs what it costs. */
static void month_text(struct dialog *d, size_t i, char *out, size_t n)
{
	const char *v = table_get(d->targets, i, "usd_per_hour");
	if (!dialog_is_launch(d))
		num(d->targets, i, "usd_per_month_vs_current", "save", out, n);
	else if (v)
		snprintf(out, n, "%.2f", strtod(v, NULL) * HOURS_PER_MONTH);
	else
		snprintf(out, n, "n/a");
}

static void paint_target(struct dialog *d, struct grid *g, struct rect r, int y, size_t i)
{
	const struct table *t = d->targets;
	char s[48], failing[300];
	const char *pool = table_get(t, i, "pool"), *save = table_get(t, i, "usd_per_month_vs_current");
	const char *flags = dialog_failing(d, i, failing, sizeof failing);
	bool is_here = table_int(t, i, "is_current", 0), is_dearer = save && strtod(save, NULL) > 0;
	bool is_narrow = r.w < 60;
	int x = r.x + 3, room = is_narrow ? 15 : is_here ? 19 : 24, at = is_narrow ? 16 : 25;
	struct buf name = BUF_EMPTY;
	buf_adds(&name, pool ? pool : "on-demand");
	cell_narrow(&name, &(const struct col){ .as = AS_POOL }, (size_t)room, g->is_ascii);
	grid_text(g, y, x, room, flags ? ST_DIM : ST_TEXT, buf_str(&name));
	buf_free(&name);
	if (is_here && !is_narrow) grid_text(g, y, x + 20, 4, ST_DIM, "here");
	grid_right(g, y, x + at, 8, ST_TEXT, num(t, i, "usd_per_hour", "usd4", s, sizeof s));
	month_text(d, i, s, sizeof s);
	grid_right(g, y, x + at + 9, 10, dialog_is_launch(d) ? ST_TEXT : is_dearer ? ST_WARN : ST_OK, s);
	if (r.w < 76) return;
	with_n(t, i, "boot_p95_s", "boot_n", "s", s, sizeof s);
	grid_right(g, y, x + 46, 13, ST_TEXT, s);
	with_n(t, i, "downtime_p95_s", "downtime_n", "s", s, sizeof s);
	grid_right(g, y, x + 60, 12, ST_TEXT, s);
	if (r.w >= 120) paint_band(g, y, x + 75, t, i);
	if (r.w >= 135) {
		with_n(t, i, "notices_per_instance_day", "instance_days_n", "f", s, sizeof s);
		grid_right(g, y, x + 101, 13, ST_TEXT, s);
		grid_right(g, y, x + 115, 8, ST_TEXT,
		           table_get(t, i, "siblings") ? table_get(t, i, "siblings") : "n/a");
	}
	if (r.w >= 150 && flags) grid_text(g, y, x + 125, r.w - 130, ST_WARN, flags);
}

static void paint_heads(struct dialog *d, struct grid *g, struct rect r, int y)
{
	int x = r.x + 3, at = r.w < 60 ? 16 : 25;
	grid_text(g, y, x, 10, ST_HEADER, "target");
	grid_right(g, y, x + at, 8, ST_HEADER, "$/h");
	grid_right(g, y, x + at + 9, 10, ST_HEADER, dialog_is_launch(d) ? "$/month" : "save/month");
	if (r.w >= 76)
		grid_right(g, y, x + 46, 13, ST_HEADER, "boot p95"),
		        grid_right(g, y, x + 60, 12, ST_HEADER, "down p95");
	if (r.w >= 120) grid_text(g, y, x + 75, 24, ST_HEADER, "24 h low to high");
	if (r.w >= 135)
		grid_right(g, y, x + 101, 13, ST_HEADER, "breaks/day"),
		        grid_right(g, y, x + 115, 8, ST_HEADER, "siblings");
}

/* --- the target under the cursor, in words: what the columns have no room for --- */

__attribute__((format(printf, 5, 6))) static void add(struct word *w, size_t *n, const char *title,
                                                      enum style st, const char *fmt, ...)
{
	va_list ap;
	if (*n == MAX_WORDS) return;
	w[*n].title = title;
	w[*n].style = st;
	va_start(ap, fmt);
	vsnprintf(w[*n].text, sizeof w[*n].text, fmt, ap);
	va_end(ap);
	(*n)++;
}

/* "-$0.0032", or "n/a". */
static const char *signed_usd(const struct table *t, size_t i, const char *col, int decimals, char *out,
                              size_t n)
{
	const char *v = table_get(t, i, col);
	double usd = v ? strtod(v, NULL) : 0;
	if (v)
		snprintf(out, n, "%s$%.*f", usd < 0 ? "-" : usd > 0 ? "+" : "", decimals, fabs(usd));
	else
		snprintf(out, n, "n/a");
	return out;
}

static void add_price(struct dialog *d, struct word *w, size_t *n)
{
	const struct table *t = d->targets;
	size_t i = d->cursor;
	char usd[24], age[24], low[24], high[24];
	const char *s = table_get(t, i, "price_age_s"), *tier = table_get(t, i, "price_tier");
	if (!tier)
		add(w, n, "price", ST_WARN, "n/a (n=0)");
	else
		add(w, n, "price", ST_TEXT, "$%s/h, %s%s, tier %s",
		    num(t, i, "usd_per_hour", "usd4", usd, sizeof usd),
		    s ? fmt_age(age, sizeof age, strtol(s, NULL, 10) * 1000) : "no age", s ? " old" : "",
		    tier);
	if (!table_get(t, i, "band_low"))
		add(w, n, "24 h", ST_TEXT, "n/a (n=0)");
	else
		add(w, n, "24 h", ST_TEXT, "$%s to $%s, volatility %s (n=%s)",
		    num(t, i, "band_low", "usd4", low, sizeof low),
		    num(t, i, "band_high", "usd4", high, sizeof high),
		    table_get(t, i, "volatility") ? table_get(t, i, "volatility") : "n/a",
		    table_get(t, i, "band_n") ? table_get(t, i, "band_n") : "0");
}

static void add_cost(struct dialog *d, struct word *w, size_t *n)
{
	const struct table *t = d->targets;
	size_t i = d->cursor;
	char a[24], b[24], c[24], e[24];
	add(w, n, "cost", ST_TEXT, "against %s %s/h, %s/month; against on-demand %s/h, %s/month",
	    dialog_is_launch(d) ? "its primary" : "now",
	    signed_usd(t, i, "usd_per_hour_vs_current", 4, a, sizeof a),
	    signed_usd(t, i, "usd_per_month_vs_current", 2, b, sizeof b),
	    signed_usd(t, i, "usd_per_hour_vs_ondemand", 4, c, sizeof c),
	    signed_usd(t, i, "usd_per_month_vs_ondemand", 2, e, sizeof e));
}

static void add_past(struct dialog *d, struct word *w, size_t *n)
{
	const struct table *t = d->targets;
	size_t i = d->cursor;
	char a[24], b[24];
	if (table_int(t, i, "switches_n", 0) > 0)
		add(w, n, "downtime", ST_TEXT, "p50 %s, p95 %s (n=%s of %s, %s failed)",
		    num(t, i, "downtime_p50_s", "s", a, sizeof a),
		    num(t, i, "downtime_p95_s", "s", b, sizeof b), table_get(t, i, "downtime_n"),
		    COUNTED(table_int(t, i, "switches_n", 0), "switch", "switches"),
		    table_get(t, i, "switches_failed"));
	else
		add(w, n, "downtime", ST_TEXT, "n/a (n=0)");
	if (table_get(t, i, "boot_avg_s"))
		add(w, n, "boot", ST_TEXT, "%s on average, p95 %s (n=%s)",
		    num(t, i, "boot_avg_s", "s", a, sizeof a), num(t, i, "boot_p95_s", "s", b, sizeof b),
		    table_get(t, i, "boot_n"));
	else
		add(w, n, "boot", ST_TEXT, "n/a (n=0)");
	if (!table_get(t, i, "pool"))
		add(w, n, "risk", ST_TEXT, "on-demand is not interrupted");
	else
		add(w, n, "risk", ST_TEXT, "breaks a day %s (n=%s days); siblings already there: %s",
		    num(t, i, "notices_per_instance_day", "f", a, sizeof a),
		    table_get(t, i, "instance_days_n"), num(t, i, "siblings", "int", b, sizeof b));
}

static void add_guards(struct dialog *d, struct word *w, size_t *n, bool is_short)
{
	char failing[300];
	const char *bad = dialog_failing(d, d->cursor, failing, sizeof failing);
	add(w, n, "guards", bad ? ST_WARN : ST_OK, "%s%s",
	    bad        ? "FAIL "
	    : is_short ? "ok so far; Enter checks all"
	               : "nothing fails so far; Enter checks all of them",
	    bad ? bad : "");
}

static void add_turn(struct dialog *d, struct word *w, size_t *n)
{
	char line[160];
	if (dialog_is_launch(d)) {
		add(w, n, "role", ST_TEXT, "%s",
		    d->is_other_way ? "the primary  (r: as a replica)" : "a replica  (r: as the primary)");
		return;
	}
	if (!table_get(d->targets, d->cursor, "old_instance_id")) {
		add(w, n, "old instance", ST_DIM, "there is none");
		return;
	}
	enum style st = effect_old_instance(dialog_old_wait(d, d->cursor),
	                                    table_dec(d->targets, d->cursor, "old_instance_usd_per_day", 0),
	                                    line, sizeof line);
	add(w, n, "old instance", st, "%s  (o: %s)", line, st == ST_CRIT ? "terminate it" : "keep it");
}

/* What the columns of a narrow screen have no room for. */
static void add_speed(struct dialog *d, struct word *w, size_t *n)
{
	char boot[48], down[48];
	with_n(d->targets, d->cursor, "boot_p95_s", "boot_n", "s", boot, sizeof boot);
	with_n(d->targets, d->cursor, "downtime_p95_s", "downtime_n", "s", down, sizeof down);
	add(w, n, "p95", ST_TEXT, "boot %s, down %s", boot, down);
}

static size_t words_of_target(struct dialog *d, struct rect r, struct word *w)
{
	size_t n = 0;
	if (!d->targets || !d->targets->n_rows) return 0;
	if (r.h >= 15) add_price(d, w, &n), add_cost(d, w, &n), add_past(d, w, &n);
	if (r.h < 15 && r.w < 76) add_speed(d, w, &n);
	add_guards(d, w, &n, small_is(r));
	add_turn(d, w, &n);
	return n;
}

struct told {
	const struct word *w;
	size_t n;
};
static void fill_told(struct small *s, void *of)
{
	const struct told *t = of;
	for (size_t i = 0; i < t->n; i++) small_add(s, t->w[i].style, t->w[i].title, t->w[i].text);
}

void dialog_paint_targets(struct dialog *d, struct grid *g, struct rect r)
{
	char age[64] = "reading";
	size_t n = d->targets ? d->targets->n_rows : 0, top = 0;
	struct word w[MAX_WORDS];
	if (d->targets) {
		char a[32];
		snprintf(age, sizeof age, "read %s ago",
		         fmt_age(a, sizeof a, clock_age_ms(d->targets->read_at_mono_ms)));
	}
	int y = r.y + dialog_head(d, g, r, age), x = r.x + 3, bottom = r.y + r.h - 1;
	struct told told = { w, words_of_target(d, r, w) };
	struct small counted = { .r = { 0, 0, 0, r.w - 4 } };
	fill_told(&counted, &told);
	bottom -= d->note[0] != 0;
	int n_below = small_is(r) ? (int)counted.n : (int)told.n, room = bottom - y - n_below;
	paint_heads(d, g, r, y);
	size_t first = d->cursor >= (size_t)room && room > 0 ? d->cursor - (size_t)room + 1 : 0;
	for (size_t i = first; i < n && (int)(i - first) < room; i++) {
		int row = y + 1 + (int)(i - first);
		paint_target(d, g, r, row, i);
		if (i == d->cursor) grid_cursor_row(g, row, r.x, r.w), g->cur_y = row, g->cur_x = r.x;
	}
	int below = y + 1 + ((int)n < room ? (int)n + 1 : room);
	if (small_is(r))
		small_paint(g, (struct rect){ bottom + 1 - n_below, r.x + 2, n_below, r.w - 4 }, &top,
		            fill_told, &told);
	else
		dialog_paint_words(g, r, below, bottom + 1, w, told.n);
	if (d->targets && !n)
		grid_wrap(g, y + 1, x, r.w - 4, 2, ST_WARN,
		          "no pool is known; `spotop import prices` makes them");
	if (d->note[0]) grid_text(g, r.y + r.h - 1, r.x + 2, r.w - 4, ST_WARN, d->note);
}
