/* fuzz.h - seeded hostile inputs: samples that are cut, spliced, doubled and bent, thousands of times.
 *
 * A target checks what must hold for any input and returns; a crash is told with the input in hex, which
 * goes into the target's samples when it is mended. SPOTOP_SEED chooses other inputs, SPOTOP_FUZZ how many
 * (20,000). */
#ifndef SPOTOP_TESTS_FUZZ_H
#define SPOTOP_TESTS_FUZZ_H
#include "core/sim/rng.h"
#include <stddef.h>

enum { FUZZ_MAX = 4096 }; /* bytes of one input at most */
/* s has n bytes and a NUL after them; bytes of it may be NUL too. */
typedef void (*fuzz_target)(const char *s, size_t n, struct rng *r);

/* 1/share of the usual number of rounds: for targets that are slow (files). */
void fuzz_run(fuzz_target target, const char *const *samples, size_t n_samples, int share);

#endif
