/* settings.c - whatever an administrator has set for all sessions of a server, by a global or by init_connect: an
 * import, a job, a verb, a view and the tail do and say what they always do. The login has no right that would spare
 * it the server's init_connect. */
#include "core/base/mem.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_settings(void);

enum { EVENTS = 12 };
#define LOGIN "-u", "plain"
static struct rig rig;

static void start(void)
{
	rig_start(&rig);
	rig_do(&rig, "CREATE USER plain");
	rig_do(&rig, "GRANT ALL ON spot_optimizer.* TO plain");
}
static void stop(void) { rig_stop(&rig); }

/* Each alone; what a variable is set to is given back afterwards. */
static const struct setting {
	const char *name, *value;
} settings[] = {
	{ "autocommit", "0" },
	{ "init_connect", "'SET autocommit = 0'" },
	{ "init_connect", "'START TRANSACTION READ ONLY'" },
	{ "init_connect", "'USE information_schema'" },
	{ "init_connect",
	  "'SET NAMES latin1, timestamp = 1000000000, sql_select_limit = 1, time_zone = ''-03:00'''" },
	{ "sql_select_limit", "5" },
	{ "completion_type", "'CHAIN'" },
	{ "completion_type", "'RELEASE'" },
	{ "max_join_size", "1" },
	{ "sql_big_selects", "0" },
	{ "foreign_key_checks", "0" },
	{ "unique_checks", "0" },
	{ "check_constraint_checks", "0" },
	{ "sql_safe_updates", "1" },
	{ "sql_auto_is_null", "1" },
	{ "sql_if_exists", "1" },
	{ "sql_mode", "'ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,NO_UNSIGNED_SUBTRACTION'" },
	{ "sql_mode", "'ORACLE'" },
	{ "sql_mode", "''" },
	{ "old_mode", "'ZERO_DATE_TIME_CAST'" },
	{ "div_precision_increment", "0" },
	{ "default_week_format", "3" },
	{ "max_sort_length", "64" },
	{ "max_recursive_iterations", "0" },
	{ "max_error_count", "0" },
	{ "group_concat_max_len", "8" },
	{ "lc_time_names", "'de_DE'" },
	{ "lc_messages", "'de_DE'" },
	{ "time_zone", "'+05:30'" },
	{ "tx_isolation", "'SERIALIZABLE'" },
	{ "tx_isolation", "'READ-UNCOMMITTED'" },
	{ "tx_read_only", "1" },
	{ "max_statement_time", "0.0001" },
	{ "lock_wait_timeout", "0" },
	{ "innodb_lock_wait_timeout", "0" },
	{ "innodb_strict_mode", "0" },
	{ "idle_transaction_timeout", "1" },
	{ "wait_timeout", "1" },
	{ "net_write_timeout", "1" },
	{ "big_tables", "1" },
	{ "optimizer_switch", "'derived_merge=off,subquery_cache=off,semijoin=off,materialization=off'" },
	{ "optimizer_search_depth", "1" },
	{ "join_cache_level", "8" },
	{ "default_regex_flags", "'EXTENDED,MULTILINE,DOTALL'" },
	{ "sort_buffer_size", "1024" },
	{ "max_sp_recursion_depth", "0" },
	{ "default_storage_engine", "MEMORY" },
	{ "default_tmp_storage_engine", "MEMORY" },
	{ "tmp_memory_table_size", "0" },
	{ "max_heap_table_size", "16384" },
	{ "alter_algorithm", "'INSTANT'" },
	{ "character_set_client", "latin1" },
	{ "character_set_results", "ascii" },
	{ "character_set_connection", "latin1" },
	{ "collation_connection", "'utf8mb4_turkish_ci'" },
	{ "collation_server", "'latin1_bin'" },
	{ "updatable_views_with_limit", "0" },
	{ "sql_warnings", "1" },
	{ "use_stat_tables", "'NEVER'" },
	{ "in_predicate_conversion_threshold", "2" },
	{ "standard_compliant_cte", "0" },
	{ "interactive_timeout", "1" },
	{ "net_read_timeout", "1" },
	{ "explicit_defaults_for_timestamp", "0" },
};

static struct rig_run spotop(const char *const *argv)
{
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == 0, "%s %s: exit %d: %s%s", argv[2], argv[3] ? argv[3] : "", r.code, r.out,
	              r.err);
	return r;
}

/* Rows that only this case adds: of its own minute. */
#define HOUR(minute) (2 * ((minute) / 60))
static void import_adds(int minute)
{
	char path[] = "/tmp/spotop-settings.XXXXXX", text[300];
	int fd = mkstemp(path);
	const char *argv[] = { LOGIN, "import", "prices", path, NULL };
	int n = snprintf(text, sizeof text,
	                 "timestamp,instance_type,region,availability_zone,spot_price\n"
	                 "2026-03-01T%02d:%02d:00Z,r3.large,us-east-1,us-east-1b,0.0410\n"
	                 "2026-03-01T%02d:%02d:00Z,r3.large,us-east-1,us-east-1b,0.0420\n",
	                 HOUR(minute), minute % 60, HOUR(minute) + 1, minute % 60);
	ck_assert_int_eq(write(fd, text, (size_t)n), n);
	close(fd);
	struct rig_run r = spotop(argv);
	ck_assert_msg(strstr(r.out, "2 added"), "%s%s", r.out, r.err);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM spot_price_snapshots WHERE observed_at IN "
	                            "('2026-03-01 %02d:%02d:00', '2026-03-01 %02d:%02d:00')",
	                            HOUR(minute), minute % 60, HOUR(minute) + 1, minute % 60),
	                 2);
	rig_run_free(&r);
	unlink(path);
}

static void job_completes(int minute)
{
	const char *argv[] = { LOGIN, "job", "run", "consolidate", NULL };
	long before = rig_number(&rig, "SELECT COUNT(*) FROM consolidation_jobs WHERE status = 'completed'");
	struct rig_run r = spotop(argv);
	rig_run_free(&r);
	ck_assert_int_gt(rig_number(&rig,
	                            "SELECT COUNT(*) FROM consolidation_jobs WHERE status = 'completed'"),
	                 before);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM consolidation_jobs WHERE status IN "
	                                  "('running', 'failed')"),
	                 0);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM pricing_consolidated WHERE observed_at IN "
	                            "('2026-03-01 %02d:%02d:00', '2026-03-01 %02d:%02d:00')",
	                            HOUR(minute), minute % 60, HOUR(minute) + 1, minute % 60),
	                 2);
}

static void verb_works(int i)
{
	char reason[16];
	snprintf(reason, sizeof reason, "case %d", i);
	const char *argv[] = { LOGIN,   "cordon", "r3.large.us-east-1a", "--for", "2h", "--reason", reason,
		               "--yes", NULL };
	struct rig_run r = spotop(argv);
	rig_run_free(&r);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spot_pools WHERE is_cordoned AND "
	                                  "cordoned_until BETWEEN NOW() + INTERVAL 119 MINUTE AND NOW() + "
	                                  "INTERVAL 121 MINUTE"),
	                 1);
	ck_assert_int_eq(
	        rig_number(&rig,
	                   "SELECT COUNT(*) FROM audit_log WHERE action = 'cordon' AND result = 'done' AND "
	                   "reason = '%s' AND at BETWEEN NOW() - INTERVAL 1 MINUTE AND NOW() + INTERVAL 1 "
	                   "MINUTE",
	                   reason),
	        1);
}

/* What a view says that does not change with the time. */
static char *view(void)
{
	const char *agents[] = { LOGIN,          "agents",    "-o",
		                 "csv",          "--columns", "agent,client,pool,primary_count",
		                 "--sort",       "agent",     "--filter",
		                 "agent~^agent", NULL };
	const char *pools[] = { LOGIN, "pools",     "-o",
		                "csv", "--columns", "pool,spot_usd_per_hour,saving,instances,az",
		                NULL };
	const char *clients[] = { LOGIN, "clients", "-o", "csv", NULL };
	struct rig_run a = spotop(agents), p = spotop(pools), c = spotop(clients);
	char *all = mem_printf("%s%s%s", a.out, p.out, c.out);
	rig_run_free(&a);
	rig_run_free(&p);
	rig_run_free(&c);
	return all;
}

/* All events that there are, each once, and then those to come: the reading goes on. */
static void tail_gives_all(void)
{
	const char *argv[] = { LOGIN, "tail", "--from", "start", "-o", "jsonl", NULL };
	char text[16384];
	size_t n = 0;
	int out, err, lines = 0;
	pid_t pid = rig_spawn(&rig, false, argv, &out, &err);
	struct pollfd p = { .fd = out, .events = POLLIN };
	while (lines < EVENTS + 1 && n < sizeof text - 1 && poll(&p, 1, 8000) > 0) {
		ssize_t k = read(out, text + n, sizeof text - 1 - n);
		if (k <= 0) break;
		for (ssize_t i = 0; i < k; i++) lines += text[n + (size_t)i] == '\n';
		n += (size_t)k;
		if (lines == EVENTS)
			rig_do(&rig, "INSERT INTO sse_events (client_id, expires_at, event_type, event_data) "
			             "SELECT id, NOW() + INTERVAL 1 DAY, "
			             "'EMERGENCY_EVENT', '{\"n\":1}' FROM clients");
	}
	text[n] = 0;
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	close(out), close(err);
	ck_assert_msg(lines == EVENTS + 1, "%d lines, not %d: %s", lines, EVENTS + 1, text);
	ck_assert_msg(strstr(text, "EMERGENCY_EVENT") != NULL, "%s", text);
}

static void setup(void)
{
	rig_fresh(&rig);
	rig_do(&rig, "DELETE FROM sse_events");
	rig_do(&rig, "DELETE FROM consolidation_jobs");
	for (int i = 0; i < EVENTS; i++)
		rig_do(&rig,
		       "INSERT INTO sse_events (client_id, expires_at, event_type, event_data) SELECT id, "
		       "NOW() + INTERVAL 1 DAY, 'HEARTBEAT', "
		       "'{\"n\":%d}' FROM clients",
		       i);
}

/* After each test, the failed ones too. */
static void give_back(void)
{
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		rig_do(&rig, "SET GLOBAL %s = DEFAULT", settings[i].name);
}

START_TEST(no_setting_of_the_server_changes_an_answer)
{
	const struct setting *s = &settings[_i];
	char *before = view();
	rig_do(&rig, "SET GLOBAL %s = %s", s->name, s->value);
	import_adds(_i);
	job_completes(_i);
	verb_works(_i);
	char *after = view();
	ck_assert_str_eq(after, before);
	tail_gives_all();
	free(before);
	free(after);
}
END_TEST

/* --- what doctor says of them --- */
static const struct cost {
	const char *name, *value;
	bool is_fault; /* exit 1 */
} costs[] = {
	{ "sql_mode", "''", false },
	{ "innodb_flush_log_at_trx_commit", "2", false },
	{ "innodb_deadlock_detect", "0", false },
	{ "innodb_file_per_table", "0", false },
	{ "innodb_strict_mode", "0", false },
	{ "table_open_cache", "100", false },
	{ "max_connections", "20", false },
	{ "tx_isolation", "'SERIALIZABLE'", false },
	{ "max_statement_time", "60", false },
	{ "wait_timeout", "60", false },
	{ "idle_transaction_timeout", "0", false },
	{ "init_connect", "'DO 1'", false },
	{ "autocommit", "0", false },
	{ "foreign_key_checks", "0", false },
	{ "max_prepared_stmt_count", "0", true },
	{ "max_allowed_packet", "524288", true },
};

static char *doctor(int want)
{
	const char *argv[] = { "doctor", NULL };
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == want, "doctor: exit %d, not %d: %s%s", r.code, want, r.out, r.err);
	free(r.err);
	return r.out;
}

/* A server without any of it is said to be so; the tests' own does not wait for its disk, and ends no transaction. */
static void sound(void)
{
	rig_do(&rig, "SET GLOBAL innodb_flush_log_at_trx_commit = 1");
	rig_do(&rig, "SET GLOBAL idle_transaction_timeout = 60");
	char *said = doctor(0);
	ck_assert_msg(strstr(said, "ok   settings: none") != NULL, "%s", said);
	free(said);
}

static void cost_back(void)
{
	for (size_t i = 0; i < ARRAY_LEN(costs); i++) rig_do(&rig, "SET GLOBAL %s = DEFAULT", costs[i].name);
}

START_TEST(doctor_tells_what_a_setting_costs)
{
	const struct cost *c = &costs[_i];
	rig_do(&rig, "SET GLOBAL %s = %s", c->name, c->value);
	char *said = doctor(c->is_fault ? 1 : 0),
	     *line = mem_printf("%-4s %s: ", c->is_fault ? "fail" : "warn", c->name);
	ck_assert_msg(strstr(said, line) != NULL, "no line '%s' in %s", line, said);
	ck_assert_msg(strstr(said, "settings: none") == NULL, "%s", said);
	free(said), free(line);
}
END_TEST

Suite *suite_settings(void)
{
	Suite *s = suite_create("settings");
	TCase *tc = tcase_create("settings");
	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_add_checked_fixture(tc, setup, give_back);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, no_setting_of_the_server_changes_an_answer, 0, ARRAY_LEN(settings));
	suite_add_tcase(s, tc);
	tc = tcase_create("doctor");
	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_add_checked_fixture(tc, sound, cost_back);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, doctor_tells_what_a_setting_costs, 0, ARRAY_LEN(costs));
	suite_add_tcase(s, tc);
	return s;
}
