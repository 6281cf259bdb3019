/* schema_hostile.c - what a role may call refuses or does as documented, whatever it is given: NULL is not "no", a
 * wrong word leaves no transaction open, a name does not become SQL. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/rig.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void) { rig_fresh(&rig); }

#define AGENT "(SELECT id FROM agents WHERE logical_agent_id = 'agent-001')"

/* --- NULL is not "no" --- */
static const struct {
	const char *verb, *target, *args;
} verbs[] = {
	{ "switch", "agent-001", "{\"pool\":\"r3.large.us-east-1e\"}" },
	{ "launch", "agent-001", "{\"pool\":\"r3.large.us-east-1e\",\"role\":\"replica\"}" },
	{ "terminate", "r-001", "{}" },
	{ "promote", "r-001", "{}" },
	{ "config", "agent-001", "{\"set\":{\"replica_count\":2}}" },
	{ "self_destruct", "agent-001", "{}" },
	{ "freeze", "fleet", "{\"seconds\":60}" },
	{ "cordon", "r3.large.us-east-1e", "{\"seconds\":60}" },
};

START_TEST(a_dry_run_of_null_is_refused)
{
	long rows = rig_number(&rig, "SELECT COUNT(*) FROM audit_log");
	unsigned no =
	        rig_try(&rig, "CALL verb_%s(UUID(), '%s', '%s', NULL, NULL, NULL, 'because', 'me', 'here')",
	                verbs[_i].verb, verbs[_i].target, verbs[_i].args);
	ck_assert_uint_eq(no, 30003);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM audit_log"), rows);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands"), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM automation_freezes"), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT SUM(is_cordoned) FROM spot_pools"), 0);
}
END_TEST

START_TEST(a_fence_of_null_is_no_fence)
{
	rig_do(&rig,
	       "INSERT INTO commands (client_id, agent_id, command_type, status, fence, lease_until) SELECT "
	       "client_id, id, 'SELF_DESTRUCT', 'executing', 3, NOW() + INTERVAL 1 HOUR FROM agents WHERE "
	       "logical_agent_id = 'agent-001'");
	static const char *const calls[] = {
		"CALL agent_complete(" AGENT ", (SELECT id FROM commands), NULL, '{}')",
		"CALL agent_fail(" AGENT ", (SELECT id FROM commands), NULL, 'x', '{}')",
		"CALL agent_progress(" AGENT ", (SELECT id FROM commands), NULL, 'ready', NULL)",
	};
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		unsigned no = rig_try(&rig, "%s", calls[i]);
		ck_assert_msg(no == 30002 || no == 30003, "%s gave %u", calls[i], no);
	}
	ck_assert_int_eq(rig_number(&rig, "SELECT status = 'executing' AND stage = 'queued' FROM commands"),
	                 1);
}
END_TEST

START_TEST(imports_of_null_stay)
{
	rig_do(&rig, "CALL partitions_ensure('spot_price_snapshots', '2015-03-10', '2015-03-10')");
	rig_do(&rig, "INSERT INTO spot_price_snapshots (id, pool_id, price, observed_at) VALUES (0, "
	             "'r3.large.us-east-1a', 1, '2015-03-10 12:00:00')");
	ck_assert_int_eq(rig_number(&rig, "BEGIN NOT ATOMIC CALL job_drop_parts('spot_price_snapshots', "
	                                  "'2016-01-01', "
	                                  "NULL, @n); SELECT @n; END"),
	                 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spot_price_snapshots"), 1);
}
END_TEST

/* --- a wrong word leaves nothing open --- */
static const char *const wrong[] = {
	"agent_register('acme', 'agent-900', '{\"mode\":\"on-demand\"}')",
	"agent_register('acme', 'agent-900', '{\"heartbeat_interval_seconds\":\"soon\"}')",
	"agent_register('acme', 'agent-900', '{\"heartbeat_interval_seconds\":99999}')",
	"agent_register('acme', 'agent-900', "
	"'{\"instance_id\":\"i-0123456789012345678901234567890\"}')",
	"agent_heartbeat(" AGENT ", 'asleep', NULL)",
	"agent_notice(" AGENT ", 'bogus', NULL)",
	"agent_notice(" AGENT ", NULL, NULL)",
	"agent_report_prices(" AGENT
	", 'i-001', 'king', '[{\"pool\":\"r3.large.us-east-1a\",\"price\":0.02}]')",
	"agent_progress(" AGENT ", (SELECT id FROM commands), 3, 'dancing', NULL)",
	"agent_claim(NULL, 60)",
	"agent_heartbeat(NULL, NULL, NULL)",
	"instance_launching(" AGENT ", 'i-900', 'r3.large.us-east-1a', 'spot', 'king', NULL)",
	"instance_running('i-901')",
	"instance_terminated(NULL)",
	"promote_instance_to_primary('i-001x', 1)",
	"instance_promoting('i-001')",
};

START_TEST(a_wrong_word_is_an_error_and_leaves_no_transaction_open)
{
	rig_do(&rig,
	       "INSERT INTO commands (client_id, agent_id, command_type, status, fence, lease_until) SELECT "
	       "client_id, id, 'switch', 'executing', 3, NOW() + INTERVAL 1 HOUR FROM agents WHERE "
	       "logical_agent_id = 'agent-001'");
	char *said = rig_text(&rig,
	                      "BEGIN NOT ATOMIC DECLARE v INT DEFAULT 0; BEGIN DECLARE CONTINUE HANDLER FOR "
	                      "SQLEXCEPTION, SQLWARNING SET v = 1; CALL %s; END; SELECT CONCAT(v, ' ', "
	                      "@@in_transaction); END",
	                      wrong[_i]);
	ck_assert_msg(said && strcmp(said, "1 0") == 0, "%s: error, transaction: %s", wrong[_i],
	              said ? said : "its answer");
	free(said);
	unsigned no = rig_try(&rig, "CALL %s", wrong[_i]);
	ck_assert_msg(no != 0, "%s passed", wrong[_i]);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM agents"), 40);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM agents WHERE notice_status <> 'none'"), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spot_price_snapshots"), 0);
}
END_TEST

/* --- what cannot be compared is not taken for what did not change --- */
START_TEST(what_was_seen_is_compared_or_refused)
{
	static const char *const bad[] = { "[]",
		                           "1",
		                           "\"i-001\"",
		                           "{\"versoin\": 1}",
		                           "{\"Version\": 1}",
		                           "{\"version\": {\"a\": 1}}",
		                           "{\"instance_id\": [\"i-001\"]}",
		                           "{\"price\": \"cheap\"}",
		                           "{\"price\": 1, \"price_tolerance\": \"5%%\"}",
		                           "{\"price\": 1",
		                           "" };
	static const char *const good[] = { "NULL", "'{}'", "'{\"instance_id\": \"i-001\"}'",
		                            "'{\"price\": null, \"price_tolerance\": 0.05}'",
		                            "'{\"price\": 3.3e-2}'" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		unsigned no =
		        rig_try(&rig,
		                "CALL verb_terminate(UUID(), 'i-001', '{}', '%s', '1', '[]', 'r', 'u', 'h')",
		                bad[i]);
		ck_assert_msg(no == 30003, "%s gave %u", bad[i], no);
	}
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		unsigned no =
		        rig_try(&rig,
		                "CALL verb_terminate(UUID(), 'i-001', '{}', %s, '1', '[]', 'r', 'u', 'h')",
		                good[i]);
		ck_assert_msg(no == 0, "%s gave %u", good[i], no);
	}
}
END_TEST

/* --- a name does not become SQL --- */
START_TEST(names_come_from_a_closed_list)
{
	static const char *const calls[] = {
		"CALL partitions_ensure('agents` DROP PRIMARY KEY -- ', '2026-01-02', '2026-01-02')",
		"CALL partitions_drop('audit_log', '2030-01-01')",
		"CALL partitions_strays('mysql`.`global_priv', @a, @b, @c)",
		"CALL job_drop_parts('audit_log', '2030-01-01', TRUE, @n)",
	};
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		unsigned no = rig_try(&rig, "%s", calls[i]);
		ck_assert_msg(no == 30003, "%s gave %u", calls[i], no);
	}
	/* A day that is not over is not dropped. */
	ck_assert_int_eq(rig_try(&rig, "CALL job_drop_parts('system_events', UTC_DATE() + INTERVAL 1 DAY, "
	                               "'1', @n)"),
	                 30003);
	ck_assert_int_eq(rig_try(&rig, "CALL job_drop_parts('pricing_canonical', '2100-01-01', '1', @n)"),
	                 30003);
	/* What puts rows back takes the name of its table from the same list, and no other: no role calls it. */
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM mysql.procs_priv WHERE Db = DATABASE() AND "
	                                  "Routine_name "
	                                  "LIKE '%%put_back'"),
	                 0);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = "
	                            "DATABASE() AND ROUTINE_NAME = 'job_put_back'"),
	                 0);
	ck_assert_uint_eq(rig_try(&rig, "CALL parts_put_back('audit_log', FALSE, @a, @b)"), 30003);
}
END_TEST

/* --- a variable of the session is no right --- */
#define COUNTED                                                                                   \
	"SELECT (SELECT SUM(total_instances) FROM spotop_agent_counts WHERE slot = 0) - (SELECT " \
	"SUM(is_active) "                                                                         \
	"FROM instances)"

#define POOL "'r3.large.us-east-1a'"

START_TEST(a_variable_hides_no_instance_and_no_price)
{
	static const char *const tries[] = {
		"SET @spotop_bulk = 1",
		"SET @spotop_bulk = REPEAT('a', 64)",
		/* a row that a connection of this number left behind */
		"REPLACE INTO spotop_bulk (connection_id, token, kind, login) VALUES (CONNECTION_ID(), "
		"REPEAT('b', 64), 'all', "
		"'x'); SET @spotop_bulk = REPEAT('c', 64)",
		"CALL bulk_prices_begin()",
	};
	for (size_t i = 0; i < ARRAY_LEN(tries); i++)
		rig_do(&rig,
		       "BEGIN NOT ATOMIC %s; CALL instance_launching(" AGENT
		       ", 'i-80%zu', 'r3.large.us-east-1a', 'spot', "
		       "'replica', NULL); END",
		       tries[i], i);
	for (size_t i = 0; i + 1 < ARRAY_LEN(tries); i++) { /* the last one may load prices */
		rig_do(&rig,
		       "UPDATE spot_pools SET last_price_at = NOW() - INTERVAL 1 HOUR WHERE id = " POOL);
		rig_do(&rig,
		       "BEGIN NOT ATOMIC %s; INSERT INTO spot_price_snapshots (id, pool_id, price, "
		       "observed_at) "
		       "VALUES (0, " POOL ", 0.04%zu, NOW() + INTERVAL %zu SECOND); END",
		       tries[i], i, i);
		ck_assert_int_eq(rig_number(&rig,
		                            "SELECT last_price * 1000 FROM spot_pools WHERE id = " POOL),
		                 40 + (long)i);
	}
	ck_assert_int_eq(rig_number(&rig, COUNTED), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM sse_events WHERE event_type = "
	                                  "'INSTANCE_LAUNCHING'"),
	                 (long)ARRAY_LEN(tries));
	rig_do(&rig, "BEGIN NOT ATOMIC CALL bulk_begin(); INSERT INTO instances (id, client_id, agent_id, "
	             "instance_type, region, az) "
	             "SELECT 'i-900', client_id, id, 'a', 'b', 'c' FROM agents WHERE logical_agent_id = "
	             "'agent-001'; CALL bulk_end(); "
	             "INSERT INTO instances (id, client_id, agent_id, instance_type, region, az) SELECT "
	             "'i-901', client_id, id, 'a', "
	             "'b', 'c' FROM agents WHERE logical_agent_id = 'agent-001'; END");
	ck_assert_int_eq(rig_number(&rig, COUNTED), -1); /* the one that was loaded, and no other */
}
END_TEST

/* --- the session's clock is nobody's --- */
START_TEST(a_session_dates_nothing)
{
	static const char *const clocks[] = { "2020-01-01", "2037-01-01" };
	for (size_t i = 0; i < ARRAY_LEN(clocks); i++) {
		rig_do(&rig,
		       "BEGIN NOT ATOMIC SET timestamp = UNIX_TIMESTAMP('%s'); CALL agent_heartbeat(" AGENT
		       ", 'online', NULL); END",
		       clocks[i]);
		ck_assert_int_lt(labs(rig_number(&rig, "SELECT TIMESTAMPDIFF(SECOND, last_heartbeat_at, "
		                                       "NOW()) FROM agents WHERE "
		                                       "logical_agent_id = 'agent-001'")),
		                 20);
		rig_do(&rig,
		       "BEGIN NOT ATOMIC SET timestamp = UNIX_TIMESTAMP('%s'); SET time_zone = '+05:00'; "
		       "CALL verb_freeze(UUID(), "
		       "'fleet', '{\"seconds\":600}', NULL, FALSE, '[\"frozen_longer\"]', 'because', 'me', "
		       "'here'); END",
		       clocks[i]);
		ck_assert_int_eq(rig_number(&rig, "SELECT ABS(TIMESTAMPDIFF(SECOND, at, NOW())) < 20 AND "
		                                  "JSON_VALUE(after_state, "
		                                  "'$.expires_at') BETWEEN DATE_FORMAT(UTC_TIMESTAMP() + "
		                                  "INTERVAL 560 SECOND, "
		                                  "'%%Y-%%m-%%dT%%H:%%i:%%sZ') AND "
		                                  "DATE_FORMAT(UTC_TIMESTAMP() + INTERVAL 601 SECOND, "
		                                  "'%%Y-%%m-%%dT%%H:%%i:%%sZ') FROM audit_log ORDER BY id "
		                                  "DESC LIMIT 1"),
		                 1);
		ck_assert_int_eq(rig_number(&rig, "SELECT MAX(TIMESTAMPDIFF(SECOND, NOW(), expires_at)) "
		                                  "BETWEEN 560 AND 601 FROM "
		                                  "automation_freezes WHERE thawed_at IS NULL"),
		                 1);
	}
}
END_TEST

START_TEST(a_workers_session_dates_nothing)
{
	rig_do(&rig, "BEGIN NOT ATOMIC SET timestamp = UNIX_TIMESTAMP('2020-01-01'); CALL "
	             "pool_ensure('m5.large.eu-west-1a'); END");
	ck_assert_int_lt(labs(rig_number(&rig, "SELECT TIMESTAMPDIFF(SECOND, created_at, NOW()) FROM "
	                                       "spot_pools WHERE id = 'm5.large.eu-west-1a'")),
	                 20);
	rig_do(&rig, "REPLACE INTO spotop_bulk (connection_id, token, kind, login) VALUES (999999, "
	             "REPEAT('b', 64), 'all', 'x')");
	rig_do(&rig, "BEGIN NOT ATOMIC SET timestamp = UNIX_TIMESTAMP('2037-01-01'); CALL "
	             "bulk_prices_begin(); IF (SELECT ABS(TIMESTAMPDIFF(SECOND, since, SYSDATE())) > 20 FROM "
	             "spotop_bulk WHERE connection_id = CONNECTION_ID()) THEN SIGNAL SQLSTATE '45000' SET "
	             "MESSAGE_TEXT = 'dated ahead'; END IF; CALL bulk_end(); END");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spotop_bulk WHERE connection_id = 999999"),
	                 1);
	rig_do(&rig, "DELETE FROM spotop_bulk");
}
END_TEST

/* --- a price that cannot be true is nobody's price --- */
START_TEST(a_price_that_cannot_be_true_is_refused_alone)
{
	static const char *const bad[] = {
		"{\"pool\":\"r3.large.us-east-1a\",\"price\":0.02,\"at\":\"1970-01-01T00:00:01Z\"}",
		"{\"pool\":\"r3.large.us-east-1a\",\"price\":0.02,\"at\":\"2040-01-01T00:00:00Z\"}",
		"{\"pool\":\"r3.large.us-east-1a\",\"price\":0.02,\"at\":\"soon\"}",
		"{\"pool\":\"r3.large.us-east-1a\",\"price\":0}",
		"{\"pool\":\"r3.large.us-east-1a\",\"price\":-1}",
		"{\"pool\":\"r3.large.us-east-1a\",\"price\":99999999}",
		"{\"pool\":\"r3.large.us-east-1a\"}",
		"{\"pool\":\"r3.large.us-east-1a\",\"price\":3.51}", /* 20 times 0.175 are 3.5 */
		"{\"pool\":\"m5.large.us-east-1a\",\"price\":501}",  /* nobody knows m5.large */
		"{\"pool\":\"no pool\",\"price\":0.02}",
		"{\"pool\":\"r3.l\xC3\xA4rge.us-east-1a\",\"price\":0.02}",
		"{\"price\":0.02}",
		"7",
	};
	rig_do(&rig, "DELETE FROM system_events");
	rig_do(&rig, "UPDATE spot_pools SET last_price_at = NOW() - INTERVAL 1 HOUR");
	rig_do(&rig, "REPLACE INTO ondemand_prices (instance_type, region, price, recorded_at) VALUES "
	             "('r3.large', 'us-east-1', 0.175, NOW() - INTERVAL 1 DAY)");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		rig_do(&rig,
		       "CALL agent_report_prices(" AGENT
		       ", 'i-001', 'primary', '[%s,{\"pool\":\"r3.large.us-east-1b\",\"price\":3.5},"
		       "{\"pool\":\"m5.large.us-east-1b\",\"price\":500}]')",
		       bad[i]);
		ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spot_price_snapshots"),
		                 2 * ((long)i + 1));
		ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM system_events WHERE event_type = "
		                                  "'prices_refused' AND JSON_VALUE(metadata, "
		                                  "'$.refused') = 1"),
		                 (long)i + 1);
	}
	ck_assert_int_eq(rig_number(&rig, "SELECT last_price = 0.0241 FROM spot_pools WHERE id = "
	                                  "'r3.large.us-east-1a'"),
	                 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT last_price = 3.5 FROM spot_pools WHERE id = "
	                                  "'r3.large.us-east-1b'"),
	                 1);
	/* nor by a row written past the procedure */
	rig_do(&rig, "INSERT INTO spot_price_snapshots (pool_id, price) VALUES ('r3.large.us-east-1e', "
	             "9999.999999), ('r3.large.us-east-1e', 0)");
	ck_assert_int_eq(rig_number(&rig, "SELECT last_price = 0.0228 FROM spot_pools WHERE id = "
	                                  "'r3.large.us-east-1e'"),
	                 1);
}
END_TEST

START_TEST(a_closed_pool_is_closed_at_any_time)
{
	rig_do(&rig, "UPDATE spot_pools SET is_cordoned = TRUE, cordoned_until = NOW() + INTERVAL 1 HOUR, "
	             "cordon_reason = 'x' WHERE id = "
	             "'r3.large.us-east-1e'");
	rig_do(&rig,
	       "BEGIN NOT ATOMIC SET timestamp = UNIX_TIMESTAMP() + 86400; CALL verb_switch(UUID(), "
	       "'agent-001', "
	       "'{\"pool\":\"r3.large.us-east-1e\"}', NULL, FALSE, NULL, 'because', 'me', 'here'); END");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands"), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT JSON_VALUE(after_state, '$.act.message') LIKE "
	                                  "'%%pool_cordoned%%' FROM audit_log ORDER BY "
	                                  "id DESC LIMIT 1"),
	                 1);
}
END_TEST

/* What dates things back says so by a row of its own. */
START_TEST(who_has_the_right_keeps_its_clock)
{
	rig_do(&rig, "BEGIN NOT ATOMIC CALL clock_hold(); SET timestamp = UNIX_TIMESTAMP('2026-01-01'); CALL "
	             "agent_heartbeat(" AGENT ", 'online', NULL); CALL bulk_end(); END");
	ck_assert_int_eq(rig_number(&rig, "SELECT last_heartbeat_at = '2026-01-01' FROM agents WHERE "
	                                  "logical_agent_id = 'agent-001'"),
	                 1);
	ck_assert_int_eq(rig_number(&rig, COUNTED), 0);
}
END_TEST

/* --- nor are the session's other switches --- */
START_TEST(a_session_switches_no_check_off)
{
	rig_do(&rig,
	       "BEGIN NOT ATOMIC DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END; SET SESSION "
	       "check_constraint_checks = 0, SESSION foreign_key_checks = 0; CALL "
	       "agent_report_prices(" AGENT ", 'i-001', 'primary', "
	       "'[{\"pool\":\"r3.large.us-east-1a\",\"price\":-5}]'); SET SESSION foreign_key_checks = 0; "
	       "CALL instance_launching(" AGENT
	       ", 'i-902', 'r3.large.us-east-1a', 'spot', 'replica', UUID()); END");
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT (SELECT COUNT(*) FROM spot_price_snapshots WHERE price < 0) + "
	                            "(SELECT COUNT(*) FROM spot_pools WHERE last_price < 0)"),
	                 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM replica_instances r LEFT JOIN commands c ON "
	                                  "c.id = r.command_id WHERE "
	                                  "r.command_id IS NOT NULL AND c.id IS NULL"),
	                 0);
}
END_TEST

static const char *const leave_open[] = { "SESSION autocommit = 0", "SESSION completion_type = 1" };
START_TEST(what_is_answered_is_kept)
{
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 1 HOUR");
	rig_do(&rig,
	       "BEGIN NOT ATOMIC SET %s; CALL agent_notice(" AGENT
	       ", 'rebalance', NULL); CALL agent_heartbeat(" AGENT ", 'online', NULL); END",
	       leave_open[_i]);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT notice_status = 'rebalance' AND last_heartbeat_at > NOW() - "
	                            "INTERVAL 1 MINUTE FROM agents WHERE logical_agent_id = 'agent-001'"),
	                 1);
}
END_TEST

/* --- a request acts once, by a key --- */
START_TEST(a_request_is_settled_once)
{
	static const char append[] =
	        "CALL audit_append('me', 'here', 'note', 'agent', 'x', '%s', NULL, NULL, NULL, '%s')";
	static const struct {
		const char *request, *result;
		unsigned no;
	} rows[] = {
		{ "00000000-0000-4000-8000-000000000001", "refused", 0 },
		{ "00000000-0000-4000-8000-000000000001", "refused", 0 },
		{ "00000000-0000-4000-8000-000000000001", "done", 0 },
		{ "00000000-0000-4000-8000-000000000001", "done", 1062 },
		{ "00000000-0000-4000-8000-000000000001", "conflict", 0 },
		{ "00000000-0000-4000-8000-000000000002", "void", 0 },
		{ "00000000-0000-4000-8000-000000000002", "done", 1062 },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ck_assert_uint_eq(rig_try(&rig, append, rows[i].request, rows[i].result), rows[i].no);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_audit_faults"), 0);
}
END_TEST

/* --- a notice is an instance's --- */
START_TEST(a_notice_belongs_to_the_primary_of_its_moment)
{
	static const char whose[] =
	        "SELECT notice_instance_id FROM agents WHERE logical_agent_id = 'agent-001'";
	rig_do(&rig, "CALL agent_notice(" AGENT ", 'rebalance', NULL)");
	rig_do(&rig, "CALL agent_notice(" AGENT ", 'termination', NOW() + INTERVAL 2 MINUTE)");
	char *is = rig_text(&rig, "%s", whose);
	ck_assert_str_eq(is, "i-001");
	free(is);
	rig_do(&rig, "CALL promote_instance_to_primary('r-001', NULL)");
	is = rig_text(&rig, "%s", whose);
	ck_assert_str_eq(is, "i-001");
	free(is);
	rig_do(&rig, "CALL agent_notice(" AGENT ", 'none', NULL)");
	ck_assert_ptr_null(rig_text(&rig, "%s", whose));
	rig_do(&rig, "CALL agent_notice(" AGENT ", 'termination', NOW() + INTERVAL 2 MINUTE)");
	is = rig_text(&rig, "%s", whose);
	ck_assert_str_eq(is, "r-001");
	free(is);
}
END_TEST

Suite *suite_schema_hostile(void);
Suite *suite_schema_hostile(void)
{
	Suite *s = suite_create("schema_hostile");
	TCase *t = tcase_create("hostile");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_add_loop_test(t, a_dry_run_of_null_is_refused, 0, (int)ARRAY_LEN(verbs));
	tcase_add_test(t, a_fence_of_null_is_no_fence);
	tcase_add_test(t, imports_of_null_stay);
	tcase_add_loop_test(t, a_wrong_word_is_an_error_and_leaves_no_transaction_open, 0,
	                    (int)ARRAY_LEN(wrong));
	tcase_add_test(t, what_was_seen_is_compared_or_refused);
	tcase_add_test(t, names_come_from_a_closed_list);
	tcase_add_test(t, a_variable_hides_no_instance_and_no_price);
	tcase_add_test(t, a_session_dates_nothing);
	tcase_add_test(t, a_workers_session_dates_nothing);
	tcase_add_test(t, a_price_that_cannot_be_true_is_refused_alone);
	tcase_add_test(t, a_closed_pool_is_closed_at_any_time);
	tcase_add_test(t, who_has_the_right_keeps_its_clock);
	tcase_add_test(t, a_session_switches_no_check_off);
	tcase_add_loop_test(t, what_is_answered_is_kept, 0, (int)ARRAY_LEN(leave_open));
	tcase_add_test(t, a_request_is_settled_once);
	tcase_add_test(t, a_notice_belongs_to_the_primary_of_its_moment);
	suite_add_tcase(s, t);
	return s;
}
