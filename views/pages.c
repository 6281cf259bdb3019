/* pages.c - popups that are lines to read: help made from the live keymap, a row in full, a row as JSON. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/db/out.h"
#include "views/app_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct page {
	struct popup popup;
	char title[120];
	struct page_line {
		enum style st;
		char *left, *right;
	} * lines;
	size_t n, cap, top, height;
	char find[64];
	bool is_finding;
};

static void add(struct page *p, enum style st, const char *left, const char *right)
{
	if (p->n == p->cap)
		p->lines = mem_grow(p->lines, sizeof *p->lines * (p->cap = p->cap ? p->cap * 2 : 64));
	p->lines[p->n++] = (struct page_line){ st, mem_dup(left), mem_dup(right ? right : "") };
}

static bool matches(const struct page *p, size_t i)
{
	return !p->find[0] || text_contains(p->lines[i].left, p->find) ||
	       text_contains(p->lines[i].right, p->find);
}

static void page_paint(struct popup *pp, struct grid *g, struct rect r)
{
	struct page *p = (struct page *)pp;
	int left_w = 0;
	for (size_t i = 0; i < p->n; i++) {
		int w = p->lines[i].right[0] ? (int)text_width(p->lines[i].left, strlen(p->lines[i].left))
		                             : 0;
		if (w > left_w) left_w = w;
	}
	if (left_w > 28) left_w = 28;
	grid_fill(g, r.y, r.x, r.w, ST_HEADER, ' ');
	grid_textf(g, r.y, r.x + 2, r.w - 30, ST_HEADER, "%s", p->title);
	grid_right(g, r.y, r.x, r.w - 2, ST_HEADER,
	           p->is_finding || p->find[0] ? p->find : "j k scroll  / find  Esc closes");
	p->height = (size_t)(r.h > 1 ? r.h - 1 : 1);
	int y = r.y + 1;
	size_t seen = 0;
	for (size_t i = 0; i < p->n && y < r.y + r.h; i++) {
		if (!matches(p, i) || seen++ < p->top) continue;
		if (p->lines[i].right[0]) {
			grid_text(g, y, r.x + 2, left_w, p->lines[i].st, p->lines[i].left);
			grid_text(g, y, r.x + 4 + left_w, r.w - left_w - 6, ST_TEXT, p->lines[i].right);
		} else
			grid_text(g, y, r.x + 2, r.w - 4, p->lines[i].st, p->lines[i].left);
		y++;
	}
}

static void scroll(struct page *p, long by)
{
	size_t shown = 0;
	for (size_t i = 0; i < p->n; i++) shown += matches(p, i);
	long max = (long)shown - (long)p->height, top = (long)p->top + by;
	p->top = (size_t)(top > max ? (max > 0 ? max : 0) : top > 0 ? top : 0);
}

static enum reaction find_key(struct page *p, int key)
{
	size_t n = strlen(p->find);
	if (key == KEY_ESC_)
		p->find[0] = 0, p->is_finding = false;
	else if (key == KEY_ENTER_)
		p->is_finding = false;
	else if (key == KEY_BACKSPACE_ && n)
		p->find[n - 1] = 0;
	else if (key >= ' ' && key < 127 && n + 1 < sizeof p->find)
		p->find[n] = (char)key, p->find[n + 1] = 0;
	p->top = 0;
	return R_DRAW;
}

static enum reaction page_key(struct popup *pp, int key, const char *paste)
{
	struct page *p = (struct page *)pp;
	(void)paste;
	if (p->is_finding) return find_key(p, key);
	switch (key) {
	case 'j':
	case KEY_DOWN_: scroll(p, 1); break;
	case 'k':
	case KEY_UP_: scroll(p, -1); break;
	case KEY_CTRL('d'):
	case KEY_CTRL('f'):
	case KEY_PGDN_:
	case ' ': scroll(p, (long)p->height - 1); break;
	case KEY_CTRL('u'):
	case KEY_CTRL('b'):
	case KEY_PGUP_: scroll(p, -(long)p->height + 1); break;
	case 'g':
	case KEY_HOME_: p->top = 0; break;
	case 'G':
	case KEY_END_: scroll(p, (long)p->n); break;
	case '/':
		p->is_finding = true;
		p->find[0] = 0;
		break;
	case KEY_ESC_:
		if (p->find[0]) {
			p->find[0] = 0;
			break;
		}
		return R_BACK;
	case 'q':
	case '?':
	case KEY_F1_:
	case 'd':
	case 'y':
	case KEY_ENTER_: return R_BACK;
	default: break;
	}
	return R_DRAW;
}

static void page_close(struct popup *pp)
{
	struct page *p = (struct page *)pp;
	for (size_t i = 0; i < p->n; i++) free(p->lines[i].left), free(p->lines[i].right);
	free(p->lines);
	free(p);
}

static const struct popup_ops page_ops = { .paint = page_paint, .key = page_key, .close = page_close };

static struct page *page_new(const char *title)
{
	struct page *p = mem_alloc(sizeof *p);
	p->popup.ops = &page_ops;
	snprintf(p->title, sizeof p->title, "%s", title);
	return p;
}

void help_open(struct app *a)
{
	struct screen *s = app_top(a);
	const struct view *v = s->view;
	char keys[80], title[120];
	const char *action, *help;
	snprintf(title, sizeof title, "help: %s", v->name);
	struct page *p = page_new(title);
	if (v->about) add(p, ST_TEXT, v->about, NULL), add(p, ST_TEXT, "", NULL);
	for (size_t i = 0; keymap_line(a->keymap, v->name, i, keys, sizeof keys, &action, &help); i++)
		add(p, ST_KEY, keys, help);
	if (v->n_cols)
		add(p, ST_TEXT, "", NULL), add(p, ST_STRONG, "columns (names for filter and sort)", NULL);
	for (size_t i = 0; i < v->n_cols; i++)
		add(p, ST_ACCENT, v->cols[i].name, v->cols[i].about ? v->cols[i].about : v->cols[i].header);
	if (v->scale_note) add(p, ST_TEXT, "", NULL), add(p, ST_WARN, v->scale_note, NULL);
	app_popup(a, &p->popup);
}

static void add_json(struct page *p, const struct table *t, size_t row)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	if (!f) return;
	struct out *o = out_begin(f, OUT_JSONL, "row", NULL, 0);
	out_row(o, t, &t->cells[row * t->n_cols]);
	out_end(o);
	fclose(f);
	/* one member a line, so that it can be read and copied */
	struct buf line = BUF_EMPTY;
	bool in_string = false;
	for (const char *c = text; *c && *c != '\n'; c++) {
		buf_addc(&line, *c);
		if (*c == '"' && (c == text || c[-1] != '\\')) in_string = !in_string;
		if ((*c == ',' || *c == '{') && !in_string && line.len > 1 && c[1] == '"') {
			add(p, ST_TEXT, buf_str(&line), NULL);
			buf_cut(&line, 0);
			buf_adds(&line, "  ");
		}
	}
	add(p, ST_TEXT, buf_str(&line), NULL);
	buf_free(&line);
	free(text);
}

void describe_open(struct app *a, bool is_raw)
{
	struct screen *s = app_top(a);
	size_t row;
	struct table *t = s && s->ops->row ? s->ops->row(s, &row) : NULL;
	const struct view *v = s && s->ops->target_view ? s->ops->target_view(s) : s ? s->view : NULL;
	if (!t || !v) {
		app_say(a, ST_DIM, "no row here");
		return;
	}
	const char *label = table_get(t, row, v->label ? v->label : v->row_key);
	char title[120];
	snprintf(title, sizeof title, "%s %s", v->name, label ? label : "");
	struct page *p = page_new(title);
	struct buf text = { .max = 65536 };
	struct cell_env env = app_env(a);
	if (is_raw) add_json(p, t, row);
	for (size_t c = 0; !is_raw && c < t->n_cols; c++) {
		const char *value = t->cells[row * t->n_cols + c].s;
		const struct col *col = view_col(v, t->names[c]);
		buf_cut(&text, 0);
		if (!value)
			buf_adds(&text, "n/a");
		else if (col && col->as != AS_SHORT_ID)
			cell_text(&text, col, t->types[c], value, &env);
		else
			buf_adds(&text, value);
		if (col && value && (col->as == AS_AGE || col->as == AS_UNTIL))
			buf_addf(&text, "   (%s)", value);
		add(p, ST_ACCENT, t->names[c], buf_str(&text));
	}
	buf_free(&text);
	app_popup(a, &p->popup);
}
