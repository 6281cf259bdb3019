/* keeper.c - see keeper.h. */
#include "tests/support/keeper.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GRACE_MS = 500, STEP_MS = 10 };
#define ROOM (4ULL << 30) /* bytes */

/* A living child of ours after that pid in /proc's order; 0: none. */
static pid_t next_child(DIR *proc)
{
	for (struct dirent *d; (d = readdir(proc));) {
		char path[64], text[512], *end;
		if (!isdigit((unsigned char)d->d_name[0])) continue;
		snprintf(path, sizeof path, "/proc/%.20s/stat", d->d_name);
		FILE *f = fopen(path, "re");
		size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
		if (f) fclose(f);
		text[n] = 0;
		/* pid (command) state parent; the command may hold anything */
		if (!(end = strrchr(text, ')')) || strlen(end) < 5 || end[2] == 'Z') continue;
		if (strtol(end + 4, NULL, 10) == getpid()) return (pid_t)strtol(d->d_name, NULL, 10);
	}
	return 0;
}

static void collect(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0) continue;
}

static void tell(pid_t pid)
{
	char path[64], cmd[200];
	snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(cmd, 1, sizeof cmd - 1, f) : 0;
	if (f) fclose(f);
	for (size_t i = 0; i + 1 < n; i++)
		if (!cmd[i]) cmd[i] = ' ';
	cmd[n] = 0;
	fprintf(stderr, "left running: %s\n", cmd);
}

static void nap(void)
{
	struct timespec t = { 0, STEP_MS * 1000000L };
	nanosleep(&t, NULL);
}

static bool has_children(void)
{
	DIR *proc = opendir("/proc");
	pid_t pid = proc ? next_child(proc) : 0;
	if (proc) closedir(proc);
	return pid > 0;
}

/* Each death makes grandchildren children, until there are none. */
static void kill_all(bool is_told)
{
	for (int ms = 0; is_told && ms < GRACE_MS && has_children(); ms += STEP_MS) {
		nap(); /* those bound to their parent are on their way */
		collect();
	}
	for (bool any = true; any;) {
		DIR *proc = opendir("/proc");
		if (!proc) break;
		any = false;
		for (pid_t pid; (pid = next_child(proc)) > 0; any = true) {
			if (is_told) tell(pid);
			kill(pid, SIGKILL);
		}
		closedir(proc);
		if (any) nap();
		collect();
	}
	while (waitpid(-1, NULL, 0) > 0) continue;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st, (void)flag, (void)f;
	return remove(path), 0;
}

/* Ends as the program did. */
static void end_as(int status)
{
	if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
	sigset_t none;
	sigemptyset(&none);
	signal(WTERMSIG(status), SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	raise(WTERMSIG(status));
	_exit(128 + WTERMSIG(status));
}

static void keep(pid_t kept, const char *dir, const sigset_t *set)
{
	int status = 0;
	bool is_over = false, is_asked = false;
	while (!is_over && !is_asked) {
		int sig = sigwaitinfo(set, NULL);
		if (sig > 0 && sig != SIGCHLD) {
			is_asked = true;
			status = sig; /* as waitpid tells a death by that signal */
		}
		int st;
		for (pid_t pid; (pid = waitpid(-1, &st, WNOHANG)) > 0;)
			if (pid == kept) {
				is_over = true;
				status = st;
			}
	}
	kill_all(is_over && WIFEXITED(status));
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	end_as(status);
}

/* Of the machine, which may have less left than its file systems in memory may take. */
static unsigned long long free_memory(void)
{
	char line[200];
	unsigned long long kb = 0;
	FILE *f = fopen("/proc/meminfo", "re");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "MemAvailable: %llu kB", &kb) == 1) break;
	if (f) fclose(f);
	return kb << 10;
}

static bool has_room(const char *dir)
{
	struct statvfs st;
	return access(dir, W_OK) == 0 && statvfs(dir, &st) == 0 &&
	       (unsigned long long)st.f_bavail * st.f_frsize >= ROOM && free_memory() >= ROOM;
}

static pid_t fork_kept(bool is_in_memory)
{
	pid_t parent = getpid();
	fflush(NULL);
	pid_t keeper = fork();
	if (keeper != 0) return keeper;

	char dir[40];
	sigset_t set, none;
	setsid();
	sigemptyset(&none);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD), sigaddset(&set, SIGTERM), sigaddset(&set, SIGINT), sigaddset(&set, SIGHUP);
	sigprocmask(SIG_SETMASK, &set, NULL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	snprintf(dir, sizeof dir, "%s/spotop-test.XXXXXX",
	         is_in_memory && has_room("/dev/shm") ? "/dev/shm" : "/tmp");
	if (getppid() != parent || !mkdtemp(dir)) _exit(127);
	pid_t me = getpid(), kept = fork();
	if (kept < 0) _exit(127);
	if (kept > 0) keep(kept, dir, &set);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != me) _exit(127);
	setpgid(0, 0);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setenv("SPOTOP_TMP", dir, 1);
	setenv("TMPDIR", dir, 1);
	return 0;
}

pid_t keeper_fork(void) { return fork_kept(true); }

static volatile sig_atomic_t keeper_pid;
static void pass_on(int sig)
{
	if (keeper_pid > 0) kill((pid_t)keeper_pid, sig);
}

void keeper_begin(void)
{
	int status = 0;
	pid_t pid = fork_kept(false);
	if (pid == 0) return;
	if (pid < 0) {
		perror("fork");
		_exit(1);
	}
	keeper_pid = pid;
	signal(SIGTERM, pass_on), signal(SIGINT, pass_on), signal(SIGHUP, pass_on);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
	end_as(status);
}
