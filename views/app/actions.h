/* actions.h - what the console does by name, and what any name does. */
#ifndef SPOTOP_VIEWS_ACTIONS_H
#define SPOTOP_VIEWS_ACTIONS_H
#include "views/nav/action.h"
struct app;

/* The screen's own meaning of it, its table's, the console's; R_UNKNOWN: not on this screen. */
enum reaction action_do(struct app *a, const char *name);
extern const struct action console_actions[];
#endif
