/* candidates.h - what may become of a line that is being typed, the best first. */
#ifndef SPOTOP_VIEWS_CANDIDATES_H
#define SPOTOP_VIEWS_CANDIDATES_H
#include <stddef.h>

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
#endif
