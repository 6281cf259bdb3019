/* truth_rescue.c - the deadline verdict by its definition, from boots, replicas and pools as rows. */
#include "tests/support/truth.h"
#include <stdlib.h>
#include <string.h>

const char *const truth_verdicts[] = { "",          "RESCUED", "MISSED",   "MAKES IT",
	                               "MISSES BY", "OVERRUN", "NOT KNOWN" };
enum { MONTH_S = 30 * 86400, FEW = 20 };

int truth_rescuer(const struct raw *f, int agent)
{
	const struct raw_agent *a = &f->agents[agent];
	for (int k = 0; k < f->n_instances; k++) {
		const struct raw_instance *i = &f->instances[k];
		if (i->is_gone || i->agent != agent || !i->is_primary || !i->is_active || i->state != PRIMARY)
			continue;
		/* of a notice that names no instance: who came up or was promoted since */
		if (a->notice_instance == NONE ? i->confirmed > a->received : k != a->notice_instance)
			return k;
	}
	return NONE;
}

bool truth_is_cordoned(const struct raw *f, int pool, int64_t at)
{
	const struct raw_pool *p = &f->pools[pool];
	return p->is_cordoned && (p->cordoned_until == NEVER || p->cordoned_until > at);
}

static int replica_of(const struct raw *f, int agent)
{
	int best = NONE;
	for (int k = 0; k < f->n_instances; k++) {
		const struct raw_instance *i = &f->instances[k];
		if (i->is_gone || i->agent != agent || !i->is_active || k == f->agents[agent].notice_instance)
			continue;
		if (i->state != REPLICA && i->state != PROMOTING) continue;
		if (best == NONE || (i->state == PROMOTING && f->instances[best].state != PROMOTING))
			best = k;
	}
	return best;
}

/* The launch that is expected first; one that is overdue only when there is no other. */
static int launching_of(const struct raw *f, int agent, int64_t at)
{
	int best = NONE;
	for (int k = 0; k < f->n_instances; k++) {
		const struct raw_instance *i = &f->instances[k],
		                          *b = best == NONE ? NULL : &f->instances[best];
		if (i->is_gone || i->agent != agent || !i->is_active || i->state != LAUNCHING) continue;
		bool is_late = at - i->requested > 300, is_best_late = b && at - b->requested > 300;
		if (!b || is_late < is_best_late || (is_late == is_best_late && i->requested < b->requested))
			best = k;
	}
	return best;
}

/* The pool that an agent's notice closes: where the instance is that it is of, while that one lives, and not where the
 * agent fled to. NONE: none. */
static int noticed_pool(const struct raw *f, int agent)
{
	const struct raw_agent *a = &f->agents[agent];
	if (a->is_gone || !a->is_enabled || a->notice == NO_NOTICE) return NONE;
	if (a->notice_instance == NONE || a->notice_instance == RAW_ALL ||
	    f->instances[a->notice_instance].is_gone)
		return a->pool;
	const struct raw_instance *i = &f->instances[a->notice_instance];
	return i->is_active ? i->pool : NONE;
}

/* Is the pool being emptied, or may it be soon, as far as agents of that client say, or of two others? */
static bool is_noticed(const struct raw *f, int client, int pool)
{
	int says = NONE;
	for (int k = 0; k < f->n_agents; k++) {
		if (noticed_pool(f, k) != pool) continue;
		int of = f->agents[k].client;
		if (of == client || (says != NONE && says != of)) return true;
		says = of;
	}
	return false;
}

static bool is_usable(const struct raw *f, int agent, int pool, int64_t at)
{
	const struct raw_agent *a = &f->agents[agent];
	const struct raw_pool *p = &f->pools[pool];
	if (p->is_gone || p->type != a->type || p->region != a->region || !p->is_active) return false;
	if (truth_is_cordoned(f, pool, at) || (a->is_blacklisting && a->blacklisted == pool)) return false;
	return !is_noticed(f, a->client, pool);
}

static int pool_of(const struct raw *f, int agent, int64_t at)
{
	int best = NONE;
	char id[RAW_ID], best_id[RAW_ID] = "";
	for (int k = 0; k < f->n_pools; k++) {
		if (!is_usable(f, agent, k, at)) continue;
		if (k == f->agents[agent].fastest) return k;
		const struct raw_pool *p = &f->pools[k], *b = best == NONE ? NULL : &f->pools[best];
		raw_pool_id(f, k, id);
		int x = p->boot_p95 == UNKNOWN ? 1000000 : p->boot_p95,
		    y = !b || b->boot_p95 == UNKNOWN ? 1000000 : b->boot_p95;
		if (!b || x < y || (x == y && strcmp(id, best_id) < 0)) {
			best = k;
			strcpy(best_id, id);
		}
	}
	return best;
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}
/* The smallest of them that 95 of 100 do not exceed. */
static int64_t p95(int64_t *v, int n)
{
	qsort(v, (size_t)n, sizeof *v, by_number);
	return v[(n * 95 + 99) / 100 - 1];
}

static bool is_within(const struct raw *f, const struct raw_boot *b, int of, int pool, int type, int region)
{
	int b_type = b->pool == NONE ? b->type : f->pools[b->pool].type,
	    b_region = b->pool == NONE ? b->region : f->pools[b->pool].region;
	if (b->pool != NONE && b->pool == pool) return true;
	return of == 4 || (of == 3 && b_region == region) ||
	       (of == 2 && b_region == region && b_type == type);
}

static int64_t boot_of(const struct raw_boot *b)
{
	if (b->is_gone || (b->is_ok && b->boot == UNKNOWN)) return NEVER;
	return b->boot == UNKNOWN ? b->waited : b->boot;
}

/* What a boot that began `gone` seconds ago (-1: not yet) still takes. */
static void boot_left(const struct raw *f, int64_t at, int pool, int type, int region, int64_t gone,
                      struct truth_rescue *r)
{
	int64_t up[RAW_BOOTS], longer[RAW_BOOTS], longest = NEVER;
	for (r->of = 1; r->of <= 4; r->of++) {
		int n_up = 0;
		r->n = r->failed = 0;
		for (int k = 0; k < f->n_boots; k++) {
			const struct raw_boot *b = &f->boots[k];
			int64_t boot = boot_of(b);
			if (boot == NEVER || b->at > at || b->at < at - MONTH_S) continue;
			if (boot > longest) longest = boot;
			if (is_within(f, b, r->of, pool, type, region) && b->is_ok)
				up[n_up++] = boot + (b->down == UNKNOWN ? 0 : b->down);
		}
		int64_t again =
		        n_up ? p95(up, n_up) : NEVER; /* one that failed is waited for and done again */
		for (int k = 0; k < f->n_boots; k++) {
			const struct raw_boot *b = &f->boots[k];
			int64_t boot = boot_of(b);
			if (boot == NEVER || b->at > at || b->at < at - MONTH_S || boot <= gone) continue;
			if (!is_within(f, b, r->of, pool, type, region)) continue;
			r->failed += !b->is_ok;
			longer[r->n++] = b->is_ok         ? boot + (b->down == UNKNOWN ? 0 : b->down)
			                 : again == NEVER ? NEVER
			                                  : boot + again;
		}
		if (r->n >= FEW || r->of == 4) break;
	}
	r->takes = NEVER, r->longest = NEVER;
	if (r->n == 0) {
		r->longest = longest;
		return;
	}
	int64_t s = r->n < FEW ? (qsort(longer, (size_t)r->n, sizeof *longer, by_number), longer[r->n - 1])
	                       : p95(longer, r->n);
	if (s != NEVER) r->takes = s - (gone < 0 ? 0 : gone);
}

void truth_rescue(const struct raw *f, int64_t at, int agent, struct truth_rescue *r)
{
	const struct raw_agent *a = &f->agents[agent];
	*r = (struct truth_rescue){ .rescuer = NONE,
		                    .replica = NONE,
		                    .launching = NONE,
		                    .pool = NONE,
		                    .margin = UNKNOWN_MARGIN,
		                    .takes = NEVER,
		                    .longest = NEVER };
	r->left = (a->deadline != NEVER ? a->deadline : a->received + 120) - at;
	r->rescuer = truth_rescuer(f, agent);
	if (r->rescuer != NONE) {
		r->verdict = RESCUED;
		return;
	}
	if (r->left < 0) {
		r->verdict = MISSED;
		return;
	}
	r->replica = replica_of(f, agent);
	if (r->replica != NONE) {
		int p = f->instances[r->replica].pool;
		r->pool = p;
		r->takes = p == NONE || f->pools[p].downtime_p95 == UNKNOWN ? 0 : f->pools[p].downtime_p95;
		r->n = p == NONE || f->pools[p].downtime_p95 == UNKNOWN ? 0 : f->pools[p].downtime_n;
		r->margin = r->left - r->takes;
		r->verdict = r->margin >= 0 ? MAKES_IT : MISSES_BY;
		return;
	}
	r->launching = launching_of(f, agent, at);
	if (r->launching != NONE) {
		const struct raw_instance *i = &f->instances[r->launching];
		int64_t gone = at - i->requested;
		r->pool = i->pool;
		boot_left(f, at, i->pool, i->type, i->region, gone < 0 ? 0 : gone, r);
	} else {
		r->pool = pool_of(f, agent, at);
		if (r->pool != NONE) boot_left(f, at, r->pool, a->type, a->region, -1, r);
	}
	if (r->takes != NEVER) r->margin = r->left - r->takes;
	r->verdict = r->longest != NEVER ? OVERRUN
	             : r->takes == NEVER ? NOT_KNOWN
	             : r->margin < 0     ? MISSES_BY
	             : r->n < FEW        ? NOT_KNOWN
	                                 : MAKES_IT;
}
