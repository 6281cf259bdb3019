/* undo.c - `u`: the inverse of my last command, or of the one under the cursor of the tracker, prepared from what
 * was before it. It opens the same dialog with the same guardrails and confirmation; nothing is ever undone by
 * itself. */
#include "views/actions/undo.h"
#include "core/base/mem.h"
#include "sql.h"
#include "views/actions/dialog.h"
#include "views/model/verbs.h"
#include "views/nav/ask.h"
#include "views/nav/layers.h"
#include "views/nav/nav.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct undo {
	struct nav *nav;
	struct ask *ask;
	char command_id[40]; /* that one; "": the last that can be turned back */
};

static void copy(char *to, size_t n, const char *from) { snprintf(to, n, "%s", from ? from : ""); }

static void prepare(struct nav *nav, const struct table *t, size_t i)
{
	struct dialog_target d = { .read_at_mono_ms = t->read_at_mono_ms };
	const struct verb *v = verb_find(table_get(t, i, "inverse_verb"));
	if (!v) return;
	copy(d.id, sizeof d.id, table_get(t, i, "inverse_target"));
	copy(d.agent_id, sizeof d.agent_id, table_get(t, i, "agent_id"));
	copy(d.label, sizeof d.label, table_get(t, i, v->target == VERB_AGENT ? "agent" : "inverse_target"));
	dialog_open(nav, v, &d, table_get(t, i, "inverse_args"));
}

static bool may(const struct table *t, size_t i)
{
	const char *status = table_get(t, i, "status");
	return table_get(t, i, "inverse_verb") && table_get(t, i, "inverse_target") && status &&
	       strcmp(status, "completed") == 0;
}

static size_t choose(const struct undo *u, const struct table *t)
{
	size_t best = SIZE_MAX;
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *at = table_get(t, i, "created_at"), *id = table_get(t, i, "command_id");
		if (!may(t, i) || (*u->command_id && strcmp(id, u->command_id) != 0)) continue;
		if (best == SIZE_MAX || strcmp(at, table_get(t, best, "created_at")) > 0) best = i;
	}
	return best;
}

static void got(void *owner, struct table *t, const struct err *e)
{
	struct undo *u = owner;
	size_t best = e ? SIZE_MAX : choose(u, t);
	if (e)
		nav_say(u->nav, ST_WARN, "%s", e->text);
	else if (best == SIZE_MAX)
		nav_say(u->nav, ST_DIM, "%s",
		        *u->command_id
		                ? "nothing turns this one back: only what completed, and is still there"
		                : "no completed command of mine in the last day can be turned back");
	else
		prepare(u->nav, t, best);
	table_free(t);
	ask_free(u->ask);
	free(u);
}

void undo_open(struct nav *nav)
{
	struct screen *s = nav_top(nav);
	size_t row;
	if (!nav_is_armed(nav)) {
		nav_say(nav, ST_WARN, "read-only; :write arms it");
		return;
	}
	struct undo *u = mem_alloc(sizeof *u);
	u->nav = nav;
	struct table *rows =
	        s && strcmp(s->view->name, "tracker") == 0 && s->ops->row ? s->ops->row(s, &row) : NULL;
	if (rows) copy(u->command_id, sizeof u->command_id, table_get(rows, row, "command_id"));
	u->ask = ask_new(nav, u, got);
	ask_query(u->ask, &sql_queries_tracker, NULL);
}
