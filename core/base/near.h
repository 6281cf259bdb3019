/* near.h - the likely word: what somebody who mistyped may have meant. Offer every candidate, then ask. */
#ifndef SPOTOP_BASE_NEAR_H
#define SPOTOP_BASE_NEAR_H
#include <stddef.h>

struct near {
	char word[64], best[64]; /* best "": nothing is like it */
	size_t distance;
};
void near_begin(struct near *k, const char *word, size_t n);
void near_offer(struct near *k, const char *candidate);
/* The same with the words of a list, blanks between, offered. */
void near_begin_words(struct near *k, const char *word, const char *list);
/* "; did you mean agents?" or "", into out. */
const char *near_hint(const struct near *k, char *out, size_t n);
#endif
