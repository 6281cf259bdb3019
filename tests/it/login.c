/* login.c - a login that loses a right while a program runs ends it, with the right that is missing and exit 4; one
 * that the server does not take is told so in the server's words, exit 3. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_login(void);

static struct rig rig;
static void start(void)
{
	rig_start(&rig);
	rig_do(&rig, "CREATE USER member");
}
static void stop(void) { rig_stop(&rig); }

/* Rights on each table and routine: those that a session notices at once. */
static void each_right(const char *verb, const char *to_or_from)
{
	struct table *t = rig_table(
	        &rig,
	        "SELECT CONCAT('%s SELECT, INSERT, UPDATE, DELETE ON spot_optimizer.', table_name) AS s "
	        "FROM information_schema.tables WHERE table_schema = 'spot_optimizer' UNION ALL "
	        "SELECT CONCAT('%s EXECUTE ON ', routine_type, ' spot_optimizer.', routine_name) FROM "
	        "information_schema.routines WHERE routine_schema = 'spot_optimizer'",
	        verb, verb);
	for (size_t i = 0; i < t->n_rows; i++) rig_do(&rig, "%s %s member", table_get(t, i, "s"), to_or_from);
	table_free(t);
}

static const struct program {
	const char *argv[10];
	const char *is_up; /* what it prints once it runs */
} programs[] = {
	{ { "tail" }, NULL },
	{ { "serve", "--listen", "127.0.0.1:0" }, "listening" },
	{ { "agents", "--watch=1" }, "agent-" },
	{ { "worker" }, NULL },
	{ { "sim", "--agents", "3", "--i-know" }, "live" },
};

static void read_some(int fd, char *text, size_t size)
{
	size_t n = strlen(text);
	ssize_t k = read(fd, text + n, size - 1 - n);
	if (k > 0) text[n + (size_t)k] = 0;
}

START_TEST(a_lost_right_ends_what_needs_it)
{
	const struct program *p = &programs[_i];
	const char *argv[12] = { "-u", "member" };
	char out_text[65536] = "", err_text[65536] = "";
	int out, err, status = 0;
	memcpy(argv + 2, p->argv, sizeof p->argv);
	each_right("GRANT", "TO");
	pid_t pid = rig_spawn(&rig, false, argv, &out, &err);
	fcntl(out, F_SETFL, O_NONBLOCK), fcntl(err, F_SETFL, O_NONBLOCK);
	int64_t began = clock_mono_ms();
	bool is_up = false, has_ended = false;
	while (!has_ended && clock_mono_ms() < began + 20000) {
		read_some(out, out_text, sizeof out_text);
		read_some(err, err_text, sizeof err_text);
		if (!is_up &&
		    (p->is_up ? strstr(out_text, p->is_up) != NULL : clock_mono_ms() > began + 1500)) {
			is_up = true;
			each_right("REVOKE", "FROM");
		}
		has_ended = waitpid(pid, &status, WNOHANG) == pid;
		usleep(20000);
	}
	if (!has_ended) kill(pid, SIGKILL);
	read_some(err, err_text, sizeof err_text);
	ck_assert_msg(is_up, "it never ran: %s%s", out_text, err_text);
	ck_assert_msg(has_ended, "it goes on: %s", err_text);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 4, "status %x: %s", status, err_text);
	ck_assert_msg(strstr(err_text, "denied to user 'member'") || strstr(err_text, "lack rights"), "%s",
	              err_text);
	close(out), close(err);
}
END_TEST

static const struct refusal {
	const char *before, *after, *says;
} refusals[] = {
	{ "ALTER USER member ACCOUNT LOCK", "ALTER USER member ACCOUNT UNLOCK", "account is locked" },
	{ "ALTER USER member PASSWORD EXPIRE", "ALTER USER member IDENTIFIED BY ''", "SET PASSWORD" },
	{ "ALTER USER member WITH MAX_QUERIES_PER_HOUR 1", "ALTER USER member WITH MAX_QUERIES_PER_HOUR 0",
	  "max_queries_per_hour" },
	{ "REVOKE ALL PRIVILEGES, GRANT OPTION FROM member", "DO 1", "may not use the database" },
	/* granted and not active: the grant that is there is not asked for again */
	{ "BEGIN NOT ATOMIC REVOKE ALL PRIVILEGES, GRANT OPTION FROM member; GRANT spotop_viewer TO member; "
	  "END",
	  "REVOKE spotop_viewer FROM member",
	  "where one was granted, this login says SET DEFAULT ROLE spotop_viewer" },
	{ "BEGIN NOT ATOMIC REVOKE ALL PRIVILEGES, GRANT OPTION FROM member; GRANT SELECT ON "
	  "spot_optimizer.agents TO member; END",
	  "DO 1", "spotop doctor says which role has that right" },
	{ "RENAME USER member TO other", "RENAME USER other TO member", "login refused for member" },
};

START_TEST(a_login_that_is_not_taken_is_told_why)
{
	const struct refusal *f = &refusals[_i];
	const char *argv[] = { "-u", "member", "agents", NULL };
	rig_do(&rig, "GRANT SELECT ON spot_optimizer.* TO member");
	rig_do(&rig, "%s", f->before);
	struct rig_run r = rig_spotop(&rig, false, argv);
	rig_do(&rig, "%s", f->after);
	ck_assert_msg(strstr(r.err, f->says) != NULL, "'%s' is not in: %s", f->says, r.err);
	ck_assert_msg(r.code == 3 || (r.code == 4 && (strstr(r.err, "may not") || strstr(r.err, "denied"))),
	              "exit %d: %s", r.code, r.err);
	ck_assert_msg(strchr(r.err, '\n') == strrchr(r.err, '\n'), "not one line: %s", r.err);
	rig_run_free(&r);
}
END_TEST

START_TEST(a_full_server_is_told)
{
	enum { MOST = 10 };
	const char *argv[] = { "-u", "member", "agents", NULL };
	void *held[MOST + 1] = { NULL };
	rig_do(&rig, "GRANT SELECT ON spot_optimizer.* TO member");
	rig_do(&rig, "SET GLOBAL max_connections = %d", MOST);
	for (int i = 0; i < MOST + 1; i++) held[i] = server_hold(rig.server, "agents READ");
	struct rig_run r = rig_spotop(&rig, false, argv);
	for (int i = 0; i < MOST + 1; i++)
		if (held[i]) server_let_go(held[i]);
	rig_do(&rig, "SET GLOBAL max_connections = DEFAULT");
	ck_assert_msg(r.code == 3 && strstr(r.err, "Too many connections"), "exit %d: %s", r.code, r.err);
	rig_run_free(&r);
}
END_TEST

/* How often the server says that a client left without a goodbye. */
static int n_aborted(void)
{
	char path[160], line[1000];
	int n = 0;
	snprintf(path, sizeof path, "%s/err.log", server_dir(rig.server));
	FILE *f = fopen(path, "re");
	ck_assert(f != NULL);
	while (fgets(line, sizeof line, f))
		if (strstr(line, "Aborted connection")) n++;
	fclose(f);
	return n;
}

static const char *const commands[][8] = {
	{ "agents" },
	{ "overview" },
	{ "agents", "-o", "csv" },
	{ "why", "agent-001" },
	{ "timeline", "--since", "1h" },
	{ "report", "--since", "1h" },
	{ "check" },
	{ "doctor" },
	{ "info" },
	{ "job", "list" },
	{ "job", "run", "commands" },
	{ "db", "status" },
	{ "db", "verify" },
	{ "audit", "verify" },
	{ "cordon", "r3.large.us-east-1a", "--for", "1h", "--reason", "x", "--yes" },
	{ "switch", "agent-001", "--ondemand", "--dry-run" },
	{ "why", "nobody" },
	{ "worker", "--once" },
};

START_TEST(an_end_in_order_leaves_no_line_in_the_servers_log)
{
	const char *argv[9] = { NULL };
	memcpy(argv, commands[_i], sizeof commands[_i]);
	int before = n_aborted();
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code < 70, "%s", r.err);
	usleep(100000); /* the server writes it at the end of a session, and tells nobody */
	ck_assert_msg(n_aborted() == before, "%s %s left without a goodbye", argv[0], argv[1] ? argv[1] : "");
	rig_run_free(&r);
}
END_TEST

Suite *suite_login(void)
{
	Suite *s = suite_create("login");
	TCase *tc = tcase_create("login");
	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, an_end_in_order_leaves_no_line_in_the_servers_log, 0, ARRAY_LEN(commands));
	tcase_add_loop_test(tc, a_lost_right_ends_what_needs_it, 0, ARRAY_LEN(programs));
	tcase_add_loop_test(tc, a_login_that_is_not_taken_is_told_why, 0, ARRAY_LEN(refusals));
	tcase_add_test(tc, a_full_server_is_told);
	suite_add_tcase(s, tc);
	return s;
}
