/* verbs_void.c - a request whose fate is unknown is settled by its key: of a void and its original one wins, and the
 * other is told so, whenever it comes. Against a real server. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/uuid.h"
#include "core/db/table.h"
#include "tests/support/rig.h"
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static char id[37];
static void fresh(void)
{
	rig_fresh(&rig);
	rig_do(&rig, "DELETE FROM automation_freezes");
	uuid_make(id);
}

#define FREEZE "CALL verb_freeze('%s', 'fleet', '{\"seconds\":60}', NULL, FALSE, NULL, 'storm', 'me', 'here')"
#define VOID   "CALL verb_void('%s', 'freeze fleet', 'the link was lost', 'me', 'here')"

static long freezes(void) { return rig_number(&rig, "SELECT COUNT(*) FROM automation_freezes"); }

static void void_says(const char *status)
{
	struct table *t = rig_table(&rig, VOID, id);
	ck_assert_uint_eq(t->n_rows, 1);
	ck_assert_str_eq(table_get(t, 0, "status"), status);
	ck_assert_str_eq(table_get(t, 0, "request_id"), id);
	table_free(t);
}

/* Runs beside the test; ends with 0, with 1 when the server refused it with that number, with 2 on any other. */
static pid_t beside(char *sql, unsigned refused)
{
	pid_t pid = fork();
	if (!pid) {
		unsigned n = rig_try(&rig, "%s", sql);
		_exit(n == 0 ? 0 : n == refused ? 1 : 2);
	}
	free(sql);
	return pid;
}

static int end_of(pid_t pid)
{
	int status;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(a_voided_request_never_happens)
{
	void_says("void");
	for (int i = 0; i < 2; i++) {
		char *why = rig_error(&rig, FREEZE, id);
		ck_assert_msg(why && strstr(why, "was voided by"), "%s", why);
		free(why);
		ck_assert_uint_eq(rig_try(&rig, FREEZE, id), 30001);
	}
	void_says("void");
	ck_assert_int_eq(freezes(), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM audit_log WHERE request_id = '%s'", id), 1);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM audit_log WHERE request_id = '%s' AND action = "
	                            "'void' AND "
	                            "result = 'void' AND target_id = '%s' AND actor = USER()",
	                            id, id),
	                 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_audit_faults"), 0);
}
END_TEST

START_TEST(what_was_done_is_told_and_not_voided)
{
	rig_do(&rig, FREEZE, id);
	void_says("replayed");
	ck_assert_int_eq(freezes(), 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM audit_log WHERE request_id = '%s'", id), 1);
}
END_TEST

/* The original is on its way, inside the server, when the void comes; it gets to its deed later. */
START_TEST(a_late_original_fails_on_the_void)
{
	pid_t late = beside(mem_printf("BEGIN NOT ATOMIC DO SLEEP(1.5); " FREEZE "; END", id), 30001);
	poll(NULL, 0, 300);
	void_says("void");
	ck_assert_int_eq(end_of(late), 1);
	ck_assert_int_eq(freezes(), 0);
}
END_TEST

/* Past every look of its own the key stands: whoever writes a second row of the request is undone. */
START_TEST(the_key_itself_refuses_a_second_row)
{
	void_says("void");
	ck_assert_uint_eq(rig_try(&rig,
	                          "CALL audit_append('me', 'here', 'freeze', 'scope', 'fleet', '%s', NULL, "
	                          "NULL, "
	                          "NULL, 'done')",
	                          id),
	                  1062);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_audit_faults"), 0);
}
END_TEST

/* One that has looked already, and sees the database as it was then, whatever its isolation: one of the two has the key. */
START_TEST(a_late_original_fails_at_each_isolation)
{
	static const char *const levels[] = { "READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ",
		                              "SERIALIZABLE" };
	pid_t late =
	        beside(mem_printf("BEGIN NOT ATOMIC DECLARE v INT; SET SESSION TRANSACTION ISOLATION LEVEL "
	                          "%s; "
	                          "START TRANSACTION; SELECT COUNT(*) INTO v FROM audit_log WHERE request_id "
	                          "= '%s'; DO SLEEP(1); CALL audit_append('me', 'here', 'freeze', 'scope', "
	                          "'fleet', '%s', NULL, NULL, '{\"act\":{\"message\":\"frozen\"}}', 'done'); "
	                          "COMMIT; END",
	                          levels[_i], id, id),
	               1062);
	poll(NULL, 0, 300);
	struct table *t = rig_table(&rig, VOID, id);
	bool is_void = strcmp(table_get(t, 0, "status"), "void") == 0;
	ck_assert_msg(is_void || strcmp(table_get(t, 0, "status"), "replayed") == 0, "%s",
	              table_get(t, 0, "status"));
	ck_assert_msg(is_void || _i == 3, "the void waits for nothing that was only read");
	ck_assert_int_eq(end_of(late), is_void);
	ck_assert_int_eq(
	        rig_number(&rig, "SELECT COUNT(*) FROM audit_log WHERE request_id = '%s' AND result = '%s'",
	                   id, is_void ? "void" : "done"),
	        1);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM audit_log WHERE request_id = '%s'", id), 1);
	table_free(t);
}
END_TEST

/* The original has acted and is about to commit: the void may not say anything yet. */
START_TEST(a_void_waits_for_an_original_under_way)
{
	char *sql =
	        mem_printf("BEGIN NOT ATOMIC DECLARE v INT; START TRANSACTION; SELECT last_id INTO v FROM "
	                   "spotop_audit_head WHERE id = 1 FOR UPDATE; DO SLEEP(4); CALL audit_append('me', "
	                   "'here', 'freeze', 'scope', 'fleet', '%s', NULL, NULL, "
	                   "'{\"act\":{\"message\":\"frozen\"}}', 'done'); COMMIT; END",
	                   id);
	pid_t original = beside(sql, 1);
	poll(NULL, 0, 500);
	int64_t since = clock_mono_ms();
	void_says("replayed"); /* the rig asks again after each 1205 */
	ck_assert_int_ge(clock_mono_ms() - since, 2000);
	ck_assert_int_eq(end_of(original), 0);
}
END_TEST

START_TEST(only_the_login_that_is_known_by_it_may_void)
{
	rig_do(&rig, "CREATE OR REPLACE USER berta@localhost");
	rig_do(&rig, "GRANT spotop_operator TO berta@localhost");
	rig_do(&rig, "SET DEFAULT ROLE spotop_operator FOR berta@localhost");
	rig_do(&rig, FREEZE, id);
	const char *argv[] = { "freeze", "fleet", "--for", "1h",           "--reason", "x",
		               "--yes",  "-u",    "berta", "--request-id", id,         NULL };
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_int_ne(run.code, 0);
	rig_run_free(&run);
	rig_do(&rig, "UPDATE automation_freezes SET thawed_at = NOW()");
	uuid_make(id);
	run = rig_spotop(&rig, false, argv);
	ck_assert_msg(run.code == 0, "%s%s", run.out, run.err);
	rig_run_free(&run);
	char *why = rig_error(&rig, VOID, id);
	ck_assert_msg(why && strstr(why, "only who issued it may void it"), "%s", why);
	free(why);
	ck_assert_uint_eq(rig_try(&rig, VOID, id), 30001);
	ck_assert_uint_eq(rig_try(&rig, "CALL verb_void(NULL, NULL, NULL, NULL, NULL)"), 30003);
}
END_TEST

Suite *suite_verbs_void(void);
Suite *suite_verbs_void(void)
{
	Suite *s = suite_create("verbs_void");
	TCase *t = tcase_create("void");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_voided_request_never_happens);
	tcase_add_test(t, what_was_done_is_told_and_not_voided);
	tcase_add_test(t, a_late_original_fails_on_the_void);
	tcase_add_test(t, the_key_itself_refuses_a_second_row);
	tcase_add_loop_test(t, a_late_original_fails_at_each_isolation, 0, 4);
	tcase_add_test(t, a_void_waits_for_an_original_under_way);
	tcase_add_test(t, only_the_login_that_is_known_by_it_may_void);
	suite_add_tcase(s, t);
	return s;
}
