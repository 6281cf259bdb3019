/* undo.c - `u`: the inverse of my last command, or of the one under the cursor of the tracker, prepared from what
 * was before it. Of a bulk action it is the inverse of the whole bulk, each target with what it was before; which
 * commands were one bulk stands in the journal. It opens the same dialog with the same guardrails and confirmation;
 * nothing is ever undone by itself. */
#include "views/actions/undo.h"
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/fleet/intent.h"
#include "sql.h"
#include "views/actions/bulk_action.h"
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

/* --- of a whole bulk --- */

static size_t row_of(const struct table *t, const char *request_id)
{
	size_t i = 0;
	while (i < t->n_rows && strcmp(table_get(t, i, "request_id"), request_id) != 0) i++;
	return i;
}

static void add_target(struct bulk_action_target *to, const struct verb *v, const struct table *t, size_t i)
{
	copy(to->id, sizeof to->id, table_get(t, i, "inverse_target"));
	copy(to->agent_id, sizeof to->agent_id, table_get(t, i, "agent_id"));
	copy(to->label, sizeof to->label,
	     table_get(t, i, v->target == VERB_AGENT ? "agent" : "inverse_target"));
	to->args = mem_dup(table_get(t, i, "inverse_args"));
}

/* Those that cannot be turned back are counted by why: what ended badly changed nothing to turn back. */
static void count_rest(struct buf *note, size_t n_in, size_t n, size_t n_open, size_t n_failed)
{
	size_t n_other = n - n_in - n_open - n_failed;
	if (n_in == n) return;
	buf_addf(note, "%zu of %zu are turned back:", n_in, n);
	if (n_open) buf_addf(note, " %zu still under way,", n_open);
	if (n_failed) buf_addf(note, " %zu failed,", n_failed);
	if (n_other) buf_addf(note, " %zu never sent or without an inverse,", n_other);
	note->s[--note->len] = 0;
}

static void prepare_bulk(struct nav *nav, const struct table *t, size_t best, const struct intent_plan *p)
{
	const struct verb *v = verb_find(table_get(t, best, "inverse_verb"));
	struct bulk_action_target *list = mem_alloc(p->n * sizeof *list);
	size_t n = 0, n_open = 0, n_failed = 0;
	struct buf note = { .max = 200 };
	char reason[60];
	for (size_t k = 0; v && k < p->n; k++) {
		size_t i = row_of(t, p->targets[k].request_id);
		if (i == t->n_rows) continue;
		const char *status = table_get(t, i, "status");
		bool is_open = strcmp(status, "pending") == 0 || strcmp(status, "executing") == 0;
		n_open += is_open;
		n_failed += !is_open && strcmp(status, "completed") != 0;
		if (may(t, i) && verb_find(table_get(t, i, "inverse_verb")) == v)
			add_target(&list[n++], v, t, i);
	}
	count_rest(&note, n, p->n, n_open, n_failed);
	snprintf(reason, sizeof reason, "undo of the bulk %.8s", p->bulk_id);
	if (n)
		bulk_action_open(nav, v, list, n, NULL, reason, note.len ? note.s : NULL);
	else
		free(list);
	buf_free(&note);
}

/* A bulk of one is no bulk. */
static void prepare_last(struct nav *nav, const struct table *t, size_t best)
{
	struct intent_list bulk;
	struct err e = { 0 };
	if (!intent_bulk_of(NULL, table_get(t, best, "request_id"), &bulk, &e)) {
		nav_say(nav, ST_WARN, "whether it was one of a bulk is not known: %s", e.text);
		return;
	}
	if (bulk.n_plans && bulk.plans[0].n > 1)
		prepare_bulk(nav, t, best, &bulk.plans[0]);
	else
		prepare(nav, t, best);
	intent_list_free(&bulk);
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
	else if (*u->command_id)
		prepare(u->nav, t, best);
	else
		prepare_last(u->nav, t, best);
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
