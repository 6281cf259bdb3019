/* cut.c - verbs that are sent over a path that breaks. */
#include "tests/support/cut.h"
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/uuid.h"
#include "tests/support/rig.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define E "r3.large.us-east-1e"
enum { MAX_ARGV = 40 };

const struct cut_verb cut_verbs[CUT_VERBS] = {
	{ "switch", "switch AGENT --to " E, "SELECT COUNT(*) FROM commands WHERE request_id = 'ID'",
	  "UPDATE commands SET status = 'cancelled' WHERE request_id = 'ID'" },
	{ "freeze", "freeze agent:AGENT --for 1h",
	  "SELECT COUNT(*) FROM automation_freezes WHERE request_id = 'ID'",
	  "UPDATE automation_freezes SET thawed_at = NOW() WHERE request_id = 'ID'" },
	{ "evacuate", "evacuate --filter agent=AGENT --dry-run",
	  "SELECT COUNT(*) FROM spotop_plans WHERE id = 'ID'",
	  "DELETE FROM spotop_plan_rows WHERE plan_id = 'ID'" },
	{ "run_plan", "evacuate --run PLAN --override led",
	  "SELECT COUNT(*) FROM spotop_plans WHERE id = 'PLAN' AND state = 'running'",
	  "DELETE FROM spotop_plan_rows WHERE plan_id = 'PLAN'" },
};

static struct {
	struct rig *rig;
	struct proxy *proxy;
} path;

void cut_over(struct rig *rig, struct proxy *proxy)
{
	path.rig = rig;
	path.proxy = proxy;
}

pid_t cut_spawn(const char *const *words, int *out, int *err)
{
	static char port[12];
	const char *argv[MAX_ARGV] = { "--protocol=tcp", "-h", "127.0.0.1", "-P", port, "-u", "net" };
	size_t n = 7;
	snprintf(port, sizeof port, "%u", proxy_port(path.proxy));
	while (*words && n < MAX_ARGV - 1) argv[n++] = *words++;
	return rig_spawn(path.rig, false, argv, out, err);
}

static void slurp(int fd, char *to, size_t size)
{
	size_t n = 0;
	ssize_t k;
	while (n + 1 < size && (k = read(fd, to + n, size - 1 - n)) > 0) n += (size_t)k;
	to[n] = 0;
	close(fd);
}

void cut_wait_end(pid_t pid, int out, int err, struct ended *e)
{
	int status;
	slurp(out, e->out, sizeof e->out);
	slurp(err, e->err, sizeof e->err);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	e->code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

void cut_run(const char *const *words, struct ended *e)
{
	int out, err;
	pid_t pid = cut_spawn(words, &out, &err);
	cut_wait_end(pid, out, err, e);
}

/* free() */
static char *filled(const struct cut *c, const char *text)
{
	const char *const names[][2] = { { "AGENT", c->agent }, { "PLAN", c->plan }, { "ID", c->id } };
	struct buf b = BUF_EMPTY;
	while (*text) {
		size_t i = 0;
		while (i < ARRAY_LEN(names) && strncmp(text, names[i][0], strlen(names[i][0])) != 0) i++;
		if (i < ARRAY_LEN(names)) {
			buf_adds(&b, names[i][1]);
			text += strlen(names[i][0]);
		} else
			buf_addc(&b, *text++);
	}
	buf_adds(&b, "");
	return buf_detach(&b);
}

void cut_issue(const struct cut *c, struct ended *e)
{
	const char *argv[MAX_ARGV];
	char *words = filled(c, c->verb->words);
	size_t n = 0;
	for (char *save = NULL, *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	const char *const rest[] = { "--yes", "--reason", "a cut", "--request-id", c->id, NULL };
	memcpy(argv + n, rest, sizeof rest);
	cut_run(argv, e);
	free(words);
}

long cut_effects(const struct cut *c)
{
	char *sql = filled(c, c->verb->effect);
	long n = rig_number(path.rig, "%s", sql);
	free(sql);
	return n;
}

void cut_undo(const struct cut *c)
{
	char *sql = filled(c, c->verb->undo);
	rig_do(path.rig, "%s", sql);
	free(sql);
}

void cut_prepare(struct cut *c)
{
	char *filter = mem_printf("agent=%s", c->agent);
	if (strstr(c->verb->words, "PLAN")) {
		uuid_make(c->plan);
		const char *argv[] = { "evacuate",     "--filter", filter, "--dry-run",
			               "--request-id", c->plan,    NULL };
		struct rig_run r = rig_spotop(path.rig, false, argv);
		ck_assert_msg(r.code == 0, "%s%s", r.out, r.err);
		rig_run_free(&r);
	}
	free(filter);
}
