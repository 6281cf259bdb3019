/* deadlines.c - who makes it and who does not: seconds left against what takes over, given the replica's state
 * and which pools may be used; a rebalance is a risk with the fleet's own rate. Each case is made in the
 * database and read as a program reads it. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/rig.h"
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

#define ME "logical_agent_id = 'agent-002'"
#define E  "r3.large.us-east-1e"
#define A  "r3.large.us-east-1a"
#define TERM(s)                                                                                           \
	"UPDATE agents SET notice_status = 'termination', notice_received_at = NOW(), notice_deadline = " \
	"NOW() + INTERVAL " s " SECOND WHERE " ME
/* n switches into the pool that booted in `from` to `to` seconds, as the agents report them, and its figures. */
#define BOOTS(pool, n, from, to)                                                                            \
	"INSERT INTO switches (client_id, agent_id, new_instance_type, new_region, new_az, new_mode, "      \
	"new_pool_id, initiated_at, switched_at, boot_seconds) SELECT a.client_id, a.id, p.instance_type, " \
	"p.region, p.az, 'spot', p.id, NOW() - INTERVAL seq + 2 MINUTE, NOW() - INTERVAL seq MINUTE, " from \
	" + (seq - 1) * (" to " - " from ") DIV (" n " - 1) FROM seq_1_to_" n                               \
	" JOIN agents a JOIN spot_pools p ON p.id = '" pool "' WHERE a." ME,                                \
	        "UPDATE spot_pools SET boot_p95_seconds = " to ", boot_n_30d = " n                          \
	        ", avg_boot_time_seconds = " from ", boot_sample_count = " n " WHERE id = '" pool "'"
#define POOL(type, region, az)                                                                            \
	"INSERT IGNORE INTO spot_pools (id, instance_type, region, az) VALUES ('" type "." az "', '" type \
	"', '" region "', '" az "')"
#define LAUNCHING(pool, ago)                                                                                \
	"INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_pool_id, "      \
	"instance_status, "                                                                                 \
	"launch_requested_at) SELECT 'i-new', client_id, id, 'r3.large', 'us-east-1', 'us-east-1e', '" pool \
	"', 'launching', "                                                                                  \
	"NOW() - INTERVAL " ago " SECOND FROM agents WHERE " ME
#define REPLICA(id)                                                                                    \
	"INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_pool_id, " \
	"instance_status, launch_requested_at, launch_confirmed_at) SELECT '" id                       \
	"', client_id, id, 'r3.large', 'us-east-1', 'us-east-1e', '" E "', 'running_replica', NOW(), " \
	"NOW() FROM agents WHERE " ME

static const struct deadline_case {
	const char *what, *sql[8], *says; /* says: # is a number that time moves */
	int margin;                       /* of the number at its end, or 9999: it has none */
} cases[] = {
	{ "no replica, time enough",
	  { TERM("100"), BOOTS(E, "100", "43", "62") },
	  "nothing is launching; " E " boots in 61 s (n=100): MAKES IT +#",
	  39 },
	{ "no replica, too late",
	  { TERM("31"), BOOTS(E, "30", "52", "52") },
	  "nothing is launching; " E " boots in 52 s (n=30): MISSES BY #",
	  21 },
	{ "a replica is ready", { TERM("48"), REPLICA("r-002") }, "replica r-002 is ready: MAKES IT +#", 48 },
	{ "and is promoted in its time",
	  { TERM("48"), REPLICA("r-002"),
	    "UPDATE spot_pools SET downtime_p95_seconds = 9, downtime_n_30d = 61 WHERE id = '" E "'" },
	  "replica r-002 is ready, promoted in 9 s (n=61): MAKES IT +#",
	  39 },
	{ "an instance is launching: what is left of its boot counts",
	  { TERM("90"), BOOTS(E, "40", "50", "50"), LAUNCHING(E, "20") },
	  "i-new is launching for # s of 50 s in " E " (n=40): MAKES IT +#",
	  60 },
	{ "and may still be too late",
	  { TERM("10"), BOOTS(E, "40", "50", "50"), LAUNCHING(E, "20") },
	  "i-new is launching for # s of 50 s in " E " (n=40): MISSES BY #",
	  20 },
	{ "the boots that were over by now do not count",
	  { TERM("60"), BOOTS(E, "100", "20", "50"), BOOTS(E, "25", "120", "120"), LAUNCHING(E, "70") },
	  "i-new is launching for # s of 120 s in " E " (n=25): MAKES IT +#",
	  10 },
	{ "the promotion counts",
	  { TERM("100"), BOOTS(E, "40", "50", "50"), "UPDATE switches SET downtime_seconds = 12",
	    LAUNCHING(E, "20") },
	  "i-new is launching for # s of 62 s in " E " (n=40): MAKES IT +#",
	  58 },
	{ "a launch that failed has to be done again",
	  { TERM("119"), BOOTS(E, "40", "50", "50"),
	    "UPDATE switches SET success = FALSE, boot_seconds = NULL, initiated_at = switched_at - INTERVAL "
	    "30 "
	    "SECOND LIMIT 3" },
	  "nothing is launching; " E " boots in 80 s (n=40, 3 failed): MAKES IT +#",
	  39 },
	{ "one of forty is within the hundred's five",
	  { TERM("100"), BOOTS(E, "40", "50", "50"),
	    "UPDATE switches SET success = FALSE, boot_seconds = NULL LIMIT 1" },
	  "nothing is launching; " E " boots in 50 s (n=40, 1 failed): MAKES IT +#",
	  50 },
	{ "all that were tried failed",
	  { TERM("100"), BOOTS(E, "40", "50", "50"), "UPDATE switches SET success = FALSE" },
	  "nothing is launching; " E ", 40 of 40 such launches failed: NOT KNOWN",
	  9999 },
	{ "longer than any boot ever seen",
	  { TERM("79"), BOOTS(E, "100", "28", "59"), LAUNCHING(E, "65") },
	  "i-new is launching for # s in " E ", the longest boot seen took 59 s (n=100): OVERRUN, unknown",
	  9999 },
	{ "few of the pool: those of its region and type",
	  { TERM("100"), BOOTS(E, "19", "20", "20"), BOOTS(A, "40", "70", "70"), LAUNCHING(E, "10") },
	  "i-new is launching for # s of 70 s in " E " (n=59 of its region and type): MAKES IT +#",
	  40 },
	{ "few of these too: those of its region",
	  { TERM("100"), BOOTS(E, "10", "20", "20"), POOL("c3.xlarge", "us-east-1", "us-east-1a"),
	    BOOTS("c3.xlarge.us-east-1a", "40", "80", "80"), LAUNCHING(E, "10") },
	  "i-new is launching for # s of 80 s in " E " (n=50 of its region): MAKES IT +#",
	  30 },
	{ "few of these: those of the fleet",
	  { TERM("100"), BOOTS(E, "10", "20", "20"), POOL("r3.large", "eu-west-1", "eu-west-1a"),
	    BOOTS("r3.large.eu-west-1a", "40", "85", "85"), LAUNCHING(E, "10") },
	  "i-new is launching for # s of 85 s in " E " (n=50 of the fleet): MAKES IT +#",
	  25 },
	{ "few of these: those of the fleet, on demand too",
	  { TERM("100"), BOOTS(E, "10", "20", "20"),
	    "INSERT INTO switches (client_id, agent_id, new_instance_type, new_region, new_mode, "
	    "initiated_at, "
	    "switched_at, boot_seconds) SELECT client_id, id, 'c3.xlarge', 'eu-west-1', 'ondemand', NOW() - "
	    "INTERVAL seq + 2 MINUTE, NOW() - INTERVAL seq MINUTE, 85 FROM agents, seq_1_to_40 WHERE " ME,
	    LAUNCHING(E, "10") },
	  "i-new is launching for # s of 85 s in " E " (n=50 of the fleet): MAKES IT +#",
	  25 },
	{ "few in all: the slowest, and never in time",
	  { TERM("100"), BOOTS(E, "10", "20", "24"), LAUNCHING(E, "10") },
	  "i-new is launching for # s of 24 s in " E " (slowest of 10 of the fleet): NOT KNOWN",
	  9999 },
	{ "few in all, and too late",
	  { TERM("5"), BOOTS(E, "10", "40", "60"), LAUNCHING(E, "10") },
	  "i-new is launching for # s of 60 s in " E " (slowest of 10 of the fleet): MISSES BY #",
	  45 },
	{ "none in all", { TERM("100") }, "its boot time is not known (n=0): NOT KNOWN", 9999 },
	{ "the fastest of the usable pools",
	  { TERM("100"), BOOTS(E, "40", "62", "62"), BOOTS(A, "40", "40", "40") },
	  "nothing is launching; " A " boots in 40 s (n=40): MAKES IT +#",
	  60 },
	{ "the agent's own choice comes first",
	  { TERM("100"), BOOTS(E, "40", "62", "62"), BOOTS(A, "40", "40", "40"),
	    "UPDATE agents SET fastest_boot_pool_id = '" E "' WHERE " ME },
	  "nothing is launching; " E " boots in 62 s (n=40): MAKES IT +#",
	  38 },
	{ "a cordoned pool is no way out",
	  { TERM("100"), BOOTS(E, "40", "62", "62"), BOOTS(A, "40", "40", "40"),
	    "UPDATE spot_pools SET is_cordoned = TRUE WHERE id = '" A "'" },
	  "nothing is launching; " E " boots in 62 s (n=40): MAKES IT +#",
	  38 },
	{ "nor one under notice itself",
	  { TERM("100"), BOOTS(E, "40", "62", "62"), BOOTS(A, "40", "40", "40"),
	    "UPDATE instances SET current_pool_id = '" A "' WHERE id = 'i-003'",
	    "UPDATE agents SET notice_status = 'rebalance' WHERE logical_agent_id = 'agent-003'" },
	  "nothing is launching; " E " boots in 62 s (n=40): MAKES IT +#",
	  38 },
	{ "nor an inactive one",
	  { TERM("100"), BOOTS(E, "40", "62", "62"), BOOTS(A, "40", "40", "40"),
	    "UPDATE spot_pools SET is_active = FALSE WHERE id = '" A "'" },
	  "nothing is launching; " E " boots in 62 s (n=40): MAKES IT +#",
	  38 },
	{ "nor a blacklisted one",
	  { TERM("100"), BOOTS(E, "40", "62", "62"), BOOTS(A, "40", "40", "40"),
	    "INSERT INTO agent_configs (agent_id, blacklist_pools) SELECT id, '[\"" A
	    "\"]' FROM agents WHERE " ME },
	  "nothing is launching; " E " boots in 62 s (n=40): MAKES IT +#",
	  38 },
	{ "its own pool is being emptied, however fast it boots",
	  { TERM("100"), BOOTS("r3.large.us-east-1b", "50", "15", "15"),
	    "UPDATE spot_pools SET is_active = FALSE WHERE id <> 'r3.large.us-east-1b'" },
	  "no replica, no usable pool: NOT KNOWN",
	  9999 },
	{ "a notice without a time of its own: 120 s from its receipt",
	  { TERM("100"), "UPDATE agents SET notice_deadline = NULL WHERE " ME, BOOTS(E, "40", "50", "50") },
	  "nothing is launching; " E " boots in 50 s (n=40): MAKES IT +#",
	  70 },
	{ "its time is over", { TERM("-20") }, "its deadline passed # s ago: MISSED", 9999 },
	{ "another instance took over",
	  { TERM("11"), BOOTS(E, "40", "50", "50"),
	    "UPDATE agents SET notice_instance_id = 'i-002' WHERE " ME,
	    "UPDATE instances SET is_primary = FALSE, instance_status = 'zombie' WHERE id = 'i-002'",
	    "INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, instance_status, "
	    "is_primary) SELECT 'i-saved', client_id, id, 'r3.large', 'us-east-1', 'us-east-1e', "
	    "'running_primary', TRUE FROM agents WHERE " ME },
	  "i-saved is the running primary: RESCUED",
	  9999 },
	{ "who replaced it took over: nothing is left to risk",
	  { "UPDATE agents SET notice_status = 'rebalance', notice_received_at = NOW(), notice_instance_id = "
	    "'i-002' WHERE " ME,
	    "UPDATE instances SET is_primary = FALSE, instance_status = 'zombie' WHERE id = 'i-002'",
	    "INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, instance_status, "
	    "is_primary) SELECT 'i-saved', client_id, id, 'r3.large', 'us-east-1', 'us-east-1e', "
	    "'running_primary', TRUE FROM agents WHERE " ME },
	  "i-saved is the running primary: RESCUED",
	  9999 },
	{ "a rebalance is a risk, not a countdown",
	  { "UPDATE agents SET notice_status = 'rebalance', notice_received_at = NOW() WHERE " ME },
	  "a risk, not a countdown",
	  9999 },
};

/* What programs read of agent-002. */
static char *board(void)
{
	static const char *const argv[] = { "overview", "--filter", "section=deadline", "-o", "json", NULL };
	struct rig_run run = rig_spotop(&rig, false, argv);
	json_t *j = json_loads(run.out, 0, NULL), *row;
	char *words = NULL;
	size_t k;
	json_array_foreach(json_object_get(j, "rows"), k, row)
	{
		if (strcmp(json_string_value(json_object_get(row, "agent")), "agent-002") != 0) continue;
		words = mem_printf("%s", json_string_value(json_object_get(row, "detail")));
	}
	ck_assert_msg(words != NULL, "no line: %s%s", run.out, run.err);
	json_decref(j);
	rig_run_free(&run);
	return words;
}

/* Is it what is said, with any number for a #? last: the last of these. */
static bool is_said(const char *is, const char *says, int *last)
{
	for (; *says; says++) {
		if (*says == '#') {
			char *end;
			*last = (int)strtol(is, &end, 10);
			if (end == is) return false;
			is = end;
		} else if (*is++ != *says)
			return false;
	}
	return true;
}

START_TEST(a_verdict_says_by_how_much)
{
	const struct deadline_case *c = &cases[_i];
	rig_fresh(&rig);
	rig_do(&rig, "DELETE FROM switches");
	rig_do(&rig, "DELETE FROM spot_pools WHERE id NOT LIKE 'r3.large.us-east-1_'");
	rig_do(&rig, "UPDATE spot_pools SET boot_p95_seconds = NULL, boot_n_30d = 0, boot_sample_count = 0, "
	             "avg_boot_time_seconds = NULL, downtime_p95_seconds = NULL, is_active = TRUE");
	for (size_t i = 0; i < ARRAY_LEN(c->sql) && c->sql[i]; i++) rig_do(&rig, "%s", c->sql[i]);
	char *words = board(), *at = words;
	int n = 9999;
	while (*at && !is_said(at, c->says, &n)) at++;
	ck_assert_msg(*at != 0, "%s: '%s', not '%s'", c->what, words, c->says);
	if (c->margin != 9999) {
		/* time passes while it is read: a margin shrinks, a miss grows, a launch takes as much less */
		int late = strstr(c->says, "MISSES") ? n - c->margin : c->margin - n;
		ck_assert_msg(late >= 0 && late <= 30, "%s: %d s, not %d: %s", c->what, n, c->margin, words);
	}
	static const char *const argv[] = { "why", "agent-002", "-o", "json", NULL };
	struct rig_run run = rig_spotop(&rig, false, argv);
	char *told = run.out;
	while (*told && !is_said(told, c->says, &n)) told++;
	ck_assert_msg(*told != 0, "%s: not '%s': %s%s", c->what, c->says, run.out, run.err);
	if (strstr(c->says, "RESCUED")) ck_assert_ptr_null(strstr(run.out, "switch now"));
	rig_run_free(&run);
	free(words);
}
END_TEST

/* Three rebalances of the last 30 days; one was followed by a termination within a day, one two days
 * later. That of this moment is not decided and not counted. */
START_TEST(a_risk_is_told_with_the_fleets_own_rate)
{
	static const char *const argv[] = { "why", "agent-002", "-o", "json", NULL };
	rig_fresh(&rig);
	rig_do(&rig, "DELETE FROM system_events");
	rig_do(&rig,
	       "INSERT INTO system_events (event_type, severity, message, client_id, agent_id, created_at) "
	       "SELECT e.type, 'warning', 'm', a.client_id, a.id, NOW() - INTERVAL e.h HOUR FROM agents a "
	       "JOIN (SELECT 'rebalance_notice' AS type, 'agent-010' AS name, 100 AS h UNION ALL SELECT "
	       "'termination_notice', 'agent-010', 99 UNION ALL SELECT 'rebalance_notice', 'agent-011', 200 "
	       "UNION ALL SELECT 'termination_notice', 'agent-011', 150 UNION ALL SELECT "
	       "'rebalance_notice', 'agent-012', 50 UNION ALL SELECT 'rebalance_notice', 'agent-012', 800) e "
	       "ON e.name = a.logical_agent_id");
	rig_do(&rig, "UPDATE agents SET notice_status = 'rebalance', notice_received_at = NOW() WHERE " ME);
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_msg(strstr(run.out, "; 1 of 3 of the fleet's became terminations") != NULL, "%s%s", run.out,
	              run.err);
	rig_run_free(&run);
}
END_TEST

/* What is printed has each word so often. The plugin gives up after some seconds, in which a busy machine may not do it. */
static void has(const char *const *argv, const char *const words[3], const int n[3])
{
	struct rig_run run = rig_spotop(&rig, false, argv);
	for (int again = 0; again < 20 && run.code == 3; again++) {
		rig_run_free(&run);
		run = rig_spotop(&rig, false, argv);
	}
	for (int w = 0; w < 3; w++) {
		int told = 0;
		for (const char *s = run.out; (s = strstr(s, words[w])); s++) told++;
		ck_assert_msg(told == n[w], "%s: %d times '%s', not %d: %.900s%s", argv[0], told, words[w],
		              n[w], run.out, run.err);
	}
	rig_run_free(&run);
}

/* A region goes: 150 are too late, and of 2,000 whose time runs every other one makes it. Whoever counts them counts all of
 * them: board, overview, lists, plugin; and of that moment afterwards. */
START_TEST(everybody_is_judged_however_many_there_are)
{
	enum { N = 2000, LATE = 150 };
	static const char *const boots[] = { BOOTS(E, "40", "3000", "3000") },
	                         *const told[] = { "\nMISSED", "\nMISSES BY", "\nMAKES IT" },
	                         *const detail[] = { ": MISSED", ": MISSES BY", ": MAKES IT" },
	                         *const place[] = { "\n3\r", "\n4\r", "\n17\r" },
	                         *const alerts[] = { "alert_deadline_missed=150",
		                                     "alert_deadline_at_risk=1000",
		                                     "alert_termination_notice=1000" };
	static const int n[] = { LATE, N / 2, N / 2 }, once[] = { 1, 1, 1 };
	const char
	        *const board[] = { "deadlines", "-o", "csv", "--columns", "verdict", NULL },
	               *const then[] = { "deadlines", "-o", "csv", "--columns", "verdict", "--at=-1s", NULL },
	               *const lines[] = { "overview", "--filter",  "section=deadline", "-o",
		                          "csv",      "--columns", "detail",           NULL },
	               *const lists[] = { "agents", "-o", "csv", "--columns", "impact", NULL },
	               *const check[] = { "check", NULL };
	rig_fresh(&rig);
	rig_do(&rig, "DELETE FROM switches");
	for (size_t i = 0; i < ARRAY_LEN(boots); i++) rig_do(&rig, "%s", boots[i]);
	rig_do(&rig,
	       "INSERT INTO agents (client_id, logical_agent_id, instance_type, region, az, current_pool_id, "
	       "fastest_boot_pool_id, status, last_heartbeat_at, created_at, notice_status, "
	       "notice_received_at, "
	       "notice_deadline) SELECT c.id, CONCAT('late-', seq), 'r3.large', 'us-east-1', 'us-east-1b', "
	       "'r3.large.us-east-1b', '" E
	       "', 'online', NOW(), NOW() - INTERVAL 1 HOUR, 'termination', NOW() - "
	       "INTERVAL 3 MINUTE, NOW() + INTERVAL CASE WHEN seq > %d THEN -60 WHEN seq %% 2 THEN 1500 ELSE "
	       "36000 "
	       "END SECOND FROM clients c, seq_1_to_%d LIMIT %d",
	       N, N + LATE, N + LATE);
	rig_do(&rig,
	       "INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_pool_id, "
	       "instance_status, is_primary, launch_requested_at, launch_confirmed_at) SELECT CONCAT('i-', "
	       "logical_agent_id), "
	       "client_id, id, instance_type, region, az, current_pool_id, 'running_primary', TRUE, "
	       "created_at, created_at "
	       "FROM agents WHERE logical_agent_id LIKE 'late-%%'");
	has(board, told, n);
	has(lines, detail, n);
	rig_do(&rig,
	       "UPDATE agents SET last_heartbeat_at = NOW() + INTERVAL 60 SECOND"); /* nobody falls silent meanwhile */
	has(lists, place, n);
	has(check, alerts, once);
	sleep(1);
	has(then, told, n);
	rig_do(&rig, "DELETE FROM instances WHERE id LIKE 'i-late-%%'");
	rig_do(&rig, "DELETE FROM agents WHERE logical_agent_id LIKE 'late-%%'");
}
END_TEST

Suite *suite_deadlines(void);
Suite *suite_deadlines(void)
{
	Suite *s = suite_create("deadlines");
	TCase *t = tcase_create("deadlines");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, a_verdict_says_by_how_much, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(t, a_risk_is_told_with_the_fleets_own_rate);
	tcase_add_test(t, everybody_is_judged_however_many_there_are);
	suite_add_tcase(s, t);
	return s;
}
