/* prices.c - pools above, one chart below: raw, consolidated, interpolated and canonical points of the pool
 * under the cursor (marked pools are drawn too), zoomed and panned in time, with where the numbers come from. */
#include "views/screens/prices.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "sql.h"
#include "views/nav/action.h"
#include "views/nav/ask.h"
#include "views/nav/links.h"
#include "views/nav/nav.h"
#include "views/screens/prices_int.h"
#include "views/table/sheet.h"
#include "views/table/sheet_actions.h"
#include "views/table/sheet_paint.h"
#include "views/table/sheet_rows.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void got_points(void *owner, struct table *t, const struct err *e);
static void got_from(void *owner, struct table *t, const struct err *e)
{
	struct prices *p = owner;
	if (e) return;
	table_free(p->from);
	p->from = t;
}

static struct screen *open_prices(struct nav *nav, const struct view *v, const struct view_args *args)
{
	struct prices *p = mem_alloc(sizeof *p);
	const char *pool = view_args_get(args, "pool");
	if (!pool) p->sheet = sheet_new(nav, v, args);
	if (pool) snprintf(p->pool[0], sizeof p->pool[0], "%s", pool), p->n_pools = 1;
	p->ask = ask_new(nav, p, got_points);
	p->ask_from = ask_new(nav, p, got_from);
	p->span = 2;
	p->cross = -1;
	return &p->base;
}

static void free_series(struct prices *p)
{
	for (int i = 0; i < MAX_POOLS; i++)
		for (int k = 0; k < TIERS; k++) {
			free(p->s[i][k].t);
			free(p->s[i][k].v);
			p->s[i][k] = (struct series){ 0 };
		}
}

static void close_prices(struct screen *s)
{
	struct prices *p = (struct prices *)s;
	sheet_free(p->sheet);
	ask_free(p->ask);
	ask_free(p->ask_from);
	table_free(p->points);
	table_free(p->from);
	free_series(p);
	free(p);
}

/* --- data --- */

static void add_point(struct series *s, int64_t t, double v)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		s->t = mem_grow(s->t, sizeof *s->t * s->cap);
		s->v = mem_grow(s->v, sizeof *s->v * s->cap);
	}
	s->t[s->n] = t;
	s->v[s->n++] = v;
}

static int pool_index(const struct prices *p, const char *pool)
{
	for (int i = 0; i < p->n_pools; i++)
		if (strcmp(p->pool[i], pool) == 0) return i;
	return -1;
}

static void got_points(void *owner, struct table *t, const struct err *e)
{
	struct prices *p = owner;
	if (e) {
		p->error = *e;
		return;
	}
	err_clear(&p->error);
	free_series(p);
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *pool = table_get(t, i, "pool"), *tier = table_get(t, i, "tier"),
		           *at = table_get(t, i, "at");
		int64_t ms;
		int k = pool ? pool_index(p, pool) : -1;
		if (k < 0 || !tier || !at || !time_from_sql(at, &ms)) continue;
		bool is_filled = table_int(t, i, "is_interpolated", 0) != 0;
		int which = tier[0] == 'r' ? 0 : strcmp(tier, "canonical") == 0 ? 3 : is_filled ? 2 : 1;
		add_point(&p->s[k][which], ms, table_dec(t, i, "price", NAN));
	}
	table_free(p->points);
	p->points = t;
}

static void choose_pools(struct prices *p)
{
	if (!p->sheet) return;
	size_t row;
	struct table *t = sheet_row(p->sheet, &row);
	const char *here = t ? table_get(t, row, "pool") : NULL;
	p->n_pools = 0;
	if (here) snprintf(p->pool[p->n_pools++], sizeof p->pool[0], "%s", here);
	p->n_left = 0;
	p->left[0] = 0;
	for (size_t i = 0; i < p->sheet->rows.n_marks; i++) {
		const char *pool = p->sheet->rows.marks[i];
		char name[104];
		size_t n = strlen(p->left);
		if (pool_index(p, pool) >= 0) continue;
		if (p->n_pools < MAX_POOLS)
			snprintf(p->pool[p->n_pools++], sizeof p->pool[0], "%s", pool);
		else
			p->n_left++, prices_pool_name(pool, true, false, name),
			        snprintf(p->left + n, sizeof p->left - n, "%s%s", n ? ", " : "", name);
	}
}

static void fetch_chart(struct prices *p)
{
	static const char *const names[MAX_POOLS] = { "pool1", "pool2", "pool3", "pool4" };
	struct view_args args = { 0 };
	char text[32];
	if (!p->n_pools || ask_is_busy(p->ask)) return;
	for (int i = 0; i < p->n_pools; i++) view_args_set(&args, names[i], p->pool[i]);
	time_to_sql(prices_window_end(p) - prices_spans_ms[p->span], text);
	view_args_set(&args, "from", text);
	time_to_sql(prices_window_end(p), text);
	view_args_set(&args, "to", text);
	int64_t bucket = prices_spans_ms[p->span] / 1000 / POINTS;
	snprintf(text, sizeof text, "%lld", (long long)(bucket > 1 ? bucket : 1));
	view_args_set(&args, "bucket", text);
	ask_query(p->ask, &sql_queries_price_points, &args);
	struct view_args one = { 0 };
	view_args_set(&one, "pool", p->pool[0]);
	if (!nav_is_past(p->base.nav)) ask_query(p->ask_from, &sql_queries_price_provenance, &one);
}

/* The pools come first; the chart's question follows as soon as there is a pool to ask for. */
static void tick_prices(struct screen *s)
{
	struct prices *p = (struct prices *)s;
	if (!p->n_pools && p->sheet && p->sheet->n) choose_pools(p), fetch_chart(p);
}

static void fetch_prices(struct screen *s)
{
	struct prices *p = (struct prices *)s;
	if (p->sheet) sheet_fetch(p->sheet);
	choose_pools(p);
	fetch_chart(p);
}

static void retime_prices(struct screen *s)
{
	struct prices *p = (struct prices *)s;
	ask_free(p->ask); /* an answer under way is of another time */
	p->ask = ask_new(s->nav, p, got_points);
	if (p->sheet) sheet_retime(p->sheet, &s->args);
	fetch_chart(p);
}

/* --- painting --- */

static void paint_prices(struct screen *s, struct grid *g, struct rect r)
{
	struct prices *p = (struct prices *)s;
	int chart_h = p->sheet ? (r.h >= 24 ? r.h * 3 / 5 : r.h >= 14 ? r.h / 2 : 0) : r.h;
	if (p->sheet) sheet_paint(p->sheet, g, (struct rect){ r.y, r.x, r.h - chart_h, r.w }, true);
	if (chart_h) prices_paint_chart(p, g, (struct rect){ r.y + r.h - chart_h, r.x, chart_h, r.w });
	if (nav_is_stale(s->nav)) grid_dim(g, r.y, r.y + r.h);
}

/* --- keys --- */

static enum reaction refetch(struct prices *p)
{
	choose_pools(p);
	if (ask_is_busy(p->ask))
		p->base.next_fetch_ms = 0;
	else
		fetch_chart(p);
	return R_DRAW;
}

static enum reaction zoom(void *on, int by)
{
	struct prices *p = on;
	if (by < 0 ? p->span > 0 : p->span + 1 < PRICES_SPANS) p->span += (size_t)by;
	return refetch(p);
}

static enum reaction pan(void *on, int by)
{
	struct prices *p = on;
	int64_t to = p->back_ms + by * prices_spans_ms[p->span] / 4;
	p->back_ms = to > 0 ? to : 0;
	return refetch(p);
}

static enum reaction tier(void *on, int which)
{
	struct prices *p = on;
	p->hides[which] = !p->hides[which];
	return refetch(p);
}

static enum reaction scale(void *on, int arg)
{
	struct prices *p = on;
	(void)arg;
	p->is_log = !p->is_log;
	return refetch(p);
}

static enum reaction crosshair(void *on, int by)
{
	struct prices *p = on;
	if (by > 0)
		p->cross = p->cross < 0 ? 2 : p->cross < 98 ? p->cross + 2 : 98;
	else
		p->cross = p->cross > 2 ? p->cross - 2 : -1;
	return refetch(p);
}

// clang-format off
static const struct action actions[] = {
	{ "zoom.in",           "+",     "shorter span", zoom, -1 },
	{ "zoom.out",          "_",     "longer span", zoom, 1 },
	{ "pan.left",          "h",     "earlier", pan, 1 },
	{ "pan.right",         "L",     "later", pan, -1 },
	{ "tier.raw",          "r",     "raw points on or off", tier, 0 },
	{ "tier.consolidated", "m",     "consolidated points on or off", tier, 1 },
	{ "tier.interpolated", "i",     "interpolated points on or off", tier, 2 },
	{ "tier.canonical",    "n",     "canonical points on or off", tier, 3 },
	{ "scale",             "Y",     "logarithmic scale or linear: cheap and dear pools in one chart", scale, 0 },
	{ "move.left",         "Left",  "crosshair: when and how much", crosshair, 1 },
	{ "move.right",        "Right", "", crosshair, -1 },
	{ 0 },
};
// clang-format on

/* The chart is of the row under the cursor and of those marked. */
static enum reaction prices_action(struct screen *s, const char *action)
{
	struct prices *p = (struct prices *)s;
	enum reaction r = p->sheet ? sheet_action(p->sheet, action) : R_UNKNOWN;
	return r == R_DRAW ? refetch(p) : r;
}

static struct table *row_prices(struct screen *s, size_t *row)
{
	struct prices *p = (struct prices *)s;
	return p->sheet ? sheet_row(p->sheet, row) : NULL;
}
static struct sheet *sheet_of(struct screen *s) { return ((struct prices *)s)->sheet; }
static int64_t read_at(struct screen *s)
{
	const struct table *t = ((struct prices *)s)->points;
	return t ? t->read_at_mono_ms : TIME_NONE;
}

static const struct screen_ops prices_screen = {
	.open = open_prices,
	.close = close_prices,
	.paint = paint_prices,
	.actions = actions,
	.action = prices_action,
	.fetch = fetch_prices,
	.row = row_prices,
	.sheet = sheet_of,
	.read_at = read_at,
	.tick = tick_prices,
	.retime = retime_prices,
};

/* The chart of one pool alone has no rows: what is done to a row is no key of it. */
static const struct screen_ops chart_screen = {
	.open = open_prices,
	.close = close_prices,
	.paint = paint_prices,
	.actions = actions,
	.fetch = fetch_prices,
	.read_at = read_at,
	.tick = tick_prices,
	.retime = retime_prices,
};

// clang-format off
static const struct col price_cols[] = {
	{ "pool",                  "pool",      AS_POOL, .min = 20, .want = 24, .flex = 1 },
	{ "spot_usd_per_hour",     "spot $/h",  AS_USD4, .min = 8 },
	{ "last_price_at",         "age",       AS_AGE, .min = 6, .about = "age of the newest price, from the raw tier" },
	{ "ondemand_usd_per_hour", "od $/h",    AS_USD4, .min = 8, .rank = 2 },
	{ "saving",                "saves %",   AS_PERCENT, .min = 7, .rank = 2, .about = "against on-demand" },
	{ "change_24h",            "24 h %",    AS_PERCENT, .min = 6, .rank = 3, .about = "against the hour 24 h ago" },
	{ "volatility",            "volat.",    AS_DEC, .min = 6, .rank = 4, .about = "standard deviation over mean of the last 60 real prices, canonical tier" },
	{ "notices_per_instance_day", "breaks/day", AS_DEC, .min = 10, .rank = 5, .about = "notices per instance and day, 30 days" },
	{ "instances",             "inst",      AS_INT, .min = 4, .rank = 4 },
	{ "boot_seconds",          "boot",      AS_DURATION, .min = 6, .rank = 5 },
	{ "boot_samples",          "n",         AS_INT, .min = 3, .rank = 6, .about = "boots behind the average" },
	{ "region",                "region",    AS_TEXT, .min = 10, .is_hidden = true },
	{ "az",                    "az",        AS_TEXT, .min = 10, .is_hidden = true },
	{ "instance_type",         "type",      AS_TEXT, .min = 10, .is_hidden = true },
};
const struct view view_prices = {
	.name = "prices", .digit = '7', .about = "Pools ranked by price with a chart of the three tiers; marked pools are drawn together.",
	.query = &sql_queries_pools, .row_key = "pool", .label = "pool", .cols = price_cols, .n_cols = ARRAY_LEN(price_cols),
	.sort = "spot_usd_per_hour", .screen = &prices_screen, .refresh_ms = 5000, .target = TARGET_POOL, .target_col = "pool",
	.opens = "chart", .opens_param = "pool", .opens_from = "pool", .empty = "no pool yet; `spotop import prices FILE` makes them",
	.query_at = &sql_queries_pools_at, .note_at = "boot times and notices of then are not kept; prices: the newest known then", .screen_has_past = true,
};
const struct view view_chart = {
	.name = "chart", .about = "One pool's prices over time, three tiers.", .query = &sql_queries_pools, .screen = &chart_screen,
	.refresh_ms = 5000, .is_hidden = true,
	.query_at = &sql_queries_pools_at, .screen_has_past = true,
};
// clang-format on
