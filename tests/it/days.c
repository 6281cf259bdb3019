/* days.c - days pass: what has an end is over on every screen whether or not a worker was there, and a time that was
 * stored ahead of the clock outranks nothing. */
#include "core/base/mem.h"
#include "tests/support/rig.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_days(void);

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void) { rig_fresh(&rig); }

#define A   "r3.large.us-east-1a"
#define E   "r3.large.us-east-1e"
#define CMD "00000000-0000-4000-8000-0000000000d1"
#define ME  "(SELECT id FROM agents WHERE logical_agent_id = 'agent-002')"
#define CMDS                                                                                       \
	"INSERT INTO commands (id, client_id, agent_id, command_type, target_mode, trigger_type, " \
	"created_by, "

static void says(const char *line, const char *text, bool is_there)
{
	char *copy = mem_printf("%s", line), *save = NULL;
	const char *argv[16] = { NULL };
	size_t n = 0;
	for (char *w = strtok_r(copy, " ", &save); w && n < 15; w = strtok_r(NULL, " ", &save)) argv[n++] = w;
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_msg((strstr(run.out, text) != NULL) == is_there, "%s: %s '%s' in\n%s%s", line,
	              is_there ? "no" : "there is", text, run.out, run.err);
	rig_run_free(&run);
	free(copy);
}

START_TEST(a_cordon_ends)
{
	rig_do(&rig, "UPDATE spot_pools SET is_cordoned = TRUE, cordon_reason = 'storm', cordoned_until = "
	             "CASE id WHEN "
	             "'" A "' THEN NOW() - INTERVAL 1 SECOND WHEN '" E "' THEN NOW() + INTERVAL 1 HOUR END");
	says("pools --filter pool=" A " -o csv --columns is_cordoned", "0", true);
	says("pools --filter pool=" E " -o csv --columns is_cordoned", "1", true);
	says("pools --filter pool=r3.large.us-east-1b -o csv --columns is_cordoned", "1", true);
	says("pools --filter is_cordoned=1 -o csv --columns pool", A, false);
}
END_TEST

/* Nobody is there to write "expired" into the row. */
START_TEST(a_command_ends)
{
	rig_do(&rig,
	       CMDS "created_at, expires_at) SELECT '" CMD "', client_id, id, 'switch', 'ondemand', "
	            "'manual', LEFT(USER(), 50), NOW() - INTERVAL 20 MINUTE, NOW() - INTERVAL 10 MINUTE "
	            "FROM agents WHERE logical_agent_id = 'agent-002'");
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 200 SECOND WHERE id = " ME);
	says("commands -o csv --columns status", "expired", true);
	says("commands -o csv --columns status", "pending", false);
	says("landmines -o csv", CMD, false);
	says("tracker -o csv --columns command_id,state", "queued", false);
	says("why agent-002 -o csv", "to be claimed", false);
	says("overview -o csv", "pending", false);
	says("check", "commands_pending=0", true);
	says("cancel " CMD " --reason late --yes", "it is expired", true);
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() WHERE id = " ME);
	says("switch agent-002 --ondemand --dry-run -o json", "no such command is under way", true);
}
END_TEST

START_TEST(no_command_waits_for_ever)
{
	rig_do(&rig, CMDS "created_at) SELECT '" CMD
	                  "', client_id, id, 'switch', 'ondemand', 'manual', 'x', NOW() - "
	                  "INTERVAL 1 HOUR FROM agents WHERE logical_agent_id = 'agent-002'");
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT TIMESTAMPDIFF(SECOND, created_at, expires_at) FROM commands "
	                            "WHERE id = '" CMD "'"),
	                 86400);
	/* a row of before that rule, when its agent is back after a month */
	rig_do(&rig,
	       "UPDATE commands SET expires_at = NULL, created_at = NOW() - INTERVAL 30 DAY WHERE id = '" CMD
	       "'");
	char *got = rig_text(&rig, "CALL agent_claim(" ME ", 60)");
	ck_assert_ptr_null(got);
	ck_assert_int_eq(rig_number(&rig, "SELECT status = 'expired' FROM commands WHERE id = '" CMD "'"), 1);
}
END_TEST

/* The clock went an hour forward, a price came in, and the clock was put back. */
START_TEST(a_price_ahead_of_the_clock_gives_way)
{
	rig_do(&rig,
	       "UPDATE spot_pools SET last_price = 9, last_price_at = NOW() + INTERVAL 1 HOUR WHERE id = '" A
	       "'");
	rig_do(&rig,
	       "INSERT INTO spot_price_snapshots (pool_id, price, observed_at) VALUES ('" A "', 0.5, NOW() - "
	       "INTERVAL 1 DAY)");
	ck_assert_int_eq(rig_number(&rig, "SELECT last_price * 100 FROM spot_pools WHERE id = '" A "'"), 900);
	rig_do(&rig, "INSERT INTO spot_price_snapshots (pool_id, price, observed_at) VALUES ('" A
	             "', 0.25, NOW())");
	ck_assert_int_eq(rig_number(&rig, "SELECT last_price * 100 FROM spot_pools WHERE id = '" A "'"), 25);
	/* an agent whose clock is two minutes ahead does not keep the others' prices out for two minutes */
	rig_do(&rig, "INSERT INTO spot_price_snapshots (pool_id, price, observed_at) VALUES ('" A
	             "', 0.75, NOW() + INTERVAL 120 SECOND)");
	ck_assert_int_eq(rig_number(&rig, "SELECT last_price_at <= NOW() FROM spot_pools WHERE id = '" A "'"),
	                 1);
	rig_do(&rig, "INSERT INTO spot_price_snapshots (pool_id, price, observed_at) VALUES ('" A
	             "', 0.35, NOW() + INTERVAL 5 SECOND)");
	ck_assert_int_ge(rig_number(&rig, "SELECT last_price * 100 FROM spot_pools WHERE id = '" A "'"), 35);
}
END_TEST

/* In the last autumn of a 32-bit TIMESTAMP, in its last week, and as far as this server goes. */
START_TEST(partitions_go_as_far_as_a_timestamp)
{
	bool is_long = rig_number(&rig, "SELECT COALESCE(UNIX_TIMESTAMP('2050-01-01'), 0) > 0");
	static const char *const days[] = { "2037-11-10", "2038-01-15", "2040-03-01" };
	for (size_t i = 0; i < (is_long ? 3 : 2); i++) {
		rig_do(&rig,
		       "BEGIN NOT ATOMIC CALL clock_hold(); SET timestamp = UNIX_TIMESTAMP('%s'); CALL "
		       "partitions_ahead(); CALL bulk_end(); END",
		       days[i]);
		ck_assert_int_eq(rig_number(&rig,
		                            "SELECT COUNT(*) FROM information_schema.PARTITIONS WHERE "
		                            "TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'pricing_canonical' "
		                            "AND "
		                            "PARTITION_NAME = DATE_FORMAT('%s', 'p_%%Y_%%m_%%d')",
		                            days[i]),
		                 1);
	}
	ck_assert_uint_ne(rig_try(&rig, "CALL partitions_ensure('pricing_canonical', '%s', '%s')",
	                          is_long ? "2106-02-01" : "2038-01-01",
	                          is_long ? "2106-02-08" : "2038-01-20"),
	                  0);
}
END_TEST

/* A session that sets its own time zone writes no local time with a Z behind it. */
START_TEST(what_has_a_z_is_utc)
{
	rig_do(&rig,
	       "INSERT INTO automation_freezes (scope_type, scope_id, reason, created_by, expires_at) VALUES "
	       "('all', '', 'storm', 'ann', NOW() + INTERVAL 1 HOUR)");
	rig_do(&rig, "BEGIN NOT ATOMIC SET time_zone = '+05:30'; " CMDS "status) SELECT '" CMD
	             "', client_id, id, 'switch', 'ondemand', 'ml', 'model', 'pending' FROM "
	             "agents WHERE logical_agent_id = 'agent-002'; END");
	ck_assert_int_eq(rig_number(&rig, "SELECT m.message LIKE CONCAT('%%', DATE_FORMAT(f.expires_at, "
	                                  "'%%Y-%%m-%%d %%H:%%i:%%sZ'), '%%') FROM commands m JOIN "
	                                  "automation_freezes f WHERE m.id = '" CMD "'"),
	                 1);
	rig_do(&rig, "DELETE FROM automation_freezes");
	rig_do(&rig, "BEGIN NOT ATOMIC SET time_zone = '+05:30'; CALL verb_cordon(UUID(), '" A
	             "', '{\"seconds\":3600}', NULL, FALSE, NULL, 'storm', 'ann', 'desk'); END");
	ck_assert_int_eq(rig_number(&rig, "SELECT JSON_VALUE(l.after_state, '$.cordoned_until') = "
	                                  "DATE_FORMAT(p.cordoned_until, '%%Y-%%m-%%dT%%H:%%i:%%sZ') FROM "
	                                  "audit_log l JOIN spot_pools p ON p.id = '" A
	                                  "' WHERE l.action = 'cordon' ORDER BY l.id DESC LIMIT 1"),
	                 1);
}
END_TEST

START_TEST(ages_are_in_words)
{
	rig_do(&rig, "UPDATE agents SET notice_status = 'termination', notice_received_at = NOW() - INTERVAL "
	             "13 DAY, "
	             "notice_deadline = NOW() - INTERVAL 13 DAY WHERE id = " ME);
	says("overview -o csv", "its deadline passed 13 d ago", true);
	says("why agent-002 -o csv", "13 d", true);
}
END_TEST

Suite *suite_days(void)
{
	Suite *s = suite_create("days");
	TCase *t = tcase_create("pass");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_add_test(t, a_cordon_ends);
	tcase_add_test(t, a_command_ends);
	tcase_add_test(t, no_command_waits_for_ever);
	tcase_add_test(t, a_price_ahead_of_the_clock_gives_way);
	tcase_add_test(t, partitions_go_as_far_as_a_timestamp);
	tcase_add_test(t, what_has_a_z_is_utc);
	tcase_add_test(t, ages_are_in_words);
	suite_add_tcase(s, t);
	return s;
}
