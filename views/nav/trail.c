/* trail.c - going to views and back; the places that were looked at, for [ ] and -: each with the way down to it
 * and what its table was like, so that going back is coming back. */
#include "views/nav/trail.h"
#include "core/base/mem.h"
#include "views/nav/layers.h"
#include "views/nav/nav_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void forget(struct place *p)
{
	for (int i = 0; i < p->n; i++) free(p->steps[i].args);
	free(p->steps);
	*p = (struct place){ 0 };
}

static struct step step_of(const struct nav *nav, const struct screen *s)
{
	struct step st = { .view = s->view };
	snprintf(st.crumb, sizeof st.crumb, "%s", s->crumb);
	if (s->args.n) {
		st.args = mem_alloc(sizeof *st.args);
		*st.args = s->args;
	}
	nav->kind->remember(s, &st.table);
	return st;
}

/* Where the console is now, as the place it stands at in the history. */
static void note(struct nav *nav)
{
	if (!nav->n_history || !nav->depth) return;
	struct place *p = &nav->history[nav->at_history];
	forget(p);
	p->n = nav->depth;
	p->steps = mem_alloc(sizeof *p->steps * (size_t)nav->depth);
	for (int i = 0; i < nav->depth; i++) p->steps[i] = step_of(nav, nav->stack[i]);
}

/* A place is new; one that was passed before anything was painted is not worth coming back to. */
static void add(struct nav *nav)
{
	if (!nav->is_place_unseen || !nav->n_history) {
		if (nav->n_history == HISTORY) {
			forget(&nav->history[0]);
			memmove(nav->history, nav->history + 1, sizeof nav->history[0] * (HISTORY - 1));
			nav->history[--nav->n_history] = (struct place){ 0 };
			if (nav->at_history) nav->at_history--;
		}
		nav->last_history = nav->at_history;
		nav->at_history = nav->n_history++;
	}
	nav->is_place_unseen = true;
	note(nav);
}

void trail_clear(struct nav *nav)
{
	for (int i = 0; i < nav->n_history; i++) forget(&nav->history[i]);
	nav->n_history = nav->at_history = nav->last_history = 0;
}

static void restore(struct nav *nav, const struct step *st)
{
	layers_push(nav, st->view, st->args, st->crumb);
	nav->kind->recall(nav_top(nav), &st->table);
}

static void go(struct nav *nav, int to)
{
	note(nav);
	struct place p = nav->history[to];
	nav->history[to] = (struct place){ 0 };
	layers_clear(nav);
	for (int i = 0; i < p.n; i++) restore(nav, &p.steps[i]);
	forget(&p);
	if (to != nav->at_history) nav->last_history = nav->at_history;
	nav->at_history = to;
	note(nav);
}

void nav_reopen(struct nav *nav)
{
	if (nav->n_history) go(nav, nav->at_history);
}

void nav_history(struct nav *nav, int by)
{
	int to = nav->at_history + by;
	if (to < 0 || to >= nav->n_history)
		nav_say(nav, ST_DIM, "no view %s", by < 0 ? "before" : "after");
	else
		go(nav, to);
}

void nav_history_last(struct nav *nav)
{
	if (nav->last_history == nav->at_history || nav->last_history >= nav->n_history)
		nav_say(nav, ST_DIM, "no view before");
	else
		go(nav, nav->last_history);
}

bool nav_open(struct nav *nav, const struct view *v, const struct view_args *args, const char *crumb)
{
	bool is_root = !crumb || !*crumb;
	if (nav->depth == MAX_DEPTH && !is_root) {
		nav_say(nav, ST_WARN, "this deep it goes; Esc comes back");
		return false;
	}
	note(nav);
	if (is_root) layers_clear(nav);
	layers_push(nav, v, args, crumb);
	add(nav);
	return true;
}

/* The overview is the top, whichever key led to another list. */
static const struct view *home(void) { return view_find("overview"); }

bool nav_is_home(const struct nav *nav)
{
	return !nav->depth || !home() || (nav->depth == 1 && nav->stack[0]->view == home());
}

void nav_back(struct nav *nav)
{
	if (nav->depth > 1) {
		note(nav);
		layers_pop(nav);
		add(nav);
	} else if (nav_is_home(nav))
		nav_quit(nav, 0);
	else
		nav_open(nav, home(), NULL, NULL);
}
