/* dialog_small.h - a dialog's confirmation and outcome on a small screen. */
#ifndef SPOTOP_VIEWS_DIALOG_SMALL_H
#define SPOTOP_VIEWS_DIALOG_SMALL_H
#include "views/actions/dialog_int.h"

void dialog_small_confirm(struct dialog *d, struct grid *g, struct rect r);
void dialog_small_outcome(struct dialog *d, struct grid *g, struct rect r);
#endif
