/* world.h - the market the simulated fleet lives in: which pools there are, what they cost, how they
 * move and how long their instances take to boot. Prices in USD per hour, times in seconds. */
#ifndef SPOTOP_SIM_WORLD_H
#define SPOTOP_SIM_WORLD_H
#include "core/sim/rng.h"
#include <stdbool.h>
#include <stdint.h>

enum { WORLD_MAX_POOLS = 96, WORLD_ONDEMAND_BOOT = 24 };
struct sim_pool {
	char id[64]; /* "m5.large.us-east-1a" */
	const char *type, *region, *az;
	double ondemand;                /* list price */
	double mean;                    /* what the spot price returns to, a share of on-demand */
	double jitter;                  /* deviation of one hour's step, in logarithm */
	double boot_median, boot_sigma; /* lognormal */
	double interruptions_per_day;   /* for each instance */
	double x;                       /* logarithm of price / (ondemand * mean) now */
};
struct sim_world {
	struct sim_pool pools[WORLD_MAX_POOLS];
	int n_pools;
};
/* The first n pools of a fixed catalogue (24: three types in eight zones of three regions). */
void world_make(struct sim_world *w, int n_pools, uint64_t seed);
/* The price after a step of that length: reverts to the mean, jitters, sometimes jumps. */
double world_step(struct sim_pool *p, struct rng *r, double hours);
double world_price(const struct sim_pool *p);
double world_boot_seconds(const struct sim_pool *p, struct rng *r); /* p NULL: on demand */
/* Has EC2 none of it? A share of the pools at a time, others at each turn, and all of a zone that a storm is in (NULL: none). */
bool world_is_empty(const struct sim_world *w, const struct sim_pool *p, double share, uint64_t turn, const char *storm_zone);
const struct sim_pool *world_find(const struct sim_world *w, const char *id);
/* Another pool of the same region, cheaper ones more often; NULL when there is none. */
const struct sim_pool *world_other(const struct sim_world *w, const struct sim_pool *p, struct rng *r);
#endif
