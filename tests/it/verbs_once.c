/* verbs_once.c - exactly once, whatever breaks: links cut at any byte, the server or spotop killed at any
 * moment; bulk actions that stop and are resumed. Real programs against a real server.
 * SPOTOP_CRASHES says how many crashes (40), SPOTOP_SEED which ones (1). */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/uuid.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/db/table.h"
#include "core/fleet/verb.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include "views/model/verbs.h"
#include <check.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
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

static struct rig_run order(const struct crash *c)
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
	struct rig_run run = order(c);
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
		struct rig_run run = order(c);
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
		struct rig_run again = order(&c);
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

/* --- bulks --- */
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
	tcase_add_test(t, ctrl_c_while_a_verb_waits_names_the_request);
	tcase_add_test(t, ctrl_c_at_wait_leaves_the_command_to_go_on);
	tcase_add_test(t, a_bulk_tries_one_first_then_goes_on_in_batches);
	tcase_add_test(t, a_bulk_stops_at_the_first_failure);
	tcase_add_test(t, a_canary_that_is_refused_stops_the_bulk_before_anything_happened);
	tcase_add_test(t, a_bulk_of_a_killed_program_is_taken_up_and_nothing_is_sent_twice);
	tcase_add_test(t, targets_are_ranked_with_what_is_known_and_n_of_it);
	tcase_add_loop_test(t, targets_say_which_guardrails_fail, 0, N_STANDING);
	tcase_add_loop_test(t, a_line_ends_with_its_documented_exit_code, 0, ARRAY_LEN(lines));
	tcase_add_test(t, each_action_happens_once_or_not_at_all_whatever_breaks);
	suite_add_tcase(s, t);
	return s;
}
