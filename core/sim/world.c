/* world.c - the zones, the types and the walk of the prices. */
#include "core/sim/world.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

struct zone {
	const char *region, *az;
	int price_list;
};
static const struct zone zones[] = {
	{ "us-east-1", "us-east-1a", 0 }, { "us-east-1", "us-east-1b", 0 }, { "us-east-1", "us-east-1e", 0 },
	{ "eu-west-1", "eu-west-1a", 1 }, { "eu-west-1", "eu-west-1b", 1 }, { "eu-west-1", "eu-west-1c", 1 },
	{ "us-west-2", "us-west-2a", 0 }, { "us-west-2", "us-west-2b", 0 },
};
/* On-demand list prices (Linux): Virginia and Oregon, then Ireland. */
static const struct {
	const char *name;
	double ondemand[2];
} types[] = {
	{ "m5.large", { 0.096, 0.107 } },    { "c5.xlarge", { 0.170, 0.192 } },
	{ "r5.large", { 0.126, 0.141 } },    { "m6i.large", { 0.096, 0.107 } },
	{ "c6i.xlarge", { 0.170, 0.192 } },  { "r6i.large", { 0.126, 0.141 } },
	{ "m5.xlarge", { 0.192, 0.214 } },   { "c5.2xlarge", { 0.340, 0.384 } },
	{ "r5.xlarge", { 0.252, 0.282 } },   { "m6a.large", { 0.0864, 0.0963 } },
	{ "c6a.xlarge", { 0.153, 0.1728 } }, { "t3.large", { 0.0832, 0.0912 } },
};
enum { N_ZONES = sizeof(zones) / sizeof(zones[0]), TYPES_IN_GROUP = 3, GROUP = N_ZONES * TYPES_IN_GROUP };

static void pool_make(struct sim_pool *p, int i, uint64_t seed)
{
	const struct zone *z = &zones[(i % GROUP) / TYPES_IN_GROUP];
	int t = (i / GROUP) * TYPES_IN_GROUP + i % TYPES_IN_GROUP;
	struct rng r = rng_make(seed, 1000u + (unsigned)i);
	*p = (struct sim_pool){ .type = types[t].name, .region = z->region, .az = z->az };
	snprintf(p->id, sizeof(p->id), "%s.%s", p->type, p->az);
	p->ondemand = types[t].ondemand[z->price_list];
	p->mean = rng_range(&r, 0.26, 0.48);
	p->jitter = rng_range(&r, 0.012, 0.05);
	p->boot_median = rng_range(&r, 28, 56);
	p->boot_sigma = rng_range(&r, 0.15, 0.30);
	p->interruptions_per_day =
	        rng_chance(&r, 0.15) ? rng_range(&r, 0.08, 0.2) : rng_range(&r, 0.005, 0.04);
	p->x = rng_normal(&r) * 0.1;
}

void world_make(struct sim_world *w, int n_pools, uint64_t seed)
{
	if (n_pools < 1) n_pools = 1;
	if (n_pools > WORLD_MAX_POOLS) n_pools = WORLD_MAX_POOLS;
	w->n_pools = n_pools;
	for (int i = 0; i < n_pools; i++) pool_make(&w->pools[i], i, seed);
}

double world_price(const struct sim_pool *p)
{
	double price = p->ondemand * p->mean * exp(p->x);
	if (price > p->ondemand) price = p->ondemand; /* nobody pays more for spot than for the list */
	return round(price * 1e4) / 1e4;
}

double world_step(struct sim_pool *p, struct rng *r, double hours)
{
	double back = 1.0 - exp(-0.06 * hours); /* half of a deviation is gone in about 12 h */
	p->x += -back * p->x + p->jitter * sqrt(hours) * rng_normal(r);
	if (rng_chance(r, 0.012 * hours)) p->x += rng_range(r, 0.15, 0.45);
	return world_price(p);
}

double world_boot_seconds(const struct sim_pool *p, struct rng *r)
{
	if (p == NULL) return rng_lognormal(r, WORLD_ONDEMAND_BOOT, 0.12);
	return rng_lognormal(r, p->boot_median, p->boot_sigma);
}

bool world_is_empty(const struct sim_world *w, const struct sim_pool *p, double share, uint64_t turn,
                    const char *storm_zone)
{
	struct rng r = rng_make(turn, 5000u + (unsigned)(p - w->pools));
	return (storm_zone && strcmp(p->az, storm_zone) == 0) || (share > 0 && rng_chance(&r, share));
}

const struct sim_pool *world_find(const struct sim_world *w, const char *id)
{
	if (id == NULL) return NULL;
	for (int i = 0; i < w->n_pools; i++)
		if (strcmp(w->pools[i].id, id) == 0) return &w->pools[i];
	return NULL;
}

const struct sim_pool *world_other(const struct sim_world *w, const struct sim_pool *p, struct rng *r)
{
	double weights[WORLD_MAX_POOLS], total = 0;
	for (int i = 0; i < w->n_pools; i++) {
		const struct sim_pool *q = &w->pools[i];
		bool is_near = q != p && (p == NULL || strcmp(q->region, p->region) == 0);
		double price = world_price(q);
		weights[i] = is_near ? 1.0 / (price * price) : 0;
		total += weights[i];
	}
	return total > 0 ? &w->pools[rng_pick(r, weights, w->n_pools)] : NULL;
}
