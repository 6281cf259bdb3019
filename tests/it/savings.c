/* savings.c - the savings of a day, reckoned by hand: an instance saves only while it is the primary. */
#include "core/base/mem.h"
#include "tests/support/rig.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_savings(void);

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

#define CLIENT "'00000000-0000-4000-8000-0000000000c9'"
#define AGENT1 "'00000000-0000-4000-8000-0000000000a7'"
#define AGENT2 "'00000000-0000-4000-8000-0000000000a8'"
#define D      "CURRENT_DATE - INTERVAL 1 DAY"
#define INSTANCE(id, agent, mode, price, status, primary, role, up, end)                                     \
	"INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, "          \
	"current_pool_id, "                                                                                  \
	"spot_price, ondemand_price, instance_status, is_primary, is_active, launch_role, "                  \
	"launch_requested_at, "                                                                              \
	"launch_confirmed_at, termination_requested_at, terminated_at) VALUES ('" id "', " CLIENT ", " agent \
	", 'r3.large', 'us-east-1', 'us-east-1b', '" mode "', IF('" mode "' = 'spot' AND " price             \
	" IS NULL, 'r3.large.us-east-1b', NULL), " price ", 0.40, '" status "', " primary ", " end           \
	" IS NULL, '" role "', " D " + INTERVAL " up " HOUR - INTERVAL 60 SECOND, " D " + INTERVAL " up      \
	" HOUR, " end " - INTERVAL 30 MINUTE, " end ")"
#define EVENT(type, id, hour)                                                                          \
	"INSERT INTO system_events (event_type, severity, client_id, agent_id, instance_id, message, " \
	"created_at) SELECT '" type "', 'info', client_id, agent_id, id, '', " D " + INTERVAL " hour   \
	" HOUR FROM instances WHERE id = '" id "'"

static void reckon(void)
{
	static const char *const argv[] = { "job", "run", "savings", NULL };
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_msg(run.code == 0, "%s%s", run.out, run.err);
	rig_run_free(&run);
}

static void expect(const char *want)
{
	char *is =
	        rig_text(&rig,
	                 "SELECT CONCAT_WS(' ', baseline_cost, actual_cost, savings, savings_percentage, "
	                 "switch_count, instance_count, online_agent_count) FROM client_savings_daily WHERE "
	                 "client_id = " CLIENT " AND date = " D);
	ck_assert_str_eq(is, want);
	free(is);
}

static void fresh(void)
{
	rig_fresh(&rig);
	rig_do(&rig, "DELETE FROM clients WHERE id = " CLIENT);
	rig_do(&rig, "DELETE FROM client_savings_daily");
	rig_do(&rig, "INSERT INTO clients (id, name, email, client_token) VALUES (" CLIENT
	             ", 'nine', 'nine@example.org', SHA2('nine', 256))");
	rig_do(&rig, "INSERT INTO agents (id, client_id, logical_agent_id) VALUES (" AGENT1 ", " CLIENT
	             ", 'nine-1'), (" AGENT2 ", " CLIENT ", 'nine-2')");
}

/* 6 h of the first instance and 18 h of the second save; the 2 h of each beside the other only cost. */
START_TEST(a_promotion_in_the_middle_of_the_day)
{
	rig_do(&rig, INSTANCE("i-91", AGENT1, "spot", "0.10", "terminated", "FALSE", "primary", "-5",
	                      D " + INTERVAL 8 HOUR"));
	rig_do(&rig,
	       INSTANCE("i-92", AGENT1, "spot", "0.20", "running_primary", "TRUE", "replica", "4", "NULL"));
	rig_do(&rig, EVENT("instance_zombie", "i-91", "6"));
	rig_do(&rig, EVENT("instance_promoted", "i-92", "6"));
	rig_do(&rig,
	       "INSERT INTO switches (client_id, agent_id, old_instance_id, new_instance_id, success, "
	       "switched_at) VALUES (" CLIENT ", " AGENT1 ", 'i-91', 'i-92', TRUE, " D " + INTERVAL 6 HOUR)");
	reckon();
	/* 24 h of 0.40; 8 h of 0.10 and 20 h of 0.20; 6 h of 0.30 and 18 h of 0.20 */
	expect("9.6000 4.8000 5.4000 56.25 1 2 1");
	rig_do(&rig, "UPDATE instances SET instance_status = 'zombie', is_primary = FALSE WHERE id = 'i-92'");
	reckon(); /* what it is today takes nothing from what it was yesterday */
	expect("9.6000 4.8000 5.4000 56.25 1 2 1");
}
END_TEST

/* On demand nothing is saved; a replica and a instance at the pool's price; one without a price counts on no side. */
START_TEST(replicas_and_on_demand_cost_and_do_not_save)
{
	rig_do(&rig, "DELETE FROM pool_price_hourly");
	rig_do(&rig, "INSERT INTO pool_price_hourly (pool_id, hour_at, price_avg, price_min, price_max, "
	             "price_open, price_close, "
	             "sample_count) "
	             "SELECT 'r3.large.us-east-1b', " D
	             " + INTERVAL seq HOUR, IF(seq < 12, 0.1, 0.2), 0.1, 0.2, 0.1, 0.2, 1 FROM "
	             "seq_0_to_23");
	rig_do(&rig, INSTANCE("i-93", AGENT1, "ondemand", "NULL", "running_primary", "TRUE", "primary", "-5",
	                      "NULL"));
	rig_do(&rig,
	       INSTANCE("i-94", AGENT1, "spot", "NULL", "running_replica", "FALSE", "replica", "0", "NULL"));
	rig_do(&rig, INSTANCE("i-95", AGENT2, "unknown", "NULL", "running_primary", "TRUE", "primary", "0",
	                      "NULL"));
	reckon();
	/* 24 h of 0.40; that and 24 h of 0.15 */
	expect("9.6000 13.2000 0.0000 0.00 0 2 1");
}
END_TEST

#define DAY(n) "CURRENT_DATE - INTERVAL " n " DAY"
#define ROW(n, saved, computed)                                                                    \
	"INSERT INTO client_savings_daily (client_id, date, savings, computed_at) VALUES (" CLIENT \
	", " DAY(n) ", " saved ", " computed ")"

static void saved(const char *day, const char *want)
{
	char *is = rig_text(&rig,
	                    "SELECT savings FROM client_savings_daily WHERE client_id = " CLIENT
	                    " AND date = CURRENT_DATE - INTERVAL %s DAY",
	                    day);
	ck_assert_msg(is && strcmp(is, want) == 0, "%s days ago: %s, not %s", day, is ? is : "no row", want);
	free(is);
}

/* The worker went away in the middle of a day and was gone for a fortnight. */
START_TEST(a_day_is_final_only_when_it_was_over)
{
	rig_do(&rig, "UPDATE clients SET created_at = " DAY("20") " WHERE id = " CLIENT);
	rig_do(&rig, INSTANCE("i-96", AGENT1, "spot", "0.10", "running_primary", "TRUE", "primary", "-400",
	                      "NULL"));
	rig_do(&rig, ROW("14", "1.5", DAY("14") " + INTERVAL 10 HOUR"));
	rig_do(&rig, ROW("5", "2.5", DAY("4") " + INTERVAL 1 HOUR"));
	rig_do(&rig, ROW("-3", "1000", "NOW()")); /* the clock was ahead then */
	reckon();
	saved("14", "7.2000"); /* 24 h of 0.30 */
	saved("13", "7.2000"); /* there was none */
	saved("2", "7.2000");
	saved("5", "2.5000"); /* it was reckoned when it was over */
	ck_assert_int_eq(rig_number(&rig, "SELECT c.total_savings = SUM(d.savings) FROM clients c JOIN "
	                                  "client_savings_daily d ON d.client_id = c.id WHERE d.date <= "
	                                  "CURRENT_DATE AND c.id = " CLIENT),
	                 1);
	/* by hand whatever is asked for, and nothing else */
	rig_do(&rig, "UPDATE client_savings_daily SET savings = 3.5 WHERE date = " DAY("6"));
	static const char *const again[8] = { "job", "run", "savings", "--from", "", "--to", "", NULL };
	char *from = rig_text(&rig, "SELECT " DAY("5")), *to = rig_text(&rig, "SELECT " DAY("4"));
	const char *argv[8];
	memcpy(argv, again, sizeof again);
	argv[4] = from, argv[6] = to;
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_msg(run.code == 0, "%s%s", run.out, run.err);
	rig_run_free(&run);
	saved("5", "7.2000");
	saved("6", "3.5000");
	argv[4] = "-100d";
	run = rig_spotop(&rig, false, argv);
	ck_assert_msg(run.code == 2 && strstr(run.err, "89 days"), "%d %s", run.code, run.err);
	rig_run_free(&run);
	free(from);
	free(to);
}
END_TEST

/* The worker was back, and reckoned before the hours of that day were rolled up. */
START_TEST(a_day_is_reckoned_again_when_its_prices_come_in)
{
	rig_do(&rig, "DELETE FROM consolidation_jobs");
	rig_do(&rig, "DELETE FROM pool_price_hourly");
	rig_do(&rig, "UPDATE clients SET created_at = " DAY("20") " WHERE id = " CLIENT);
	rig_do(&rig, INSTANCE("i-97", AGENT1, "spot", "NULL", "running_primary", "TRUE", "primary", "-400",
	                      "NULL"));
	rig_do(&rig, "UPDATE instances SET spot_price = 0.10 WHERE id = 'i-97'");
	rig_do(&rig, ROW("5", "7.2", DAY("4") " + INTERVAL 1 HOUR"));
	reckon();
	saved("5", "7.2000"); /* 24 h of 0.30 */
	rig_do(&rig, "INSERT INTO pool_price_hourly (pool_id, hour_at, price_avg, price_min, price_max, "
	             "price_open, "
	             "price_close, sample_count) SELECT 'r3.large.us-east-1b', " DAY(
	                     "5") " + INTERVAL seq HOUR, 0.2, 0.2, 0.2, 0.2, 0.2, 1 FROM seq_0_to_23");
	rig_do(&rig,
	       "INSERT INTO consolidation_jobs (job_type, status, window_start, window_end, chunk, "
	       "completed_at) "
	       "VALUES ('hourly', 'completed', " DAY("5") ", " DAY("4") ", 'r3.large.us-east-1b', NOW())");
	reckon();
	saved("5", "4.8000"); /* 24 h of 0.20 */
	saved("7", "7.2000");
}
END_TEST

Suite *suite_savings(void)
{
	Suite *s = suite_create("savings");
	TCase *t = tcase_create("days");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_add_test(t, a_promotion_in_the_middle_of_the_day);
	tcase_add_test(t, replicas_and_on_demand_cost_and_do_not_save);
	tcase_add_test(t, a_day_is_final_only_when_it_was_over);
	tcase_add_test(t, a_day_is_reckoned_again_when_its_prices_come_in);
	suite_add_tcase(s, t);
	return s;
}
