/* verbs_once.c - exactly once, whatever breaks: links cut at any byte, the server or spotop killed at any
 * moment. Real programs against a real server.
 * SPOTOP_CRASHES says how many crashes (40), SPOTOP_SEED which ones (1). */
#include "core/base/clock.h"
#include "core/base/uuid.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/fleet/verb.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include "views/model/verbs.h"
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void) { rig_fresh(&rig); }

#define E "r3.large.us-east-1e"

/* --- the crash loop --- */
static unsigned long long rng_state;
static long rng(long below)
{
	rng_state = rng_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return below > 0 ? (long)((rng_state >> 33) % (unsigned long long)below) : 0;
}

static long setting(const char *name, long otherwise)
{
	const char *s = getenv(name);
	return s && atol(s) > 0 ? atol(s) : otherwise;
}

struct crash {
	int kind;
	char agent[16], id[37], note[120];
	long up, down, ms;
};
enum { CUT_UP, CUT_DOWN, CUT_HALF, KILL_SERVER, KILL_SPOTOP, N_KINDS };

static struct rig_run issue(const struct crash *c)
{
	const char *argv[] = { "switch",   c->agent, "--to",         E,     "--yes",
		               "--reason", "crash",  "--request-id", c->id, NULL };
	return rig_spotop(&rig, true, argv);
}

static long effects(const struct crash *c)
{
	return rig_number(&rig, "SELECT COUNT(*) FROM commands WHERE request_id = '%s'", c->id);
}

static void keep_alive(void)
{
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW()");
	rig_do(&rig, "UPDATE spot_pools SET last_price_at = NOW()");
}

/* How long a run takes and how much goes over the link when nothing breaks. */
static void measure(struct crash *c)
{
	rig_cut_arm(&rig, 0, 0, false);
	int64_t since = clock_mono_ms();
	struct rig_run run = issue(c);
	c->ms = (long)(clock_mono_ms() - since) + 1;
	ck_assert_msg(run.code == 0, "%s%s", run.out, run.err);
	c->up = rig.cut->up, c->down = rig.cut->down;
	ck_assert_int_eq(effects(c), 1);
	rig_run_free(&run);
	rig_do(&rig, "UPDATE commands SET status = 'cancelled' WHERE request_id = '%s'", c->id);
}

/* Ends with the run's exit code; whatever was broken is whole again. */
static int crash(struct crash *c, const struct crash *plain)
{
	int code, out, err, status;
	long at = rng(c->kind == CUT_UP ? plain->up : c->kind < KILL_SERVER ? plain->down : plain->ms);
	snprintf(c->note, sizeof c->note, "kind %d at %ld", c->kind, at);
	rig_cut_arm(&rig, c->kind == CUT_UP ? at + 1 : 0,
	            c->kind == CUT_DOWN || c->kind == CUT_HALF ? at + 1 : 0, c->kind == CUT_HALF);
	if (c->kind < KILL_SERVER) {
		struct rig_run run = issue(c);
		code = run.code;
		ck_assert_msg(code == 0 || code == 3 || code == 5, "%s: exit %d: %s%s", c->note, code,
		              run.out, run.err);
		rig_run_free(&run);
	} else {
		const char *argv[] = { "switch",   c->agent, "--to",         E,     "--yes",
			               "--reason", "crash",  "--request-id", c->id, NULL };
		pid_t pid = rig_spawn(&rig, true, argv, &out, &err);
		poll(NULL, 0, (int)at);
		if (c->kind == KILL_SERVER) {
			rig_kill_server(&rig);
			rig_start_server(&rig);
		} else
			kill(pid, SIGKILL);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		close(out), close(err);
		code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
		ck_assert_msg(code == 0 || code == 3 || code == 5 || code == 1009, "%s: exit %d", c->note,
		              code);
	}
	rig_cut_arm(&rig, 0, 0, false);
	return code;
}

/* The next start says what became of an action that was left open, and says the truth: done only with its row there, and
 * otherwise that it may yet happen, since what a killed program sent may be on its way. */
static void next_start(const struct crash *c)
{
	const char *argv[] = { "freeze", "fleet", "--for", "1h", "--reason", "x", "--dry-run", NULL };
	struct rig_run run = rig_spotop(&rig, true, argv);
	ck_assert_msg(run.code == 0, "%s: %s", c->note, run.err);
	long n = effects(c);
	bool was_done = strstr(run.err, "it was done") != NULL,
	     is_open = strstr(run.err, "its fate is unknown") != NULL;
	if (strstr(run.err, c->id)) ck_assert_msg(was_done != is_open, "%s: %s", c->note, run.err);
	ck_assert_msg(!was_done || n == 1, "%s: %ld, but: %s", c->note, n, run.err);
	rig_run_free(&run);
	if (is_open && n == 0) return; /* sent again below */
	run = rig_spotop(&rig, true, argv);
	ck_assert_msg(is_open || strstr(run.err, "unresolved") == NULL, "%s: still open: %s", c->note,
	              run.err);
	rig_run_free(&run);
}

START_TEST(each_action_happens_once_or_not_at_all_whatever_breaks)
{
	struct crash plain = { .agent = "agent-002" };
	long n = setting("SPOTOP_CRASHES", 40), seed = setting("SPOTOP_SEED", 1), said_done = 0, happened = 0;
	uuid_make(plain.id);
	measure(&plain);
	for (long i = 0; i < n; i++) {
		struct crash c = { .kind = (int)(i % N_KINDS) };
		rng_state = (unsigned long long)(seed * 1000003 + i);
		rng(2);
		snprintf(c.agent, sizeof c.agent, "agent-%03ld", 3 + i % 35);
		uuid_make(c.id);
		keep_alive();
		int code = crash(&c, &plain);
		long before = effects(&c);
		ck_assert_msg(before <= 1, "crash %ld (%s): %ld effects", i, c.note, before);
		if (code == 0)
			ck_assert_msg(before == 1, "crash %ld (%s): said done, and was not", i, c.note);
		if (code == 3)
			ck_assert_msg(before == 0, "crash %ld (%s): said nothing was sent, and it was", i,
			              c.note);
		next_start(&c);
		before = effects(&c); /* what a killed program had sent may have gone on until now */
		struct rig_run again = issue(&c);
		ck_assert_msg(again.code == 0, "crash %ld (%s): again: %s%s", i, c.note, again.out,
		              again.err);
		ck_assert_msg(before == 0 || strstr(again.out, "\"replayed\"") != NULL, "crash %ld (%s): %s",
		              i, c.note, again.out);
		rig_run_free(&again);
		ck_assert_int_eq(effects(&c), 1);
		ck_assert_int_eq(rig_number(&rig,
		                            "SELECT COUNT(*) FROM audit_log WHERE request_id = '%s' AND "
		                            "result = 'done'",
		                            c.id),
		                 1);
		rig_do(&rig, "UPDATE commands SET status = 'cancelled' WHERE request_id = '%s'", c.id);
		said_done += code == 0, happened += before;
	}
	/* The points must fall on both sides of the commit, or the loop tests nothing. */
	if (n >= 40)
		ck_assert_msg(said_done > 0 && happened > 0 && happened < n,
		              "%ld said done, %ld of %ld happened", said_done, happened, n);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_audit_faults"), 0);
}
END_TEST

/* --- the engine, in this process --- */
struct engine {
	uv_loop_t loop;
	struct db *db;
	struct verb_engine *v;
	char journal[160];
};

static void engine_open(struct engine *x)
{
	struct db_conf conf;
	struct err e = { 0 };
	server_conf(rig.server, &conf);
	uv_loop_init(&x->loop);
	ck_assert(conf_set(&conf, "database", "spot_optimizer", "test", &e));
	x->db = db_open(&x->loop, &conf, DB_WRITE, "test");
	conf_free(&conf);
	mkdir(rig.state, 0700);
	snprintf(x->journal, sizeof x->journal, "%s/engine-%d.jsonl", rig.state, (int)getpid());
	struct verb_options opts = { .journal = x->journal, .verbs = verbs, .unknown_ms = 20000 };
	x->v = verb_open(&x->loop, x->db, &opts);
}

static void engine_close(struct engine *x)
{
	verb_close_wait(x->v);
	db_close_wait(x->db);
	ck_assert_int_eq(uv_loop_close(&x->loop), 0);
}

START_TEST(data_that_is_too_old_blocks_the_action_and_nothing_is_written)
{
	struct engine x;
	struct err e = { 0 };
	struct verb_result *r;
	engine_open(&x);
	struct verb_request req = { .verb = verb_find("switch"),
		                    .target = "agent-002",
		                    .args = "{\"pool\":\"best\"}",
		                    .seen = "{\"version\":1}",
		                    .seen_at_mono_ms = clock_mono_ms() - 11000 };
	ck_assert(!verb_issue_wait(x.v, &req, &r, &e));
	ck_assert_int_eq(e.code, ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(e.text, "11 s old"));
	ck_assert_int_ne(access(x.journal, F_OK), 0);
	engine_close(&x);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands"), 0);
}
END_TEST

START_TEST(an_action_is_previewed_issued_and_replayed)
{
	struct engine x;
	struct err e = { 0 };
	struct verb_result *look, *done, *again;
	engine_open(&x);
	struct verb_request req = { .verb = verb_find("switch"),
		                    .target = "agent-002",
		                    .args = "{\"pool\":\"best\"}" };
	ck_assert_msg(verb_preview_wait(x.v, &req, &look, &e), "%s", e.text);
	ck_assert_int_eq(look->status, VERB_DRY_RUN);
	ck_assert_uint_ge(look->n_guards, 16);
	char *seen = verb_seen(look);
	req.seen = seen, req.seen_at_mono_ms = look->read_at_mono_ms;
	ck_assert_msg(verb_issue_wait(x.v, &req, &done, &e), "%s", e.text);
	ck_assert_msg(done->status == VERB_DONE, "%s", done->message);
	ck_assert_msg(verb_issue_wait(x.v, &req, &again, &e), "%s", e.text);
	ck_assert_int_eq(again->status, VERB_REPLAYED);
	ck_assert_str_eq(again->command_id, done->command_id);
	verb_result_free(look), verb_result_free(done), verb_result_free(again);
	free(seen);
	engine_close(&x);
}
END_TEST

START_TEST(an_intent_left_by_a_killed_program_is_settled_truly)
{
	struct engine x;
	struct err e = { 0 };
	struct verb_result *r;
	struct intent_list left;
	engine_open(&x);
	struct verb_request req = {
		.verb = verb_find("freeze"), .target = "fleet", .args = "{\"seconds\":60}", .reason = "storm"
	};
	ck_assert(verb_issue_wait(x.v, &req, &r, &e));
	verb_result_free(r);
	struct intent was = {
		.request_id = req.request_id, .verb = "freeze", .target = "fleet", .thread_id = 1
	};
	struct intent not = { .request_id = "5f0c0000-0000-4000-8000-000000000099",
		              .verb = "thaw",
		              .target = "fleet",
		              .thread_id = 1 };
	ck_assert(intent_write(x.journal, &was, &e) && intent_write(x.journal, &not, &e));
	ck_assert(verb_pending_intents(x.v, &left, &e));
	ck_assert_uint_eq(left.n, 2);
	ck_assert_msg(verb_settle_wait(x.v, &left.items[0].in, &r, &e), "%s", e.text);
	ck_assert_int_eq(r->status, VERB_REPLAYED);
	verb_result_free(r);
	ck_assert(!verb_settle_wait(x.v, &left.items[1].in, &r, &e));
	ck_assert_int_eq(e.code, ERR_UNKNOWN); /* no row of it says nothing: it may come yet */
	intent_list_free(&left);
	ck_assert(verb_pending_intents(x.v, &left, &e));
	ck_assert_uint_eq(left.n, 1);
	ck_assert_msg(verb_void_wait(x.v, not .request_id, "gone", &r, &e), "%s", e.text);
	ck_assert_int_eq(r->status, VERB_VOID);
	verb_result_free(r);
	ck_assert_msg(verb_settle_wait(x.v, &left.items[0].in, &r, &e), "%s", e.text);
	ck_assert_int_eq(r->status, VERB_VOID);
	verb_result_free(r);
	ck_assert_msg(verb_void_wait(x.v, req.request_id, "gone", &r, &e), "%s", e.text);
	ck_assert_int_eq(r->status, VERB_REPLAYED);
	verb_result_free(r);
	intent_list_free(&left);
	ck_assert(verb_pending_intents(x.v, &left, &e));
	ck_assert_uint_eq(left.n, 0);
	intent_list_free(&left);
	engine_close(&x);
}
END_TEST

/* A login without the right is told so, not shown an error of SQL. */
START_TEST(a_login_without_the_right_is_refused_in_words)
{
	rig_do(&rig, "CREATE OR REPLACE USER looker@localhost");
	rig_do(&rig, "GRANT SELECT ON spot_optimizer.* TO looker@localhost");
	const char *argv[] = { "freeze", "fleet", "--for", "1h",     "--reason",
		               "x",      "--yes", "-u",    "looker", NULL };
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_msg(run.code == 4, "%d %s%s", run.code, run.out, run.err);
	ck_assert_ptr_nonnull(strstr(run.err, "this login may not freeze"));
	rig_run_free(&run);
}
END_TEST

/* The operator's role is enough for an action, and for finding out after a lost link what became of it; the
 * pieces the verbs are made of are not for calling. */
START_TEST(the_operators_role_is_enough_even_when_the_answer_is_lost)
{
	rig_do(&rig, "CREATE OR REPLACE USER operator@localhost");
	rig_do(&rig, "GRANT spotop_operator TO operator@localhost");
	rig_do(&rig, "SET DEFAULT ROLE spotop_operator FOR operator@localhost");
	char id[2][37];
	long down = 0;
	for (int i = 0; i < 2; i++) {
		uuid_make(id[i]);
		const char *argv[] = { "switch",   i ? "agent-003" : "agent-002",
			               "--to",     E,
			               "--yes",    "--request-id",
			               id[i],      "-u",
			               "operator", NULL };
		/* The last bytes from the server are the end of the answer to the CALL. */
		rig_cut_arm(&rig, 0, i ? down - 8 : 0, i != 0);
		struct rig_run run = rig_spotop(&rig, true, argv);
		ck_assert_msg(run.code == 0, "%d %s%s", run.code, run.out, run.err);
		ck_assert((strstr(run.err, "outcome unknown, checking") != NULL) == (i == 1));
		ck_assert_int_eq(rig.cut->n_cuts, i);
		down = rig.cut->down;
		rig_run_free(&run);
		ck_assert_int_eq(rig_number(&rig,
		                            "SELECT COUNT(*) FROM commands WHERE request_id = '%s' AND "
		                            "created_by LIKE 'operator@%%'",
		                            id[i]),
		                 1);
	}
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM mysql.procs_priv WHERE User = "
	                                  "'spotop_operator' AND Routine_name IN "
	                                  "('verb_queue', 'verb_finish', 'verb_cordon_pool', 'verb_alert', "
	                                  "'audit_append')"),
	                 0);
}
END_TEST

Suite *suite_verbs_once(void);
Suite *suite_verbs_once(void)
{
	Suite *s = suite_create("verbs_once");
	TCase *t = tcase_create("once");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_set_timeout(t, setting("SPOTOP_CRASHES", 40) > 40 ? 7200 : 180);
	tcase_add_test(t, data_that_is_too_old_blocks_the_action_and_nothing_is_written);
	tcase_add_test(t, an_action_is_previewed_issued_and_replayed);
	tcase_add_test(t, an_intent_left_by_a_killed_program_is_settled_truly);
	tcase_add_test(t, a_login_without_the_right_is_refused_in_words);
	tcase_add_test(t, the_operators_role_is_enough_even_when_the_answer_is_lost);
	tcase_add_test(t, each_action_happens_once_or_not_at_all_whatever_breaks);
	suite_add_tcase(s, t);
	return s;
}
