/* palette.h - the list behind `:`. */
#ifndef SPOTOP_VIEWS_PALETTE_H
#define SPOTOP_VIEWS_PALETTE_H
#include "views/app/app.h"
#include "views/app/candidates.h"

/* What may become of the prompt's text, the best first. */
size_t palette_candidates(struct app *a, struct candidate *out, size_t max);
void palette_choose(struct app *a, int by);
void palette_leave(struct app *a); /* Esc: what was tried on is put back */
void palette_paint(struct app *a, struct grid *g, int bottom);
bool palette_wants_argument(const struct app *a, const char *name);
const struct view *palette_view(const char *word); /* by its name or a short one: "cmds", "tl" */
bool palette_is_action(struct app *a, const char *word);
#endif
