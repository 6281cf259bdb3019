/* verbs_lines.c - the wizard's table of targets, and the command line of verbs: what is said, with its documented exit code. */
#include "core/base/mem.h"
#include "tests/support/rig.h"
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_verbs_lines(void);

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void) { rig_fresh(&rig); }

#define E "r3.large.us-east-1e"

/* --- the wizard's table --- */
static double number(const json_t *row, const char *key)
{
	const json_t *v = json_object_get(row, key);
	ck_assert_msg(json_is_number(v), "%s is not a number", key);
	return json_number_value(v);
}

START_TEST(targets_are_ranked_with_what_is_known_and_n_of_it)
{
	const char *argv[] = { "switch", "agent-002", "--to", "best", "--dry-run", NULL };
	rig_do(&rig, "INSERT INTO switches (client_id, agent_id, new_pool_id, new_mode, downtime_seconds, "
	             "boot_seconds, switched_at) SELECT "
	             "client_id, id, '" E
	             "', 'spot', seq, 30 + seq, NOW() - INTERVAL 8 DAY FROM agents JOIN seq_1_to_9 WHERE "
	             "logical_agent_id = 'agent-009'");
	rig_do(&rig,
	       "INSERT INTO switches (client_id, agent_id, new_pool_id, new_mode, success, switched_at) "
	       "SELECT client_id, id, '" E
	       "', 'spot', FALSE, NOW() - INTERVAL 8 DAY FROM agents WHERE logical_agent_id = 'agent-009'");
	rig_do(&rig, "UPDATE spot_pools SET notice_count_30d = 3, instance_days_30d = 150, stats_at = NOW() "
	             "WHERE id = '" E "'");
	struct rig_run run = rig_spotop(&rig, false, argv);
	json_t *j = json_loads(run.out, 0, NULL), *t = json_object_get(j, "targets");
	ck_assert_msg(json_array_size(t) == 4, "%s%s", run.out, run.err);
	const json_t *best = json_array_get(t, 0), *other = json_array_get(t, 1), *own = json_array_get(t, 2),
	             *list = json_array_get(t, 3);
	ck_assert_str_eq(json_string_value(json_object_get(best, "pool")), E);
	ck_assert_double_eq_tol(number(best, "usd_per_hour"), 0.0228, 1e-9);
	ck_assert_double_eq_tol(number(best, "usd_per_month_vs_current"), (0.0228 - 0.0331) * 720, 0.006);
	ck_assert_double_eq_tol(number(best, "usd_per_month_vs_ondemand"), (0.0228 - 0.175) * 720, 0.006);
	ck_assert_double_eq_tol(number(best, "downtime_p50_s"), 5, 1e-9);
	ck_assert_double_eq_tol(number(best, "downtime_p95_s"), 8.6, 1e-9);
	ck_assert_double_eq_tol(number(best, "downtime_n"), 9, 1e-9);
	ck_assert_double_eq_tol(number(best, "switches_n"), 10, 1e-9);
	ck_assert_double_eq_tol(number(best, "switches_failed"), 1, 1e-9);
	ck_assert_double_eq_tol(number(best, "boot_avg_s"), 35, 1e-9);
	ck_assert_double_eq_tol(number(best, "boot_n"), 9, 1e-9);
	ck_assert_double_eq_tol(number(best, "notices_per_instance_day"), 0.02, 1e-9);
	ck_assert_double_eq_tol(number(best, "siblings"), 0, 1e-9);
	ck_assert(json_is_null(json_object_get(other, "downtime_p50_s")) &&
	          json_is_null(json_object_get(other, "boot_p95_s")));
	ck_assert(json_is_null(json_object_get(other, "notices_per_instance_day")));
	ck_assert_double_eq_tol(number(other, "downtime_n"), 0, 1e-9);
	ck_assert_double_eq_tol(number(own, "siblings"), 39, 1e-9);
	ck_assert_str_eq(json_string_value(json_object_get(own, "guardrails_failing")), "target_is_current");
	ck_assert_str_eq(json_string_value(json_object_get(list, "mode")), "ondemand");
	json_decref(j);
	rig_run_free(&run);
}
END_TEST

#define WHERE_2 " WHERE logical_agent_id = 'agent-002'"
enum { N_STANDING = 10 };
/* What would stand in the way is told beside each target before one is chosen. */
START_TEST(targets_say_which_guardrails_fail)
{
	static const struct {
		const char *change, *best, *list;
	} cases[N_STANDING] = {
		{ "DO 0", NULL, NULL },
		{ "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 1 HOUR" WHERE_2, "agent_silent",
		  "agent_silent" },
		{ "UPDATE agents SET status = 'offline'" WHERE_2, "agent_offline", "agent_offline" },
		{ "UPDATE agents SET enabled = FALSE" WHERE_2, "agent_disabled", "agent_disabled" },
		{ "UPDATE spot_pools SET is_cordoned = TRUE WHERE id = '" E "'", "pool_cordoned", NULL },
		{ "UPDATE spot_pools SET is_active = FALSE WHERE id = '" E "'", "pool_inactive", NULL },
		{ "INSERT INTO automation_freezes (scope_type, scope_id, reason, created_by, expires_at) "
		  "VALUES "
		  "('all', '', 'x', 'x', NOW() + INTERVAL 1 HOUR)",
		  NULL, NULL }, /* what a person issues passes */
		{ "INSERT INTO commands (client_id, agent_id, command_type, target_mode, target_pool_id, "
		  "trigger_type) "
		  "SELECT client_id, id, 'switch', 'pool', '" E "', 'manual' FROM agents" WHERE_2,
		  "duplicate_pending", "opposite_pending" },
		{ "INSERT INTO agent_configs (agent_id, max_switches_per_week) SELECT id, 0 FROM "
		  "agents" WHERE_2,
		  "switches_per_week", "switches_per_week" },
		{ "INSERT INTO agent_configs (agent_id, blacklist_pools) SELECT id, '[\"" E
		  "\"]' FROM agents" WHERE_2,
		  "pool_blacklisted", NULL },
	};
	const char *argv[] = { "switch", "agent-002", "--to", E, "--dry-run", NULL };
	rig_do(&rig, "%s", cases[_i].change);
	struct rig_run run = rig_spotop(&rig, false, argv);
	json_t *j = json_loads(run.out, 0, NULL), *t = json_object_get(j, "targets"), *row;
	const char *of_best = NULL, *of_list = NULL;
	size_t k;
	json_array_foreach(t, k, row)
	{
		const char *pool = json_string_value(json_object_get(row, "pool")),
		           *fails = json_string_value(json_object_get(row, "guardrails_failing"));
		if (!pool)
			of_list = fails;
		else if (strcmp(pool, E) == 0)
			of_best = fails;
	}
	ck_assert_msg(json_array_size(t) > 1, "%s%s", run.out, run.err);
	ck_assert_pstr_eq(of_best, cases[_i].best);
	ck_assert_pstr_eq(of_list, cases[_i].list);
	json_decref(j);
	rig_run_free(&run);
}
END_TEST

/* --- the command line --- */
// clang-format off
static const struct { const char *argv[10]; int code; const char *says; } lines[] = {
	{ { "switch", "agent-002", "--to", "best", "--yes" }, 0, "\"status\":\"done\"" },
	{ { "switch", "agent-002", "--to", "best", "--dry-run" }, 0, "\"targets\":[{\"pool\":\"" E "\"" },
	{ { "switch", "agent-002", "--to", "best", "--dry-run", "-o", "table" }, 0, "move       r3.large/use1b $0.0331/h -> r3.large/use1e $0.0228/h" },
	{ { "switch", "agent-002", "--to", "best", "--yes", "-o", "table" }, 0, "issued     agent-002" },
	{ { "switch", "agent-002", "--to", "best" }, 2, "--yes" },
	{ { "switch", "agent-002" }, 2, "usage" },
	{ { "switch", "agent-002", "--to", "best", "--ondemand", "--yes" }, 2, "only one" },
	{ { "switch", "--to", "best", "--yes" }, 2, "which AGENT" },
	{ { "switch", "nobody", "--to", "best", "--yes" }, 1, "no agent nobody" },
	{ { "switch", "agent-002", "--to", "r3.large.us-east-1b", "--yes" }, 4, "target_is_current" },
	{ { "switch", "agent-002", "--to", "r3.large.us-east-1b", "--dry-run" }, 4, "target_is_current" },
	{ { "switch", "agent-002", "--to", "best", "--if-version", "7", "--yes" }, 6, "version was 7, is 1" },
	{ { "switch", "agent-002", "--to", "best", "--override", "share_az", "--yes" }, 2, "--reason" },
	{ { "switch", "agent-002", "--to", "best", "--request-id", "17", "--yes" }, 2, "UUID" },
	{ { "switch", "--filter", "agent=nobody", "--to", "best", "--yes" }, 1, "finds nothing" },
	{ { "self-destruct", "agent-002", "--yes" }, 2, "--reason" },
	{ { "config", "agent-002", "--yes" }, 2, "key=value" },
	{ { "config", "agent-002", "auto_switch=on", "manual_replica=on", "--yes" }, 4, "exclude each other" },
	{ { "config", "agent-002", "auto_switch=on", "--yes" }, 0, "\"status\":\"done\"" },
	{ { "terminate", "i-nothere", "--yes" }, 1, "no instance" },
	{ { "promote", "r-001", "--yes" }, 0, "promote r-001" },
	{ { "launch", "agent-002", "--pool", "best", "--replica", "--yes" }, 0, "launch a replica" },
	{ { "freeze", "fleet", "--reason", "x", "--yes" }, 2, "how long" },
	{ { "freeze", "fleet", "--for", "2h", "--reason", "x", "--yes" }, 0, "\"status\":\"done\"" },
	{ { "cordon", E, "--for", "2h", "--reason", "x", "--yes", "-o", "csv" }, 2, "csv" },
	{ { "cordon", E, "--for", "2h", "--reason", "x", "--yes" }, 0, "\"status\":\"done\"" },
	{ { "note", "1", "what", "I", "saw", "--yes" }, 0, "note alert 1" },
	{ { "snooze", "1", "--for", "1h", "--yes" }, 0, "\"status\":\"done\"" },
	{ { "ack", "1", "--yes" }, 0, "\"status\":\"done\"" },
	{ { "claim", "1", "--yes" }, 0, "\"message\":\"claim alert 1\"" },
	{ { "release", "1", "--yes" }, 0, "\"message\":\"release alert 1\"" },
	/* a name that no table can hold is told as it was typed */
	{ { "switch", "agent-002", "--to", "pé", "--yes" }, 1, "no pool pé" },
	{ { "launch", "agent-002", "--pool", "pé", "--yes" }, 1, "no pool pé" },
	{ { "switch", "né", "--to", E, "--yes" }, 1, "no agent né" },
	{ { "terminate", "ié", "--yes" }, 1, "no instance ié" },
	{ { "promote", "ié", "--yes" }, 1, "no instance ié" },
	{ { "cordon", "pé", "--for", "2h", "--reason", "x", "--yes" }, 1, "no pool pé" },
	{ { "uncordon", "pé", "--yes" }, 1, "no pool pé" },
	{ { "cancel", "cé", "--yes" }, 1, "cé" },
	{ { "freeze", "pool:pé", "--for", "2h", "--reason", "x", "--yes" }, 1, "pé" },
	{ { "thaw", "pool:pé", "--yes" }, 1, "pé" },
	{ { "ack", "aé", "--yes" }, 1, "no alert aé" },
	{ { "evacuate", "zé", "--dry-run" }, 1, "zé" },
	{ { "job", "run", "jé" }, 2, "jé" },
	{ { "why", "né" }, 1, "né" },
	{ { "void" }, 2, "which REQUEST-ID" },
	{ { "void", "17" }, 2, "UUID" },
	{ { "void", "5f0c0000-0000-4000-8000-00000000000a", "--reason", "lost", "-o", "json" }, 0, "\"status\":\"void\"" },
	{ { "thaw", "fleet", "--request-id", "5f0c0000-0000-4000-8000-00000000000a", "--yes" }, 4, "was voided by" },
};
// clang-format on

START_TEST(a_line_ends_with_its_documented_exit_code)
{
	rig_do(&rig, "INSERT INTO alerts (id, alert_key, kind, message) VALUES (1, 'x', 'x', 'x')");
	struct rig_run run = rig_spotop(&rig, false, lines[_i].argv);
	ck_assert_msg(run.code == lines[_i].code, "exit %d, not %d: %s%s", run.code, lines[_i].code, run.out,
	              run.err);
	ck_assert_msg(strstr(run.out, lines[_i].says) || strstr(run.err, lines[_i].says), "no '%s' in: %s%s",
	              lines[_i].says, run.out, run.err);
	rig_run_free(&run);
}
END_TEST
Suite *suite_verbs_lines(void)
{
	Suite *s = suite_create("verbs_lines");
	TCase *t = tcase_create("lines");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, targets_are_ranked_with_what_is_known_and_n_of_it);
	tcase_add_loop_test(t, targets_say_which_guardrails_fail, 0, N_STANDING);
	tcase_add_loop_test(t, a_line_ends_with_its_documented_exit_code, 0, ARRAY_LEN(lines));
	suite_add_tcase(s, t);
	return s;
}
