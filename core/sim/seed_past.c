/* seed_past.c - how an agent came to be where it is: a chain of switches, each with its command, instances,
 * decision and events. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/sim/seed_gen.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double trigger_weights[] = { 0.62, 0.16, 0.16, 0.06 };
static const char *const triggers[] = { "ml", "manual", "emergency", "scheduled" };
static const int priorities[] = { 25, 75, 100, 10 };

/* --- rows --- */

void seed_put_instance(struct gen *g, const struct seed_instance *b)
{
	struct rows *t = &g->s->t[T_INSTANCES];
	bool is_gone = strcmp(b->status, "terminated") == 0;
	rows_start(t);
	rows_str(t, b->id);
	rows_str(t, g->client->id);
	rows_str(t, g->id);
	rows_str(t, b->pool->id);
	rows_str(t, b->is_spot ? "spot" : "ondemand");
	rows_dec_if(t, b->is_spot, b->price, 6);
	rows_dec(t, b->pool->ondemand, 6);
	rows_int(t, !is_gone);
	rows_str(t, b->status);
	rows_int(t, b->is_primary);
	rows_int(t, b->requested);
	rows_int_if(t, b->confirmed > 0, b->confirmed);
	rows_int_if(t, b->term_requested > 0, b->term_requested);
	rows_int_if(t, b->term_confirmed > 0, b->term_confirmed);
	rows_str(t, b->role);
	rows_int(t, b->n_interruptions);
	rows_end(t);
	if (!is_gone) g->n_live++;
}

void seed_put_event(struct gen *g, int64_t at, const char *type, const char *severity, const char *instance,
                    const char *message, const char *metadata)
{
	struct rows *t = &g->s->t[T_EVENTS];
	rows_start(t);
	rows_str(t, type);
	rows_str(t, severity);
	rows_str(t, message);
	rows_str(t, g->client->id);
	rows_str(t, g->id);
	rows_str(t, instance);
	rows_str(t, metadata);
	rows_int(t, at);
	rows_end(t);
}

/* Stream events of the last hour only: older ones are long gone from the queue. */
void seed_put_live(struct gen *g, int64_t at, const char *type, const char *data)
{
	if (at <= g->s->now - HOUR || at > g->s->now) return;
	struct rows *t = &g->s->t[T_SSE];
	rows_start(t);
	rows_str(t, g->client->id);
	rows_str(t, type);
	rows_str(t, data);
	rows_int(t, at);
	rows_end(t);
}

void seed_live_instance(struct gen *g, int64_t at, const char *type, const char *status, const char *was,
                        const struct seed_instance *b)
{
	char iso[32], data[600];
	time_iso(at * 1000, iso);
	snprintf(data, sizeof(data),
	         "{\"instance_id\":\"%s\",\"agent_id\":\"%s\",\"status\":\"%s\",\"was\":%s%s%s,\"is_"
	         "primary\":%s,"
	         "\"mode\":\"%s\",\"pool_id\":\"%s\",\"az\":\"%s\",\"instance_type\":\"%s\",\"spot_price\":%."
	         "4f,"
	         "\"version\":1,\"at\":\"%s\"}",
	         b->id, g->id, status, was ? "\"" : "", was ? was : "null", was ? "\"" : "",
	         b->is_primary ? "true" : "false", b->is_spot ? "spot" : "ondemand", b->pool->id, b->pool->az,
	         b->pool->type, b->price, iso);
	seed_put_live(g, at, type, data);
}

/* --- a switch of the past --- */

struct change {
	char command[37], request[37];
	const char *trigger;
	int priority;
	bool is_ok;
	int64_t at, picked, done;
	int boot, downtime;
	struct seed_instance *old, *new;
	double impact;
	const char *error;
};

static void put_command(struct gen *g, const struct change *c)
{
	struct rows *t = &g->s->t[T_COMMANDS];
	char pre[200], result[400];
	snprintf(pre, sizeof(pre), "{\"instance_id\":\"%s\",\"pool\":\"%s\",\"mode\":\"%s\",\"price\":%.4f}",
	         c->old->id, c->old->pool->id, c->old->is_spot ? "spot" : "ondemand",
	         c->old->is_spot ? c->old->price : c->old->pool->ondemand);
	snprintf(result, sizeof(result),
	         "{\"new_instance_id\":\"%s\",\"boot_seconds\":%d,\"downtime_seconds\":%d,\"terminate_wait_"
	         "seconds\":%d}",
	         c->new->id, c->boot, c->downtime, g->wait);
	rows_start(t);
	rows_str(t, c->command);
	rows_str(t, g->client->id);
	rows_str(t, g->id);
	rows_str(t, c->request);
	rows_str(t, "switch");
	rows_str(t, c->new->is_spot ? "pool" : "ondemand");
	rows_str(t, c->new->is_spot ? c->new->pool->id : NULL);
	rows_str(t, c->old->id);
	rows_int(t, c->priority);
	rows_str(t, c->is_ok ? "completed" : "failed");
	rows_str(t, c->is_ok ? "switched" : c->error);
	rows_str(t, result);
	rows_str(t, strcmp(c->trigger, "manual") == 0 ? g->client->user : NULL);
	rows_str(t, c->trigger);
	rows_str(t, pre);
	rows_int(t, c->at);
	rows_int(t, c->picked);
	rows_int(t, c->done);
	rows_str(t, c->is_ok ? "done" : "launching");
	rows_int(t, c->done);
	rows_str(t, strcmp(c->trigger, "manual") == 0 ? "price" : NULL);
	rows_end(t);
}

static void put_switch(struct gen *g, const struct change *c)
{
	struct rows *t = &g->s->t[T_SWITCHES];
	char id[37];
	rng_uuid(&g->r, id);
	bool is_manual = strcmp(c->trigger, "manual") == 0,
	     is_emergency = strcmp(c->trigger, "emergency") == 0;
	rows_start(t);
	rows_str(t, id);
	rows_str(t, g->client->id);
	rows_str(t, g->id);
	rows_str(t, c->command);
	rows_str(t, c->request);
	rows_str(t, c->old->id);
	rows_str(t, c->old->pool->id);
	rows_str(t, c->old->is_spot ? "spot" : "ondemand");
	rows_str(t, c->new->id);
	rows_str(t, c->new->pool->id);
	rows_str(t, c->new->is_spot ? "spot" : "ondemand");
	rows_dec(t, c->new->pool->ondemand, 6);
	rows_dec_if(t, c->old->is_spot, c->old->price, 6);
	rows_dec_if(t, c->new->is_spot, c->new->price, 6);
	rows_dec(t, c->impact, 6);
	rows_str(t, c->trigger);
	rows_str(t, is_manual      ? "user"
	            : is_emergency ? (c->boot % 3 ? "rebalance" : "termination")
	                           : "ml_model");
	rows_str(t, is_manual ? g->client->user : NULL);
	rows_int_if(t, c->is_ok, c->downtime);
	rows_int(t, c->done);
	rows_int(t, c->is_ok);
	rows_str(t, c->is_ok ? NULL : c->error);
	rows_int(t, c->picked);
	rows_int(t, c->boot);
	rows_end(t);
}

void seed_put_decision(struct gen *g, int64_t at, const char *action, const struct seed_instance *from,
                       const struct sim_pool *to, double to_price, bool is_taken, const char *command,
                       bool is_known, double actual)
{
	struct rows *t = &g->s->t[T_DECISIONS];
	char id[37], features[200];
	double now = from->is_spot ? from->price : from->pool->ondemand;
	rng_uuid(&g->r, id);
	snprintf(features, sizeof(features),
	         "{\"price_ratio\":%.3f,\"volatility_24h\":%.4f,\"hours_in_pool\":%d}",
	         now / from->pool->ondemand, rng_range(&g->r, 0.01, 0.2),
	         (int)((at - from->requested) / HOUR));
	rows_start(t);
	rows_str(t, id);
	rows_str(t, g->client->id);
	rows_str(t, g->id);
	rows_str(t, g->s->models[at < g->s->now - 9 * DAY ? 1 : 2]);
	rows_str(t, from->is_spot ? from->pool->id : NULL);
	rows_dec(t, now, 6);
	rows_str(t, action);
	rows_str(t, to ? to->id : NULL);
	rows_dec_if(t, to != NULL, to_price, 6);
	rows_dec_if(t, to != NULL, now - to_price, 6);
	rows_dec(t, rng_range(&g->r, 0.55, 0.99), 4);
	rows_dec(t, rng_range(&g->r, 0.02, 0.45), 4);
	rows_str(t, features);
	rows_int(t, is_taken);
	rows_str(t, command);
	rows_dec_if(t, is_known, actual, 6);
	rows_int(t, at);
	rows_end(t);
}

static void put_change_events(struct gen *g, const struct change *c)
{
	char text[300], meta[300], iso[32];
	bool is_emergency = strcmp(c->trigger, "emergency") == 0;
	if (is_emergency) {
		bool is_term = c->boot % 3 == 0;
		time_iso((c->at + 120) * 1000, iso);
		snprintf(meta, sizeof(meta),
		         "{\"pool\":\"%s\",\"az\":\"%s\",\"was\":\"none\",\"deadline\":%s%s%s}",
		         c->old->pool->id, c->old->pool->az, is_term ? "\"" : "", is_term ? iso : "null",
		         is_term ? "\"" : "");
		snprintf(text, sizeof(text), "%s got a %s", g->name,
		         is_term ? "Spot interruption notice" : "rebalance recommendation");
		seed_put_event(g, c->at, is_term ? "termination_notice" : "rebalance_notice",
		               is_term ? "critical" : "warning", c->old->id, text, meta);
		if (!is_term && (c->boot + c->at) % 3 == 0) { /* one risk in three comes true */
			snprintf(text, sizeof(text), "%s got a Spot interruption notice", g->name);
			seed_put_event(g, c->at + 30, "termination_notice", "critical", c->old->id, text,
			               meta);
		}
		snprintf(text, sizeof(text), "%s is free of its notice", g->name);
		seed_put_event(g, c->done, "notice_cleared", "info", c->new->id, text, "{}");
	}
	snprintf(meta, sizeof(meta),
	         "{\"command_id\":\"%s\",\"old\":\"%s\",\"new\":\"%s\",\"downtime_seconds\":%d,\"savings_"
	         "impact\":%.4f}",
	         c->command, c->old->id, c->new->id, c->downtime, c->impact);
	snprintf(text, sizeof(text), "switch %s to %s%s%s", c->old->is_spot ? c->old->pool->id : "ondemand",
	         c->new->is_spot ? c->new->pool->id : "ondemand",
	         c->is_ok ? "" : " failed: ", c->is_ok ? "" : c->error);
	seed_put_event(g, c->done, c->is_ok ? "switch_completed" : "switch_failed",
	               c->is_ok ? "info" : "error", c->new->id, text, meta);
	if (c->is_ok) {
		snprintf(text, sizeof(text), "%s became the primary", c->new->id);
		seed_put_event(g, c->done, "instance_promoted", "info", c->new->id, text,
		               "{\"from\":\"running_replica\"}");
	} else {
		snprintf(text, sizeof(text), "%s ended before it ran", c->new->id);
		seed_put_event(g, c->done, "launch_failed", "error", c->new->id, text, meta);
		snprintf(text, sizeof(text), "switch failed: %s", c->error);
		seed_put_event(g, c->done, "command_failed", "error", c->old->id, text, meta);
	}
	seed_live_instance(g, c->picked, "INSTANCE_LAUNCHING", "launching", NULL, c->new);
	if (c->is_ok)
		seed_live_instance(g, c->picked + c->boot, "INSTANCE_RUNNING", "running_replica", "launching",
		                   c->new);
	else
		seed_live_instance(g, c->done, "INSTANCE_TERMINATED", "terminated", "launching", c->new);
	time_iso(c->done * 1000, iso);
	snprintf(meta, sizeof(meta),
	         "{\"command_id\":\"%s\",\"request_id\":\"%s\",\"agent_id\":\"%s\",\"command_type\":"
	         "\"switch\",\"status\":\"%s\","
	         "\"success\":%s,\"at\":\"%s\"}",
	         c->command, c->request, g->id, c->is_ok ? "completed" : "failed",
	         c->is_ok ? "true" : "false", iso);
	seed_put_live(g, c->done, "COMMAND_EXECUTED", meta);
}

void seed_instance_new(struct gen *g, struct seed_instance *b, const struct sim_pool *p, bool is_spot,
                       int64_t at, const char *role)
{
	*b = (struct seed_instance){
		.pool = p, .is_spot = is_spot, .status = "launching", .role = role, .requested = at
	};
	b->price = is_spot ? seed_price_at(g->s, p, at) : 0;
	rng_instance_id(&g->r, b->id);
}

void seed_instance_end(struct gen *g, struct seed_instance *b, int64_t at)
{
	b->status = "terminated";
	b->is_primary = false;
	b->term_requested = at;
	b->term_confirmed = at + rng_int(&g->r, 8, 45);
}

static const char *const errors[] = { "InsufficientInstanceCapacity: the zone has none of this type",
	                              "the new instance did not pass its health check in 300 s",
	                              "MaxSpotInstanceCountExceeded", "the volume did not attach" };

void seed_past_switch(struct gen *g, int64_t at)
{
	int kind = rng_pick(&g->r, trigger_weights, 4);
	bool is_ondemand = kind == 2 && rng_chance(&g->r, 0.15);
	const struct sim_pool *to = is_ondemand ? g->now.pool : world_other(&g->s->world, g->now.pool, &g->r);
	if (to == NULL) return;
	struct seed_instance next, old = g->now;
	struct change c = {
		.trigger = triggers[kind], .priority = priorities[kind], .at = at, .old = &old, .new = &next
	};
	c.picked = at + rng_int(&g->r, 1, 28);
	c.is_ok = !rng_chance(&g->r, 0.07);
	c.boot = (int)world_boot_seconds(is_ondemand ? NULL : to, &g->r);
	c.downtime = (int)(1.5 + rng_lognormal(&g->r, kind == 2 ? 9 : 5, 0.45));
	c.error = errors[rng_int(&g->r, 0, 3)];
	seed_instance_new(g, &next, to, !is_ondemand, c.picked, "replica");
	rng_uuid(&g->r, c.command);
	rng_uuid(&g->r, c.request);
	c.impact = (old.is_spot ? old.price : old.pool->ondemand) - (is_ondemand ? to->ondemand : next.price);
	c.done = c.picked + c.boot + c.downtime;
	if (c.is_ok) {
		next.confirmed = c.picked + c.boot;
		next.status = "running_primary";
		next.is_primary = true;
		if (kind == 2) old.n_interruptions++;
		seed_instance_end(g, &old, c.done + g->wait);
		seed_put_instance(g, &old);
		g->now = next;
	} else {
		seed_instance_end(g, &next, c.done);
		seed_put_instance(g, &next);
		if (kind == 2)
			c.trigger = "manual",
			c.priority = 75; /* an emergency that failed would have left no instance */
	}
	put_command(g, &c);
	put_switch(g, &c);
	put_change_events(g, &c);
	if (strcmp(c.trigger, "ml") == 0)
		seed_put_decision(g, at - 2, "switch", &old, to, next.price, true, c.command, c.is_ok,
		                  c.impact * rng_range(&g->r, 0.7, 1.05));
}
