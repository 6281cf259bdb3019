/* migrate_ways.c - from where a migration comes and what it can be told: a dump of MySQL 8 loaded by the manual's command,
 * a source that is waited for, raw prices that stay behind; and a copy that is followed looks as live as its source. */
#include "core/base/clock.h"
#include "tests/support/migrating.h"
#include <check.h>
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
}
static void stop(void) { rig_stop(&rig); }

static void run(const char *from, const char *into, const char *a, const char *b, int code, const char *says)
{
	struct rig_run r = migrating_run(&rig, from, into, a, b);
	ck_assert_msg(r.code == code && strstr(r.err, says), "%s %s: %d: %.900s%.900s", a ? a : "",
	              b ? b : "", r.code, r.out, r.err);
	rig_run_free(&r);
}

/* The command that brings a dump of MySQL 8 to MariaDB, as the manual has it. */
static void read_filter(char *out, size_t n)
{
	char line[500];
	FILE *f = fopen("sql/migrations/README.md", "r");
	ck_assert_ptr_nonnull(f);
	*out = '\0';
	while (!*out && fgets(line, sizeof line, f)) {
		char *sed = strstr(line, "sed '/^INSERT/"), *end = sed ? strstr(sed, " |") : NULL;
		if (end) snprintf(out, n, "%.*s", (int)(end - sed), sed);
	}
	fclose(f);
	ck_assert_msg(*out, "no such command in the manual");
}

START_TEST(a_dump_of_mysql_8_is_migrated)
{
	char filter[300], cmd[700];
	read_filter(filter, sizeof filter);
	rig_do(&rig, "CREATE DATABASE from8");
	snprintf(cmd, sizeof cmd,
	         "%s < tests/it/sql/mysql8-dump.sql | mariadb --no-defaults -u root -S %s from8", filter,
	         rig.socket);
	ck_assert_int_eq(system(cmd), 0);
	run("from8", "into8", NULL, NULL, 0, "0 rejected");
	run("from8", "into8", "--compare", NULL, 0, "nothing differs");
	/* a text that speaks of the collation stays as it was */
	migrating_text(&rig, "Acme \xf0\x9f\x9a\x80 utf8mb4_0900_ai_ci,gold,it's \"so\",2026-01-02 03:04:05",
	               "SELECT CONCAT_WS(',', name, JSON_VALUE(metadata, '$.tier.name'), "
	               "JSON_VALUE(metadata, "
	               "'$.say'), created_at) FROM into8.clients");
	migrating_text(&rig, "HOST-1,r7,h\xc3\xb6st-2",
	               "SELECT CONCAT_WS(',', MAX(IF(logical_agent_id = 'web-1', hostname, NULL)), "
	               "MAX(JSON_VALUE(metadata, '$.rack')), MAX(IF(logical_agent_id = 'web-2', hostname, "
	               "NULL))) "
	               "FROM into8.agents");
	migrating_text(&rig, "r7,host-1",
	               "SELECT CONCAT_WS(',', rack, host_lower) FROM from8.agents WHERE rack = 'r7'");
	migrating_number(&rig, 2, "SELECT COUNT(*) FROM into8.spot_price_snapshots");
}
END_TEST

/* The one copy of several tests, followed. */
static void make_shown(void)
{
	if (!rig_number(&rig, "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'shown'"))
		run("old60", "shown", "--follow", "--once", 0, "0 changes wait");
}

/* Until the program has said it, and what it says after that is left to be read. */
static void await_said(int fd, const char *says)
{
	char all[4000] = "";
	size_t n = 0;
	for (ssize_t got; !strstr(all, says); all[n] = '\0') {
		got = read(fd, all + n, sizeof all - 1 - n);
		ck_assert_msg(got > 0, "never said: %s; but: %s", says, all);
		n += (size_t)got;
	}
}

START_TEST(a_busy_source_is_waited_for)
{
	const char *argv[] = { "-D", "shown",    "db",     "migrate",      "--from", "old60", "--raw-days",
		               "90", "--follow", "--once", "--max-lag-ms", "300",    NULL };
	char cmd[300];
	int status, out, err;
	make_shown();
	rig_do(&rig, "UPDATE old60.agents SET config_version = 77");
	snprintf(cmd, sizeof cmd,
	         "mariadb --no-defaults -u root -S %s old60 -e 'SELECT SLEEP(600)' >/dev/null 2>&1",
	         rig.socket);
	pid_t busy = fork();
	if (busy == 0) {
		execl("/bin/sh", "sh", "-c", cmd, (char *)NULL);
		_exit(127);
	}
	while (!rig_number(&rig, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = 'old60' AND "
	                         "INFO LIKE 'SELECT SLEEP%%' AND TIME_MS > 400"))
		usleep(20000);
	pid_t pid = rig_spawn(&rig, false, argv, &out, &err);
	await_said(err, "waits for the source: a statement there has been running for");
	/* nothing is read from it before that statement has ended */
	migrating_number(&rig, 0, "SELECT COUNT(*) FROM shown.agents WHERE config_version = 77");
	ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);
	rig_do(&rig,
	       "BEGIN NOT ATOMIC FOR p IN (SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE "
	       "'SELECT SLEEP%%') DO KILL QUERY p.ID; END FOR; END");
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%d", status);
	waitpid(busy, &status, 0);
	close(out), close(err);
	ck_assert_int_gt(rig_number(&rig, "SELECT COUNT(*) FROM shown.agents WHERE config_version = 77"), 0);
}
END_TEST

START_TEST(raw_prices_of_more_than_a_day_stay_behind)
{
	const char *argv[] = { "-D", "young", "db", "migrate", "--from", "old60", "-o", "jsonl", NULL };
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == 1, "%d: %s", r.code, r.err);
	migrating_number(&rig, 0,
	                 "SELECT COUNT(*) FROM young.spot_price_snapshots t JOIN young.migration_run u WHERE "
	                 "t.observed_at < u.raw_since");
	/* one a minute */
	migrating_number(&rig, 1, "SELECT COUNT(*) BETWEEN 1430 AND 1445 FROM young.spot_price_snapshots");
	ck_assert_msg(strstr(r.out, " left out, older than "), "%s", r.out);
	/* how far it is, where there is no terminal for a bar */
	ck_assert_msg(strstr(r.err, " of ") && strstr(r.err, " rows\n"), "%s", r.err);
	rig_run_free(&r);
}
END_TEST

/* What a console on a copy asks. */
static const struct {
	const char *argv[10], *says;
} asked[] = {
	{ { "agents", "-o", "jsonl", "--limit", "100" }, "\"agent-1\"" },
	{ { "instances", "-o", "jsonl", "--limit", "1000" }, "i-fresh" },
	{ { "overview", "-o", "json" }, "\"rows\"" },
	{ { "agents", "--at", "-5m", "-o", "jsonl" }, "agent-1" },
	{ { "instances", "--at", "-5m", "-o", "jsonl" }, "i-000001" },
	{ { "timeline", "--since", "720h" }, "" },
	{ { "why", "agent-1" }, "no heartbeat for" },
	{ { "prices", "--pool", "r3.large.us-east-1a", "--tier", "raw", "--since", "24h", "-o", "jsonl" },
	  "0.0" },
	{ { "pools", "-o", "jsonl" }, "r3.large.us-east-1a" },
	{ { "check" }, "SPOTOP" },
};

START_TEST(a_followed_copy_is_as_live_as_its_source)
{
	make_shown();
	rig_do(&rig, "INSERT INTO old60.instances (id, client_id, agent_id, instance_type, region, az, "
	             "instance_status, is_primary, created_at, updated_at) VALUES ('i-fresh', "
	             "'11111111-1111-1111-1111-111111111111', 'aaaaaaaa-0000-0000-0000-000000000001', "
	             "'r3.large', 'us-east-1', 'us-east-1a', 'running_replica', 0, NOW(), NOW())");
	rig_do(&rig, "INSERT INTO old60.spot_price_snapshots (pool_id, price, captured_at) VALUES "
	             "('r3.large.us-east-1a', 0.777, NOW())");
	run("old60", "shown", "--follow", "--once", 0, "0 changes wait");
	/* counts and newest prices are those of the rows */
	migrating_number(&rig, 0,
	                 "SELECT COUNT(*) FROM shown.spotop_agent_counts c WHERE c.slot = 0 AND "
	                 "c.total_instances "
	                 "<> (SELECT "
	                 "COUNT(*) FROM shown.instances i WHERE i.agent_id = c.agent_id AND i.is_active)");
	migrating_text(&rig, "0.777000",
	               "SELECT last_price FROM shown.spot_pools WHERE id = 'r3.large.us-east-1a'");
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		const char *argv[14] = { "-D", "shown" };
		for (size_t k = 0; k < 10 && asked[i].argv[k]; k++) argv[2 + k] = asked[i].argv[k];
		struct rig_run r = rig_spotop(&rig, false, argv);
		ck_assert_msg(r.code < 3 && strstr(r.out, asked[i].says), "%s: %d: %.600s%.300s", argv[2],
		              r.code, r.out, r.err);
		rig_run_free(&r);
	}
}
END_TEST

/* spotop db migrate --compare --batch 100, and a look at what it says */
static void compare(const char *changed, int code, const char *says)
{
	const char *argv[] = { "-D",    "shown",      "db",    "migrate",   "--from",
		               "old60", "--raw-days", "90",    "--compare", "--batch",
		               "100",   "-o",         "jsonl", changed,     NULL };
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == code && strstr(r.err, says), "%s: %d: %s%s", changed ? changed : "all",
	              r.code, r.out, r.err);
	rig_run_free(&r);
}

/* In the window only the ranges that have changed are read again, and what is new. */
START_TEST(only_what_has_changed_is_compared_again)
{
	make_shown();
	compare("--changed", 4, "run --follow and --compare first");
	compare(NULL, 0, "nothing differs");
	rig_do(&rig, "CREATE DATABASE before_");
	rig_do(&rig, "CREATE TABLE before_.r AS SELECT rule, n, compared_at FROM shown.migration_ranges");
	rig_do(&rig, "UPDATE old60.spot_price_snapshots SET price = price + 1 WHERE id = 700");
	rig_do(&rig, "INSERT INTO old60.spot_price_snapshots (pool_id, price, captured_at) VALUES "
	             "('r3.large.us-east-1a', 0.5, NOW())");
	run("old60", "shown", "--follow", "--once", 0, "0 changes wait");
	/* one byte in what was taken over, one in a range in which nothing was */
	rig_do(&rig, "UPDATE shown.spot_price_snapshots SET price = price + 0.000001 WHERE id IN (700, 100)");
	compare("--changed", 1, "1 row differs");
	migrating_text(&rig, "700", "SELECT GROUP_CONCAT(source_key) FROM shown.migration_differences");
	migrating_number(&rig, 1,
	                 "SELECT COUNT(*) FROM shown.migration_ranges g JOIN before_.r b ON b.rule = "
	                 "g.rule "
	                 "AND b.n = g.n "
	                 "WHERE g.rule = 'prices' AND g.compared_at > b.compared_at");
	migrating_number(&rig, 1,
	                 "SELECT COUNT(*) FROM shown.migration_ranges g LEFT JOIN before_.r b ON b.rule = "
	                 "g.rule AND b.n = "
	                 "g.n WHERE g.rule = 'prices' AND b.n IS NULL");
	compare(NULL, 1, "2 rows differ");
	/* and what is left of it is told to programs too */
	struct rig_run r = migrating_run(&rig, "old60", "shown", "--unfence", NULL);
	ck_assert_msg(r.code == 0 && strstr(r.out, "\"fence_triggers\":0") &&
	                      !strstr(r.out, "\"log_triggers\":0"),
	              "%s", r.out);
	rig_run_free(&r);
	r = migrating_run(&rig, "old60", "shown", "--clean", "--yes");
	ck_assert_msg(r.code == 0 && strstr(r.out, "\"migration_tables\":0,\"log_triggers\":0"), "%s", r.out);
	rig_run_free(&r);
}
END_TEST

/* A login that is no root, with the rights that the README names for each option and no others. */
static const struct {
	const char *grant, *a, *b;
	int code;
	const char *says;
} righted[] = {
	{ "GRANT SELECT ON old60.* TO mover@localhost", NULL, NULL, 1, "rows of schema 6.0 migrated" },
	{ NULL, "--follow", "--once", 4, "SELECT and TRIGGER on it" },
	{ "GRANT SELECT, TRIGGER ON old60.* TO mover@localhost WITH GRANT OPTION", "--follow", "--once", 0,
	  "0 changes wait" },
	{ NULL, "--compare", NULL, 0, "nothing differs" },
	{ NULL, "--final", "--fence", 1, "that was the last pass" },
	{ NULL, "--as60", "righted_as60", 0, "is there for back ends" },
	{ NULL, "--back", "--once", 4, "INSERT" },
	{ "GRANT INSERT, UPDATE ON old60.* TO mover@localhost", "--back", "--once", 0, "0 changes wait" },
	{ NULL, "--back", "--final", 0, "turned back" },
};

START_TEST(each_option_needs_the_rights_that_are_named)
{
	migrating_load(&rig, "old60.sql");
	rig_do(&rig, "CREATE USER mover@localhost");
	rig_do(&rig, "GRANT CREATE USER, SET USER, PROCESS ON *.* TO mover@localhost");
	rig_do(&rig, "GRANT ALL PRIVILEGES ON `righted%%`.* TO mover@localhost WITH GRANT OPTION");
	for (size_t i = 0; i < sizeof righted / sizeof *righted; i++) {
		const char *argv[] = { "-u",         "mover",      "-D",    "righted",    "db",
			               "migrate",    "--from",     "old60", "--raw-days", "90",
			               righted[i].a, righted[i].b, NULL };
		if (righted[i].grant) rig_do(&rig, "%s", righted[i].grant);
		struct rig_run r = rig_spotop(&rig, false, argv);
		ck_assert_msg(r.code == righted[i].code && strstr(r.err, righted[i].says),
		              "%zu: %d: %.900s%.900s", i, r.code, r.out, r.err);
		rig_run_free(&r);
	}
}
END_TEST

Suite *suite_migrate_ways(void);
Suite *suite_migrate_ways(void)
{
	Suite *s = suite_create("migrate_ways");
	TCase *t = tcase_create("migrate_ways");
	tcase_set_timeout(t, 300);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_test(t, a_dump_of_mysql_8_is_migrated);
	tcase_add_test(t, a_busy_source_is_waited_for);
	tcase_add_test(t, raw_prices_of_more_than_a_day_stay_behind);
	tcase_add_test(t, a_followed_copy_is_as_live_as_its_source);
	tcase_add_test(t, only_what_has_changed_is_compared_again);
	tcase_add_test(t, each_option_needs_the_rights_that_are_named);
	suite_add_tcase(s, t);
	return s;
}
