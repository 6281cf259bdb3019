/* cmd_demo.c - `spotop demo`: a private database, a fleet with a past, agents that live, the worker and
 * the console, all gone when this process is.
 *
 * Who ends whom: the server is bound to this process by core/local, the simulator and the worker by
 * PR_SET_PDEATHSIG, so that even kill -9 leaves none. A janitor, forked before everything else, holds
 * one end of a pipe: when the other end is gone it ends what is left, the making of the data too, and
 * removes the temporary directory. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/spawn.h"
#include "core/fleet/schema.h"
#include "core/local/local.h"
#include "core/sim/sim.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include "views/cli/console.h"
#include "views/nav/session.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { LIVE_MS = 60000, CHILD_END_MS = 5000, STEP_US = 20000 };

struct demo {
	struct cli *c;
	int64_t agents, seed;
	const char *speed, *given_dir;
	bool storm, headless, has_replica;
	char dir[PATH_MAX];
	bool is_temporary;
	struct local local, replica, nodes[LOCAL_NODES];
	int n_nodes;     /* of a Galera cluster, local among them; 0: none */
	const char *cnf; /* for who looks: of both servers where there are two */
	pid_t sim, worker, janitor;
	int to_janitor;
	struct err e;
};

static void say(const struct demo *d, const char *what)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K%s%s", what, what[0] ? " ..." : "");
	else if (what[0])
		fprintf(stderr, "%s\n", what);
	(void)d;
}

static void progress(void *ctx, int done, int total, const char *what)
{
	char line[100];
	snprintf(line, sizeof(line), "%s (%d of %d)", what, done, total);
	if (isatty(STDERR_FILENO)) say(ctx, line);
}

/* --- the janitor --- */

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	return remove(path);
}

/* A process that has ended but that nobody has waited for does not count. */
static bool is_alive(pid_t pid)
{
	char path[40], line[256], *state = NULL;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "r");
	if (f == NULL) return false;
	if (fgets(line, sizeof(line), f)) state = strrchr(line, ')');
	fclose(f);
	return state && state[1] == ' ' && state[2] != 'Z' && state[2] != 'X';
}

/* A process that has dir/'s data as its --datadir: the server, or what makes the data; 0: none is left. The latter
 * is a script with children of its own, which nobody is told of. */
static pid_t find_server(const char *dir)
{
	char want[PATH_MAX + 16], path[300], args[8192];
	pid_t found = 0;
	size_t len = (size_t)snprintf(want, sizeof(want), "--datadir=%s/", dir);
	DIR *proc = opendir("/proc");
	for (struct dirent *d; proc && !found && (d = readdir(proc));) {
		pid_t pid = (pid_t)strtol(d->d_name, NULL, 10);
		snprintf(path, sizeof(path), "/proc/%s/cmdline", d->d_name);
		FILE *f = pid > 0 ? fopen(path, "r") : NULL;
		size_t n = f ? fread(args, 1, sizeof(args) - 1, f) : 0;
		if (f) fclose(f);
		args[n] = '\0';
		for (const char *a = args; a < args + n; a += strlen(a) + 1)
			if (strncmp(a, want, len) == 0) found = pid;
	}
	if (proc) closedir(proc);
	return found;
}

/* pids come down the pipe; when it ends, so did the demo. */
static void janitor(int from, const char *dir)
{
	pid_t pids[8], pid;
	int n = 0, waited = 0;
	for (;;) {
		ssize_t got = read(from, &pid, sizeof(pid));
		if (got < 0 && errno == EINTR) continue;
		if (got != (ssize_t)sizeof(pid)) break;
		if (n < 8) pids[n++] = pid;
	}
	for (int i = 0; i < n; i++)
		for (; is_alive(pids[i]); usleep(STEP_US), waited += STEP_US)
			if (waited > CHILD_END_MS * 1000) kill(pids[i], SIGKILL);
	/* Nothing of the data is wanted any more. */
	for (; (pid = find_server(dir)) > 0; usleep(STEP_US)) kill(pid, SIGKILL);
	for (int tries = 0;
	     tries < 50 && nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT; tries++)
		usleep(STEP_US);
	_exit(0);
}

static bool start_janitor(struct demo *d)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_set(&d->e, ERR_IO, "cannot make a pipe: %s", strerror(errno));
	d->janitor = fork();
	if (d->janitor == 0) {
		close(ends[1]);
		setsid(); /* out of reach of the terminal's signals */
		signal(SIGTERM, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		for (int fd = 0; fd < 3; fd++) close(fd);
		janitor(ends[0], d->dir);
	}
	close(ends[0]);
	d->to_janitor = ends[1];
	return d->janitor > 0 || err_set(&d->e, ERR_IO, "cannot fork: %s", strerror(errno));
}

static void tell_janitor(const struct demo *d, pid_t pid)
{
	if (d->to_janitor >= 0 && write(d->to_janitor, &pid, sizeof(pid)) != (ssize_t)sizeof(pid)) return;
}

/* --- children --- */

/* Its words go to DIR/NAME.log; `out` (may be NULL) gets a pipe from its stdout. */
static pid_t start_child(struct demo *d, const char *name, const char *const argv[], int *out)
{
	char log[PATH_MAX + 32];
	int ends[2] = { 0, 0 };
	if (out && pipe2(ends, O_CLOEXEC) != 0) {
		err_set(&d->e, ERR_IO, "cannot make a pipe: %s", strerror(errno));
		return -1;
	}
	snprintf(log, sizeof(log), "%s/%s.log", d->local.dir, name);
	/* the terminal's Ctrl-C is the console's alone */
	pid_t pid =
	        spawn(&(struct spawn){ .argv = argv, .out = ends[1], .log = log, .death_signal = SIGTERM },
	              &d->e);
	if (out) {
		close(ends[1]);
		*out = ends[0];
	}
	if (pid > 0) tell_janitor(d, pid);
	return pid;
}

static void end_child(pid_t *pid)
{
	if (*pid <= 0) return;
	kill(*pid, SIGTERM);
	for (int ms = 0; waitpid(*pid, NULL, WNOHANG) == 0; ms += STEP_US / 1000) {
		if (ms == CHILD_END_MS) kill(*pid, SIGKILL);
		usleep(STEP_US);
	}
	*pid = 0;
}

static bool is_asked_to_stop(struct demo *d)
{
	sigset_t waiting;
	sigpending(&waiting);
	bool is = sigismember(&waiting, SIGINT) || sigismember(&waiting, SIGTERM) ||
	          sigismember(&waiting, SIGHUP);
	if (is) err_set(&d->e, ERR_CANCELLED, "stopped before the fleet was live");
	return is;
}

static bool wait_live(struct demo *d, int fd)
{
	char line[16];
	for (int ms = 0; ms < LIVE_MS; ms += 100) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		if (is_asked_to_stop(d)) return false;
		if (poll(&p, 1, 100) <= 0) continue;
		ssize_t n = read(fd, line, sizeof(line));
		if (n > 0) return true;
		return err_set(&d->e, ERR_INTERNAL, "the simulator ended; %s/sim.log says why", d->local.dir);
	}
	return err_set(&d->e, ERR_TIMEOUT, "the simulated fleet was not live within %d s; see %s/sim.log",
	               LIVE_MS / 1000, d->local.dir);
}

static bool start_fleet(struct demo *d)
{
	char file[PATH_MAX + 32], agents[32], seed[32];
	int from = -1;
	snprintf(file, sizeof(file), "--defaults-file=%s", d->n_nodes ? d->cnf : d->local.cnf);
	snprintf(agents, sizeof(agents), "--agents=%lld", (long long)d->agents);
	snprintf(seed, sizeof(seed), "--seed=%lld", (long long)d->seed);
	char speed[48];
	snprintf(speed, sizeof(speed), "--speed=%s", d->speed);
	const char *const sim[] = { d->c->self, file, "sim", agents, seed, speed, d->storm ? "--storm" : NULL,
		                    NULL };
	const char *const worker[] = { d->c->self, file, "worker", NULL };
	say(d, "the agents go live");
	d->sim = start_child(d, "sim", sim, &from);
	d->worker = start_child(d, "worker", worker, NULL);
	if (d->sim < 0 || d->worker < 0) return false;
	bool ok = wait_live(d, from);
	close(from);
	return ok;
}

/* --- the database --- */

static bool choose_dir(struct demo *d)
{
	if (d->given_dir) {
		snprintf(d->dir, sizeof(d->dir), "%s", d->given_dir);
		return true;
	}
	const char *tmp = getenv("TMPDIR");
	snprintf(d->dir, sizeof(d->dir), "%s/spotop-demo.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (mkdtemp(d->dir) == NULL)
		return err_set(&d->e, ERR_IO, "cannot make %s: %s", d->dir, strerror(errno));
	d->is_temporary = true;
	return start_janitor(d);
}

static bool read_cnf(struct demo *d, const char *cnf)
{
	struct buf notes = BUF_EMPTY;
	struct cli *c = d->c;
	conf_free(&c->conf);
	conf_init(&c->conf);
	d->cnf = cnf;
	c->files = (struct conf_files){ .defaults_file = d->cnf };
	bool ok = conf_load(&c->conf, &c->files, &notes, &d->e) && conf_check(&c->conf, &d->e);
	if (ok && !c->conf.env_name) c->conf.env_name = mem_dup("demo");
	buf_free(&notes);
	return ok;
}

static bool use_local(struct demo *d)
{
	char kept[PATH_MAX + 16];
	snprintf(kept, sizeof kept, "%s/galera.way", d->dir);
	if (d->n_nodes && access(kept, F_OK) == 0) { /* a cluster that was made before */
		if (!local_start_galera(d->dir, d->n_nodes, LOCAL_CHILD, d->nodes, &d->e)) return false;
		d->local = d->nodes[0];
		return local_hold(&d->local, &d->e) && read_cnf(d, d->local.cnf);
	}
	return local_start(d->dir, LOCAL_CHILD, &d->local, &d->e) && local_hold(&d->local, &d->e) &&
	       read_cnf(d, d->local.cnf);
}

/* The fleet's past is copied with the data and not sent over. */
static bool use_replica(struct demo *d)
{
	char dir[PATH_MAX + 16];
	struct local primary; /* ours as before, started again or not */
	if (!d->has_replica) return true;
	say(d, "a replica server");
	snprintf(dir, sizeof(dir), "%s/two", d->dir);
	if (!local_start_replica(dir, d->dir, LOCAL_CHILD, &primary, &d->replica, &d->e)) return false;
	d->local.pid = primary.pid;
	return read_cnf(d, d->replica.both);
}

static bool use_galera(struct demo *d)
{
	if (!d->n_nodes) return true;
	say(d, "a Galera cluster");
	if (!local_start_galera(d->dir, d->n_nodes, LOCAL_CHILD, d->nodes, &d->e)) return false;
	return read_cnf(d, d->nodes[0].both);
}

static bool fill(struct demo *d, struct db *db, const char *database)
{
	struct sim_seed_opts o = { .n_agents = (int)d->agents, .seed = (uint64_t)d->seed };
	bool is_demo = false;
	say(d, "schema");
	if (!schema_install(db, database, NULL, &d->e)) return false;
	if (!sim_is_demo(db, &is_demo, &d->e)) return false;
	return is_demo || is_asked_to_stop(d) || sim_seed(db, &o, progress, d, &d->e);
}

static bool prepare(struct demo *d)
{
	if (d->n_nodes && !local_galera_check(&d->e)) return false;
	say(d, "a private MariaDB");
	if (!choose_dir(d) || !use_local(d) || is_asked_to_stop(d)) return false;
	/* The database is not there yet: this link goes to the server alone. */
	struct cli *c = d->c;
	char *database = c->conf.database;
	c->conf.database = NULL;
	struct db *db = cli_db(c, DB_WRITE);
	bool ok = fill(d, db, database ? database : "spot_optimizer");
	db_close_wait(db);
	c->conf.database = database;
	return ok && !is_asked_to_stop(d) && use_replica(d) && use_galera(d) && start_fleet(d);
}

/* --- the whole --- */

/* Until a signal, or until the simulator ends by itself. */
static int stay(struct demo *d, const sigset_t *set)
{
	for (;;) {
		int number = 0, status;
		sigwait(set, &number);
		if (number != SIGCHLD) return 0;
		if (d->worker > 0 && waitpid(d->worker, &status, WNOHANG) == d->worker) {
			fprintf(stderr, "spotop: the worker ended; %s/worker.log says why\n", d->local.dir);
			d->worker = 0;
		}
		if (waitpid(d->sim, &status, WNOHANG) == d->sim) {
			d->sim = 0;
			err_set(&d->e, ERR_INTERNAL, "the simulator ended; %s/sim.log says why",
			        d->local.dir);
			return cli_fail(d->c, &d->e);
		}
	}
}

/* For the console's :kill-node. */
static bool kill_server(void *ctx, int i, char *said, size_t size, struct err *e)
{
	struct demo *d = ctx;
	struct local *l = d->n_nodes ? &d->nodes[i - 1] : i == 1 ? &d->local : &d->replica;
	if (!l->pid) return err_set(e, ERR_NO, "server %d is dead already", i);
	if (kill(l->pid, SIGKILL))
		return err_set(e, ERR_IO, "cannot kill process %d: %s", (int)l->pid, strerror(errno));
	while (waitpid(l->pid, NULL, 0) < 0 && errno == EINTR) continue;
	snprintf(said, size, "server %d, process %d, %s", i, (int)l->pid, l->socket);
	l->pid = 0;
	return true;
}

static int show(struct demo *d, const sigset_t *set)
{
	say(d, "");
	if (!d->headless) {
		sigprocmask(SIG_UNBLOCK, set, NULL);
		struct demo_servers servers = { .n = d->n_nodes ? d->n_nodes : 2,
			                        .kill = kill_server,
			                        .ctx = d };
		if (d->n_nodes || d->has_replica) d->c->demo = &servers;
		tcflush(STDIN_FILENO, TCIFLUSH); /* typed at the progress, not at the console */
		return cli_console(d->c);
	}
	printf("ready %s\n", d->cnf);
	fflush(stdout);
	return stay(d, set);
}

static void end_all(struct demo *d)
{
	struct err ignored;
	end_child(&d->sim);
	end_child(&d->worker);
	if (d->replica.is_ours) local_stop(d->replica.dir, &ignored);
	if (d->n_nodes && d->nodes[0].dir[0]) local_stop(d->nodes[0].dir, &ignored);
	if (d->local.is_ours) local_stop(d->local.dir, &ignored);
	if (d->janitor <= 0) return;
	close(d->to_janitor);
	while (waitpid(d->janitor, NULL, 0) < 0 && errno == EINTR) continue;
}

int cmd_demo(struct cli *c)
{
	struct demo d = { .c = c,
		          .agents = cli_number(c, "agents"),
		          .seed = cli_number(c, "seed"),
		          .speed = cli_text(c, "speed"),
		          .storm = cli_has(c, "storm"),
		          .has_replica = cli_has(c, "replica"),
		          .n_nodes = (int)cli_number(c, "galera"),
		          .given_dir = cli_text(c, "dir"),
		          .headless = cli_has(c, "headless"),
		          .to_janitor = -1 };
	sigset_t set;
	if (!cli_words(c, 0, &d.e)) return cli_fail(c, &d.e);
	if (d.n_nodes && d.has_replica) {
		err_set(&d.e, ERR_USAGE, "--galera and --replica exclude each other");
		return cli_fail(c, &d.e);
	}
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL); /* looked at between the steps */
	bool ok = prepare(&d);
	int code = ok ? show(&d, &set) : 0;
	if (!ok) say(&d, "");
	sigprocmask(SIG_BLOCK, &set, NULL);
	end_all(&d);
	return ok ? code : cli_fail(c, &d.e);
}
