/* restore.c - a backup of an hour ago comes back, by mariadb-dump and by mariadb-backup: what was done after it is neither
 * done again nor believed, and everybody says so. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *suite_restore(void);

static struct rig rig;
static char *agent, *command, cursor[400], later[40]; /* later: the request that the backup does not have */
static void start(void) { rig_start_with(&rig, &(struct server_opts){ .extra = "--event-scheduler=on" }); }
static void stop(void) { rig_stop(&rig); }

static void shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void shell(const char *fmt, ...)
{
	char cmd[3000];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(cmd, sizeof cmd, fmt, ap);
	va_end(ap);
	if (system(cmd) == 0) return;
	ck_abort_msg("%s", cmd);
}

static void did(int code, const char *const *argv, const char *word)
{
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == code && (strstr(r.out, word) || strstr(r.err, word)),
	              "%s: exit %d, not %d with '%s': %.900s%.900s", argv[0], r.code, code, word, r.out,
	              r.err);
	rig_run_free(&r);
}
#define DID(code, word, ...) did(code, (const char *[]){ __VA_ARGS__, NULL }, word)

static void add_event(void)
{
	rig_do(&rig, "INSERT INTO sse_events (client_id, event_type, event_data, expires_at) SELECT id, "
	             "'HEARTBEAT', '{}', NOW() + INTERVAL 1 HOUR FROM clients");
}

/* At the backup: one command waits, an anchor is kept. */
static void before(void)
{
	shell("rm -rf %s", rig.state);
	rig_fresh(&rig);
	DID(0, "", "switch", "agent-002", "--ondemand", "--yes", "--reason", "before");
	DID(0, "", "audit", "verify", "--keep-anchor");
	add_event();
	agent = rig_text(&rig, "SELECT id FROM agents WHERE logical_agent_id = 'agent-002'");
	command = rig_text(&rig, "SELECT id FROM commands");
}

/* After it: the command is claimed, another is issued, events come, an anchor is kept. */
static void after(void)
{
	struct table *t = rig_table(&rig, "CALL agent_claim('%s', 600)", agent);
	ck_assert_str_eq(table_get(t, 0, "command_id"), command);
	table_free(t);
	DID(0, "", "freeze", "all", "--for", "1h", "--yes", "--reason", "after", "--request-id", later);
	DID(0, "", "audit", "verify", "--keep-anchor");
	for (int i = 0; i < 5; i++) add_event();
	char *newest = rig_text(&rig, "SELECT MAX(id) FROM sse_events");
	snprintf(cursor, sizeof cursor, "%s", newest);
	free(newest);
}

static void dump(void)
{
	shell("cd %s && mariadb-dump -u root -S s --single-transaction --skip-triggers spot_optimizer "
	      "$(mariadb -u root -S s -NBe "
	      "\"SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'spot_optimizer' AND "
	      "TABLE_TYPE = 'BASE TABLE'\") >dump.sql",
	      server_dir(rig.server));
}

static void restore_dump(void)
{
	shell("cd %s && mariadb -u root -S s -e 'DROP DATABASE spot_optimizer; CREATE DATABASE "
	      "spot_optimizer' && mariadb -u root -S "
	      "s spot_optimizer <dump.sql",
	      server_dir(rig.server));
	DID(2, "pass --yes", "db", "restored");
	DID(0, "1 command, 0 plans", "db", "restored", "--yes");
	DID(0, "", "db", "init");
}

static void backup(void)
{
	shell("cd %s && rm -rf copy && mariadb-backup --no-defaults --backup --user=root --socket=$PWD/s "
	      "--datadir=$PWD/data --target-dir=$PWD/copy "
	      ">backup.log 2>&1 && mariadb-backup --prepare --target-dir=$PWD/copy >>backup.log 2>&1 || { "
	      "tail -8 backup.log >&2; false; }",
	      server_dir(rig.server));
}

static void restore_backup(void)
{
	rig_kill_server(&rig);
	shell("cd %s && rm -rf data && mv copy data", server_dir(rig.server));
	rig_start_server(&rig);
	DID(0, "1 command, 0 plans", "db", "restored", "--yes");
}

START_TEST(what_came_after_the_backup_is_neither_done_again_nor_believed)
{
	if (_i && system("command -v mariadb-backup >/dev/null")) {
		ck_assert_msg(!getenv("SPOTOP_CLUSTER"), "mariadb-backup is not there");
		return;
	}
	snprintf(later, sizeof later, "7f1c0c0e-2d1f-4c5b-9c0a-0c7a54a6b00%d", _i);
	before();
	_i ? backup() : dump();
	after();
	_i ? restore_backup() : restore_dump();
	DID(0, "promises kept", "db", "verify");
	/* the command that was claimed since is not handed out again, nor taken from who has it */
	struct table *t = rig_table(&rig, "CALL agent_claim('%s', 600)", agent);
	ck_assert_uint_eq(t->n_rows, 0);
	table_free(t);
	ck_assert_uint_ne(rig_try(&rig, "CALL agent_complete('%s', '%s', 1, '{}')", agent, command), 0);
	DID(0, "restored from a backup", "commands", "--filter", "status:cancelled", "-o", "json");
	/* what was done since is gone, and sent again it is done once */
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM automation_freezes"), 0);
	DID(1, "", "audit", "verify");
	DID(6, "history changed", "tail", "--from", cursor);
	for (int i = 0; i < 2; i++)
		DID(0, "", "freeze", "all", "--for", "1h", "--yes", "--reason", "after", "--request-id",
		    later);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM automation_freezes"), 1);
	/* the fleet goes on */
	rig_do(&rig, "CALL agent_heartbeat('%s', 'online', '{}')", agent);
	DID(0, "", "job", "run", "alerts");
	DID(0, "", "worker", "--once");
	DID(0, "", "switch", "agent-002", "--ondemand", "--yes", "--reason", "again");
	free(agent), free(command);
}
END_TEST

Suite *suite_restore(void)
{
	Suite *s = suite_create("restore");
	TCase *t = tcase_create("restore");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, what_came_after_the_backup_is_neither_done_again_nor_believed, 0, 2);
	suite_add_tcase(s, t);
	return s;
}
