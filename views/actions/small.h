/* small.h - what is asked on a small screen: sentences one under another, each whole. What has no room is scrolled to,
 * and the last line says how much that is. */
#ifndef SPOTOP_VIEWS_SMALL_H
#define SPOTOP_VIEWS_SMALL_H
#include "tui/grid.h"
#include "views/nav/screen.h"

struct small {
	struct grid *g; /* NULL: the lines are counted only */
	struct rect r;
	size_t top, shown, n;
	bool is_crowded; /* there is no room for all: what can be spared is left away */
};
bool small_is(struct rect r);
/* A sentence, its title before it; "" for none. */
void small_add(struct small *s, enum style st, const char *title, const char *text);
/* Calls `fill` to count the lines, and again to paint those from *top on. */
void small_paint(struct grid *g, struct rect r, size_t *top, void (*fill)(struct small *, void *), void *of);
bool small_key(size_t *top, int key); /* the keys that scroll; false: it is none of them */
#endif
