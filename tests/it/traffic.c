/* traffic.c - what a fleet says all day, all of it at once: 32 agents, each with one link for its heartbeats and one for
 * its work (prices, claims, launches, promotions, terminations, notices), a gateway that speaks for all of them, and
 * operators. No deadlock reaches any of them, every agent has one primary and every count is true afterwards. A job that
 * a busy machine kept past its lease is undone, told, and done by the next run.
 * SPOTOP_TRAFFIC: that many seconds (15). */
#include "core/base/mem.h"
#include "tests/support/rig.h"
#include <check.h>
#include <mysql.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { AGENTS = 32, OPERATORS = 2, CELL = 200 };

/* What the children tell: how often each was done, how often each was undone for another's sake, and the first words. */
static struct heard {
	volatile int go, stop;
	volatile long heartbeats, claims, switches, promotions, verbs, refused;
	volatile long undone, broken, late;
	char first_undone[600], first_broken[600];
} * heard;

static struct rig rig;
static char ids[AGENTS][40];

static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

static long seconds(void)
{
	const char *asked = getenv("SPOTOP_TRAFFIC");
	return asked && atol(asked) > 0 ? atol(asked) : 15;
}

/* A client as an agent may be: whatever the server gives it for an isolation. */
static MYSQL *session(void)
{
	MYSQL *my = mysql_init(NULL);
	ck_assert_msg(mysql_real_connect(my, "localhost", "root", NULL, "spot_optimizer", 0, rig.socket,
	                                 CLIENT_MULTI_RESULTS) != NULL,
	              "%s", mysql_error(my));
	return my;
}

static void note(volatile long *n, char *first, size_t size, const char *sql, MYSQL *my)
{
	if (__sync_fetch_and_add(n, 1) == 0)
		snprintf(first, size, "%.300s: %u %.200s", sql, mysql_errno(my), mysql_error(my));
}

/* One statement and all its rows; the first cells of the first row go to cells, "" where there is none. A refusal (an
 * operator cancelled what the agent works on) is an answer too. */
__attribute__((format(printf, 4, 5))) static bool say(MYSQL *my, char cells[][CELL], unsigned n_cells,
                                                      const char *fmt, ...)
{
	char sql[900];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(sql, sizeof sql, fmt, ap);
	va_end(ap);
	for (unsigned i = 0; i < n_cells; i++) cells[i][0] = 0;
	bool is_first = true;
	int more = mysql_query(my, sql) ? 1 : 0;
	while (!more) {
		MYSQL_RES *res = mysql_store_result(my);
		MYSQL_ROW row = res && is_first ? mysql_fetch_row(res) : NULL;
		for (unsigned i = 0; row && i < n_cells && i < mysql_num_fields(res); i++)
			snprintf(cells[i], CELL, "%s", row[i] ? row[i] : "");
		is_first = is_first && !res;
		mysql_free_result(res);
		more = mysql_next_result(my);
	}
	unsigned no = mysql_errno(my);
	if (no == 1213 || no == 1205 || no == 1020)
		note(&heard->undone, heard->first_undone, sizeof heard->first_undone, sql, my);
	else if (no >= 30001 && no <= 30004)
		__sync_fetch_and_add(&heard->refused, 1);
	else if (no)
		note(&heard->broken, heard->first_broken, sizeof heard->first_broken, sql, my);
	return no == 0;
}

static void heartbeat(int who)
{
	MYSQL *my = session();
	for (char cells[1][CELL]; !heard->stop;) {
		if (say(my, cells, 1,
		        "CALL agent_heartbeat('%s', 'online', '{\"agent_version\": \"7.%ld\"}')", ids[who],
		        heard->heartbeats % 50))
			__sync_fetch_and_add(&heard->heartbeats, 1);
	}
	mysql_close(my);
}

/* A gateway's heartbeat for everybody. */
static void heartbeat_all(int who)
{
	(void)who;
	MYSQL *my = session();
	char list[AGENTS * 42] = "";
	for (int i = 0; i < AGENTS; i++)
		snprintf(list + strlen(list), sizeof list - strlen(list), "%s\"%s\"", i ? "," : "", ids[i]);
	while (!heard->stop) {
		char sql[sizeof list + 60];
		snprintf(sql, sizeof sql, "CALL agents_heartbeat('[%s]')", list);
		if (mysql_query(my, sql)) {
			note(mysql_errno(my) == 1213 ? &heard->undone : &heard->broken, heard->first_undone,
			     sizeof heard->first_undone, "agents_heartbeat", my);
		} else {
			do mysql_free_result(mysql_store_result(my));
			while (mysql_next_result(my) == 0);
		}
		usleep(20000);
	}
	mysql_close(my);
}

static const char zones[] = "abe";

static void report(MYSQL *my, const char *agent, const char *instance, int n)
{
	say(my, NULL, 0,
	    "CALL agent_report_prices('%s', '%s', 'primary', '[{\"pool\": \"r3.large.us-east-1%c\", "
	    "\"price\": "
	    "0.02%02d}, {\"pool\": \"r3.large.us-east-1%c\", \"price\": 0.03%02d}]')",
	    agent, instance, zones[n % 3], n % 90 + 1, zones[(n + 1) % 3], n % 70 + 1);
}

/* A new instance from its launch until it is the primary, and the old one's end; command "" is none. */
static bool renew(MYSQL *my, const char *agent, char instance[CELL], const char *neu, const char *command,
                  const char *fence, int n)
{
	char quoted[CELL + 2] = "NULL";
	bool has_command = *command != 0;
	if (has_command) snprintf(quoted, sizeof quoted, "'%s'", command);
	bool ok = say(my, NULL, 0,
	              "CALL instance_launching('%s', '%s', 'r3.large.us-east-1%c', 'spot', '%s', %s)", agent,
	              neu, zones[n % 3], n % 2 ? "primary" : "replica", quoted) &&
	          (!has_command || say(my, NULL, 0, "CALL agent_progress('%s', '%s', %s, 'launching', NULL)",
	                               agent, command, fence)) &&
	          say(my, NULL, 0, "CALL instance_running('%s')", neu) &&
	          say(my, NULL, 0, "CALL promote_instance_to_primary('%s', NULL)", neu);
	if (!ok) return false;
	__sync_fetch_and_add(&heard->promotions, 1);
	if (*instance && (say(my, NULL, 0, "CALL instance_terminating('%s')", instance)))
		say(my, NULL, 0, "CALL instance_terminated('%s')", instance);
	snprintf(instance, CELL, "%s", neu);
	return true;
}

/* One agent's work, in the order of the contract. */
static void work(int who)
{
	MYSQL *my = session();
	char instance[CELL], cells[11][CELL], neu[40];
	const char *agent = ids[who];
	say(my, &instance, 1, "SELECT id FROM instances WHERE primary_of = '%s'", agent);
	for (int n = who; !heard->stop; n++) {
		snprintf(neu, sizeof neu, "t-%02d-%d", who, n);
		say(my, cells, 11, "CALL agent_claim('%s', 60)", agent);
		if (cells[0][0]) { /* command_id ... fence */
			char command[CELL], fence[CELL], was[CELL];
			snprintf(command, sizeof command, "%s", cells[0]);
			snprintf(fence, sizeof fence, "%s", cells[9]);
			snprintf(was, sizeof was, "%s", instance);
			__sync_fetch_and_add(&heard->claims, 1);
			if (renew(my, agent, instance, neu, command, fence, n) &&
			    say(my, NULL, 0,
			        "CALL agent_complete('%s', '%s', %s, '{\"old_instance_id\": \"%s\", "
			        "\"new_instance_id\": \"%s\", \"downtime_seconds\": 1, \"boot_seconds\": "
			        "2}')",
			        agent, command, fence, was, neu))
				__sync_fetch_and_add(&heard->switches, 1);
		} else if (n % 4 == 0) {
			say(my, NULL, 0, "CALL agent_notice('%s', 'termination', NOW() + INTERVAL 2 MINUTE)",
			    agent);
			renew(my, agent, instance, neu, "", "", n);
			say(my, NULL, 0, "CALL agent_notice('%s', 'none', NULL)", agent);
		}
		report(my, agent, instance, n);
		if (n % 16 == 0)
			say(my, NULL, 0,
			    "CALL agent_register('acme', 'agent-%03d', '{\"agent_version\": \"8.%d\"}')",
			    who + 1, n % 7);
	}
	mysql_close(my);
}

/* People: switches, settings, promotions, cancels. */
static void operate(int who)
{
	MYSQL *my = session();
	char cells[8][CELL];
	for (int n = who; !heard->stop; n++) {
		const char *agent = ids[n * 7 % AGENTS];
		say(my, cells, 4,
		    "CALL verb_switch(UUID(), '%s', '{\"pool\":\"r3.large.us-east-1%c\"}', NULL, FALSE, "
		    "'[\"pool_notice\",\"opposite_pending\",\"target_is_current\",\"share_az\",\"share_"
		    "pool\"]', "
		    "'traffic', 't', 'h')",
		    agent, zones[n % 3]);
		if (strcmp(cells[3], "done") == 0) __sync_fetch_and_add(&heard->verbs, 1);
		if (n % 5 == 0)
			say(my, NULL, 0,
			    "CALL verb_config(UUID(), '%s', '{\"set\":{\"terminate_wait_seconds\":\"%d\"}}', "
			    "NULL, "
			    "FALSE, '[]', 'traffic', 't', 'h')",
			    agent, n % 600);
		usleep(10000);
	}
	mysql_close(my);
}

/* The worker's upkeep. */
static const char *const jobs[] = { "commands", "pool-stats", "alerts" };

static struct rig_run run_job(int n)
{
	const char *const argv[] = { "job", "run", jobs[n % 3], NULL };
	return rig_spotop(&rig, false, argv);
}

static void keep_up(int who)
{
	for (int n = who; !heard->stop; n++) {
		struct rig_run run = run_job(n);
		bool is_undone = strstr(run.err, "1213") || strstr(run.err, "1205");
		if (run.code != 0 && is_undone && __sync_fetch_and_add(&heard->broken, 1) == 0)
			snprintf(heard->first_broken, sizeof heard->first_broken, "job run %s: %d: %s",
			         jobs[n % 3], run.code, run.err);
		else if (run.code != 0)
			__sync_fetch_and_add(&heard->late, 1);
		rig_run_free(&run);
		usleep(200000);
	}
}

/* Each run that did not end is told, and the next one of its job does all that it left. */
static void catch_up(void)
{
	for (int n = 0; n < 3; n++) {
		struct rig_run run = run_job(n);
		ck_assert_msg(run.code == 0, "job run %s afterwards: %d: %s", jobs[n], run.code, run.err);
		rig_run_free(&run);
	}
	if (heard->late) printf("traffic: %ld runs of jobs were late\n", heard->late);
	ck_assert_int_ge(rig_number(&rig, "SELECT COUNT(*) FROM consolidation_jobs WHERE status = 'failed' "
	                                  "AND chunk = ''"),
	                 heard->late);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM consolidation_jobs WHERE status = 'running'"),
	                 0);
}

static void child(void (*run)(int), int who)
{
	if (fork()) return;
	while (!heard->go) usleep(500);
	run(who);
	_exit(0);
}

/* Everybody, for so long; no child may have ended but of itself. */
static void run_all(void)
{
	for (int i = 0; i < AGENTS; i++) {
		child(heartbeat, i);
		child(work, i);
	}
	child(heartbeat_all, 0);
	child(keep_up, 0);
	for (int i = 0; i < OPERATORS; i++) child(operate, i);
	heard->go = 1;
	for (long i = 0; i < seconds(); i++) usleep(1000000);
	heard->stop = 1;
	for (int status; wait(&status) > 0;) ck_assert_msg(status == 0, "a child ended with %d", status);
	printf("traffic: %ld s, %ld heartbeats, %ld claims, %ld switches, %ld promotions, %ld verbs, %ld "
	       "refused\n",
	       seconds(), heard->heartbeats, heard->claims, heard->switches, heard->promotions, heard->verbs,
	       heard->refused);
}

/* What the server says of the last one: statements and locks, without the rows' bytes. */
static void tell_deadlock(void)
{
	MYSQL *my = session();
	MYSQL_RES *r = mysql_query(my, "SHOW ENGINE INNODB STATUS") ? NULL : mysql_store_result(my);
	MYSQL_ROW row = r ? mysql_fetch_row(r) : NULL;
	char *at = row ? strstr(row[2], "LATEST DETECTED DEADLOCK") : NULL, *rest = NULL;
	for (char *line = at ? strtok_r(at, "\n", &rest) : NULL;
	     line && strncmp(line, "*** WE ROLL", 11) != 0; line = strtok_r(NULL, "\n", &rest))
		if (line[0] != ' ' && strncmp(line, "Record lock", 11) != 0)
			fprintf(stderr, "%.300s\n", line);
	mysql_free_result(r);
	mysql_close(my);
}

START_TEST(a_fleet_at_work_meets_no_deadlock)
{
	rig_fresh(&rig);
	heard = mmap(NULL, sizeof *heard, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	rig_do(&rig, "UPDATE clients SET metadata = JSON_OBJECT('max_touched_share', 1)");
	rig_do(&rig, "REPLACE INTO agent_configs (agent_id, max_switches_per_week, min_pool_duration_hours, "
	             "min_savings_percent) SELECT id, 255, 0, 0 FROM agents");
	for (int i = 0; i < AGENTS; i++) {
		char *id =
		        rig_text(&rig, "SELECT id FROM agents WHERE logical_agent_id = 'agent-%03d'", i + 1);
		snprintf(ids[i], sizeof ids[i], "%s", id);
		free(id);
	}
	run_all();
	if (heard->undone) tell_deadlock();
	ck_assert_msg(heard->broken == 0, "%ld broke, the first: %s", heard->broken, heard->first_broken);
	ck_assert_msg(heard->undone == 0, "%ld were undone, the first: %s", heard->undone,
	              heard->first_undone);
	catch_up();
	ck_assert_msg(heard->switches > 0 && heard->promotions > heard->switches && heard->verbs > 0,
	              "%ld switches, %ld promotions, %ld verbs", heard->switches, heard->promotions,
	              heard->verbs);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM agents a WHERE (SELECT COUNT(*) FROM "
	                                  "instances i WHERE "
	                                  "i.primary_of = a.id) <> 1"),
	                 0);
	static const char *const verify[] = { "db", "verify", NULL };
	struct rig_run run = rig_spotop(&rig, false, verify);
	ck_assert_msg(run.code == 0, "db verify: %d: %s%s", run.code, run.out, run.err);
	rig_run_free(&run);
}
END_TEST

Suite *suite_traffic(void);
Suite *suite_traffic(void)
{
	Suite *s = suite_create("traffic");
	TCase *t = tcase_create("traffic");
	tcase_set_timeout(t, (double)(seconds() * 2 + 120));
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_test(t, a_fleet_at_work_meets_no_deadlock);
	suite_add_tcase(s, t);
	return s;
}
