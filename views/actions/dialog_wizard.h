/* dialog_wizard.h - the wizard of a switch or a launch on the grid. */
#ifndef SPOTOP_VIEWS_DIALOG_WIZARD_H
#define SPOTOP_VIEWS_DIALOG_WIZARD_H
#include "views/actions/dialog_int.h"

void dialog_paint_targets(struct dialog *d, struct grid *g, struct rect r);
#endif
