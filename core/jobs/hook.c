/* hook.c - a child with a clock. */
#include "core/jobs/hook.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/spawn.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Writes what the child takes, without ever waiting for it; true when all is written or it wants no more. */
static bool feed(int fd, const char **s, size_t *left)
{
	while (*left) {
		ssize_t n = write(fd, *s, *left);
		if (n < 0) return errno != EAGAIN && errno != EINTR;
		*s += n;
		*left -= (size_t)n;
	}
	return true;
}

static bool ended(int status, struct err *e)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
	if (WIFEXITED(status))
		return err_set(e, ERR_IO, "the alert hook exited with %d", WEXITSTATUS(status));
	return err_set(e, ERR_IO, "the alert hook died of signal %d", WTERMSIG(status));
}

bool hook_run(const char *command, const char *json, int limit_ms, struct err *e)
{
	int p[2], status = 0;
	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) != 0)
		return err_set(e, ERR_IO, "alert hook: %s", strerror(errno));
	fcntl(p[0], F_SETFL, 0);
	void (*was)(int) = signal(SIGPIPE, SIG_IGN);
	const char *const argv[] = { "/bin/sh", "-c", command, NULL };
	pid_t pid = spawn(&(struct spawn){ .argv = argv, .in = p[0] }, e);
	close(p[0]);
	bool ok = pid > 0;
	int64_t until = clock_mono_ms() + (limit_ms ? limit_ms : HOOK_SECONDS * 1000);
	size_t left = strlen(json);
	bool is_open = true, is_done = pid <= 0;
	while (!is_done) {
		if (is_open && feed(p[1], &json, &left)) {
			close(p[1]);
			is_open = false;
		}
		pid_t got = waitpid(pid, &status, WNOHANG);
		is_done = got == pid || (got < 0 && errno != EINTR);
		if (is_done)
			ok = ended(status, e);
		else if (clock_mono_ms() > until) {
			kill(-pid, SIGKILL);
			kill(pid, SIGKILL);
			while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
			}
			ok = err_set(e, ERR_TIMEOUT, "the alert hook ran out of time and was killed");
			is_done = true;
		} else
			nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	}
	if (is_open) close(p[1]);
	signal(SIGPIPE, was);
	return ok;
}
