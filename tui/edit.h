/* edit.h - a line editor without a terminal: text in, cursor moves, history, completion candidates. */
#ifndef SPOTOP_TUI_EDIT_H
#define SPOTOP_TUI_EDIT_H
#include "core/base/buf.h"
#include "tui/grid.h"

struct edit { struct buf text; size_t at; /* byte offset of the cursor, on a character */ size_t scroll; };
enum edit_result { EDIT_NOT_MINE, EDIT_CHANGED, EDIT_MOVED, EDIT_DONE /* Enter */, EDIT_LEFT /* Esc */, EDIT_COMPLETE /* Tab */ };
void edit_set(struct edit *ed, const char *s);
enum edit_result edit_key(struct edit *ed, int key);   /* emacs and arrow keys; C-w, C-u, C-k, M-less */
void edit_insert(struct edit *ed, const char *s);      /* pasted text: controls are dropped, newlines become blanks */
void edit_paint(struct edit *ed, struct grid *g, int y, int x, int cells, enum style st);  /* sets the grid's cursor */
void edit_free(struct edit *ed);
#endif
