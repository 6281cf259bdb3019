/* why.c - each way an agent can be unhealthy, made in the database: `spotop why` names it with its evidence,
 * its remedy, the action that carries it out and what not to do. Each action that it offers passes its guardrails that
 * moment, and no two lines exclude each other. */
#include "core/base/mem.h"
#include "tests/support/rig.h"
#include "tests/support/why_cases.h"
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_why(void);
static struct rig rig;

#define ME   "logical_agent_id = 'agent-003'"
#define MINE "(SELECT id FROM agents WHERE " ME ")"

static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

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
	for (size_t i = 0; i < ARRAY_LEN(why_cases[n].sql) && why_cases[n].sql[i]; i++)
		rig_do(&rig, "%s", why_cases[n].sql[i]);
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
		if (strcmp(cause, why_cases[_i].cause) == 0 && !found) found = row;
		ck_assert_int_eq(json_integer_value(json_object_get(row, "n")), (json_int_t)i + 1);
	}
	ck_assert_msg(found != NULL, "no %s", why_cases[_i].cause);
	if (why_cases[_i].health) has(why_cases[_i].cause, found, "health", why_cases[_i].health, true);
	has(why_cases[_i].cause, found, "evidence", why_cases[_i].evidence, true);
	has(why_cases[_i].cause, found, "remedy", why_cases[_i].remedy, false);
	has(why_cases[_i].cause, found, "do_not", why_cases[_i].do_not, false);
	has(why_cases[_i].cause, found, "verb", why_cases[_i].verb, true);
	if (why_cases[_i].target) {
		char *id = rig_text(&rig, "SELECT id FROM agents WHERE " ME);
		has(why_cases[_i].cause, found, "verb_target",
		    strcmp(why_cases[_i].target, "agent") == 0 ? id : why_cases[_i].target, true);
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
		for (size_t i = 0; i < n_why_cases; i++) has_case |= strcmp(why_cases[i].cause, why) == 0;
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
	tcase_add_loop_test(t, each_cause_is_told, 0, (int)n_why_cases);
	tcase_add_loop_test(t, what_is_offered_passes_and_nothing_excludes_it, 0, (int)n_why_cases);
	tcase_add_loop_test(t, the_runbook_is_named, 0, (int)n_why_cases);
	tcase_add_loop_test(t, evidence_is_dated_by_what_it_tells, 0, 3);
	tcase_add_test(t, no_cause_is_forgotten);
	suite_add_tcase(s, t);
	return s;
}
