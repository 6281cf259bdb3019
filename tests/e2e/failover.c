/* failover.c - the server that did an action fails before its replica server has got it, and the other one takes over:
 * what was told as done is told as lost, headless, in the middle of a bulk and in the console, whether it made a command or
 * not and whether anybody waits for it. Sent again under its id it is done once. What had arrived is not called lost. */
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/fleet/intent.h"
#include "tests/support/cluster.h"
#include "tests/support/eyes.h"
#include "tests/support/proxy.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_failover(void);

#define E "r3.large.us-east-1e"
enum { TOLD_MS = 15000 };
static struct rig rig;
static struct cluster two;
static struct proxy *proxy;
static const struct server *writable; /* by now */
static char port[12], journal[300];

static void start(void)
{
	struct server_opts first = { .tcp = true, .server_id = 1, .extra = "--event-scheduler=off" },
	                   second = { .tcp = true, .server_id = 2, .extra = "--read-only" };
	struct err e = { 0 };
	rig_start_with(&rig, &first);
	two = (struct cluster){ .primary = rig.server, .replica = server_start(&second, &e) };
	ck_assert_msg(two.replica != NULL, "%s", e.text);
	cluster_do(two.primary, "CREATE USER replicator@127.0.0.1 IDENTIFIED BY 'for tests'");
	cluster_do(two.primary, "GRANT REPLICATION SLAVE ON *.* TO replicator@127.0.0.1");
	cluster_do(two.primary, "CREATE USER net@127.0.0.1");
	cluster_do(two.primary, "GRANT spotop_operator TO net@127.0.0.1");
	cluster_do(two.primary, "SET DEFAULT ROLE spotop_operator FOR net@127.0.0.1");
	cluster_demote(two.replica, two.primary);
	cluster_catch_up(&two);
}

static void stop(void)
{
	server_stop(two.replica);
	rig_stop(&rig);
}

/* As at the start: the first server takes writes, the other has everything, and a path leads to the first. */
static void fresh(void)
{
	rig_fresh(&rig);
	cluster_catch_up(&two);
	writable = two.primary;
	proxy = proxy_start(server_port(two.primary));
	snprintf(port, sizeof port, "%u", proxy_port(proxy));
	snprintf(journal, sizeof journal, "%s/spotop/intents.jsonl", rig.state);
	unlink(journal);
}

/* The first comes back with what the other never got, and is followed again from where it stands: what either has alone goes
 * with the next fresh start. By the place of the other's own writes the server would refuse, or pass over what is to come. */
static void back(void)
{
	struct err e = { 0 };
	char at[256];
	proxy_stop(proxy);
	ck_assert_msg(server_restart(two.primary, &e), "%s", e.text);
	snprintf(at, sizeof at, "%s", cluster_ask(two.primary, "SELECT @@GLOBAL.gtid_binlog_pos"));
	cluster_do(two.replica, "STOP SLAVE");
	cluster_do(two.replica, "RESET MASTER");
	cluster_do(two.replica, "SET GLOBAL slave_exec_mode = 'IDEMPOTENT'");
	cluster_do(two.replica, "SET GLOBAL gtid_slave_pos = '%s'", at);
	cluster_demote(two.replica, two.primary);
}

static void fail_over(void)
{
	server_kill(two.primary);
	cluster_promote(two.replica);
	proxy_detour(proxy, server_port(two.replica), 100000);
	writable = two.replica;
}

/* However long a busy machine has taken until now: no agent is silent. */
static void keep_alive(void)
{
	cluster_do(writable, "UPDATE spot_optimizer.agents SET last_heartbeat_at = NOW()");
}

/* The program has its answer: a server that fails sooner leaves it a fate to find out, which is another story. */
static void wait_answer(void)
{
	char text[60000];
	for (int i = 0; i < 600; i++, usleep(50000)) {
		FILE *f = fopen(journal, "r");
		size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
		if (f) fclose(f);
		text[n] = 0;
		if (strstr(text, "\"state\":\"done\"")) return;
	}
	ck_abort_msg("no answer is in the journal: %s", text);
}

static void wait_commands(const struct server *s, const char *n)
{
	for (int i = 0; i < 600; i++, usleep(50000))
		if (strcmp(cluster_ask(s, "SELECT COUNT(*) FROM spot_optimizer.commands"), n) == 0) return;
	ck_abort_msg("not %s commands there", n);
}

static pid_t spawn(const char *const *words, int *out, int *err)
{
	const char *argv[30] = { "--protocol=tcp", "-h", "127.0.0.1", "-P", port, "-u", "net" };
	size_t n = 7;
	while (*words) argv[n++] = *words++;
	return rig_spawn(&rig, false, argv, out, err);
}

static char *slurp(int fd)
{
	static char text[2][60000];
	static int i;
	char *to = text[i++ % 2];
	size_t n = 0;
	ssize_t k;
	while ((k = read(fd, to + n, sizeof text[0] - 1 - n)) > 0) n += (size_t)k;
	to[n] = 0;
	close(fd);
	return to;
}

static const char *const single[] = { "switch",   "agent-002", "--to",      E,   "--yes",
	                              "--reason", "a cut",     "--wait=60", NULL },
                         *const bulk[] = { "switch", "agent-002", "agent-003", "agent-004", "--to",
	                                   E,        "--yes",     "--reason",  "a cut",     NULL };

/* --wait, and a bulk whose first is waited for: the end comes soon, and is called what it is. */
START_TEST(what_was_done_and_did_not_arrive_is_lost)
{
	int out, err, status;
	cluster_do(two.replica, "STOP SLAVE IO_THREAD");
	pid_t pid = spawn(_i ? bulk : single, &out, &err);
	wait_commands(two.primary, "1");
	wait_answer();
	fail_over();
	int64_t from = clock_mono_ms();
	const char *said = slurp(out), *told = slurp(err);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 1, "%d: %s%s", status, said, told);
	ck_assert_int_lt(clock_mono_ms() - from, TOLD_MS);
	ck_assert_msg(strstr(said, "\"command_status\":\"lost\"") && strstr(said, "never happens"), "%s%s",
	              said, told);
	if (_i) ck_assert_msg(strstr(said, "\"fate\":\"failed\"") && strstr(said, "not_sent"), "%s", said);
	ck_assert_str_eq(cluster_ask(two.replica, "SELECT COUNT(*) FROM spot_optimizer.commands"), "0");
	back();
}
END_TEST

/* A read-only server that is behind says nothing of what is lost; one that has it, neither. */
START_TEST(what_is_late_or_has_arrived_is_not_lost)
{
	int out, err, status;
	if (_i == 0) cluster_stop_applying(two.replica);
	pid_t pid = spawn(single, &out, &err);
	wait_commands(two.primary, "1");
	wait_answer();
	if (_i == 1) cluster_catch_up(&two);
	usleep(500000); /* it follows the command */
	if (_i == 0) {
		proxy_detour(proxy, server_port(two.replica), 100000);
		proxy_cut(proxy);
		usleep(1500000);
		ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);
		cluster_start_applying(two.replica);
		cluster_catch_up(&two);
		proxy_detour(proxy, 0, 0);
	} else {
		fail_over();
		usleep(1500000);
		ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);
	}
	if (_i ==
	    0) /* its end is told, by whichever server there is; a row of the other's own would part the two */
		cluster_do(two.primary, "UPDATE spot_optimizer.commands SET status = 'cancelled'");
	else
		cluster_do(two.replica, "BEGIN NOT ATOMIC SET sql_log_bin = 0; UPDATE "
		                        "spot_optimizer.commands SET status = "
		                        "'cancelled'; END");
	const char *said = slurp(out), *told = slurp(err);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WEXITSTATUS(status) == 1 && strstr(said, "\"command_status\":\"cancelled\"") &&
	                      !strstr(said, "\"lost\""),
	              "%s%s", said, told);
	if (_i == 1)
		back();
	else
		proxy_stop(proxy);
}
END_TEST

START_TEST(the_console_tells_it_and_so_does_the_next_one)
{
	static const char *const env[] = { "LC_ALL=C.UTF-8", "TERM=xterm-256color", "TZ=UTC", NULL };
	const char *argv[] = { getenv("SPOTOP_BIN"),
		               "--no-defaults",
		               "--protocol=tcp",
		               "-h",
		               "127.0.0.1",
		               "-P",
		               port,
		               "-u",
		               "net",
		               "-D",
		               "spot_optimizer",
		               "--write",
		               NULL };
	char word[64], dir[200];
	snprintf(dir, sizeof dir, "%s", rig.state);
	setenv("XDG_STATE_HOME", dir, 1);
	cluster_do(two.replica, "STOP SLAVE IO_THREAD");
	p = pty_spawn(32, 120, argv, env);
	want("RW");
	pty_keys(p, "2");
	want("agents  40");
	pty_keys(p, "/agent-002\r");
	want("1 of 40");
	pty_keys(p, "as");
	want("us-east-1e");
	pty_settle(p, 450);
	pty_keys(p, "\r");
	want("to issue, Esc leaves");
	pty_settle(p, 450);
	const char *at = strstr(pty_screen(p), "type "), *end = at ? strstr(at, " to issue") : NULL;
	ck_assert(at && end);
	snprintf(word, sizeof word, "%.*s", (int)(end - at - 5), at + 5);
	pty_keys(p, word);
	want("issued: switch");
	wait_commands(two.primary, "1");
	pty_settle(p, 450);
	if (_i == 1) { /* it is left, and the next one learns what became of it */
		kill(pty_pid(p), SIGKILL);
		pty_free(p);
	} else
		escape();
	fail_over();
	if (_i == 1) p = pty_spawn(32, 120, argv, env);
	want("lost: the server that did it failed");
	pty_free(p);
	p = NULL;
	back();
}
END_TEST

/* --- what nobody waits for --- */

#define FREEZE "5f0c0000-0000-4000-8000-0000000000f1"
#define SWITCH "5f0c0000-0000-4000-8000-0000000000f2"
#define KEPT   "5f0c0000-0000-4000-8000-0000000000f3"
#define GOING  "5f0c0000-0000-4000-8000-0000000000f4"
#define VOIDED "5f0c0000-0000-4000-8000-0000000000f5"
#define FREEZE_LINE \
	"freeze", "agent:agent-005", "--for", "1h", "--reason", "a cut", "--yes", "--request-id", FREEZE
#define SWITCH_LINE "switch", "agent-002", "--to", E, "--reason", "a cut", "--yes", "--request-id", SWITCH

static struct said {
	int code;
	const char *out, *err;
} run(const char *const *words)
{
	int out, err, status;
	keep_alive();
	pid_t pid = spawn(words, &out, &err);
	struct said s = { .out = slurp(out), .err = slurp(err) };
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	s.code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
	return s;
}
#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })
#define DID(word, ...)                                                                                    \
	do {                                                                                              \
		struct said s_ = RUN(__VA_ARGS__);                                                        \
		ck_assert_msg(s_.code == 0 && strstr(s_.out, word), "%d: %s%s", s_.code, s_.out, s_.err); \
	} while (0)

#define LOOK "freeze", "agent:agent-009", "--for", "1h", "--reason", "a look", "--dry-run"
static const char *told_by_the_next(void)
{
	struct said s = RUN(LOOK);
	ck_assert_msg(s.code == 0, "%d: %s", s.code, s.err);
	return s.err;
}

static void journal_has(const char *id, const char *state)
{
	char line[200], text[500], last[500] = "";
	snprintf(line, sizeof line, "\"state\":\"%s\",\"id\":\"%s\"", state, id);
	FILE *f = fopen(journal, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(text, sizeof text, f))
		if (strstr(text, id)) snprintf(last, sizeof last, "%s", text);
	fclose(f);
	ck_assert_msg(strstr(last, line) != NULL, "the journal ends with %s", last);
}

/* An action that a program sent and never heard of. */
static void leave_open(const char *id)
{
	struct err e = { 0 };
	struct intent in = { .request_id = id,
		             .verb = "thaw",
		             .target = "fleet",
		             .server = mem_printf("net@127.0.0.1:%s/spot_optimizer", port) };
	ck_assert_msg(intent_write(journal, &in, &e), "%s", e.text);
	free((char *)in.server);
}

static bool is_under_way(void)
{
	return strcmp(cluster_ask(two.primary, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE "
	                                       "STATE = 'User sleep'"),
	              "1") == 0;
}

/* The server dies with the deed in its hands: the other one does it, once, and the program says done. */
static void fail_over_under(const char *agent)
{
	int out, err, status;
	cluster_do(two.primary,
	           "CREATE TRIGGER spot_optimizer.slow BEFORE INSERT ON spot_optimizer.commands FOR EACH ROW "
	           "SET NEW.created_by = IF(SLEEP(30), NEW.created_by, NEW.created_by)");
	const char *const going[] = { "switch", agent, "--to", E, "--yes", "--request-id", GOING, NULL };
	keep_alive();
	pid_t pid = spawn(going, &out, &err);
	for (int i = 0; !is_under_way(); i++, usleep(50000)) ck_assert_int_lt(i, 500);
	fail_over();
	proxy_cut(proxy);
	const char *said = slurp(out), *told = slurp(err);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0 &&
	                      strstr(told, "outcome unknown, checking"),
	              "%d: %s%s", status, said, told);
	ck_assert_str_eq(cluster_ask(two.replica,
	                             "SELECT COUNT(*) FROM spot_optimizer.commands WHERE request_id = '" GOING
	                             "'"),
	                 "1");
}

/* With and without a command; told once, by whoever comes next; what was answered a second time is known too. */
START_TEST(what_nobody_waited_for_is_told_by_the_next_run)
{
	DID("\"done\"", "freeze", "agent:agent-007", "--for", "1h", "--reason", "x", "--yes", "--request-id",
	    KEPT);
	cluster_catch_up(&two);
	cluster_do(two.replica, "STOP SLAVE IO_THREAD");
	DID("\"done\"", FREEZE_LINE);
	DID("\"replayed\"", FREEZE_LINE);
	DID("\"done\"", SWITCH_LINE);
	leave_open(VOIDED);
	DID("void", "void", VOIDED);
	journal_has(VOIDED, "void");
	ck_assert_ptr_null(strstr(told_by_the_next(), "lost"));
	fail_over_under("agent-003");
	const char *told = told_by_the_next();
	ck_assert_msg(strstr(told, "thaw fleet (request " VOIDED "): its void is lost: ") != NULL, "%s",
	              told);
	ck_assert_msg(strstr(told, "freeze agent:agent-005 (request " FREEZE
	                           "): lost: the server that did it failed") &&
	                      strstr(told, "switch agent-002 (request " SWITCH "): lost: ") &&
	                      !strstr(told, KEPT),
	              "%s", told);
	journal_has(FREEZE, "lost");
	journal_has(SWITCH, "lost");
	journal_has(KEPT, "done");
	DID("void", "void", VOIDED);
	journal_has(VOIDED, "void");
	ck_assert_ptr_null(strstr(told_by_the_next(), "lost"));
	DID("\"done\"", FREEZE_LINE);
	DID("\"replayed\"", FREEZE_LINE);
	DID("\"done\"", SWITCH_LINE);
	ck_assert_str_eq(cluster_ask(two.replica,
	                             "SELECT COUNT(*) FROM spot_optimizer.automation_freezes WHERE "
	                             "request_id = '" FREEZE "'"),
	                 "1");
	ck_assert_str_eq(cluster_ask(two.replica, "SELECT COUNT(*) FROM spot_optimizer.commands WHERE "
	                                          "request_id = '" SWITCH "'"),
	                 "1");
	ck_assert_ptr_null(strstr(told_by_the_next(), "lost"));
	journal_has(FREEZE, "done");
}
END_TEST

/* A console that is open, and one that comes later; what it tells of was done by another program. */
START_TEST(the_console_tells_what_nobody_waits_for)
{
	static const char *const env[] = { "LC_ALL=C.UTF-8", "TERM=xterm-256color", "TZ=UTC", NULL };
	const char *argv[] = { getenv("SPOTOP_BIN"),
		               "--no-defaults",
		               "--protocol=tcp",
		               "-h",
		               "127.0.0.1",
		               "-P",
		               port,
		               "-u",
		               "net",
		               "-D",
		               "spot_optimizer",
		               NULL };
	char dir[200];
	snprintf(dir, sizeof dir, "%s", rig.state);
	setenv("XDG_STATE_HOME", dir, 1);
	cluster_do(two.replica, "STOP SLAVE IO_THREAD");
	if (_i == 0) {
		p = pty_spawn(32, 120, argv, env);
		want("RO");
	}
	DID("\"done\"", "freeze", "agent:agent-005", "--for", "1h", "--reason", "a cut", "--yes");
	fail_over();
	if (_i == 0)
		proxy_cut(proxy);
	else
		p = pty_spawn(32, 120, argv, env);
	want("freeze agent:agent-005: lost: the server that did it failed");
	pty_free(p);
	p = NULL;
	back();
}
END_TEST

/* The servers are listed otherwise than when it was done: one that stands on both lists makes it the same database, and
 * of one that no list had beside the old one nothing is said. */
START_TEST(a_changed_list_of_servers_tells_it_too)
{
	char list[60], other[30];
	snprintf(other, sizeof other, "127.0.0.1:%u", server_port(two.replica));
	snprintf(list, sizeof list, "127.0.0.1:%s,%s", port, other);
	cluster_do(two.replica, "STOP SLAVE IO_THREAD");
	DID("\"done\"", FREEZE_LINE);
	server_kill(two.primary);
	cluster_promote(two.replica);
	writable = two.replica;
	proxy_detour(proxy, 1, 100000); /* nobody is there */
	struct said s = RUN("-h", other, LOOK);
	ck_assert_msg(s.code == 0 && !strstr(s.err, "lost"), "%d: %s", s.code, s.err);
	s = RUN("-h", list, LOOK);
	ck_assert_msg(s.code == 0 && strstr(s.err, "freeze agent:agent-005 (request " FREEZE "): lost: "),
	              "%d: %s", s.code, s.err);
	s = RUN("-h", list, LOOK);
	ck_assert_msg(s.code == 0 && !strstr(s.err, "lost"), "%d: %s", s.code, s.err);
	journal_has(FREEZE, "lost");
	back();
}
END_TEST

Suite *suite_failover(void)
{
	Suite *s = suite_create("failover");
	TCase *t = tcase_create("failover");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_add_loop_test(t, what_was_done_and_did_not_arrive_is_lost, 0, 2);
	tcase_add_loop_test(t, the_console_tells_it_and_so_does_the_next_one, 0, 2);
	tcase_add_loop_test(t, the_console_tells_what_nobody_waits_for, 0, 2);
	tcase_add_loop_test(t, what_is_late_or_has_arrived_is_not_lost, 0, 2);
	tcase_add_test(t, a_changed_list_of_servers_tells_it_too);
	suite_add_tcase(s, t);
	TCase *apart = tcase_create("apart"); /* it leaves the two servers apart for good */
	tcase_set_timeout(apart, 120);
	tcase_add_unchecked_fixture(apart, start, stop);
	tcase_add_checked_fixture(apart, fresh, NULL);
	tcase_add_test(apart, what_nobody_waited_for_is_told_by_the_next_run);
	suite_add_tcase(s, apart);
	return s;
}
