/* lost.c - the link breaks while an action is on its way: the console says that it does not know, finds out, and
 * says the truth; that nothing happened is said once it never can. */
#include "core/base/err.h"
#include "tests/support/eyes.h"
#include "tests/support/proxy.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 6 };
static struct server *server;
static char cnf[300];
static struct proxy *proxy;

static const char *ask(const char *sql)
{
	static char value[300];
	struct err e = { 0 };
	ck_assert_msg(server_sql(server, sql, value, sizeof value, &e), "%s: %s", sql, e.text);
	return value;
}

static void start(void)
{
	struct err e = { 0 };
	struct server_opts o = { .tcp = true };
	server = server_start_whole(&o, &e);
	ck_assert_msg(server != NULL, "%s", e.text);
	ask("CREATE USER net@'127.0.0.1' IDENTIFIED BY 'x'");
	ask("GRANT ALL ON *.* TO net@'127.0.0.1'");
	ask("INSERT INTO spot_optimizer.spot_pools (id, pool_name, instance_type, region, az) VALUES "
	    "('m5.large.us-east-1a', 'm5.large.us-east-1a', 'm5.large', 'us-east-1', 'us-east-1a')");
	setenv("XDG_STATE_HOME", server_dir(server), 1);
	setenv("XDG_CONFIG_HOME", server_dir(server), 1);
}
static void stop(void) { server_stop(server); }

static void open_console(void)
{
	static const char *const env[] = { "LC_ALL=C.UTF-8", "TERM=xterm-256color", "TZ=UTC", NULL };
	proxy = proxy_start(server_port(server));
	snprintf(cnf, sizeof cnf, "--defaults-file=%s/lost.cnf", server_dir(server));
	FILE *f = fopen(strchr(cnf, '=') + 1, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "[client]\nhost=127.0.0.1\nport=%u\nuser=net\npassword=x\n", proxy_port(proxy));
	ck_assert_int_eq(fclose(f), 0);
	const char *argv[] = { getenv("SPOTOP_BIN"), cnf, "--write", NULL };
	p = pty_spawn(30, 110, argv, env);
	want("RW");
	pty_keys(p, ":pools\r");
	want("us-east-1");
}

static void close_console(void)
{
	pty_free(p);
	p = NULL;
	proxy_stop(proxy);
}

/* A cordon, up to its question. */
static void ask_cordon(void)
{
	pty_keys(p, "ao");
	want("for (2h):");
	pty_settle(p, 450);
	pty_keys(p, "5m\r");
	want("reason:");
	pty_settle(p, 450);
	pty_keys(p, "a drill\r");
	want("y issues it");
	pty_settle(p, 400);
}

/* The link is as mode says when it is answered. */
static void answer_under(enum proxy_mode mode)
{
	ask_cordon();
	proxy_mode(proxy, mode);
	pty_keys(p, "y");
	want("waiting for the answer");
	pty_settle(p, 300); /* what is to reach the server has reached it */
	proxy_cut(proxy);
	proxy_mode(proxy, PROXY_PASS);
}

static bool comes(const char *text, const char *or_else)
{
	for (int i = 0; i < WAIT_MS / 50; i++) {
		if (strstr(pty_screen(p), text)) return true;
		if (strstr(pty_screen(p), or_else)) return false;
		pty_settle(p, 50);
	}
	ck_abort_msg("neither '%s' nor '%s' in\n%s", text, or_else, pty_screen(p));
}

static void leave(void)
{
	pty_settle(p, 450);
	pty_keys(p, "\033");
	pty_settle(p, 450);
	ask("UPDATE spot_optimizer.spot_pools SET is_cordoned = FALSE, cordoned_until = NULL");
}

/* A preview that was being asked anew holds the action back until the link is there again, and then nothing is
 * lost; so it is tried until one is. */
START_TEST(what_happened_is_found_again)
{
	bool was_lost = false;
	open_console();
	for (int i = 0; i < TRIES && !was_lost; i++) {
		answer_under(PROXY_SWALLOW);
		want("done: cordon");
		was_lost = strstr(pty_screen(p), "lost and found again") != NULL;
		ck_assert_str_eq(ask("SELECT is_cordoned FROM spot_optimizer.spot_pools"), "1");
		leave();
	}
	ck_assert(was_lost);
	close_console();
}
END_TEST

/* A lock keeps the action in the server while its link is cut, and lets it commit later. A thread has it: a fork would
 * keep the proxy's sockets open. */
static void *hold(void *arg)
{
	static const char sql[] =
	        "BEGIN NOT ATOMIC DECLARE v BOOLEAN; START TRANSACTION; SELECT is_cordoned INTO v FROM "
	        "spot_optimizer.spot_pools FOR UPDATE; DO SLEEP(10); COMMIT; END";
	return server_sql(server, sql, NULL, 0, NULL) ? arg : NULL;
}

START_TEST(what_is_still_running_is_waited_for)
{
	pthread_t holder;
	void *held = NULL;
	int was_held;
	open_console();
	ask_cordon();
	ck_assert_int_eq(pthread_create(&holder, NULL, hold, &was_held), 0);
	pty_settle(p, 300);
	pty_keys(p, "y");
	want("waiting for the answer");
	poll(NULL, 0, 1000);
	proxy_cut(proxy);
	want("still running on the server");
	ck_assert_ptr_null(strstr(pty_screen(p), "nothing happened"));
	ck_assert_str_eq(
	        ask("SELECT COUNT(*) FROM spot_optimizer.audit_log WHERE action IN ('cordon', 'void')"), "0");
	want("done: cordon");
	want("lost and found again");
	ck_assert_int_eq(pthread_join(holder, &held), 0);
	ck_assert_ptr_nonnull(held);
	ck_assert_str_eq(ask("SELECT is_cordoned FROM spot_optimizer.spot_pools"), "1");
	ck_assert_str_eq(ask("SELECT GROUP_CONCAT(action) FROM spot_optimizer.audit_log WHERE id > 1"),
	                 "cordon");
	leave();
	close_console();
}
END_TEST

/* A view that was read before is shown as it was then, dated, when it is opened again without a database. */
START_TEST(a_view_read_before_is_shown_dated_without_a_database)
{
	struct err e = { 0 };
	open_console();
	pty_keys(p, ":clients\r");
	want("no client");
	server_kill(server);
	want("NO DATABASE");
	pty_keys(p, ":pools\r");
	want("us-east-1");
	want(" ago");
	ck_assert_ptr_null(strstr(pty_screen(p), "not known: no database"));
	ck_assert_msg(server_restart(server, &e), "%s", e.text);
	close_console();
}
END_TEST

START_TEST(what_never_arrived_never_will_and_is_sent_anew)
{
	bool was_lost = false;
	char sql[300], late[400], id[16];
	struct err e = { 0 };
	open_console();
	for (int i = 0; i < TRIES && !was_lost; i++) {
		answer_under(PROXY_STALL);
		was_lost = comes("never arrived", "done: cordon");
		if (!was_lost) {
			leave();
			continue;
		}
		ck_assert_str_eq(ask("SELECT is_cordoned FROM spot_optimizer.spot_pools"), "0");
		/* The original comes late, by whatever way. */
		snprintf(sql, sizeof sql, "%s",
		         ask("SELECT request_id FROM spot_optimizer.audit_log WHERE result = 'void' ORDER BY "
		             "id DESC LIMIT 1"));
		snprintf(late, sizeof late,
		         "CALL spot_optimizer.verb_cordon('%.36s', 'm5.large.us-east-1a', "
		         "'{\"seconds\":300}', NULL, FALSE, NULL, 'a drill', 'me', 'here')",
		         sql);
		ck_assert(!server_sql(server, late, NULL, 0, &e));
		ck_assert_msg(strstr(e.text, "was voided by") != NULL, "%s", e.text);
		ck_assert_str_eq(ask("SELECT is_cordoned FROM spot_optimizer.spot_pools"), "0");
		want("r looks again, to send it under a new id");
		pty_settle(p, 450);
		pty_keys(p, "r");
		want("y issues it");
		const char *at = strstr(pty_screen(p), "request ");
		ck_assert_ptr_nonnull(at);
		snprintf(id, sizeof id, "%.8s", at + 8);
		pty_settle(p, 450);
		pty_keys(p, "y");
		want("done: cordon");
		snprintf(sql, sizeof sql,
		         "SELECT COUNT(*) FROM spot_optimizer.audit_log WHERE result = 'done' AND request_id "
		         "LIKE '%s%%'",
		         id);
		ck_assert_str_eq(ask(sql), "1");
		ck_assert_str_eq(ask("SELECT is_cordoned FROM spot_optimizer.spot_pools"), "1");
		leave();
	}
	ck_assert(was_lost);
	close_console();
}
END_TEST

Suite *suite_lost(void);
Suite *suite_lost(void)
{
	Suite *s = suite_create("lost");
	TCase *t = tcase_create("lost");
	tcase_set_timeout(t, 240);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_test(t, what_is_still_running_is_waited_for);
	tcase_add_test(t, what_happened_is_found_again);
	tcase_add_test(t, what_never_arrived_never_will_and_is_sent_anew);
	tcase_add_test(t, a_view_read_before_is_shown_dated_without_a_database);
	suite_add_tcase(s, t);
	return s;
}
