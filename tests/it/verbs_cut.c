/* verbs_cut.c - a path that breaks: a proxy that delays, cuts to the client, cuts to the server, or sends to another
 * server, at any byte. Each break falls on each kind of verb. No request is done twice, none is told wrongly at any moment, and its fate is known soon after
 * the path is back. A real replica server is the other one; the login is an operator's.
 * SPOTOP_CUTS says how many cuts (40), SPOTOP_SEED which ones (1). */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/uuid.h"
#include "tests/support/cut.h"
#include "tests/support/proxy.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define E "r3.large.us-east-1e"
enum { CUTS = 40, SETTLED_MS = 15000 };

static struct rig rig;
static struct server *replica;
static struct proxy *proxy;

static void on_replica(const char *sql, char *value, size_t n)
{
	struct err e = { 0 };
	ck_assert_msg(server_sql(replica, sql, value, n, &e), "%s: %s", sql, e.text);
}

static void catch_up(void)
{
	char got[32] = "", sql[300];
	char *pos = rig_text(&rig, "SELECT @@gtid_binlog_pos");
	snprintf(sql, sizeof sql, "SELECT MASTER_GTID_WAIT('%s', 60)", pos);
	on_replica(sql, got, sizeof got);
	ck_assert_str_eq(got, "0");
	free(pos);
}

static void make_login(void)
{
	rig_do(&rig, "CREATE USER net@'127.0.0.1'");
	rig_do(&rig, "GRANT spotop_operator TO net@'127.0.0.1'");
	rig_do(&rig, "SET DEFAULT ROLE spotop_operator FOR net@'127.0.0.1'");
}

static void start(void)
{
	struct server_opts first = { .tcp = true, .extra = "--event-scheduler=off", .extra2 = "--log-bin" },
	                   second = { .tcp = true, .extra = "--server-id=2", .extra2 = "--read-only" };
	struct err e = { 0 };
	char sql[300];
	rig_start_with(&rig, &first);
	replica = server_start(&second, &e);
	ck_assert_msg(replica != NULL, "%s", e.text);
	rig_do(&rig, "CREATE USER copy@'127.0.0.1' IDENTIFIED BY 'x'");
	rig_do(&rig, "GRANT REPLICATION SLAVE ON *.* TO copy@'127.0.0.1'");
	make_login();
	snprintf(sql, sizeof sql,
	         "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = %u, MASTER_USER = 'copy', "
	         "MASTER_PASSWORD = 'x', MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1",
	         server_port(rig.server));
	on_replica(sql, NULL, 0);
	on_replica("START SLAVE", NULL, 0);
	catch_up();
}

static void stop(void)
{
	server_stop(replica);
	rig_stop(&rig);
}

static void start_alone(void)
{
	struct server_opts first = { .tcp = true, .extra = "--event-scheduler=off" };
	rig_start_with(&rig, &first);
	make_login();
}
static void stop_alone(void) { rig_stop(&rig); }

/* In the test itself: a thread does not cross its fork. */
static void fresh(void)
{
	rig_fresh(&rig);
	proxy = proxy_start(server_port(rig.server));
	cut_over(&rig, proxy);
}

static void keep_alive(void)
{
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW()");
	rig_do(&rig, "UPDATE spot_pools SET last_price_at = NOW()");
}

/* --- many cuts --- */

static unsigned long long rng_state;
static unsigned rng(unsigned long below)
{
	rng_state = rng_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return below ? (unsigned)((rng_state >> 33) % below) : 0;
}

static long setting(const char *name, long otherwise)
{
	const char *s = getenv(name);
	return s && atol(s) > 0 ? atol(s) : otherwise;
}

/* What the program said against what is so, now and once nothing can come any more. */
static void hold(const struct cut *c, const struct ended *e, const char *when)
{
	long n = cut_effects(c);
	ck_assert_msg(n <= 1, "%s, %s: done %ld times", c->note, when, n);
	if (e->code == 0) ck_assert_msg(n == 1, "%s, %s: said done, and is not", c->note, when);
	bool is_told = strstr(e->out, "\"status\":\"done\"") != NULL; /* 3: what it did could not be read */
	if ((e->code == 3 && !is_told) || e->code == 4)
		ck_assert_msg(n == 0, "%s, %s: said that nothing was done, and it was: %s", c->note, when,
		              e->err);
	if (n == 1)
		ck_assert_msg(!strstr(e->err, "never happen") && !strstr(e->err, "nothing was"), "%s, %s: %s",
		              c->note, when, e->err);
}

/* True: the program knew the fate of its request. */
static bool cut_once(struct cut *c)
{
	struct ended e, again;
	cut_prepare(c);
	proxy_arm(proxy, &c->fault);
	cut_issue(c, &e);
	int64_t now = clock_mono_ms();
	long broke = proxy_broke_ms(proxy);
	c->took_ms = broke ? (long)(now - broke) - (long)c->fault.away_ms : 0;
	ck_assert_msg(e.code == 0 || e.code == 3 || e.code == 4 || e.code == 5, "%s: exit %d: %s%s", c->note,
	              e.code, e.out, e.err);
	hold(c, &e, "at its end");
	while (!proxy_is_idle(proxy)) poll(NULL, 0, 20);
	proxy_arm(proxy, NULL);
	if (c->fault.kind == PROXY_LATE) poll(NULL, 0, 300); /* what came late has run */
	hold(c, &e, "later");
	cut_issue(c, &again); /* the same request: once, whoever did it */
	ck_assert_msg(again.code == 0, "%s: %d %s, again: %d %s%s", c->note, e.code, e.err, again.code,
	              again.out, again.err);
	if (e.code == 0)
		ck_assert_msg(strstr(again.out, "\"replayed\"") != NULL, "%s: %s", c->note, again.out);
	ck_assert_int_eq(cut_effects(c), 1);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM audit_log WHERE request_id = '%s' AND result IN "
	                            "('done', 'void')",
	                            c->id),
	                 1);
	cut_undo(c);
	return e.code != 5;
}

static const char *const names[] = { "both cut", "client cut", "server cut", "late", "switched" };

/* How much each kind of verb sends up and down. */
typedef unsigned long all_bytes[CUT_VERBS][2];

/* Each kind of break falls on each kind of verb. */
static void choose(struct cut *c, long i, all_bytes bytes, long seed)
{
	rng_state = (unsigned long long)(seed * 1000003 + i);
	rng(2);
	struct proxy_fault *f = &c->fault;
	f->kind = (enum proxy_break)(i % PROXY_N_BREAKS);
	f->is_up = rng(3) > 0 || f->kind == PROXY_LATE;
	size_t k = (size_t)(i / PROXY_N_BREAKS) % CUT_VERBS;
	c->verb = &cut_verbs[k];
	f->at = 1 + rng(bytes[k][f->is_up]);
	f->away_ms = rng(600);
	f->late_ms = 200 + rng(1500);
	f->other = server_port(replica);
	snprintf(c->agent, sizeof c->agent, "agent-%03ld", 3 + i % 32); /* of one path alone */
	uuid_make(c->id);
	snprintf(c->note, sizeof c->note,
	         "cut %ld (%s, %s at byte %lu %s the server, away %u ms, late %u ms)", i, c->verb->name,
	         names[f->kind], f->at, f->is_up ? "to" : "from", f->away_ms, f->late_ms);
}

/* Several programs at once, each on a path of its own: most of a cut is waiting. */
enum { AT_ONCE = 8 };
struct tally {
	long n_broke, n_late, longest;
};

static struct tally cut_some(long first, long n, all_bytes bytes, long seed)
{
	struct tally sum = { 0 };
	proxy = proxy_start(server_port(rig.server));
	cut_over(&rig, proxy);
	for (long i = first; i < n; i += AT_ONCE) {
		struct cut c = { 0 };
		choose(&c, i, bytes, seed);
		keep_alive();
		bool is_known = cut_once(&c);
		bool is_late = !is_known || c.took_ms > SETTLED_MS;
		if (is_late)
			printf("verbs_cut: %s: %s after %ld ms\n", c.note, is_known ? "known" : "unknown",
			       c.took_ms);
		sum.n_late += is_late;
		sum.n_broke += c.took_ms != 0;
		sum.longest = c.took_ms > sum.longest ? c.took_ms : sum.longest;
	}
	return sum;
}

static struct tally cut_all(long n, all_bytes bytes, long seed)
{
	struct tally sum = { 0 }, one;
	int ends[2], status;
	ck_assert_int_eq(pipe(ends), 0);
	for (long k = 0; k < AT_ONCE; k++) {
		pid_t pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			one = cut_some(k, n, bytes, seed);
			fflush(stdout);
			_exit(write(ends[1], &one, sizeof one) == sizeof one ? 0 : 1);
		}
	}
	for (int k = 0; k < AT_ONCE; k++) { /* what one of them found wrong, it has said */
		ck_assert_int_gt(waitpid(-1, &status, 0), 0);
		ck_assert_int_eq(status, 0);
		ck_assert_int_eq(read(ends[0], &one, sizeof one), sizeof one);
		sum.n_late += one.n_late;
		sum.n_broke += one.n_broke;
		sum.longest = one.longest > sum.longest ? one.longest : sum.longest;
	}
	return sum;
}

START_TEST(no_request_is_done_twice_or_told_wrongly)
{
	long n = setting("SPOTOP_CUTS", CUTS), seed = setting("SPOTOP_SEED", 1);
	all_bytes bytes;
	for (size_t k = 0; k < CUT_VERBS; k++) {
		struct cut plain = { .verb = &cut_verbs[k], .agent = "agent-002" };
		struct ended e;
		uuid_make(plain.id);
		cut_prepare(&plain);
		proxy_arm(proxy, NULL);
		cut_issue(&plain, &e);
		ck_assert_msg(e.code == 0 && cut_effects(&plain) == 1, "%s: %d %s%s", cut_verbs[k].name,
		              e.code, e.out, e.err);
		bytes[k][0] = proxy_passed(proxy, false);
		bytes[k][1] = proxy_passed(proxy, true);
		cut_undo(&plain);
	}
	struct tally sum = cut_all(n, bytes, seed);
	printf("verbs_cut: %ld cuts, %ld fell on a request; %ld not settled within 15 s of the path's "
	       "return; "
	       "the longest took %.1f s\n",
	       n, sum.n_broke, sum.n_late, (double)sum.longest / 1000);
	ck_assert_msg(sum.n_late * 100 <= n, "%ld of %ld were not settled in time", sum.n_late, n);
	ck_assert_msg(sum.n_broke * 2 > n, "only %ld of %ld cuts fell on a request", sum.n_broke, n);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_audit_faults"), 0);
}
END_TEST

/* --- one at a time: what the console's tests of a lost link show, from the command line --- */

static const struct cut one = { .verb = &cut_verbs[0],
	                        .agent = "agent-003",
	                        .id = "5f0c0000-0000-4000-8000-0000000000ef" };

/* Whoever issues a command sleeps in the server, with the audit chain's head in its hands. */
static void make_slow(int seconds)
{
	rig_do(&rig,
	       "CREATE TRIGGER slow BEFORE INSERT ON commands FOR EACH ROW SET NEW.created_by = "
	       "IF(SLEEP(%d), NEW.created_by, NEW.created_by)",
	       seconds);
}
static void make_fast(void) { rig_do(&rig, "DROP TRIGGER IF EXISTS slow"); }

static void until_it_sleeps(void)
{
	for (int i = 0; i < 600; i++, poll(NULL, 0, 50))
		if (rig_number(&rig, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE = "
		                     "'User sleep'"))
			return;
	ck_abort_msg("it never came to its deed");
}

/* The link is cut while the deed is under way inside the server, which commits it later. */
START_TEST(what_is_still_running_is_waited_for)
{
	const char *argv[] = { "switch", one.agent, "--to", E, "--yes", "--request-id", one.id, NULL };
	struct ended e;
	int out, err;
	make_slow(2);
	pid_t pid = cut_spawn(argv, &out, &err);
	until_it_sleeps();
	proxy_cut(proxy);
	cut_wait_end(pid, out, err, &e);
	make_fast();
	ck_assert_msg(e.code == 0, "%d %s%s", e.code, e.out, e.err);
	ck_assert_msg(strstr(e.err, "outcome unknown, checking") != NULL, "%s", e.err);
	ck_assert_ptr_null(strstr(e.err, "never"));
	ck_assert_int_eq(cut_effects(&one), 1);
}
END_TEST

/* Each verb waits for the audit chain's head and holds it: none may for longer than 30 s. With what is sent it is
 * asked for; that the server does it takes the 30 s, and is seen in make soak-cuts. */
START_TEST(a_verb_is_sent_with_the_servers_limit_of_30_s)
{
	struct cut quick = { .verb = &cut_verbs[0], .agent = "agent-005" };
	struct ended e;
	uuid_make(quick.id);
	rig_do(&rig, "SET GLOBAL log_output = 'TABLE'");
	rig_do(&rig, "SET GLOBAL general_log = ON");
	cut_issue(&quick, &e);
	rig_do(&rig, "SET GLOBAL general_log = OFF");
	ck_assert_msg(e.code == 0, "%d %s", e.code, e.err);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM mysql.general_log WHERE argument LIKE "
	                                  "'SET STATEMENT max_statement_time%%30%%FOR%%CALL verb_switch%%'"),
	                 2); /* the preview, and in earnest */
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM mysql.general_log WHERE argument LIKE "
	                                  "'%%CALL verb_switch%%' AND argument NOT LIKE 'SET STATEMENT%%'"),
	                 0);
}
END_TEST

START_TEST(a_verb_is_ended_by_the_server_after_30_s)
{
	struct cut slow = { .verb = &cut_verbs[0], .agent = "agent-004" };
	struct ended e;
	uuid_make(slow.id);
	make_slow(60);
	int64_t since = clock_mono_ms();
	cut_issue(&slow, &e);
	int64_t took = clock_mono_ms() - since;
	make_fast();
	ck_assert_msg(e.code != 0 && strstr(e.err, "ended it after 30 s and undid it; nothing was changed"),
	              "%d %s", e.code, e.err);
	ck_assert_msg(took >= 29000 && took < 50000, "%lld ms", (long long)took);
	ck_assert_int_eq(cut_effects(&slow), 0);
}
END_TEST

/* --- a bulk that is broken off --- */

static const char *const bulk[] = {
	"switch", "--filter", "agent~agent-01[0-4]", "--to", "best", "--yes", NULL
};

static size_t count(const char *text, const char *what)
{
	size_t n = 0;
	for (const char *at = text; (at = strstr(at, what)); at++) n++;
	return n;
}

/* Nothing more is sent, what is under way is waited for, what was sent goes on; each target's fate is told. */
START_TEST(ctrl_c_tells_what_a_bulk_did)
{
	bool is_asked = _i == 1;
	struct ended e;
	int out, err;
	if (is_asked) make_slow(1);
	pid_t pid = cut_spawn(bulk, &out, &err);
	if (is_asked)
		until_it_sleeps();
	else
		while (!rig_number(&rig, "SELECT COUNT(*) FROM commands")) poll(NULL, 0, 50);
	if (!is_asked) poll(NULL, 0, 1000); /* it follows the first one by now */
	kill(pid, SIGINT);
	cut_wait_end(pid, out, err, &e);
	make_fast();
	ck_assert_msg(e.code == 1, "%d %s%s", e.code, e.out, e.err);
	ck_assert_msg(strstr(e.err,
	                     "interrupted: 0 done, 1 sent and going on, 0 failed, 4 not sent, 0 unknown"),
	              "%s", e.err);
	ck_assert_msg(count(e.out, "\"fate\":\"sent\"") == 1 && count(e.out, "\"fate\":\"not_sent\"") == 4,
	              "%s", e.out);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands WHERE status = 'pending'"), 1);
}
END_TEST

START_TEST(ctrl_c_twice_names_what_a_bulk_had_under_way)
{
	const char *look[] = { "freeze", "fleet", "--for", "1h", "--reason", "x", "--dry-run", NULL };
	struct ended e, next;
	int out, err;
	make_slow(2);
	pid_t pid = cut_spawn(bulk, &out, &err);
	until_it_sleeps();
	kill(pid, SIGINT);
	poll(NULL, 0, 500);
	kill(pid, SIGINT);
	cut_wait_end(pid, out, err, &e);
	ck_assert_msg(e.code == 5 && strstr(e.err, ": not known whether it was done (request ") &&
	                      count(e.err, "not known") == 1,
	              "%d %s", e.code, e.err);
	for (int i = 0; i < 400 && !rig_number(&rig, "SELECT COUNT(*) FROM commands"); i++) poll(NULL, 0, 50);
	make_fast();
	cut_run(look, &next);
	ck_assert_msg(strstr(next.err, "it was done") != NULL, "%s", next.err);
}
END_TEST

Suite *suite_verbs_cut(void);
Suite *suite_verbs_cut(void)
{
	Suite *s = suite_create("verbs_cut");
	TCase *t = tcase_create("cut");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	bool is_soak = setting("SPOTOP_CUTS", CUTS) > CUTS;
	tcase_set_timeout(t, is_soak ? 14400 : 300);
	tcase_add_test(t, no_request_is_done_twice_or_told_wrongly);
	suite_add_tcase(s, t);
	TCase *l = tcase_create("one");
	tcase_add_unchecked_fixture(l, start_alone, stop_alone);
	tcase_add_checked_fixture(l, fresh, NULL);
	tcase_set_timeout(l, 120);
	tcase_add_test(l, what_is_still_running_is_waited_for);
	tcase_add_loop_test(l, ctrl_c_tells_what_a_bulk_did, 0, 2);
	tcase_add_test(l, ctrl_c_twice_names_what_a_bulk_had_under_way);
	tcase_add_test(l, a_verb_is_sent_with_the_servers_limit_of_30_s);
	if (is_soak) tcase_add_test(l, a_verb_is_ended_by_the_server_after_30_s);
	suite_add_tcase(s, l);
	return s;
}
