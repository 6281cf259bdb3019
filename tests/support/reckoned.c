/* reckoned.c - tiers, partitions, expiries and sums reckoned anew. */
#include "tests/support/reckoned.h"
#include "core/db/table.h"
#include <check.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HALF = 1800, HOUR = 3600, DAY = 86400 };

/* All rows of a tier between two moments; got: whether each reported moment is there, at its price. */
static void tier_has(const struct reckoned *c, const char *table, int pool, int64_t from, int64_t to)
{
	struct table *t = rig_table(c->rig,
	                            "SELECT UNIX_TIMESTAMP(observed_at) AS at, price, is_interpolated AS "
	                            "made%s FROM %s WHERE pool_id = '%s' AND "
	                            "observed_at BETWEEN FROM_UNIXTIME(%" PRId64
	                            ") AND FROM_UNIXTIME(%" PRId64 ") ORDER BY observed_at LIMIT 4900",
	                            strcmp(table, "pricing_canonical") == 0 ? ", confidence_score AS sure"
	                                                                    : ", NULL AS sure",
	                            table, c->pools[pool], from, to);
	size_t i = 0;
	for (int k = 0; k < c->n_points; k++) {
		int64_t at = c->points[k], before = k > 0 ? c->points[k - 1] : 0, gap = at - before;
		/* over 60 minutes and up to a day: a point each 30 minutes on the straight line, as long as 30 remain */
		for (int64_t m = before + HALF; k > 0 && gap > HOUR && gap <= DAY && m + HALF <= at;
		     m += HALF) {
			if (m < from || m > to || before < from || at > to) continue;
			ck_assert_msg(i < t->n_rows, "%s: ends before %" PRId64, table, m);
			if (table_int(t, i, "at", 0) < m) i++;
			double line = (double)c->price_of(pool, before) +
			              (double)(c->price_of(pool, at) - c->price_of(pool, before)) *
			                      (double)(m - before) / (double)gap;
			ck_assert_msg(i < t->n_rows && table_int(t, i, "at", 0) == m &&
			                      table_int(t, i, "made", 0) == 1,
			              "%s: no interpolated point at %" PRId64, table, m);
			ck_assert_msg(fabs(table_dec(t, i, "price", 0) * 1e6 - line) < 1.01,
			              "%s at %" PRId64 ": %s, not %.0f", table, m, table_get(t, i, "price"),
			              line);
			if (table_get(t, i, "sure"))
				ck_assert_msg(table_dec(t, i, "sure", 1) < 0.9,
				              "%s at %" PRId64 " is too sure", table, m);
			i++;
		}
		if (at < from || at > to) continue;
		while (i < t->n_rows && table_int(t, i, "at", 0) < at) {
			ck_assert_msg(table_int(t, i, "made", 0) == 1, "%s: a row at %s that nobody reported",
			              table, table_get(t, i, "at"));
			i++; /* of a gap that reaches over the edge */
		}
		ck_assert_msg(i < t->n_rows && table_int(t, i, "at", 0) == at,
		              "%s of %s lacks %" PRId64 " (%" PRId64 " h ago)", table, c->pools[pool], at,
		              (c->now() - at) / HOUR);
		ck_assert_int_eq(llround(table_dec(t, i, "price", 0) * 1e6), c->price_of(pool, at));
		ck_assert_int_eq(table_int(t, i, "made", 1), 0);
		i++;
	}
	table_free(t);
}

/* No reported price is in no tier, and none is kept past its time; what is not its time yet is there. */
void reckoned_tiers(const struct reckoned *c, int64_t consolidated)
{
	int64_t at = c->now();
	for (int p = 0; p < c->n_pools; p++) {
		tier_has(c, "pricing_consolidated", p,
		         at - 7 * DAY + HOUR > c->began ? at - 7 * DAY + HOUR : c->began, consolidated);
		tier_has(c, "pricing_canonical", p,
		         at - 89 * (int64_t)DAY > c->began ? at - 89 * (int64_t)DAY : c->began, consolidated);
		long n = rig_number(c->rig,
		                    "SELECT COUNT(*) FROM spot_price_snapshots WHERE pool_id = '%s' AND "
		                    "observed_at > FROM_UNIXTIME(%" PRId64 ")",
		                    c->pools[p], at - DAY);
		long must = 0;
		for (int k = 0; k < c->n_points; k++) must += c->points[k] > at - DAY;
		ck_assert_msg(n >= must, "raw of %s: %ld of the last day, not %ld", c->pools[p], n, must);
	}
	static const char *const kept[][2] = { { "spot_price_snapshots", "2" },
		                               { "pricing_consolidated", "8" },
		                               { "pricing_canonical", "91" } };
	for (size_t i = 0; i < 3; i++) {
		long old = rig_number(c->rig,
		                      "SELECT COUNT(*) FROM %s WHERE observed_at < NOW() - INTERVAL %s DAY",
		                      kept[i][0], kept[i][1]);
		char *jobs =
		        rig_text(c->rig,
		                 "SELECT GROUP_CONCAT(name, ' ', last_ok_at, ' due ', next_run_at, ' mark ', "
		                 "COALESCE(JSON_VALUE(state, '$.mark'), '-') SEPARATOR '; ') FROM "
		                 "job_schedules "
		                 "WHERE name IN ('consolidate', 'retention', 'canonicalize')");
		ck_assert_msg(old == 0, "%s keeps %ld rows past their time: %s", kept[i][0], old, jobs);
		free(jobs);
	}
	ck_assert_int_eq(rig_number(c->rig, "SELECT COUNT(*) FROM sse_events WHERE expires_at < NOW() - "
	                                    "INTERVAL 10 MINUTE"),
	                 0);
}

void reckoned_partitions(const struct reckoned *c)
{
	static const char *const daily[] = { "spot_price_snapshots", "pricing_consolidated",
		                             "pricing_canonical" };
	for (size_t i = 0; i < 3; i++) {
		ck_assert_msg(rig_number(c->rig,
		                         "SELECT COUNT(*) FROM information_schema.PARTITIONS WHERE "
		                         "TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '%s' AND "
		                         "PARTITION_NAME IN (DATE_FORMAT(UTC_TIMESTAMP(), 'p_%%Y_%%m_%%d'), "
		                         "DATE_FORMAT(UTC_TIMESTAMP() + "
		                         "INTERVAL 1 DAY, 'p_%%Y_%%m_%%d'))",
		                         daily[i]) == 2,
		              "%s has no partition of today and tomorrow", daily[i]);
		ck_assert_msg(rig_number(c->rig, "SELECT COUNT(*) FROM %s PARTITION (p_future)", daily[i]) ==
		                      0,
		              "%s has rows in p_future", daily[i]);
	}
	ck_assert_int_eq(rig_number(c->rig, "SELECT COUNT(*) FROM system_events PARTITION (p_future)"), 0);
}

/* Each whole hour of two points of a pool. */
static void reckon_hours(const struct reckoned *c, int p, int64_t consolidated)
{
	struct table *t = rig_table(c->rig,
	                            "SELECT UNIX_TIMESTAMP(hour_at) AS at, price_avg, price_min, price_max "
	                            "FROM pool_price_hourly WHERE pool_id = '%s' ORDER BY hour_at LIMIT 4900",
	                            c->pools[p]);
	for (int k = 0; k + 1 < c->n_points; k++) {
		int64_t a = c->points[k];
		if (a % HOUR || c->points[k + 1] != a + HALF || a + 2 * HOUR > consolidated) continue;
		size_t i = 0;
		while (i < t->n_rows && table_int(t, i, "at", 0) != a) i++;
		ck_assert_msg(i < t->n_rows,
		              "the hour %" PRId64 " of %s is not rolled up (%" PRId64 " h ago)", a,
		              c->pools[p], (c->now() - a) / HOUR);
		double x = (double)c->price_of(p, a), y = (double)c->price_of(p, a + HALF);
		ck_assert_msg(fabs(table_dec(t, i, "price_avg", 0) * 1e6 - (x + y) / 2) < 1.01 &&
		                      fabs(table_dec(t, i, "price_min", 0) * 1e6 - fmin(x, y)) < 0.5 &&
		                      fabs(table_dec(t, i, "price_max", 0) * 1e6 - fmax(x, y)) < 0.5,
		              "the hour %" PRId64 ": %s", a, table_get(t, i, "price_avg"));
	}
	table_free(t);
}

/* Each whole day of a pool's client by its hours: 24 h on the list against 24 h of the pool. */
static void reckon_days(const struct reckoned *c, int p)
{
	struct table *t =
	        rig_table(c->rig,
	                  "SELECT d.date, UNIX_TIMESTAMP(d.date) AS at, d.baseline_cost, d.actual_cost, "
	                  "d.savings, (SELECT AVG(h.price_avg) FROM pool_price_hourly h WHERE h.pool_id "
	                  "= '%s' AND h.hour_at >= d.date AND h.hour_at < d.date + INTERVAL 1 DAY) AS "
	                  "price, EXISTS (SELECT 1 FROM consolidation_jobs j WHERE j.job_type = 'hourly' AND "
	                  "j.chunk <> '' AND j.completed_at >= d.computed_at AND j.completed_at > NOW() - "
	                  "INTERVAL 90 MINUTE) AS is_due FROM client_savings_daily d WHERE "
	                  "d.client_id = '00000000-0000-4000-8000-00000000c00%d' AND d.date < UTC_DATE() "
	                  "AND d.date >= DATE(FROM_UNIXTIME(%" PRId64 ")) ORDER BY d.date",
	                  c->pools[p], p, c->began);
	int64_t day = c->began / DAY * DAY;
	for (size_t i = 0; i < t->n_rows; i++, day += DAY) {
		int64_t from = day < c->began ? c->began : day;
		double hours = (double)(day + DAY - from) / HOUR, price = table_dec(t, i, "price", 0.03),
		       list = 0.175;
		ck_assert_msg(table_int(t, i, "at", 0) == day, "savings: %s where %" PRId64 " is due",
		              table_get(t, i, "date"), day);
		if (table_int(t, i, "is_due", 0)) continue; /* its hours changed since the last run */
		ck_assert_msg(fabs(table_dec(t, i, "baseline_cost", 0) - hours * list) < 0.001 &&
		                      fabs(table_dec(t, i, "actual_cost", 0) - hours * price) < 0.001 &&
		                      fabs(table_dec(t, i, "savings", 0) - hours * (list - price)) < 0.001,
		              "savings of %s: %s of %s, saved %s; not %.4f of %.4f", table_get(t, i, "date"),
		              table_get(t, i, "actual_cost"), table_get(t, i, "baseline_cost"),
		              table_get(t, i, "savings"), hours * price, hours * list);
	}
	ck_assert_msg(day == c->now() / DAY * DAY, "savings: %zu days, up to %" PRId64 " days ago", t->n_rows,
	              (c->now() - day) / DAY);
	table_free(t);
}

void reckoned_sums(const struct reckoned *c, int64_t consolidated)
{
	for (int p = 0; p < c->n_pools; p++) {
		reckon_hours(c, p, consolidated);
		reckon_days(c, p);
	}
	ck_assert_int_eq(rig_number(c->rig,
	                            "SELECT COUNT(*) FROM clients c WHERE ABS(c.total_savings - (SELECT "
	                            "SUM(d.savings) FROM client_savings_daily d WHERE d.client_id "
	                            "= c.id AND d.date <= UTC_DATE())) > 0.001"),
	                 0);
}
