/* sheet_screen.c - a sheet as a screen; a screen's table as it was left. */
#include "views/table/sheet_screen.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "views/nav/layers.h"
#include "views/nav/nav.h"
#include "views/nav/trail.h"
#include "views/table/sheet.h"
#include "views/table/sheet_paint.h"
#include "views/table/sheet_rows.h"
#include <stdio.h>
#include <stdlib.h>

struct sheet_scr {
	struct screen base;
	struct sheet *sheet;
};

static struct screen *scr_open(struct nav *nav, const struct view *v, const struct view_args *args)
{
	struct sheet_scr *x = mem_alloc(sizeof *x);
	x->sheet = sheet_new(nav, v, args);
	return &x->base;
}
static void scr_close(struct screen *s)
{
	sheet_free(((struct sheet_scr *)s)->sheet);
	free(s);
}
static void scr_paint(struct screen *s, struct grid *g, struct rect r)
{
	sheet_paint(((struct sheet_scr *)s)->sheet, g, r, true);
}
static void scr_fetch(struct screen *s) { sheet_fetch(((struct sheet_scr *)s)->sheet); }
static void scr_retime(struct screen *s) { sheet_retime(((struct sheet_scr *)s)->sheet, &s->args); }
static struct table *scr_row(struct screen *s, size_t *row)
{
	return sheet_row(((struct sheet_scr *)s)->sheet, row);
}
static struct sheet *scr_sheet(struct screen *s) { return ((struct sheet_scr *)s)->sheet; }
static int64_t scr_read_at(struct screen *s)
{
	const struct sheet *sh = ((struct sheet_scr *)s)->sheet;
	return sh->t ? sh->t->read_at_mono_ms : TIME_NONE;
}
static const struct screen_ops sheet_screen = {
	.open = scr_open,
	.close = scr_close,
	.paint = scr_paint,
	.fetch = scr_fetch,
	.retime = scr_retime,
	.row = scr_row,
	.sheet = scr_sheet,
	.read_at = scr_read_at,
};

/* --- coming back to it --- */

static struct sheet *sheet_of(const struct screen *s)
{
	return s->ops->sheet ? s->ops->sheet((struct screen *)s) : NULL;
}

static void remember(const struct screen *s, struct place_of_table *out)
{
	const struct sheet *sh = sheet_of(s);
	if (!sh) return;
	out->has_table = true;
	out->is_desc = sh->is_desc;
	snprintf(out->sort, sizeof out->sort, "%s", sh->sort);
	snprintf(out->columns, sizeof out->columns, "%s", sh->columns);
	snprintf(out->filter, sizeof out->filter, "%s", sh->filter ? sh->filter_text : "");
	snprintf(out->key, sizeof out->key, "%s", sh->rows.key[0] ? sh->rows.key : sh->seek);
}

static void recall(struct screen *s, const struct place_of_table *p)
{
	struct sheet *sh = p->has_table ? sheet_of(s) : NULL;
	struct err e;
	if (!sh) return;
	sheet_columns(sh, p->columns, NULL);
	sheet_sort(sh, p->sort[0] ? p->sort : NULL, p->is_desc);
	if (p->filter[0] && !sheet_filter(sh, p->filter, &e)) nav_say(s->nav, ST_WARN, "%s", e.text);
	snprintf(sh->seek, sizeof sh->seek, "%s", p->key);
}

bool sheet_screen_open(struct nav *nav, const struct view *v, const struct view_args *args, const char *crumb,
                       const struct table_place *at)
{
	struct err e;
	if (!nav_open(nav, v, args, crumb)) return false;
	struct sheet *sh = nav_sheet(nav);
	if (!sh) return true; /* not a table, or one whose own screen has another */
	if (at->sort) sheet_sort(sh, at->sort, at->is_desc);
	if (at->filter && *at->filter && !sheet_filter(sh, at->filter, &e))
		nav_say(nav, ST_WARN, "%s", e.text);
	if (at->key) snprintf(sh->seek, sizeof sh->seek, "%s", at->key);
	return true;
}

const struct screen_kind sheet_screen_kind = { .usual = &sheet_screen,
	                                       .remember = remember,
	                                       .recall = recall };
