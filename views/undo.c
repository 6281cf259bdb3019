/* undo.c - `u`: the inverse of my last switch, prepared from what was before it. It opens the same dialog with
 * the same guardrails and confirmation; nothing is ever undone by itself. */
#include "views/undo.h"
#include "core/base/mem.h"
#include "sql.h"
#include "views/app.h"
#include "views/dialog.h"
#include "views/verbs.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct undo {
	struct app *app;
	struct ask *ask;
};

static void prepare(struct app *a, const struct table *t, size_t i)
{
	struct dialog_target d = { .read_at_mono_ms = t->read_at_mono_ms };
	snprintf(d.id, sizeof d.id, "%s", table_get(t, i, "agent_id"));
	snprintf(d.agent_id, sizeof d.agent_id, "%s", table_get(t, i, "agent_id"));
	snprintf(d.label, sizeof d.label, "%s", table_get(t, i, "agent"));
	dialog_open(a, verb_find("switch"), &d, table_get(t, i, "inverse_args"));
}

static void got(void *owner, struct table *t, const struct err *e)
{
	struct undo *u = owner;
	size_t best = SIZE_MAX;
	for (size_t i = 0; !e && i < t->n_rows; i++) {
		const char *status = table_get(t, i, "status"), *at = table_get(t, i, "created_at");
		if (!table_get(t, i, "inverse_args") || !status || strcmp(status, "completed") != 0) continue;
		if (best == SIZE_MAX || strcmp(at, table_get(t, best, "created_at")) > 0) best = i;
	}
	if (e)
		app_say(u->app, ST_WARN, "%s", e->text);
	else if (best == SIZE_MAX)
		app_say(u->app, ST_DIM, "no completed switch of mine in the last day to turn back");
	else
		prepare(u->app, t, best);
	table_free(t);
	ask_free(u->ask);
	free(u);
}

void undo_open(struct app *a)
{
	if (!app_is_armed(a)) {
		app_say(a, ST_WARN, "read-only; :write arms it");
		return;
	}
	struct undo *u = mem_alloc(sizeof *u);
	u->app = a;
	u->ask = ask_new(a, u, got);
	ask_query(u->ask, &sql_queries_tracker, NULL);
}
