/* seed_price.c - 90 days of prices: hourly at first, every five minutes in the last week, with the
 * reports behind them in the last day. The tiers hold what consolidation would have left: the last
 * two hours are raw only, gaps are filled in and say so. */
#include "core/base/mem.h"
#include "core/sim/seed_int.h"
#include <math.h>

enum { WINDOW = DAY / FINE_STEP, RAW_ONLY = 2 * HOUR };

static int pool_index(const struct seed *s, const struct sim_pool *p) { return (int)(p - s->world.pools); }

void seed_price_walk(struct seed *s)
{
	s->fine_t0 = s->now - (int64_t)N_FINE * FINE_STEP;
	s->price_t0 = s->fine_t0 - (int64_t)N_COARSE * HOUR;
	s->coarse = mem_alloc(sizeof(float) * N_COARSE * (size_t)s->world.n_pools);
	s->fine = mem_alloc(sizeof(float) * (N_FINE + 1) * (size_t)s->world.n_pools);
	for (int i = 0; i < s->world.n_pools; i++) {
		struct sim_pool *p = &s->world.pools[i];
		struct rng r = rng_make(s->seed, 2000u + (unsigned)i);
		float *coarse = s->coarse + (size_t)i * N_COARSE, *fine = s->fine + (size_t)i * (N_FINE + 1);
		for (int k = 0; k < N_COARSE; k++) coarse[k] = (float)world_step(p, &r, 1.0);
		for (int k = 0; k <= N_FINE; k++) fine[k] = (float)world_step(p, &r, FINE_STEP / 3600.0);
	}
}

double seed_price_at(const struct seed *s, const struct sim_pool *p, int64_t at)
{
	size_t i = (size_t)pool_index(s, p);
	if (at >= s->fine_t0) {
		int64_t k = (at - s->fine_t0) / FINE_STEP;
		return (double)s->fine[i * (N_FINE + 1) + (size_t)(k > N_FINE ? N_FINE : k)];
	}
	int64_t k = (at - s->price_t0) / HOUR;
	return (double)s->coarse[i * N_COARSE + (size_t)(k < 0 ? 0 : k)];
}

/* Deviation over mean of the day up to point k. */
static double volatility(const float *v, int k, int window)
{
	double sum = 0, square = 0;
	int from = k - window + 1 < 0 ? 0 : k - window + 1, n = k - from + 1;
	for (int j = from; j <= k; j++) sum += (double)v[j];
	double mean = sum / n;
	for (int j = from; j <= k; j++) square += ((double)v[j] - mean) * ((double)v[j] - mean);
	return mean > 0 ? sqrt(square / n) / mean : 0;
}

static void canonical(struct seed *s, const char *pool, int64_t at, double price, double confidence,
                      double vol, bool is_interpolated)
{
	struct rows *t = &s->t[T_CANONICAL];
	rows_start(t);
	rows_str(t, pool);
	rows_int(t, at);
	rows_dec(t, price, 6);
	rows_dec(t, confidence, 2);
	rows_dec(t, vol > 0.9999 ? 0.9999 : vol, 4);
	rows_int(t, is_interpolated);
	rows_end(t);
}

static void consolidated(struct seed *s, const char *pool, int64_t at, double price, int sources)
{
	struct rows *t = &s->t[T_CONSOLIDATED];
	rows_start(t);
	rows_str(t, pool);
	rows_int(t, at);
	rows_dec(t, price, 6);
	rows_int(t, sources == 0);
	rows_int(t, sources == 0 ? 1 : sources);
	rows_end(t);
}

/* A report; the statement finds the agent and instance that made it. */
static void snapshot(struct seed *s, const char *pool, int64_t at, double price, const char *role, int nth,
                     bool is_loser)
{
	struct rows *t = &s->t[T_SNAPSHOTS];
	rows_start(t);
	rows_str(t, pool);
	rows_int(t, at);
	rows_dec(t, price, 6);
	rows_str(t, role);
	rows_int(t, nth);
	rows_int(t, is_loser);
	rows_end(t);
}

/* Every fifth pool had nobody to report on it for three hours, some days ago. */
static bool in_gap(const struct seed *s, int i, int64_t at)
{
	int64_t from = s->fine_t0 + (2 + i % 4) * (int64_t)DAY;
	return i % 5 == 0 && at > from && at < from + 3 * HOUR;
}

static void fine_point(struct seed *s, int i, int k, struct rng *r, double *vol)
{
	const struct sim_pool *p = &s->world.pools[i];
	const float *v = s->fine + (size_t)i * (N_FINE + 1);
	int64_t at = s->fine_t0 + (int64_t)k * FINE_STEP;
	double price = (double)v[k];
	int sources = rng_chance(r, 0.3) ? 2 : rng_chance(r, 0.1) ? 3 : 1;
	if (k % 12 == 0) *vol = volatility(v, k, WINDOW);
	bool is_gap = in_gap(s, i, at);
	if (at <= s->now - RAW_ONLY && (!is_gap || k % 6 == 0)) {
		consolidated(s, p->id, at, price, is_gap ? 0 : sources);
		canonical(s, p->id, at, price, is_gap ? 0.70 : sources > 1 ? 1.0 : 0.95, *vol, is_gap);
	}
	if (at <= s->now - DAY || is_gap) return;
	snapshot(s, p->id, at, price, "primary", 0, false);
	for (int d = 1; d < sources; d++)
		snapshot(s, p->id, at + 7 * d, price * rng_range(r, 0.999, 1.001),
		         d == 1 ? "replica" : "primary", d, at <= s->now - RAW_ONLY);
}

bool seed_prices(struct seed *s)
{
	for (int i = 0; i < s->world.n_pools && s->is_ok; i++) {
		struct rng r = rng_make(s->seed, 3000u + (unsigned)i);
		const float *coarse = s->coarse + (size_t)i * N_COARSE;
		double vol = 0;
		for (int k = 0; k < N_COARSE; k++) {
			if (k % 6 == 0) vol = volatility(coarse, k, 24);
			canonical(s, s->world.pools[i].id, s->price_t0 + (int64_t)k * HOUR, (double)coarse[k],
			          0.95, vol, false);
		}
		for (int k = 0; k <= N_FINE; k++) fine_point(s, i, k, &r, &vol);
	}
	for (int t = T_SNAPSHOTS; t <= T_CANONICAL; t++) rows_send(&s->t[t]);
	return s->is_ok;
}
