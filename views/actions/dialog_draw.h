/* dialog_draw.h - the pieces that every page of a dialog is drawn with. */
#ifndef SPOTOP_VIEWS_DIALOG_DRAW_H
#define SPOTOP_VIEWS_DIALOG_DRAW_H
#include "views/actions/dialog_int.h"
#include "views/model/effect.h"

/* What is done to what, and a note beside it where there is room; the lines it took. */
int dialog_head(struct dialog *d, struct grid *g, struct rect r, const char *right);
/* Where there is no room for all, what costs or hurts comes first. */
void dialog_gravest_first(struct word *w, size_t n);
bool dialog_is_of_sent(const struct word *w); /* it is still told when the action is sent */
/* Titles and sentences from y on, each wrapped as far as the lines before `stop` allow; the line after. */
int dialog_paint_words(struct grid *g, struct rect r, int y, int stop, const struct word *w, size_t n);
#endif
