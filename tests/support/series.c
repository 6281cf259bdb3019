/* series.c - random snapshots of prices, and a plain reading of what their tiers must be. */
#include "tests/support/series.h"
#include "core/base/mem.h"
#include "core/db/table.h"
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static unsigned long long rng_state;

void series_seed(unsigned seed) { rng_state = seed; }

long series_random(long below)
{
	rng_state = rng_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (long)((rng_state >> 33) % (unsigned long long)below);
}

static int by_minute(const void *a, const void *b)
{
	const struct snap *x = a, *y = b;
	if (x->at / 60 != y->at / 60) return x->at / 60 < y->at / 60 ? -1 : 1;
	if (x->role != y->role) return x->role - y->role;
	if (x->at != y->at) return x->at > y->at ? -1 : 1;
	return x->id > y->id ? -1 : 1;
}

static void add_point(struct series *r, int64_t at, long price, bool filled, int sources)
{
	ck_assert_uint_lt(r->n_points, MAX);
	r->p[r->n_points++] =
	        (struct point){ .at = at, .price = price, .filled = filled, .sources = sources };
}

static void fill_gap(struct series *r, struct point a, int64_t until, long next)
{
	long minutes = (long)(until - a.at) / 60;
	if (minutes <= 60 || (!r->is_import && minutes > 1440)) return;
	for (long k = 1; 30 * k + 30 <= minutes && k <= 50; k++) {
		double line = (double)a.price + (double)(next - a.price) * 30.0 * (double)k / (double)minutes;
		add_point(r, a.at + 1800 * k, r->is_import ? a.price : lround(line), true, 0);
	}
}

static void score(struct series *r)
{
	for (size_t i = 0; i < r->n_points; i++) {
		struct point *p = &r->p[i];
		double s1 = 0, s2 = 0, n = 0, mean, near = 1e9;
		for (size_t k = i >= 59 ? i - 59 : 0; k <= i; k++)
			if (!r->p[k].filled) s1 += (double)r->p[k].price, n++;
		mean = n > 0 ? s1 / n : 0;
		for (size_t k = i >= 59 ? i - 59 : 0; k <= i; k++)
			if (!r->p[k].filled)
				s2 += ((double)r->p[k].price - mean) * ((double)r->p[k].price - mean);
		p->volatility = n < 2 ? -1 : mean > 0 ? sqrt(s2 / n) / mean : 0;
		if (p->volatility > 9.9999) p->volatility = 9.9999;
		for (size_t k = i; k-- > 0;)
			if (!r->p[k].filled) {
				near = (double)(p->at - r->p[k].at) / 60;
				break;
			}
		for (size_t k = i + 1; k < r->n_points; k++)
			if (!r->p[k].filled) {
				near = fmin(near, (double)(r->p[k].at - p->at) / 60);
				break;
			}
		p->confidence = p->filled ? 0.9 * exp(-near / 720) : 1 - 0.05 / p->sources;
	}
}

static void reference(struct series *r)
{
	struct snap *s = mem_alloc(sizeof r->s);
	memcpy(s, r->s, r->n * sizeof *s);
	qsort(s, r->n, sizeof *s, by_minute);
	r->n_points = 0;
	for (size_t i = 0, k; i < r->n; i = k) {
		for (k = i; k < r->n && s[k].at / 60 == s[i].at / 60; k++) {
		}
		if (r->n_points) fill_gap(r, r->p[r->n_points - 1], s[i].at / 60 * 60, s[i].price);
		add_point(r, s[i].at / 60 * 60, s[i].price, false, (int)(k - i));
	}
	score(r);
	free(s);
}

/* Random: bursts of a minute, equal seconds, gaps of 59 to 61 minutes, hours, over a day; the limits. */
static void make_series(struct series *r, int64_t from, int64_t to, bool is_import, int64_t *id)
{
	static const long gaps[] = { 20,   40,   60,   60,   61,    300,   3540,
		                     3600, 3660, 3720, 5400, 14400, 90000, 97200 };
	r->n = 0;
	r->is_import = is_import;
	for (int64_t at = from; at < to && r->n < 2500;) {
		long price = series_random(40) == 0 ? (series_random(2) ? 9999999999L : 0)
		                                    : 20000 + series_random(9000);
		int same = is_import ? 1 : 1 + (int)series_random(3);
		for (int i = 0; i < same && r->n < 2500; i++)
			r->s[r->n++] = (struct snap){ at, price == 9999999999L ? price : price + i,
				                      is_import ? 4 : (int)series_random(3),
				                      is_import ? 0 : (*id)++ };
		at += gaps[series_random(series_random(4) ? 6 : 14)];
	}
}

void series_insert(const struct rig *rig, const char *pool, const struct snap *s)
{
	static const char *const roles[] = { "'primary'", "'replica'", "'zombie'", NULL, "NULL" };
	rig_do(rig,
	       "INSERT INTO spot_price_snapshots (id, agent_id, pool_id, price, observed_at, "
	       "source_instance_role) "
	       "SELECT %lld, %s, '%s', %ld.%06ld, FROM_UNIXTIME(%lld), %s",
	       (long long)s->id, s->role == 4 ? "NULL" : "(SELECT MIN(id) FROM agents)", pool,
	       s->price / 1000000, s->price % 1000000, (long long)s->at, roles[s->role]);
}

/* Many at once: a statement of values. */
void series_insert_all(const struct rig *rig, const char *pool, const struct snap *s, size_t n)
{
	static const char *const roles[] = { "'primary'", "'replica'", "'zombie'", NULL, "NULL" };
	for (size_t i = 0; i < n;) {
		char *sql = mem_dup("");
		for (size_t k = 0; k < 400 && i < n; k++, i++) {
			char *more =
			        mem_printf("%s%s(%lld, %s, '%s', %ld.%06ld, FROM_UNIXTIME(%lld), %s)", sql,
			                   k ? ", " : "", (long long)s[i].id,
			                   s[i].role == 4 ? "NULL" : "@agent", pool, s[i].price / 1000000,
			                   s[i].price % 1000000, (long long)s[i].at, roles[s[i].role]);
			free(sql);
			sql = more;
		}
		rig_do(rig,
		       "BEGIN NOT ATOMIC SET @agent = (SELECT MIN(id) FROM agents); INSERT INTO "
		       "spot_price_snapshots (id, agent_id, pool_id, price, observed_at, "
		       "source_instance_role) "
		       "VALUES %s; END",
		       sql);
		free(sql);
	}
}

void series_compare(const struct rig *rig, const char *pool, struct series *r)
{
	reference(r);
	struct table *t = rig_table(
	        rig,
	        "SELECT UNIX_TIMESTAMP(c.observed_at) AS at, CAST(c.price * 1000000 AS SIGNED) AS price, "
	        "c.is_interpolated AS filled, c.source_count, k.confidence_score, k.volatility_index, "
	        "k.price = c.price AND k.is_interpolated = c.is_interpolated AS same "
	        "FROM pricing_consolidated c LEFT JOIN pricing_canonical k ON k.pool_id = c.pool_id AND "
	        "k.observed_at = c.observed_at WHERE c.pool_id = '%s' ORDER BY c.observed_at",
	        pool);
	for (size_t i = 0; i < t->n_rows && i < r->n_points; i++) {
		const struct point *p = &r->p[i];
		ck_assert_msg(table_int(t, i, "at", 0) == p->at && table_int(t, i, "filled", 9) == p->filled,
		              "%s point %zu: at %lld filled %lld, wanted %lld %d", pool, i,
		              (long long)table_int(t, i, "at", 0), (long long)table_int(t, i, "filled", 9),
		              (long long)p->at, p->filled);
		/* half a millionth may go either way on the straight line */
		ck_assert_msg(labs((long)table_int(t, i, "price", 0) - p->price) <= (p->filled ? 1 : 0),
		              "%s at %lld: %lld, wanted %ld", pool, (long long)p->at,
		              (long long)table_int(t, i, "price", 0), p->price);
		ck_assert_int_eq(table_int(t, i, "source_count", -1), p->sources);
		ck_assert_int_eq(table_int(t, i, "same", 0), 1);
		ck_assert_double_eq_tol(table_dec(t, i, "confidence_score", -1), p->confidence, 0.00501);
		ck_assert_double_eq_tol(table_dec(t, i, "volatility_index", -1), p->volatility, 0.000051);
	}
	ck_assert_uint_eq(t->n_rows, r->n_points);
	table_free(t);
}

struct series *series_new(int64_t from, int64_t days, bool is_import, int64_t *id)
{
	struct series *r = mem_alloc(sizeof *r);
	make_series(r, from, from + days * 86400, is_import, id);
	return r;
}
