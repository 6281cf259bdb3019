/* past.c - the time machine: the screens ask their views' queries of the past; a view that has none says so. */
#include "views/nav/past.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "sql.h"
#include "views/nav/ask.h"
#include "views/nav/layers.h"
#include "views/nav/nav_int.h"
#include "views/nav/trail.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Screens that can go on as they are get the new time; else the top one is opened anew. */
static bool can_retime(const struct nav *nav, bool was_past)
{
	for (int i = 0; i < nav->depth; i++) {
		const struct screen *s = nav->stack[i];
		if (!s->ops->retime) return false;
		if (was_past != (nav->at_ms != TIME_NONE) && s->view->screen && !s->view->screen_has_past)
			return false; /* its present is another screen than its past */
		if (nav->at_ms != TIME_NONE && !view_has_past(s->view)) return false;
	}
	return nav->depth > 0;
}

static void go_to(struct nav *nav, int64_t at_ms)
{
	bool was_past = nav_is_past(nav);
	char at[32];
	nav->at_ms = at_ms;
	nav_refetch(nav);
	nav_urgent(nav);
	if (!can_retime(nav, was_past)) {
		nav_reopen(nav);
		return;
	}
	if (at_ms != TIME_NONE) time_to_sql(at_ms, at);
	for (int i = 0; i < nav->depth; i++) {
		struct screen *s = nav->stack[i];
		view_args_set(&s->args, "at", at_ms == TIME_NONE ? NULL : at);
		s->ops->retime(s);
	}
}

void nav_switch_at(struct nav *nav, const char *when)
{
	struct err e;
	int64_t t = TIME_NONE;
	if (*when && strcmp(when, "now") != 0) {
		if (!time_parse(when, nav_now_ms(nav), &t, &e)) {
			nav_say(nav, ST_WARN, "%s", e.text);
			return;
		}
		if (t >= nav_now_ms(nav)) {
			nav_say(nav, ST_WARN, "%s is yet to come: the time machine goes back only", when);
			return;
		}
	}
	go_to(nav, t);
}

/* The end of the second of which something is told: what happened in it has happened. */
static void got_step(void *owner, struct table *t, const struct err *e)
{
	struct nav *nav = owner;
	const char *at = t ? table_get(t, 0, "at") : NULL, *agent = at ? table_get(t, 0, "agent") : NULL;
	int64_t ms;
	if (e)
		nav_say(nav, ST_WARN, "%s", e->text);
	else if (!at || !time_from_sql(at, &ms))
		nav_say(nav, ST_DIM, "nothing is kept beyond this");
	else if (nav_is_past(nav) && !nav_window(nav)) { /* what stands over a screen belongs to it */
		go_to(nav, ms);
		nav_say(nav, ST_INFO, "%s%s%s", table_get(t, 0, "what"), agent ? ", " : "",
		        agent ? agent : "");
	}
	table_free(t);
}

void nav_step(struct nav *nav, int by)
{
	struct view_args args = { 0 };
	char at[32];
	struct screen *s = nav_top(nav);
	if (!nav->step_ask) nav->step_ask = ask_new(nav, nav, got_step);
	time_to_sql(nav->at_ms, at);
	view_args_set(&args, "at", at);
	if (s) view_args_set(&args, "agent", view_args_get(&s->args, "agent"));
	if (ask_is_busy(nav->step_ask)) return; /* one step at a time: the next key takes the next */
	ask_query(nav->step_ask, by > 0 ? &sql_queries_step_next : &sql_queries_step_prev, &args);
}

void past_close(struct nav *nav)
{
	ask_free(nav->step_ask);
	nav->step_ask = NULL;
}
