/* server.c - a private mariadbd for tests. */
#include "tests/support/server.h"
#include "core/base/mem.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <mysql.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { START_TRIES = 1500, TRY_MS = 20 };
struct server {
	pid_t pid, owner; /* owner: who started it and may wait for it */
	unsigned port, server_id;
	char dir[64], socket[96], ca[96], extra[128], extra2[128];
	bool is_anothers; /* who started it starts it again, and its folder is not ours */
};

static void nap(int ms)
{
	struct timespec t = { ms / 1000, (ms % 1000) * 1000000L };
	nanosleep(&t, NULL);
}

static bool shell(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool shell(struct err *e, const char *fmt, ...)
{
	char cmd[2048];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(cmd, sizeof cmd, fmt, ap);
	va_end(ap);
	return system(cmd) == 0 || err_set(e, ERR_IO, "failed: %.400s", cmd);
}

/* The system tables are made once; each server starts from a copy. */
bool server_template(char *out, size_t n, struct err *e)
{
	const char *build = getenv("SPOTOP_BUILD");
	char lock[4200];
	snprintf(out, n, "%s/mariadb-template", build ? build : "build");
	snprintf(lock, sizeof lock, "%s.lock", out);
	int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) return err_set(e, ERR_IO, "cannot open %s: %s", lock, strerror(errno));
	flock(fd, LOCK_EX);
	bool ok =
	        access(out, F_OK) == 0 ||
	        (shell(e,
	               "rm -rf '%s.new' && mariadb-install-db --no-defaults --datadir='%s.new' --user=\"$(id "
	               "-un)\" --auth-root-authentication-method=normal --skip-test-db --force "
	               "--innodb-log-file-size=16M >'%s.log' 2>&1",
	               out, out, out) &&
	         shell(e, "mv '%s.new' '%s'", out, out));
	close(fd);
	return ok;
}

static unsigned free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&a, len) != 0 || getsockname(fd, (struct sockaddr *)&a, &len) != 0)
		a.sin_port = 0;
	close(fd);
	return ntohs(a.sin_port);
}

/* Gone, or a zombie that its parent has not collected. */
static bool is_gone(pid_t pid)
{
	char path[64], text[256] = "";
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "re");
	if (!f) return true;
	size_t n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	const char *end = n ? strrchr(text, ')') : NULL;
	return !end || end[2] == 'Z';
}

static void wait_gone(struct server *s)
{
	if (s->pid <= 0) return;
	for (int i = 0; i < 1500 && !is_gone(s->pid); i++) nap(TRY_MS);
	if (!is_gone(s->pid)) kill(s->pid, SIGKILL);
	if (s->owner == getpid()) waitpid(s->pid, NULL, 0);
	s->pid = 0;
}

/* SPOTOP_SERVER_OPTS, word by word, before what a test asks for, which wins so. */
static int add_wanted(const char **argv, int n, char *words, size_t size)
{
	const char *wanted = getenv("SPOTOP_SERVER_OPTS");
	snprintf(words, size, "%s", wanted ? wanted : "");
	for (char *w; n < 32 && (w = strsep(&words, " "));)
		if (*w) argv[n++] = w;
	return n;
}

static void run_mariadbd(const struct server *s)
{
	char data[128], tmp[128], sock[128], port[32], log[128], cert[128], key[128], pidfile[128], id[32];
	char words[512];
	const char *argv[40];
	int n = 0;
	snprintf(data, sizeof data, "--datadir=%s/data", s->dir);
	/* Of its own: a server that starts clears the shared one of every server's temporary tables. */
	snprintf(tmp, sizeof tmp, "--tmpdir=%s", s->dir);
	snprintf(sock, sizeof sock, "--socket=%s", s->socket);
	snprintf(log, sizeof log, "--log-error=%s/err.log", s->dir);
	snprintf(pidfile, sizeof pidfile, "--pid-file=%s/pid", s->dir);
	snprintf(port, sizeof port, "--port=%u", s->port);
	snprintf(id, sizeof id, "--server-id=%u", s->server_id);
	snprintf(cert, sizeof cert, "--ssl-cert=%s/cert.pem", s->dir);
	snprintf(key, sizeof key, "--ssl-key=%s/key.pem", s->dir);
	argv[n++] = "mariadbd";
	argv[n++] = "--no-defaults";
	argv[n++] = data;
	argv[n++] = tmp;
	argv[n++] = sock;
	argv[n++] = log;
	argv[n++] = pidfile;
	if (getuid() == 0) argv[n++] = "--user=root";
	argv[n++] = "--innodb-buffer-pool-size=64M";
	argv[n++] = "--innodb-log-file-size=16M";
	argv[n++] = "--innodb-flush-log-at-trx-commit=2";
	argv[n++] = "--performance-schema=off";
	argv[n++] = "--skip-name-resolve";
	if (s->port) {
		argv[n++] = port;
		argv[n++] = "--bind-address=127.0.0.1";
	} else
		argv[n++] = "--skip-networking";
	if (s->server_id) {
		argv[n++] = id;
		argv[n++] = "--log-bin=bin";
		argv[n++] = "--relay-log=relay";
		argv[n++] = "--binlog-format=ROW";
		argv[n++] = "--log-slave-updates";
		argv[n++] = "--gtid-strict-mode";
		argv[n++] = "--skip-slave-start";
	}
	if (*s->ca) {
		argv[n++] = cert;
		argv[n++] = key;
	}
	n = add_wanted(argv, n, words, sizeof words);
	if (*s->extra) argv[n++] = s->extra;
	if (*s->extra2) argv[n++] = s->extra2;
	argv[n] = NULL;
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid(); /* Check ends a test's whole process group; a restarted server outlives its test */
	int null = open("/dev/null", O_RDWR);
	dup2(null, 0), dup2(null, 1), dup2(null, 2);
	for (int fd = 3; fd < 256; fd++) close(fd);
	execvp(argv[0], (char *const *)argv);
	execv("/usr/sbin/mariadbd", (char *const *)argv);
	_exit(127);
}

static bool launch(struct server *s, struct err *e)
{
	s->owner = getpid();
	pid_t pid = fork();
	if (pid == 0) run_mariadbd(s);
	s->pid = pid; /* by the parent alone: the memory is shared */
	if (pid < 0) return err_set(e, ERR_IO, "fork: %s", strerror(errno));
	struct err last = { 0 };
	for (int i = 0; i < START_TRIES; i++) {
		if (is_gone(s->pid)) break;
		if (access(s->socket, F_OK) == 0 && server_sql(s, "DO 0", NULL, 0, &last)) return true;
		nap(TRY_MS);
	}
	shell(NULL, "tail -5 %s/err.log >&2", s->dir);
	return err_set(e, ERR_DB_DOWN, "the private server did not start: %.300s", last.text);
}

struct server *server_start(const struct server_opts *o, struct err *e)
{
	char from[4096];
	return server_template(from, sizeof from, e) ? server_start_on(from, o, e) : NULL;
}

struct server *server_start_on(const char *from, const struct server_opts *o, struct err *e)
{
	struct server *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s == MAP_FAILED) return NULL;
	const char *tmp = getenv("SPOTOP_TMP"); /* the keeper's, gone with it */
	snprintf(s->dir, sizeof s->dir, "%s/it.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(s->dir)) {
		err_set(e, ERR_IO, "cannot make %s: %s", s->dir, strerror(errno));
		munmap(s, sizeof *s);
		return NULL;
	}
	snprintf(s->socket, sizeof s->socket, "%s/s", s->dir);
	if (o && o->extra) snprintf(s->extra, sizeof s->extra, "%s", o->extra);
	if (o && o->extra2) snprintf(s->extra2, sizeof s->extra2, "%s", o->extra2);
	if (o) s->server_id = o->server_id;
	if (o && (o->tcp || o->tls)) s->port = free_port();
	bool ok = shell(e, "cp -a '%s' %s/data", from, s->dir);
	if (ok && o && o->tls) {
		snprintf(s->ca, sizeof s->ca, "%s/cert.pem", s->dir);
		ok = shell(e,
		           "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext "
		           "subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout %s/key.pem -out %s 2>/dev/null",
		           s->dir, s->ca);
	}
	for (int tries = 0; ok && tries < 3; tries++) {
		if (launch(s, e)) return s;
		if (!s->port) break;
		s->port = free_port(); /* another's by now: it was free when it was asked for */
	}
	server_stop(s);
	return NULL;
}

void server_kill(struct server *s)
{
	if (s->pid > 0) kill(s->pid, SIGKILL);
	wait_gone(s);
}

/* Whether every thread of the process is stopped: a signal takes effect on a busy machine only when each of
 * them is next looked at, and an answer may still slip out until then. */
static bool is_all_stopped(pid_t pid)
{
	return shell(NULL, "! grep -h '^State:' /proc/%d/task/*/status | grep -qv '[[:space:]][Tt] '",
	             (int)pid);
}

void server_pause(struct server *s)
{
	kill(s->pid, SIGSTOP);
	for (int i = 0; i < START_TRIES && !is_all_stopped(s->pid); i++) nap(TRY_MS);
}

void server_resume(struct server *s) { kill(s->pid, SIGCONT); }

struct server *server_adopt(const char *dir, const char *socket, pid_t pid)
{
	struct server *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s == MAP_FAILED) return NULL;
	snprintf(s->dir, sizeof s->dir, "%s", dir);
	snprintf(s->socket, sizeof s->socket, "%s", socket);
	s->is_anothers = true;
	server_again(s, pid);
	return s;
}

void server_again(struct server *s, pid_t pid)
{
	s->pid = pid;
	s->owner = getpid();
}

void server_end(struct server *s)
{
	if (s->pid <= 0) return;
	kill(s->pid, SIGCONT);
	kill(s->pid, SIGTERM);
	wait_gone(s);
}

bool server_restart(struct server *s, struct err *e)
{
	server_end(s);
	unlink(s->socket);
	return launch(s, e);
}

void server_stop(struct server *s)
{
	if (!s) return;
	server_kill(s); /* nothing of it is wanted any more */
	if (!s->is_anothers) shell(NULL, "rm -rf %s", s->dir);
	munmap(s, sizeof *s);
}

const char *server_dir(const struct server *s) { return s->dir; }
const char *server_socket(const struct server *s) { return s->socket; }
const char *server_ca(const struct server *s) { return s->ca; }
unsigned server_port(const struct server *s) { return s->port; }
pid_t server_pid(const struct server *s) { return s->pid; }

void server_conf(const struct server *s, struct db_conf *c)
{
	conf_init(c);
	c->socket = mem_dup(s->socket);
	c->user = mem_dup("root");
	c->connect_timeout_s = 5;
}

bool server_sql(const struct server *s, const char *sql, char *value, size_t n, struct err *e)
{
	MYSQL *my = mysql_init(NULL);
	if (value && n) *value = 0;
	bool ok =
	        mysql_real_connect(my, "localhost", "root", NULL, NULL, 0, s->socket, CLIENT_MULTI_RESULTS) &&
	        mysql_query(my, sql) == 0;
	MYSQL_RES *res = ok ? mysql_store_result(my) : NULL;
	MYSQL_ROW row = res ? mysql_fetch_row(res) : NULL;
	if (row && value) snprintf(value, n, "%s", row[0] ? row[0] : "");
	mysql_free_result(res);
	if (!ok) err_set(e, ERR_SQL, "%.200s: %.200s", sql, mysql_error(my));
	mysql_close(my);
	return ok;
}

void *server_hold(const struct server *s, const char *tables)
{
	char sql[300];
	MYSQL *my = mysql_init(NULL);
	snprintf(sql, sizeof sql, "LOCK TABLES %s", tables);
	if (mysql_real_connect(my, "localhost", "root", NULL, "spot_optimizer", 0, s->socket, 0) &&
	    mysql_query(my, sql) == 0)
		return my;
	mysql_close(my);
	return NULL;
}

void server_let_go(void *held) { mysql_close(held); }
