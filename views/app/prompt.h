/* prompt.h - the footer as a line to type in. */
#ifndef SPOTOP_VIEWS_PROMPT_H
#define SPOTOP_VIEWS_PROMPT_H
#include "views/app/app.h"

void prompt_open(struct app *a, enum prompt_kind kind);
/* R_THEN: `then` names the action that was chosen. */
enum reaction prompt_key(struct app *a, int key, char then[64]);
void prompt_paint(struct app *a, struct grid *g, int y);
#endif
