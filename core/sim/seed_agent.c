/* seed_agent.c - one agent as it is when the fleet goes live: its instances, heartbeat, settings, open commands and
 * what was said of it last; its past is made first (seed_past.c). */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/sim/seed_gen.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const role_names[N_SEED_ROLES] = {
	"well",    "late",     "flaky", "dead",      "offline",        "unknown",     "off",
	"zombies", "headless", "stuck", "lingering", "notice_replica", "notice_bare", "rebalance"
};

/* --- the present --- */

static void put_replica(struct gen *g, const struct seed_instance *b, const char *status)
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

/* An instance beside the primary, running since `age` seconds. */
static void side_instance(struct gen *g, const char *status, int age, bool is_replica)
{
	const struct sim_pool *p = world_other(&g->s->world, g->now.pool, &g->r);
	struct seed_instance b;
	seed_instance_new(g, &b, p ? p : g->now.pool, true, g->s->now - age, "replica");
	b.status = status;
	if (strcmp(status, "launching") != 0)
		b.confirmed = b.requested + (int)world_boot_seconds(b.pool, &g->r);
	if (b.confirmed > g->s->now) b.confirmed = g->s->now;
	if (strcmp(status, "terminating") == 0) b.term_requested = b.confirmed + age / 2;
	seed_put_instance(g, &b);
	if (is_replica)
		put_replica(g, &b,
		            strcmp(status, "launching") == 0     ? "launching"
		            : strcmp(status, "terminating") == 0 ? "terminating"
		                                                 : "running");
	if (strcmp(status, "launching") == 0)
		seed_live_instance(g, b.requested, "INSTANCE_LAUNCHING", status, NULL, &b);
	if (strcmp(status, "zombie") == 0) {
		char text[100];
		snprintf(text, sizeof(text), "%s was running_primary and lives on as a zombie", b.id);
		seed_put_event(g, b.confirmed, "instance_zombie", "warning", b.id, text,
		               "{\"was\":\"running_primary\"}");
	}
}

static void present_instances(struct gen *g)
{
	bool has_replica = g->role == SEED_NOTICE_REPLICA ||
	                   (g->role != SEED_NOTICE_BARE && g->role != SEED_UNKNOWN &&
	                    (g->manual_replica || (g->replica_enabled && rng_chance(&g->r, 0.9))));
	if (g->role == SEED_HEADLESS) seed_instance_end(g, &g->now, g->s->now - rng_int(&g->r, 95, 150));
	seed_put_instance(g, &g->now);
	if (has_replica) side_instance(g, "running_replica", rng_int(&g->r, 2 * HOUR, 3 * DAY), true);
	if (has_replica && rng_chance(&g->r, 0.08))
		side_instance(g, "running_replica", rng_int(&g->r, HOUR, DAY), true);
	if (g->role == SEED_STUCK) side_instance(g, "launching", 412, true);
	if (g->role == SEED_LINGERING) side_instance(g, "terminating", 2000, true);
	for (int n = g->role == SEED_ZOMBIES ? rng_int(&g->r, 1, 2) : 0; n > 0; n--)
		side_instance(g, "zombie", rng_int(&g->r, 3 * HOUR, 4 * DAY), false);
}

static int64_t last_heartbeat(struct gen *g)
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
	const struct seed_instance *b = &g->now;
	bool has_instance = g->role != SEED_HEADLESS;
	int64_t heartbeat = last_heartbeat(g), now = g->s->live;
	bool is_term = g->role == SEED_NOTICE_REPLICA || g->role == SEED_NOTICE_BARE,
	     is_reb = g->role == SEED_REBALANCE;
	char meta[80], ip[20], host[80];
	if (g->role == SEED_WELL)
		snprintf(meta, sizeof(meta), "{\"simulated\":true}");
	else
		snprintf(meta, sizeof(meta), "{\"simulated\":true,\"role\":\"%s\"}", role_names[g->role]);
	snprintf(ip, sizeof(ip), "10.%d.%d.%d", rng_int(&g->r, 0, 63), rng_int(&g->r, 0, 255),
	         rng_int(&g->r, 4, 250));
	snprintf(host, sizeof(host), "%s.%s.internal", g->name, b->pool->region);
	rows_start(t);
	rows_str(t, g->id);
	rows_str(t, g->client->id);
	rows_str(t, g->name);
	rows_str(t, host);
	rows_str(t, has_instance ? b->id : NULL);
	rows_str(t, b->pool->id);
	rows_str(t, ip);
	rows_str(t, b->is_spot ? "spot" : "ondemand");
	rows_dec_if(t, b->is_spot, seed_price_at(g->s, b->pool, now), 6);
	rows_dec(t, b->pool->ondemand, 6);
	rows_str(t, rng_chance(&g->r, 0.85) ? "4.2.1" : "4.1.7");
	rows_int(t, g->n_live);
	rows_str(t, g->role == SEED_OFFLINE || g->role == SEED_UNKNOWN ? "offline" : "online");
	rows_int(t, g->role != SEED_OFF);
	rows_int_if(t, heartbeat > 0, heartbeat);
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
		put_open_command(g, "APPLY_CONFIG", "expired", 5 * HOUR, "not claimed in time");
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
		         is_term ? "Spot interruption notice" : "rebalance recommendation");
		seed_put_event(g, now - 20, is_term ? "termination_notice" : "rebalance_notice",
		               is_term ? "critical" : "warning", g->now.id, text, meta);
		snprintf(meta, sizeof(meta),
		         "{\"agent_id\":\"%s\",\"agent\":\"%s\",\"kind\":\"%s\",\"was\":\"none\",\"pool_id\":"
		         "\"%s\"}",
		         g->id, g->name, is_term ? "termination" : "rebalance", g->now.pool->id);
		seed_put_live(g, now - 20, "EMERGENCY_EVENT", meta);
	}
	if (g->role == SEED_OFFLINE || g->role == SEED_OFF) {
		snprintf(text, sizeof(text), "%s %s", g->name,
		         g->role == SEED_OFF ? "was disabled" : "is offline");
		seed_put_event(g, now - (g->role == SEED_OFF ? 5 * DAY : 40 * 60),
		               g->role == SEED_OFF ? "agent_disabled" : "agent_offline",
		               g->role == SEED_OFF ? "info" : "warning", g->now.id, text,
		               "{\"was\":\"online\"}");
	}
	if (g->role == SEED_HEADLESS) { /* as outage_check writes it */
		snprintf(meta, sizeof(meta),
		         "{\"cause\":\"terminated\",\"is_planned\":false,\"pool\":\"%s\"}", g->now.pool->id);
		snprintf(text, sizeof(text), "%s has no primary: lost %s (terminated)", g->name, g->now.id);
		seed_put_event(g, g->now.term_requested, "outage_began", "error", g->now.id, text, meta);
	}
	for (int n = rng_int(&g->r, 0, 2); n > 0; n--) { /* it came and went */
		int64_t at = now - rng_int(&g->r, 2 * HOUR, g->s->days * DAY);
		snprintf(text, sizeof(text), "%s is offline", g->name);
		seed_put_event(g, at, "agent_offline", "warning", NULL, text, "{\"was\":\"online\"}");
		snprintf(text, sizeof(text), "%s is online", g->name);
		seed_put_event(g, at + rng_int(&g->r, 60, 900), "agent_online", "info", NULL, text,
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
	seed_instance_new(g, &g->now, near ? near : p, rng_chance(&g->r, 0.7), g->created, "primary");
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
		if (i == 0 || at[i] > at[i - 1] + HOUR) seed_past_switch(&g, at[i]);
	for (int i = rng_int(&g.r, 2, 6); i > 0; i--)
		seed_put_decision(&g, s->now - rng_int(&g.r, 600, s->days * DAY), "stay", &g.now, NULL, 0,
		                  false, NULL, false, 0);
	present_instances(&g);
	put_agent(&g);
	put_config(&g);
	present_commands(&g);
	present_events(&g);
	g.client->n_agents++;
}
