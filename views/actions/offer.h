/* offer.h - what Tab makes of a line in a prompt: words that are known at once and names that are asked of the database. The first Tab
 * writes what all of them share, each further one the next of them; any other key takes the offer away. */
#ifndef SPOTOP_VIEWS_OFFER_H
#define SPOTOP_VIEWS_OFFER_H
#include "tui/edit.h"
#include "views/nav/nav.h"
#include <stddef.h>

struct ask;
enum { OFFER_MOST = 60 };
struct offer {
	struct ask *ask; /* NULL until names are wanted */
	struct edit *edit;
	char before[300], word[128]; /* the line as it was: what stays, and what is completed */
	struct named {
		char name[104], about[80];
	} of[OFFER_MOST];
	size_t n, at; /* at: which one stands in the line; n: none yet */
	char note[160]; /* "nothing begins with x"; "" */
};
/* Tab. The word behind the last of the marks in `marks` is completed: from `words` (blanks between; NULL), and from the names of
 * `kinds` ("agent,client"; "" none). */
void offer_tab(struct offer *o, struct nav *nav, struct edit *edit, const char *marks, const char *words, const char *kinds);
void offer_drop(struct offer *o);
/* The candidates from line y on, before `stop`; the line after. */
int offer_paint(const struct offer *o, struct grid *g, struct rect r, int y, int stop);
void offer_free(struct offer *o);
#endif
