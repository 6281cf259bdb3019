/* why.c - each way an agent can be unhealthy, made in the database: `spotop why` names it with its evidence,
 * its remedy, the act that carries it out and what not to do. */
#include "core/base/mem.h"
#include "tests/support/rig.h"
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_why(void);
static struct rig rig;

static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

#define ME   "logical_agent_id = 'agent-003'"
#define MINE "(SELECT id FROM agents WHERE " ME ")"
#define BOX(id, state, extra)                                                                       \
	"INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, " \
	"current_pool_id, spot_price, "                                                             \
	"instance_status, launch_requested_at, termination_requested_at) SELECT '" id               \
	"', client_id, id, 'r3.large', "                                                            \
	"'us-east-1', 'us-east-1b', 'spot', 'r3.large.us-east-1b', 0.0331, '" state "', " extra     \
	" FROM agents WHERE " ME
#define NO_PRIMARY                                                                                          \
	"UPDATE instances SET is_primary = FALSE, instance_status = 'terminated', is_active = FALSE WHERE " \
	"id = 'i-003'"
#define SILENT(s) "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL " #s " SECOND WHERE " ME

static const struct {
	const char *sql[3], *health, *cause, *evidence, *remedy, *do_not, *verb, *target;
} cases[] = {
	{ { NULL }, "ok", "healthy", "one primary, 0 replicas, no notice", NULL, NULL, NULL, NULL },
	{ { "UPDATE agents SET enabled = FALSE WHERE " ME },
	  "off",
	  "disabled",
	  "nothing is expected of it",
	  "enable it",
	  NULL,
	  "config",
	  "agent" },
	{ { "UPDATE agents SET last_heartbeat_at = NULL WHERE " ME },
	  "unknown",
	  "never_beat",
	  "has never beaten",
	  "reaches the database",
	  "do not read its status",
	  NULL,
	  NULL },
	{ { SILENT(50) }, "warn", "silent", "no heartbeat for 5", NULL, "do not queue a switch", NULL, NULL },
	{ { SILENT(95) },
	  "crit",
	  "silent",
	  "one is due every 30 s, so 3 are missing; its status still says online",
	  "launch a replacement",
	  "do not queue a switch",
	  "launch",
	  "agent" },
	{ { SILENT(400) },
	  "dead",
	  "silent",
	  "so 13 are missing",
	  "see whether the box lives",
	  "do not queue a switch",
	  "launch",
	  "agent" },
	{ { SILENT(400) },
	  "dead",
	  "alone",
	  "it alone is silent of 40 agents in us-east-1b: this agent or its box",
	  NULL,
	  NULL,
	  NULL,
	  NULL },
	{ { "UPDATE agents SET status = 'offline' WHERE " ME },
	  "dead",
	  "offline",
	  "said that it goes offline",
	  "start the agent again",
	  "do not queue",
	  "config",
	  "agent" },
	{ { "UPDATE agents SET status = 'error' WHERE " ME },
	  NULL,
	  "agent_error",
	  "an error of its own",
	  "read its log",
	  NULL,
	  NULL,
	  NULL },
	{ { "UPDATE agents SET heartbeat_interval_seconds = 120, last_heartbeat_at = NOW() - INTERVAL 100 "
	    "SECOND "
	    "WHERE " ME },
	  "crit",
	  "silent",
	  "one is due every 120 s",
	  "launch a replacement",
	  "do not queue a switch",
	  "launch",
	  "agent" },
	{ { NO_PRIMARY, BOX("i-new", "running_replica", "NOW(), NULL"),
	    "UPDATE instances SET instance_status = 'promoting' WHERE id = 'i-new'" },
	  "crit",
	  "no_primary",
	  "1 promoting",
	  "wait for the promotion",
	  "do not launch or promote another",
	  NULL,
	  NULL },
	{ { NO_PRIMARY, BOX("i-new", "launching", "NOW() - INTERVAL 400 SECOND, NULL") },
	  "crit",
	  "no_primary",
	  "1 launching",
	  "launch elsewhere",
	  NULL,
	  "launch",
	  "agent" },
	{ { "UPDATE agents SET notice_status = 'termination', notice_received_at = NOW() - INTERVAL 140 "
	    "SECOND, "
	    "notice_deadline = NOW() - INTERVAL 20 SECOND WHERE " ME,
	    BOX("r-003", "running_replica", "NOW(), NULL") },
	  "crit",
	  "verdict",
	  "its deadline passed 2",
	  NULL,
	  NULL,
	  NULL,
	  NULL },
	{ { NO_PRIMARY },
	  "crit",
	  "no_primary",
	  "no primary instance; 0 replicas, 0 launching",
	  "launch a primary",
	  NULL,
	  "launch",
	  "agent" },
	{ { NO_PRIMARY, BOX("r-003", "running_replica", "NOW(), NULL") },
	  "crit",
	  "no_primary",
	  "1 replicas",
	  "promote the replica r-003",
	  NULL,
	  "promote",
	  "r-003" },
	{ { NO_PRIMARY, BOX("i-new", "launching", "NOW(), NULL") },
	  "crit",
	  "no_primary",
	  "1 launching",
	  "wait for the launch",
	  "do not launch another",
	  NULL,
	  NULL },
	{ { "UPDATE instance_counts SET primary_count = 2 WHERE agent_id = " MINE },
	  "crit",
	  "two_primaries",
	  "2 primaries are counted: i-003",
	  "the count drifted",
	  "do not promote",
	  NULL,
	  NULL },
	{ { "UPDATE agents SET notice_status = 'termination', notice_received_at = NOW(), notice_deadline = "
	    "NOW() + INTERVAL 100 SECOND WHERE " ME },
	  "crit",
	  "termination_notice",
	  "AWS takes the box away",
	  "switch now",
	  "do not terminate it by hand",
	  "switch",
	  "agent" },
	{ { "UPDATE agents SET notice_status = 'termination', notice_received_at = NOW(), notice_deadline = "
	    "NOW() + INTERVAL 100 SECOND WHERE " ME },
	  "crit",
	  "verdict",
	  "its boot time is not known (n=0): NOT KNOWN",
	  NULL,
	  NULL,
	  NULL,
	  NULL },
	{ { "UPDATE agents SET notice_status = 'termination', notice_received_at = NOW(), notice_deadline = "
	    "NOW() + INTERVAL 30 SECOND, "
	    "fastest_boot_pool_id = 'r3.large.us-east-1e' WHERE " ME,
	    "INSERT INTO switches (client_id, agent_id, new_instance_type, new_region, new_mode, "
	    "new_pool_id, "
	    "boot_seconds) SELECT client_id, id, instance_type, region, 'spot', 'r3.large.us-east-1e', 90 "
	    "FROM "
	    "agents" },
	  "crit",
	  "verdict",
	  "r3.large.us-east-1e boots in 90 s (n=40): MISSES BY",
	  NULL,
	  NULL,
	  NULL,
	  NULL },
	{ { "UPDATE agents SET notice_status = 'termination', notice_received_at = NOW(), notice_deadline = "
	    "NOW() + INTERVAL 30 SECOND WHERE " ME,
	    BOX("r-003", "running_replica", "NOW(), NULL") },
	  "crit",
	  "termination_notice",
	  "s left",
	  "promote the ready replica r-003",
	  "by hand",
	  "promote",
	  "r-003" },
	{ { "UPDATE agents SET notice_status = 'rebalance', notice_received_at = NOW() - INTERVAL 5 MINUTE "
	    "WHERE " ME },
	  "warn",
	  "rebalance_notice",
	  "5 m ago: a risk, not a countdown",
	  "switch it while there is time",
	  "do not wait",
	  "switch",
	  "agent" },
	{ { BOX("i-late", "launching", "NOW() - INTERVAL 400 SECOND, NULL") },
	  "crit",
	  "launch_overdue",
	  "i-late is launching for 40",
	  "launch elsewhere",
	  "same pool",
	  "terminate",
	  "i-late" },
	{ { BOX("i-end", "running_replica", "NOW(), NULL"),
	    "UPDATE instances SET instance_status = 'terminating' WHERE id = 'i-end'",
	    "UPDATE instances SET termination_requested_at = NOW() - INTERVAL 400 SECOND WHERE id = "
	    "'i-end'" },
	  "crit",
	  "termination_overdue",
	  "costs money until it is gone",
	  "terminate it again",
	  NULL,
	  "terminate",
	  "i-end" },
	{ { BOX("i-old", "zombie", "NOW(), NULL") },
	  "warn",
	  "zombies",
	  "1 zombie(s): i-old, $0.0331/h",
	  "terminate them",
	  "primary",
	  "terminate",
	  "i-old" },
	{ { "UPDATE agents SET clock_skew_ms = -4200 WHERE " ME },
	  NULL,
	  "clock_skew",
	  "4.2 s behind the server's",
	  "chrony",
	  "do not trust",
	  NULL,
	  NULL },
	{ { "INSERT INTO commands (client_id, agent_id, command_type, status, executed_at, lease_until, "
	    "stage) SELECT client_id, id, 'switch', 'executing', "
	    "NOW() - INTERVAL 90 SECOND, NOW() - INTERVAL 10 SECOND, 'launching' FROM agents WHERE " ME },
	  NULL,
	  "command_stuck",
	  "at stage launching, and its lease ran out",
	  "the worker parks it",
	  "do not issue it again",
	  NULL,
	  NULL },
	{ { "INSERT INTO commands (id, client_id, agent_id, command_type, created_at) SELECT "
	    "'00000000-0000-4000-8000-000000000c03', client_id, id, 'switch', "
	    "NOW() - INTERVAL 70 SECOND FROM agents WHERE " ME },
	  NULL,
	  "command_waiting",
	  "waits since 7",
	  "cancel it",
	  NULL,
	  "cancel",
	  "00000000-0000-4000-8000-000000000c03" },
	/* what it shares with others, the widest first */
	{ { "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 200 SECOND WHERE logical_agent_id <= "
	    "'agent-030'" },
	  "crit",
	  "shared",
	  "30 of 40 agents of the fleet are silent: the database, the way to it or its clock, not this agent",
	  "spotop doctor",
	  "one by one",
	  NULL,
	  NULL },
	{ { "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 200 SECOND WHERE logical_agent_id <= "
	    "'agent-009'",
	    "UPDATE agents SET az = 'us-east-1a' WHERE logical_agent_id > 'agent-010'" },
	  "crit",
	  "shared",
	  "9 of 10 agents in us-east-1b are silent: the zone or its network, not this agent",
	  "filter az=us-east-1b",
	  "one by one",
	  NULL,
	  NULL },
	{ { "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 200 SECOND WHERE logical_agent_id <= "
	    "'agent-009'",
	    "UPDATE agents SET current_pool_id = 'r3.large.us-east-1e' WHERE logical_agent_id > "
	    "'agent-010'" },
	  "crit",
	  "shared",
	  "9 of 10 agents in the pool r3.large.us-east-1b are silent: the pool, not this agent",
	  "cordon it",
	  "one by one",
	  NULL,
	  NULL },
	{ { "INSERT INTO clients (name, email, client_token) VALUES ('other', 'o@other.example', "
	    "SHA2('other', 256))",
	    "INSERT INTO agents (client_id, logical_agent_id, instance_type, region, az, current_pool_id, "
	    "status, last_heartbeat_at) "
	    "SELECT (SELECT id FROM clients WHERE name = 'other'), CONCAT('other-', seq), 'r3.large', "
	    "'us-east-1', 'us-east-1b', "
	    "'r3.large.us-east-1b', 'online', NOW() FROM seq_1_to_40",
	    "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 200 SECOND WHERE logical_agent_id LIKE "
	    "'agent-%'" },
	  "crit",
	  "shared",
	  "40 of 40 agents of acme are silent: the client's network or token, not this agent",
	  "ask acme",
	  "one by one",
	  NULL,
	  NULL },
	{ { "UPDATE agents SET notice_status = 'rebalance' WHERE logical_agent_id <= 'agent-030'" },
	  "warn",
	  "shared_notice",
	  "30 of 40 agents in us-east-1b are under notice: the zone is being emptied",
	  "spotop switch --filter az=us-east-1b",
	  "same place",
	  NULL,
	  NULL },
};

/* want NULL: there must be none; else it must be in it. */
static void has(const char *cause, const json_t *row, const char *key, const char *want, bool is_strict)
{
	const char *is = json_string_value(json_object_get(row, key));
	if (!want) {
		ck_assert_msg(!is_strict || !is, "%s: %s is '%s', and should be nothing", cause, key, is);
		return;
	}
	ck_assert_msg(is && strstr(is, want), "%s: %s is '%s', not '%s'", cause, key, is ? is : "null", want);
}

START_TEST(each_cause_is_told)
{
	static const char *const argv[] = { "why", "agent-003", "-o", "json", NULL };
	rig_fresh(&rig);
	rig_do(&rig, "UPDATE spot_pools SET boot_sample_count = 0");
	for (size_t i = 0; i < ARRAY_LEN(cases[_i].sql) && cases[_i].sql[i]; i++)
		rig_do(&rig, "%s", cases[_i].sql[i]);
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == 0, "%s%s", r.out, r.err);
	json_t *all = json_loads(r.out, 0, NULL);
	const json_t *row, *found = NULL;
	size_t i;
	json_array_foreach(json_object_get(all, "rows"), i, row)
	{
		const char *cause = json_string_value(json_object_get(row, "cause"));
		if (strcmp(cause, cases[_i].cause) == 0 && !found) found = row;
		ck_assert_int_eq(json_integer_value(json_object_get(row, "n")), (json_int_t)i + 1);
	}
	ck_assert_msg(found != NULL, "no %s in %s", cases[_i].cause, r.out);
	if (cases[_i].health) has(cases[_i].cause, found, "health", cases[_i].health, true);
	has(cases[_i].cause, found, "evidence", cases[_i].evidence, true);
	has(cases[_i].cause, found, "remedy", cases[_i].remedy, false);
	has(cases[_i].cause, found, "do_not", cases[_i].do_not, false);
	has(cases[_i].cause, found, "verb", cases[_i].verb, true);
	if (cases[_i].target) {
		char *id = rig_text(&rig, "SELECT id FROM agents WHERE " ME);
		has(cases[_i].cause, found, "verb_target",
		    strcmp(cases[_i].target, "agent") == 0 ? id : cases[_i].target, true);
		free(id);
	}
	json_decref(all);
	rig_run_free(&r);
}
END_TEST

/* Every cause that the health view knows has its case above: none is left without words. */
START_TEST(no_cause_is_forgotten)
{
	static const struct {
		const char *view, *why;
	} names[] = { { "disabled", "disabled" },
		      { "never_beat", "never_beat" },
		      { "offline", "offline" },
		      { "silent_dead", "silent" },
		      { "no_primary", "no_primary" },
		      { "two_primaries", "two_primaries" },
		      { "termination_notice", "termination_notice" },
		      { "silent_crit", "silent" },
		      { "launch_overdue", "launch_overdue" },
		      { "termination_overdue", "termination_overdue" },
		      { "silent", "silent" },
		      { "rebalance_notice", "rebalance_notice" },
		      { "zombies", "zombies" } };
	char *view = rig_text(&rig, "SELECT VIEW_DEFINITION FROM information_schema.VIEWS WHERE TABLE_SCHEMA "
	                            "= DATABASE() AND TABLE_NAME = 'v_agent_status'");
	bool is_known[ARRAY_LEN(names)] = { false };
	for (char *p = strstr(view, " AS `health_rank`"); p && (p = strstr(p, "then '")); p += 6) {
		char *end = strchr(p + 6, '\'');
		char word[40];
		snprintf(word, sizeof word, "%.*s", (int)(end - p - 6), p + 6);
		const char *why = NULL;
		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			if (strcmp(names[i].view, word) == 0) why = names[i].why, is_known[i] = true;
		if (strstr(p, " AS `cause`") == NULL) break; /* past the causes */
		ck_assert_msg(why != NULL, "the cause %s has no case", word);
		bool has_case = false;
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) has_case |= strcmp(cases[i].cause, why) == 0;
		ck_assert_msg(has_case, "%s is not made by any case", why);
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		ck_assert_msg(is_known[i], "the view knows no %s", names[i].view);
	free(view);
}
END_TEST

Suite *suite_why(void)
{
	Suite *s = suite_create("why");
	TCase *t = tcase_create("why");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, each_cause_is_told, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(t, no_cause_is_forgotten);
	suite_add_tcase(s, t);
	return s;
}
