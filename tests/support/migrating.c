/* migrating.c - what the tests of a migration stand on: an old fleet loaded, migrated, and compared row by row. */
#include "tests/support/migrating.h"
#include "core/base/buf.h"
#include "core/db/table.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
