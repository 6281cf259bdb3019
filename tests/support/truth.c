/* truth.c - health, cause, impact, alerts and sums by the definitions, from raw rows. */
#include "tests/support/truth.h"
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const truth_healths[] = { "dead", "crit", "unknown", "warn", "ok", "off" };
const char *const truth_kinds[] = {
	"no_primary",   "two_primaries",      "deadline_missed", "deadline_at_risk",    "agent_dead",
	"fleet_silent", "agent_silent",       "launch_overdue",  "termination_overdue", "zone_notice",
	"pool_notice",  "worker_dead",        "job_failed",      "tier_late",           "counts_drift",
	"audit_broken", "termination_notice", "zombies",         "rebalance",           "scheduler_off"
};
const char *const truth_severities[] = { "critical", "critical", "critical", "critical", "critical",
	                                 "critical", "error",    "error",    "error",    "error",
	                                 "error",    "error",    "error",    "error",    "error",
	                                 "error",    "warning",  "warning",  "warning",  "warning" };
static int place_of(const char *kind)
{
	for (int i = 0; i < TRUTH_KINDS; i++)
		if (strcmp(truth_kinds[i], kind) == 0) return i + 1;
	ck_abort_msg("no kind %s", kind);
	return 0;
}

/* --- sums --- */
/* The newest list price that is not of a time to come; UNKNOWN. */
static int64_t list_price(const struct raw *f, int type, int region, int64_t at)
{
	int64_t price = UNKNOWN, newest = NEVER;
	for (int k = 0; k < f->n_ondemands; k++) {
		const struct raw_ondemand *o = &f->ondemands[k];
		if (o->is_gone || o->type != type || o->region != region || o->at > at || o->at < newest)
			continue;
		price = o->price, newest = o->at;
	}
	return price;
}

/* What a running instance costs: its pool's newest price, the list's for its kind; where there is none, what it recorded. */
static int64_t spot_of(const struct raw *f, const struct raw_instance *i)
{
	return i->pool != NONE && f->pools[i->pool].price != UNKNOWN ? f->pools[i->pool].price : i->spot;
}
static int64_t ondemand_of(const struct raw *f, const struct raw_instance *i, int64_t at)
{
	int64_t list = list_price(f, i->type, i->region, at);
	return list != UNKNOWN ? list : i->ondemand;
}

static void date(const struct raw *f, const struct raw_instance *i, struct truth_sum *s)
{
	bool is_pools = i->pool != NONE && f->pools[i->pool].price != UNKNOWN;
	int64_t priced = is_pools                ? f->pools[i->pool].price_at
	                 : i->confirmed != NEVER ? i->confirmed
	                                         : i->created;
	if (i->mode != MODE_SPOT || priced == NEVER || (s->is_dated && s->priced_at <= priced)) return;
	s->is_dated = true, s->priced_at = priced;
}

static void add(const struct raw *f, int64_t at, const struct raw_instance *i, struct truth_sum *s)
{
	if (i->is_gone || !i->is_active) return;
	int64_t spot = spot_of(f, i), ondemand = ondemand_of(f, i, at),
	        price = i->mode == MODE_SPOT       ? spot
	                : i->mode == MODE_ONDEMAND ? ondemand
	                                           : UNKNOWN;
	s->total++;
	s->primary += i->is_primary;
	s->replica += i->state == REPLICA;
	s->zombie += i->state == ZOMBIE;
	s->launching += i->state == LAUNCHING;
	s->terminating += i->state == TERMINATING;
	s->promoting += i->state == PROMOTING;
	s->running += i->state == PRIMARY || i->state == REPLICA;
	s->overdue_launches += i->state == LAUNCHING && at - i->requested > 300;
	s->overdue_terminations += i->state == TERMINATING && i->leaving != NEVER && at - i->leaving > 300;
	if (i->is_primary && i->mode == MODE_SPOT) {
		bool is_measured = spot != UNKNOWN && ondemand != UNKNOWN;
		s->saving++, s->unmeasured += !is_measured;
		if (is_measured) s->saved += ondemand - spot;
	}
	if (i->state == LAUNCHING || i->state == TERMINATED) return;
	s->costing++, s->unpriced += price == UNKNOWN;
	s->unpriced_zombies += price == UNKNOWN && i->state == ZOMBIE;
	if (price == UNKNOWN) return;
	date(f, i, s);
	s->cost += price;
	if (i->state == ZOMBIE) s->zombie_cost += price;
}

/* --- health --- */
struct cause {
	const char *name;
	enum truth_health health;
	int place;
};

static struct cause cause_of(const struct raw *f, int64_t at, int agent, const struct truth_agent *is)
{
	const struct raw_agent *a = &f->agents[agent];
	const struct truth_sum *s = &is->sum;
	int64_t silent = a->last_heartbeat == NEVER || a->last_heartbeat > at ? 0 : at - a->last_heartbeat;
	double crit = a->interval * 3.0 < 90 ? a->interval * 3.0 : 90;
	bool is_gone = a->status == SAYS_OFFLINE, is_dead = is_gone || silent > 10.0 * a->interval,
	     is_term = a->notice == TERMINATION;
	enum truth_verdict v = is->rescue.verdict;
	enum truth_health h = is_dead ? DEAD : CRIT;
	if (!a->is_enabled) return (struct cause){ "disabled", OFF, PLACE_OFF };
	if (a->last_heartbeat == NEVER)
		return (struct cause){ "no_heartbeat", NO_HEALTH, place_of("agent_silent") };
	if (s->primary == 0) return (struct cause){ "no_primary", h, place_of("no_primary") };
	if (s->primary > 1) return (struct cause){ "two_primaries", h, place_of("two_primaries") };
	if (is_term && v == MISSED)
		return (struct cause){ "termination_notice", h, place_of("deadline_missed") };
	if (is_term && v != RESCUED && v != MAKES_IT)
		return (struct cause){ "termination_notice", h, place_of("deadline_at_risk") };
	if (is_gone) return (struct cause){ "offline", DEAD, place_of("agent_dead") };
	if (is_dead) return (struct cause){ "silent_dead", DEAD, place_of("agent_dead") };
	if (silent > crit) return (struct cause){ "silent_crit", CRIT, place_of("agent_silent") };
	if (a->last_heartbeat > at + 90) /* of a time to come: nothing is known */
		return (struct cause){ "heartbeat_ahead", NO_HEALTH, place_of("agent_silent") };
	if (s->overdue_launches) return (struct cause){ "launch_overdue", CRIT, place_of("launch_overdue") };
	if (s->overdue_terminations)
		return (struct cause){ "termination_overdue", CRIT, place_of("termination_overdue") };
	if (is_term && v == MAKES_IT)
		return (struct cause){ "termination_notice", CRIT, place_of("termination_notice") };
	if (is_term) return (struct cause){ "rescued", WARN, place_of("termination_notice") };
	if (s->zombie) return (struct cause){ "zombies", WARN, place_of("zombies") };
	if (a->notice == REBALANCE && v != RESCUED)
		return (struct cause){ "rebalance_notice", WARN, place_of("rebalance") };
	if (silent > 1.5 * a->interval) return (struct cause){ "silent", WARN, PLACE_MISSED_HEARTBEAT };
	return (struct cause){ "", WELL, PLACE_WELL };
}

/* --- conditions --- */
static struct truth_condition *hold(struct truth *t, const char *kind, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));
static struct truth_condition *hold(struct truth *t, const char *kind, const char *fmt, ...)
{
	va_list ap;
	ck_assert_int_lt((int)t->n_conditions, TRUTH_CONDITIONS);
	struct truth_condition *c = &t->conditions[t->n_conditions++];
	int place = place_of(kind);
	*c = (struct truth_condition){ .kind = truth_kinds[place - 1],
		                       .severity = truth_severities[place - 1],
		                       .place = place,
		                       .client = NONE,
		                       .agent = NONE,
		                       .instance = NONE,
		                       .pool = NONE,
		                       .since = NEVER,
		                       .extent = -1,
		                       .opened = NEVER,
		                       .until = NEVER };
	va_start(ap, fmt);
	vsnprintf(c->key, sizeof c->key, fmt, ap);
	va_end(ap);
	return c;
}

static void of_agent(const struct raw *f, struct truth_condition *c, int agent, int64_t since)
{
	c->agent = agent, c->client = f->agents[agent].client, c->pool = f->agents[agent].pool,
	c->since = since;
}

enum { NONE_OF_MANY = 50 };
static void without_primary(const struct raw *f, struct truth *t)
{
	int n = 0;
	char id[RAW_ID];
	for (int k = 0; k < f->n_agents; k++)
		n += !f->agents[k].is_gone && f->agents[k].is_enabled && t->agents[k].sum.primary != 1;
	if (n > NONE_OF_MANY) {
		hold(t, "no_primary", "fleet_no_primary")->extent = (double)n / t->all.enabled;
		return;
	}
	for (int k = 0; k < f->n_agents; k++) {
		const struct raw_agent *a = &f->agents[k];
		if (a->is_gone || !a->is_enabled || a->last_heartbeat == NEVER ||
		    t->agents[k].sum.primary == 1)
			continue;
		raw_agent_id(k, id);
		of_agent(f, hold(t, "no_primary", "no_primary:%s", id), k, NEVER);
	}
}

static int primary_of(const struct raw *f, int agent)
{
	for (int k = 0; k < f->n_instances; k++)
		if (!f->instances[k].is_gone && f->instances[k].agent == agent && f->instances[k].is_primary)
			return k;
	return NONE;
}

static void under_notice(const struct raw *f, struct truth *t)
{
	char id[RAW_ID];
	for (int k = 0; k < f->n_agents; k++) {
		const struct raw_agent *a = &f->agents[k];
		if (a->is_gone || !a->is_enabled || a->notice != TERMINATION) continue;
		enum truth_verdict v = t->agents[k].rescue.verdict;
		bool is_met = v == RESCUED || v == MAKES_IT;
		raw_agent_id(k, id);
		struct truth_condition *c = is_met        ? hold(t, "termination_notice", "notice:%s", id)
		                            : v == MISSED ? hold(t, "deadline_missed", "missed:%s", id)
		                                          : hold(t, "deadline_at_risk", "at_risk:%s", id);
		int64_t deadline = a->deadline != NEVER ? a->deadline : a->received + 120;
		of_agent(f, c, k, a->received);
		if (v == MISSED) c->since = deadline > a->received ? deadline : a->received;
		c->instance = a->notice_instance != NONE ? a->notice_instance : primary_of(f, k);
	}
}

/* 0 no, 1 silent, 2 dead */
static int silence(const struct raw *f, int64_t at, int agent)
{
	const struct raw_agent *a = &f->agents[agent];
	if (a->is_gone || !a->is_enabled) return 0;
	if (a->last_heartbeat == NEVER) return at - a->created > 300;
	int64_t silent = at - a->last_heartbeat;
	if (a->status != SAYS_OFFLINE && silent < -90) return 1;
	if (a->status == SAYS_OFFLINE || silent > 10 * a->interval) return 2;
	return silent > 90 || silent > 3 * a->interval;
}

static void silent_agents(const struct raw *f, int64_t at, struct truth *t)
{
	int n = 0;
	char id[RAW_ID];
	for (int k = 0; k < f->n_agents; k++) n += silence(f, at, k) > 0;
	if (n >= 3 && 20 * n > t->all.enabled) {
		hold(t, "fleet_silent", "fleet_silent")->extent = (double)n / t->all.enabled;
		return;
	}
	for (int k = 0; k < f->n_agents; k++) {
		const struct raw_agent *a = &f->agents[k];
		int s = silence(f, at, k);
		if (!s) continue;
		raw_agent_id(k, id);
		of_agent(f,
		         hold(t, s == 2 ? "agent_dead" : "agent_silent", "%s:%s", s == 2 ? "dead" : "silent",
		              id),
		         k,
		         a->last_heartbeat == NEVER    ? a->created
		         : a->last_heartbeat > at + 90 ? NEVER
		                                       : a->last_heartbeat);
	}
}

static void overdue(const struct raw *f, int64_t at, struct truth *t)
{
	char id[RAW_ID];
	for (int k = 0; k < f->n_instances; k++) {
		const struct raw_instance *i = &f->instances[k];
		bool is_launch = i->state == LAUNCHING;
		int64_t since = is_launch ? i->requested : i->leaving;
		if (i->is_gone || !i->is_active || (!is_launch && i->state != TERMINATING) ||
		    since == NEVER || at - since <= 300)
			continue;
		raw_instance_id(k, id);
		struct truth_condition *c = is_launch ? hold(t, "launch_overdue", "launch:%s", id)
		                                      : hold(t, "termination_overdue", "termination:%s", id);
		c->client = i->client, c->agent = i->agent, c->instance = k, c->pool = i->pool,
		c->since = since;
	}
}

/* A quarter of a client's enabled agents in a zone or in a pool, and 3 at least, whom nobody rescued yet. */
static void places(const struct raw *f, struct truth *t, bool is_zone)
{
	for (int c = 0; c < f->n_clients; c++)
		for (int p = 0; p < (is_zone ? 6 : f->n_pools); p++) {
			int n = 0, all = 0;
			int64_t since = NEVER;
			for (int k = 0; k < f->n_agents; k++) {
				const struct raw_agent *a = &f->agents[k];
				bool is_here = is_zone ? a->zone != NONE && a->region * 3 + a->zone == p
				                       : a->pool == p;
				if (a->is_gone || !a->is_enabled || a->client != c || !is_here) continue;
				all++;
				if (a->notice != TERMINATION || truth_rescuer(f, k) != NONE) continue;
				n++;
				if (since == NEVER || a->received < since) since = a->received;
			}
			if (n < 3 || 4 * n < all) continue;
			char client[RAW_ID], where[RAW_ID];
			raw_client_id(c, client);
			if (is_zone)
				raw_zone(p / 3, p % 3, where);
			else
				raw_pool_id(f, p, where);
			struct truth_condition *w =
			        is_zone ? hold(t, "zone_notice", "zone:%s:%s", client, where)
			                : hold(t, "pool_notice", "pool:%s:%s", client, where);
			w->client = c, w->since = since, w->extent = (double)n / all,
			w->pool = is_zone ? NONE : p;
		}
}

static void the_rest(const struct raw *f, struct truth *t)
{
	int n = 0;
	char id[RAW_ID];
	int64_t since = NEVER;
	for (int k = 0; k < f->n_agents; k++) {
		const struct raw_agent *a = &f->agents[k];
		if (a->is_gone || !a->is_enabled || a->notice != REBALANCE ||
		    t->agents[k].rescue.verdict == RESCUED)
			continue;
		n++;
		if (since == NEVER || a->received < since) since = a->received;
	}
	if (n > NONE_OF_MANY) {
		struct truth_condition *c = hold(t, "rebalance", "fleet_rebalance");
		c->since = since, c->extent = (double)n / t->all.enabled;
	}
	for (int k = 0; k < f->n_agents && n <= NONE_OF_MANY; k++) {
		const struct raw_agent *a = &f->agents[k];
		if (a->is_gone || !a->is_enabled || a->notice != REBALANCE ||
		    t->agents[k].rescue.verdict == RESCUED)
			continue;
		raw_agent_id(k, id);
		of_agent(f, hold(t, "rebalance", "rebalance:%s", id), k, a->received);
	}
	for (int c = 0; c < f->n_clients; c++) {
		if (f->clients[c].is_gone || t->clients[c].zombie <= 100) continue;
		raw_client_id(c, id);
		hold(t, "zombies", "zombies:%s", id)->client = c;
	}
}

static int by_impact(const void *a, const void *b)
{
	const struct truth_condition *x = a, *y = b;
	if (x->place != y->place) return x->place - y->place;
	if (x->since != y->since) {
		if (x->since == NEVER || y->since == NEVER) return x->since == NEVER ? 1 : -1;
		return x->since < y->since ? -1 : 1;
	}
	return strcmp(x->key, y->key);
}

/* --- snoozes --- */
static int step_of(double extent)
{
	return extent < 0 ? 0 : (extent >= 0.05) + (extent >= 0.25) + (extent >= 0.5) + (extent >= 0.75);
}
static int grave(const char *severity) { return *severity == 'c' ? 3 : *severity == 'e' ? 2 : 1; }

static void open_alerts(const struct raw *f, struct truth *t)
{
	for (int k = 0; k < f->n_snoozes; k++) {
		const struct raw_snooze *s = &f->snoozes[k];
		if (s->is_gone || s->of >= (int)t->n_conditions) continue;
		struct truth_condition *c = &t->conditions[s->of];
		if (c->opened != NEVER) continue;
		char id[RAW_ID] = "";
		if (c->instance != NONE) raw_instance_id(c->instance, id);
		c->opened = s->opened, c->until = s->until;
		snprintf(c->saw, sizeof c->saw,
		         "{\"severity\":\"%s\",\"extent\":%.4f,\"instance_id\":\"%s\"}",
		         s->less == 2 ? "info" : c->severity, c->extent < 0 || s->less == 1 ? 0.0 : c->extent,
		         s->less == 3 ? "i-other" : id);
	}
}

static void snoozed(const struct truth *first, int64_t at, struct truth_condition *c)
{
	const struct truth_condition *o = NULL;
	for (size_t k = 0; k < first->n_conditions && !o; k++)
		if (strcmp(first->conditions[k].key, c->key) == 0 && first->conditions[k].opened != NEVER)
			o = &first->conditions[k];
	if (!o) return;
	c->opened = o->opened, c->until = o->until;
	strcpy(c->saw, o->saw);
	if (c->until == NEVER || c->until <= at) return;
	char severity[20], was[40], id[RAW_ID] = "";
	double extent = strtod(strstr(c->saw, "extent\":") + 8, NULL);
	ck_assert_int_eq(sscanf(c->saw, "{\"severity\":\"%19[a-z]", severity), 1);
	if (sscanf(strstr(c->saw, "instance_id\":\"") + 14, "%39[^\"]", was) != 1) was[0] = 0;
	if (c->instance != NONE) raw_instance_id(c->instance, id);
	c->is_snoozed = step_of(c->extent) <= step_of(extent) &&
	                grave(c->severity) <= grave(severity) - (*severity == 'i') && strcmp(id, was) == 0;
}

void truth_of(const struct raw *f, int64_t at, const struct truth *alerts, struct truth *t)
{
	memset(t, 0, sizeof *t);
	for (int k = 0; k < f->n_instances; k++) {
		const struct raw_instance *i = &f->instances[k];
		add(f, at, i, &t->all), add(f, at, i, &t->clients[i->client]);
		if (i->agent != NONE) add(f, at, i, &t->agents[i->agent].sum);
	}
	for (int k = 0; k < f->n_agents; k++) {
		const struct raw_agent *a = &f->agents[k];
		struct truth_agent *is = &t->agents[k];
		if (a->is_gone) continue;
		if (a->notice != NO_NOTICE && a->is_enabled) truth_rescue(f, at, k, &is->rescue);
		struct cause c = cause_of(f, at, k, is);
		is->health = c.health, is->cause = c.name, is->place = c.place;
		t->health_n[c.health]++;
		t->unhealthy += c.health <= NO_HEALTH;
		t->clients[a->client].agents++, t->all.agents++;
		t->clients[a->client].enabled += a->is_enabled, t->all.enabled += a->is_enabled;
	}
	for (int k = 0; k < f->n_commands; k++) {
		const struct raw_command *c = &f->commands[k];
		if (c->is_gone) continue;
		t->executing += c->is_executing;
		t->pending +=
		        !c->is_executing && (c->expires == NEVER ? c->created + 86400 : c->expires) >= at;
	}
	for (int k = 0; k < f->n_freezes; k++)
		t->freezes +=
		        !f->freezes[k].is_gone && f->freezes[k].until > at && f->freezes[k].thawed == NEVER;
	without_primary(f, t), under_notice(f, t), silent_agents(f, at, t), overdue(f, at, t);
	places(f, t, true), places(f, t, false), the_rest(f, t);
	for (size_t k = 0; k < t->n_conditions; k++) /* a time to come tells nothing */
		if (t->conditions[k].since != NEVER && t->conditions[k].since > at)
			t->conditions[k].since = NEVER;
	qsort(t->conditions, t->n_conditions, sizeof *t->conditions, by_impact);
	if (!alerts) open_alerts(f, t);
	for (size_t k = 0; k < t->n_conditions; k++) snoozed(alerts ? alerts : t, at, &t->conditions[k]);
}
