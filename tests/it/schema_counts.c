/* schema_counts.c - the report's views against the report's own definitions, after random work: alone, with
 * rollbacks, cascades and refusals; by many writers at once; and one primary whatever they do. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/rig.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct rig rig;

/* tests/it/sql/random.sql: t_fleet, t_work(seed, n, deletes), t_compare. */
static void load_random(void)
{
	char cmd[400];
	snprintf(cmd, sizeof cmd,
	         "mariadb --no-defaults -u root -S %s spot_optimizer < tests/it/sql/random.sql", rig.socket);
	ck_assert_int_eq(system(cmd), 0);
}

static void start(void)
{
	rig_start(&rig);
	load_random();
}
static void stop(void) { rig_stop(&rig); }
static void fresh(void)
{
	rig_fresh(&rig);
	rig_do(&rig, "DELETE FROM clients");
	rig_do(&rig, "CALL t_fleet()");
}

static void compare(const char *when)
{
	struct table *t = rig_table(&rig, "CALL t_compare()");
	for (size_t i = 0; i < t->n_cols; i++)
		ck_assert_msg(strcmp(t->cells[i].s, "0") == 0, "%s: %s rows differ in %s", when,
		              t->cells[i].s, t->names[i]);
	table_free(t);
}

START_TEST(views_equal_the_reports_after_random_work)
{
	rig_do(&rig, "CALL t_work(%d, 800, TRUE)", 4711 + _i);
	long refused = rig_number(&rig, "SELECT n FROM t_refused WHERE seed = %d", 4711 + _i);
	ck_assert_int_gt(refused,
	                 10); /* the rules were in the way now and then, and rolled back what was half done */
	ck_assert_int_lt(refused, 500);
	compare("after the work");
	rig_do(&rig, "CALL instance_counts_recount()");
	compare("after a recount");
}
END_TEST

START_TEST(bulk_loads_count_afterwards)
{
	rig_do(&rig, "BEGIN NOT ATOMIC CALL bulk_begin(); CALL t_work(99, 300, FALSE); CALL "
	             "bulk_end(); END");
	rig_do(&rig, "CALL instance_counts_recount()");
	compare("after a bulk load and a recount");
}
END_TEST

/* Runs `n` of work(i), each in a process of its own; true when all ended well. */
static bool at_once(int n, int (*work)(int i))
{
	bool ok = true;
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();
		if (pid == 0) _exit(work(i));
		ck_assert_int_gt(pid, 0);
	}
	for (int i = 0, status; i < n; i++)
		if (wait(&status) > 0) ok = ok && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	return ok;
}

static int random_work(int i)
{
	/* A deadlock is an answer too (error 1213, or 1020): its work is undone, and the counts with it. */
	unsigned no = rig_try(&rig, "CALL t_work(%d, 250, %s)", 100 + i, i % 4 ? "FALSE" : "TRUE");
	return no != 0 && no != 1213 && no != 1205 && no != 1020;
}

START_TEST(views_equal_the_reports_after_many_writers)
{
	ck_assert(at_once(8, random_work));
	compare("after 8 writers");
}
END_TEST

/* The last of them counts anew, from counts that are all wrong. */
static int work_or_count(int i)
{
	if (i < 6) return random_work(i);
	for (int k = 0; k < 5; k++)
		if (rig_try(&rig, "CALL instance_counts_recount()") != 0) return 1;
	return 0;
}

START_TEST(a_recount_goes_on_beside_writers)
{
	rig_do(&rig, "UPDATE spotop_agent_counts SET total_instances = 77, zombie_count = 5");
	rig_do(&rig, "DELETE FROM spotop_agent_counts LIMIT 9");
	rig_do(&rig, "UPDATE spotop_pool_counts SET total_instances = 77");
	rig_do(&rig, "DELETE FROM spotop_pool_counts LIMIT 3");
	ck_assert(at_once(7, work_or_count));
	compare("after 6 writers and a recount");
}
END_TEST

enum { LAUNCHERS = 5, LAUNCHES = 100, RECOUNTS = 14 };

/* Each instance is of a type of its own, so that it makes a count where none was. The last one counts anew and looks: one
 * statement sees the counts and the instances of one moment, whoever is at work. */
static int launch_or_count(int i)
{
	struct table *t;
	for (int k = 0; i < LAUNCHERS && k < LAUNCHES; k++) {
		unsigned no =
		        rig_try(&rig,
		                "INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, "
		                "current_pool_id, instance_status) SELECT 'i-%d-%d', client_id, id, "
		                "'t%d-%d', 'us-east-1', 'us-east-1b', 'r3.large.us-east-1b', 'launching' "
		                "FROM agents ORDER BY id LIMIT 1",
		                i, k, i, k);
		if (no && no != 1213 && no != 1205) return 1; /* a deadlock is an answer too */
	}
	for (int k = 0; i == LAUNCHERS && k < RECOUNTS; k++) {
		if (rig_try(&rig, "CALL instance_counts_recount()") != 0) return 1;
		t = rig_table(&rig, "CALL t_compare()");
		bool is_right = strcmp(table_get(t, 0, "totals"), "0") == 0;
		table_free(t);
		if (!is_right) return 2;
	}
	return 0;
}

START_TEST(a_recount_counts_nothing_twice)
{
	ck_assert(at_once(LAUNCHERS + 1, launch_or_count));
	compare("after 5 writers and the last recount");
}
END_TEST

enum { WRITERS = 32 };

static int promote_mine(int i)
{
	for (int k = 0; k < 6; k++) {
		unsigned no = k % 2 ? rig_try(&rig, "CALL promote_instance_to_primary('p-%02d', NULL)",
		                              (i + k) % WRITERS)
		                    : rig_try(&rig,
		                              "UPDATE instances SET instance_status = 'running_primary', "
		                              "is_primary = TRUE WHERE id = 'p-%02d'",
		                              (i + k) % WRITERS);
		/* refused by the state machine, by the unique key, or a deadlock: any of these; nothing else */
		if (no && no != 30001 && no != 1062 && no != 1213 && no != 1205 && no != 1020) return 1;
	}
	return 0;
}

START_TEST(two_primaries_cannot_be)
{
	rig_do(&rig, "INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, "
	             "instance_status) SELECT CONCAT('p-', LPAD(seq - 1, 2, '0')), "
	             "client_id, id, 't', 'r', 'z', 'running_replica' FROM agents, seq_1_to_32 WHERE "
	             "logical_agent_id = (SELECT MIN(logical_agent_id) FROM agents)");
	ck_assert(at_once(WRITERS, promote_mine));
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM instances WHERE is_primary"), 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT MAX(primary_count) FROM v_agent_health_summary"), 1);
	compare("after 32 writers");
}
END_TEST

/* Writers of one row each cannot deadlock: instance, agent's count, client's share, always so. */
static int one_row_writes(int i)
{
	for (int k = 0; k < 25; k++)
		if (rig_try(&rig, "UPDATE instances SET spot_price = %d / 1000 WHERE id = 'p-%02d'",
		            i + k + 1, (i * 7 + k) % WRITERS))
			return 1;
	return 0;
}

START_TEST(single_row_writers_do_not_deadlock)
{
	rig_do(&rig, "INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, "
	             "instance_status) SELECT CONCAT('p-', LPAD(seq - 1, 2, '0')), "
	             "client_id, id, 't', 'r', 'z', 'running_replica' FROM agents, seq_1_to_32 WHERE "
	             "logical_agent_id = (SELECT MIN(logical_agent_id) FROM agents)");
	ck_assert(at_once(8, one_row_writes));
	compare("after single-row writers");
}
END_TEST

/* Random work by 8 writers, whose connections are killed in the midst of it, and now and then the server with
 * them; whatever was half done is undone, and the counts with it. SPOTOP_COUNTS: that many operations, those of
 * the killed not counted. */
enum { SOAKERS = 8, SOAK_CALL = 100, SOAK_SLICE = 100000 };

static int soak_slice, soak_round, soak_calls = 2;

/* A million takes longer than Check can count for one test. */
static int n_soaks(void)
{
	const char *asked = getenv("SPOTOP_COUNTS");
	return asked ? (int)((atol(asked) + SOAK_SLICE - 1) / SOAK_SLICE) : 1;
}

static int soak_work(int i)
{
	for (int k = 0; k < soak_calls; k++) {
		char *said = rig_error(&rig, "CALL t_work(%d, %d, %s)",
		                       (soak_slice * 1000 + soak_round) * SOAKERS * soak_calls +
		                               i * soak_calls + k + 5000,
		                       SOAK_CALL, i == 0 ? "TRUE" : "FALSE");
		free(said); /* killed, or the server is gone: the next call goes on, or fails as well */
	}
	return 0;
}

/* Kills connections at work until `n` children have ended; `crash`: and the server, early on. Returns how many. */
static int kill_until_ended(int n, bool crash)
{
	int n_killed = 0;
	for (int ended = 0, turn = 0, status; ended < n; turn++) {
		for (pid_t pid; ended < n && (pid = waitpid(-1, &status, WNOHANG)) > 0;
		     ended += pid != rig.proxy_pid)
			;
		struct timespec pause = { .tv_nsec = 20000000 };
		nanosleep(&pause, NULL);
		if (crash && turn == 15) rig_kill_server(&rig);
		if ((crash && turn >= 15) || turn % 50 != 5) continue;
		char *said =
		        rig_error(&rig, "BEGIN NOT ATOMIC DECLARE v BIGINT DEFAULT (SELECT id FROM "
		                        "information_schema.PROCESSLIST WHERE DB = DATABASE() AND id <> "
		                        "CONNECTION_ID() ORDER BY RAND() LIMIT 1); IF v IS NOT NULL THEN "
		                        "EXECUTE IMMEDIATE CONCAT('KILL ', v); END IF; END");
		n_killed += !*said;
		free(said);
	}
	return n_killed;
}

START_TEST(no_drift_whoever_is_killed)
{
	const char *asked = getenv("SPOTOP_COUNTS");
	long want = asked ? (atol(asked) + n_soaks() - 1) / n_soaks() : 1500, done = 0, crashes = 0,
	     killed = 0;
	if (want >= SOAK_SLICE / 2) soak_calls = 20; /* a server's start is dearer than a round's work */
	soak_slice = _i;
	rig_do(&rig, "DELETE FROM t_refused");
	for (soak_round = 1; done < want || !killed || !crashes; soak_round++) {
		bool crash = soak_round % 3 == 2;
		for (int i = 0; i < SOAKERS; i++) {
			pid_t pid = fork();
			if (pid == 0) _exit(soak_work(i));
			ck_assert_int_gt(pid, 0);
		}
		killed += kill_until_ended(SOAKERS, crash);
		if (crash) rig_start_server(&rig);
		crashes += crash;
		compare(crash ? "after the server was killed" : "after connections were killed");
		done = SOAK_CALL * rig_number(&rig, "SELECT COUNT(*) FROM t_refused");
		rig_do(&rig, "DELETE FROM clients");
		rig_do(&rig, "CALL t_fleet()");
	}
	if (asked)
		printf("%ld operations, %ld connections and %ld times the server killed: no drift\n", done,
		       killed, crashes);
}
END_TEST

Suite *suite_schema_counts(void);
Suite *suite_schema_counts(void)
{
	Suite *s = suite_create("schema_counts");
	TCase *t = tcase_create("counts");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_add_loop_test(t, views_equal_the_reports_after_random_work, 0, 3);
	tcase_add_test(t, bulk_loads_count_afterwards);
	tcase_add_test(t, views_equal_the_reports_after_many_writers);
	tcase_add_test(t, a_recount_goes_on_beside_writers);
	tcase_add_test(t, a_recount_counts_nothing_twice);
	tcase_add_test(t, two_primaries_cannot_be);
	tcase_add_test(t, single_row_writers_do_not_deadlock);
	suite_add_tcase(s, t);
	t = tcase_create("soak");
	tcase_set_timeout(t, getenv("SPOTOP_COUNTS") ? 4 * 3600 : 240);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_add_loop_test(t, no_drift_whoever_is_killed, 0, n_soaks());
	suite_add_tcase(s, t);
	return s;
}
