/* past.c - the time machine: everything as it was at a time, from what the database keeps. Read-only; the
 * screens ask their views' queries of the past, and a view that has none says so and shows nothing. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "sql.h"
#include "views/nav/app_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLINK_MS = 250 };
bool app_is_of_other_time(int64_t since_ms) { return since_ms && clock_mono_ms() - since_ms > BLINK_MS; }

/* Screens that can go on as they are get the new time; else the top one is opened anew. */
static bool can_retime(const struct app *a, bool was_past)
{
	for (int i = 0; i < a->depth; i++) {
		const struct screen *s = a->stack[i];
		if (!s->ops->retime) return false;
		if (was_past != (a->at_ms != TIME_NONE) && s->view->screen && !s->view->screen_has_past)
			return false; /* its present is another screen than its past */
		if (a->at_ms != TIME_NONE && !view_has_past(s->view)) return false;
	}
	return a->depth > 0;
}

static void go_to(struct app *a, int64_t at_ms)
{
	bool was_past = app_is_past(a);
	char at[32];
	a->at_ms = at_ms;
	a->next_head_ms = 0;
	a->is_urgent = true;
	if (!can_retime(a, was_past)) {
		app_history(a, 0);
		return;
	}
	if (at_ms != TIME_NONE) time_to_sql(at_ms, at);
	for (int i = 0; i < a->depth; i++) {
		struct screen *s = a->stack[i];
		view_args_set(&s->args, "at", at_ms == TIME_NONE ? NULL : at);
		s->ops->retime(s);
	}
}

void app_switch_at(struct app *a, const char *when)
{
	struct err e;
	int64_t t = TIME_NONE;
	if (*when && strcmp(when, "now") != 0) {
		if (!time_parse(when, app_now_ms(a), &t, &e)) {
			app_say(a, ST_WARN, "%s", e.text);
			return;
		}
		if (t >= app_now_ms(a)) {
			app_say(a, ST_WARN, "%s is yet to come: the time machine goes back only", when);
			return;
		}
	}
	go_to(a, t);
}

/* The end of the second of which something is told: what happened in it has happened. */
static void got_step(void *owner, struct table *t, const struct err *e)
{
	struct app *a = owner;
	const char *at = t ? table_get(t, 0, "at") : NULL, *agent = at ? table_get(t, 0, "agent") : NULL;
	int64_t ms;
	if (e)
		app_say(a, ST_WARN, "%s", e->text);
	else if (!at || !time_from_sql(at, &ms))
		app_say(a, ST_DIM, "nothing is kept beyond this");
	else if (app_is_past(a) && !a->popup) { /* what stands over a screen belongs to it */
		go_to(a, ms);
		app_say(a, ST_INFO, "%s%s%s", table_get(t, 0, "what"), agent ? ", " : "", agent ? agent : "");
	}
	table_free(t);
}

void app_step(struct app *a, int by)
{
	struct view_args args = { 0 };
	char at[32];
	struct screen *s = app_top(a);
	if (!a->step_ask) a->step_ask = ask_new(a, a, got_step);
	time_to_sql(a->at_ms, at);
	view_args_set(&args, "at", at);
	if (s) view_args_set(&args, "agent", view_args_get(&s->args, "agent"));
	if (ask_is_busy(a->step_ask)) return; /* one step at a time: the next key takes the next */
	ask_query(a->step_ask, by > 0 ? &sql_queries_step_next : &sql_queries_step_prev, &args);
}

/* --- a view without a past --- */

static struct screen *open_none(struct app *a, const struct view *v, const struct view_args *args)
{
	(void)a, (void)v, (void)args;
	return mem_alloc(sizeof(struct screen));
}
static void close_none(struct screen *s) { free(s); }
static void paint_none(struct screen *s, struct grid *g, struct rect r)
{
	grid_textf(g, r.y + (r.h > 4), r.x + 2, r.w - 4, ST_WARN, "%s: of this the past is not kept.",
	           s->view->name);
	if (s->view->note_at) grid_text(g, r.y + (r.h > 4) + 1, r.x + 2, r.w - 4, ST_TEXT, s->view->note_at);
	grid_text(g, r.y + (r.h > 4) + 3, r.x + 2, r.w - 4, ST_DIM, ":at now comes back to the present");
}
static void retime_none(struct screen *s) { (void)s; }
const struct screen_ops no_past_screen = {
	.open = open_none, .close = close_none, .paint = paint_none, .retime = retime_none
};
