/* pages.c - popups that are lines to read: help made from the live keymap, a row in full, a row as JSON.
 * A line of help is run by Enter, a line of a row is copied by c. */
#include "views/app/pages.h"
#include "core/base/buf.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "tui/keymap.h"
#include "views/app/copy.h"
#include "views/app/here.h"
#include "views/nav/layers.h"
#include "views/nav/nav.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct page {
	struct popup popup;
	char title[120];
	struct page_line {
		enum style st;
		char *left, *right;
		char *action; /* help: what Enter runs; NULL: nothing */
		char *value;  /* a row: what c copies, the value itself; NULL: nothing */
	} * lines;
	size_t n, cap, top, height, cursor; /* top and cursor count the lines that match */
	char find[64];
	bool is_finding;
};

static struct page_line *add(struct page *p, enum style st, const char *left, const char *right)
{
	if (p->n == p->cap)
		p->lines = mem_grow(p->lines, sizeof *p->lines * (p->cap = p->cap ? p->cap * 2 : 64));
	p->lines[p->n] = (struct page_line){ st, mem_dup(left), mem_dup(right ? right : ""), NULL, NULL };
	return &p->lines[p->n++];
}

static bool matches(const struct page *p, size_t i)
{
	return !p->find[0] || text_contains(p->lines[i].left, p->find) ||
	       text_contains(p->lines[i].right, p->find);
}

static size_t n_shown(const struct page *p)
{
	size_t n = 0;
	for (size_t i = 0; i < p->n; i++) n += matches(p, i);
	return n;
}

/* The line under the cursor; NULL: nothing matches. */
static struct page_line *line_here(struct page *p)
{
	size_t seen = 0;
	for (size_t i = 0; i < p->n; i++)
		if (matches(p, i) && seen++ == p->cursor) return &p->lines[i];
	return NULL;
}

/* The rows that the text takes, those above `bottom` painted. */
static int paint_wrapped(struct grid *g, int y, int x, int w, int bottom, enum style st, const char *text)
{
	int rows = grid_wrap(NULL, y, x, w, INT_MAX, st, text);
	grid_wrap(g, y, x, w, rows < bottom - y ? rows : bottom - y, st, text);
	return rows ? rows : 1;
}

/* From the top one on; false when there was no room to reach the cursor. */
static bool paint_lines(struct page *p, struct grid *g, struct rect r, int left_w)
{
	int y = r.y + 1, bottom = r.y + r.h;
	size_t seen = 0, i = 0;
	bool is_reached = false;
	for (; i < p->n && y < bottom; i++) {
		const struct page_line *l = &p->lines[i];
		if (!matches(p, i) || seen++ < p->top) continue;
		int from = y;
		if (l->right[0]) {
			grid_text(g, y, r.x + 2, left_w, l->st, l->left);
			y += paint_wrapped(g, y, r.x + 4 + left_w, r.w - left_w - 6, bottom, ST_TEXT,
			                   l->right);
		} else
			y += paint_wrapped(g, y, r.x + 2, r.w - 4, bottom, l->st, l->left);
		if (seen - 1 != p->cursor) continue;
		is_reached = y <= bottom || seen - 1 == p->top;
		for (int k = from; k < y && k < bottom; k++) grid_cursor_row(g, k, r.x, r.w);
		g->cur_y = from, g->cur_x = r.x;
	}
	return is_reached || i == p->n;
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
	bool is_narrow = r.w < 60;
	int most = is_narrow ? r.w * 2 / 5 : 28; /* the values are what is read */
	if (left_w > most) left_w = most;
	grid_fill(g, r.y, r.x, r.w, ST_HEADER, ' ');
	char find[120];
	snprintf(find, sizeof find, "/%s%s  %zu of %zu", p->find, p->is_finding ? "_" : "", n_shown(p), p->n);
	const char *right = p->is_finding || p->find[0] ? find : "";
	grid_textf(g, r.y, r.x + 2, r.w - 6 - (int)strlen(right), ST_HEADER, "%s", p->title);
	grid_right(g, r.y, r.x, r.w - 2, ST_HEADER, right);
	p->height = (size_t)(r.h > 1 ? r.h - 1 : 1);
	while (!paint_lines(p, g, r, left_w) && p->top < p->cursor) { /* long lines took the room of others */
		p->top++;
		for (int y = r.y + 1; y < r.y + r.h; y++) grid_fill(g, y, r.x, r.w, ST_TEXT, ' ');
	}
}

static void move(struct page *p, long by)
{
	long last = (long)n_shown(p) - 1, to = (long)p->cursor + by;
	p->cursor = (size_t)(to > last ? (last > 0 ? last : 0) : to > 0 ? to : 0);
	if (p->cursor < p->top) p->top = p->cursor;
	size_t h = p->height ? p->height : 1; /* not painted yet */
	if (p->cursor >= p->top + h) p->top = p->cursor - h + 1;
}

/* What the line says is done, as its key would. */
static enum reaction run_line(struct page *p)
{
	const struct page_line *l = line_here(p);
	if (!l || !l->action) return R_BACK;
	snprintf(p->popup.then, sizeof p->popup.then, "%s", l->action);
	return R_THEN;
}

static enum reaction copy_line(struct page *p)
{
	const struct page_line *l = line_here(p);
	if (l && l->value)
		nav_copy(p->popup.nav, l->left[0] && l->right[0] ? l->left : "line", l->value);
	else
		nav_say(p->popup.nav, ST_DIM, "nothing on this line to copy");
	return R_DRAW;
}

/* All of it, as it is read. */
static enum reaction copy_all(struct page *p)
{
	struct buf text = { .max = 65536 };
	for (size_t i = 0; i < p->n; i++) {
		buf_adds(&text, p->lines[i].left);
		if (p->lines[i].right[0]) buf_addf(&text, "\t%s", p->lines[i].right);
		buf_addc(&text, '\n');
	}
	char said[160];
	snprintf(said, sizeof said, "copied %s, %s", p->title, COUNTED(p->n, "line", "lines"));
	nav_copy_said(p->popup.nav, said, buf_str(&text));
	buf_free(&text);
	return R_DRAW;
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
	p->top = p->cursor = 0;
	move(p, 0);
	return R_DRAW;
}

static enum reaction page_key(struct popup *pp, int key, const char *paste)
{
	struct page *p = (struct page *)pp;
	(void)paste;
	if (p->is_finding) return find_key(p, key);
	switch (key) {
	case 'j':
	case KEY_DOWN_: move(p, 1); break;
	case 'k':
	case KEY_UP_: move(p, -1); break;
	case KEY_CTRL('d'):
	case KEY_CTRL('f'):
	case KEY_PGDN_:
	case ' ': move(p, (long)p->height - 1); break;
	case KEY_CTRL('u'):
	case KEY_CTRL('b'):
	case KEY_PGUP_: move(p, -(long)p->height + 1); break;
	case 'g':
	case KEY_HOME_: p->top = p->cursor = 0; break;
	case 'G':
	case KEY_END_: move(p, (long)p->n); break;
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
	case 'J': return R_BACK;
	case 'c': return copy_line(p);
	case 'C': return copy_all(p);
	case KEY_ENTER_: return run_line(p);
	default: break;
	}
	return R_DRAW;
}

static void page_close(struct popup *pp)
{
	struct page *p = (struct page *)pp;
	for (size_t i = 0; i < p->n; i++) {
		free(p->lines[i].left);
		free(p->lines[i].right);
		free(p->lines[i].action);
		free(p->lines[i].value);
	}
	free(p->lines);
	free(p);
}

static const struct popup_ops page_ops = { .paint = page_paint, .key = page_key, .close = page_close };

static struct page *page_new(const char *title, const char *hint)
{
	struct page *p = mem_alloc(sizeof *p);
	p->popup.hint = hint;
	p->popup.ops = &page_ops;
	snprintf(p->title, sizeof p->title, "%s", title);
	return p;
}

static const char *const frame[][2] = {
	{ "live", "the data is at most 3 s old and read again every second or two; older data says its age" },
	{ "RO, RW", "read-only, or armed: commands may be issued (:write, --write)" },
	{ "db 0.4 ms", "how long the database takes to answer; LOST: what is shown is dimmed and dated" },
	{ "12:04:31Z", "the server's time in UTC; without Z local time (t)" },
	{ "2 marked (1 hidden)", "marks keep to their rows; what a filter hides is never acted on" },
};

static void add_keys(struct page *p, const struct keymap *m, const struct view *v, const char *keys,
                     const char *action, const char *help)
{
	char key[24], both[32], says[64];
	add(p, ST_KEY, keys, help)->action = mem_dup(action);
	if (strcmp(action, "copy.menu") != 0) return;
	keymap_key_of(m, v->name, action, key, sizeof key);
	for (const struct action *c = copy_choices; c->name; c++) {
		snprintf(both, sizeof both, "%s %s", key, c->keys);
		snprintf(says, sizeof says, "copy %s", c->help);
		add(p, ST_KEY, both, says)->action = mem_dup(c->name);
	}
}

void help_open(struct nav *nav, const struct keymap *keymap)
{
	struct screen *s = nav_top(nav);
	const struct view *v = s->view;
	char keys[80], title[120];
	static const char *const heads[] = { [OF_MOTION] = "motion", [OF_CONSOLE] = "everywhere" };
	const char *action, *help;
	snprintf(title, sizeof title, "help: %s", v->name);
	struct page *p = page_new(title, "Esc closes  Enter does it  / finds  j k g G move");
	if (v->about) add(p, ST_TEXT, v->about, NULL), add(p, ST_TEXT, "", NULL);
	p->cursor = p->n + 1;
	for (int group = 0; group < ACTION_GROUPS; group++) {
		snprintf(title, sizeof title, "%s", group == OF_SCREEN ? v->name : heads[group]);
		add(p, ST_STRONG, title, NULL);
		for (size_t i = 0; keymap_line(keymap, v->name, i, keys, sizeof keys, &action, &help); i++)
			if (action_is_here(nav, action) &&
			    action_group(nav, action) == (enum action_group)group)
				add_keys(p, keymap, v, keys, action, help);
		add(p, ST_TEXT, "", NULL);
	}
	p->n--;
	free(p->lines[p->n].left), free(p->lines[p->n].right);
	if (v->n_cols)
		add(p, ST_TEXT, "", NULL), add(p, ST_STRONG, "columns (names for filter and sort)", NULL);
	for (size_t i = 0; i < v->n_cols; i++)
		add(p, ST_ACCENT, v->cols[i].name, v->cols[i].about ? v->cols[i].about : v->cols[i].header);
	add(p, ST_TEXT, "", NULL), add(p, ST_STRONG, "what the frame says", NULL);
	for (size_t i = 0; i < ARRAY_LEN(frame); i++) add(p, ST_ACCENT, frame[i][0], frame[i][1]);
	if (v->scale_note) add(p, ST_TEXT, "", NULL), add(p, ST_WARN, v->scale_note, NULL);
	nav_popup(nav, &p->popup);
}

static void add_json(struct page *p, const struct table *t, size_t row)
{
	char *text = row_as_json(t, row);
	if (!text) return;
	/* one member a line, so that it can be read and copied */
	struct buf line = BUF_EMPTY;
	bool in_string = false;
	for (const char *c = text; *c; c++) {
		buf_addc(&line, *c);
		if (*c == '"' && (c == text || c[-1] != '\\')) in_string = !in_string;
		if ((*c == ',' || *c == '{') && !in_string && line.len > 1 && c[1] == '"') {
			add(p, ST_TEXT, buf_str(&line), NULL)->value = mem_dup(buf_str(&line));
			buf_cut(&line, 0);
			buf_adds(&line, "  ");
		}
	}
	add(p, ST_TEXT, buf_str(&line), NULL)->value = mem_dup(buf_str(&line));
	buf_free(&line);
	free(text);
}

void describe_open(struct nav *nav, bool is_raw)
{
	struct screen *s = nav_top(nav);
	size_t row;
	struct table *t = s && s->ops->row ? s->ops->row(s, &row) : NULL;
	const struct view *v = s && s->ops->target_view ? s->ops->target_view(s) : s ? s->view : NULL;
	if (!t || !v) {
		nav_say(nav, ST_DIM, "no row here");
		return;
	}
	const char *label = table_get(t, row, v->label ? v->label : v->row_key);
	char title[120];
	snprintf(title, sizeof title, "%s %s", v->name, label ? label : "");
	struct page *p = page_new(title, "Esc closes  / finds  c copies the line  C all of it");
	struct buf text = { .max = 65536 };
	struct cell_env env = nav_env(nav);
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
		add(p, ST_ACCENT, t->names[c], buf_str(&text))->value = value ? mem_dup(value) : NULL;
	}
	buf_free(&text);
	nav_popup(nav, &p->popup);
}
