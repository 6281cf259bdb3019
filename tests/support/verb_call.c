/* verb_call.c - calls a verb's procedure, takes its row apart. */
#include "tests/support/verb_call.h"
#include "core/db/table.h"
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char request[48];

const char *verb_next_request(void)
{
	static int n;
	snprintf(request, sizeof request, "5f0c0000-0000-4000-8000-%06d%06d", (int)getpid() % 1000000,
	         ++n % 1000000);
	return request;
}

const char *verb_last_request(void) { return request; }

static void take(char *to, size_t n, const struct table *t, const char *col)
{
	const char *s = table_get(t, 0, col);
	snprintf(to, n, "%s", s ? s : "");
}

struct verb_answer verb_call_as(const struct rig *r, const char *id, const char *verb, const char *target,
                                const char *args, const char *seen, const char *override, const char *reason)
{
	struct verb_answer a;
	const char *q = seen ? "'" : "";
	struct table *t =
	        rig_table(r, "CALL verb_%s('%s', '%s', '%s', %s%s%s, FALSE, '%s', '%s', 'tester', 'here')",
	                  verb, id, target, args, q, seen ? seen : "NULL", q, override, reason);
	ck_assert_uint_eq(t->n_rows, 1);
	take(a.status, sizeof a.status, t, "status");
	take(a.message, sizeof a.message, t, "message");
	take(a.command_id, sizeof a.command_id, t, "command_id");
	take(a.guards, sizeof a.guards, t, "guardrails");
	take(a.version, sizeof a.version, t, "version");
	table_free(t);
	return a;
}

struct verb_answer verb_call(const struct rig *r, const char *verb, const char *target, const char *args,
                             const char *override)
{
	return verb_call_as(r, verb_next_request(), verb, target, args, NULL, override, "because");
}

int verb_guard(const struct verb_answer *a, const char *name)
{
	json_t *list = json_loads(a->guards, 0, NULL), *g;
	ck_assert_msg(json_is_array(list), "guardrails are not JSON: %s", a->guards);
	int is_ok = -1;
	size_t i;
	json_array_foreach(list, i, g)
	{
		if (strcmp(json_string_value(json_object_get(g, "name")), name) == 0)
			is_ok = json_is_true(json_object_get(g, "ok"));
	}
	json_decref(list);
	return is_ok;
}

int verb_children_that_won(void)
{
	int n = 0, status;
	while (wait(&status) > 0) {
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) < 2, "a child ended with %d", status);
		n += WEXITSTATUS(status);
	}
	return n;
}
