/* dialog_paint.h - an action's dialog on the grid. */
#ifndef SPOTOP_VIEWS_DIALOG_PAINT_H
#define SPOTOP_VIEWS_DIALOG_PAINT_H
#include "views/actions/dialog_int.h"

void dialog_paint(struct popup *pp, struct grid *g, struct rect r);
#endif
