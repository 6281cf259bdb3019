/* raw_draw.c - fleets by chance: every state and every age that a rule speaks of, and those beside its limits. */
#include "tests/support/raw.h"
#include "core/sim/rng.h"
#include <check.h>
#include <string.h>

#define X(one, plural, most)                                         \
	struct raw_##one *raw_add_##one(struct raw *f)               \
	{                                                            \
		ck_assert_int_lt(f->n_##plural, most);               \
		struct raw_##one *row = &f->plural[f->n_##plural++]; \
		*row = (struct raw_##one){ 0 };                      \
		return row;                                          \
	}
RAW_TABLES(X)
#undef X

static int any(struct rng *r, int n) { return rng_int(r, 0, n - 1); }
/* How long ago: one of these limits, or a second before or after it. */
static int64_t beside(struct rng *r, int64_t limit) { return -(limit + rng_int(r, -1, 1)); }

static void draw_pools(struct raw *f, struct rng *r)
{
	int n = rng_int(r, 2, 8);
	for (int i = 0; i < n; i++) {
		struct raw_pool *p = raw_add_pool(f);
		/* each kind once: type, region and zone from the number */
		p->type = i % 2, p->region = i >= 5, p->zone = i / 2 % 3;
		p->is_active = rng_chance(r, 0.9);
		p->is_cordoned = rng_chance(r, 0.15);
		p->cordoned_until = rng_chance(r, 0.4) ? NEVER : rng_int(r, -2, 2) * 600 + 1;
		p->price = rng_chance(r, 0.85) ? rng_int(r, 8000, 90000) : UNKNOWN;
		p->price_at = p->price == UNKNOWN   ? NEVER
		              : rng_chance(r, 0.7)  ? -rng_int(r, 0, 600)
		              : rng_chance(r, 0.85) ? -rng_int(r, 3600, 30 * 86400)
		                                    : rng_int(r, 1, 3000);
		p->boot_p95 = rng_chance(r, 0.6) ? rng_int(r, 20, 100) : UNKNOWN;
		p->boot_n = p->boot_p95 == UNKNOWN ? 0 : rng_int(r, 1, 60);
		p->downtime_p95 = rng_chance(r, 0.4) ? rng_int(r, 2, 20) : UNKNOWN;
		p->downtime_n = p->downtime_p95 == UNKNOWN ? 0 : rng_int(r, 1, 60);
	}
	for (int type = 0; type < 2; type++)
		for (int region = 0; region < 2; region++)
			for (int k = rng_int(r, 0, 3); k > 0; k--) {
				struct raw_ondemand *o = raw_add_ondemand(f);
				o->type = type, o->region = region, o->price = rng_int(r, 100000, 300000);
				o->at = rng_chance(r, 0.85) ? -k * 40000 : k * 500;
			}
}

static void draw_boots(struct raw *f, struct rng *r)
{
	for (int p = NONE; p < f->n_pools; p++) {
		int n = rng_chance(r, 0.3)   ? 0
		        : rng_chance(r, 0.5) ? any(r, 15)
		                             : any(r, 45),
		    quick = 15 + any(r, 60), fails = rng_chance(r, 0.3) ? 8 : 50;
		for (int i = 0; i < n; i++) {
			struct raw_boot *b = raw_add_boot(f);
			bool is_old = rng_chance(r, 0.04);
			b->pool = p, b->type = any(r, 2), b->region = any(r, 2);
			b->at = is_old                ? -31 * 86400
			        : rng_chance(r, 0.02) ? 400
			                              : -60 * (int64_t)rng_int(r, 6, 2000);
			b->is_ok = !rng_chance(r, 1.0 / fails);
			b->waited = 30 + any(r, 90);
			b->boot = b->is_ok ? (rng_chance(r, 0.02) ? UNKNOWN : quick + any(r, 60))
			                   : (rng_chance(r, 0.5) ? quick + any(r, 60) : UNKNOWN);
			b->down = b->is_ok && rng_chance(r, 0.8) ? any(r, 12) : UNKNOWN;
		}
	}
}

static struct raw_instance *draw_instance(struct raw *f, struct rng *r, int client, int agent,
                                          enum raw_state s)
{
	struct raw_instance *i = raw_add_instance(f);
	i->client = client, i->agent = agent, i->state = s;
	i->pool = rng_chance(r, 0.9) && f->n_pools ? any(r, f->n_pools) : NONE;
	i->mode = rng_chance(r, 0.8) ? MODE_SPOT : rng_chance(r, 0.75) ? MODE_ONDEMAND : MODE_UNKNOWN;
	if (i->mode == MODE_ONDEMAND) i->pool = NONE;
	i->type = any(r, 2), i->region = any(r, 2), i->zone = any(r, 3);
	if (i->pool != NONE)
		i->type = f->pools[i->pool].type, i->region = f->pools[i->pool].region,
		i->zone = f->pools[i->pool].zone;
	bool is_off = s != TERMINATED &&
	              rng_chance(r, 0.02); /* what is going or gone astray still runs: a trigger sees to it */
	i->is_active = s != TERMINATED && (!is_off || s == TERMINATING || s == ZOMBIE);
	i->spot = rng_chance(r, 0.85) ? rng_int(r, 8000, 90000) : UNKNOWN;
	i->ondemand = rng_chance(r, 0.85) ? rng_int(r, 100000, 300000) : UNKNOWN;
	i->created = -rng_int(r, 4000, 40000);
	i->requested = i->created, i->confirmed = i->created + rng_int(r, 20, 200);
	i->leaving = i->ended = NEVER;
	if (s == LAUNCHING) {
		int64_t ago = rng_chance(r, 0.6)   ? -rng_int(r, 0, 150)
		              : rng_chance(r, 0.5) ? beside(r, 300)
		                                   : -rng_int(r, 200, 2000);
		i->created = i->requested = ago, i->confirmed = NEVER;
	}
	if (s == TERMINATING) i->leaving = rng_chance(r, 0.5) ? beside(r, 300) : -rng_int(r, 0, 1500);
	if (s == TERMINATED) i->leaving = -rng_int(r, 100, 3000), i->ended = i->leaving + rng_int(r, 5, 90);
	if (s == ZOMBIE && rng_chance(r, 0.2)) i->leaving = -rng_int(r, 100, 3000);
	return i;
}

static void draw_agent(struct raw *f, struct rng *r, double notices)
{
	static const int intervals[] = { 30, 30, 30, 10, 1, 20, 29 };
	int at = f->n_agents;
	struct raw_agent *a = raw_add_agent(f);
	a->client = any(r, f->n_clients), a->pool = rng_chance(r, 0.92) ? any(r, f->n_pools) : NONE;
	a->type = any(r, 2), a->region = any(r, 2), a->zone = rng_chance(r, 0.95) ? any(r, 3) : NONE;
	if (a->pool != NONE)
		a->type = f->pools[a->pool].type, a->region = f->pools[a->pool].region,
		a->zone = f->pools[a->pool].zone;
	a->status = rng_chance(r, 0.93) ? SAYS_ONLINE : rng_chance(r, 0.6) ? SAYS_OFFLINE : SAYS_ERROR;
	a->is_enabled = rng_chance(r, 0.9);
	a->interval = intervals[any(r, 7)];
	static const double limits[] = { 1.5, 3, 10 };
	a->last_heartbeat = rng_chance(r, 0.72)   ? -any(r, a->interval + 1)
	                    : rng_chance(r, 0.4)  ? beside(r, (int64_t)(limits[any(r, 3)] * a->interval))
	                    : rng_chance(r, 0.3)  ? beside(r, 90)
	                    : rng_chance(r, 0.35) ? NEVER
	                    : rng_chance(r, 0.3)  ? rng_int(r, 1, 120)
	                                          : -rng_int(r, 20, 4000);
	a->created = a->last_heartbeat == NEVER ? (rng_chance(r, 0.5) ? beside(r, 300) : -rng_int(r, 0, 900))
	                                        : -50000;
	a->fastest = rng_chance(r, 0.2) ? any(r, f->n_pools) : NONE;
	a->is_blacklisting = rng_chance(r, 0.15), a->blacklisted = any(r, f->n_pools);
	a->notice = rng_chance(r, notices) ? TERMINATION : rng_chance(r, notices / 2) ? REBALANCE : NO_NOTICE;
	a->received = a->deadline = NEVER, a->notice_instance = NONE;

	int own = NONE, other = NONE;
	if (rng_chance(r, 0.9)) {
		own = f->n_instances;
		struct raw_instance *i =
		        draw_instance(f, r, a->client, at, rng_chance(r, 0.97) ? PRIMARY : PROMOTING);
		i->is_primary = true, i->is_promoted = i->state == PRIMARY && rng_chance(r, 0.3);
	}
	static const double states[] = { 1.2, 0, 1.0, 0.3, 0.8, 0.6, 0.8 };
	for (int k = rng_chance(r, 0.5) ? rng_int(r, 1, 3) : 0; k > 0; k--) {
		other = f->n_instances;
		draw_instance(f, r, a->client, at, (enum raw_state)rng_pick(r, states, 7));
	}
	if (a->notice == NO_NOTICE) return;
	a->received = rng_chance(r, 0.8) ? -any(r, 130) : -rng_int(r, 130, 900);
	a->deadline = rng_chance(r, 0.3)    ? NEVER
	              : rng_chance(r, 0.15) ? rng_int(r, -1, 1)
	                                    : rng_int(r, -60, 150);
	a->notice_instance = rng_chance(r, 0.55)  ? own
	                     : rng_chance(r, 0.6) ? other
	                     : rng_chance(r, 0.5) ? RAW_ALL
	                                          : NONE;
	/* one that took over lately */
	if (own != NONE && rng_chance(r, 0.4)) f->instances[own].confirmed = a->received + rng_int(r, -3, 60);
	if (own != NONE && f->instances[own].confirmed > 0) f->instances[own].confirmed = -1;
}

static void draw_rest(struct raw *f, struct rng *r)
{
	for (int k = any(r, 3); k > 0; k--) /* instances without an agent */
		draw_instance(f, r, any(r, f->n_clients), NONE, rng_chance(r, 0.5) ? ZOMBIE : LAUNCHING);
	if (rng_chance(r, 0.05))
		for (int k = rng_int(r, 98, 106), client = any(r, f->n_clients); k > 0; k--)
			draw_instance(f, r, client, NONE, ZOMBIE);
	for (int k = rng_chance(r, 0.5) ? any(r, 5) : 0; k > 0; k--) {
		struct raw_snooze *s = raw_add_snooze(f);
		s->of = any(r, 12), s->opened = -rng_int(r, 0, 5000);
		s->until = rng_chance(r, 0.2)   ? NEVER
		           : rng_chance(r, 0.2) ? -rng_int(r, 0, 50)
		                                : rng_int(r, 60, 3000);
		s->less = rng_chance(r, 0.5) ? 0 : rng_int(r, 1, 3);
	}
	for (int k = any(r, 4); k > 0; k--) {
		struct raw_command *c = raw_add_command(f);
		c->agent = any(r, f->n_agents), c->created = -rng_int(r, 0, 90000);
		c->expires = rng_chance(r, 0.5) ? NEVER : c->created + rng_int(r, 60, 90000);
		c->is_executing = rng_chance(r, 0.3);
	}
	for (int k = rng_chance(r, 0.3) ? rng_int(r, 1, 2) : 0; k > 0; k--) {
		struct raw_freeze *z = raw_add_freeze(f);
		z->until = rng_int(r, -2, 2) * 500 + 7, z->thawed = rng_chance(r, 0.3) ? -20 : NEVER;
	}
}

void raw_draw(struct raw *f, unsigned seed)
{
	struct rng rng = rng_make(seed, 77), *r = &rng;
	memset(f, 0, sizeof *f);
	f->seed = seed;
	for (int n = rng_int(r, 1, 3); n > 0; n--) raw_add_client(f);
	draw_pools(f, r);
	draw_boots(f, r);
	bool is_storm = rng_chance(r, 0.3);
	int n = rng_chance(r, 0.04)  ? rng_int(r, 60, 110)
	        : rng_chance(r, 0.2) ? rng_int(r, 1, 4)
	                             : rng_int(r, 5, 30);
	for (; n > 0; n--) draw_agent(f, r, n > 0 && is_storm ? 0.6 : 0.12);
	draw_rest(f, r);
}
