/* intent.c - the journal of intents: what was written is read back, cut lines are passed over, and a
 * dead program's intent is told from a running one's. */
#include "core/fleet/intent.h"
#include "core/base/clock.h"
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

START_TEST(no_journal_is_an_empty_one)
{
	struct intent_list l;
	struct err e = { 0 };
	ck_assert(intent_read(journal_file, false, &l, &e));
	ck_assert_uint_eq(l.n, 0);
	ck_assert_uint_eq(l.n_plans, 0);
	intent_list_free(&l);
}
END_TEST

START_TEST(what_was_written_is_read_back)
{
	struct intent in = journal_intent("5f0c0000-0000-4000-8000-000000000001");
	struct intent_list l;
	struct err e = { 0 };
	ck_assert(intent_write(journal_file, &in, &e));
	ck_assert(intent_read(journal_file, false, &l, &e));
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
	struct intent a = journal_intent("5f0c0000-0000-4000-8000-000000000001"),
	              b = journal_intent("5f0c0000-0000-4000-8000-000000000002");
	struct intent_list l;
	struct err e = { 0 };
	ck_assert(intent_write(journal_file, &a, &e) && intent_write(journal_file, &b, &e));
	ck_assert(intent_resolve(journal_file, a.request_id, "void", "it never happens", NULL, &e));
	ck_assert(intent_read(journal_file, false, &l, &e));
	ck_assert_uint_eq(l.n, 1);
	ck_assert_str_eq(l.items[0].in.request_id, b.request_id);
	intent_list_free(&l);
	ck_assert(intent_write(journal_file, &a, &e));
	ck_assert(intent_read(journal_file, false, &l, &e));
	ck_assert_uint_eq(l.n, 2);
	intent_list_free(&l);
	ck_assert(intent_read(journal_file, true, &l, &e));
	ck_assert_uint_eq(l.n, 2);
	intent_list_free(&l);
}
END_TEST

START_TEST(a_line_cut_by_a_crash_spoils_nothing_before_or_after_it)
{
	struct intent a = journal_intent("5f0c0000-0000-4000-8000-000000000001"),
	              b = journal_intent("5f0c0000-0000-4000-8000-000000000002");
	struct intent_list l;
	struct err e = { 0 };
	ck_assert(intent_write(journal_file, &a, &e));
	journal_write("{\"at\":\"2026-11-22T02:51:00.000Z\",\"state\":\"sent\",\"request_id\":\"5f0c");
	ck_assert(intent_write(journal_file, &b, &e));
	journal_write("\n\nnot json at all\n[1,2]\n{\"state\":7}\n");
	ck_assert(intent_read(journal_file, false, &l, &e));
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
	ck_assert(intent_write_plan(journal_file, &p, &e));
	ck_assert(intent_read(journal_file, false, &l, &e));
	ck_assert_uint_eq(l.n_plans, 1);
	ck_assert_uint_eq(l.plans[0].n, 2);
	ck_assert_uint_eq(l.plans[0].batch, 3);
	ck_assert_str_eq(l.plans[0].targets[1].target, "agent-2");
	ck_assert_str_eq(l.plans[0].targets[1].request_id, t[1].request_id);
	ck_assert_ptr_null(l.plans[0].targets[0].args);
	ck_assert_str_eq(l.plans[0].targets[1].args, t[1].args);
	intent_list_free(&l);
	ck_assert(intent_resolve(journal_file, "b1", "left", NULL, NULL, &e));
	ck_assert(intent_read(journal_file, false, &l, &e));
	ck_assert_uint_eq(l.n_plans, 0);
	intent_list_free(&l);
	ck_assert(intent_bulk_of(journal_file, t[1].request_id, &l,
	                         &e)); /* which bulk a request was of is known after it */
	ck_assert_uint_eq(l.n_plans, 1);
	ck_assert_str_eq(l.plans[0].bulk_id, "b1");
	intent_list_free(&l);
	ck_assert(intent_bulk_of(journal_file, "5f0c0000-0000-4000-8000-00000000000", &l, &e));
	ck_assert_uint_eq(l.n_plans, 0);
	intent_list_free(&l);
}
END_TEST

/* A child writes an intent and waits to be killed: alive first, lost after. */
START_TEST(an_intent_of_a_running_program_is_in_flight_and_of_a_killed_one_lost)
{
	struct intent a = journal_intent("5f0c0000-0000-4000-8000-000000000001");
	struct intent_list l;
	struct err e = { 0 };
	int ready[2];
	ck_assert_int_eq(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		char ok = intent_write(journal_file, &a, &e) ? 'y' : 'n';
		if (write(ready[1], &ok, 1) != 1) _exit(1);
		for (;;) pause();
	}
	char ok = 0;
	ck_assert_int_eq(read(ready[0], &ok, 1), 1);
	ck_assert_int_eq(ok, 'y');
	ck_assert(intent_read(journal_file, false, &l, &e));
	ck_assert_uint_eq(l.n, 1);
	ck_assert(l.items[0].is_alive);
	intent_list_free(&l);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert(intent_read(journal_file, false, &l, &e));
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
				struct intent a = journal_intent(id);
				if (!intent_write(journal_file, &a, &e)) _exit(1);
			}
			_exit(0);
		}
	for (int w = 0; w < WRITERS; w++) {
		int status;
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	ck_assert(intent_read(journal_file, false, &l, &e));
	ck_assert_uint_eq(l.n, WRITERS * EACH);
	ck_assert_uint_eq(l.n_broken, 0);
	intent_list_free(&l);
}
END_TEST

/* The cost is counted: lines parsed, and bytes looked at. */
START_TEST(settled_actions_cost_the_reader_nothing_however_many_they_are)
{
	struct intent open = journal_intent("5f0c0000-0000-4000-8000-00000000ffff");
	struct intent_list l;
	struct err e = { 0 };
	ck_assert(intent_write(journal_file, &open, &e));
	ck_assert(intent_read(journal_file, false, &l, &e));
	size_t alone = l.n_parsed;
	ck_assert_uint_eq(alone, 1);
	intent_list_free(&l);
	journal_write_settled(100000);
	for (int run = 0; run < 2; run++) {
		ck_assert(intent_read(journal_file, false, &l, &e));
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
	ck_assert(intent_read(journal_file, true, &l, &e)); /* the latest are kept */
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
		struct intent a = journal_intent(ids[i]);
		ck_assert(intent_write(journal_file, &a, &e));
	}
	ck_assert(intent_resolve(journal_file, ids[0], "done", "x", "0-1-7", &e));
	ck_assert(intent_resolve(journal_file, ids[1], "done", "x", NULL, &e));
	ck_assert(intent_resolve(journal_file, ids[2], "refused", "x", "0-1-8", &e));
	ck_assert(intent_resolve(journal_file, ids[3], "done", "x", "0-1-9", &e));
	ck_assert(intent_read(journal_file, false, &l, &e));
	ck_assert_uint_eq(l.n, 0);
	ck_assert_uint_eq(l.n_done, 2);
	ck_assert_str_eq(l.done[0].request_id, ids[3]);
	ck_assert_str_eq(l.done[0].gtid, "0-1-9");
	ck_assert_str_eq(l.done[1].gtid, "0-1-7");
	ck_assert_ptr_nonnull(strstr(l.done[1].line, "\"verb\":\"switch\""));
	ck_assert_uint_eq(l.n_parsed, 0);
	intent_list_free(&l);
	ck_assert(intent_resolve(journal_file, ids[3], "lost", "x", NULL, &e));
	ck_assert(intent_read(journal_file, false, &l, &e));
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
		journal_write(line);
		free(line);
	}
	journal_write_settled(20000);
	ck_assert(intent_read(journal_file, false, &l, &e));
	ck_assert_uint_eq(l.n, 3);
	ck_assert_str_eq(l.items[0].in.request_id, a);
	ck_assert_str_eq(l.items[1].in.request_id, b);
	ck_assert_str_eq(l.items[2].in.request_id, d);
	intent_list_free(&l);
}
END_TEST

START_TEST(a_journal_that_cannot_be_written_is_said_so)
{
	struct intent a = journal_intent("5f0c0000-0000-4000-8000-000000000001");
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
	tcase_add_checked_fixture(t, journal_make, journal_remove);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, no_journal_is_an_empty_one);
	tcase_add_test(t, what_was_written_is_read_back);
	tcase_add_test(t, a_resolved_action_is_open_no_more_until_it_is_sent_again);
	tcase_add_test(t, a_line_cut_by_a_crash_spoils_nothing_before_or_after_it);
	tcase_add_test(t, a_plan_keeps_its_targets_and_ids_until_it_is_done);
	tcase_add_test(t, an_intent_of_a_running_program_is_in_flight_and_of_a_killed_one_lost);
	tcase_add_test(t, writers_at_once_do_not_tear_each_others_lines);
	tcase_add_test(t, settled_actions_cost_the_reader_nothing_however_many_they_are);
	tcase_add_test(t, what_was_done_by_a_server_that_replicates_is_listed_newest_first);
	tcase_add_test(t, what_is_open_is_found_among_what_is_settled);
	tcase_add_test(t, a_journal_that_cannot_be_written_is_said_so);
	suite_add_tcase(s, t);
	return s;
}
