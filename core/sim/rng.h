/* rng.h - seeded random numbers (xoshiro256**), the same on every machine. One state for each thing
 * that draws, so that what one agent draws does not depend on when another one did. */
#ifndef SPOTOP_SIM_RNG_H
#define SPOTOP_SIM_RNG_H
#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t s[4];
};
/* Streams of one seed are independent of each other. */
struct rng rng_make(uint64_t seed, uint64_t stream);
uint64_t rng_u64(struct rng *r);
double rng_range(struct rng *r, double lo, double hi);    /* lo <= x < hi */
int rng_int(struct rng *r, int lo, int hi);               /* lo <= x <= hi */
bool rng_chance(struct rng *r, double p);
double rng_normal(struct rng *r);                         /* mean 0, deviation 1 */
double rng_lognormal(struct rng *r, double median, double sigma);
/* Index of one of n weights, picked in their proportion; n > 0. */
int rng_pick(struct rng *r, const double *weights, int n);
void rng_uuid(struct rng *r, char out[37]);               /* version 4 in shape */
void rng_instance_id(struct rng *r, char out[20]);        /* "i-" and 17 hex digits */
#endif
