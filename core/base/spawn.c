/* spawn.c - a fork that ends in exec, or tells why not; where a program is, and the one line of a short one. */
#include "core/base/spawn.h"
#include "core/base/err.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child. Only async-signal-safe calls. Ends by exec or by telling errno. */
static void become(const struct spawn *s, pid_t parent, int tell)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;
	if (s->has_session)
		setsid();
	else
		setpgid(0, 0);
	for (int sig = 1; sig < NSIG; sig++) sigaction(sig, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (s->death_signal) {
		prctl(PR_SET_PDEATHSIG, s->death_signal);
		if (getppid() != parent) _exit(127); /* gone before the kernel was asked to tell us */
	}
	int in = s->in ? s->in : open("/dev/null", O_RDONLY),
	    err = s->log ? open(s->log, O_WRONLY | O_CREAT | O_APPEND, 0600) : STDERR_FILENO,
	    out = s->out ? s->out : err;
	if (in >= 0 && err >= 0 && dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
	    dup2(err, STDERR_FILENO) >= 0) {
		close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
		execv(s->argv[0], (char *const *)s->argv);
	}
	int why = errno;
	if (write(tell, &why, sizeof why) < 0) _exit(126);
	_exit(127);
}

pid_t spawn(const struct spawn *s, struct err *e)
{
	int ends[2], why = 0;
	if (pipe2(ends, O_CLOEXEC)) {
		err_set(e, ERR_IO, "cannot make a pipe: %s", strerror(errno));
		return -1;
	}
	pid_t parent = getpid(), pid = fork();
	if (pid == 0) become(s, parent, ends[1]);
	why = errno;
	close(ends[1]);
	ssize_t got = 0;
	while (pid > 0 && (got = read(ends[0], &why, sizeof why)) < 0 && errno == EINTR) continue;
	close(ends[0]);
	if (pid > 0 && got <= 0) return pid;
	if (pid > 0) waitpid(pid, NULL, 0);
	err_set(e, ERR_IO, "cannot start %s: %s", s->argv[0], strerror(why));
	return -1;
}

bool spawn_find(const char *name, char *out, size_t n)
{
	const char *path = getenv("PATH");
	char all[8192];
	snprintf(all, sizeof all, "%s:/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/usr/libexec",
	         path ? path : "");
	char *save = NULL;
	for (char *d = strtok_r(all, ":", &save); d; d = strtok_r(NULL, ":", &save)) {
		int len = snprintf(out, n, "%s/%s", d, name);
		if (d[0] == '/' && len > 0 && (size_t)len < n && access(out, X_OK) == 0) return true;
	}
	return false;
}

bool spawn_line(const char *const *argv, char *out, size_t n)
{
	const char *full[16] = { NULL };
	char program[512];
	struct err ignored;
	int ends[2], status = -1;
	*out = 0;
	for (size_t i = 1; i < 15 && argv[i]; i++) full[i] = argv[i];
	full[0] = program;
	if (!spawn_find(argv[0], program, sizeof program) || pipe2(ends, O_CLOEXEC)) return false;
	pid_t pid = spawn(&(struct spawn){ .argv = full, .out = ends[1], .log = "/dev/null" }, &ignored);
	close(ends[1]);
	FILE *f = fdopen(ends[0], "r");
	if (pid > 0 && f && !fgets(out, (int)n, f)) *out = 0;
	while (f && getc(f) != EOF) continue; /* to its end: it may have more to say */
	if (f)
		fclose(f);
	else
		close(ends[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
	out[strcspn(out, "\n")] = 0;
	bool is_ended = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (!is_ended) *out = 0;
	return is_ended;
}
