/* palette.h - the list behind `:` (palette.c), saved views (saved.c), the column chooser (columns.c) and
 * other environments (env.c): what prompt.c runs. */
#ifndef SPOTOP_VIEWS_PALETTE_H
#define SPOTOP_VIEWS_PALETTE_H
#include "views/nav/app_int.h"

enum { PALETTE_MAX = 160 };
struct candidate {
	char line[256], show[64], key[24]; /* what Enter runs or Tab makes of the line; the key that does the same */
	char about[100];
	const char *args;
	int score;
};
struct candidates {
	struct candidate *out;
	size_t n, max;
};
/* Takes `before`name into the list, the best first, if what was typed leads to it. */
void candidate_offer(struct candidates *l, const char *typed, const char *before, const char *name,
                     const char *key, const char *args, const char *about);
/* complete.c */
void complete_arguments(struct app *a, struct candidates *l, const char *word, const char *rest);
void complete_filter(struct app *a, struct candidates *l, const char *before, const char *text);

/* What may become of the prompt's text, the best first. */
size_t palette_candidates(struct app *a, struct candidate *out, size_t max);
void palette_choose(struct app *a, int by);
void palette_leave(struct app *a); /* Esc: what was tried on is put back */
void palette_paint(struct app *a, struct grid *g, int bottom);
bool palette_wants_argument(const char *name);
const struct view *palette_view(const char *word); /* by its name or a short one: "cmds", "tl" */
bool palette_is_action(struct app *a, const char *word);
/* Looks for an agent, instance or command of that id and opens it when the answer comes. */
bool palette_jump(struct app *a, const char *text);

/* Saved views, in the state folder. saved_name: the i-th name, false past the end. */
bool saved_name(size_t i, char *out, size_t n);
bool saved_put(struct app *a, const char *name, struct err *e);
bool saved_open(struct app *a, const char *name, struct err *e);

/* Into a new file whose name ends in .csv or .json; large lists in the background. */
bool save_to(struct app *a, const char *path, struct err *e);
bool save_stop(struct app *a);    /* false: nothing is being saved */
void save_abandon(struct app *a); /* the console ends */

void columns_open(struct app *a); /* Space shows and hides */
bool env_switch(struct app *a, const char *name, struct err *e);
#endif
