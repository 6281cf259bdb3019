/* intent_compact.c - the journal made smaller: what is settled goes, what is open stays, killed at any step and beside programs
 * that write. */
#include "core/base/mem.h"
#include "tests/support/journal.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_intent_compact(void);

START_TEST(compacting_drops_old_settled_actions_and_keeps_open_ones)
{
	struct intent_list l;
	struct err e = { 0 };
	char pad[3000];
	memset(pad, 'x', sizeof pad - 1);
	pad[sizeof pad - 1] = 0;
	struct intent open = journal_intent("5f0c0000-0000-4000-8000-00000000ffff");
	ck_assert(intent_write(journal_file, &open, &e));
	for (int i = 0; i < 1500; i++) {
		char line[4000];
		snprintf(line, sizeof line,
		         "{\"at\":\"2020-01-01T00:00:00.000Z\",\"state\":\"sent\",\"request_id\":\"r%d\","
		         "\"verb\":\"switch\","
		         "\"target\":\"%s\"}\n{\"at\":\"2020-01-01T00:00:01.000Z\",\"state\":\"done\",\"id\":"
		         "\"r%d\"}\n",
		         i, pad, i);
		journal_write(line);
	}
	struct stat before, after;
	ck_assert_int_eq(stat(journal_file, &before), 0);
	ck_assert_int_gt(before.st_size, 4 << 20);
	ck_assert(intent_compact(journal_file, &e));
	ck_assert_int_eq(stat(journal_file, &after), 0);
	ck_assert_int_lt(after.st_size, 2000);
	ck_assert(intent_read(journal_file, true, &l, &e));
	ck_assert_uint_eq(l.n, 1);
	ck_assert_str_eq(l.items[0].in.request_id, open.request_id);
	intent_list_free(&l);
}
END_TEST

/* Runs child() and kills it at its n-th stop before or behind a system call; false: it had ended. */
static bool killed_at_stop(int n, void (*child)(void))
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(9);
		raise(SIGSTOP);
		child();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFSTOPPED(status), "this system does not let a program watch its child");
	for (int i = 0; i < n; i++) {
		ck_assert_int_eq(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		if (!WIFSTOPPED(status)) {
			ck_assert_int_eq(status, 0);
			return false;
		}
	}
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return true;
}

static void compact_in_child(void)
{
	if (!intent_compact(journal_file, NULL)) _exit(1);
}

START_TEST(killed_at_any_step_of_compacting_it_loses_nothing)
{
	struct intent_target t[] = { { "agent-1", "5f0c0000-0000-4000-8000-000000000001", NULL } };
	struct intent_plan plan = { .bulk_id = "b1", .verb = "switch", .targets = t, .n = 1 };
	struct intent open = journal_intent("5f0c0000-0000-4000-8000-00000000ffff");
	struct intent_list l;
	struct err e = { 0 };
	struct stat st;
	char kept[80], left[80], old[80];
	int n_before = 0, n_after = 0;
	snprintf(kept, sizeof kept, "%s.kept", journal_file);
	snprintf(left, sizeof left, "%s.new", journal_file);
	snprintf(old, sizeof old, "%s.old", journal_file);
	ck_assert(intent_write(journal_file, &open, &e) && intent_write_plan(journal_file, &plan, &e));
	journal_write_settled(12000);
	ck_assert_int_eq(rename(journal_file, kept), 0);
	ck_assert_int_eq(stat(kept, &st), 0);
	ck_assert_int_gt(st.st_size, 4 << 20);
	for (bool is_killed = true; is_killed;) {
		unlink(journal_file);
		ck_assert_int_eq(link(kept, journal_file), 0);
		is_killed = killed_at_stop(n_before + n_after + 1, compact_in_child);
		ck_assert(intent_read(journal_file, false, &l, &e));
		ck_assert_uint_eq(l.n, 1);
		ck_assert_str_eq(l.items[0].in.request_id, open.request_id);
		ck_assert_uint_eq(l.n_plans, 1);
		ck_assert_uint_eq(l.n_broken, 0);
		*(l.n_bytes == (size_t)st.st_size ? &n_before : &n_after) += 1;
		intent_list_free(&l);
		ck_assert(intent_read(journal_file, false, &l, &e)); /* what was broken off is no hindrance */
		ck_assert_uint_lt(l.n_bytes, 4 << 20);
		ck_assert_uint_eq(l.n + l.n_plans, 2);
		intent_list_free(&l);
		ck_assert_int_ne(access(left, F_OK), 0);
		ck_assert(intent_compact(journal_file, &e)); /* the next program lets the large file go */
		ck_assert_int_ne(access(old, F_OK), 0);
	}
	ck_assert_int_gt(n_before, 10);
	ck_assert_int_gt(n_after, 2);
	unlink(kept);
}
END_TEST

/* Four programs write long intents, settle nine of ten and read, so that it is compacted under all of them. */
START_TEST(compacting_under_other_programs_loses_none_of_their_actions)
{
	enum { WRITERS = 4, EACH = 30, LONG = 80000 };
	static char reason[LONG + 1];
	struct intent_list l;
	struct err e = { 0 };
	struct stat st;
	memset(reason, 'r', LONG);
	for (int w = 0; w < WRITERS; w++)
		if (fork() == 0) {
			for (int i = 0; i < EACH; i++) {
				char id[48];
				snprintf(id, sizeof id, "5f0c0000-0000-4000-8000-%06d%06d", w, i);
				struct intent a = journal_intent(id);
				a.reason = reason;
				if (!intent_write(journal_file, &a, &e)) _exit(1);
				if (i % 10 && !intent_resolve(journal_file, id, "done", NULL, NULL, &e))
					_exit(2);
				if (!intent_read(journal_file, false, &l, &e)) _exit(3);
				intent_list_free(&l);
			}
			_exit(0);
		}
	for (int w = 0; w < WRITERS; w++) {
		int status;
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	ck_assert(intent_read(journal_file, false, &l, &e));
	ck_assert_uint_eq(l.n, WRITERS * EACH / 10);
	ck_assert_uint_eq(l.n_broken, 0);
	intent_list_free(&l);
	ck_assert_int_eq(stat(journal_file, &st), 0);
	ck_assert_int_lt(st.st_size, WRITERS * EACH * LONG / 2);
}
END_TEST

Suite *suite_intent_compact(void)
{
	Suite *s = suite_create("intent_compact");
	TCase *t = tcase_create("compact");
	tcase_add_checked_fixture(t, journal_make, journal_remove);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, compacting_drops_old_settled_actions_and_keeps_open_ones);
	tcase_add_test(t, killed_at_any_step_of_compacting_it_loses_nothing);
	tcase_add_test(t, compacting_under_other_programs_loses_none_of_their_actions);
	suite_add_tcase(s, t);
	return s;
}
