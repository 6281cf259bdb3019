/* trail.c - the places that were looked at, for [ ] and -: each with the way down to it, its filter, order,
 * columns and the row under the cursor, so that going back is coming back. */
#include "core/base/mem.h"
#include "views/nav/app_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void forget(struct place *p)
{
	for (int i = 0; i < p->n; i++) free(p->steps[i].args);
	free(p->steps);
	*p = (struct place){ 0 };
}

static struct step step_of(const struct screen *s)
{
	struct step st = { .view = s->view };
	snprintf(st.crumb, sizeof st.crumb, "%s", s->crumb);
	if (s->args.n) {
		st.args = mem_alloc(sizeof *st.args);
		*st.args = s->args;
	}
	struct sheet *sh = s->ops->sheet ? s->ops->sheet((struct screen *)s) : NULL;
	if (!sh) return st;
	st.has_sheet = true;
	st.is_desc = sh->is_desc;
	snprintf(st.sort, sizeof st.sort, "%s", sh->sort);
	snprintf(st.columns, sizeof st.columns, "%s", sh->columns);
	snprintf(st.filter, sizeof st.filter, "%s", sh->filter ? sh->filter_text : "");
	snprintf(st.key, sizeof st.key, "%s", sh->rows.key[0] ? sh->rows.key : sh->seek);
	return st;
}

/* Where the console is now, as the place it stands at in the history. */
void trail_note(struct app *a)
{
	if (!a->n_history || !a->depth) return;
	struct place *p = &a->history[a->at_history];
	forget(p);
	p->n = a->depth;
	p->steps = mem_alloc(sizeof *p->steps * (size_t)a->depth);
	for (int i = 0; i < a->depth; i++) p->steps[i] = step_of(a->stack[i]);
}

/* A place is new; one that was passed before anything was painted is not worth coming back to. */
void trail_add(struct app *a)
{
	if (!a->is_place_unseen || !a->n_history) {
		if (a->n_history == HISTORY) {
			forget(&a->history[0]);
			memmove(a->history, a->history + 1, sizeof a->history[0] * (HISTORY - 1));
			a->history[--a->n_history] = (struct place){ 0 };
			if (a->at_history) a->at_history--;
		}
		a->last_history = a->at_history;
		a->at_history = a->n_history++;
	}
	a->is_place_unseen = true;
	trail_note(a);
}

void trail_clear(struct app *a)
{
	for (int i = 0; i < a->n_history; i++) forget(&a->history[i]);
	a->n_history = a->at_history = a->last_history = 0;
}

static void restore(struct app *a, const struct step *st)
{
	app_push(a, st->view, st->args, st->crumb);
	struct screen *s = app_top(a);
	struct sheet *sh = st->has_sheet && s->ops->sheet ? s->ops->sheet(s) : NULL;
	if (!sh) return;
	struct err e;
	sheet_columns(sh, st->columns, NULL);
	sheet_sort(sh, st->sort[0] ? st->sort : NULL, st->is_desc);
	if (st->filter[0] && !sheet_filter(sh, st->filter, &e)) app_say(a, ST_WARN, "%s", e.text);
	snprintf(sh->seek, sizeof sh->seek, "%s", st->key);
}

static void go(struct app *a, int to)
{
	trail_note(a);
	struct place p = a->history[to];
	a->history[to] = (struct place){ 0 };
	app_clear(a);
	for (int i = 0; i < p.n; i++) restore(a, &p.steps[i]);
	forget(&p);
	if (to != a->at_history) a->last_history = a->at_history;
	a->at_history = to;
	trail_note(a);
}

void app_history(struct app *a, int by)
{
	int to = a->at_history + by;
	if (to < 0 || to >= a->n_history)
		app_say(a, ST_DIM, "no view %s", by < 0 ? "before" : "after");
	else
		go(a, to);
}

void app_history_last(struct app *a)
{
	if (a->last_history == a->at_history || a->last_history >= a->n_history)
		app_say(a, ST_DIM, "no view before");
	else
		go(a, a->last_history);
}
