/* serve.c - the endpoint as curl sees it: who may read, exact resumption, what was sent is noted. */
#include "core/base/err.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct server *server;
static pid_t serve;
static unsigned port;
static char out[1 << 20];

static void must_sql(const char *sql)
{
	struct err e;
	if (!server_sql(server, sql, NULL, 0, &e)) ck_abort_msg("%s", e.text);
}

static void start_serve(void)
{
	int fd[2];
	char cnf[512], arg[600];
	snprintf(cnf, sizeof cnf, "%s/serve.cnf", server_dir(server));
	FILE *f = fopen(cnf, "w");
	fprintf(f, "[client]\nsocket=%s\nuser=root\n", server_socket(server));
	fclose(f);
	snprintf(arg, sizeof arg, "--defaults-file=%s", cnf);
	if (pipe(fd) != 0) abort();
	serve = fork();
	if (serve == 0) {
		for (int s = 1; s < 32; s++) signal(s, SIG_DFL);
		dup2(fd[1], 1);
		close(fd[0]);
		execl(getenv("SPOTOP_BIN"), "spotop", arg, "serve", "--listen", "127.0.0.1:0",
		      "--max-subscribers", "3", (char *)NULL);
		_exit(127);
	}
	close(fd[1]);
	f = fdopen(fd[0], "r");
	if (fscanf(f, "listening 127.0.0.1:%u", &port) != 1) abort();
	fclose(f);
}

static void setup(void)
{
	struct err e;
	server = server_start(NULL, &e);
	if (!server || !server_load_schema(server, &e) ||
	    !server_sql(server,
	                "INSERT INTO spot_optimizer.clients (id, name, email, client_token) VALUES"
	                " ('00000000-0000-4000-8000-000000000001', 'acme', 'a@acme.example', SHA2('secret', "
	                "256)),"
	                " ('00000000-0000-4000-8000-000000000002', 'zeta', 'z@zeta.example', SHA2('other', "
	                "256))",
	                NULL, 0, &e)) {
		fprintf(stderr, "serve: %s\n", e.text);
		abort();
	}
	start_serve();
}

static void teardown(void)
{
	kill(serve, SIGTERM);
	waitpid(serve, NULL, 0);
	server_stop(server);
}

/* What curl prints for these arguments and path. */
static const char *curl(const char *args, const char *path)
{
	char cmd[1000];
	snprintf(cmd, sizeof cmd, "curl -s -N %s 'http://127.0.0.1:%u%s'", args, port, path);
	FILE *p = popen(cmd, "r");
	size_t n = fread(out, 1, sizeof out - 1, p);
	out[n] = 0;
	pclose(p);
	return out;
}

static const char *status(const char *args, const char *path)
{
	char with[600];
	snprintf(with, sizeof with, "-m 2 -o /dev/null -w '%%{http_code}' %s", args);
	return curl(with, path);
}

static void event(int client, int n)
{
	char sql[400];
	snprintf(sql, sizeof sql,
	         "INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, expires_at) "
	         "VALUES"
	         " ('00000000-0000-4000-8000-00000000000%d', 'HEARTBEAT', '{\"n\":%d}', NOW() + INTERVAL 1 "
	         "HOUR)",
	         client, n);
	must_sql(sql);
}

static void wait_live(void)
{
	for (int i = 0;
	     i < 200 && strcmp(status("-H 'Authorization: Bearer secret' -m 1", "/events/acme"), "200") != 0;
	     i++)
		usleep(50000);
}

START_TEST(only_the_clients_token_opens_its_stream)
{
	wait_live();
	ck_assert_str_eq(status("", "/events/acme"), "401");
	ck_assert_str_eq(status("-H 'Authorization: Bearer other'", "/events/acme"), "401");
	ck_assert_str_eq(status("", "/events/nobody?token=secret"), "401");
	ck_assert_str_eq(status("-m 1", "/events/acme?token=secret"), "200");
	ck_assert_str_eq(status("-X POST", "/events/acme?token=secret"), "405");
	ck_assert_str_eq(status("", "/etc/passwd"), "404");
	ck_assert_str_eq(status("-H 'Host: evil.example'", "/healthz"), "421");
	ck_assert_str_eq(status("-H 'Last-Event-ID: garbage'", "/events/acme?token=secret"), "400");
	ck_assert_str_eq(status("", "/healthz"), "200");
	ck_assert_ptr_nonnull(strstr(curl("-m 2", "/metrics"), "spotop_up 1"));
}
END_TEST

/* A reader that is cut after each event and comes back gets every event of its client, each once, in order. */
START_TEST(a_cut_reader_resumes_exactly)
{
	enum { N = 12 };
	char args[400], cursor[300] = "", seen[4 * N + 1] = "", wanted[4 * N + 1] = "";
	wait_live();
	/* the place before the first event: what a reader that connects now is given with it */
	snprintf(args, sizeof args, "curl -s -N -m 3 'http://127.0.0.1:%u/events/acme?token=secret'", port);
	FILE *p = popen(args, "r");
	usleep(700000);
	event(1, 0);
	size_t n = fread(out, 1, sizeof out - 1, p);
	out[n] = 0;
	pclose(p);
	char *id = strstr(out, "id: ");
	ck_assert_msg(id != NULL, "nothing came: %s", out);
	snprintf(cursor, sizeof cursor, "%.*s", (int)strcspn(id + 4, "\n"), id + 4);
	for (int i = 1; i <= N; i++) {
		event(1, i);
		event(2, 1000 + i); /* another client's: not ours to see */
		if (i % 4 == 0)
			must_sql("BEGIN NOT ATOMIC START TRANSACTION; INSERT INTO spot_optimizer.sse_events "
			         "(client_id, event_type, event_data, expires_at)"
			         " VALUES ('00000000-0000-4000-8000-000000000001', 'HEARTBEAT', "
			         "'{\"n\":-1}', NOW() + INTERVAL 1 HOUR); ROLLBACK; END");
		snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), "%d,", i);
	}
	usleep(600000);               /* one turn of the endpoint's tail */
	for (int i = 0; i < N; i++) { /* one event, then the line is cut */
		snprintf(args, sizeof args,
		         "curl -s -N -m 3 -H 'Last-Event-ID: %s' "
		         "'http://127.0.0.1:%u/events/acme?token=secret' | sed '/^data/q'",
		         cursor, port);
		p = popen(args, "r");
		n = fread(out, 1, sizeof out - 1, p);
		out[n] = 0;
		pclose(p);
		id = strstr(out, "id: ");
		char *data = strstr(out, "{\"n\":");
		ck_assert_msg(id && data, "after %s comes nothing: %s", cursor, out);
		snprintf(cursor, sizeof cursor, "%.*s", (int)strcspn(id + 4, "\n"), id + 4);
		snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%d,", atoi(data + 5));
	}
	ck_assert_str_eq(seen, wanted);
	char delivered[16] = "";
	struct err e;
	for (int i = 0; i < 100 && strcmp(delivered, "0") != 0; i++) {
		ck_assert(server_sql(server,
		                     "SELECT COUNT(*) FROM spot_optimizer.sse_events WHERE client_id = "
		                     "'00000000-0000-4000-8000-000000000001' AND NOT delivered",
		                     delivered, sizeof delivered, &e));
		usleep(50000);
	}
	ck_assert_str_eq(delivered, "0");
	ck_assert(server_sql(server,
	                     "SELECT COUNT(*) FROM spot_optimizer.sse_events WHERE client_id = "
	                     "'00000000-0000-4000-8000-000000000002' AND delivered",
	                     delivered, sizeof delivered, &e));
	ck_assert_str_eq(delivered, "0");
}
END_TEST

static void wait_subscribers(int n)
{
	char want[40];
	snprintf(want, sizeof want, "spotop_subscribers %d\n", n);
	for (int i = 0; i < 600; i++) {
		if (strstr(curl("-m 2", "/metrics"), want)) return;
		usleep(50000);
	}
	ck_abort_msg("never %d subscribers: %s", n, curl("-m 2", "/metrics"));
}

START_TEST(over_the_limit_is_told_to_come_later)
{
	pid_t pid[3];
	char url[200];
	wait_live();
	wait_subscribers(0);
	snprintf(url, sizeof url, "http://127.0.0.1:%u/events/acme?token=secret", port);
	for (int i = 0; i < 3; i++) {
		pid[i] = fork();
		if (pid[i] == 0) {
			execlp("curl", "curl", "-s", "-N", "-m", "100", "-o", "/dev/null", url, (char *)NULL);
			_exit(127);
		}
		wait_subscribers(i + 1);
	}
	ck_assert_str_eq(status("", "/events/acme?token=secret"), "503");
	for (int i = 0; i < 3; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	wait_subscribers(0); /* who has hung up is noticed */
}
END_TEST

Suite *suite_serve(void);
Suite *suite_serve(void)
{
	Suite *s = suite_create("serve");
	TCase *t = tcase_create("endpoint");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, only_the_clients_token_opens_its_stream);
	tcase_add_test(t, a_cut_reader_resumes_exactly);
	tcase_add_test(t, over_the_limit_is_told_to_come_later);
	suite_add_tcase(s, t);
	return s;
}
