/* jump.h - an id of the fleet, typed: looked for and opened when the answer comes. */
#ifndef SPOTOP_VIEWS_JUMP_H
#define SPOTOP_VIEWS_JUMP_H
#include <stdbool.h>
struct app;
struct err;

bool jump_to(struct app *a, const char *text, struct err *e);
void jump_drop(struct app *a); /* the question under way is let go */
#endif
