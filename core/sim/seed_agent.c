/* seed_agent.c - one agent: how it came to be where it is (a chain of switches, each with its command,
 * boxes, decision and events), and how it is now. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/sim/seed_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const seed_role_names[N_SEED_ROLES] = { "well",        "late",     "flaky",     "dead",
	                                            "offline",     "unknown",  "off",       "zombies",
	                                            "headless",    "stuck",    "lingering", "notice_replica",
	                                            "notice_bare", "rebalance" };

struct box {
	char id[20];
	const struct sim_pool *pool; /* its type and zone; what it pays too, unless on demand */
	bool is_spot, is_primary;
	double price;
	const char *status, *role;
	int64_t requested, confirmed, term_requested, term_confirmed; /* 0: not yet */
	int n_interruptions;
};
struct gen {
	struct seed *s;
	struct seed_client *client;
	struct rng r;
	enum seed_role role;
	char id[37], name[24];
	int64_t created;
	bool auto_switch, auto_terminate, manual_replica, replica_enabled;
	int wait;
	struct box now; /* the primary */
	int n_live;     /* active boxes */
};

static const double trigger_weights[] = { 0.62, 0.16, 0.16, 0.06 };
static const char *const triggers[] = { "ml", "manual", "emergency", "scheduled" };
static const int priorities[] = { 25, 75, 100, 10 };

/* --- rows --- */

static void put_box(struct gen *g, const struct box *b)
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

static void put_event(struct gen *g, int64_t at, const char *type, const char *severity, const char *instance,
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

/* Live events of the last hour only: older ones are long gone from the queue. */
static void put_live(struct gen *g, int64_t at, const char *type, const char *data)
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

static void live_box(struct gen *g, int64_t at, const char *type, const char *status, const char *was,
                     const struct box *b)
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
	put_live(g, at, type, data);
}

/* --- a switch of the past --- */

struct change {
	char command[37], request[37];
	const char *trigger;
	int priority;
	bool is_ok;
	int64_t at, picked, done;
	int boot, downtime;
	struct box *old, *new;
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

static void put_decision(struct gen *g, int64_t at, const char *action, const struct box *from,
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
		         is_term ? "termination notice" : "rebalance recommendation");
		put_event(g, c->at, is_term ? "termination_notice" : "rebalance_notice",
		          is_term ? "critical" : "warning", c->old->id, text, meta);
		snprintf(text, sizeof(text), "%s is free of its notice", g->name);
		put_event(g, c->done, "notice_cleared", "info", c->new->id, text, "{}");
	}
	snprintf(meta, sizeof(meta),
	         "{\"command_id\":\"%s\",\"old\":\"%s\",\"new\":\"%s\",\"downtime_seconds\":%d,\"savings_"
	         "impact\":%.4f}",
	         c->command, c->old->id, c->new->id, c->downtime, c->impact);
	snprintf(text, sizeof(text), "switch %s to %s%s%s", c->old->is_spot ? c->old->pool->id : "ondemand",
	         c->new->is_spot ? c->new->pool->id : "ondemand",
	         c->is_ok ? "" : " failed: ", c->is_ok ? "" : c->error);
	put_event(g, c->done, c->is_ok ? "switch_completed" : "switch_failed", c->is_ok ? "info" : "error",
	          c->new->id, text, meta);
	if (c->is_ok) {
		snprintf(text, sizeof(text), "%s became the primary", c->new->id);
		put_event(g, c->done, "instance_promoted", "info", c->new->id, text,
		          "{\"from\":\"running_replica\"}");
	} else {
		snprintf(text, sizeof(text), "%s ended before it ran", c->new->id);
		put_event(g, c->done, "launch_failed", "error", c->new->id, text, meta);
		snprintf(text, sizeof(text), "switch failed: %s", c->error);
		put_event(g, c->done, "command_failed", "error", c->old->id, text, meta);
	}
	live_box(g, c->picked, "INSTANCE_LAUNCHING", "launching", NULL, c->new);
	if (c->is_ok)
		live_box(g, c->picked + c->boot, "INSTANCE_RUNNING", "running_replica", "launching", c->new);
	else
		live_box(g, c->done, "INSTANCE_TERMINATED", "terminated", "launching", c->new);
	time_iso(c->done * 1000, iso);
	snprintf(meta, sizeof(meta),
	         "{\"command_id\":\"%s\",\"request_id\":\"%s\",\"agent_id\":\"%s\",\"command_type\":"
	         "\"switch\",\"status\":\"%s\","
	         "\"success\":%s,\"at\":\"%s\"}",
	         c->command, c->request, g->id, c->is_ok ? "completed" : "failed",
	         c->is_ok ? "true" : "false", iso);
	put_live(g, c->done, "COMMAND_EXECUTED", meta);
}

static void box_new(struct gen *g, struct box *b, const struct sim_pool *p, bool is_spot, int64_t at,
                    const char *role)
{
	*b = (struct box){
		.pool = p, .is_spot = is_spot, .status = "launching", .role = role, .requested = at
	};
	b->price = is_spot ? seed_price_at(g->s, p, at) : 0;
	rng_instance_id(&g->r, b->id);
}

static void box_end(struct gen *g, struct box *b, int64_t at)
{
	b->status = "terminated";
	b->is_primary = false;
	b->term_requested = at;
	b->term_confirmed = at + rng_int(&g->r, 8, 45);
}

static const char *const errors[] = { "InsufficientInstanceCapacity: the zone has none of this type",
	                              "the new box did not pass its health check in 300 s",
	                              "MaxSpotInstanceCountExceeded", "the volume did not attach" };

static void past_switch(struct gen *g, int64_t at)
{
	int kind = rng_pick(&g->r, trigger_weights, 4);
	bool is_ondemand = kind == 2 && rng_chance(&g->r, 0.15);
	const struct sim_pool *to = is_ondemand ? g->now.pool : world_other(&g->s->world, g->now.pool, &g->r);
	if (to == NULL) return;
	struct box next, old = g->now;
	struct change c = {
		.trigger = triggers[kind], .priority = priorities[kind], .at = at, .old = &old, .new = &next
	};
	c.picked = at + rng_int(&g->r, 1, 28);
	c.is_ok = !rng_chance(&g->r, 0.07);
	c.boot = (int)world_boot_seconds(is_ondemand ? NULL : to, &g->r);
	c.downtime = (int)(1.5 + rng_lognormal(&g->r, kind == 2 ? 9 : 5, 0.45));
	c.error = errors[rng_int(&g->r, 0, 3)];
	box_new(g, &next, to, !is_ondemand, c.picked, "replica");
	rng_uuid(&g->r, c.command);
	rng_uuid(&g->r, c.request);
	c.impact = (old.is_spot ? old.price : old.pool->ondemand) - (is_ondemand ? to->ondemand : next.price);
	c.done = c.picked + c.boot + c.downtime;
	if (c.is_ok) {
		next.confirmed = c.picked + c.boot;
		next.status = "running_primary";
		next.is_primary = true;
		if (kind == 2) old.n_interruptions++;
		box_end(g, &old, c.done + g->wait);
		put_box(g, &old);
		g->now = next;
	} else {
		box_end(g, &next, c.done);
		put_box(g, &next);
		if (kind == 2)
			c.trigger = "manual",
			c.priority = 75; /* an emergency that failed would have left no box */
	}
	put_command(g, &c);
	put_switch(g, &c);
	put_change_events(g, &c);
	if (strcmp(c.trigger, "ml") == 0)
		put_decision(g, at - 2, "switch", &old, to, next.price, true, c.command, c.is_ok,
		             c.impact * rng_range(&g->r, 0.7, 1.05));
}

/* --- the present --- */

static void put_replica(struct gen *g, const struct box *b, const char *status)
{
	struct rows *t = &g->s->t[T_REPLICAS];
	char id[37], request[37];
	rng_uuid(&g->r, id);
	rng_uuid(&g->r, request);
	rows_start(t);
	rows_str(t, id);
	rows_str(t, g->client->id);
	rows_str(t, g->id);
	rows_str(t, request);
	rows_str(t, b->id);
	rows_str(t, b->pool->id);
	rows_str(t, status);
	rows_int(t, b->requested);
	rows_int_if(t, b->confirmed > 0, b->confirmed);
	rows_int_if(t, b->term_confirmed > 0, b->term_confirmed);
	rows_end(t);
}

/* A box beside the primary, running since `age` seconds. */
static void side_box(struct gen *g, const char *status, int age, bool is_replica)
{
	const struct sim_pool *p = world_other(&g->s->world, g->now.pool, &g->r);
	struct box b;
	box_new(g, &b, p ? p : g->now.pool, true, g->s->now - age, "replica");
	b.status = status;
	if (strcmp(status, "launching") != 0)
		b.confirmed = b.requested + (int)world_boot_seconds(b.pool, &g->r);
	if (b.confirmed > g->s->now) b.confirmed = g->s->now;
	if (strcmp(status, "terminating") == 0) b.term_requested = b.confirmed + age / 2;
	put_box(g, &b);
	if (is_replica)
		put_replica(g, &b,
		            strcmp(status, "launching") == 0     ? "launching"
		            : strcmp(status, "terminating") == 0 ? "terminating"
		                                                 : "running");
	if (strcmp(status, "launching") == 0)
		live_box(g, b.requested, "INSTANCE_LAUNCHING", status, NULL, &b);
	if (strcmp(status, "zombie") == 0) {
		char text[100];
		snprintf(text, sizeof(text), "%s was running_primary and lives on as a zombie", b.id);
		put_event(g, b.confirmed, "instance_zombie", "warning", b.id, text,
		          "{\"was\":\"running_primary\"}");
	}
}

static void present_boxes(struct gen *g)
{
	bool has_replica = g->role == SEED_NOTICE_REPLICA ||
	                   (g->role != SEED_NOTICE_BARE && g->role != SEED_UNKNOWN &&
	                    (g->manual_replica || (g->replica_enabled && rng_chance(&g->r, 0.9))));
	if (g->role == SEED_HEADLESS) box_end(g, &g->now, g->s->now - rng_int(&g->r, 95, 150));
	put_box(g, &g->now);
	if (has_replica) side_box(g, "running_replica", rng_int(&g->r, 2 * HOUR, 3 * DAY), true);
	if (has_replica && rng_chance(&g->r, 0.08))
		side_box(g, "running_replica", rng_int(&g->r, HOUR, DAY), true);
	if (g->role == SEED_STUCK) side_box(g, "launching", 412, true);
	if (g->role == SEED_LINGERING) side_box(g, "terminating", 2000, true);
	for (int n = g->role == SEED_ZOMBIES ? rng_int(&g->r, 1, 2) : 0; n > 0; n--)
		side_box(g, "zombie", rng_int(&g->r, 3 * HOUR, 4 * DAY), false);
}

static int64_t last_beat(struct gen *g)
{
	int64_t now = g->s->live;
	switch (g->role) {
	case SEED_UNKNOWN: return 0;
	case SEED_LATE: return now - 55;
	case SEED_FLAKY: return now - 140;
	case SEED_DEAD: return now - 3 * HOUR - rng_int(&g->r, 0, HOUR);
	case SEED_OFFLINE: return now - 40 * 60;
	case SEED_OFF: return now - 5 * DAY;
	default: return now - rng_int(&g->r, 0, 25);
	}
}

static void put_agent(struct gen *g)
{
	struct rows *t = &g->s->t[T_AGENTS];
	const struct box *b = &g->now;
	bool has_box = g->role != SEED_HEADLESS;
	int64_t beat = last_beat(g), now = g->s->live;
	bool is_term = g->role == SEED_NOTICE_REPLICA || g->role == SEED_NOTICE_BARE,
	     is_reb = g->role == SEED_REBALANCE;
	char meta[80], ip[20], host[80];
	if (g->role == SEED_WELL)
		snprintf(meta, sizeof(meta), "{\"simulated\":true}");
	else
		snprintf(meta, sizeof(meta), "{\"simulated\":true,\"role\":\"%s\"}",
		         seed_role_names[g->role]);
	snprintf(ip, sizeof(ip), "10.%d.%d.%d", rng_int(&g->r, 0, 63), rng_int(&g->r, 0, 255),
	         rng_int(&g->r, 4, 250));
	snprintf(host, sizeof(host), "%s.%s.internal", g->name, b->pool->region);
	rows_start(t);
	rows_str(t, g->id);
	rows_str(t, g->client->id);
	rows_str(t, g->name);
	rows_str(t, host);
	rows_str(t, has_box ? b->id : NULL);
	rows_str(t, b->pool->id);
	rows_str(t, ip);
	rows_str(t, b->is_spot ? "spot" : "ondemand");
	rows_dec_if(t, b->is_spot, seed_price_at(g->s, b->pool, now), 6);
	rows_dec(t, b->pool->ondemand, 6);
	rows_str(t, rng_chance(&g->r, 0.85) ? "4.2.1" : "4.1.7");
	rows_int(t, g->n_live);
	rows_str(t, g->role == SEED_OFFLINE || g->role == SEED_UNKNOWN ? "offline" : "online");
	rows_int(t, g->role != SEED_OFF);
	rows_int_if(t, beat > 0, beat);
	rows_int(t, 30);
	rows_int(t, g->auto_switch);
	rows_int(t, g->auto_terminate);
	rows_int(t, g->wait);
	rows_int(t, g->replica_enabled);
	rows_int(t, g->replica_enabled ? 1 : 0);
	rows_int(t, g->manual_replica);
	rows_str(t, is_term ? "termination" : is_reb ? "rebalance" : "none");
	rows_int_if(t, is_term || is_reb, is_term ? now : now - rng_int(&g->r, 60, 400));
	rows_int_if(t, is_term, now + (g->role == SEED_NOTICE_REPLICA ? 118 : 110));
	rows_int(t, g->created);
	rows_str(t, meta);
	rows_end(t);
}

static void put_config(struct gen *g)
{
	struct rows *t = &g->s->t[T_CONFIGS];
	rows_start(t);
	rows_str(t, g->id);
	rows_dec(t, rng_int(&g->r, 2, 6) * 5.0, 2);
	rows_dec(t, rng_range(&g->r, 0.2, 0.4), 3);
	rows_int(t, rng_int(&g->r, 5, 14));
	rows_int(t, rng_int(&g->r, 1, 4));
	rows_str(t, rng_chance(&g->r, 0.1) ? "[\"us-east-1a\",\"us-east-1b\"]" : NULL);
	rows_end(t);
}

/* Orders that wait or hang: for those who will not come to fetch them. */
static void put_open_command(struct gen *g, const char *type, const char *status, int age,
                             const char *message)
{
	struct rows *t = &g->s->t[T_COMMANDS];
	char id[37], request[37], pre[160];
	bool is_switch = strcmp(type, "switch") == 0, is_executing = strcmp(status, "executing") == 0;
	bool is_over = !is_executing && strcmp(status, "pending") != 0;
	const struct sim_pool *to = world_other(&g->s->world, g->now.pool, &g->r);
	int64_t at = g->s->now - age;
	rng_uuid(&g->r, id);
	rng_uuid(&g->r, request);
	snprintf(pre, sizeof(pre), "{\"instance_id\":\"%s\",\"pool\":\"%s\"}", g->now.id, g->now.pool->id);
	rows_start(t);
	rows_str(t, id);
	rows_str(t, g->client->id);
	rows_str(t, g->id);
	rows_str(t, request);
	rows_str(t, type);
	rows_str(t, is_switch ? "pool" : NULL);
	rows_str(t, is_switch && to ? to->id : NULL);
	rows_str(t, is_switch || strcmp(type, "TERMINATE_INSTANCE") == 0 ? g->now.id : NULL);
	rows_int(t, 75);
	rows_str(t, status);
	rows_str(t, message);
	rows_str(t, NULL);
	rows_str(t, g->client->user);
	rows_str(t, "manual");
	rows_str(t, pre);
	rows_int(t, at);
	rows_int_if(t, is_executing, at + 12);
	rows_int_if(t, is_over, at + 900);
	rows_str(t, is_executing ? "launching" : "queued");
	rows_int(t, is_executing ? at + 14 : at);
	rows_str(t, "capacity");
	rows_end(t);
}

static void present_commands(struct gen *g)
{
	if (g->role == SEED_DEAD) {
		put_open_command(g, "switch", "executing", 3 * HOUR + 400, NULL);
		put_open_command(g, "switch", "pending", 2 * HOUR, NULL);
	}
	if (g->role == SEED_OFFLINE) {
		put_open_command(g, "switch", "pending", 1800, NULL);
		put_open_command(g, "switch", "pending", 600, NULL);
	}
	if (g->role == SEED_UNKNOWN)
		put_open_command(g, "APPLY_CONFIG", "expired", 5 * HOUR, "not picked up in time");
	if (g->role == SEED_OFF)
		put_open_command(g, "switch", "cancelled", 5 * DAY, "the agent was disabled");
}

static void present_events(struct gen *g)
{
	char text[200], meta[200], iso[32];
	int64_t now = g->s->now;
	bool is_term = g->role == SEED_NOTICE_REPLICA || g->role == SEED_NOTICE_BARE;
	if (is_term || g->role == SEED_REBALANCE) {
		time_iso((g->s->live + 110) * 1000, iso);
		snprintf(meta, sizeof(meta),
		         "{\"pool\":\"%s\",\"az\":\"%s\",\"was\":\"none\",\"deadline\":%s%s%s}",
		         g->now.pool->id, g->now.pool->az, is_term ? "\"" : "", is_term ? iso : "null",
		         is_term ? "\"" : "");
		snprintf(text, sizeof(text), "%s got a %s", g->name,
		         is_term ? "termination notice" : "rebalance recommendation");
		put_event(g, now - 20, is_term ? "termination_notice" : "rebalance_notice",
		          is_term ? "critical" : "warning", g->now.id, text, meta);
		snprintf(meta, sizeof(meta),
		         "{\"agent_id\":\"%s\",\"agent\":\"%s\",\"kind\":\"%s\",\"was\":\"none\",\"pool_id\":"
		         "\"%s\"}",
		         g->id, g->name, is_term ? "termination" : "rebalance", g->now.pool->id);
		put_live(g, now - 20, "EMERGENCY_EVENT", meta);
	}
	if (g->role == SEED_OFFLINE || g->role == SEED_OFF) {
		snprintf(text, sizeof(text), "%s %s", g->name,
		         g->role == SEED_OFF ? "was disabled" : "is offline");
		put_event(g, now - (g->role == SEED_OFF ? 5 * DAY : 40 * 60),
		          g->role == SEED_OFF ? "agent_disabled" : "agent_offline",
		          g->role == SEED_OFF ? "info" : "warning", g->now.id, text, "{\"was\":\"online\"}");
	}
	for (int n = rng_int(&g->r, 0, 2); n > 0; n--) { /* it came and went */
		int64_t at = now - rng_int(&g->r, 2 * HOUR, g->s->days * DAY);
		snprintf(text, sizeof(text), "%s is offline", g->name);
		put_event(g, at, "agent_offline", "warning", NULL, text, "{\"was\":\"online\"}");
		snprintf(text, sizeof(text), "%s is online", g->name);
		put_event(g, at + rng_int(&g->r, 60, 900), "agent_online", "info", NULL, text,
		          "{\"was\":\"offline\"}");
	}
}

static void setup(struct gen *g, int index)
{
	struct seed *s = g->s;
	rng_uuid(&g->r, g->id);
	snprintf(g->name, sizeof(g->name), "agent-%03d", index + 1);
	g->manual_replica = rng_chance(&g->r, 0.08);
	g->auto_switch = !g->manual_replica && rng_chance(&g->r, 0.88);
	g->auto_terminate = rng_chance(&g->r, 0.93);
	g->replica_enabled = !g->manual_replica && rng_chance(&g->r, 0.17);
	g->wait = rng_chance(&g->r, 0.8) ? 300 : 120;
	g->created = s->now - s->days * (int64_t)DAY - rng_int(&g->r, 0, 20 * DAY);
	/* A client lives mostly in one region. */
	int home = (int)(g->client - s->clients) * 7 % s->world.n_pools;
	const struct sim_pool *p =
	        &s->world.pools[rng_chance(&g->r, 0.75) ? home : rng_int(&g->r, 0, s->world.n_pools - 1)];
	const struct sim_pool *near = world_other(&s->world, p, &g->r);
	box_new(g, &g->now, near ? near : p, rng_chance(&g->r, 0.7), g->created, "primary");
	g->now.confirmed = g->created + (int)world_boot_seconds(g->now.is_spot ? g->now.pool : NULL, &g->r);
	g->now.status = "running_primary";
	g->now.is_primary = true;
}

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

void seed_agent(struct seed *s, int index, int client, enum seed_role role)
{
	struct gen g = { .s = s,
		         .client = &s->clients[client],
		         .r = rng_make(s->seed, 100000u + (unsigned)index),
		         .role = role };
	setup(&g, index);
	int64_t at[16];
	int n = role == SEED_UNKNOWN ? 0 : rng_int(&g.r, 1, 6);
	if (rng_chance(&g.r, 0.08) && n > 0) n += 5;
	for (int i = 0; i < n; i++) at[i] = s->now - rng_int(&g.r, HOUR / 2, s->days * DAY);
	qsort(at, (size_t)n, sizeof(at[0]), by_time);
	for (int i = 0; i < n; i++) /* each chain in order, and no switch inside another one */
		if (i == 0 || at[i] > at[i - 1] + HOUR) past_switch(&g, at[i]);
	for (int i = rng_int(&g.r, 2, 6); i > 0; i--)
		put_decision(&g, s->now - rng_int(&g.r, 600, s->days * DAY), "stay", &g.now, NULL, 0, false,
		             NULL, false, 0);
	present_boxes(&g);
	put_agent(&g);
	put_config(&g);
	present_commands(&g);
	present_events(&g);
	g.client->n_agents++;
	g.client->cost += g.now.is_spot ? g.now.price : g.now.pool->ondemand;
	g.client->baseline += g.now.pool->ondemand;
}
