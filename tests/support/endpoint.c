/* endpoint.c - see endpoint.h. */
#include "tests/support/endpoint.h"
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

void endpoint_sql(const struct endpoint *ep, const char *sql)
{
	struct err e;
	if (!server_sql(ep->server, sql, NULL, 0, &e)) ck_abort_msg("%s", e.text);
}

void endpoint_setup(struct endpoint *ep)
{
	struct err e;
	*ep = (struct endpoint){ .server = server_start_whole(NULL, &e) };
	ck_assert_msg(ep->server != NULL, "%s", e.text);
	endpoint_sql(
	        ep,
	        "INSERT INTO spot_optimizer.clients (id, name, email, client_token) VALUES "
	        "('00000000-0000-4000-8000-000000000001', 'acme', 'a@acme.example', SHA2('secret', 256)), "
	        "('00000000-0000-4000-8000-000000000002', 'zeta', 'z@zeta.example', SHA2('other', 256))");
}

void endpoint_teardown(struct endpoint *ep) { server_stop(ep->server); }

void endpoint_start(struct endpoint *ep, const char *const *more)
{
	int fd[2], n = 5;
	char cnf[512], defaults[600], listen_on[40];
	snprintf(cnf, sizeof cnf, "%s/serve.cnf", server_dir(ep->server));
	FILE *f = fopen(cnf, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "[client]\nsocket=%s\nuser=root\n", server_socket(ep->server));
	fclose(f);
	snprintf(defaults, sizeof defaults, "--defaults-file=%s", cnf);
	snprintf(listen_on, sizeof listen_on, "%s:%u", ep->listen ? ep->listen : "127.0.0.1", ep->port);
	const char *argv[16] = { "spotop", defaults, "serve", "--listen", listen_on };
	for (; more && *more && n < 15; more++) argv[n++] = *more;
	ck_assert_int_eq(pipe(fd), 0);
	if ((ep->pid = fork()) == 0) {
		for (int s = 1; s < 32; s++) signal(s, SIG_DFL);
		dup2(fd[1], 1);
		close(fd[0]);
		execv(getenv("SPOTOP_BIN"), (char **)argv);
		_exit(127);
	}
	close(fd[1]);
	f = fdopen(fd[0], "r");
	ck_assert_int_eq(fscanf(f, "listening %*[0-9.]:%u", &ep->port), 1);
	fclose(f);
}

static void end(struct endpoint *ep, int sig)
{
	kill(ep->pid, sig);
	waitpid(ep->pid, NULL, 0);
}

void endpoint_stop(struct endpoint *ep) { end(ep, SIGTERM); }
void endpoint_kill(struct endpoint *ep) { end(ep, SIGKILL); }

void endpoint_event(const struct endpoint *ep, int client, int n)
{
	char sql[400];
	snprintf(sql, sizeof sql,
	         "INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, expires_at) "
	         "VALUES "
	         "('00000000-0000-4000-8000-00000000000%d', 'HEARTBEAT', '{\"n\":%d}', NOW() + INTERVAL 1 "
	         "HOUR)",
	         client, n);
	endpoint_sql(ep, sql);
}

void endpoint_wait_live(const struct endpoint *ep)
{
	for (int i = 0; i < 600 && strcmp(endpoint_status(ep, "-I", ENDPOINT_ACME), "200") != 0; i++)
		usleep(50000);
}

const char *endpoint_printed(const char *cmd)
{
	static char out[1 << 20];
	FILE *p = popen(cmd, "r");
	size_t n = fread(out, 1, sizeof out - 1, p);
	out[n] = 0;
	pclose(p);
	return out;
}

/* What curl prints for these arguments and path. */
const char *endpoint_curl(const struct endpoint *ep, const char *args, const char *path)
{
	char cmd[1000];
	snprintf(cmd, sizeof cmd, "curl -s -N %s 'http://127.0.0.1:%u%s'", args, ep->port, path);
	return endpoint_printed(cmd);
}

const char *endpoint_status(const struct endpoint *ep, const char *args, const char *path)
{
	char with[600];
	snprintf(with, sizeof with, "-m 2 -o /dev/null -w '%%{http_code}' %s", args);
	return endpoint_curl(ep, with, path);
}

void endpoint_wait_subscribers(const struct endpoint *ep, int n)
{
	char want[40];
	snprintf(want, sizeof want, "spotop_subscribers %d\n", n);
	for (int i = 0; i < 600; i++) {
		if (strstr(endpoint_curl(ep, "-m 2", "/metrics"), want)) return;
		usleep(50000);
	}
	ck_abort_msg("never %d subscribers: %s", n, endpoint_curl(ep, "-m 2", "/metrics"));
}
