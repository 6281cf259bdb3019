/* effect.h - what an action would change, in a few lines for people: a title and a sentence each.
 * Made from the states its preview gave (verb_result: before_state, after_state); what is unknown there is
 * left out. Knows no dialog and no screen, so that it can be tested alone. */
#ifndef SPOTOP_VIEWS_EFFECT_H
#define SPOTOP_VIEWS_EFFECT_H
#include "tui/grid.h"
#include <stddef.h>
#include <stdint.h>

enum { MAX_WORDS = 8 };
struct word {
	const char *title; /* at most 8 characters */
	enum style style;
	char text[400];
};
/* The number of lines written to out[MAX_WORDS]. verb: its name; the states are JSON or NULL. */
size_t effect_words(const char *verb, const char *before, const char *after, struct word *out);
/* What becomes of the instance that runs now: ended wait_s after the switch, 0: kept, which costs on (ST_CRIT). */
enum style effect_old_instance(int64_t wait_s, double usd_per_day, char *out, size_t n);
#endif
