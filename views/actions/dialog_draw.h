/* dialog_draw.h - the pieces that every page of a dialog is drawn with. */
#ifndef SPOTOP_VIEWS_DIALOG_DRAW_H
#define SPOTOP_VIEWS_DIALOG_DRAW_H
#include "views/actions/dialog_int.h"
#include "views/model/effect.h"

void dialog_head(struct dialog *d, struct grid *g, struct rect r, const char *right);
/* Text over at most `lines` lines, broken at blanks; the number of lines it took. */
int dialog_wrap(struct grid *g, int y, int x, int cells, int lines, enum style st, const char *text);
/* Titles and sentences from y on, each wrapped as far as the lines before `stop` allow; the line after. */
int dialog_paint_words(struct grid *g, struct rect r, int y, int stop, const struct word *w, size_t n);
#endif
