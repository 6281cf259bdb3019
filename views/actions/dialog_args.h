/* dialog_args.h - the arguments of an action, asked for one after the other; true: all of them are here. */
#ifndef SPOTOP_VIEWS_DIALOG_ARGS_H
#define SPOTOP_VIEWS_DIALOG_ARGS_H
#include "views/actions/dialog_int.h"

bool dialog_next_arg(struct dialog *d);
bool dialog_take_scope(struct dialog *d); /* what was typed */
bool dialog_take_arg(struct dialog *d);
void dialog_complete(struct dialog *d); /* Tab */
#endif
