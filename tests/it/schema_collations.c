/* schema_collations.c - the schema is the same and every statement answers, whatever collation the server
 * has by default and whoever made the database; and an installation that broke off is completed by the next. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include "views/registry.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct rig rig;

static void begin(const char *charset, const char *collation)
{
	struct server_opts opts = { .extra = charset, .extra2 = collation };
	struct err e = { 0 };
	memset(&rig, 0, sizeof rig);
	rig.server = server_start(&opts, &e);
	ck_assert_msg(rig.server != NULL, "%s", e.text);
	snprintf(rig.socket, sizeof rig.socket, "%s", server_socket(rig.server));
	snprintf(rig.state, sizeof rig.state, "%s/state", server_dir(rig.server));
}
static void begin_general(void)
{
	begin("--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci");
}
static void begin_unicode(void)
{
	begin("--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_ci");
}
static void begin_uca1400(void)
{
	begin("--character-set-server=utf8mb4", "--collation-server=utf8mb4_uca1400_ai_ci");
}
/* Where nothing that a client says when it connects counts either. */
static void begin_latin1(void)
{
	begin("--character-set-server=latin1", "--skip-character-set-client-handshake");
}
static void end(void) { server_stop(rig.server); }

static void sql(const char *text)
{
	struct err e = { 0 };
	ck_assert_msg(server_sql(rig.server, text, NULL, 0, &e), "%s", e.text);
}

/* How the database came to be: by db init, or before it by an administrator. */
static const char *const made[] = {
	NULL,
	"CREATE DATABASE spot_optimizer CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
	"CREATE DATABASE spot_optimizer CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
	"CREATE DATABASE spot_optimizer CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci",
	"CREATE DATABASE spot_optimizer CHARACTER SET latin1",
};
enum { N_MADE = sizeof made / sizeof *made };

static void make_database(const char *how)
{
	sql("DROP DATABASE IF EXISTS spot_optimizer");
	if (how) sql(how);
}

/* What a run printed; it must end with `code`. */
static char *says(int code, const char *const *argv)
{
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_msg(run.code == code, "%s %s %s: %d: %.900s", argv[0], argv[1] ? argv[1] : "",
	              argv[1] && argv[2] ? argv[2] : "", run.code, run.err);
	free(run.err);
	return run.out;
}
#define SAYS(code, ...) says(code, (const char *const[]){ __VA_ARGS__, NULL })
#define RUN(code, ...)  free(SAYS(code, __VA_ARGS__))

/* Every object and the collation of every text in it; the database's own default is nobody's business. */
static char *everything(void)
{
	return rig_text(
	        &rig,
	        "SELECT GROUP_CONCAT(what ORDER BY what SEPARATOR '\n') FROM ("
	        "SELECT CONCAT_WS(' ', 'column', TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, COLLATION_NAME) AS "
	        "what FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() UNION ALL "
	        "SELECT CONCAT_WS(' ', 'parameter', SPECIFIC_NAME, ORDINAL_POSITION, PARAMETER_NAME, "
	        "DATA_TYPE, COLLATION_NAME) FROM information_schema.PARAMETERS WHERE SPECIFIC_SCHEMA = "
	        "DATABASE() UNION ALL "
	        "SELECT CONCAT_WS(' ', 'routine', ROUTINE_NAME, COLLATION_CONNECTION) FROM "
	        "information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() UNION ALL "
	        "SELECT CONCAT_WS(' ', 'trigger', TRIGGER_NAME, COLLATION_CONNECTION) FROM "
	        "information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() UNION ALL "
	        "SELECT CONCAT_WS(' ', 'event', EVENT_NAME, COLLATION_CONNECTION) FROM "
	        "information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() UNION ALL "
	        "SELECT CONCAT_WS(' ', 'view', TABLE_NAME, COLLATION_CONNECTION) FROM "
	        "information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE()) x");
}

/* The first line in which they differ. */
static void same(const char *got, const char *want)
{
	size_t i = 0, line = 0;
	for (; got[i] && got[i] == want[i]; i++)
		if (got[i] == '\n') line = i + 1;
	ck_assert_msg(got[i] == want[i], "'%.*s' is not '%.*s'", (int)strcspn(got + line, "\n"), got + line,
	              (int)strcspn(want + line, "\n"), want + line);
}

START_TEST(the_schema_is_the_same)
{
	char *first = NULL;
	for (size_t i = 0; i < N_MADE; i++) {
		make_database(made[i]);
		RUN(0, "db", "init");
		RUN(0, "db", "verify");
		char *now = everything();
		if (!first) first = mem_dup(now);
		same(now, first);
		free(now);
	}
	free(first);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE "
	                                  "TABLE_SCHEMA = DATABASE() AND COLLATION_NAME NOT IN "
	                                  "('utf8mb4_general_ci', 'utf8mb4_bin', 'ascii_bin', "
	                                  "'ascii_general_ci', 'utf8mb3_general_ci')"),
	                 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM information_schema.PARAMETERS WHERE "
	                                  "SPECIFIC_SCHEMA = DATABASE() AND COLLATION_NAME NOT IN "
	                                  "('utf8mb4_general_ci', 'utf8mb4_bin', 'ascii_bin', "
	                                  "'ascii_general_ci')"),
	                 0);
}
END_TEST

/* A text that no one-byte character set holds. */
#define REASON "dérive — 東京 😀"

/* However long a busy machine has taken until now: no agent that is online has fallen silent. */
static void all_speak(void)
{
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() WHERE status = 'online'");
}

START_TEST(every_statement_answers)
{
	/* of its own: the anchors of an audit chain that was dropped would be missed in the next */
	snprintf(rig.state, sizeof rig.state, "%s/state%d", server_dir(rig.server), _i);
	make_database(made[_i]);
	RUN(0, "db", "init");
	RUN(0, "sim", "--fill", "--agents", "12", "--days", "2", "--i-know");
	all_speak();
	char *agent = rig_text(&rig, "SELECT MIN(v.agent) FROM v_agent_status v WHERE v.health = 'ok'");
	char *pool = rig_text(&rig, "SELECT MIN(id) FROM spot_pools");
	ck_assert_ptr_nonnull(agent);
	for (size_t i = 0; all_views[i]; i++) {
		const char *name = all_views[i]->name;
		if (strcmp(name, "chart") == 0 || strcmp(name, "agent") == 0) continue; /* screens alone */
		if (strcmp(name, "why") == 0)
			RUN(0, name, agent, "-o", "jsonl");
		else
			RUN(0, name, "-o", "jsonl");
	}
	RUN(0, "overview", "--at", "-10m", "-o", "jsonl");
	RUN(0, "agents", "--filter", "agent~age|health=crit", "--at", "-10m", "-o", "jsonl");
	RUN(0, "instances", "--filter", "pool=東京", "-o", "jsonl"); /* beside columns of ASCII */
	RUN(0, "jobs", "--filter", "name=東京", "-o", "jsonl");
	RUN(1, "terminate", "東京", "--yes");
	RUN(1, "cordon", "東京", "--for", "1h", "--reason", REASON, "--yes");
	RUN(0, "prices", "--pool", pool, "--tier", "canonical", "--since", "24h", "-o", "csv");
	RUN(0, "report", "--since", "8h");
	RUN(0, "audit", "verify");
	RUN(0, "db", "status");
	all_speak();
	free(SAYS(0, "switch", agent, "--ondemand", "--reason", REASON, "--yes", "-o", "json"));
	free(SAYS(0, "freeze", "all", "--for", "1h", "--reason", REASON, "--yes"));
	char *out = SAYS(0, "audit", "-o", "jsonl");
	ck_assert_msg(strstr(out, REASON) != NULL, "%s", out);
	free(out);
	out = SAYS(0, "freezes", "-o", "jsonl", "--filter", "reason~東京");
	ck_assert_msg(strstr(out, REASON) != NULL, "%s", out);
	free(out);
	RUN(0, "worker", "--once");
	struct table *jobs = rig_table(&rig, "SELECT name FROM job_schedules WHERE kind = 'job'");
	ck_assert_uint_gt(jobs->n_rows, 5);
	for (size_t i = 0; i < jobs->n_rows; i++) RUN(0, "job", "run", table_get(jobs, i, "name"));
	table_free(jobs);
	RUN(0, "db", "verify");
	free(agent), free(pool);
}
END_TEST

/* A session that is not ours, with literals of another collation, asks every text of every view. */
START_TEST(views_answer_other_sessions)
{
	make_database(made[0]);
	RUN(0, "db", "init");
	struct table *t = rig_table(
	        &rig, "SELECT c.TABLE_NAME AS v, c.COLUMN_NAME AS c FROM information_schema.COLUMNS c JOIN "
	              "information_schema.VIEWS v ON v.TABLE_SCHEMA = c.TABLE_SCHEMA AND v.TABLE_NAME = "
	              "c.TABLE_NAME WHERE c.TABLE_SCHEMA = DATABASE() AND c.COLLATION_NAME IS NOT NULL");
	ck_assert_uint_gt(t->n_rows, 20);
	for (size_t i = 0; i < t->n_rows; i++) {
		char ask[400];
		struct err e = { 0 };
		snprintf(ask, sizeof ask,
		         "BEGIN NOT ATOMIC SET collation_connection = utf8mb4_unicode_ci; EXECUTE IMMEDIATE "
		         "'SELECT COUNT(*) FROM spot_optimizer.%s WHERE `%s` IN (''a'', ''b'')'; END",
		         table_get(t, i, "v"), table_get(t, i, "c"));
		ck_assert_msg(server_sql(rig.server, ask, NULL, 0, &e), "%s.%s: %s", table_get(t, i, "v"),
		              table_get(t, i, "c"), e.text);
	}
	table_free(t);
}
END_TEST

START_TEST(the_tail_follows)
{
	make_database(made[N_MADE - 1]);
	RUN(0, "db", "init");
	RUN(0, "sim", "--fill", "--agents", "12", "--days", "2", "--i-know");
	rig_do(&rig, "UPDATE instances SET is_primary = FALSE, instance_status = 'zombie' WHERE "
	             "instance_status = 'running_primary' LIMIT 1");
	int out, err, status;
	char got[4096];
	pid_t pid = rig_spawn(&rig, false,
	                      (const char *const[]){ "tail", "--from", "start", "-o", "jsonl", NULL }, &out,
	                      &err);
	ssize_t n = read(out, got, sizeof got - 1);
	kill(pid, SIGTERM);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(out), close(err);
	ck_assert_int_gt(n, 0);
	got[n] = 0;
	ck_assert_msg(strstr(got, "\"event_type\":") != NULL, "%s", got);
}
END_TEST

/* --- an installation that breaks off --- */

/* How far the installation is when it is cut: a count that grows while it runs. */
static const struct {
	const char *count;
	int reaches;
} cuts[] = {
	{ "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'spot_optimizer'", 1 },
	{ "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'spot_optimizer'", 14 },
	{ "SELECT COUNT(*) FROM mysql.proc WHERE db = 'spot_optimizer'", 8 },
	{ "SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'spot_optimizer'", 3 },
	{ "SELECT COUNT(*) FROM information_schema.VIEWS WHERE TABLE_SCHEMA = 'spot_optimizer'", 2 },
	{ "SELECT COUNT(*) FROM mysql.proc WHERE db = 'spot_optimizer'", 60 },
	{ "SELECT COUNT(*) FROM mysql.proc WHERE db = 'spot_optimizer'", 100 },
};

/* Starts db init and gives its pid back once that much is there, or 0 when it was done before. */
static pid_t init_until(size_t i, int *out, int *err)
{
	struct timespec ms = { 0, 500000 };
	char n[32] = "";
	int status;
	pid_t pid = rig_spawn(&rig, false, (const char *const[]){ "db", "init", NULL }, out, err);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		ck_assert(server_sql(rig.server, cuts[i].count, n, sizeof n, NULL));
		if (atoi(n) >= cuts[i].reaches) return pid;
		nanosleep(&ms, NULL);
	}
	return 0;
}

static bool is_half_made(void)
{
	char n[32] = "";
	/* An error: not even the table of versions is there. */
	return !server_sql(rig.server, "SELECT COUNT(*) FROM spot_optimizer.schema_migrations", n, sizeof n,
	                   NULL) ||
	       atoi(n) == 0;
}

START_TEST(a_broken_installation_is_completed)
{
	int out, err, n_half = 0;
	make_database(made[3]);
	RUN(0, "db", "init");
	char *whole = everything();
	for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
		make_database(made[3]);
		pid_t pid = init_until(i, &out, &err);
		bool server_too = i % 2 != 0;
		if (pid) kill(server_too ? server_pid(rig.server) : pid, SIGKILL);
		if (pid) waitpid(pid, NULL, 0);
		close(out), close(err);
		if (server_too) {
			struct err e = { 0 };
			server_kill(rig.server);
			ck_assert_msg(server_restart(rig.server, &e), "%s", e.text);
		}
		if (is_half_made()) {
			n_half++;
			char *said = SAYS(3, "check");
			ck_assert_msg(strstr(said, "spotop db init") != NULL, "%s", said);
			free(said);
		}
		RUN(0, "db", "init");
		RUN(0, "db", "verify");
		char *now = everything();
		same(now, whole);
		free(now);
	}
	free(whole);
	ck_assert_int_ge(n_half, 4); /* on a busy machine one or another may be done before its cut */
}
END_TEST

/* A server that died between the parts of a table and the table. */
START_TEST(parts_without_their_table_are_no_obstacle)
{
	static const char *const files[] = { "frm", "par" };
	struct err e = { 0 };
	char path[300];
	make_database("CREATE DATABASE spot_optimizer");
	sql("CREATE TABLE spot_optimizer.pricing_canonical (n INT PRIMARY KEY) PARTITION BY RANGE (n) "
	    "(PARTITION "
	    "p_1 VALUES LESS THAN (10), PARTITION p_future VALUES LESS THAN MAXVALUE)");
	server_kill(rig.server);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/data/spot_optimizer/pricing_canonical.%s",
		         server_dir(rig.server), files[i]);
		ck_assert_int_eq(unlink(path), 0);
	}
	ck_assert_msg(server_restart(rig.server, &e), "%s", e.text);
	RUN(0, "db", "init");
	RUN(0, "db", "verify");
}
END_TEST

/* A login that may not make what comes later: what it lacks is said, and granted it goes on. */
START_TEST(a_refused_installation_is_completed)
{
	make_database(made[0]);
	RUN(0, "db", "init"); /* the owner is there, and stays when the database goes */
	make_database(made[0]);
	sql("CREATE OR REPLACE USER maker@localhost");
	sql("GRANT SET USER ON *.* TO maker@localhost");
	sql("GRANT CREATE, ALTER, DROP, INDEX, REFERENCES, SELECT, INSERT, UPDATE, DELETE, CREATE ROUTINE, "
	    "ALTER ROUTINE, EXECUTE, CREATE VIEW, SHOW VIEW ON spot_optimizer.* TO maker@localhost");
	struct rig_run run =
	        rig_spotop(&rig, false, (const char *const[]){ "-u", "maker", "db", "init", NULL });
	ck_assert_int_ne(run.code, 0);
	ck_assert_msg(strstr(run.err, "sql/schema/") && strstr(run.err, "TRIGGER"), "%s", run.err);
	ck_assert(is_half_made());
	rig_run_free(&run);
	sql("GRANT ALL ON spot_optimizer.* TO maker@localhost");
	RUN(4, "-u", "maker", "db", "init"); /* whole but for the roles */
	RUN(0, "db", "init");                /* by root: the roles */
	RUN(0, "db", "verify");
}
END_TEST

static TCase *case_of(const char *name, void (*start)(void))
{
	TCase *t = tcase_create(name);
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, start, end);
	tcase_add_test(t, the_schema_is_the_same);
	return t;
}

Suite *suite_schema_collations(void);
Suite *suite_schema_collations(void)
{
	Suite *s = suite_create("schema_collations");
	TCase *t = case_of("general_ci", begin_general);
	tcase_add_loop_test(t, every_statement_answers, 3, 4);
	tcase_add_test(t, views_answer_other_sessions);
	suite_add_tcase(s, t);
	t = case_of("unicode_ci", begin_unicode);
	tcase_add_loop_test(t, every_statement_answers, 4, 5);
	suite_add_tcase(s, t);
	t = case_of("uca1400_ai_ci", begin_uca1400);
	tcase_add_loop_test(t, every_statement_answers, 2, 3);
	tcase_add_test(t, a_broken_installation_is_completed);
	tcase_add_test(t, a_refused_installation_is_completed);
	tcase_add_test(t, parts_without_their_table_are_no_obstacle);
	suite_add_tcase(s, t);
	t = case_of("latin1", begin_latin1);
	tcase_add_loop_test(t, every_statement_answers, 0, 1);
	tcase_add_loop_test(t, every_statement_answers, 3, 4);
	tcase_add_loop_test(t, every_statement_answers, 4, 5);
	tcase_add_test(t, the_tail_follows);
	suite_add_tcase(s, t);
	return s;
}
