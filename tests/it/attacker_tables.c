/* attacker_tables.c - each role against each table, column and kind of statement: what it may is what is written here, in
 * the words of sql/README.md, and nothing else. A new table that a role may write must be named here. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/attack.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_attacker_tables(void);

static struct attack at;
static const char *const roles[] = { "viewer", "operator", "agent", "worker" };

/* What the worker writes: i insert, u update, d delete; columns: these alone are updated. Everybody but an agent reads
 * all but hidden; nobody but the worker writes. */
static const struct {
	const char *table, *how, *columns;
} written[] = {
	{ "spot_price_snapshots", "iud", NULL },
	{ "pricing_consolidated", "iud", NULL },
	{ "pricing_canonical", "iud", NULL },
	{ "pool_price_hourly", "iud", NULL },
	{ "ondemand_prices", "iud", NULL },
	{ "consolidation_jobs", "iud", NULL },
	{ "job_schedules", "iud", NULL },
	{ "system_events", "iud", NULL },
	{ "sse_events", "iud", NULL },
	{ "notifications", "iud", NULL },
	{ "alerts", "iud", NULL },
	{ "client_savings_daily", "iud", NULL },
	{ "spot_pools", "iu", NULL },
	{ "spotop_sums", "iu", NULL },
	{ "clients", "u", " total_savings last_sync_at " },
	{ "commands", "ud", " status success message completed_at " },
	{ "instances", "d", NULL },
	{ "switches", "d", NULL },
	{ "replica_instances", "d", NULL },
	{ "ml_decisions", "d", NULL },
	{ "automation_freezes", "d", NULL },
	{ "spotop_plans", "d", NULL },
};

static bool is(const char *role, const char *name) { return strcmp(role, name) == 0; }

/* r: reads. column NULL: the table as a whole, every column of it. */
static bool may(const char *role, const char *table, const char *column, char how)
{
	if (how == 'r') {
		bool is_secret = is(table, "clients") && (!column || is(column, "client_token"));
		if (is(role, "agent") || is(table, "spotop_audit_head")) return false;
		if (is(table, "audit_log") && is(role, "viewer")) return false; /* it has v_audit */
		return !is_secret || is(role, "worker");
	}
	if (!is(role, "worker")) return false;
	for (size_t i = 0; i < ARRAY_LEN(written); i++) {
		if (!is(written[i].table, table) || !strchr(written[i].how, how)) continue;
		if (how != 'u' || !written[i].columns) return true;
		char word[80];
		snprintf(word, sizeof word, " %s ", column ? column : "?");
		return strstr(written[i].columns, word) != NULL;
	}
	return false;
}

/* 1044 1045 1095 1142 1143 1227 1370 1356 1410 1419 1698 1959: no right. Nothing else is a refusal of that kind. */
static bool is_refusal(unsigned no)
{
	static const unsigned nos[] = {
		1044, 1045, 1142, 1143, 1227, 1370, 1356, 1419, 1959, 1410, 1698, 1095
	};
	for (size_t i = 0; i < ARRAY_LEN(nos); i++)
		if (nos[i] == no) return true;
	return false;
}

static void tries(bool is_meant, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void tries(bool is_meant, const char *fmt, ...)
{
	char sql[600];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(sql, sizeof sql, fmt, ap);
	va_end(ap);
	struct attack_said s = attack_say(&at, sql, NULL, NULL, 0);
	/* errors that come behind the rights tell that those were there */
	if (is_meant == is_refusal(s.no))
		attack_found(&at, "%s: %s: %s: %u %s", at.role, is_meant ? "may not" : "may", sql, s.no,
		             s.text);
	if (s.is_open) attack_say(&at, "ROLLBACK", NULL, NULL, 0);
	at.n_tried++;
}

static struct table *names(const char *kind)
{
	return rig_table(&at.rig,
	                 "SELECT TABLE_NAME AS t FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
	                 "DATABASE() AND TABLE_TYPE = '%s' ORDER BY 1",
	                 kind);
}

#define D "spot_optimizer."

/* Nobody but an administrator: what changes a table, empties it, holds it or carries it off. */
static const char *const forbidden[] = {
	"TRUNCATE " D "%s",
	"LOCK TABLES " D "%s READ",
	"LOCK TABLES " D "%s WRITE",
	"DROP TABLE " D "%s",
	"ALTER TABLE " D "%s ADD COLUMN mine INT",
	"ALTER TABLE " D "%s ENGINE = MEMORY",
	"CREATE INDEX mine ON " D "%s (id)",
	"RENAME TABLE " D "%s TO " D "theirs",
	"CREATE TRIGGER " D "mine BEFORE INSERT ON " D "%s FOR EACH ROW SET @a = 1",
	"CREATE VIEW " D "mine AS SELECT 1 FROM " D "%s",
	"CREATE TABLE " D "mine LIKE " D "%s",
	"FLUSH TABLES " D "%s WITH READ LOCK",
	"GRANT SELECT ON " D "%s TO t_agent",
	"LOAD DATA INFILE '/etc/hostname' INTO TABLE " D "%s",
	"SELECT 1 FROM " D "%s INTO OUTFILE '/tmp/never.txt'",
};

/* The format is a literal of the list above. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void tries_one(const char *form, const char *table)
{
	char sql[300];
	snprintf(sql, sizeof sql, form, table);
	struct attack_said s = attack_say(&at, sql, NULL, NULL, 0);
	if (!is_refusal(s.no)) attack_found(&at, "%s: may: %s: %u %s", at.role, sql, s.no, s.text);
	at.n_tried++;
}

START_TEST(no_table_does_more_than_is_meant)
{
	attack_as(&at, roles[_i]);
	struct table *t = names("BASE TABLE");
	ck_assert_uint_ge(t->n_rows, 28);
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *n = table_get(t, i, "t");
		tries(may(at.role, n, NULL, 'r'), "SELECT * FROM " D "%s LIMIT 0", n);
		tries(may(at.role, n, "id", 'r'), "SELECT 1 FROM " D "%s LIMIT 0", n);
		tries(may(at.role, n, NULL, 'i'), "INSERT INTO " D "%s () SELECT 1 FROM DUAL WHERE FALSE", n);
		tries(may(at.role, n, NULL, 'd'), "DELETE FROM " D "%s WHERE FALSE", n);
		tries(may(at.role, n, NULL, 'i'), "OPTIMIZE TABLE " D "%s", n); /* as the server has it */
		tries(may(at.role, n, NULL, 'i') && may(at.role, n, NULL, 'd'),
		      "REPLACE INTO " D "%s () SELECT 1 FROM DUAL WHERE FALSE", n);
		for (size_t k = 0; k < ARRAY_LEN(forbidden); k++) tries_one(forbidden[k], n);
	}
	table_free(t);
	t = names("VIEW");
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *n = table_get(t, i, "t");
		tries(!is(at.role, "agent"), "SELECT 1 FROM " D "%s LIMIT 0", n);
		tries(false, "DROP VIEW " D "%s", n);
		tries(false, "ALTER VIEW " D "%s AS SELECT 1", n);
	}
	table_free(t);
	attack_end(&at);
}
END_TEST

START_TEST(no_column_does_more_than_is_meant)
{
	attack_as(&at, roles[_i]);
	struct table *t =
	        rig_table(&at.rig,
	                  "SELECT c.TABLE_NAME AS t, c.COLUMN_NAME AS c FROM information_schema.COLUMNS c "
	                  "JOIN information_schema.TABLES x USING (TABLE_SCHEMA, TABLE_NAME) "
	                  "WHERE c.TABLE_SCHEMA = DATABASE() AND x.TABLE_TYPE = 'BASE TABLE' ORDER BY 1, "
	                  "ORDINAL_POSITION");
	ck_assert_uint_gt(t->n_rows, 400);
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *n = table_get(t, i, "t"), *c = table_get(t, i, "c");
		tries(may(at.role, n, c, 'r'), "SELECT `%s` FROM " D "%s LIMIT 0", c, n);
		tries(may(at.role, n, c, 'r'), "SELECT 1 FROM " D "%s WHERE `%s` IS NULL LIMIT 0", n, c);
		tries(may(at.role, n, c, 'r'), "SELECT 1 FROM " D "%s ORDER BY `%s` LIMIT 0", n, c);
		tries(may(at.role, n, c, 'u'), "UPDATE " D "%s SET `%s` = DEFAULT WHERE FALSE", n, c);
		tries(may(at.role, n, NULL, 'i'),
		      "INSERT INTO " D "%s (`%s`) SELECT NULL FROM DUAL WHERE FALSE", n, c);
		tries(may(at.role, n, NULL, 'i') && may(at.role, n, c, 'u'),
		      "INSERT INTO " D
		      "%s (`%s`) SELECT NULL FROM DUAL WHERE FALSE ON DUPLICATE KEY UPDATE `%s` = DEFAULT",
		      n, c, c);
	}
	table_free(t);
	attack_end(&at);
}
END_TEST

/* Nothing of the server is theirs. */
static const char *const server_wide[] = {
	"SELECT * FROM mysql.global_priv",
	"SELECT * FROM mysql.proc",
	"UPDATE mysql.global_priv SET Priv = '{}'",
	"INSERT INTO mysql.procs_priv () VALUES ()",
	"SET GLOBAL event_scheduler = OFF",
	"SET GLOBAL max_connections = 1",
	"SET SESSION sql_log_bin = 0",
	"SET SESSION pseudo_thread_id = 1",
	"SET SESSION binlog_format = 'STATEMENT'",
	"CREATE USER mine",
	"DROP USER t_viewer",
	"ALTER USER t_admin IDENTIFIED BY 'y'",
	"SET PASSWORD FOR t_admin = PASSWORD('y')",
	"GRANT spotop_admin TO CURRENT_USER",
	"SET ROLE spotop_admin",
	"CREATE ROLE mine",
	"CREATE DATABASE theirs",
	"CREATE PROCEDURE spot_optimizer.mine() SELECT 1",
	"CREATE DEFINER = root@localhost PROCEDURE spot_optimizer.mine() SELECT 1",
	"CREATE EVENT spot_optimizer.mine ON SCHEDULE EVERY 1 DAY DO SELECT 1",
	"ALTER EVENT spot_optimizer.cleanup_sse_events DISABLE",
	"DROP EVENT spot_optimizer.cleanup_sse_events",
	"DROP PROCEDURE spot_optimizer.verb_switch",
	"ALTER PROCEDURE spot_optimizer.verb_switch SQL SECURITY INVOKER",
	"DROP TRIGGER spot_optimizer.audit_no_update",
	"ALTER DATABASE spot_optimizer CHARACTER SET latin1",
	"DROP DATABASE spot_optimizer",
	"FLUSH TABLES WITH READ LOCK",
	"FLUSH LOGS",
	"RESET MASTER",
	"SHUTDOWN",
	"INSTALL SONAME 'auth_socket'",
	"LOAD DATA INFILE '/etc/passwd' INTO TABLE spot_optimizer.alerts",
	"SHOW BINARY LOGS",
	"SHOW REPLICA STATUS",
	"CHANGE MASTER TO MASTER_HOST = '127.0.0.1'",
};

START_TEST(nothing_of_the_server_is_theirs)
{
	attack_as(&at, roles[_i]);
	for (size_t i = 0; i < ARRAY_LEN(server_wide); i++) {
		struct attack_said s = attack_say(&at, server_wide[i], NULL, NULL, 0);
		if (!is_refusal(s.no))
			attack_found(&at, "%s: may: %s: %u %s", at.role, server_wide[i], s.no, s.text);
		at.n_tried++;
	}
	long others =
	        attack_number(&at, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'root'");
	char n[20];
	struct attack_said s = attack_say(&at,
	                                  "SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE "
	                                  "USER <> SUBSTRING_INDEX(USER(), '@', 1)",
	                                  "n", n, sizeof n);
	ck_assert_int_gt(others, 0);
	if (s.no || strcmp(n, "0") != 0) attack_found(&at, "%s sees what %s other sessions do", at.role, n);
	char *kill = mem_printf("KILL %ld", attack_number(&at, "SELECT CONNECTION_ID()"));
	if (attack_say(&at, kill, NULL, NULL, 0).no == 0) attack_found(&at, "%s: may: %s", at.role, kill);
	free(kill);
	attack_end(&at);
}
END_TEST

static void start(void) { attack_start(&at); }
static void stop(void) { attack_stop(&at); }
static void begin(void) { attack_begin(&at); }
static void over(void)
{
	char *changed = attack_changed(&at);
	ck_assert_msg(*changed == 0, "what nobody may was done: %s", changed);
	free(changed);
	attack_over(&at);
}

Suite *suite_attacker_tables(void)
{
	Suite *s = suite_create("attacker_tables");
	TCase *t = tcase_create("tables");
	tcase_set_timeout(t, 300);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, begin, over);
	tcase_add_loop_test(t, no_table_does_more_than_is_meant, 0, (int)ARRAY_LEN(roles));
	tcase_add_loop_test(t, no_column_does_more_than_is_meant, 0, (int)ARRAY_LEN(roles));
	tcase_add_loop_test(t, nothing_of_the_server_is_theirs, 0, (int)ARRAY_LEN(roles));
	suite_add_tcase(s, t);
	return s;
}
