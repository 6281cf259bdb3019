/* migrating.c - what the tests of a migration stand on: an old fleet loaded, migrated, and compared row by row. */
#include "tests/support/migrating.h"
#include "core/base/buf.h"
#include "core/db/table.h"
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void migrating_load(const struct rig *rig, const char *file)
{
	char cmd[400];
	snprintf(cmd, sizeof cmd, "mariadb --no-defaults -u root -S %s < tests/it/sql/%s", rig->socket, file);
	ck_assert_int_eq(system(cmd), 0);
}

struct rig_run migrating_run(const struct rig *rig, const char *from, const char *into, const char *a,
                             const char *b)
{
	const char *argv[] = { "-D", into, "db",    "migrate", "--from", from, "--raw-days",
		               "90", "-o", "jsonl", a,         b,        NULL };
	return rig_spotop(rig, false, argv);
}

void migrating_ok(const struct rig *rig, const char *from, const char *into, const char *a, const char *b,
                  int code)
{
	struct rig_run run = migrating_run(rig, from, into, a, b);
	ck_assert_msg(run.code == code, "%d: %s%s", run.code, run.out, run.err);
	ck_assert_msg(strstr(run.err, " 0 broken") != NULL, "%s", run.err);
	rig_run_free(&run);
}

static pid_t spawn_holder(const struct rig *rig, const char *sql)
{
	pid_t pid = fork();
	if (pid == 0) {
		char all[400];
		snprintf(all, sizeof all, "BEGIN; %s; SELECT SLEEP(600)", sql);
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)) _exit(127);
		execlp("mariadb", "mariadb", "--no-defaults", "-u", "root", "-S", rig->socket, "-e", all,
		       (char *)NULL);
		_exit(127);
	}
	return pid;
}

void migrating_kill_where(struct rig *rig, const char *from, const char *into, const char *a, const char *b,
                          const char *held, bool with_server)
{
	static const char *const waits =
	        "SELECT (SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE LIKE '%%metadata "
	        "lock%%') + (SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK "
	        "WAIT')";
	const char *argv[] = { "-D", into, "db", "migrate", "--from", from, "--raw-days", "90", a, b, NULL };
	int out, err, status;
	pid_t holder = spawn_holder(rig, held), pid;
	while (!rig_number(rig, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE "
	                        "'%%SLEEP(600)%%' AND ID <> CONNECTION_ID()"))
		poll(NULL, 0, 20);
	pid = rig_spawn(rig, false, argv, &out, &err);
	for (int k = 0; !rig_number(rig, "%s", waits); k++) {
		ck_assert_msg(k < 300 && !waitpid(pid, &status, WNOHANG), "%s %s never waited for: %s", a, b,
		              held);
		poll(NULL, 0, 200); /* the server shows the same locks to who asks more often */
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(out), close(err);
	if (with_server) rig_kill_server(rig);
	kill(holder, SIGKILL);
	waitpid(holder, &status, 0);
	if (with_server) rig_start_server(rig);
}

void migrating_run_clean(const struct rig *rig, const char *into)
{
	const char *argv[] = { "-D", into, "db", "migrate", "--clean", "--yes", NULL };
	struct rig_run r = rig_spotop(rig, false, argv);
	ck_assert_msg(r.code == 0, "%d: %s", r.code, r.err);
	rig_run_free(&r);
}

void migrating_number(const struct rig *rig, long want, const char *sql)
{
	long n = rig_number(rig, "%s", sql);
	ck_assert_msg(n == want, "%ld, not %ld: %s", n, want, sql);
}

void migrating_text(const struct rig *rig, const char *want, const char *sql)
{
	char *got = rig_text(rig, "%s", sql);
	ck_assert_msg(got && strcmp(got, want) == 0, "%s, not %s: %s", got ? got : "NULL", want, sql);
	free(got);
}

/* A sum over all rows of a database's tables: the same as long as nobody writes there. */
char *migrating_checksum(const struct rig *rig, const char *database)
{
	char *tables = rig_text(rig,
	                        "SELECT GROUP_CONCAT(CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) ORDER BY "
	                        "TABLE_NAME) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '%s'",
	                        database);
	struct buf all = BUF_EMPTY;
	struct table *t = rig_table(rig, "CHECKSUM TABLE %s", tables);
	for (size_t i = 0; i < t->n_rows; i++) buf_addf(&all, "%s ", table_get(t, i, "Checksum"));
	table_free(t);
	free(tables);
	char *out = strdup(buf_str(&all));
	buf_free(&all);
	return out;
}

/* Rows of one table that are in one database and not in the other. Left out: ids that are drawn, when a row
 * was made where no source says it, and what the new schema's own events write. */
void migrating_same_rows(const struct rig *rig, const char *table, const char *a, const char *b)
{
	const char *where =
	        strcmp(table, "system_events") == 0 ? "WHERE event_type <> 'snapshot_archive_triggered'" : "";
	char *cols =
	        rig_text(rig,
	                 "SELECT GROUP_CONCAT(COLUMN_NAME) FROM information_schema.COLUMNS WHERE "
	                 "TABLE_SCHEMA = '%s' AND TABLE_NAME = '%s' AND EXTRA NOT LIKE '%%GENERATED%%' "
	                 "AND NOT (COLUMN_NAME = 'id' AND TABLE_NAME LIKE 'pricing%%') AND COLUMN_NAME <> "
	                 "'rejected_at' AND NOT (TABLE_NAME = 'spot_pools' AND COLUMN_NAME IN "
	                 "('created_at', 'updated_at')) AND COLUMN_NAME <> 'computed_at'",
	                 a, table);
	long n = rig_number(rig,
	                    "SELECT COUNT(*) FROM ((SELECT %s FROM %s.%s %s EXCEPT ALL SELECT %s FROM %s.%s "
	                    "%s) UNION ALL (SELECT %s FROM %s.%s %s EXCEPT ALL SELECT %s FROM %s.%s %s)) x",
	                    cols, a, table, where, cols, b, table, where, cols, b, table, where, cols, a,
	                    table, where);
	ck_assert_msg(n == 0, "%ld rows of %s differ between %s and %s", n, table, a, b);
	free(cols);
}
