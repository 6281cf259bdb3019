/* layers.c - the stack of screens and the window over it; what is closed waits for the end of the loop turn. */
#include "views/nav/layers.h"
#include "core/base/clock.h"
#include "views/nav/nav_int.h"
#include "views/nav/no_past.h"
#include <stdio.h>

int nav_depth(const struct nav *nav) { return nav->depth; }
struct screen *nav_screen(const struct nav *nav, int i) { return nav->stack[i]; }
struct screen *nav_top(const struct nav *nav) { return nav->depth ? nav->stack[nav->depth - 1] : NULL; }

struct sheet *nav_sheet(const struct nav *nav)
{
	struct screen *s = nav_top(nav);
	return s && s->ops->sheet ? s->ops->sheet(s) : NULL;
}

struct table *nav_row(const struct nav *nav, size_t *row, const struct view **v)
{
	struct screen *s = nav_top(nav);
	if (!s || !s->ops->row) return NULL;
	*v = s->ops->target_view ? s->ops->target_view(s) : s->view;
	return *v ? s->ops->row(s, row) : NULL;
}

void layers_push(struct nav *nav, const struct view *v, const struct view_args *args, const char *crumb)
{
	struct view_args with = args ? *args : (struct view_args){ 0 };
	char at[32];
	if (nav_is_past(nav)) time_to_sql(nav->at_ms, at);
	view_args_set(&with, "at", nav_is_past(nav) ? at : NULL);
	const struct screen_ops *ops = v->screen ? v->screen : nav->kind->usual;
	if (nav_is_past(nav) && !v->screen_has_past) ops = v->query_at ? nav->kind->usual : &no_past_screen;
	struct screen *s = ops->open(nav, v, &with);
	s->nav = nav;
	s->view = v;
	s->ops = ops;
	s->args = with;
	snprintf(s->crumb, sizeof s->crumb, "%s", crumb ? crumb : "");
	nav->stack[nav->depth++] = s;
	nav_urgent(nav);
}

void layers_pop(struct nav *nav)
{
	struct screen *s = nav->stack[--nav->depth];
	s->next_closed = nav->closed;
	nav->closed = s;
	nav_urgent(nav);
}

void layers_clear(struct nav *nav)
{
	while (nav->depth) layers_pop(nav);
}

static void close_popup(struct nav *nav)
{
	struct popup *p = nav->popup;
	if (!p) return;
	p->next_closed = nav->closed_popups;
	nav->closed_popups = p;
	nav->popup = NULL;
	nav->is_popup_closing = false;
	nav_urgent(nav);
}

struct popup *nav_window(const struct nav *nav) { return nav->is_popup_closing ? NULL : nav->popup; }

void nav_popup(struct nav *nav, struct popup *p)
{
	close_popup(nav);
	p->nav = nav;
	nav->popup = p;
	nav_urgent(nav);
}

void nav_popup_close(struct nav *nav)
{
	nav->is_popup_closing = nav->popup != NULL;
	nav_urgent(nav);
}

void layers_bury(struct nav *nav)
{
	while (nav->closed_popups) {
		struct popup *p = nav->closed_popups;
		nav->closed_popups = p->next_closed;
		p->ops->close(p);
	}
	while (nav->closed) {
		struct screen *s = nav->closed;
		nav->closed = s->next_closed;
		s->ops->close(s);
	}
}

void layers_end_turn(struct nav *nav)
{
	if (nav->is_popup_closing || nav->is_quitting) close_popup(nav);
	layers_bury(nav);
}
