/* jobs_parts.c - one bad pool, day or row stops that pool's part of a job alone: the rest is done, an alert names the part, and a
 * person drops or accepts it, audited; then the job goes on as if it had never been. */
#include "tests/support/rig.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_jobs_parts(void);

static struct rig rig;
static void start(void)
{
	rig_start(&rig);
	rig_do(&rig, "CREATE USER t_operator");
	rig_do(&rig, "GRANT spotop_operator TO t_operator");
	rig_do(&rig, "SET DEFAULT ROLE spotop_operator FOR t_operator");
}
static void stop(void) { rig_stop(&rig); }

#define BAD  "r3.large.us-east-1b"
#define GOOD "r3.large.us-east-1a"
#define DAY  "UTC_DATE() - INTERVAL 2 DAY"
#define OF   "pool_id = '" BAD "' AND observed_at >= " DAY " AND observed_at < UTC_DATE() - INTERVAL 1 DAY"

/* Prices of two pools over three days, a row each hour, and one row that no guard let in: the checks were off. */
static void fresh(void)
{
	static const char *const tables[] = { "spot_price_snapshots", "pricing_consolidated",
		                              "pricing_canonical",    "pool_price_hourly",
		                              "consolidation_jobs",   "alerts",
		                              "job_schedules" };
	rig_fresh(&rig);
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) rig_do(&rig, "DELETE FROM %s", tables[i]);
	rig_do(&rig,
	       "INSERT INTO spot_price_snapshots (agent_id, pool_id, price, observed_at, created_at, "
	       "source_instance_role) SELECT (SELECT MIN(id) FROM agents), p.id, 0.02, UTC_DATE() - "
	       "INTERVAL 3 DAY + INTERVAL k.seq HOUR, NOW() - INTERVAL 1 HOUR, 'primary' FROM spot_pools p "
	       "JOIN seq_0_to_71 k WHERE p.id IN ('" BAD "', '" GOOD "')");
}

static void plant(const char *table)
{
	rig_do(&rig,
	       "SET STATEMENT check_constraint_checks = OFF FOR UPDATE %s SET price = -1 WHERE pool_id = "
	       "'" BAD "' AND observed_at = " DAY " + INTERVAL 5 HOUR",
	       table);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM %s WHERE price < 0", table), 1);
}

static void job(const char *name, int code, const char *says)
{
	struct rig_run r = rig_spotop(&rig, false, (const char *[]){ "job", "run", name, NULL });
	ck_assert_msg(r.code == code && strstr(r.err, says) != NULL, "%s: exit %d, %s%s", name, r.code, r.out,
	              r.err);
	rig_run_free(&r);
}

static long count(const char *what) { return rig_number(&rig, "SELECT COUNT(*) FROM %s", what); }

/* What an operator's login does about the open alert of a part. */
static void settle(const char *verb, int code)
{
	char *alert = rig_text(&rig, "SELECT MAX(id) FROM alerts WHERE alert_key LIKE 'part:%%'");
	ck_assert_ptr_nonnull(alert);
	struct rig_run r = rig_spotop(&rig, false,
	                              (const char *[]){ "-u", "t_operator", verb, alert, "--reason",
	                                                "a bad price", "--yes", NULL });
	ck_assert_msg(r.code == code, "%s: exit %d, %s%s", verb, r.code, r.out, r.err);
	rig_run_free(&r);
	free(alert);
}

#define OPEN "alerts WHERE alert_key LIKE 'part:%%' AND resolved_at IS NULL"

START_TEST(a_bad_row_stops_the_day_of_its_pool_alone)
{
	plant("spot_price_snapshots");
	job("consolidate", 1, "left out 1 part");
	ck_assert_int_eq(count("pricing_consolidated WHERE pool_id = '" GOOD "'"), 72);
	ck_assert_int_eq(count("pricing_consolidated WHERE pool_id = '" BAD "'"), 48);
	ck_assert_int_eq(count("pricing_consolidated WHERE " OF), 0);
	ck_assert_int_eq(count("job_schedules WHERE name = 'consolidate' AND consecutive_failures = 0 AND "
	                       "JSON_VALUE(state, '$.mark') IS NOT NULL"),
	                 1);
	job("alerts", 0, "");
	char *says = rig_text(&rig, "SELECT message FROM " OPEN);
	ck_assert_msg(says && strstr(says, BAD) && strstr(says, "consolidate leaves out"), "%s",
	              says ? says : "no alert");
	free(says);
	job("consolidate", 1, "left out 1 part"); /* tried again, told once */
	job("alerts", 0, "");
	ck_assert_int_eq(count(OPEN), 1);
	job("retention", 0, ""); /* what the next tier has not taken in stays */
	ck_assert_int_eq(count("spot_price_snapshots WHERE " OF), 24);
}
END_TEST

START_TEST(a_person_drops_it)
{
	plant("spot_price_snapshots");
	job("consolidate", 1, "");
	job("alerts", 0, "");
	settle("drop-part", 0);
	ck_assert_int_eq(count("spot_price_snapshots WHERE " OF), 0);
	ck_assert_int_eq(count("audit_log WHERE action = 'drop_part' AND result = 'done' AND reason = 'a bad "
	                       "price' AND "
	                       "actor LIKE 't_operator%%'"),
	                 1);
	settle("drop-part", 4); /* there is nothing left to settle */
	job("consolidate", 0, "");
	job("alerts", 0, "");
	ck_assert_int_eq(count(OPEN), 0);
	job("retention", 0, "");
	ck_assert_int_eq(count("spot_price_snapshots WHERE observed_at < UTC_DATE() - INTERVAL 1 DAY"), 0);
}
END_TEST

START_TEST(a_person_accepts_it)
{
	plant("spot_price_snapshots");
	job("consolidate", 1, "");
	job("alerts", 0, "");
	settle("accept-part", 0);
	ck_assert_int_eq(count("audit_log WHERE action = 'accept_part' AND result = 'done'"), 1);
	rig_do(&rig, "INSERT INTO spot_price_snapshots (agent_id, pool_id, price, observed_at) SELECT "
	             "MIN(id), '" BAD "', 0.03, " DAY
	             " + INTERVAL 330 MINUTE FROM agents"); /* so its day is read once more */
	job("consolidate", 0, "");
	job("alerts", 0, "");
	ck_assert_int_eq(count(OPEN), 0);
	rig_do(&rig,
	       "UPDATE spot_price_snapshots SET created_at = NOW() - INTERVAL 1 HOUR WHERE price = 0.03");
	job("retention", 0, ""); /* nothing waits for it any more */
	ck_assert_int_eq(count("spot_price_snapshots WHERE " OF), 0);
}
END_TEST

START_TEST(what_is_mended_by_hand_is_taken_in)
{
	plant("spot_price_snapshots");
	job("consolidate", 1, "");
	job("alerts", 0, "");
	rig_do(&rig, "UPDATE spot_price_snapshots SET price = 0.02 WHERE price < 0");
	job("consolidate", 0, "");
	job("alerts", 0, "");
	ck_assert_int_eq(count(OPEN), 0);
	ck_assert_int_eq(count("pricing_consolidated WHERE " OF), 24);
}
END_TEST

/* The next tiers: a row that lies in the second one. */
START_TEST(so_it_is_in_the_tiers_above)
{
	job("consolidate", 0, "");
	plant("pricing_consolidated");
	job("canonicalize", 1, "left out");
	ck_assert_int_eq(count("pricing_canonical WHERE pool_id = '" GOOD "'"), 72);
	job("alerts", 0, "");
	ck_assert_int_ge(count(OPEN), 1);
	settle("drop-part", 0);
	job("canonicalize", 0, "");
	job("alerts", 0, "");
	ck_assert_int_eq(count(OPEN), 0);
	ck_assert_int_eq(count("consolidation_jobs WHERE job_type = 'canonical' AND status = 'pending'"), 0);
}
END_TEST

/* Days that no partition can be made for, as they may lie in a table that was filled before its guards were there. */
START_TEST(a_bad_day_stops_nothing)
{
	rig_do(&rig, "DROP TRIGGER snapshots_before_insert");
	rig_do(&rig, "INSERT INTO spot_price_snapshots (pool_id, price, observed_at) VALUES ('" GOOD
	             "', 0.02, '2038-01-10'), ('" GOOD "', 0.02, '1970-01-01 12:00:00')");
	job("consolidate", 0, "");
	ck_assert_int_eq(count("pricing_consolidated WHERE pool_id = '" BAD "'"), 72);
	ck_assert_int_eq(count("pricing_consolidated WHERE pool_id = '" GOOD "' AND NOT is_interpolated"),
	                 74);
	struct rig_run r = rig_spotop(&rig, false, (const char *[]){ "db", "verify", "--repair", NULL });
	rig_run_free(&r);
}
END_TEST

/* Where all of it fails it is no part: the run has failed, and no alert names a hundred. */
START_TEST(where_everything_fails_the_run_has)
{
	rig_do(&rig, "CREATE OR REPLACE TRIGGER t_stop BEFORE INSERT ON pricing_consolidated FOR EACH ROW "
	             "SIGNAL SQLSTATE '45000'");
	struct rig_run r = rig_spotop(&rig, false, (const char *[]){ "job", "run", "consolidate", NULL });
	rig_do(&rig, "DROP TRIGGER t_stop");
	ck_assert_int_ne(r.code, 0);
	ck_assert_msg(!strstr(r.err, "left out"), "%s", r.err);
	rig_run_free(&r);
	ck_assert_int_eq(count("job_schedules WHERE name = 'consolidate' AND consecutive_failures = 1"), 1);
	ck_assert_int_eq(count("consolidation_jobs WHERE status = 'failed' AND chunk <> ''"), 0);
}
END_TEST

/* A pool or a client whose own row takes nothing: the others have their figures. */
START_TEST(a_pool_that_takes_no_figures_is_left_out)
{
	rig_do(&rig, "UPDATE spot_pools SET stats_at = NULL");
	rig_do(&rig, "CREATE TRIGGER not_this_one BEFORE UPDATE ON spot_pools FOR EACH ROW IF NEW.id = '" BAD
	             "' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this one'; END IF");
	job("pool-stats", 1, "left out 1 part");
	ck_assert_int_eq(count("spot_pools WHERE stats_at IS NULL"), 1);
	ck_assert_int_eq(count("job_schedules WHERE name = 'pool-stats' AND consecutive_failures = 0"), 1);
	job("alerts", 0, "");
	char *says = rig_text(&rig, "SELECT message FROM " OPEN);
	ck_assert_msg(says && strstr(says, "pool-stats leaves out " BAD ", and does the rest: "), "%s",
	              says ? says : "no alert");
	free(says);
	job("pool-stats", 1, "left out 1 part");
	job("alerts", 0, "");
	ck_assert_int_eq(count(OPEN), 1);
	settle("drop-part", 4); /* there is nothing to drop */
	settle("accept-part", 0);
	job("pool-stats", 0, "");
	job("alerts", 0, "");
	ck_assert_int_eq(count(OPEN), 0);
	rig_do(&rig, "DELETE FROM consolidation_jobs");
	job("pool-stats", 1, "");
	rig_do(&rig, "DROP TRIGGER not_this_one");
	job("pool-stats", 0, "");
	job("alerts", 0, "");
	ck_assert_int_eq(count(OPEN), 0);
	ck_assert_int_eq(count("spot_pools WHERE stats_at IS NULL"), 0);
}
END_TEST

START_TEST(a_client_that_takes_no_figures_is_left_out)
{
	rig_do(&rig, "INSERT INTO clients (name, email, client_token) VALUES ('second', 's@s.example', 's')");
	rig_do(&rig, "INSERT INTO client_savings_daily (client_id, date, savings) SELECT id, UTC_DATE() - "
	             "INTERVAL 70 DAY, 7 FROM clients");
	rig_do(&rig, "SET STATEMENT check_constraint_checks = OFF FOR UPDATE clients SET metadata = '{', "
	             "total_savings = 0 WHERE name = 'second'");
	job("savings", 1, "left out 1 part");
	ck_assert_int_eq(count("clients WHERE name <> 'second' AND total_savings = (SELECT SUM(savings) FROM "
	                       "client_savings_daily d WHERE d.client_id = clients.id)"),
	                 1);
	job("alerts", 0, "");
	ck_assert_int_eq(count(OPEN " AND client_id = (SELECT id FROM clients WHERE name = 'second')"), 1);
	rig_do(&rig, "UPDATE clients SET metadata = NULL WHERE name = 'second'");
	job("savings", 0, "");
	job("alerts", 0, "");
	ck_assert_int_eq(count(OPEN), 0);
	ck_assert_int_eq(count("clients WHERE name = 'second' AND total_savings = 7"), 1);
}
END_TEST

Suite *suite_jobs_parts(void)
{
	Suite *s = suite_create("jobs_parts");
	TCase *t = tcase_create("parts");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_bad_row_stops_the_day_of_its_pool_alone);
	tcase_add_test(t, a_person_drops_it);
	tcase_add_test(t, a_person_accepts_it);
	tcase_add_test(t, what_is_mended_by_hand_is_taken_in);
	tcase_add_test(t, so_it_is_in_the_tiers_above);
	tcase_add_test(t, a_bad_day_stops_nothing);
	tcase_add_test(t, where_everything_fails_the_run_has);
	tcase_add_test(t, a_pool_that_takes_no_figures_is_left_out);
	tcase_add_test(t, a_client_that_takes_no_figures_is_left_out);
	suite_add_tcase(s, t);
	return s;
}
