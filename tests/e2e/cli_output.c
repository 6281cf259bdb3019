/* cli_output.c - what commands print for programs: JSON, JSON lines, CSV, no rows, a reader that leaves. */
#include "tests/support/rig.h"
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_cli_output(void);

static struct rig rig;

static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

static struct rig_run good(const char *const *argv)
{
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == 0 && !*r.err, "%s: exit %d: %s", argv[0], r.code, r.err);
	return r;
}

START_TEST(json_is_an_envelope_with_numbers_times_and_nulls)
{
	const char *argv[] = { "agents", "-o", "json", "--limit", "3", "--sort", "agent", NULL };
	struct rig_run r = good(argv);
	json_error_t je;
	json_t *j = json_loads(r.out, 0, &je);
	ck_assert_msg(j != NULL, "%s: %s", je.text, r.out);
	ck_assert_str_eq(json_string_value(json_object_get(j, "schema")), "spotop.agents/1");
	const char *at = json_string_value(json_object_get(j, "at"));
	ck_assert_msg(at && strlen(at) == 24 && at[10] == 'T' && at[23] == 'Z', "at is %s", at);
	json_t *rows = json_object_get(j, "rows"), *row = json_array_get(rows, 0);
	ck_assert_uint_eq(json_array_size(rows), 3);
	ck_assert_str_eq(json_string_value(json_object_get(row, "agent")), "agent-001");
	ck_assert(json_is_integer(json_object_get(row, "primary_count")));
	ck_assert(json_is_real(json_object_get(row, "spot_usd_per_hour")));
	ck_assert(json_is_null(json_object_get(row, "notice_deadline")));
	json_decref(j);
	rig_run_free(&r);
}
END_TEST

/* The envelope is whole even when nothing is in it. */
START_TEST(no_rows_is_no_error_unless_asked)
{
	const char *argv[] = { "agents", "-o", "json", "--filter", "agent=nobody", NULL };
	const char *strict[] = { "agents", "--fail-empty", "--filter", "agent=nobody", NULL };
	struct rig_run r = good(argv);
	json_t *j = json_loads(r.out, 0, NULL);
	ck_assert_msg(j && json_is_array(json_object_get(j, "rows")), "%s", r.out);
	ck_assert_uint_eq(json_array_size(json_object_get(j, "rows")), 0);
	json_decref(j);
	rig_run_free(&r);
	r = rig_spotop(&rig, false, strict);
	ck_assert_int_eq(r.code, 1);
	rig_run_free(&r);
}
END_TEST

START_TEST(jsonl_is_one_object_a_line_with_the_columns_asked_for)
{
	const char *argv[] = { "agents", "-o", "jsonl", "--columns", "health,agent", "--limit", "4", NULL };
	struct rig_run r = good(argv);
	int n = 0;
	for (char *save = NULL, *line = strtok_r(r.out, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		json_t *row = json_loads(line, 0, NULL);
		ck_assert_msg(json_is_object(row) && json_object_size(row) == 2, "%s", line);
		ck_assert(json_object_get(row, "health") && json_object_get(row, "agent"));
		json_decref(row);
		n++;
	}
	ck_assert_int_eq(n, 4);
	rig_run_free(&r);
}
END_TEST

/* Names with a comma, a quote, a newline: quoted as RFC 4180 has it, and NULL is an empty field. */
START_TEST(csv_quotes_what_needs_it)
{
	rig_fresh(&rig);
	rig_do(&rig,
	       "UPDATE agents SET logical_agent_id = 'a,\"b\"\\nc' WHERE logical_agent_id = 'agent-002'");
	const char *argv[] = {
		"agents",   "-o",        "csv", "--columns", "agent,notice_deadline,primary_count",
		"--filter", "agent~^a,", NULL
	};
	struct rig_run r = good(argv);
	ck_assert_str_eq(r.out, "agent,notice_deadline,primary_count\r\n\"a,\"\"b\"\"\nc\",,1\r\n");
	rig_run_free(&r);
	const char *json[] = { "agents", "-o", "jsonl", "--columns", "agent", "--filter", "agent~^a,", NULL };
	r = good(json);
	json_t *row = json_loads(r.out, 0, NULL);
	ck_assert_msg(row != NULL, "%s", r.out);
	ck_assert_str_eq(json_string_value(json_object_get(row, "agent")), "a,\"b\"\nc");
	json_decref(row);
	rig_run_free(&r);
	rig_fresh(&rig);
}
END_TEST

/* "8h" is that long back; a line of two hours ago is in it and not in the last hour. */
START_TEST(since_is_a_span_or_a_time)
{
	rig_do(&rig, "INSERT INTO system_events (event_type, severity, message, created_at) VALUES "
	             "('test_mark', 'info', 'two hours ago', NOW() - INTERVAL 2 HOUR)");
	const char *in[] = {
		"timeline", "--since", "8h", "--filter", "what=test_mark", "--fail-empty", NULL
	};
	const char *out[] = {
		"timeline", "--since", "1h", "--filter", "what=test_mark", "--fail-empty", NULL
	};
	const char *day[] = { "timeline",       "--since",      "2020-01-01", "--filter",
		              "what=test_mark", "--fail-empty", NULL };
	struct rig_run r = good(in);
	rig_run_free(&r);
	r = good(day);
	rig_run_free(&r);
	r = rig_spotop(&rig, false, out);
	ck_assert_int_eq(r.code, 1);
	rig_run_free(&r);
}
END_TEST

/* `spotop agents | head -1`: the rest is not wanted, which is no fault. */
START_TEST(a_reader_that_leaves_is_no_error)
{
	const char *argv[] = { "agents", "-o", "csv", NULL };
	int out, err, status;
	char said[200];
	pid_t pid = rig_spawn(&rig, false, argv, &out, &err);
	close(out);
	ck_assert_int_eq(read(err, said, sizeof said), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(err);
}
END_TEST

Suite *suite_cli_output(void)
{
	Suite *s = suite_create("cli_output");
	TCase *c = tcase_create("output");
	tcase_set_timeout(c, 60);
	tcase_add_unchecked_fixture(c, start, stop);
	tcase_add_test(c, json_is_an_envelope_with_numbers_times_and_nulls);
	tcase_add_test(c, no_rows_is_no_error_unless_asked);
	tcase_add_test(c, jsonl_is_one_object_a_line_with_the_columns_asked_for);
	tcase_add_test(c, csv_quotes_what_needs_it);
	tcase_add_test(c, since_is_a_span_or_a_time);
	tcase_add_test(c, a_reader_that_leaves_is_no_error);
	suite_add_tcase(s, c);
	return s;
}
