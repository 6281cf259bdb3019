/* migrate_back.c - the way back: after the last pass whatever agents and people write to the new database is in the old one
 * soon after, in its own words; what that has no room for is named; killed anywhere it goes on; turning back loses
 * nothing, and nothing of it is left behind. */
#include "tests/support/migrating.h"
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct rig rig;

static void start(void)
{
	rig_start(&rig);
	migrating_load(&rig, "old60.sql");
	migrating_load(&rig, "old51.sql");
}
static void stop(void) { rig_stop(&rig); }

static void run(const char *from, const char *into, const char *a, const char *b, int code, const char *says)
{
	struct rig_run r = migrating_run(&rig, from, into, a, b);
	ck_assert_msg(r.code == code && strstr(r.err, says), "%s %s: %d: %.900s%.900s", a, b ? b : "", r.code,
	              r.out, r.err);
	rig_run_free(&r);
}
#define back(from, into)         run(from, into, "--back", "--once", 0, "0 changes wait")
#define compare_back(from, into) run(from, into, "--back", "--compare", 0, "nothing differs")

static void make(const char *from, const char *into, int code)
{
	rig_do(&rig, "DROP DATABASE IF EXISTS %s", into);
	run(from, into, NULL, NULL, code, " of schema ");
	run(from, into, "--final", "--fence", code, "that was the last pass");
}

static void nothing(const char *what, const char *sql)
{
	char *found = rig_text(&rig, "%s", sql);
	ck_assert_msg(!found, "%s: %s", what, found);
	free(found);
}

#define AGENT(n) "'aaaaaaaa-0000-0000-0000-0000000000" n "'"
#define ACME     "'11111111-1111-1111-1111-111111111111'"
#define POOL     "'r3.large.us-east-1a'"
/* What the old database says, beside what the new one says, by statements that know nothing of the migration. */
static const struct {
	const char *what, *sql;
} looks[] = {
	{ "prices that are not there",
	  "SELECT GROUP_CONCAT(t.id) FROM back60.spot_price_snapshots t WHERE NOT EXISTS (SELECT 1 FROM "
	  "old60.spot_price_snapshots s WHERE s.id = t.id AND s.pool_id = CONVERT(t.pool_id USING utf8mb4) "
	  "COLLATE utf8mb4_unicode_ci AND s.price = t.price AND s.captured_at = t.observed_at)" },
	{ "primaries that are not it there",
	  "SELECT GROUP_CONCAT(t.id) FROM back60.instances t WHERE t.is_primary AND NOT EXISTS (SELECT 1 "
	  "FROM "
	  "old60.instances s WHERE s.id = CONVERT(t.id USING utf8mb4) COLLATE utf8mb4_unicode_ci AND "
	  "s.is_active AND (s.is_primary AND s.instance_status = t.instance_status COLLATE "
	  "utf8mb4_unicode_ci OR "
	  "s.instance_status = 'running' AND s.id = (SELECT a.instance_id FROM old60.agents a WHERE a.id = "
	  "s.agent_id)))" },
	{ "two primaries of one agent that changed there",
	  "SELECT GROUP_CONCAT(agent_id) FROM (SELECT agent_id FROM old60.instances WHERE is_primary AND "
	  "is_active AND instance_status = 'running_primary' AND agent_id = " AGENT(
	          "01") " GROUP BY agent_id HAVING COUNT(*) > 1) x" },
	{ "ended here and not there",
	  "SELECT GROUP_CONCAT(t.id) FROM back60.instances t JOIN old60.instances s ON s.id = CONVERT(t.id "
	  "USING "
	  "utf8mb4) COLLATE utf8mb4_unicode_ci WHERE t.instance_status = 'terminated' AND s.is_active AND "
	  "s.instance_status <> 'terminated'" },
	{ "commands that are another",
	  "SELECT GROUP_CONCAT(t.id, ' ', t.status, ' ', COALESCE(s.status, 'none')) FROM back60.commands t "
	  "LEFT "
	  "JOIN old60.commands s ON CAST(s.id AS UUID) = t.id LEFT JOIN back60.migration_states m ON "
	  "m.domain = "
	  "'commands.status' AND m.value = s.status COLLATE utf8mb4_general_ci WHERE s.id IS NULL OR "
	  "(m.mapped IS NOT NULL AND m.mapped <> "
	  "CONVERT(t.status USING utf8mb4)) OR NOT (s.message <=> t.message COLLATE utf8mb4_unicode_ci)" },
	{ "switches that are not there",
	  "SELECT GROUP_CONCAT(t.id) FROM back60.switches t WHERE t.new_instance_id = 'i-0new' AND NOT "
	  "EXISTS "
	  "(SELECT 1 FROM old60.switches s WHERE CAST(s.id AS UUID) = t.id AND s.downtime_seconds = 9 AND "
	  "s.success AND s.new_pool_id = " POOL " AND s.`timestamp` = t.switched_at)" },
	{ "agents that are another", "SELECT GROUP_CONCAT(t.logical_agent_id) FROM back60.agents t LEFT JOIN "
	                             "old60.agents s ON CAST(s.id AS "
	                             "UUID) = t.id WHERE s.id IS NULL OR NOT (s.last_heartbeat_at <=> "
	                             "t.last_heartbeat_at) OR s.enabled <> "
	                             "t.enabled OR NOT (s.instance_id <=> CONVERT(t.instance_id USING "
	                             "utf8mb4) COLLATE utf8mb4_unicode_ci) "
	                             "OR NOT (s.notice_status <=> t.notice_status COLLATE utf8mb4_unicode_ci "
	                             "OR t.notice_status = 'none') "
	                             "OR NOT (s.hostname <=> t.hostname COLLATE utf8mb4_unicode_ci)" },
	{ "an agent that is gone and may act",
	  "SELECT id FROM old60.agents WHERE id = " AGENT("09") " AND (enabled OR status <> 'offline')" },
	{ "settings that are another",
	  "SELECT GROUP_CONCAT(t.agent_id) FROM back60.agent_configs t LEFT JOIN old60.agent_configs s ON "
	  "CAST(s.agent_id AS UUID) = t.agent_id WHERE s.agent_id IS NULL OR (s.min_savings_percent <= 100 "
	  "AND "
	  "s.min_savings_percent <> t.min_savings_percent) OR NOT (s.risk_threshold <=> t.risk_threshold OR "
	  "s.risk_threshold IS NULL)" },
	{ "clients that are another",
	  "SELECT GROUP_CONCAT(t.name) FROM back60.clients t LEFT JOIN old60.clients s ON s.name = t.name "
	  "COLLATE utf8mb4_unicode_ci WHERE s.id IS NULL OR (s.is_active AND s.status = 'active') <> "
	  "t.is_active" },
	{ "a token that was changed and still opens",
	  "SELECT name FROM old60.clients WHERE name = 'Acme' AND client_token NOT LIKE 'void:%'" },
	{ "an agent of a client with another id",
	  "SELECT id FROM old60.agents WHERE logical_agent_id = 'agent-2' AND client_id <> 'client-3'" },
};

static void old_says_what_new_says(void)
{
	for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) nothing(looks[i].what, looks[i].sql);
}

static const char *const spawned[] = { "-D",    "back60",     "db", "migrate", "--from",
	                               "old60", "--raw-days", "90", "--back",  NULL };

static pid_t spawn_back(int *out, int *err) { return rig_spawn(&rig, false, spawned, out, err); }

/* While it is written to: the program killed, the server killed under it, the program again. */
static void kill_at_seeded_points(unsigned seed)
{
	for (int i = 0; i < 3; i++) {
		int out, err, status;
		pid_t pid = spawn_back(&out, &err);
		for (int k = 0; k < 4; k++) {
			rig_do(&rig,
			       "INSERT INTO back60.spot_price_snapshots (pool_id, price, observed_at) "
			       "SELECT " POOL ", seq / 100, NOW() - INTERVAL seq SECOND FROM seq_1_to_200");
			rig_do(&rig, "CALL back60.agent_heartbeat(" AGENT("01") ", 'online', NULL)");
			rig_do(&rig, "UPDATE back60.commands SET message = CONCAT('said ', %d)", i * 10 + k);
			poll(NULL, 0, rand_r(&seed) % 300);
		}
		poll(NULL, 0, rand_r(&seed) % 1500);
		if (i == 1) {
			rig_kill_server(&rig);
			rig_start_server(&rig);
		}
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		close(out), close(err);
	}
}

static const struct {
	const char *held;
	bool with_server;  /* killed too, in the middle of the step; else it ends its statement by itself */
	const char *state; /* of turning back, after it */
} steps[] = {
	{ "SELECT * FROM back60.migration_run FOR UPDATE", false, "whole 0" },
	{ "SELECT * FROM back60.migration_run FOR UPDATE", true, "whole 1" },
	/* what waits is written into the old one */
	{ "SELECT COUNT(*) FROM old60.agents FOR UPDATE", true, "whole 0" },
	{ "SELECT COUNT(*) FROM back60.instances", true, "turned 0" },
	{ "SELECT COUNT(*) FROM old60.instances", true, "turned 0" },
	{ "SELECT COUNT(*) FROM old60.instances", false, "turned 0" },
};

/* The program killed in each step of turning back, the server with it in most: it is run again, or taken back. */
static void kill_while_it_turns(void)
{
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		migrating_kill_where(&rig, "old60", "back60", "--back", "--final", steps[i].held,
		                     steps[i].with_server);
		/* taken back: the new one is in use as it was */
		if (i == 0) {
			back("old60", "back60");
			rig_do(&rig, "CALL back60.agent_heartbeat(" AGENT("03") ", 'online', NULL)");
			rig_do(&rig, "CALL back60.agent_heartbeat(" AGENT("01") ", 'online', NULL)");
			run("old60", "back60", "--unfence", NULL, 4, "is kept current from this one");
			continue;
		}
		char *state =
		        rig_text(&rig,
		                 "SELECT CONCAT_WS(' ', back_state, is_done) FROM back60.migration_run");
		ck_assert_msg(strcmp(state, steps[i].state) == 0, "step %zu: %s", i, state);
		free(state);
		if (strncmp(steps[i].state, "turned", 6) == 0)
			run("old60", "back60", "--back", "--once", 4, "run it again with --back --final");
	}
}

/* The old one takes its writers again, the new one nobody's; and from there it goes forward again. */
static void turns_back(void)
{
	rig_do(&rig, "CALL back60.agent_heartbeat(" AGENT("03") ", 'online', NULL)");
	ck_assert_int_ne(rig_try(&rig, "UPDATE old60.agents SET hostname = 'x' WHERE id = " AGENT("02")), 0);
	kill_while_it_turns();
	run("old60", "back60", "--back", "--final", 0, "turned back: old60 is in use again");
	old_says_what_new_says();
	char *refused = rig_error(&rig, "CALL back60.agent_heartbeat(" AGENT("03") ", 'online', NULL)");
	ck_assert_msg(strstr(refused, "copy of old60"), "%s", refused);
	free(refused);
	run("old60", "back60", "--compare", NULL, 1, "rows differ"); /* what 6.0 has no room for */
	rig_do(&rig, "UPDATE old60.agents SET hostname = 'turned' WHERE id = " AGENT("02"));
	long prices = rig_number(&rig, "SELECT COUNT(*) FROM back60.spot_price_snapshots");
	run("old60", "back60", NULL, NULL, 1, " of schema ");
	migrating_text(&rig, "turned", "SELECT hostname FROM back60.agents WHERE id = " AGENT("02"));
	migrating_number(&rig, prices, "SELECT COUNT(*) FROM back60.spot_price_snapshots");
}

static void leaves_nothing(const char *into)
{
	char held[80];
	snprintf(held, sizeof held, "SELECT COUNT(*) FROM %s.migration_rules", into);
	migrating_kill_where(&rig, "old60", into, "--clean", "--yes", held, true);
	migrating_run_clean(&rig, into);
	char *left = rig_text(
	        &rig,
	        "SELECT GROUP_CONCAT(x) FROM (SELECT TRIGGER_NAME AS x FROM information_schema.TRIGGERS "
	        "WHERE DEFINER LIKE 'spotop\\_migration\\_%s@%%' UNION ALL SELECT User FROM "
	        "mysql.global_priv WHERE User = 'spotop_migration_%s' UNION ALL SELECT TABLE_NAME FROM "
	        "information_schema.TABLES WHERE TABLE_SCHEMA = '%s' AND TABLE_NAME LIKE "
	        "'migration\\_%%' UNION ALL SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE "
	        "ROUTINE_SCHEMA = '%s' AND ROUTINE_NAME LIKE 'migration\\_%%') y",
	        into, into, into, into);
	ck_assert_msg(!left, "left behind: %s", left);
}

START_TEST(what_is_written_to_the_new_one_is_in_the_old_one)
{
	const char *seed = getenv("SPOTOP_SEED");
	make("old60", "back60", 1);
	back("old60", "back60");
	char *before = migrating_checksum(&rig, "old60");
	back("old60", "back60");
	compare_back("old60", "back60");
	char *after = migrating_checksum(&rig, "old60");
	ck_assert_str_eq(before, after);
	free(before), free(after);
	migrating_load(&rig, "writes70.sql");
	kill_at_seeded_points(seed ? (unsigned)atoi(seed) : 4711);
	back("old60", "back60");
	old_says_what_new_says();
	compare_back("old60", "back60");
	/* said by name: what a 6.0 has no column for, and a token of which only the hash is known */
	migrating_text(&rig, "there is no column for it",
	               "SELECT DISTINCT why FROM back60.migration_back_notes WHERE rule = 'commands' AND col "
	               "= "
	               "'stage'");
	migrating_number(&rig, 1,
	                 "SELECT COUNT(*) FROM back60.migration_back_notes WHERE rule = 'clients' AND col = "
	                 "'client_token' AND source_key = " ACME);
	/* one byte that somebody changed in the old database behind its back */
	rig_do(&rig, "BEGIN NOT ATOMIC SET @spotop_migration_back = 1; UPDATE old60.commands SET message = "
	             "'other' WHERE "
	             "id = 'cccccccc-0000-0000-0000-000000000005'; END");
	run("old60", "back60", "--back", "--compare", 1, "1 row differs");
	rig_do(&rig, "UPDATE back60.commands SET message = 'another' WHERE id = "
	             "'cccccccc-0000-0000-0000-000000000005'");
	turns_back();
	leaves_nothing("back60");
}
END_TEST

/* Tables under other names, ids that are no UUIDs, numbers for ids. */
START_TEST(a_51_is_written_in_its_own_words)
{
	rig_do(&rig, "ALTER TABLE old51.clients ADD UNIQUE KEY uk_email (email)");
	make("old51", "back51", 0);
	back("old51", "back51");
	rig_do(&rig,
	       "INSERT INTO back51.clients (name, email, client_token) VALUES ('Late', 'late@late.example', "
	       "SHA2('late', 256))");
	rig_do(&rig, "CALL back51.agent_bind('Acme', 'root')");
	rig_do(&rig, "UPDATE back51.agents SET enabled = FALSE WHERE logical_agent_id = 'agent-1'");
	rig_do(&rig, "INSERT INTO back51.instances (id, client_id, agent_id, instance_type, region, az, "
	             "instance_status) "
	             "SELECT 'i-0new', client_id, id, 'r3.large', 'us-east-1', 'us-east-1a', "
	             "'running_replica' FROM "
	             "back51.agents WHERE logical_agent_id = 'agent-1'");
	rig_do(&rig, "INSERT INTO back51.switches (client_id, agent_id, old_instance_id, new_instance_id, "
	             "event_trigger, trigger_type, success) SELECT client_id, id, 'i-1', 'i-0new', 'ml', "
	             "'ml_model', "
	             "TRUE FROM back51.agents WHERE logical_agent_id = 'agent-1'");
	rig_do(&rig, "INSERT INTO back51.commands (client_id, agent_id, command_type, target_mode, priority, "
	             "status, "
	             "trigger_type) SELECT client_id, id, 'switch', 'ondemand', 75, 'pending', 'manual' FROM "
	             "back51.agents WHERE logical_agent_id = 'agent-1'");
	rig_do(&rig, "INSERT INTO back51.spot_price_snapshots (pool_id, price, observed_at) VALUES (" POOL
	             ", 0.077, NOW())");
	back("old51", "back51");
	migrating_number(&rig, 0, "SELECT enabled FROM old51.agents WHERE id = 'one'");
	migrating_text(&rig, "acme one 1",
	               "SELECT CONCAT_WS(' ', client_id, agent_id, is_active) FROM old51.instances "
	               "WHERE id = 'i-0new'");
	migrating_text(&rig, "one i-1 1",
	               "SELECT CONCAT_WS(' ', agent_id, old_instance_id, success) FROM "
	               "old51.switch_history WHERE new_instance_id = 'i-0new'");
	migrating_text(&rig, "acme one ondemand",
	               "SELECT CONCAT_WS(' ', client_id, agent_id, target_mode) FROM "
	               "old51.pending_switch_commands WHERE executed_at IS NULL ORDER BY id DESC LIMIT 1");
	migrating_number(&rig, 1, "SELECT COUNT(*) FROM old51.spot_prices WHERE price = 0.077");
	/* what is unique there changes hands */
	rig_do(&rig, "UPDATE back51.clients SET email = 'x' WHERE name = 'Late'");
	rig_do(&rig, "UPDATE back51.clients SET email = 'late@late.example' WHERE name = 'Acme'");
	rig_do(&rig, "UPDATE back51.clients SET email = 'ops@acme.example' WHERE name = 'Late'");
	back("old51", "back51");
	migrating_text(&rig, "late@late.example,ops@acme.example",
	               "SELECT GROUP_CONCAT(email ORDER BY id = 'acme' DESC) FROM old51.clients");
	compare_back("old51", "back51");
	leaves_nothing("back51");
}
END_TEST

Suite *suite_migrate_back(void);
Suite *suite_migrate_back(void)
{
	Suite *s = suite_create("migrate_back");
	TCase *t = tcase_create("migrate_back");
	tcase_set_timeout(t, 600);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_test(t, what_is_written_to_the_new_one_is_in_the_old_one);
	tcase_add_test(t, a_51_is_written_in_its_own_words);
	suite_add_tcase(s, t);
	return s;
}
