/* copy.c - what of the row under the cursor goes to the clipboard: the chosen cell as it is shown, the row, or what is
 * chosen in a window: id, name, the row as JSON, the command line that shows the screen. */
#include "views/app/copy.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/out.h"
#include "views/app/app.h"
#include "views/app/link.h"
#include "views/nav/layers.h"
#include "views/table/sheet_data.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum reaction no_row(struct nav *nav)
{
	nav_say(nav, ST_DIM, "no row here");
	return R_DRAW;
}

static const char *id_col(const struct view *v) { return v->target_col ? v->target_col : v->row_key; }

/* As the screen has it, but whole: what a column has no room for, and of an id what is left out of its middle, too. */
static void copy_shown(struct nav *nav, const struct view *v, const struct table *t, size_t row, int c)
{
	const char *value = t->cells[row * t->n_cols + (size_t)c].s;
	const struct col *col = view_col(v, t->names[c]);
	struct cell_env env = nav_env(nav);
	struct buf text = { .max = 65536 };
	if (!value) {
		nav_say(nav, ST_DIM, "%s is not known here: nothing copied", t->names[c]);
		return;
	}
	if (col && col->as != AS_SHORT_ID)
		cell_text(&text, col, t->types[c], value, &env);
	else
		buf_adds(&text, value);
	nav_copy(nav, t->names[c], buf_str(&text));
	buf_free(&text);
}

bool copy_column(struct nav *nav, const char *name, struct err *e)
{
	const struct view *v;
	size_t row;
	struct table *t = nav_row(nav, &row, &v);
	int c = t ? table_col(t, name) : -1;
	if (c < 0) return err_set(e, ERR_USAGE, "no column '%s' here", name);
	copy_shown(nav, v, t, row, c);
	return true;
}

enum reaction copy_row(void *on, int arg)
{
	struct app *a = on;
	(void)arg;
	size_t row;
	const struct view *v;
	struct table *t = nav_row(a->nav, &row, &v);
	struct buf line = { .max = 65536 };
	if (!t) return no_row(a->nav);
	for (size_t c = 0; c < t->n_cols; c++) {
		const char *value = t->cells[row * t->n_cols + c].s;
		if (c) buf_addc(&line, '\t');
		for (; value && *value; value++)
			buf_addc(&line, *value == '\t' || *value == '\n' ? ' ' : *value);
	}
	nav_copy(a->nav, "row", buf_str(&line));
	buf_free(&line);
	return R_DRAW;
}

char *row_as_json(const struct table *t, size_t row)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	if (!f) return NULL;
	struct out *o = out_begin(f, OUT_JSONL, "row", NULL, 0);
	out_row(o, t, &t->cells[row * t->n_cols]);
	out_end(o);
	fclose(f);
	if (text) text[strcspn(text, "\n")] = 0;
	return text;
}

/* --- one of several --- */

enum what { ITS_ID, ITS_NAME, ITS_JSON, ITS_LINK, N_WHAT };

/* Both NULL: the row has none. */
struct thing {
	char *col, *value;
};
struct things {
	struct thing of[N_WHAT];
};

/* Of a screen without a row there is the link alone. */
static bool take(struct nav *nav, struct things *out)
{
	struct buf link = BUF_EMPTY;
	size_t row;
	const struct view *v;
	struct table *t = nav_row(nav, &row, &v);
	*out = (struct things){ 0 };
	if (link_of_screen(nav, &link)) out->of[ITS_LINK].value = mem_dup(buf_str(&link));
	buf_free(&link);
	if (!t) return out->of[ITS_LINK].value != NULL;
	const char *cols[] = { [ITS_ID] = id_col(v), [ITS_NAME] = v->label };
	for (int i = 0; i < (int)ARRAY_LEN(cols); i++) {
		const char *value = cols[i] ? table_get(t, row, cols[i]) : NULL;
		if (value) out->of[i] = (struct thing){ mem_dup(cols[i]), mem_dup(value) };
	}
	out->of[ITS_JSON].value = row_as_json(t, row);
	return true;
}

static void drop(struct things *x)
{
	for (int i = 0; i < N_WHAT; i++) free(x->of[i].col), free(x->of[i].value);
}

static void copy_thing(struct nav *nav, const struct things *x, int which)
{
	static const char *const none[] = { "this row has no id: nothing copied",
		                            "this row has no name: nothing copied",
		                            "there is no row here: nothing copied",
		                            "no command shows this screen: nothing copied" };
	const struct thing *k = &x->of[which];
	if (!k->value)
		nav_say(nav, ST_DIM, "%s", none[which]);
	else if (which == ITS_JSON)
		nav_copy_said(nav, "copied the row as JSON", k->value);
	else if (which == ITS_LINK)
		nav_copy_said(nav, "copied a link to this: the command line that shows it", k->value);
	else
		nav_copy(nav, k->col, k->value);
}

static enum reaction copy_one(void *on, int which)
{
	struct nav *nav = ((struct app *)on)->nav;
	struct things x;
	if (!take(nav, &x)) return no_row(nav);
	copy_thing(nav, &x, which);
	drop(&x);
	return R_DRAW;
}

// clang-format off
const struct action copy_choices[] = {
	{ "copy.id",   "i", "its id", copy_one, ITS_ID },
	{ "copy.name", "n", "its name", copy_one, ITS_NAME },
	{ "copy.json", "r", "the row as JSON", copy_one, ITS_JSON },
	{ "copy.link", "l", "a link to this", copy_one, ITS_LINK },
	{ 0 },
};
// clang-format on

enum reaction copy_cell(void *on, int arg)
{
	struct app *a = on;
	size_t row;
	const struct view *v;
	struct table *t = nav_row(a->nav, &row, &v);
	struct sheet *s = nav_sheet(a->nav);
	int c = t && s && s->col_at[0] ? table_col(t, s->col_at) : -1;
	(void)arg;
	if (c < 0) return copy_one(a, ITS_ID);
	copy_shown(a->nav, v, t, row, c);
	return R_DRAW;
}

/* What the window shows is what it copies, whatever row comes under the cursor meanwhile. */
struct copying {
	struct popup popup;
	struct things things;
	int cursor;
};

static void copying_paint(struct popup *pp, struct grid *g, struct rect r)
{
	struct copying *x = (struct copying *)pp;
	grid_fill(g, r.y, r.x, r.w, ST_HEADER, ' ');
	grid_text(g, r.y, r.x + 2, r.w - 4, ST_HEADER, "copy");
	for (int i = 0; i < N_WHAT && i + 1 < r.h; i++) {
		const char *value = x->things.of[i].value;
		int y = r.y + 1 + i;
		grid_text(g, y, r.x + 3, 3, ST_KEY, copy_choices[i].keys);
		grid_text(g, y, r.x + 7, 16, ST_TEXT, copy_choices[i].help);
		grid_text(g, y, r.x + 24, r.w - 26, value ? ST_STRONG : ST_DIM,
		          value ? value : "it has none");
		if (i == x->cursor) grid_cursor_row(g, y, r.x, r.w), g->cur_y = y, g->cur_x = r.x;
	}
}

static enum reaction copying_key(struct popup *pp, int key, const char *paste)
{
	struct copying *x = (struct copying *)pp;
	int which = key == KEY_ENTER_ ? x->cursor : -1;
	(void)paste;
	for (int i = 0; i < N_WHAT; i++)
		if (key == copy_choices[i].keys[0]) which = i;
	if (which >= 0) {
		copy_thing(pp->nav, &x->things, which);
		return R_BACK;
	}
	switch (key) {
	case 'j':
	case KEY_DOWN_: x->cursor = x->cursor + 1 < N_WHAT ? x->cursor + 1 : x->cursor; break;
	case 'k':
	case KEY_UP_: x->cursor = x->cursor > 0 ? x->cursor - 1 : 0; break;
	case KEY_ESC_:
	case 'q':
	case 'y': return R_BACK;
	default: break;
	}
	return R_DRAW;
}

static void copying_close(struct popup *pp)
{
	drop(&((struct copying *)pp)->things);
	free(pp);
}

static const struct popup_ops copying_ops = { .paint = copying_paint,
	                                      .key = copying_key,
	                                      .close = copying_close,
	                                      .height = N_WHAT + 1,
	                                      .is_dialog = true };

enum reaction copy_ask(void *on, int arg)
{
	struct nav *nav = ((struct app *)on)->nav;
	struct things things;
	(void)arg;
	if (!take(nav, &things)) return no_row(nav);
	struct copying *x = mem_alloc(sizeof *x);
	x->popup.ops = &copying_ops;
	x->popup.hint = "Esc leaves  i n r l copy  Enter copies the line";
	x->things = things;
	nav_popup(nav, &x->popup);
	return R_DRAW;
}
