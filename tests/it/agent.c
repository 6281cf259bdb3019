/* agent.c - an agent written from the contract alone (sql/schema/60-agents.sql): it has the agents' role and
 * nothing else, and carries out each kind of command by its procedures, word for word as they are documented.
 * What the fleet's tables hold afterwards is checked from outside. */
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/db/table.h"
#include "tests/support/loop.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define B "m5.large.us-east-1b"
#define E "m5.large.us-east-1e"

static struct rig rig;
static uv_loop_t loop;
static struct db *db; /* the agent's session */
static char agent[40], command[40], fence[16];

static void open_session(const char *login)
{
	struct db_conf conf;
	struct err e = { 0 };
	server_conf(rig.server, &conf);
	ck_assert(conf_set(&conf, "user", login, "test", &e) &&
	          conf_set(&conf, "password", "x", "test", &e) &&
	          conf_set(&conf, "database", "spot_optimizer", "test", &e));
	uv_loop_init(&loop);
	db = db_open(&loop, &conf, DB_WRITE, "agent");
	conf_free(&conf);
}

static void close_session(void)
{
	db_close_wait(db);
	loop_end(&loop);
}

/* One word to the database; its row. number gets the error's, else an error fails the test. */
static struct table *ask(unsigned *number, const char *sql)
{
	struct err e = { 0 };
	struct table *t = NULL;
	struct db_opts opts = { .is_write = true };
	bool ok = db_call_text(db, sql, strlen(sql), &opts, &t, &e);
	if (number)
		*number = ok ? 0 : e.sql_errno;
	else
		ck_assert_msg(ok, "%s: %s", sql, e.text);
	return t;
}

__attribute__((format(printf, 1, 2))) static struct table *word(const char *fmt, ...)
{
	char sql[900];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(sql, sizeof sql, fmt, ap);
	va_end(ap);
	return ask(NULL, sql);
}

#define say(...) table_free(word(__VA_ARGS__))

static unsigned refused(const char *sql)
{
	unsigned n;
	table_free(ask(&n, sql));
	return n;
}

static void put(char *to, size_t n, struct table *t, const char *col)
{
	const char *s = t->n_rows ? table_get(t, 0, col) : NULL;
	snprintf(to, n, "%s", s ? s : "");
}

static void start(void)
{
	rig_start(&rig);
	/* what the contract's head tells an administrator to do */
	rig_do(&rig, "INSERT INTO clients (name, email, client_token) VALUES ('stranger', "
	             "'ops@stranger.example', SHA2('the secret', 256))");
	for (int i = 0; i < 2; i++) {
		const char *login = i ? "other_agents" : "stranger_agents";
		rig_do(&rig, "CREATE OR REPLACE USER %s IDENTIFIED BY 'x'", login);
		rig_do(&rig, "GRANT spotop_agent TO %s", login);
		rig_do(&rig, "SET DEFAULT ROLE spotop_agent FOR %s", login);
	}
}
static void stop(void) { rig_stop(&rig); }

/* Registers with its instance, sends heartbeats, reports prices. */
static void begin(void)
{
	rig_do(&rig, "DELETE FROM commands");
	rig_do(&rig, "DELETE FROM switches");
	rig_do(&rig, "DELETE FROM spotop_cooling"); /* one of these tests fails for want of capacity */
	rig_do(&rig, "DELETE FROM agents WHERE logical_agent_id = 'web-17'");
	rig_do(&rig, "DELETE FROM instances WHERE id IN ('i-old', 'i-new')"); /* they outlive their agent */
	open_session("stranger_agents");
	struct table *t = word("CALL agent_register('the secret', 'web-17', '{\"hostname\": \"web-17\", "
	                       "\"instance_id\": \"i-old\", \"mode\": \"spot\", \"pool\": \"" B "\"}')");
	put(agent, sizeof agent, t, "agent_id");
	ck_assert_str_ne(agent, "");
	table_free(t);
	rig_do(&rig, "UPDATE agent_configs SET min_pool_duration_hours = 0");
	say("CALL agent_heartbeat('%s', 'online', NULL)", agent);
	say("CALL agent_report_prices('%s', 'i-old', 'primary', '[{\"pool\": \"" B "\", \"price\": 0.031}, "
	    "{\"pool\": \"" E "\", \"price\": 0.028}]')",
	    agent);
}
static void end(void) { close_session(); }

/* A person issues a command; the next heartbeat says so; it is claimed. */
static void claim(const char *verb, const char *target, const char *args)
{
	struct table *t =
	        rig_table(&rig, "CALL verb_%s(UUID(), '%s', '%s', NULL, FALSE, '[]', 'test', 't', 'h')", verb,
	                  target, args);
	const char *status = table_get(t, 0, "status");
	if (strcmp(status, "done") != 0) ck_abort_msg("%s: %s", verb, table_get(t, 0, "message"));
	table_free(t);
	t = word("CALL agent_heartbeat('%s', NULL, NULL)", agent);
	ck_assert_str_eq(table_get(t, 0, "pending"), "1");
	table_free(t);
	t = word("CALL agent_claim('%s', 60)", agent);
	put(command, sizeof command, t, "command_id");
	put(fence, sizeof fence, t, "fence");
	ck_assert_str_ne(command, "");
	table_free(t);
}

static void progress(const char *stage)
{
	say("CALL agent_progress('%s', '%s', %s, '%s', '{\"new_instance_id\": \"i-new\"}')", agent, command,
	    fence, stage);
}

static void expect(const char *sql, const char *want)
{
	char *is = rig_text(&rig, "%s", sql);
	ck_assert_msg(is && strcmp(is, want) == 0, "%s: '%s', not '%s'", sql, is ? is : "NULL", want);
	free(is);
}
#define MINE      " FROM instances WHERE agent_id = (SELECT id FROM agents WHERE logical_agent_id = 'web-17')"
#define INSTANCES "SELECT GROUP_CONCAT(CONCAT(id, ' ', instance_status) ORDER BY id SEPARATOR ', ')" MINE
#define DONE      "SELECT CONCAT(status, ' ', stage) FROM commands"

static void carry_out_switch(void)
{
	say("CALL instance_launching('%s', 'i-new', '" E "', 'spot', 'primary', '%s')", agent, command);
	progress("launching");
	say("CALL instance_running('i-new')");
	progress("ready");
	say("CALL promote_instance_to_primary('i-new', NULL)");
	progress("promoted");
	say("CALL instance_terminating('i-old')");
	progress("cleanup");
	say("CALL instance_terminated('i-old')");
	say("CALL agent_complete('%s', '%s', %s, '{\"old_instance_id\": \"i-old\", \"new_instance_id\": "
	    "\"i-new\", "
	    "\"downtime_seconds\": 4, \"boot_seconds\": 41}')",
	    agent, command, fence);
}

START_TEST(a_switch)
{
	begin();
	expect(INSTANCES, "i-old running_primary");
	claim("switch", "web-17", "{\"pool\":\"" E "\"}");
	carry_out_switch();
	expect(INSTANCES, "i-new running_primary, i-old terminated");
	expect(DONE, "completed done");
	expect("SELECT CONCAT(old_pool_id, ' ', new_pool_id, ' ', downtime_seconds, ' ', boot_seconds, ' ', "
	       "success, ' "
	       "', "
	       "ROUND(old_spot_price, 3), ' ', ROUND(new_spot_price, 3)) FROM switches",
	       B " " E " 4 41 1 0.031 0.028");
	expect("SELECT current_pool_id FROM agents WHERE logical_agent_id = 'web-17'", E);
	end();
}
END_TEST

START_TEST(a_switch_that_fails_leaves_the_old_primary)
{
	begin();
	claim("switch", "web-17", "{\"pool\":\"" E "\"}");
	say("CALL instance_launching('%s', 'i-new', '" E "', 'spot', 'primary', '%s')", agent, command);
	say("CALL instance_terminating('i-new')");
	say("CALL instance_terminated('i-new')");
	say("CALL agent_fail('%s', '%s', %s, 'InsufficientInstanceCapacity', '{\"old_instance_id\": "
	    "\"i-old\", "
	    "\"new_instance_id\": \"i-new\"}')",
	    agent, command, fence);
	expect(INSTANCES, "i-new terminated, i-old running_primary");
	expect("SELECT CONCAT(status, ' ', message) FROM commands", "failed InsufficientInstanceCapacity");
	expect("SELECT CONCAT(success, ' ', error_message) FROM switches", "0 InsufficientInstanceCapacity");
	end();
}
END_TEST

START_TEST(a_replica_and_its_promotion)
{
	begin();
	claim("launch", "web-17", "{\"pool\":\"" E "\",\"role\":\"replica\"}");
	say("CALL instance_launching('%s', 'i-new', '" E "', 'spot', 'replica', '%s')", agent, command);
	progress("launching");
	say("CALL instance_running('i-new')");
	progress("ready");
	say("CALL agent_complete('%s', '%s', %s, '{\"new_instance_id\": \"i-new\", \"boot_seconds\": 38}')",
	    agent, command, fence);
	expect(INSTANCES, "i-new running_replica, i-old running_primary");
	claim("promote", "i-new", "{}");
	say("CALL promote_instance_to_primary('i-new', NULL)");
	progress("promoted");
	say("CALL instance_terminating('i-old')");
	say("CALL instance_terminated('i-old')");
	say("CALL agent_complete('%s', '%s', %s, '{}')", agent, command, fence);
	expect(INSTANCES, "i-new running_primary, i-old terminated");
	end();
}
END_TEST

START_TEST(settings_a_termination_and_the_end)
{
	begin();
	claim("config", "web-17", "{\"set\":{\"terminate_wait_seconds\":\"77\"}}");
	struct table *t = word("CALL agent_register('the secret', 'web-17', NULL)");
	ck_assert_ptr_nonnull(strstr(table_get(t, 0, "config"), "\"terminate_wait_seconds\": 77"));
	table_free(t);
	say("CALL agent_complete('%s', '%s', %s, NULL)", agent, command, fence);
	say("CALL instance_launching('%s', 'i-new', '" E "', 'spot', 'replica', NULL)", agent);
	say("CALL instance_running('i-new')");
	claim("terminate", "i-new", "{}");
	say("CALL instance_terminating('i-new')");
	say("CALL instance_terminated('i-new')");
	say("CALL agent_complete('%s', '%s', %s, NULL)", agent, command, fence);
	expect(INSTANCES, "i-new terminated, i-old running_primary");
	claim("self_destruct", "web-17", "{}");
	say("CALL instance_terminating('i-old')");
	say("CALL instance_terminated('i-old')");
	say("CALL agent_complete('%s', '%s', %s, NULL)", agent, command, fence);
	expect(INSTANCES, "i-new terminated, i-old terminated");
	expect("SELECT CONCAT(enabled, ' ', status) FROM agents WHERE logical_agent_id = 'web-17'",
	       "0 offline");
	end();
}
END_TEST

/* It dies in the middle; the command comes back with what it had said, and its former self is told to stop. */
START_TEST(it_goes_on_after_its_own_death)
{
	char old_fence[16], progressed[4000];
	begin();
	claim("switch", "web-17", "{\"pool\":\"" E "\"}");
	say("CALL instance_launching('%s', 'i-new', '" E "', 'spot', 'primary', '%s')", agent, command);
	progress("launching");
	snprintf(old_fence, sizeof old_fence, "%s", fence);
	close_session();
	rig_do(&rig, "UPDATE commands SET lease_until = NOW(3) - INTERVAL 1 SECOND");
	open_session("stranger_agents");
	say("CALL agent_register('the secret', 'web-17', NULL)");
	struct table *t = word("CALL agent_claim('%s', 60)", agent);
	ck_assert_str_eq(table_get(t, 0, "command_id"), command);
	ck_assert_str_eq(table_get(t, 0, "attempts"), "2");
	ck_assert_str_eq(table_get(t, 0, "stage"), "launching");
	put(progressed, sizeof progressed, t, "metadata");
	ck_assert_ptr_nonnull(strstr(progressed, "i-new"));
	put(fence, sizeof fence, t, "fence");
	table_free(t);
	char sql[200];
	snprintf(sql, sizeof sql, "CALL agent_complete('%s', '%s', %s, NULL)", agent, command, old_fence);
	ck_assert_uint_eq(refused(sql), 30002);
	carry_out_switch(); /* the launch it told before is not a second one */
	expect(INSTANCES, "i-new running_primary, i-old terminated");
	expect("SELECT COUNT(*) FROM switches", "1");
	end();
}
END_TEST

/* Under notice it saves itself, without a command. */
START_TEST(it_saves_itself)
{
	begin();
	say("CALL agent_notice('%s', 'termination', NOW() + INTERVAL 120 SECOND)", agent);
	expect("SELECT notice_status FROM agents WHERE logical_agent_id = 'web-17'", "termination");
	say("CALL instance_launching('%s', 'i-new', '" E "', 'spot', 'replica', NULL)", agent);
	say("CALL instance_running('i-new')");
	say("CALL promote_instance_to_primary('i-new', NULL)");
	say("CALL instance_terminating('i-old')");
	say("CALL instance_terminated('i-old')");
	say("CALL agent_notice('%s', 'none', NULL)", agent);
	expect(INSTANCES, "i-new running_primary, i-old terminated");
	expect("SELECT notice_status FROM agents WHERE logical_agent_id = 'web-17'", "none");
	end();
}
END_TEST

/* What is refused within a transaction that its caller keeps open must not keep the owner waiting. */
static void holds_nothing_of_anothers(void)
{
	static const char *const words[] = {
		"agent_heartbeat(@a, 'online', NULL)",
		"agent_report_prices(@a, 'i-old', 'primary', '[]')",
		"agent_claim(@a, 60)",
		"agent_notice(@a, 'termination', NULL)",
		"agent_progress(@a, UUID(), 1, 'ready', NULL)",
		"agent_complete(@a, UUID(), 1, NULL)",
		"agent_fail(@a, UUID(), 1, 'no', NULL)",
		"instance_launching(@a, 'i-x', '" E "', 'spot', 'replica', NULL)",
		"promote_instance_of_agent('i-old', @a, NULL)",
		"instance_terminated('i-old')",
	};
	char sql[300];
	open_session("other_agents");
	say("SET @a = '%s'", agent);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		say("START TRANSACTION");
		snprintf(sql, sizeof sql, "CALL %s", words[i]);
		ck_assert_msg(refused(sql) == 30001, "%s is not refused", sql);
		unsigned no =
		        rig_try(&rig,
		                "SET STATEMENT innodb_lock_wait_timeout = 1 FOR UPDATE agents a JOIN "
		                "instances "
		                "i ON i.id = 'i-old' SET a.clock_skew_ms = %d, i.last_failover_at = NOW() "
		                "- INTERVAL %d MINUTE WHERE a.logical_agent_id = 'web-17'",
		                (int)i, (int)i);
		ck_assert_msg(no == 0, "%s holds what is another's: %u", sql, no);
		say("ROLLBACK");
	}
	close_session();
}

/* Neither tables nor another login's agents and instances are its own. */
START_TEST(what_is_not_its_own)
{
	static const char *const words[] = {
		"CALL instance_running('i-old')",
		"CALL instance_terminating('i-old')",
		"CALL instance_terminated('i-old')",
		"CALL instance_zombie('i-old')",
		"CALL promote_instance_to_primary('i-old', NULL)",
	};
	char sql[300];
	begin();
	say("CALL instance_launching('%s', 'i-new', '" E "', 'spot', 'replica', NULL)", agent);
	snprintf(sql, sizeof sql, "CALL instance_launching('%s', 'i-001', '" E "', 'spot', 'replica', NULL)",
	         agent);
	ck_assert_uint_eq(refused(sql), 30001); /* an instance of the rig's fleet */
	ck_assert_uint_eq(refused("SELECT * FROM spot_optimizer.agents"), 1142);
	ck_assert_uint_eq(refused("UPDATE spot_optimizer.commands SET status = 'completed'"), 1142);
	close_session();
	rig_do(&rig,
	       "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 500 SECOND WHERE logical_agent_id = "
	       "'web-17'");
	open_session("other_agents");
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		ck_assert_msg(refused(words[i]) == 30001, "%s is not refused", words[i]);
	snprintf(sql, sizeof sql, "CALL instance_launching('%s', 'i-x', '" E "', 'spot', 'replica', NULL)",
	         agent);
	ck_assert_uint_eq(refused(sql), 30001);
	snprintf(sql, sizeof sql, "CALL agents_heartbeat('[\"%s\"]')", agent);
	ck_assert_uint_eq(refused(sql), 0); /* skipped, as an unknown one is */
	expect("SELECT last_heartbeat_at < NOW() - INTERVAL 400 SECOND FROM agents WHERE logical_agent_id = "
	       "'web-17'",
	       "1");
	expect(INSTANCES, "i-new launching, i-old running_primary");
	close_session();
	holds_nothing_of_anothers();
	open_session("stranger_agents");
	say("%s", sql);
	expect("SELECT last_heartbeat_at > NOW() - INTERVAL 400 SECOND FROM agents WHERE logical_agent_id = "
	       "'web-17'",
	       "1");
	end();
}
END_TEST

Suite *suite_agent(void);
Suite *suite_agent(void)
{
	Suite *s = suite_create("agent");
	TCase *t = tcase_create("agent");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_test(t, a_switch);
	tcase_add_test(t, a_switch_that_fails_leaves_the_old_primary);
	tcase_add_test(t, a_replica_and_its_promotion);
	tcase_add_test(t, settings_a_termination_and_the_end);
	tcase_add_test(t, it_goes_on_after_its_own_death);
	tcase_add_test(t, it_saves_itself);
	tcase_add_test(t, what_is_not_its_own);
	suite_add_tcase(s, t);
	return s;
}
