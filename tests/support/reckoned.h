/* reckoned.h - tiers, partitions, expiries and sums reckoned anew from the prices that were reported. */
#ifndef SPOTOP_TESTS_RECKONED_H
#define SPOTOP_TESTS_RECKONED_H
#include "tests/support/rig.h"
#include <stdint.h>

/* What was reported of a fleet, times in seconds from 1970: each pool its own price at each of the points. Client p
 * has one instance, in pool p, since the fleet began. */
struct reckoned {
	const struct rig *rig;
	const char *const *pools;
	int n_pools;
	const int64_t *points;
	int n_points;
	int64_t began;
	int64_t (*now)(void);                      /* by the clock that the server has */
	int64_t (*price_of)(int pool, int64_t at); /* millionths of a dollar */
};

/* A difference fails the test. consolidated: until when the prices are surely consolidated. */
void reckoned_tiers(const struct reckoned *c, int64_t consolidated);
void reckoned_partitions(const struct reckoned *c);
void reckoned_sums(const struct reckoned *c, int64_t consolidated);
#endif
