/* prices_paint.c - the chart of the prices screen: the keys of its tiers, what is drawn, and where the numbers come from. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/text.h"
#include "tui/chart.h"
#include "views/nav/links.h"
#include "views/nav/nav.h"
#include "views/screens/prices_int.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WIDE = 100 };

const int64_t prices_spans_ms[PRICES_SPANS] = { 3600000LL,       6 * 3600000LL,   86400000LL,
	                                        3 * 86400000LL,  7 * 86400000LL,  30 * 86400000LL,
	                                        90 * 86400000LL, 200 * 86400000LL };
void prices_pool_name(const char *pool, bool is_narrow, bool is_ascii, char out[104])
{
	static const struct col as_pool = { .as = AS_POOL };
	struct buf b = BUF_EMPTY;
	buf_adds(&b, pool);
	cell_narrow(&b, &as_pool, is_narrow ? 0 : b.len, is_ascii);
	snprintf(out, 104, "%s", buf_str(&b));
	buf_free(&b);
}

/* In the past the chart ends where it was then. */
int64_t prices_window_end(const struct prices *p)
{
	struct nav *nav = p->base.nav;
	return (nav_is_past(nav) ? nav_env(nav).now_ms : nav_now_ms(nav)) - p->back_ms;
}

static void lag(const struct prices *p, const char *col, char *out, size_t n)
{
	const char *v = p->from ? table_get(p->from, 0, col) : NULL;
	if (v)
		fmt_age(out, n, (int64_t)(strtod(v, NULL) * 1000) + clock_age_ms(p->from->read_at_mono_ms));
	else
		snprintf(out, n, "n/a");
}

static void paint_provenance(struct prices *p, struct grid *g, int y, struct rect r)
{
	char a[3][32], share[32] = "n/a", conf[32] = "n/a", sources[32] = "n/a", line[300];
	if (p->n_left)
		grid_textf(g, y, r.x + 1, r.w - 2, ST_WARN, "%d of the marked %s not drawn (%d at once): %s",
		           p->n_left, p->n_left == 1 ? "is" : "are", MAX_POOLS, p->left);
	/* how far the tiers lag is known of now only */
	if (p->n_left || nav_is_past(p->base.nav)) return;
	lag(p, "raw_lag_seconds", a[0], 32);
	lag(p, "consolidated_lag_seconds", a[1], 32);
	lag(p, "canonical_lag_seconds", a[2], 32);
	if (p->from && table_get(p->from, 0, "interpolated_share"))
		fmt_percent(share, sizeof share, table_dec(p->from, 0, "interpolated_share", 0));
	if (p->from && table_get(p->from, 0, "confidence"))
		snprintf(conf, 32, "%.2f", table_dec(p->from, 0, "confidence", 0));
	if (p->from && table_get(p->from, 0, "sources"))
		snprintf(sources, 32, "%.1f", table_dec(p->from, 0, "sources", 0));
	snprintf(line, sizeof line,
	         r.w < WIDE ? "behind: raw %s cons %s canon %s; 7 d: interp %s sources %s conf %s"
	                    : "behind now: raw %s, consolidated %s, canonical %s; 7 d: interpolated %s, "
	                      "sources %s, confidence %s",
	         a[0], a[1], a[2], share, sources, conf);
	grid_text(g, y, r.x + 1, r.w - 2, ST_DIM, line);
}

static const char *tier_name(int k, int width)
{
	static const char *const names[TIERS] = { "raw", "consolidated", "interpolated", "canonical" };
	static const char *const narrow[TIERS] = { "raw", "cons", "interp", "canon" };
	return width < WIDE ? narrow[k] : names[k];
}

/* The pool, the span, and the keys of what is drawn: all of them, whatever the width. What has no room beside the others
 * stands in the next line; before that the pool's name grows shorter. */
enum { MOST_TOGGLES = TIERS + 3 };
struct toggle {
	const char *key;
	char text[104];
	enum style style;
};

static void toggle(struct toggle list[MOST_TOGGLES], size_t *n, const char *key, const char *text,
                   const char *more, enum style style)
{
	list[*n] = (struct toggle){ .key = key, .style = style };
	snprintf(list[*n].text, sizeof list[*n].text, "%s%s", text, more);
	++*n;
}

static int toggles_width(const struct toggle *t)
{
	return (t->key ? 2 : 0) + (int)text_width(t->text, strlen(t->text));
}

static int paint_toggles(struct prices *p, struct grid *g, struct rect r)
{
	static const char *const keys[TIERS] = { "r", "m", "i", "n" };
	static const enum style st[TIERS] = { ST_CHART3, ST_CHART1, ST_CHART4, ST_CHART2 };
	struct toggle list[MOST_TOGGLES];
	size_t n = 0;
	char span[32], pool[104] = "no pool";
	int end = r.x + r.w - 1, all = -2, y = r.y, x = r.x + 1;
	fmt_age(span, sizeof span, prices_spans_ms[p->span]);
	toggle(list, &n, NULL, p->n_pools ? p->pool[0] : pool, "", ST_STRONG);
	toggle(list, &n, NULL, span, "", ST_DIM);
	for (int k = 0; k < TIERS; k++)
		toggle(list, &n, keys[k], tier_name(k, r.w), p->hides[k] ? " off" : "",
		       p->hides[k]                ? ST_OFF
		       : k == 0 && p->n_pools > 1 ? st[1]
		                                  : st[k]);
	toggle(list, &n, "Y", p->is_log ? "log" : "linear", "", p->is_log ? ST_TEXT : ST_DIM);
	for (size_t i = 0; i < n; i++) all += toggles_width(&list[i]) + 2;
	if (all > r.w - 2 && p->n_pools) prices_pool_name(p->pool[0], true, g->is_ascii, list[0].text);
	for (size_t i = 0; i < n; i++) {
		if (x + toggles_width(&list[i]) > end && x > r.x + 1) y++, x = r.x + 1;
		if (list[i].key) x += grid_text(g, y, x, 2, ST_KEY, list[i].key) + 1;
		x += grid_text(g, y, x, end - x, list[i].style, list[i].text) + 2;
	}
	return y + 1 - r.y;
}

/* Where the crosshair stands; the values stand behind the marks. */
static void cross_time(char out[32], int64_t ms, bool is_local)
{
	struct tm tm;
	time_parts(ms, is_local, &tm);
	strftime(out, 32, "%b %e %H:%M", &tm);
}

void prices_paint_chart(struct prices *p, struct grid *g, struct rect r)
{
	static const enum style first[TIERS] = { ST_CHART3, ST_CHART1, ST_CHART4, ST_CHART2 };
	static const enum style other[MAX_POOLS] = { ST_CHART1, ST_CHART2, ST_CHART3, ST_CHART4 };
	static const char *const digits[MAX_POOLS] = { "1", "2", "3", "4" };
	static const enum chart_mark mark[TIERS] = { CHART_DOTS, CHART_STEP, CHART_CROSS, CHART_RING };
	struct chart_series list[MAX_POOLS * TIERS];
	char short_pool[MAX_POOLS][104], at[32];
	bool several = p->n_pools > 1; /* then the colour says which pool, the mark which tier */
	size_t n = 0;
	for (int i = 0; i < p->n_pools; i++)
		prices_pool_name(p->pool[i], r.w < 2 * WIDE, g->is_ascii, short_pool[i]);
	int64_t to = prices_window_end(p), from = to - prices_spans_ms[p->span];
	int64_t cross = p->cross < 0 ? TIME_NONE : to - prices_spans_ms[p->span] * p->cross / 100;
	for (int i = p->n_pools - 1; i >= 0; i--)
		for (int k = TIERS - 1; k >= 0; k--) {
			const struct series *s = &p->s[i][k];
			if (!s->n || p->hides[k] || (i > 0 && k != 1)) continue;
			list[n] = (struct chart_series){ .label = several && k == 1 ? short_pool[i]
				                                                    : tier_name(k, r.w),
				                         .style = i                   ? other[i]
				                                  : several && k == 0 ? first[1]
				                                                      : first[k],
				                         .mark = mark[k],
				                         .sign = k == 0              ? ":"
				                                 : several && k == 1 ? digits[i]
				                                                     : NULL,
				                         .t_ms = s->t,
				                         .v = s->v,
				                         .n = s->n };
			n++;
		}
	int head = paint_toggles(p, g, r);
	if (p->error.code)
		grid_text(g, r.y + head + 1, r.x + 2, r.w - 4, ST_WARN, p->error.text);
	else if (!p->points)
		grid_text(g, r.y + head + 1, r.x + 2, r.w - 4, ST_DIM,
		          p->n_pools ? "reading" : "no pool is chosen");
	else if (!n)
		grid_text(g, r.y + head + 1, r.x + 2, r.w - 4, ST_DIM,
		          "no price in this span; _ widens it, h goes back in time");
	else {
		struct cell_env env = nav_env(p->base.nav);
		if (cross != TIME_NONE) cross_time(at, cross, env.is_local);
		struct chart c = { .unit = cross == TIME_NONE ? "$/h" : at,
			           .decimals = 4,
			           .is_log = p->is_log,
			           .last_first = true,
			           .from_ms = from,
			           .to_ms = to,
			           .crosshair_ms = cross,
			           .is_local = env.is_local,
			           .series = list,
			           .n_series = n };
		chart_paint(g, r.y + head, r.x, r.h - 1 - head, r.w, &c);
	}
	paint_provenance(p, g, r.y + r.h - 1, r);
}
