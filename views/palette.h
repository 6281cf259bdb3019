/* palette.h - the list behind `:` (palette.c), saved views (saved.c), the column chooser (columns.c) and
 * other environments (env.c): what prompt.c runs. */
#ifndef SPOTOP_VIEWS_PALETTE_H
#define SPOTOP_VIEWS_PALETTE_H
#include "views/app_int.h"

enum { PALETTE_MAX = 80 };
struct candidate {
	char line[100], key[24]; /* what Enter runs, and the key that does the same */
	const char *args, *about;
	int score;
};
/* The best first. */
size_t palette_candidates(struct app *a, struct candidate *out, size_t max);
void palette_choose(struct app *a, int by);
void palette_leave(struct app *a); /* Esc: what was tried on is put back */
void palette_paint(struct app *a, struct grid *g, int bottom);
bool palette_wants_argument(const char *name);
/* Looks for an agent, instance or command of that id and opens it when the answer comes. */
bool palette_jump(struct app *a, const char *text);

/* Saved views, in the state folder. saved_name: the i-th name, false past the end. */
bool saved_name(size_t i, char *out, size_t n);
bool saved_put(struct app *a, const char *name, struct err *e);
bool saved_open(struct app *a, const char *name, struct err *e);

void columns_open(struct app *a); /* Space shows and hides */
bool env_switch(struct app *a, const char *name, struct err *e);
#endif
