/* hook.c - a child with a clock. */
#include "core/jobs/hook.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/spawn.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct hook {
	pid_t pid;
	int in; /* -1: it has all, or wants no more */
	char *json;
	size_t fed, n;
	int64_t until_ms;
	enum hook_state state;
	struct err why;
};

/* Writes what the child takes, without ever waiting for it. */
static void feed(struct hook *h)
{
	void (*was)(int) = signal(SIGPIPE, SIG_IGN);
	while (h->in >= 0) {
		ssize_t n = h->fed < h->n ? write(h->in, h->json + h->fed, h->n - h->fed) : 0;
		if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
		if (n > 0) h->fed += (size_t)n;
		if (n > 0 && h->fed < h->n) continue;
		close(h->in);
		h->in = -1;
	}
	signal(SIGPIPE, was);
}

static void ended(struct hook *h, int status)
{
	h->pid = 0;
	h->state = WIFEXITED(status) && WEXITSTATUS(status) == 0 ? HOOK_OK : HOOK_FAILED;
	if (WIFEXITED(status))
		err_set(&h->why, ERR_IO, "the alert hook exited with %d", WEXITSTATUS(status));
	else
		err_set(&h->why, ERR_IO, "the alert hook died of signal %d", WTERMSIG(status));
}

static void end(struct hook *h)
{
	int status;
	kill(-h->pid, SIGKILL);
	kill(h->pid, SIGKILL);
	while (waitpid(h->pid, &status, 0) < 0 && errno == EINTR) {
	}
	h->pid = 0;
}

struct hook *hook_start(const char *command, const char *json, int limit_ms, struct err *e)
{
	int p[2];
	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) != 0) {
		err_set(e, ERR_IO, "alert hook: %s", strerror(errno));
		return NULL;
	}
	fcntl(p[0], F_SETFL, 0);
	const char *const argv[] = { "/bin/sh", "-c", command, NULL };
	pid_t pid = spawn(&(struct spawn){ .argv = argv, .in = p[0] }, e);
	close(p[0]);
	if (pid < 0) {
		close(p[1]);
		return NULL;
	}
	struct hook *h = mem_alloc(sizeof *h);
	h->pid = pid;
	h->in = p[1];
	h->json = mem_dup(json);
	h->n = strlen(json);
	h->until_ms = clock_mono_ms() + (limit_ms ? limit_ms : HOOK_SECONDS * 1000);
	return h;
}

/* Feeds it, looks whether it has ended, and ends it when its time is over. Never waits. */
static enum hook_state look(struct hook *h, struct err *e)
{
	int status;
	if (h->state == HOOK_RUNS) {
		feed(h);
		pid_t got = waitpid(h->pid, &status, WNOHANG);
		if (got == h->pid)
			ended(h, status);
		else if ((got < 0 && errno != EINTR) || clock_mono_ms() > h->until_ms) {
			end(h);
			h->state = HOOK_FAILED;
			err_set(&h->why, ERR_TIMEOUT, "the alert hook ran out of time and was killed");
		}
	}
	if (h->state == HOOK_FAILED) *e = h->why;
	return h->state;
}

enum hook_state hook_wait(struct hook *h, int ms, struct err *e)
{
	int64_t until = clock_mono_ms() + ms;
	enum hook_state s;
	while ((s = look(h, e)) == HOOK_RUNS && clock_mono_ms() < until)
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	return s;
}

const char *hook_json(const struct hook *h) { return h->json; }

void hook_free(struct hook *h)
{
	if (!h) return;
	if (h->pid) end(h);
	if (h->in >= 0) close(h->in);
	free(h->json);
	free(h);
}

bool hook_run(const char *command, const char *json, int limit_ms, struct err *e)
{
	struct hook *h = hook_start(command, json, limit_ms, e);
	if (!h) return false;
	bool ok = hook_wait(h, (limit_ms ? limit_ms : HOOK_SECONDS * 1000) + 1000, e) == HOOK_OK;
	hook_free(h);
	return ok;
}
