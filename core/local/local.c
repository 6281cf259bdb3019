/* local.c - start, stop and status of a private MariaDB. */
#include "core/local/local.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/spawn.h"
#include "core/local/local_int.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#define START_MS 120000 /* a start after a crash replays the log */
#define STOP_MS  60000
#define KILL_MS  10000
#define STEP_MS  10
#define LOG_KEEP (8 << 20)

bool local_program(const char *name, char *out, size_t n, struct err *e)
{
	return spawn_find(name, out, n) ||
	       err_set(e, ERR_IO, "cannot find %s: install it (Debian: apt install mariadb-server-core)",
	               name);
}

/* --- what went wrong: the end of a log --- */

/* The last lines from `from` on that fit into out, joined by " | "; the errors alone if there are any. */
static void log_tail(const char *path, off_t from, char *out, size_t n)
{
	char text[16384], both[1024];
	struct stat st;
	out[0] = '\0';
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) return;
	if (fstat(fd, &st) == 0 && st.st_size - from >= (off_t)sizeof text)
		from = st.st_size - (off_t)sizeof text + 1;
	ssize_t len = pread(fd, text, sizeof text - 1, from);
	close(fd);
	if (len <= 0) return;
	text[len] = '\0';
	bool only_errors = strstr(text, "[ERROR]") != NULL;
	char *save = NULL;
	for (char *line = strtok_r(text, "\r\n", &save); line; line = strtok_r(NULL, "\r\n", &save)) {
		const char *at = strstr(line, "[ERROR] ");
		if (only_errors && (!at || strstr(at, "Aborting"))) continue;
		snprintf(both, sizeof both, "%s%s%.300s", out, out[0] ? " | " : "", at ? at + 8 : line);
		size_t all = strlen(both), skip = all < n ? 0 : all - n + 1;
		memcpy(out, both + skip, all - skip + 1);
	}
}

static bool failed_with_log(struct err *e, const char *what, const char *log, off_t from)
{
	char tail[300];
	log_tail(log, from, tail, sizeof tail);
	return err_set(e, ERR_IO, "%s; %s says: %s", what, log, tail[0] ? tail : "nothing");
}

/* --- making the data --- */

static bool wait_child(pid_t pid)
{
	int status;
	pid_t got;
	while ((got = waitpid(pid, &status, 0)) < 0 && errno == EINTR) continue;
	return got == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool run_installer(const char *into, const char *log, struct err *e)
{
	char program[PATH_MAX], at[PATH_MAX + 16];
	if (!local_program("mariadb-install-db", program, sizeof program, e)) return false;
	snprintf(at, sizeof at, "--datadir=%s", into);
	const char *argv[] = { program,
		               "--no-defaults",
		               at,
		               "--auth-root-authentication-method=normal",
		               "--skip-test-db",
		               "--skip-name-resolve",
		               "--force", /* a host whose own name does not resolve is all right */
		               geteuid() ? NULL : "--user=root",
		               NULL };
	pid_t pid = spawn(&(struct spawn){ .argv = argv,
	                                   .log = log,
	                                   .has_session = true,
	                                   .death_signal = SIGKILL },
	                  e);
	if (pid < 0) return false;
	return wait_child(pid) || failed_with_log(e, "cannot make the database", log, 0);
}

bool local_make_data(struct local *l, struct err *e)
{
	char data[PATH_MAX], made[PATH_MAX], log[PATH_MAX];
	if (!dir_path(data, sizeof data, l, "data", e) || !dir_path(made, sizeof made, l, "data.new", e) ||
	    !dir_path(log, sizeof log, l, "install.log", e))
		return false;
	if (access(data, F_OK) == 0) return true;
	if (!dir_remove_tree(made, e) || !dir_remove_tree(log, e)) return false;
	if (mkdir(made, 0700)) return err_set(e, ERR_IO, "cannot make %s: %s", made, strerror(errno));
	if (!run_installer(made, log, e)) return false;
	if (rename(made, data)) return err_set(e, ERR_IO, "cannot rename %s: %s", made, strerror(errno));
	l->is_new = true;
	return true;
}

/* --- the server --- */

/* An eighth of what this machine, or its container, has: taken only as it is filled. */
static unsigned buffer_pool_mb(void)
{
	uint64_t all = uv_get_total_memory(), ours = uv_get_constrained_memory();
	uint64_t mb = (ours > 0 && ours < all ? ours : all) / 8 >> 20;
	return mb < 128 ? 128 : mb > 1024 ? 1024 : (unsigned)mb;
}

/* Small, durable, and nothing on a network but replication, where it was asked for. */
static pid_t spawn_server(const struct local *l, const char *log, bool dies_with_us, struct err *e)
{
	char program[PATH_MAX], at[6][PATH_MAX + 32], pool[64];
	bool has_options = dir_has(l, "server.cnf"), has_port = dir_has(l, "server.sql");
	if (!local_program("mariadbd", program, sizeof program, e)) return -1;
	snprintf(at[0], sizeof at[0], "--datadir=%s/data", l->dir);
	snprintf(at[1], sizeof at[1], "--tmpdir=%s/tmp", l->dir);
	snprintf(at[2], sizeof at[2], "--pid-file=%s/run/pid", l->dir);
	snprintf(at[3], sizeof at[3], "--socket=%s", l->socket);
	snprintf(at[4], sizeof at[4], has_options ? "--defaults-file=%s/server.cnf" : "--no-defaults",
	         l->dir);
	snprintf(at[5], sizeof at[5], has_port ? "--init-file=%s/server.sql" : "--skip-networking", l->dir);
	snprintf(pool, sizeof pool, "--innodb-buffer-pool-size=%uM", buffer_pool_mb());
	// clang-format off
	const char *argv[] = {
		program, at[4], at[0], at[1], at[2], at[3], at[5],
		"--skip-name-resolve", has_options ? "--log-bin=bin" : "--skip-log-bin", "--event-scheduler=ON",
		dies_with_us ? "--performance-schema=ON" : "--performance-schema=OFF", /* a demo shows it */
		"--idle-transaction-timeout=60", pool, "--innodb-log-file-size=96M",
		"--innodb-flush-log-at-trx-commit=1", "--key-buffer-size=1M", "--aria-pagecache-buffer-size=8M",
		"--max-connections=200", "--max-allowed-packet=64M", "--character-set-server=utf8mb4",
		"--collation-server=utf8mb4_unicode_ci", "--default-time-zone=+00:00", "--log-warnings=1",
		geteuid() ? NULL : "--user=root", NULL
	};
	// clang-format on
	/* mariadbd forgets a TERM that comes while it starts. Its log makes up for a KILL. */
	return spawn(&(struct spawn){ .argv = argv,
	                              .log = log,
	                              .has_session = true,
	                              .death_signal = dies_with_us ? SIGKILL : 0 },
	             e);
}

/* Who holds the data: the server, or whatever else has its files open and locked. */
void local_find_holder(struct local *l)
{
	char file[PATH_MAX];
	l->pid = l->owner = 0;
	l->command[0] = '\0';
	if (dir_path(file, sizeof file, l, "data/ibdata1", NULL)) l->pid = proc_lock_holder(file);
	if (!l->pid && dir_path(file, sizeof file, l, "data/aria_log_control", NULL))
		l->pid = proc_lock_holder(file);
	if (!l->pid) return;
	proc_command(l->pid, l->command, sizeof l->command);
	pid_t owner = dir_read_owner(l);
	if (owner > 1 && owner == proc_parent(l->pid)) l->owner = owner;
}

/* A server is there. It is taken as it is when it answers, waited for while it starts or ends, and
 * named when it does neither. Sets pid to 0 when it ended. */
bool local_use_holder(struct local *l, struct err *e)
{
	char owner[160];
	for (int64_t until = clock_mono_ms() + STOP_MS; l->pid; local_find_holder(l)) {
		if (l->owner && l->owner != getpid()) {
			proc_command(l->owner, owner, sizeof owner);
			return err_set(e, ERR_REFUSED,
			               "%s is in use by process %d (%s), and its server (process %d) ends "
			               "with it",
			               l->dir, (int)l->owner, owner, (int)l->pid);
		}
		l->is_answering = proc_greets(l->socket, 1000);
		if (l->is_answering) return true;
		if (clock_mono_ms() > until)
			return err_set(e, ERR_DB_DOWN,
			               "%s is held by process %d (%.120s), which does not answer on %s",
			               l->dir, (int)l->pid, l->command, l->socket);
		proc_sleep_ms(STEP_MS);
	}
	return true;
}

/* Where this start's lines begin in the log; a log grown large is put aside first. */
static off_t trim_log(const char *log)
{
	char old[PATH_MAX + 8];
	struct stat st;
	if (stat(log, &st)) return 0;
	if (st.st_size < LOG_KEEP) return st.st_size;
	snprintf(old, sizeof old, "%s.old", log);
	return rename(log, old) == 0 ? 0 : st.st_size;
}

static bool wait_answer(struct local *l, const char *log, off_t from, struct err *e)
{
	for (int64_t until = clock_mono_ms() + START_MS; clock_mono_ms() < until; proc_sleep_ms(STEP_MS)) {
		if (!proc_is_alive(l->pid)) return failed_with_log(e, "mariadbd did not start", log, from);
		l->is_answering = proc_greets(l->socket, 1000);
		if (l->is_answering) return true;
	}
	kill(l->pid, SIGKILL);
	wait_child(l->pid);
	return failed_with_log(e, "mariadbd did not answer in two minutes and was ended", log, from);
}

bool local_begin_server(struct local *l, enum local_mode mode, off_t *log_at, struct err *e)
{
	char log[PATH_MAX];
	if (!dir_path(log, sizeof log, l, "error.log", e)) return false;
	*log_at = trim_log(log);
	l->owner = mode == LOCAL_CHILD ? getpid() : 0;
	if (!dir_write_owner(l, l->owner, e)) return false;
	l->pid = spawn_server(l, log, mode == LOCAL_CHILD, e);
	if (l->pid > 0) return true;
	l->pid = 0;
	return false;
}

bool local_await_server(struct local *l, off_t log_at, struct err *e)
{
	char log[PATH_MAX];
	if (dir_path(log, sizeof log, l, "error.log", e) && wait_answer(l, log, log_at, e)) {
		proc_command(l->pid, l->command, sizeof l->command);
		l->is_ours = true;
		return true;
	}
	l->pid = 0;
	return false;
}

bool local_start_server(struct local *l, enum local_mode mode, struct err *e)
{
	off_t log_at;
	return local_begin_server(l, mode, &log_at, e) && local_await_server(l, log_at, e);
}

bool local_start(const char *dir, enum local_mode mode, struct local *out, struct err *e)
{
	int lock = -1;
	if (!dir_take(dir, out, e)) return false;
	if (dir_has(out, "galera.way"))
		return err_set(e, ERR_USAGE, "%s holds a Galera cluster: start it with --galera", out->dir);
	if (!dir_lock(out, &lock, e)) return false;
	local_find_holder(out);
	bool ok = local_use_holder(out, e) && dir_write_cnf(out, e);
	if (ok && !out->pid) ok = local_make_data(out, e) && local_start_server(out, mode, e);
	close(lock);
	return ok;
}

/* The kernel lets the lock go when this process ends; the file stays open until then. */
bool local_hold(const struct local *l, struct err *e)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char file[PATH_MAX], command[160];
	if (!dir_path(file, sizeof file, l, "run/demo", e)) return false;
	int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) return err_set(e, ERR_IO, "cannot open %s: %s", file, strerror(errno));
	if (fcntl(fd, F_SETLK, &lock) == 0) return true;
	close(fd);
	pid_t holder = proc_lock_holder(file);
	proc_command(holder, command, sizeof command);
	return err_set(e, ERR_REFUSED, "%s is in use by process %d (%s)", l->dir, (int)holder, command);
}

static bool wait_gone(pid_t pid, int ms)
{
	for (int64_t until = clock_mono_ms() + ms; proc_is_alive(pid); proc_sleep_ms(STEP_MS))
		if (clock_mono_ms() > until) return false;
	return true;
}

bool local_end_server(const struct local *l, struct err *e)
{
	if (kill(l->pid, SIGTERM) && errno != ESRCH)
		return err_set(e, ERR_IO, "cannot stop process %d (%s): %s", (int)l->pid, l->command,
		               strerror(errno));
	if (wait_gone(l->pid, STOP_MS)) return true;
	kill(l->pid, SIGKILL); /* its log makes up for it at the next start */
	return wait_gone(l->pid, KILL_MS) ||
	       err_set(e, ERR_IO, "process %d (%s) does not end, not even by SIGKILL", (int)l->pid,
	               l->command);
}

/* The other nodes of a cluster: the first ends last, and so has most. */
static bool end_nodes(const struct local *l, bool *had_one, struct err *e)
{
	char dir[PATH_MAX];
	for (int i = LOCAL_NODES; i > 1; i--) {
		struct local node;
		char leaf[16];
		snprintf(leaf, sizeof leaf, "node-%d", i);
		if (!dir_path(dir, sizeof dir, l, leaf, e)) return false;
		if (!dir_find(dir, &node, NULL)) continue;
		local_find_holder(&node);
		if (!node.pid) continue;
		*had_one = true;
		if (!local_end_server(&node, e)) return false;
	}
	return true;
}

bool local_stop(const char *dir, struct err *e)
{
	struct local l;
	int lock = -1;
	if (!dir_find(dir, &l, e) || !dir_lock(&l, &lock, e)) return false;
	local_find_holder(&l);
	bool had_nodes = false, ok = end_nodes(&l, &had_nodes, e);
	if (ok && l.pid)
		ok = local_end_server(&l, e);
	else if (ok && !had_nodes)
		ok = err_set(e, ERR_NO, "no server runs in %s", l.dir);
	close(lock);
	return ok;
}

bool local_status(const char *dir, struct local *out, struct err *e)
{
	if (!dir_find(dir, out, e)) return false;
	local_find_holder(out);
	out->is_answering = out->pid && proc_greets(out->socket, 1000);
	return true;
}
