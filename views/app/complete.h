/* complete.h - what may come next while one types. */
#ifndef SPOTOP_VIEWS_COMPLETE_H
#define SPOTOP_VIEWS_COMPLETE_H
#include "views/app/candidates.h"
struct app;

void complete_arguments(struct app *a, struct candidates *l, const char *word, const char *rest);
/* The line was changed: names that it may be completed to are asked for. */
void complete_ask(struct app *a);
void complete_filter(struct app *a, struct candidates *l, const char *before, const char *text);
#endif
