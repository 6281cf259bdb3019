/* rivals.c - what the server undid for another transaction's sake is done again: by an agent, as the contract
 * says, and by every writer of ours. A row that changed after a transaction first looked is error 1020 where
 * innodb_snapshot_isolation is on, which it is by default from MariaDB 11.6 on. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void) { rig_fresh(&rig); }

#define AGENT "(SELECT id FROM agents WHERE logical_agent_id = 'agent-001')"

/* An agent's own session: any client, the server's default isolation. */
static MYSQL *session(void)
{
	MYSQL *my = mysql_init(NULL);
	ck_assert_msg(mysql_real_connect(my, "localhost", "root", NULL, "spot_optimizer", 0, rig.socket,
	                                 CLIENT_MULTI_RESULTS) != NULL,
	              "%s", mysql_error(my));
	return my;
}

/* The error's number, or 0. */
static unsigned say(MYSQL *my, const char *sql)
{
	unsigned no = mysql_query(my, sql) ? mysql_errno(my) : 0;
	while (!no) {
		mysql_free_result(mysql_store_result(my));
		int more = mysql_next_result(my);
		if (more < 0) break;
		if (more > 0) no = mysql_errno(my);
	}
	return no;
}

START_TEST(an_agent_whose_row_changed_says_it_again)
{
	MYSQL *slow = session();
	ck_assert_uint_eq(say(slow, "SET SESSION innodb_snapshot_isolation = ON, SESSION tx_isolation = "
	                            "'REPEATABLE-READ', time_zone = '+00:00'"),
	                  0);
	ck_assert_uint_eq(say(slow, "SET @agent = " AGENT), 0);
	ck_assert_uint_eq(say(slow, "START TRANSACTION"), 0);
	ck_assert_uint_eq(say(slow, "SELECT MAX(version) FROM agents"), 0);
	rig_do(&rig, "UPDATE agents SET hostname = 'renamed' WHERE id = " AGENT);
	static const char heartbeat[] = "CALL agent_heartbeat(@agent, 'online', '{\"hostname\": \"h\"}')";
	/* where it is on by default, agents' calls turn it off */
	bool is_default = mysql_get_server_version(slow) >= 110602;
	ck_assert_uint_eq(say(slow, heartbeat), is_default ? 0 : 1020);
	ck_assert_uint_eq(say(slow, "ROLLBACK"), 0);
	ck_assert_uint_eq(say(slow, "START TRANSACTION"), 0);
	ck_assert_uint_eq(say(slow, heartbeat), 0);
	ck_assert_uint_eq(say(slow, "COMMIT"), 0);
	mysql_close(slow);
}
END_TEST

/* Writers of ours, and the table in which the first two tries of each meet a rival. */
static const struct {
	unsigned no;
	const char *table, *event, *argv[12];
} writers[] = {
	{ 1020, "commands", "INSERT", { "switch", "agent-002", "--ondemand", "--yes", "--reason", "r" } },
	{ 1213, "commands", "INSERT", { "switch", "agent-002", "--ondemand", "--yes", "--reason", "r" } },
	{ 1020,
	  "agents",
	  "UPDATE",
	  { "config", "agent-003", "terminate_wait_seconds=60", "--yes", "--reason", "r" } },
	{ 1020, "client_savings_daily", "INSERT", { "job", "run", "savings" } },
	{ 1213, "client_savings_daily", "INSERT", { "job", "run", "savings" } },
	{ 1020, "spot_price_snapshots", "INSERT", { "import", "prices", "PRICES" } },
	{ 1213, "spot_price_snapshots", "INSERT", { "import", "prices", "PRICES" } },
};

/* A file of one price, imported by any writer that names it. */
static const char *price_file(void)
{
	static char path[200];
	snprintf(path, sizeof path, "%s/prices.csv", server_dir(rig.server));
	FILE *f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	fputs("timestamp,instance_type,region,availability_zone,spot_price\n"
	      "2026-11-01T00:00:00Z,r3.large,us-east-1,us-east-1a,0.0200\n",
	      f);
	ck_assert_int_eq(fclose(f), 0);
	return path;
}

START_TEST(a_writer_of_ours_does_it_again)
{
	const char *argv[13] = { 0 };
	for (size_t i = 0; writers[_i].argv[i]; i++)
		argv[i] = strcmp(writers[_i].argv[i], "PRICES") == 0 ? price_file() : writers[_i].argv[i];
	/* Counted in a table that no rollback reaches. */
	rig_do(&rig, "CREATE OR REPLACE TABLE rival (n INT NOT NULL) ENGINE = MyISAM");
	rig_do(&rig, "INSERT INTO rival VALUES (0)");
	rig_do(&rig,
	       "CREATE OR REPLACE TRIGGER rival BEFORE %s ON %s FOR EACH ROW BEGIN "
	       "UPDATE rival SET n = n + 1; "
	       "IF (SELECT n FROM rival) < 3 THEN SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = %u, MESSAGE_TEXT "
	       "= 'Record has changed since last read'; END IF; END",
	       writers[_i].event, writers[_i].table, writers[_i].no);
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_msg(run.code == 0, "%s %s: %d: %s%s", argv[0], argv[1], run.code, run.out, run.err);
	ck_assert_int_ge(rig_number(&rig, "SELECT n FROM rival"), 3);
	rig_run_free(&run);
	rig_do(&rig, "DROP TRIGGER rival");
	rig_do(&rig, "DROP TABLE rival");
}
END_TEST

Suite *suite_rivals(void);
Suite *suite_rivals(void)
{
	Suite *s = suite_create("rivals");
	TCase *t = tcase_create("rivals");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_add_test(t, an_agent_whose_row_changed_says_it_again);
	tcase_add_loop_test(t, a_writer_of_ours_does_it_again, 0, (int)ARRAY_LEN(writers));
	suite_add_tcase(s, t);
	return s;
}
