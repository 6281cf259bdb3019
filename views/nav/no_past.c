/* no_past.c - what is shown in the past of a view whose past is not kept. */
#include "views/nav/no_past.h"
#include "core/base/mem.h"
#include <stdlib.h>

static struct screen *open_none(struct nav *nav, const struct view *v, const struct view_args *args)
{
	(void)nav, (void)v, (void)args;
	return mem_alloc(sizeof(struct screen));
}
static void close_none(struct screen *s) { free(s); }
static void paint_none(struct screen *s, struct grid *g, struct rect r)
{
	grid_textf(g, r.y + (r.h > 4), r.x + 2, r.w - 4, ST_WARN, "%s: history is not kept here.",
	           s->view->name);
	if (s->view->note_at) grid_text(g, r.y + (r.h > 4) + 1, r.x + 2, r.w - 4, ST_TEXT, s->view->note_at);
	grid_text(g, r.y + (r.h > 4) + 3, r.x + 2, r.w - 4, ST_DIM, ":at now comes back to the present");
}
static void retime_none(struct screen *s) { (void)s; }
const struct screen_ops no_past_screen = {
	.open = open_none, .close = close_none, .paint = paint_none, .retime = retime_none
};
