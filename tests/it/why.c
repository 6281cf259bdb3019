/* why.c - each way an agent can be unhealthy, made in the database: `spotop why` names it with its evidence,
 * its remedy, the action that carries it out and what not to do. Each action that it offers passes its guardrails that
 * moment, and no two lines exclude each other. */
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
#define TERMINATION(s)                                                                  \
	"UPDATE agents SET notice_status = 'termination', notice_received_at = NOW(), " \
	"notice_deadline = NOW() + INTERVAL " #s " SECOND WHERE " ME
#define MOVING(status, at)                                                                               \
	"INSERT INTO commands (id, client_id, agent_id, command_type, target_mode, status, created_at) " \
	"SELECT '00000000-0000-4000-8000-000000000c03', client_id, id, 'switch', 'ondemand', '" status   \
	"', " at " FROM agents WHERE " ME
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
	  "no_heartbeat",
	  "has sent no heartbeat",
	  "reaches the database",
	  "do not read its status",
	  NULL,
	  NULL },
	{ { SILENT(-3600) },
	  "unknown",
	  "heartbeat_ahead",
	  "a time to come: the server's clock was put back",
	  "its next heartbeat mends this",
	  "do not read its status",
	  NULL,
	  NULL },
	{ { SILENT(50) }, "warn", "silent", "no heartbeat for 5", "watch it", NULL, NULL, NULL },
	{ { SILENT(95) },
	  "crit",
	  "silent",
	  "one is due every 30 s, so 3 are missing; its status still says online",
	  "see whether its instance lives",
	  "do not queue a switch",
	  NULL,
	  NULL },
	{ { SILENT(400) },
	  "dead",
	  "silent",
	  "so 13 are missing",
	  "see whether its instance lives",
	  "do not queue a switch",
	  NULL,
	  NULL },
	{ { SILENT(400) },
	  "dead",
	  "alone",
	  "it alone is silent of 40 agents in us-east-1b: this agent or its instance",
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
	  NULL,
	  NULL },
	{ { "UPDATE agents SET status = 'error' WHERE " ME },
	  NULL,
	  "agent_error",
	  "an error of its own",
	  "read its log",
	  NULL,
	  NULL,
	  NULL },
	{ { "UPDATE agents SET heartbeat_interval_seconds = 20, last_heartbeat_at = NOW() - INTERVAL 100 "
	    "SECOND "
	    "WHERE " ME },
	  "crit",
	  "silent",
	  "one is due every 20 s",
	  "see whether its instance lives",
	  "do not queue a switch",
	  NULL,
	  NULL },
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
	  "promote the ready replica r-003",
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
	  "AWS takes i-003 away",
	  "switch now",
	  "do not terminate i-003 by hand",
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
	  "terminate it",
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
	  "aws ec2 terminate-instances --instance-ids i-end",
	  "already_gone refuses",
	  NULL,
	  NULL },
	{ { BOX("i-old", "zombie", "NOW(), NULL") },
	  "warn",
	  "zombies",
	  "1 zombie(s): i-old, $0.0331/h",
	  "terminate i-old: a t",
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
	/* a guardrail stands in the way of the first that comes to mind: another way, or its name */
	{ { TERMINATION(100),
	    "UPDATE instances SET last_switch_at = NOW() - INTERVAL 10 MINUTE WHERE id = 'i-003'" },
	  "crit",
	  "termination_notice",
	  "s left",
	  "launch a replica, to be promoted: a l; r3.large.us-east-1e",
	  "by hand",
	  "launch",
	  "agent" },
	{ { TERMINATION(100), SILENT(200) },
	  "crit",
	  "termination_notice",
	  "s left",
	  "no action passes now (",
	  "by hand",
	  NULL,
	  NULL },
	{ { NO_PRIMARY, SILENT(200) },
	  "crit",
	  "no_primary",
	  "no primary",
	  "agent_silent: heartbeat 20",
	  NULL,
	  NULL,
	  NULL },
	{ { TERMINATION(100), "UPDATE spot_pools SET is_cordoned = TRUE WHERE id <> 'r3.large.us-east-1b'" },
	  "crit",
	  "termination_notice",
	  "s left",
	  "switch now: a s; on-demand",
	  "by hand",
	  "switch",
	  "agent" },
	{ { TERMINATION(100), MOVING("pending", "NOW() - INTERVAL 70 SECOND") },
	  "crit",
	  "termination_notice",
	  "s left",
	  "wait for the switch (00000000, pending for 7",
	  "do not issue another",
	  NULL,
	  NULL },
	{ { TERMINATION(100), MOVING("pending", "NOW() - INTERVAL 70 SECOND") },
	  "crit",
	  "command_waiting",
	  "waits since 7",
	  "read in its agent's log",
	  NULL,
	  NULL,
	  NULL },
	{ { TERMINATION(100), BOX("i-new", "launching", "NOW(), NULL") },
	  "crit",
	  "termination_notice",
	  "s left",
	  "switch now",
	  "by hand",
	  "switch",
	  "agent" },
	{ { NO_PRIMARY, TERMINATION(100), BOX("i-new", "launching", "NOW(), NULL") },
	  "crit",
	  "termination_notice",
	  "s left",
	  "wait for the launch",
	  "do not launch another",
	  NULL,
	  NULL },
	{ { TERMINATION(100), NO_PRIMARY,
	    "INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, "
	    "current_pool_id, "
	    "instance_status, is_primary, launch_confirmed_at) SELECT 'i-next', client_id, id, 'r3.large', "
	    "'us-east-1', "
	    "'us-east-1e', 'spot', 'r3.large.us-east-1e', 'running_primary', TRUE, NOW() FROM agents "
	    "WHERE " ME },
	  "warn",
	  "verdict",
	  "RESCUED",
	  NULL,
	  NULL,
	  NULL,
	  NULL },
	{ { NO_PRIMARY, BOX("i-hang", "launching", "NOW() - INTERVAL 400 SECOND, NULL"),
	    "UPDATE instances SET current_pool_id = 'r3.large.us-east-1e' WHERE id = 'i-hang'" },
	  "crit",
	  "no_primary",
	  "1 launching",
	  "launch elsewhere: a l; on-demand",
	  NULL,
	  "launch",
	  "agent" },
	{ { "UPDATE agents SET enabled = FALSE, status = 'offline' WHERE " ME },
	  "off",
	  "disabled",
	  "nothing is expected of it",
	  "enabling is refused (agent_offline",
	  NULL,
	  NULL,
	  NULL },
	{ { "UPDATE agents SET notice_status = 'rebalance' WHERE " ME, SILENT(50) },
	  "warn",
	  "rebalance_notice",
	  "a risk",
	  "switch it while there is time",
	  "do not wait",
	  "switch",
	  "agent" },
	{ { BOX("i-old", "zombie", "NOW(), NULL"), SILENT(200) },
	  "crit",
	  "zombies",
	  "i-old",
	  "no action passes on it now: agent_silent",
	  "primary",
	  NULL,
	  NULL },
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
	  "spotop switch --filter 'az=us-east-1b client=acme' --to best --batch 3 --dry-run",
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

/* The case's trouble, and what is said of it; json_decref. */
static json_t *told(int n)
{
	static const char *const argv[] = { "why", "agent-003", "-o", "json", NULL };
	rig_fresh(&rig);
	rig_do(&rig, "UPDATE spot_pools SET boot_sample_count = 0");
	for (size_t i = 0; i < ARRAY_LEN(cases[n].sql) && cases[n].sql[i]; i++)
		rig_do(&rig, "%s", cases[n].sql[i]);
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == 0, "%s%s", r.out, r.err);
	json_t *all = json_loads(r.out, 0, NULL);
	ck_assert_msg(json_array_size(json_object_get(all, "rows")) > 0, "%s", r.out);
	rig_run_free(&r);
	return all;
}

/* The action of a row on the command line, as a dry run: exit 0, or a sentence about it. */
static void passes(const json_t *row)
{
	const char *verb = json_string_value(json_object_get(row, "verb")), *argv[12] = { 0 };
	const char *given = json_string_value(json_object_get(row, "verb_args"));
	char to[200], set[200];
	int n = 0;
	json_t *args = given ? json_loads(given, 0, NULL) : json_object();
	argv[n++] = verb;
	argv[n++] = json_string_value(json_object_get(row, "verb_target"));
	const char *pool = json_string_value(json_object_get(args, "pool")), *key;
	if (pool) {
		snprintf(to, sizeof to, "%s%s", strcmp(verb, "switch") == 0 ? "--to=" : "--pool=", pool);
		argv[n++] = to;
	}
	if (json_object_get(args, "mode")) argv[n++] = "--ondemand";
	if (json_object_get(args, "role")) argv[n++] = "--replica";
	json_t *value;
	json_object_foreach(json_object_get(args, "set"), key, value)
	{
		snprintf(set, sizeof set, "%s=%s", key, json_string_value(value));
		argv[n++] = set;
	}
	argv[n++] = "--dry-run";
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == 0, "%s is offered (%s, %s) and refused: %s%s", verb,
	              json_string_value(json_object_get(row, "cause")), given ? given : "", r.out, r.err);
	rig_run_free(&r);
	json_decref(args);
}

START_TEST(what_is_offered_passes_and_nothing_excludes_it)
{
	static const struct {
		const char *said, *verbs;
	} bans[] = { { "do not launch another", "launch switch" },
		     { "do not launch or promote", "launch promote switch" },
		     { "do not queue a switch", "switch launch promote" },
		     { "do not issue another", "switch launch promote cancel" },
		     { "do not issue it again", "switch launch promote" },
		     { "do not promote or switch", "promote switch" },
		     { "wait for the ", "switch launch promote cancel" } };
	json_t *all = told(_i);
	const json_t *row, *rows = json_object_get(all, "rows");
	size_t i;
	json_array_foreach(rows, i, row)
	{
		const char *verb = json_string_value(json_object_get(row, "verb"));
		if (!verb) continue;
		passes(row);
		const json_t *other;
		size_t j;
		json_array_foreach(rows, j, other)
		{
			const char *not = json_string_value(json_object_get(other, "do_not")),
			           *remedy = json_string_value(json_object_get(other, "remedy"));
			for (size_t b = 0; b < ARRAY_LEN(bans); b++)
				if (strstr(bans[b].verbs, verb) && ((not &&strstr(not, bans[b].said)) ||
				                                    (remedy && strstr(remedy, bans[b].said))))
					ck_abort_msg("%s is offered, beside \"%s\"", verb, bans[b].said);
		}
	}
	json_decref(all);
}
END_TEST

/* What an agent said of itself is dated by when it said so, not by the last change of its row. */
START_TEST(evidence_is_dated_by_what_it_tells)
{
	static const struct {
		const char *sql, *cause;
	} said[] = { { "UPDATE agents SET status = 'offline' WHERE " ME, "offline" },
		     { "UPDATE agents SET status = 'error' WHERE " ME, "agent_error" },
		     { "UPDATE agents SET enabled = FALSE WHERE " ME, "disabled" } };
	static const char *const argv[] = { "why", "agent-003", "-o", "json", NULL };
	rig_fresh(&rig);
	rig_do(&rig, "%s", said[_i].sql);
	rig_do(&rig,
	       "UPDATE system_events SET created_at = NOW() - INTERVAL 900 SECOND WHERE agent_id = " MINE
	       " AND event_type LIKE 'agent%%'");
	rig_do(&rig, "UPDATE agents SET spot_price = 0.0311, updated_at = NOW() WHERE " ME);
	struct rig_run r = rig_spotop(&rig, false, argv);
	json_t *all = json_loads(r.out, 0, NULL);
	const json_t *row;
	size_t i, n = 0;
	json_array_foreach(json_object_get(all, "rows"), i, row)
	{
		if (strcmp(json_string_value(json_object_get(row, "cause")), said[_i].cause) != 0) continue;
		json_int_t age = json_integer_value(json_object_get(row, "age_seconds"));
		ck_assert_msg(age >= 900 && age < 930, "%s: %lld s in %s", said[_i].cause, (long long)age,
		              r.out);
		n++;
	}
	ck_assert_uint_eq(n, 1);
	json_decref(all);
	rig_run_free(&r);
}
END_TEST

/* Each section that is named is one of the runbook, and each trouble that is an alert names one. */
START_TEST(the_runbook_is_named)
{
	json_t *all = told(_i);
	const json_t *row;
	size_t i;
	json_array_foreach(json_object_get(all, "rows"), i, row)
	{
		static const char at[] = "views/runbook.md#";
		const char *where = json_string_value(json_object_get(row, "runbook"));
		if (!where) continue;
		ck_assert_msg(strncmp(where, at, sizeof at - 1) == 0, "%s", where);
		ck_assert_msg(rig_number(&rig, "SELECT COUNT(*) FROM v_alert_kinds WHERE kind = '%s'",
		                         where + sizeof at - 1) == 1,
		              "%s is no kind", where);
	}
	json_decref(all);
}
END_TEST

START_TEST(each_cause_is_told)
{
	json_t *all = told(_i);
	const json_t *row, *found = NULL;
	size_t i;
	json_array_foreach(json_object_get(all, "rows"), i, row)
	{
		const char *cause = json_string_value(json_object_get(row, "cause"));
		if (strcmp(cause, cases[_i].cause) == 0 && !found) found = row;
		ck_assert_int_eq(json_integer_value(json_object_get(row, "n")), (json_int_t)i + 1);
	}
	ck_assert_msg(found != NULL, "no %s", cases[_i].cause);
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
}
END_TEST

/* Every cause that the health view knows has its case above: none is left without words. */
START_TEST(no_cause_is_forgotten)
{
	static const struct {
		const char *view, *why;
	} names[] = { { "disabled", "disabled" },
		      { "no_heartbeat", "no_heartbeat" },
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
		      { "rescued", "termination_notice" },
		      { "heartbeat_ahead", "heartbeat_ahead" },
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
	tcase_add_loop_test(t, what_is_offered_passes_and_nothing_excludes_it, 0, (int)ARRAY_LEN(cases));
	tcase_add_loop_test(t, the_runbook_is_named, 0, (int)ARRAY_LEN(cases));
	tcase_add_loop_test(t, evidence_is_dated_by_what_it_tells, 0, 3);
	tcase_add_test(t, no_cause_is_forgotten);
	suite_add_tcase(s, t);
	return s;
}
