/* dialog_draw.h - the pieces that every page of a dialog is drawn with. */
#ifndef SPOTOP_VIEWS_DIALOG_DRAW_H
#define SPOTOP_VIEWS_DIALOG_DRAW_H
#include "views/actions/dialog_int.h"
#include "views/model/effect.h"

void dialog_head(struct dialog *d, struct grid *g, struct rect r, const char *right);
/* Titles and sentences from y on, each wrapped as far as the lines before `stop` allow; the line after. */
int dialog_paint_words(struct grid *g, struct rect r, int y, int stop, const struct word *w, size_t n);
#endif
