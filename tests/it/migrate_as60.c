/* migrate_as60.c - back ends of schema 6.0 go on as they are after the switch: each kind of statement that they make runs by
 * their own login in the database made for them, and what it says is where the console looks; a client that has gone over is there
 * for them no more; nothing of it is left behind. */
#include "tests/support/migrating.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig rig;

static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

static struct rig_run run(const char *a, const char *b, int code)
{
	const char *argv[] = { "-D",         "new60", "db", "migrate", "--from", "old60",
		               "--raw-days", "90",    a,    b,         NULL };
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == code, "%s: %d: %.600s%.600s", a ? a : "copy", r.code, r.out, r.err);
	return r;
}

static void run_only(const char *a, const char *b, int code)
{
	struct rig_run r = run(a, b, code);
	rig_run_free(&r);
}

/* What a back end's own login sees and does; its exit code. */
static int back_end(const char *sql, char *out, size_t n)
{
	char path[150], cmd[1500];
	snprintf(path, sizeof path, "%s.sql", rig.socket);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "%s;\n", sql);
	fclose(f);
	snprintf(cmd, sizeof cmd, "mariadb --no-defaults -N -u backend60 -S %s as60 <%s 2>&1", rig.socket,
	         path);
	FILE *p = popen(cmd, "r");
	ck_assert_ptr_nonnull(p);
	size_t got = fread(out, 1, n - 1, p);
	out[got] = '\0';
	while (got && out[got - 1] == '\n') out[--got] = '\0';
	return pclose(p);
}

#define AGENT(n) "'aaaaaaaa-0000-0000-0000-0000000000" n "'"
#define ACME     "'11111111-1111-1111-1111-111111111111'"
#define CMD      "'cccccccc-0000-0000-0000-000000000004'"
#define POOL     "'r3.large.us-east-1a'"

/* says: what the statement answers; then: what is so in the new database after it. */
static const struct {
	const char *what, *sql, *says, *then, *is;
} kinds[] = {
	{ "look-up by token", "SELECT id FROM clients WHERE client_token = 'token-acme' AND is_active",
	  "11111111-1111-1111-1111-111111111111", NULL, NULL },
	{ "look-up by a wrong token", "SELECT COUNT(*) FROM clients WHERE client_token = 'token'", "0", NULL,
	  NULL },
	{ "look-up by a hash, as if it were a token",
	  "SELECT COUNT(*) FROM clients WHERE client_token = SHA2('token-acme', 256)", "0", NULL, NULL },
	{ "who is there", "SELECT logical_agent_id, status FROM agents WHERE id = " AGENT("01"),
	  "agent-1\tonline", NULL, NULL },
	{ "heartbeat",
	  "UPDATE agents SET last_heartbeat_at = NOW(), status = 'online', agent_version = '6.0.9' WHERE id "
	  "= " AGENT("01"),
	  "",
	  "SELECT CONCAT(agent_version, ' ', last_heartbeat_at > NOW() - INTERVAL 1 MINUTE) FROM "
	  "new60.agents WHERE id = " AGENT("01"),
	  "6.0.9 1" },
	{ "heartbeat, as a row",
	  "INSERT INTO agent_heartbeats (agent_id, at) VALUES (" AGENT("03") ", NOW())", "",
	  "SELECT last_heartbeat_at > NOW() - INTERVAL 1 MINUTE FROM new60.agents WHERE id = " AGENT("03"),
	  "1" },
	{ "price report",
	  "INSERT INTO spot_price_snapshots (pool_id, price, captured_at, agent_id, instance_role) VALUES "
	  "(" POOL ", 5.0345, NOW(), " AGENT("01") ", 'primary')",
	  "",
	  "SELECT CONCAT(price, ' ', source_instance_role, ' ', (SELECT last_price FROM new60.spot_pools p "
	  "WHERE p.id = "
	  "s.pool_id)) FROM new60.spot_price_snapshots s WHERE price = 5.0345",
	  "5.034500 primary 5.034500" },
	{ "price report of many",
	  "INSERT INTO pricing_reports (id, agent_id, spot_pools, on_demand_price, collected_at) VALUES "
	  "(UUID(), "
	  "" AGENT("01") ", '[{\"id\": \"r3.large.us-east-1a\", \"price\": 5.0411}, {\"pool_id\": "
	                 "\"c3.large.us-east-1b\", \"spot_price\": 5.0412}]', NULL, NOW())",
	  "", "SELECT COUNT(*) FROM new60.spot_price_snapshots WHERE price IN (5.0411, 5.0412)", "2" },
	{ "poll",
	  "SELECT id, command_type FROM commands WHERE agent_id = " AGENT(
	          "09") " AND status = 'pending' ORDER BY priority DESC, created_at LIMIT 1",
	  "cccccccc-0000-0000-0000-000000000024\tswitch", NULL, NULL },
	{ "execute", "UPDATE commands SET status = 'executing', executed_at = NOW() WHERE id = " CMD, "",
	  "SELECT status FROM new60.commands WHERE id = " CMD, "executing" },
	{ "executed",
	  "UPDATE commands SET status = 'completed', success = 1, message = 'done', execution_result = "
	  "'{\"s\": 4}', "
	  "completed_at = NOW() WHERE id = " CMD,
	  "",
	  "SELECT CONCAT_WS(' ', status, success, message, completed_at IS NOT NULL) FROM new60.commands "
	  "WHERE id = " CMD,
	  "completed 1 done 1" },
	{ "a command issued",
	  "INSERT INTO commands (id, client_id, agent_id, command_type, target_mode, priority, status, "
	  "trigger_type, "
	  "created_at) VALUES ('dddddddd-9999-4999-8999-000000000001', " ACME
	  ", " AGENT("01") ", 'switch', 'ondemand', 75, 'pending', 'manual', NOW())",
	  "", "SELECT status FROM new60.commands WHERE id = 'dddddddd-9999-4999-8999-000000000001'",
	  "pending" },
	{ "an instance reported",
	  "INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, "
	  "current_pool_id, "
	  "instance_status, is_primary, created_at) VALUES ('i-0as60', " ACME ", " AGENT(
	          "01") ", 'r3.large', 'us-east-1', 'us-east-1a', 'spot', " POOL ", 'launching', 0, NOW())",
	  "", "SELECT instance_status FROM new60.instances WHERE id = 'i-0as60'", "launching" },
	{ "an instance running",
	  "UPDATE instances SET instance_status = 'running_replica', launch_confirmed_at = NOW() WHERE id = "
	  "'i-0as60'",
	  "", "SELECT instance_status FROM new60.instances WHERE id = 'i-0as60'", "running_replica" },
	{ "switch report",
	  "INSERT INTO switches (id, client_id, agent_id, command_id, old_mode, new_mode, new_pool_id, "
	  "event_trigger, "
	  "trigger_type, `timestamp`, downtime_seconds, success) VALUES "
	  "('dddddddd-9999-4999-8999-000000000002', " ACME
	  ", " AGENT("01") ", " CMD ", 'spot', 'spot', " POOL ", 'manual', 'user', NOW(), 7, 1)",
	  "",
	  "SELECT CONCAT(downtime_seconds, ' ', success, ' ', event_trigger) FROM new60.switches WHERE id = "
	  "'dddddddd-9999-4999-8999-000000000002'",
	  "7 1 manual" },
	{ "switch report in the other table",
	  "INSERT INTO instance_switches (agent_id, old_instance_id, new_instance_id, switch_reason, "
	  "switched_at, success) "
	  "VALUES ('agent-1', 'i-000001', 'i-0as60', 'automatic-interruption-failover', NOW(), 1)",
	  "",
	  "SELECT CONCAT(event_trigger, ' ', trigger_type) FROM new60.switches WHERE new_instance_id = "
	  "'i-0as60'",
	  "emergency termination" },
	{ "notice",
	  "UPDATE agents SET notice_status = 'termination', notice_deadline = NOW() + INTERVAL 2 MINUTE "
	  "WHERE id = " AGENT("05"),
	  "", "SELECT notice_status FROM new60.agents WHERE id = " AGENT("05"), "termination" },
	{ "notice, as a row",
	  "INSERT INTO termination_notices (agent_id, termination_time) VALUES (" AGENT(
	          "07") ", NOW() + INTERVAL 2 MINUTE)",
	  "",
	  "SELECT CONCAT(notice_status, ' ', notice_deadline > NOW()) FROM new60.agents WHERE id = " AGENT(
	          "07"),
	  "termination 1" },
	{ "a rebalance recommendation, as a row",
	  "INSERT INTO rebalance_notices (agent_id, notice_time) VALUES ('agent-9', NOW())", "",
	  "SELECT CONCAT(notice_status, ' ', notice_received_at > NOW() - INTERVAL 1 MINUTE) FROM "
	  "new60.agents WHERE id = " AGENT("09"),
	  "rebalance 1" },
	{ "switch report in the table of 5.1",
	  "INSERT INTO switch_history (agent_id, old_instance_id, new_instance_id, switch_reason, success, "
	  "error_message) VALUES (" AGENT("01") ", 'i-0as60', 'i-0not', 'manual-replica-promotion', 0, 'no "
	                                        "capacity')",
	  "",
	  "SELECT CONCAT_WS(' ', event_trigger, trigger_type, success, error_message, switched_at > NOW() - "
	  "INTERVAL 1 MINUTE) FROM new60.switches WHERE new_instance_id = 'i-0not'",
	  "manual user 0 no capacity 1" },
	{ "settings", "UPDATE agent_configs SET max_switches_per_week = 3 WHERE agent_id = " AGENT("01"), "",
	  "SELECT max_switches_per_week FROM new60.agent_configs WHERE agent_id = " AGENT("01"), "3" },
};

/* Another client's fleet is as it was when one has gone over. */
static const struct {
	const char *what, *sql, *says;
} gone_over[] = {
	{ "look-up", "SELECT COUNT(*) FROM clients WHERE client_token = 'token-acme'", "0" },
	{ "poll", "SELECT COUNT(*) FROM commands WHERE client_id = " ACME, "0" },
	{ "heartbeat",
	  "UPDATE agents SET agent_version = '6.1' WHERE id = " AGENT("01") "; SELECT ROW_COUNT()", "0" },
	{ "a command",
	  "INSERT INTO commands (client_id, agent_id, command_type) VALUES (" ACME
	  ", " AGENT("01") ", 'switch')",
	  "ERROR 1369" },
	{ "a row in an inbox", "INSERT INTO agent_heartbeats (agent_id, at) VALUES (" AGENT("03") ", NOW())",
	  "its client has gone over" },
	{ "a notice of its agent", "INSERT INTO rebalance_notices (agent_id) VALUES (" AGENT("03") ")",
	  "its client has gone over" },
	{ "a switch in the table of 5.1",
	  "INSERT INTO switch_history (agent_id, new_instance_id) VALUES ('nobody', 'i-0no')",
	  "there is no such agent" },
	{ "another client",
	  "UPDATE agents SET agent_version = '6.2' WHERE id = " AGENT("02") "; SELECT ROW_COUNT()", "1" },
};

START_TEST(each_kind_of_statement_of_60_runs)
{
	char out[900];
	migrating_load(&rig, "old60.sql");
	rig_do(&rig, "ALTER TABLE old60.pricing_reports ADD agent_id CHAR(36), ADD spot_pools JSON, ADD "
	             "on_demand_price "
	             "DECIMAL(10,6), ADD collected_at TIMESTAMP NULL");
	rig_do(&rig, "CREATE TABLE old60.agent_heartbeats (id BIGINT PRIMARY KEY AUTO_INCREMENT, agent_id "
	             "CHAR(36), at TIMESTAMP NULL)");
	rig_do(&rig, "CREATE TABLE old60.termination_notices (id BIGINT PRIMARY KEY AUTO_INCREMENT, agent_id "
	             "CHAR(36), "
	             "termination_time TIMESTAMP NULL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)");
	rig_do(&rig, "CREATE TABLE old60.rebalance_notices (id BIGINT PRIMARY KEY AUTO_INCREMENT, agent_id "
	             "CHAR(36), notice_time TIMESTAMP NULL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)");
	rig_do(&rig, "CREATE TABLE old60.switch_history (id BIGINT PRIMARY KEY AUTO_INCREMENT, agent_id "
	             "CHAR(36), old_instance_id VARCHAR(50), new_instance_id VARCHAR(50), switch_reason "
	             "VARCHAR(100), success BOOLEAN, error_message TEXT, switched_at TIMESTAMP NULL)");
	run_only(NULL, NULL, 1);
	run_only("--as60", "as60", 4); /* before the last pass the old database is the one in use */
	run_only("--final", NULL, 1);
	run_only("--as60", "as60", 0);
	run_only("--as60", "as60", 0);
	rig_do(&rig, "CREATE USER backend60@localhost");
	rig_do(&rig, "GRANT SELECT, INSERT, UPDATE, DELETE ON as60.* TO backend60@localhost");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		int rc = back_end(kinds[i].sql, out, sizeof out);
		ck_assert_msg(rc == 0 && strcmp(out, kinds[i].says) == 0, "%s: %d: '%s'", kinds[i].what, rc,
		              out);
		if (kinds[i].then) migrating_text(&rig, kinds[i].is, kinds[i].then);
	}
	ck_assert_int_ne(back_end("SELECT * FROM new60.clients", out, sizeof out), 0);
	ck_assert_int_ne(back_end("CALL cut_over('Acme')", out, sizeof out), 0);
	rig_do(&rig, "CALL as60.cut_over('Acme')");
	for (size_t i = 0; i < sizeof gone_over / sizeof *gone_over; i++) {
		back_end(gone_over[i].sql, out, sizeof out);
		ck_assert_msg(strstr(out, gone_over[i].says) != NULL, "%s: '%s'", gone_over[i].what, out);
	}
	rig_do(&rig, "CALL as60.cut_back('Acme')");
	back_end("SELECT COUNT(*) FROM clients WHERE client_token = 'token-acme'", out, sizeof out);
	ck_assert_str_eq(out, "1");
	/* a token that was changed here opens there no more */
	rig_do(&rig, "UPDATE new60.clients SET client_token = SHA2('another', 256) WHERE name = 'Acme'");
	back_end("SELECT COUNT(*) FROM clients WHERE client_token = 'token-acme'", out, sizeof out);
	ck_assert_str_eq(out, "0");
	run_only("--clean", "--yes", 0);
	migrating_number(&rig, 0,
	                 "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'as60'");
	migrating_number(&rig, 0,
	                 "SELECT COUNT(*) FROM mysql.global_priv WHERE User LIKE 'spotop\\_as60\\_%'");
}
END_TEST

Suite *suite_migrate_as60(void);
Suite *suite_migrate_as60(void)
{
	Suite *s = suite_create("migrate_as60");
	TCase *t = tcase_create("migrate_as60");
	tcase_set_timeout(t, 600);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_test(t, each_kind_of_statement_of_60_runs);
	suite_add_tcase(s, t);
	return s;
}
