/* intent.c - the journal of intents: what was written is read back, cut lines are passed over, and a
 * dead program's intent is told from a running one's. */
#include "core/fleet/intent.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[64];

static void make_path(void)
{
	char dir[] = "/tmp/spotop-intent.XXXXXX";
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/intents.jsonl", dir);
}

static void remove_path(void)
{
	char name[80];
	unlink(path);
	snprintf(name, sizeof name, "%s.lock", path);
	unlink(name);
	snprintf(name, sizeof name, "%s.old", path);
	unlink(name);
	*strrchr(path, '/') = 0;
	rmdir(path);
}

static struct intent act(const char *id)
{
	return (struct intent){ .request_id = id,
		                .verb = "switch",
		                .target = "agent-\"7\"\n",
		                .args = "{\"pool\":\"best\"}",
		                .seen = "{\"version\":41}",
		                .reason = "Überlast",
		                .server = "root@/tmp/s/spot",
		                .thread_id = 99,
		                .at_wall_ms = 1700000000123 };
}

static void write_raw(const char *text)
{
	FILE *f = fopen(path, "a");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

START_TEST(no_journal_is_an_empty_one)
{
	struct intent_list l;
	struct err e = { 0 };
	ck_assert(intent_read(path, false, &l, &e));
	ck_assert_uint_eq(l.n, 0);
	ck_assert_uint_eq(l.n_plans, 0);
	intent_list_free(&l);
}
END_TEST

START_TEST(what_was_written_is_read_back)
{
	struct intent in = act("5f0c0000-0000-4000-8000-000000000001");
	struct intent_list l;
	struct err e = { 0 };
	ck_assert(intent_write(path, &in, &e));
	ck_assert(intent_read(path, false, &l, &e));
	ck_assert_uint_eq(l.n, 1);
	const struct intent *r = &l.items[0].in;
	ck_assert_str_eq(r->request_id, in.request_id);
	ck_assert_str_eq(r->verb, "switch");
	ck_assert_str_eq(r->target, in.target);
	ck_assert_str_eq(r->args, in.args);
	ck_assert_str_eq(r->seen, in.seen);
	ck_assert_str_eq(r->reason, in.reason);
	ck_assert_str_eq(r->server, in.server);
	ck_assert_ptr_null(r->override);
	ck_assert_uint_eq(r->thread_id, 99);
	ck_assert_int_eq(r->at_wall_ms, in.at_wall_ms);
	intent_list_free(&l);
}
END_TEST

START_TEST(a_resolved_action_is_open_no_more_until_it_is_sent_again)
{
	struct intent a = act("5f0c0000-0000-4000-8000-000000000001"),
	              b = act("5f0c0000-0000-4000-8000-000000000002");
	struct intent_list l;
	struct err e = { 0 };
	ck_assert(intent_write(path, &a, &e) && intent_write(path, &b, &e));
	ck_assert(intent_resolve(path, a.request_id, "void", "it never happens", NULL, &e));
	ck_assert(intent_read(path, false, &l, &e));
	ck_assert_uint_eq(l.n, 1);
	ck_assert_str_eq(l.items[0].in.request_id, b.request_id);
	intent_list_free(&l);
	ck_assert(intent_write(path, &a, &e));
	ck_assert(intent_read(path, false, &l, &e));
	ck_assert_uint_eq(l.n, 2);
	intent_list_free(&l);
	ck_assert(intent_read(path, true, &l, &e));
	ck_assert_uint_eq(l.n, 2);
	intent_list_free(&l);
}
END_TEST

START_TEST(a_line_cut_by_a_crash_spoils_nothing_before_or_after_it)
{
	struct intent a = act("5f0c0000-0000-4000-8000-000000000001"),
	              b = act("5f0c0000-0000-4000-8000-000000000002");
	struct intent_list l;
	struct err e = { 0 };
	ck_assert(intent_write(path, &a, &e));
	write_raw("{\"at\":\"2026-11-22T02:51:00.000Z\",\"state\":\"sent\",\"request_id\":\"5f0c");
	ck_assert(intent_write(path, &b, &e));
	write_raw("\n\nnot json at all\n[1,2]\n{\"state\":7}\n");
	ck_assert(intent_read(path, false, &l, &e));
	ck_assert_uint_eq(l.n, 2);
	ck_assert_str_eq(l.items[1].in.request_id, b.request_id);
	ck_assert_uint_eq(l.n_broken, 4);
	intent_list_free(&l);
}
END_TEST

START_TEST(a_plan_keeps_its_targets_and_ids_until_it_is_done)
{
	struct intent_target t[] = { { "agent-1", "5f0c0000-0000-4000-8000-000000000001", NULL },
		                     { "agent-2", "5f0c0000-0000-4000-8000-000000000002",
		                       "{\"pool\":\"p2\"}" } };
	struct intent_plan p = { .bulk_id = "b1",
		                 .verb = "switch",
		                 .args = "{}",
		                 .override = "[]",
		                 .batch = 3,
		                 .targets = t,
		                 .n = 2 };
	struct intent_list l;
	struct err e = { 0 };
	ck_assert(intent_write_plan(path, &p, &e));
	ck_assert(intent_read(path, false, &l, &e));
	ck_assert_uint_eq(l.n_plans, 1);
	ck_assert_uint_eq(l.plans[0].n, 2);
	ck_assert_uint_eq(l.plans[0].batch, 3);
	ck_assert_str_eq(l.plans[0].targets[1].target, "agent-2");
	ck_assert_str_eq(l.plans[0].targets[1].request_id, t[1].request_id);
	ck_assert_ptr_null(l.plans[0].targets[0].args);
	ck_assert_str_eq(l.plans[0].targets[1].args, t[1].args);
	intent_list_free(&l);
	ck_assert(intent_resolve(path, "b1", "left", NULL, NULL, &e));
	ck_assert(intent_read(path, false, &l, &e));
	ck_assert_uint_eq(l.n_plans, 0);
	intent_list_free(&l);
	ck_assert(intent_bulk_of(path, t[1].request_id, &l,
	                         &e)); /* which bulk a request was of is known after it */
	ck_assert_uint_eq(l.n_plans, 1);
	ck_assert_str_eq(l.plans[0].bulk_id, "b1");
	intent_list_free(&l);
	ck_assert(intent_bulk_of(path, "5f0c0000-0000-4000-8000-00000000000", &l, &e));
	ck_assert_uint_eq(l.n_plans, 0);
	intent_list_free(&l);
}
END_TEST

/* A child writes an intent and waits to be killed: alive first, lost after. */
START_TEST(an_intent_of_a_running_program_is_in_flight_and_of_a_killed_one_lost)
{
	struct intent a = act("5f0c0000-0000-4000-8000-000000000001");
	struct intent_list l;
	struct err e = { 0 };
	int ready[2];
	ck_assert_int_eq(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		char ok = intent_write(path, &a, &e) ? 'y' : 'n';
		if (write(ready[1], &ok, 1) != 1) _exit(1);
		for (;;) pause();
	}
	char ok = 0;
	ck_assert_int_eq(read(ready[0], &ok, 1), 1);
	ck_assert_int_eq(ok, 'y');
	ck_assert(intent_read(path, false, &l, &e));
	ck_assert_uint_eq(l.n, 1);
	ck_assert(l.items[0].is_alive);
	intent_list_free(&l);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert(intent_read(path, false, &l, &e));
	ck_assert_uint_eq(l.n, 1);
	ck_assert(!l.items[0].is_alive);
	intent_list_free(&l);
}
END_TEST

/* Eight programs write at once: no line is lost or torn. */
START_TEST(writers_at_once_do_not_tear_each_others_lines)
{
	enum { WRITERS = 8, EACH = 20 };
	struct intent_list l;
	struct err e = { 0 };
	for (int w = 0; w < WRITERS; w++)
		if (fork() == 0) {
			for (int i = 0; i < EACH; i++) {
				char id[48];
				snprintf(id, sizeof id, "5f0c0000-0000-4000-8000-%06d%06d", w, i);
				struct intent a = act(id);
				if (!intent_write(path, &a, &e)) _exit(1);
			}
			_exit(0);
		}
	for (int w = 0; w < WRITERS; w++) {
		int status;
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	ck_assert(intent_read(path, false, &l, &e));
	ck_assert_uint_eq(l.n, WRITERS * EACH);
	ck_assert_uint_eq(l.n_broken, 0);
	intent_list_free(&l);
}
END_TEST

START_TEST(compacting_drops_old_resolved_acts_and_keeps_open_ones)
{
	struct intent_list l;
	struct err e = { 0 };
	char pad[3000];
	memset(pad, 'x', sizeof pad - 1);
	pad[sizeof pad - 1] = 0;
	struct intent open = act("5f0c0000-0000-4000-8000-00000000ffff");
	ck_assert(intent_write(path, &open, &e));
	for (int i = 0; i < 1500; i++) {
		char line[4000];
		snprintf(line, sizeof line,
		         "{\"at\":\"2020-01-01T00:00:00.000Z\",\"state\":\"sent\",\"request_id\":\"r%d\","
		         "\"verb\":\"switch\","
		         "\"target\":\"%s\"}\n{\"at\":\"2020-01-01T00:00:01.000Z\",\"state\":\"done\",\"id\":"
		         "\"r%d\"}\n",
		         i, pad, i);
		write_raw(line);
	}
	struct stat before, after;
	ck_assert_int_eq(stat(path, &before), 0);
	ck_assert_int_gt(before.st_size, 4 << 20);
	ck_assert(intent_compact(path, &e));
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_int_lt(after.st_size, 2000);
	ck_assert(intent_read(path, true, &l, &e));
	ck_assert_uint_eq(l.n, 1);
	ck_assert_str_eq(l.items[0].in.request_id, open.request_id);
	intent_list_free(&l);
}
END_TEST

/* n acts as the program writes them, all done, now. */
static void write_settled(int n)
{
	static const char id[] = "5f0c0000-0000-4000-9000-000000000000";
	struct intent a = act(id);
	struct err e = { 0 };
	char text[4096];
	ck_assert(intent_write(path, &a, &e) &&
	          intent_resolve(path, id, "done", "agent-7: issued", NULL, &e));
	FILE *f = fopen(path, "r");
	size_t len = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[len] = 0;
	char *first = strstr(text, id), *second = strstr(first + 1, id), *from = first;
	while (from > text && from[-1] != '\n') from--;
	len = strlen(from);
	f = fopen(path, "a");
	for (int i = 1; i < n; i++) {
		char digits[16];
		snprintf(digits, sizeof digits, "%012d", i);
		memcpy(first + 24, digits, 12);
		memcpy(second + 24, digits, 12);
		ck_assert_uint_eq(fwrite(from, 1, len, f), len);
	}
	ck_assert_int_eq(fclose(f), 0);
}

/* The cost is counted: lines parsed, and bytes looked at. */
START_TEST(settled_acts_cost_the_reader_nothing_however_many_they_are)
{
	struct intent open = act("5f0c0000-0000-4000-8000-00000000ffff");
	struct intent_list l;
	struct err e = { 0 };
	ck_assert(intent_write(path, &open, &e));
	ck_assert(intent_read(path, false, &l, &e));
	size_t alone = l.n_parsed;
	ck_assert_uint_eq(alone, 1);
	intent_list_free(&l);
	write_settled(100000);
	for (int run = 0; run < 2; run++) {
		ck_assert(intent_read(path, false, &l, &e));
		ck_assert_uint_eq(l.n, 1);
		ck_assert_str_eq(l.items[0].in.request_id, open.request_id);
		ck_assert_uint_eq(l.n_parsed, alone);
		ck_assert_uint_eq(l.n_broken, 0);
		if (run == 0)
			ck_assert_uint_gt(l.n_bytes, 20 << 20);
		else
			ck_assert_uint_le(l.n_bytes, 4 << 20);
		intent_list_free(&l);
	}
	ck_assert(intent_read(path, true, &l, &e)); /* the latest are kept */
	ck_assert_uint_gt(l.n, 1000);
	ck_assert_str_eq(l.items[l.n - 1].in.request_id, "5f0c0000-0000-4000-9000-000000099999");
	ck_assert_str_eq(l.items[l.n - 1].outcome, "done");
	intent_list_free(&l);
}
END_TEST

/* What a failover may have lost: done, where a server replicates, and not known as lost. */
START_TEST(what_was_done_by_a_server_that_replicates_is_listed_newest_first)
{
	const char *const ids[] = { "5f0c0000-0000-4000-8000-000000000001",
		                    "5f0c0000-0000-4000-8000-000000000002",
		                    "5f0c0000-0000-4000-8000-000000000003",
		                    "5f0c0000-0000-4000-8000-000000000004" };
	struct intent_list l;
	struct err e = { 0 };
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		struct intent a = act(ids[i]);
		ck_assert(intent_write(path, &a, &e));
	}
	ck_assert(intent_resolve(path, ids[0], "done", "x", "0-1-7", &e));
	ck_assert(intent_resolve(path, ids[1], "done", "x", NULL, &e));
	ck_assert(intent_resolve(path, ids[2], "refused", "x", "0-1-8", &e));
	ck_assert(intent_resolve(path, ids[3], "done", "x", "0-1-9", &e));
	ck_assert(intent_read(path, false, &l, &e));
	ck_assert_uint_eq(l.n, 0);
	ck_assert_uint_eq(l.n_done, 2);
	ck_assert_str_eq(l.done[0].request_id, ids[3]);
	ck_assert_str_eq(l.done[0].gtid, "0-1-9");
	ck_assert_str_eq(l.done[1].gtid, "0-1-7");
	ck_assert_ptr_nonnull(strstr(l.done[1].line, "\"verb\":\"switch\""));
	ck_assert_uint_eq(l.n_parsed, 0);
	intent_list_free(&l);
	ck_assert(intent_resolve(path, ids[3], "lost", "x", NULL, &e));
	ck_assert(intent_read(path, false, &l, &e));
	ck_assert_uint_eq(l.n_done, 1);
	intent_list_free(&l);
}
END_TEST

/* Far from the journal's end a line that is followed by its outcome is passed over unread: what only looks like such a
 * pair is not. */
START_TEST(what_is_open_is_found_among_what_is_settled)
{
	static const char sent[] =
	        "{\"at\":\"2026-01-01T00:00:00.000Z\",\"state\":\"sent\",\"request_id\":\"%s\","
	        "\"verb\":\"ack\",\"target\":\"x\"}\n",
	                  done[] = "{\"at\":\"2026-01-01T00:00:01.000Z\",\"state\":\"done\",\"id\":\"%s\"}\n",
	                  a[] = "5f0c0000-0000-4000-8000-00000000000a",
	                  b[] = "5f0c0000-0000-4000-8000-00000000000b",
	                  c[] = "5f0c0000-0000-4000-8000-00000000000c",
	                  d[] = "5f0c0000-0000-4000-8000-00000000000d", s[] = "a short id";
	struct intent_list l;
	struct err e = { 0 };
	const char *const lines[][2] = {
		{ sent, a }, { done, b }, { sent, b }, /* of another; before it was sent again */
		{ sent, c }, { sent, c }, { done, c }, { sent, s },
		{ done, s }, { sent, d }, { done, d }, { sent, d },
	};
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		char *line =
		        lines[i][0] == sent ? mem_printf(sent, lines[i][1]) : mem_printf(done, lines[i][1]);
		write_raw(line);
		free(line);
	}
	write_settled(20000);
	ck_assert(intent_read(path, false, &l, &e));
	ck_assert_uint_eq(l.n, 3);
	ck_assert_str_eq(l.items[0].in.request_id, a);
	ck_assert_str_eq(l.items[1].in.request_id, b);
	ck_assert_str_eq(l.items[2].in.request_id, d);
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
	if (!intent_compact(path, NULL)) _exit(1);
}

START_TEST(killed_at_any_step_of_compacting_it_loses_nothing)
{
	struct intent_target t[] = { { "agent-1", "5f0c0000-0000-4000-8000-000000000001", NULL } };
	struct intent_plan plan = { .bulk_id = "b1", .verb = "switch", .targets = t, .n = 1 };
	struct intent open = act("5f0c0000-0000-4000-8000-00000000ffff");
	struct intent_list l;
	struct err e = { 0 };
	struct stat st;
	char kept[80], left[80], old[80];
	int n_before = 0, n_after = 0;
	snprintf(kept, sizeof kept, "%s.kept", path);
	snprintf(left, sizeof left, "%s.new", path);
	snprintf(old, sizeof old, "%s.old", path);
	ck_assert(intent_write(path, &open, &e) && intent_write_plan(path, &plan, &e));
	write_settled(12000);
	ck_assert_int_eq(rename(path, kept), 0);
	ck_assert_int_eq(stat(kept, &st), 0);
	ck_assert_int_gt(st.st_size, 4 << 20);
	for (bool is_killed = true; is_killed;) {
		unlink(path);
		ck_assert_int_eq(link(kept, path), 0);
		is_killed = killed_at_stop(n_before + n_after + 1, compact_in_child);
		ck_assert(intent_read(path, false, &l, &e));
		ck_assert_uint_eq(l.n, 1);
		ck_assert_str_eq(l.items[0].in.request_id, open.request_id);
		ck_assert_uint_eq(l.n_plans, 1);
		ck_assert_uint_eq(l.n_broken, 0);
		*(l.n_bytes == (size_t)st.st_size ? &n_before : &n_after) += 1;
		intent_list_free(&l);
		ck_assert(intent_read(path, false, &l, &e)); /* what was broken off is no hindrance */
		ck_assert_uint_lt(l.n_bytes, 4 << 20);
		ck_assert_uint_eq(l.n + l.n_plans, 2);
		intent_list_free(&l);
		ck_assert_int_ne(access(left, F_OK), 0);
		ck_assert(intent_compact(path, &e)); /* the next program lets the large file go */
		ck_assert_int_ne(access(old, F_OK), 0);
	}
	ck_assert_int_gt(n_before, 10);
	ck_assert_int_gt(n_after, 2);
	unlink(kept);
}
END_TEST

/* Four programs write long acts, settle nine of ten and read, so that it is compacted under all of them. */
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
				struct intent a = act(id);
				a.reason = reason;
				if (!intent_write(path, &a, &e)) _exit(1);
				if (i % 10 && !intent_resolve(path, id, "done", NULL, NULL, &e)) _exit(2);
				if (!intent_read(path, false, &l, &e)) _exit(3);
				intent_list_free(&l);
			}
			_exit(0);
		}
	for (int w = 0; w < WRITERS; w++) {
		int status;
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	ck_assert(intent_read(path, false, &l, &e));
	ck_assert_uint_eq(l.n, WRITERS * EACH / 10);
	ck_assert_uint_eq(l.n_broken, 0);
	intent_list_free(&l);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_lt(st.st_size, WRITERS * EACH * LONG / 2);
}
END_TEST

START_TEST(a_journal_that_cannot_be_written_is_said_so)
{
	struct intent a = act("5f0c0000-0000-4000-8000-000000000001");
	struct err e = { 0 };
	ck_assert(!intent_write("/nonexistent/folder/intents.jsonl", &a, &e));
	ck_assert_int_eq(e.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(e.text, "/nonexistent/folder"));
}
END_TEST

Suite *suite_intent(void);
Suite *suite_intent(void)
{
	Suite *s = suite_create("intent");
	TCase *t = tcase_create("journal");
	tcase_add_checked_fixture(t, make_path, remove_path);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, no_journal_is_an_empty_one);
	tcase_add_test(t, what_was_written_is_read_back);
	tcase_add_test(t, a_resolved_action_is_open_no_more_until_it_is_sent_again);
	tcase_add_test(t, a_line_cut_by_a_crash_spoils_nothing_before_or_after_it);
	tcase_add_test(t, a_plan_keeps_its_targets_and_ids_until_it_is_done);
	tcase_add_test(t, an_intent_of_a_running_program_is_in_flight_and_of_a_killed_one_lost);
	tcase_add_test(t, writers_at_once_do_not_tear_each_others_lines);
	tcase_add_test(t, compacting_drops_old_resolved_acts_and_keeps_open_ones);
	tcase_add_test(t, settled_acts_cost_the_reader_nothing_however_many_they_are);
	tcase_add_test(t, what_was_done_by_a_server_that_replicates_is_listed_newest_first);
	tcase_add_test(t, what_is_open_is_found_among_what_is_settled);
	tcase_add_test(t, killed_at_any_step_of_compacting_it_loses_nothing);
	tcase_add_test(t, compacting_under_other_programs_loses_none_of_their_actions);
	tcase_add_test(t, a_journal_that_cannot_be_written_is_said_so);
	suite_add_tcase(s, t);
	return s;
}
