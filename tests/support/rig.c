/* rig.c - a server of server.h, the schema, a fleet in it, and a proxy of its own process before it. */
#include "tests/support/rig.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/fleet/schema.h"
#include "tests/support/loop.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

/* --- statements --- */
struct session {
	uv_loop_t loop;
	struct db *db;
};

static void session_open(struct session *s, const struct rig *r, const char *database)
{
	struct db_conf conf;
	struct err e = { 0 };
	server_conf(r->server, &conf);
	uv_loop_init(&s->loop);
	if (database) ck_assert(conf_set(&conf, "database", database, "test", &e));
	ck_assert_msg(conf_check(&conf, &e), "%s", e.text);
	s->db = db_open(&s->loop, &conf, DB_WRITE, "test");
	conf_free(&conf);
}

static void session_close(struct session *s)
{
	db_close_wait(s->db);
	loop_end(&s->loop);
}

static bool ask(const struct rig *r, const char *fmt, va_list ap, struct table **t, struct err *e)
{
	struct session s;
	struct buf sql = BUF_EMPTY;
	struct db_opts opts = { .is_write = true, .deadline_ms = 60000 };
	buf_vaddf(&sql, fmt, ap);
	session_open(&s, r, "spot_optimizer");
	/* A deadlock undoes the whole statement; agents' contract says: do it again. */
	bool ok = false;
	for (int tries = 0; !ok && tries < 50 && (tries == 0 || db_lost_to_another(e)); tries++) {
		if (tries) usleep((useconds_t)tries * 4000);
		ok = db_call_text(s.db, sql.s, sql.len, &opts, t, e);
	}
	session_close(&s);
	buf_free(&sql);
	return ok;
}

void rig_do(const struct rig *r, const char *sql, ...)
{
	struct err e = { 0 };
	va_list ap;
	va_start(ap, sql);
	bool ok = ask(r, sql, ap, NULL, &e);
	va_end(ap);
	ck_assert_msg(ok, "%s: %s", sql, e.text);
}

unsigned rig_try(const struct rig *r, const char *sql, ...)
{
	struct err e = { 0 };
	va_list ap;
	va_start(ap, sql);
	bool ok = ask(r, sql, ap, NULL, &e);
	va_end(ap);
	ck_assert_msg(ok || e.sql_errno, "%s: %s", sql, e.text);
	return ok ? 0 : e.sql_errno;
}

char *rig_error(const struct rig *r, const char *sql, ...)
{
	struct err e = { 0 };
	va_list ap;
	va_start(ap, sql);
	bool ok = ask(r, sql, ap, NULL, &e);
	va_end(ap);
	return mem_dup(ok ? "" : e.text);
}

struct table *rig_table(const struct rig *r, const char *sql, ...)
{
	struct err e = { 0 };
	struct table *t = NULL;
	va_list ap;
	va_start(ap, sql);
	bool ok = ask(r, sql, ap, &t, &e);
	va_end(ap);
	ck_assert_msg(ok && t, "%s: %s", sql, e.text);
	return t;
}

static char *first_cell(struct table *t)
{
	char *s = t->n_rows && t->cells[0].s ? mem_dup(t->cells[0].s) : NULL;
	table_free(t);
	return s;
}

char *rig_text(const struct rig *r, const char *sql, ...)
{
	struct err e = { 0 };
	struct table *t = NULL;
	va_list ap;
	va_start(ap, sql);
	bool ok = ask(r, sql, ap, &t, &e);
	va_end(ap);
	ck_assert_msg(ok && t, "%s: %s", sql, e.text);
	return first_cell(t);
}

long rig_number(const struct rig *r, const char *sql, ...)
{
	struct err e = { 0 };
	struct table *t = NULL;
	va_list ap;
	va_start(ap, sql);
	bool ok = ask(r, sql, ap, &t, &e);
	va_end(ap);
	ck_assert_msg(ok && t, "%s: %s", sql, e.text);
	char *s = first_cell(t);
	long n = s ? atol(s) : -1;
	free(s);
	return n;
}

/* --- the server --- */
void rig_kill_server(struct rig *r) { server_kill(r->server); }

void rig_start_server(struct rig *r)
{
	struct err e = { 0 };
	ck_assert_msg(server_restart(r->server, &e), "%s", e.text);
}

/* --- the proxy --- */
enum { MAX_PAIRS = 32 };
struct pair {
	int client, server;
};

static int listen_at(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unlink(path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	ck_assert_int_eq(listen(fd, 32), 0);
	return fd;
}

static void proxy_accept(const struct rig *r, int at, struct pair *pairs)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	snprintf(a.sun_path, sizeof a.sun_path, "%s", r->socket);
	int client = accept4(at, NULL, NULL, SOCK_CLOEXEC),
	    server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	for (int i = 0; i < MAX_PAIRS && client >= 0; i++)
		if (pairs[i].client < 0 && pairs[i].server < 0) {
			if (connect(server, (struct sockaddr *)&a, sizeof a) != 0) break;
			pairs[i] = (struct pair){ client, server };
			return;
		}
	if (client >= 0) close(client);
	close(server);
}

static void drop(int *fd)
{
	if (*fd >= 0) close(*fd);
	*fd = -1;
}

/* Passes what there is, up to the byte where the cut falls. */
static void proxy_pass(struct rig_cut *cut, struct pair *p, bool is_up)
{
	char bytes[16384];
	int from = is_up ? p->client : p->server, to = is_up ? p->server : p->client;
	ssize_t n = read(from, bytes, sizeof bytes);
	if (n <= 0) {
		drop(&p->client);
		drop(&p->server);
		return;
	}
	long *went = is_up ? &cut->up : &cut->down, *at = is_up ? &cut->cut_up : &cut->cut_down;
	bool is_cut = *at && *went + n >= *at;
	ssize_t pass = is_cut ? *at - *went : n;
	for (ssize_t sent = 0; sent < pass;) {
		ssize_t w = to < 0 ? -1 : write(to, bytes + sent, (size_t)(pass - sent));
		if (w <= 0) break;
		sent += w;
	}
	*went += pass;
	if (!is_cut) return;
	*at = 0;
	cut->n_cuts++;
	drop(&p->client);
	if (!cut->leave_server_open) drop(&p->server);
}

static void proxy_run(const struct rig *r, int at)
{
	struct pair pairs[MAX_PAIRS];
	for (int i = 0; i < MAX_PAIRS; i++) pairs[i] = (struct pair){ -1, -1 };
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		struct pollfd fds[1 + 2 * MAX_PAIRS] = { { .fd = at, .events = POLLIN } };
		for (int i = 0; i < MAX_PAIRS; i++) {
			fds[1 + 2 * i] = (struct pollfd){ .fd = pairs[i].client, .events = POLLIN };
			fds[2 + 2 * i] = (struct pollfd){ .fd = pairs[i].server, .events = POLLIN };
		}
		if (poll(fds, 1 + 2 * MAX_PAIRS, -1) < 0) continue;
		for (int i = 0; i < MAX_PAIRS; i++) {
			if (fds[1 + 2 * i].revents && pairs[i].client >= 0)
				proxy_pass(r->cut, &pairs[i], true);
			if (fds[2 + 2 * i].revents && pairs[i].server >= 0)
				proxy_pass(r->cut, &pairs[i], false);
		}
		if (fds[0].revents) proxy_accept(r, at, pairs);
	}
}

void rig_cut_arm(struct rig *r, long cut_up, long cut_down, bool leave_server_open)
{
	*r->cut = (struct rig_cut){ .cut_up = cut_up,
		                    .cut_down = cut_down,
		                    .leave_server_open = leave_server_open };
}

/* --- the fleet --- */
void rig_fresh(const struct rig *r)
{
	static const char *const steps[] = {
		"SET FOREIGN_KEY_CHECKS = 1",
		"DELETE FROM clients",
		"DELETE FROM automation_freezes",
		"DELETE FROM alerts",
		"DELETE FROM spot_pools",
		"DELETE FROM ondemand_prices",
		"INSERT INTO ondemand_prices (instance_type, region, price, recorded_at) VALUES "
		"('r3.large', 'us-east-1', 0.175, NOW() - INTERVAL 30 DAY)",
		"INSERT INTO clients (id, name, email, client_token) VALUES (UUID(), 'acme', "
		"'ops@acme.example', SHA2('acme', 256))",
		"INSERT INTO spot_pools (id, instance_type, region, az, last_price, last_price_at) VALUES "
		"('r3.large.us-east-1a', 'r3.large', 'us-east-1', 'us-east-1a', 0.0241, NOW()), "
		"('r3.large.us-east-1b', 'r3.large', 'us-east-1', 'us-east-1b', 0.0331, NOW()), "
		"('r3.large.us-east-1e', 'r3.large', 'us-east-1', 'us-east-1e', 0.0228, NOW())",
		"INSERT INTO agents (id, client_id, logical_agent_id, instance_type, region, az, "
		"current_mode, current_pool_id, spot_price, "
		"ondemand_price, status, last_heartbeat_at, auto_switch_enabled, metadata) SELECT UUID(), "
		"c.id, "
		"CONCAT('agent-', LPAD(seq, 3, '0')), "
		"'r3.large', 'us-east-1', 'us-east-1b', 'spot', 'r3.large.us-east-1b', 0.0331, 0.175, "
		"'online', NOW(), FALSE, JSON_OBJECT('login', SUBSTRING_INDEX(USER(), '@', 1)) "
		"FROM clients c, seq_1_to_40",
		"INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, "
		"current_pool_id, spot_price, "
		"ondemand_price, instance_status, is_primary, last_switch_at) SELECT CONCAT('i-', "
		"SUBSTR(logical_agent_id, 7)), client_id, id, "
		"'r3.large', 'us-east-1', 'us-east-1b', 'spot', 'r3.large.us-east-1b', 0.0331, 0.175, "
		"'running_primary', TRUE, "
		"NOW() - INTERVAL 5 HOUR FROM agents",
		"INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, "
		"current_pool_id, spot_price, "
		"ondemand_price, instance_status, is_primary) SELECT 'r-001', client_id, id, 'r3.large', "
		"'us-east-1', 'us-east-1a', 'spot', "
		"'r3.large.us-east-1a', 0.0241, 0.175, 'running_replica', FALSE FROM agents WHERE "
		"logical_agent_id = 'agent-001'",
	};
	struct session s;
	struct err e = { 0 };
	struct db_opts opts = { .is_write = true };
	session_open(&s, r, "spot_optimizer");
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		ck_assert_msg(db_call_text(s.db, steps[i], strlen(steps[i]), &opts, NULL, &e), "%s: %s",
		              steps[i], e.text);
	session_close(&s);
}

void rig_start(struct rig *r)
{
	rig_start_with(r, &(struct server_opts){ .extra = "--event-scheduler=off" });
}

void rig_start_with(struct rig *r, const struct server_opts *opts)
{
	struct err e = { 0 };
	memset(r, 0, sizeof *r);
	r->server = server_start_whole(opts, &e);
	ck_assert_msg(r->server != NULL, "%s", e.text);
	snprintf(r->socket, sizeof r->socket, "%s", server_socket(r->server));
	snprintf(r->proxy, sizeof r->proxy, "%s/p.sock", server_dir(r->server));
	snprintf(r->state, sizeof r->state, "%s/state", server_dir(r->server));
	rig_fresh(r);
	rig_start_proxy(r);
}

void rig_start_proxy(struct rig *r)
{
	if (!r->cut)
		r->cut =
		        mmap(NULL, sizeof *r->cut, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(r->cut, MAP_FAILED);
	rig_cut_arm(r, 0, 0, false);
	int at = listen_at(r->proxy);
	r->proxy_pid = fork();
	if (r->proxy_pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		proxy_run(r, at);
	}
	close(at);
}

void rig_stop_proxy(struct rig *r)
{
	if (!r->proxy_pid) return;
	kill(r->proxy_pid, SIGKILL);
	waitpid(r->proxy_pid, NULL, 0);
	r->proxy_pid = 0;
}

void rig_stop(struct rig *r)
{
	rig_stop_proxy(r);
	server_stop(r->server);
}

/* --- programs --- */
pid_t rig_spawn(const struct rig *r, bool through_proxy, const char *const *argv, int *out_fd, int *err_fd)
{
	const char *bin = getenv("SPOTOP_BIN");
	const char *all[64] = { bin ? bin : "./spotop",
		                "--no-defaults",
		                "-S",
		                through_proxy ? r->proxy : r->socket,
		                "-u",
		                "root" };
	size_t n = 6;
	int out[2], err[2];
	while (*argv && n < 63) all[n++] = *argv++;
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(err, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		int null = open("/dev/null", O_RDONLY);
		dup2(null, 0), dup2(out[1], 1), dup2(err[1], 2);
		setenv("XDG_STATE_HOME", r->state, 1);
		setenv("XDG_CONFIG_HOME", r->state, 1);
		execv(all[0], (char *const *)all);
		_exit(127);
	}
	close(out[1]), close(err[1]);
	*out_fd = out[0], *err_fd = err[0];
	return pid;
}

static void drain(int out, int err, struct buf *o, struct buf *e)
{
	struct pollfd fds[2] = { { .fd = out, .events = POLLIN }, { .fd = err, .events = POLLIN } };
	struct buf *to[2] = { o, e };
	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		if (poll(fds, 2, -1) < 0 && errno == EINTR) continue;
		for (int i = 0; i < 2; i++) {
			char bytes[8192];
			if (fds[i].fd < 0 || !fds[i].revents) continue;
			ssize_t n = read(fds[i].fd, bytes, sizeof bytes);
			if (n > 0)
				buf_add(to[i], bytes, (size_t)n);
			else
				fds[i].fd = -1;
		}
	}
	close(out), close(err);
}

void rig_run_free(struct rig_run *run)
{
	free(run->out);
	free(run->err);
}

static struct rig_run run_once(const struct rig *r, bool through_proxy, const char *const *argv)
{
	int out, err, status;
	struct buf o = BUF_EMPTY, e = BUF_EMPTY;
	pid_t pid = rig_spawn(r, through_proxy, argv, &out, &err);
	drain(out, err, &o, &e);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	buf_adds(&o, ""), buf_adds(&e, "");
	return (struct rig_run){ WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status),
		                 o.s ? buf_detach(&o) : mem_dup(""), e.s ? buf_detach(&e) : mem_dup("") };
}

/* A look has a limit of its own, which a busy machine may reach; it says so, and whoever looks asks again. Who acts does not. */
static bool was_too_slow(const struct rig_run *run, const char *const *argv)
{
	static const char words[] = "was stopped: it took over";
	bool acts = false;
	for (; *argv; argv++) acts = acts || strcmp(*argv, "--yes") == 0;
	return run->code != 0 && !acts && (strstr(run->out, words) || strstr(run->err, words));
}

struct rig_run rig_spotop(const struct rig *r, bool through_proxy, const char *const *argv)
{
	struct rig_run run = run_once(r, through_proxy, argv);
	for (int tries = 0; tries < 5 && was_too_slow(&run, argv); tries++) {
		rig_run_free(&run);
		run = run_once(r, through_proxy, argv);
	}
	return run;
}
