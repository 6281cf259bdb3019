/* columns.c - which columns a table shows: chosen with Space in a list, or named by `:columns a,b,c`. */
#include "views/app/columns.h"
#include "core/base/mem.h"
#include "views/nav/layers.h"
#include "views/nav/nav.h"
#include "views/table/sheet_data.h"
#include "views/table/sheet_paint.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct chooser {
	struct popup popup;
	struct sheet *s;
	bool is_on[48];
	size_t n, cursor, top;
};

static void apply(struct chooser *c)
{
	char list[sizeof c->s->columns] = "";
	size_t len = 0, on = 0;
	for (size_t i = 0; i < c->n; i++) {
		const char *name = c->s->view->cols[i].name;
		if (!c->is_on[i] || len + strlen(name) + 2 > sizeof list) continue;
		len += (size_t)snprintf(list + len, sizeof list - len, "%s%s", on++ ? "," : "", name);
	}
	sheet_columns(c->s, list, NULL);
}

static void chooser_paint(struct popup *pp, struct grid *g, struct rect r)
{
	struct chooser *c = (struct chooser *)pp;
	const struct col *here = &c->s->view->cols[c->cursor];
	const char *about = here->about ? here->about : here->header;
	/* on a narrow screen what a column is stands below, of the one under the cursor */
	int n_about = r.w < 60 ? grid_wrap(NULL, 0, 0, r.w - 4, r.h / 2, ST_DIM, about) : 0;
	size_t h = r.h > 1 + n_about ? (size_t)(r.h - 1 - n_about) : 1;
	if (c->cursor < c->top) c->top = c->cursor;
	if (c->cursor >= c->top + h) c->top = c->cursor - h + 1;
	grid_fill(g, r.y, r.x, r.w, ST_HEADER, ' ');
	grid_text(g, r.y, r.x + 2, r.w - 4, ST_HEADER,
	          r.w < 60 ? "columns" : "columns: Space shows or hides, 0 the usual ones, Esc closes");
	for (size_t i = c->top; i < c->n && i < c->top + h; i++) {
		const struct col *col = &c->s->view->cols[i];
		int y = r.y + 1 + (int)(i - c->top);
		grid_text(g, y, r.x + 2, 3, ST_KEY, c->is_on[i] ? "[x]" : "[ ]");
		grid_text(g, y, r.x + 6, 26, ST_TEXT, col->name);
		if (r.w >= 60)
			grid_text(g, y, r.x + 33, r.w - 34, ST_DIM, col->about ? col->about : col->header);
		if (i == c->cursor) grid_cursor_row(g, y, r.x, r.w), g->cur_y = y, g->cur_x = r.x;
	}
	grid_wrap(g, r.y + r.h - n_about, r.x + 2, r.w - 4, n_about, ST_DIM, about);
}

static void usual(struct chooser *c)
{
	for (size_t i = 0; i < c->n; i++) c->is_on[i] = !c->s->view->cols[i].is_hidden;
}

static enum reaction chooser_key(struct popup *pp, int key, const char *paste)
{
	struct chooser *c = (struct chooser *)pp;
	(void)paste;
	if ((key == 'j' || key == KEY_DOWN_) && c->cursor + 1 < c->n)
		c->cursor++;
	else if ((key == 'k' || key == KEY_UP_) && c->cursor)
		c->cursor--;
	else if (key == ' ') {
		c->is_on[c->cursor] = !c->is_on[c->cursor];
		apply(c);
		if (c->cursor + 1 < c->n) c->cursor++;
	} else if (key == '0') {
		usual(c);
		sheet_columns(c->s, "", NULL);
	} else if (key == KEY_ESC_ || key == KEY_ENTER_ || key == 'q')
		return R_BACK;
	return R_DRAW;
}

static void chooser_close(struct popup *pp) { free(pp); }

static const struct popup_ops chooser_ops = {
	.paint = chooser_paint, .key = chooser_key, .close = chooser_close, .is_dialog = true
};

void columns_open(struct nav *nav)
{
	struct sheet *s = nav_sheet(nav);
	if (!s) {
		nav_say(nav, ST_DIM, "this screen has no table");
		return;
	}
	struct chooser *c = mem_alloc(sizeof *c);
	c->popup.ops = &chooser_ops;
	c->popup.hint = "Esc closes  Space shows or hides  0 the usual ones  j k move";
	c->s = s;
	c->n = s->view->n_cols < ARRAY_LEN(c->is_on) ? s->view->n_cols : ARRAY_LEN(c->is_on);
	for (size_t i = 0; i < c->n; i++)
		c->is_on[i] = s->columns[0] ? sheet_has_column(s, s->view->cols[i].name)
		                            : !s->view->cols[i].is_hidden;
	nav_popup(nav, &c->popup);
}
