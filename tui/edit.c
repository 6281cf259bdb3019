/* edit.c - one line of text being typed. */
#include "tui/edit.h"
#include "core/base/text.h"
#include "tui/key.h"
#include <string.h>

enum { MAX_BYTES = 4096 }; /* a paste is text, but not a book */

void edit_set(struct edit *ed, const char *s)
{
	buf_cut(&ed->text, 0);
	ed->at = ed->scroll = 0;
	if (s) edit_insert(ed, s);
}

static void insert_bytes(struct edit *ed, const char *s, size_t n)
{
	if (ed->text.len + n > MAX_BYTES) return;
	size_t tail = ed->text.len - ed->at;
	buf_add(&ed->text, s, n); /* for the room */
	memmove(ed->text.s + ed->at + n, ed->text.s + ed->at, tail);
	memcpy(ed->text.s + ed->at, s, n);
	ed->at += n;
}

void edit_insert(struct edit *ed, const char *s)
{
	size_t n = strlen(s), len;
	for (; n > 0; s += len, n -= len) {
		uint32_t cp = text_decode(s, n, &len);
		if (cp == '\n' || cp == '\t')
			insert_bytes(ed, " ", 1);
		else if (cp >= ' ' && cp != 127 && !(cp >= 0x80 && cp < 0xa0) && cp != TEXT_BAD)
			insert_bytes(ed, s, len);
	}
}

static size_t before(const struct edit *ed, size_t at)
{
	if (at == 0) return 0;
	do at--;
	while (at > 0 && ((unsigned char)ed->text.s[at] & 0xc0) == 0x80);
	return at;
}

static size_t after(const struct edit *ed, size_t at)
{
	size_t len = 0;
	if (at < ed->text.len) text_decode(ed->text.s + at, ed->text.len - at, &len);
	return at + len;
}

/* A character with what combines with it, so that the cursor never stands inside one. */
static size_t left_of(const struct edit *ed, size_t at)
{
	size_t len;
	do at = before(ed, at);
	while (at > 0 && text_cp_width(text_decode(ed->text.s + at, ed->text.len - at, &len)) == 0);
	return at;
}

static size_t right_of(const struct edit *ed, size_t at)
{
	size_t len;
	do at = after(ed, at);
	while (at < ed->text.len &&
	       text_cp_width(text_decode(ed->text.s + at, ed->text.len - at, &len)) == 0);
	return at;
}

static size_t word_left(const struct edit *ed)
{
	size_t at = ed->at;
	while (at > 0 && ed->text.s[at - 1] == ' ') at--;
	while (at > 0 && ed->text.s[at - 1] != ' ') at--;
	return at;
}

static enum edit_result erase(struct edit *ed, size_t from, size_t to)
{
	if (from < to) {
		memmove(ed->text.s + from, ed->text.s + to, ed->text.len - to);
		buf_cut(&ed->text, ed->text.len - (to - from));
	}
	ed->at = from;
	return EDIT_CHANGED;
}

static enum edit_result move(struct edit *ed, size_t to)
{
	ed->at = to;
	return EDIT_MOVED;
}

enum edit_result edit_key(struct edit *ed, int key)
{
	switch (key) {
	case KEY_ENTER_: return EDIT_DONE;
	case KEY_ESC_: return EDIT_LEFT;
	case KEY_TAB_: return EDIT_COMPLETE;
	case KEY_LEFT_:
	case KEY_CTRL('b'): return move(ed, left_of(ed, ed->at));
	case KEY_RIGHT_:
	case KEY_CTRL('f'): return move(ed, right_of(ed, ed->at));
	case KEY_HOME_:
	case KEY_CTRL('a'): return move(ed, 0);
	case KEY_END_:
	case KEY_CTRL('e'): return move(ed, ed->text.len);
	case KEY_BACKSPACE_:
	case KEY_CTRL('h'): return erase(ed, left_of(ed, ed->at), ed->at);
	case KEY_DEL_:
	case KEY_CTRL('d'): {
		size_t from = ed->at;
		return erase(ed, from, right_of(ed, from));
	}
	case KEY_CTRL('w'): return erase(ed, word_left(ed), ed->at);
	case KEY_CTRL('u'): return erase(ed, 0, ed->at);
	case KEY_CTRL('k'): return erase(ed, ed->at, ed->text.len);
	default: break;
	}
	if (key < ' ' || key >= KEY_BASE_ || (key >= 127 && key < 0xa0)) return EDIT_NOT_MINE;
	char utf8[4];
	insert_bytes(ed, utf8, text_encode((uint32_t)key, utf8));
	return EDIT_CHANGED;
}

void edit_paint(struct edit *ed, struct grid *g, int y, int x, int cells, enum style st)
{
	if (cells < 1) return;
	const char *s = buf_str(&ed->text);
	if (ed->scroll > ed->at) ed->scroll = ed->at;
	while (text_width(s + ed->scroll, ed->at - ed->scroll) >= (size_t)cells)
		ed->scroll = right_of(ed, ed->scroll);
	size_t used, fits = text_fit(s + ed->scroll, ed->text.len - ed->scroll, (size_t)cells, &used);
	struct buf shown = BUF_EMPTY;
	buf_add(&shown, s + ed->scroll, fits);
	grid_fill(g, y, x, cells, st, ' ');
	grid_text(g, y, x, cells, st, buf_str(&shown));
	buf_free(&shown);
	g->cur_y = y;
	g->cur_x = x + (int)text_width(s + ed->scroll, ed->at - ed->scroll);
}

void edit_free(struct edit *ed)
{
	buf_free(&ed->text);
	*ed = (struct edit){ 0 };
}
