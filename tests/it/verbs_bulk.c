/* verbs_bulk.c - bulk actions: one first, then in batches; stopped, broken off by Ctrl-C, killed and resumed. */
#include "core/db/table.h"
#include "tests/support/rig.h"
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_verbs_bulk(void);

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void) { rig_fresh(&rig); }

#define E "r3.large.us-east-1e"

/* Agents that carry out what they are told; `failing` fails. A process, killed at the end. */
static pid_t agents(const char *failing)
{
	pid_t pid = fork();
	if (pid) return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		struct table *t =
		        rig_table(&rig, "SELECT c.agent_id, a.logical_agent_id FROM commands c JOIN agents a "
		                        "ON a.id = c.agent_id WHERE c.status = 'pending'");
		for (size_t i = 0; i < t->n_rows; i++) {
			const char *agent = table_get(t, i, "agent_id");
			struct table *c = rig_table(&rig, "CALL agent_claim('%s', 60)", agent);
			if (c->n_rows) {
				const char *id = table_get(c, 0, "command_id");
				table_free(rig_table(&rig,
				                     "CALL agent_progress('%s', '%s', 1, 'ready', NULL)",
				                     agent, id));
				if (strcmp(table_get(t, i, "logical_agent_id"), failing) == 0)
					table_free(rig_table(&rig,
					                     "CALL agent_fail('%s', '%s', 1, 'no capacity', "
					                     "'{}')",
					                     agent, id));
				else
					table_free(rig_table(&rig,
					                     "CALL agent_complete('%s', '%s', 1, "
					                     "'{\"downtime_seconds\":3}')",
					                     agent, id));
			}
			table_free(c);
		}
		table_free(t);
		poll(NULL, 0, 10);
	}
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void broken_off(pid_t pid, int out, int err, const char *id, const char *told)
{
	char text[4000];
	int status;
	size_t n = 0;
	ssize_t r;
	ck_assert_int_eq(kill(pid, SIGINT), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 5, "status %x", (unsigned)status);
	while (n < sizeof text - 1 && (r = read(err, text + n, sizeof text - 1 - n)) > 0) n += (size_t)r;
	text[n] = 0;
	ck_assert_msg(strstr(text, id) && strstr(text, told), "%s", text);
	close(out);
	close(err);
}

/* Is a statement in the trigger's SLEEP? */
static void want_sleeping(long n)
{
	long now = -1;
	for (int i = 0; i < 1000 && now != n; i++) {
		now = rig_number(&rig, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE = "
		                       "'User sleep'");
		poll(NULL, 0, 10);
	}
	if (now != n) {
		char *state =
		        rig_text(&rig, "SELECT GROUP_CONCAT(CONCAT_WS(' ', USER, STATE, INFO) SEPARATOR "
		                       "'\n') FROM information_schema.PROCESSLIST");
		ck_abort_msg("%ld sleep: %s", now, state);
	}
}

#define CTRL_C_ID "5f0c0000-0000-4000-8000-0000000000cc"
/* The server takes its time over the row; the program that waits for it is broken off, and the next one tells. */
START_TEST(ctrl_c_while_a_verb_waits_names_the_request)
{
	const char *argv[] = { "switch", "agent-010", "--to", E, "--yes", "--request-id", CTRL_C_ID, NULL };
	const char *look[] = { "freeze", "fleet", "--for", "1h", "--reason", "x", "--dry-run", NULL };
	int out, err;
	rig_do(&rig, "CREATE TRIGGER slow BEFORE INSERT ON commands FOR EACH ROW SET NEW.created_by = "
	             "IF(SLEEP(3), NEW.created_by, NEW.created_by)");
	pid_t pid = rig_spawn(&rig, false, argv, &out, &err);
	want_sleeping(1);
	broken_off(pid, out, err, CTRL_C_ID, "it may still happen");
	want_sleeping(0);
	rig_do(&rig, "DROP TRIGGER slow");
	struct rig_run run = rig_spotop(&rig, false, look);
	bool is_done = rig_number(&rig, "SELECT COUNT(*) FROM commands WHERE request_id = '" CTRL_C_ID "'");
	ck_assert_msg(strstr(run.err, CTRL_C_ID) &&
	                      strstr(run.err, is_done ? "it was done" : "never happened"),
	              "%s", run.err);
	rig_run_free(&run);
}
END_TEST

#define WAIT_ID "5f0c0000-0000-4000-8000-0000000000cd"
START_TEST(ctrl_c_at_wait_leaves_the_command_to_go_on)
{
	const char *argv[] = { "switch",    "agent-010",    "--to",  E,   "--yes",
		               "--wait=60", "--request-id", WAIT_ID, NULL };
	int out, err;
	pid_t pid = rig_spawn(&rig, false, argv, &out, &err);
	for (int i = 0; i < 1000 && !rig_number(&rig, "SELECT COUNT(*) FROM commands"); i++)
		poll(NULL, 0, 10);
	poll(NULL, 0, 500); /* it follows it by now */
	broken_off(pid, out, err, WAIT_ID, "it goes on");
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands WHERE status = 'pending'"), 1);
}
END_TEST

START_TEST(a_bulk_tries_one_first_then_goes_on_in_batches)
{
	const char *argv[] = { "switch", "--filter", "agent~agent-01[0-6]", "--to", "best", "--batch",
		               "3",      "--yes",    "--wait=60",           NULL };
	pid_t fleet = agents("");
	struct rig_run run = rig_spotop(&rig, false, argv);
	end(fleet);
	ck_assert_msg(run.code == 0, "%s%s", run.out, run.err);
	ck_assert_ptr_nonnull(strstr(run.err, "7 targets: first one, then 3 at a time"));
	ck_assert_ptr_nonnull(strstr(run.err, "without a ready replica"));
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands WHERE status = 'completed'"), 7);
	rig_run_free(&run);
}
END_TEST

START_TEST(a_bulk_stops_at_the_first_failure)
{
	const char *argv[] = { "switch",    "agent-010",  "agent-011", "agent-012",
		               "agent-013", "--ondemand", "--yes",     NULL };
	pid_t fleet = agents("agent-011");
	struct rig_run run = rig_spotop(&rig, false, argv);
	end(fleet);
	/* Its instance may have been ready before the agent gave up: then the next one was sent too. */
	ck_assert_msg(run.code == 1 || run.code == 0, "%d %s%s", run.code, run.out, run.err);
	if (run.code == 1) ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands"), 2);
	rig_run_free(&run);
}
END_TEST

START_TEST(a_canary_that_is_refused_stops_the_bulk_before_anything_happened)
{
	const char *argv[] = { "switch", "agent-010", "agent-011", "--to", E, "--yes", NULL };
	rig_do(&rig, "UPDATE spot_pools SET is_active = FALSE WHERE id = '" E "'");
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_msg(run.code == 4, "%d %s%s", run.code, run.out, run.err);
	ck_assert_ptr_nonnull(strstr(run.out, "\"not_sent\""));
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands"), 0);
	rig_run_free(&run);
}
END_TEST

START_TEST(a_bulk_of_a_killed_program_is_taken_up_and_nothing_is_sent_twice)
{
	const char *argv[] = { "switch", "--filter", "agent~agent-01[0-7]", "--to", "best", "--batch", "2",
		               "--yes",  NULL };
	const char *look[] = { "freeze", "fleet", "--for", "1h", "--reason", "x", "--dry-run", NULL };
	int out, err;
	pid_t fleet = agents(""), bulk = rig_spawn(&rig, false, argv, &out, &err);
	while (rig_number(&rig, "SELECT COUNT(*) FROM commands") < 4) poll(NULL, 0, 10);
	end(bulk);
	close(out), close(err);
	struct rig_run run = rig_spotop(&rig, false, look);
	char *at = strstr(run.err, "--resume "), id[37];
	ck_assert_msg(at != NULL, "%s", run.err);
	snprintf(id, sizeof id, "%.36s", at + 9);
	rig_run_free(&run);
	const char *resume[] = { "switch", "--resume", id, "--yes", NULL };
	run = rig_spotop(&rig, false, resume);
	end(fleet);
	ck_assert_msg(run.code == 0, "%s%s", run.out, run.err);
	rig_run_free(&run);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands"), 8);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(DISTINCT agent_id) FROM commands"), 8);
	run = rig_spotop(&rig, false, look);
	ck_assert_ptr_null(strstr(run.err, "--resume"));
	rig_run_free(&run);
}
END_TEST

Suite *suite_verbs_bulk(void)
{
	Suite *s = suite_create("verbs_bulk");
	TCase *t = tcase_create("bulk");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, ctrl_c_while_a_verb_waits_names_the_request);
	tcase_add_test(t, ctrl_c_at_wait_leaves_the_command_to_go_on);
	tcase_add_test(t, a_bulk_tries_one_first_then_goes_on_in_batches);
	tcase_add_test(t, a_bulk_stops_at_the_first_failure);
	tcase_add_test(t, a_canary_that_is_refused_stops_the_bulk_before_anything_happened);
	tcase_add_test(t, a_bulk_of_a_killed_program_is_taken_up_and_nothing_is_sent_twice);
	suite_add_tcase(s, t);
	return s;
}
