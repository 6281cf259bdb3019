/* cmd_serve.c - spotop serve: the event endpoint as a process of its own. */
#include "core/base/buf.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/fleet/schema.h"
#include "core/serve/serve.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <uv.h>

static char *read_file(const char *path, struct err *e)
{
	struct buf b = { .max = 1 << 20 };
	char chunk[4096];
	size_t n;
	FILE *f = fopen(path, "re");
	if (!f) {
		err_set(e, ERR_USAGE, "cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0) buf_add(&b, chunk, n);
	fclose(f);
	return buf_detach(&b);
}

/* "127.0.0.1:8080", "[::1]:8080" */
static bool parse_listen(const char *text, char host[64], unsigned *port, struct err *e)
{
	const char *colon = strrchr(text, ':');
	char *end = NULL;
	size_t n = colon ? (size_t)(colon - text) : 0;
	unsigned long p = colon ? strtoul(colon + 1, &end, 10) : 0;
	if (!n || n >= 64 || !colon[1] || *end || p > 65535)
		return err_set(e, ERR_USAGE, "--listen takes ADDRESS:PORT, not '%s'", text);
	bool has_brackets = text[0] == '[' && text[n - 1] == ']';
	snprintf(host, 64, "%.*s", (int)(has_brackets ? n - 2 : n), text + has_brackets);
	*port = (unsigned)p;
	return true;
}

/* Why it ends: a signal, or the login's loss of a right. */
struct ending {
	uv_loop_t *loop;
	bool has_failed;
	struct err e;
};

static void on_signal(uv_signal_t *s, int signo)
{
	(void)signo;
	uv_stop(s->loop);
}

/* Nothing is read again here, and a terminal that closes is no reason to leave the subscribers. */
static void on_hangup(uv_signal_t *s, int signo)
{
	(void)s;
	log_line(LOG_INFO_, "signal=%d it goes on", signo);
}

static void on_ended(void *ctx, const struct err *e)
{
	struct ending *end = ctx;
	end->has_failed = true;
	end->e = *e;
	uv_stop(end->loop);
}

static void serve_until_signal(struct cli *c, struct serve *s, const char *host)
{
	uv_loop_t *loop = cli_loop(c);
	uv_signal_t on_int, on_term, on_hup;
	uv_signal_init(loop, &on_int);
	uv_signal_init(loop, &on_term);
	uv_signal_start(&on_int, on_signal, SIGINT);
	uv_signal_start(&on_term, on_signal, SIGTERM);
	uv_signal_init(loop, &on_hup);
	uv_signal_start(&on_hup, on_hangup, SIGHUP);
	printf("listening %s:%u\n", host, serve_port(s));
	fflush(stdout);
	uv_run(loop, UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&on_int, NULL);
	uv_close((uv_handle_t *)&on_term, NULL);
	uv_close((uv_handle_t *)&on_hup, NULL);
	serve_close(s);
}

/* A stream is a file; what the login may open decides how many there can be. */
static void allow_files(unsigned subscribers)
{
	struct rlimit r;
	rlim_t want = 2 * (rlim_t)subscribers + 100; /* as many may wait */
	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= want) return;
	r.rlim_cur = r.rlim_max < want ? r.rlim_max : want;
	if (setrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur < want)
		fprintf(stderr, "spotop serve: this login may open %lu files, so fewer than %u subscribers\n",
		        (unsigned long)r.rlim_cur, subscribers);
}

/* Without a database it starts all the same: what depends on it at boot must not depend on who is first. */
static bool serve_with_links(struct cli *c, struct serve_opts *o, struct err *e)
{
	struct db *read = cli_db(c, DB_READ), *write = cli_db(c, DB_WRITE);
	struct serve *s;
	allow_files(o->max_subscribers);
	bool is_ours = schema_not_old(read, e);
	o->must_look = !is_ours && db_is_away(e);
	if (o->must_look) log_line(LOG_WARN_, "serve: it starts without a database: %s", e->text);
	bool ok = (is_ours || o->must_look) && serve_open(cli_loop(c), read, write, o, &s, e);
	if (ok) serve_until_signal(c, s, o->host);
	db_close_wait(read);
	db_close_wait(write);
	return ok;
}

/* Of an option that may be repeated: what was given, NULL-ended; NULL: nothing. Free it. */
static const char **given(struct cli *c, const char *name, bool (*is_ok)(const char *, struct err *),
                          bool *ok, struct err *e)
{
	size_t n = 0;
	while (cli_nth(c, name, n)) n++;
	const char **all = n ? mem_alloc(sizeof *all * (n + 1)) : NULL;
	for (size_t i = 0; i < n; i++) {
		all[i] = cli_nth(c, name, i);
		*ok = *ok && is_ok(all[i], e);
	}
	return all;
}

int cmd_serve(struct cli *c)
{
	struct err e;
	const char *where = cli_text(c, "listen"), *cert = cli_text(c, "tls-cert"),
	           *key = cli_text(c, "tls-key");
	struct ending end = { .loop = cli_loop(c) };
	char host[64], *cert_pem = NULL, *key_pem = NULL;
	struct serve_opts o = { .is_public = cli_has(c, "public"),
		                .max_subscribers = (unsigned)cli_number(c, "max-subscribers"),
		                .max_rate = (unsigned)cli_number(c, "max-rate") };
	if (!cli_words(c, 0, &e)) return cli_fail(c, &e);
	if ((cert != NULL) != (key != NULL)) return cli_usage(c, "--tls-cert and --tls-key go together");
	if (!parse_listen(where, host, &o.port, &e)) return cli_fail(c, &e);
	if (cert && (!(cert_pem = read_file(cert, &e)) || !(key_pem = read_file(key, &e)))) {
		free(cert_pem);
		return cli_fail(c, &e);
	}
	bool ok = true;
	const char **names = given(c, "host-name", serve_host_name_ok, &ok, &e),
	           **origins = given(c, "allow-origin", serve_origin_ok, &ok, &e);
	o.host_names = names;
	o.origins = origins;
	o.host = host;
	o.cert = cert_pem;
	o.key = key_pem;
	o.ended = on_ended;
	o.ctx = &end;
	if (ok) ok = serve_with_links(c, &o, &e);
	free(names);
	free(origins);
	free(cert_pem);
	if (key_pem) explicit_bzero(key_pem, strlen(key_pem));
	free(key_pem);
	if (ok && end.has_failed) return cli_fail(c, &end.e);
	return ok ? 0 : cli_fail(c, &e);
}
