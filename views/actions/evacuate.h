/* evacuate.h - from a zone or a pool to its plan of evacuation. */
#ifndef SPOTOP_VIEWS_ACTIONS_EVACUATE_H
#define SPOTOP_VIEWS_ACTIONS_EVACUATE_H
#include "views/nav/screen.h"
struct dialog_target;
struct nav;
struct verb;
/* The plan is made at once, since nothing moves by it, and shown; over it opens the dialog that runs exactly it. */
enum reaction evacuate_begin(struct nav *nav, const struct verb *v, const struct dialog_target *t);
#endif
