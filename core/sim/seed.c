/* seed.c - an empty schema becomes a fleet with a past. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/sim/seed_int.h"
#include "sql.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct query *const queries[N_TABLES] = {
	[T_CLIENTS] = &sql_sim_seed_clients,
	[T_USERS] = &sql_sim_seed_users,
	[T_POOLS] = &sql_sim_seed_pools,
	[T_ONDEMAND] = &sql_sim_seed_ondemand,
	[T_DATASETS] = &sql_sim_seed_datasets,
	[T_MODELS] = &sql_sim_seed_models,
	[T_AGENTS] = &sql_sim_seed_agents,
	[T_CONFIGS] = &sql_sim_seed_configs,
	[T_INSTANCES] = &sql_sim_seed_instances,
	[T_COMMANDS] = &sql_sim_seed_commands,
	[T_SWITCHES] = &sql_sim_seed_switches,
	[T_REPLICAS] = &sql_sim_seed_replicas,
	[T_DECISIONS] = &sql_sim_seed_decisions,
	[T_EVENTS] = &sql_sim_seed_events,
	[T_SSE] = &sql_sim_seed_live,
	[T_NOTIFICATIONS] = &sql_sim_seed_notifications,
	[T_ALERTS] = &sql_sim_seed_alerts,
	[T_JOBS] = &sql_sim_seed_jobs,
	[T_SNAPSHOTS] = &sql_sim_seed_snapshots,
	[T_CONSOLIDATED] = &sql_sim_seed_consolidated,
	[T_CANONICAL] = &sql_sim_seed_canonical,
};
static const struct {
	const char *name;
	double weight;
} client_names[] = { { "acme-video", 38 },
	             { "borealis-maps", 26 },
	             { "cobalt-games", 18 },
	             { "delta-genomics", 12 },
	             { "ember-finance", 6 } };

/* How many of 200 agents are in which trouble when the fleet goes live. */
static const int role_share[N_SEED_ROLES] = {
	[SEED_LATE] = 2,      [SEED_FLAKY] = 2,     [SEED_DEAD] = 1,           [SEED_OFFLINE] = 1,
	[SEED_UNKNOWN] = 1,   [SEED_OFF] = 3,       [SEED_ZOMBIES] = 4,        [SEED_HEADLESS] = 1,
	[SEED_STUCK] = 1,     [SEED_LINGERING] = 1, [SEED_NOTICE_REPLICA] = 1, [SEED_NOTICE_BARE] = 1,
	[SEED_REBALANCE] = 3,
};

static bool send_all(struct seed *s)
{
	for (int t = 0; t < N_TABLES; t++)
		if (s->t[t].n > 0) rows_send(&s->t[t]);
	return s->is_ok;
}

static bool run(struct seed *s, const struct query *q, const struct arg *args, size_t n)
{
	struct db_opts opts = { .is_write = true, .deadline_ms = 300000 };
	if (s->is_ok) s->is_ok = db_call(s->db, q, args, n, &opts, NULL, s->e);
	if (!s->is_ok) return false;
	return true;
}

static bool partitions(struct seed *s, const char *table, int days)
{
	struct arg args[] = { arg_str("table", table), arg_int("from", s->now - (int64_t)days * DAY),
		              arg_int("to", s->now + 2 * DAY) };
	return run(s, &sql_sim_partitions, args, ARRAY_LEN(args));
}

/* --- who and where --- */

static void clients(struct seed *s, struct rng *r)
{
	for (int i = 0; i < s->n_clients; i++) {
		struct seed_client *c = &s->clients[i];
		snprintf(c->name_buf, sizeof(c->name_buf), "client-%02d", i + 1);
		c->name = i < (int)ARRAY_LEN(client_names) ? client_names[i].name : c->name_buf;
		c->weight = i < (int)ARRAY_LEN(client_names) ? client_names[i].weight : 10;
		rng_uuid(r, c->id);
		rng_uuid(r, c->user);
		struct rows *t = &s->t[T_CLIENTS];
		rows_start(t);
		rows_str(t, c->id);
		rows_str(t, c->name);
		rows_str(t, c->weight > 20 ? "enterprise" : c->weight > 10 ? "pro" : "basic");
		rows_int(t, s->now - 200 * (int64_t)DAY);
		rows_int(t, s->now);
		rows_end(t);
		char mail[64], title[64];
		snprintf(mail, sizeof(mail), "on-call@%s.example", c->name);
		snprintf(title, sizeof(title), "on call, %s", c->name);
		t = &s->t[T_USERS];
		rows_start(t);
		rows_str(t, c->user);
		rows_str(t, c->id);
		rows_str(t, mail);
		rows_str(t, title);
		rows_end(t);
	}
}

static void market(struct seed *s)
{
	for (int i = 0; i < s->world.n_pools; i++) {
		const struct sim_pool *p = &s->world.pools[i];
		struct rows *t = &s->t[T_POOLS];
		rows_start(t);
		rows_str(t, p->id);
		rows_str(t, p->type);
		rows_str(t, p->region);
		rows_str(t, p->az);
		rows_int(t, (int)p->boot_median);
		rows_int(t, s->now - 200 * (int64_t)DAY);
		rows_dec(t, world_price(p), 6);
		rows_int(t, s->now);
		rows_end(t);
		bool is_known = false;
		for (int j = 0; j < i; j++)
			is_known |= strcmp(s->world.pools[j].type, p->type) == 0 &&
			            strcmp(s->world.pools[j].region, p->region) == 0;
		if (is_known) continue;
		t = &s->t[T_ONDEMAND];
		rows_start(t);
		rows_str(t, p->type);
		rows_str(t, p->region);
		rows_dec(t, p->ondemand, 6);
		rows_int(t, s->now - 200 * (int64_t)DAY);
		rows_end(t);
	}
}

static void models(struct seed *s, struct rng *r)
{
	static const struct {
		const char *name, *version, *type, *validation;
		double accuracy;
		int age, active_from;
	} all[N_MODELS] = { { "price-drop", "1.9.0", "decision_tree", "validated", 0.861, 80, 78 },
		            { "price-drop", "2.2.0", "random_forest", "validated", 0.902, 40, 38 },
		            { "price-drop", "2.3.1", "random_forest", "validated", 0.917, 12, 9 } };
	for (int i = 0; i < N_MODELS; i++) {
		char dataset[37];
		rng_uuid(r, s->models[i]);
		rng_uuid(r, dataset);
		struct rows *t = &s->t[T_DATASETS];
		int64_t at = s->now - all[i].age * (int64_t)DAY;
		rows_start(t);
		rows_str(t, dataset);
		rows_str(t, all[i].version);
		rows_int(t, at - 60 * (int64_t)DAY);
		rows_int(t, at - DAY);
		rows_int(t, rng_int(r, 2000000, 6000000));
		rows_end(t);
		t = &s->t[T_MODELS];
		rows_start(t);
		rows_str(t, s->models[i]);
		rows_str(t, all[i].name);
		rows_str(t, all[i].version);
		rows_str(t, all[i].type);
		rows_str(t, dataset);
		rows_dec(t, all[i].accuracy, 4);
		rows_int(t, i == N_MODELS - 1);
		rows_str(t, all[i].validation);
		rows_int(t, at);
		rows_int(t, s->now - all[i].active_from * (int64_t)DAY);
		rows_end(t);
	}
}

/* --- the agents --- */

/* Which agents are in trouble: a shuffled order of all, the first ones get the roles. */
static enum seed_role *roles(struct seed *s, struct rng *r)
{
	enum seed_role *role = mem_alloc(sizeof(*role) * (size_t)s->n_agents);
	int *order = mem_alloc(sizeof(int) * (size_t)s->n_agents), at = 0;
	for (int i = 0; i < s->n_agents; i++) order[i] = i;
	for (int i = s->n_agents - 1; i > 0; i--) {
		int j = rng_int(r, 0, i), t = order[i];
		order[i] = order[j];
		order[j] = t;
	}
	for (int k = SEED_LATE; k < N_SEED_ROLES; k++) {
		int n = (role_share[k] * s->n_agents + 199) /
		        200; /* at least one of each, if the fleet is not tiny */
		if (s->n_agents < 40) n = k == SEED_DEAD || k == SEED_ZOMBIES || k == SEED_HEADLESS;
		for (; n > 0 && at < s->n_agents / 2; n--) role[order[at++]] = (enum seed_role)k;
	}
	free(order);
	return role;
}

static bool agents(struct seed *s, struct rng *r, sim_progress progress, void *ctx, int total)
{
	double weights[MAX_CLIENTS];
	enum seed_role *role = roles(s, r);
	for (int i = 0; i < s->n_clients; i++) weights[i] = s->clients[i].weight;
	for (int i = 0; i < s->n_agents && s->is_ok; i++) {
		seed_agent(s, i, i < s->n_clients ? i : rng_pick(r, weights, s->n_clients), role[i]);
		if (i % 50 == 49) send_all(s);
		if (i % 50 == 49 && progress)
			progress(ctx, 2 + 3 * i / s->n_agents, total, "agents and their past");
	}
	free(role);
	return send_all(s);
}

/* --- what follows from the fleet --- */

/* The days gone by, as the job of that name reckons them. */
static void savings(struct seed *s)
{
	struct arg a[] = { arg_time("day", (s->now - s->days * (int64_t)DAY) * 1000),
		           arg_int("days", s->days), arg_bool("again", true) };
	run(s, &sql_jobs_savings_of_days, a, ARRAY_LEN(a));
}

static void job_run(struct seed *s, struct rng *r, const char *type, int64_t at, int window, int n,
                    bool is_failed)
{
	struct rows *t = &s->t[T_JOBS];
	char id[37];
	rng_uuid(r, id);
	rows_start(t);
	rows_str(t, id);
	rows_str(t, type);
	rows_str(t, is_failed ? "failed" : "completed");
	rows_int(t, at - window);
	rows_int(t, at);
	rows_int(t, is_failed ? 0 : (int)(n * rng_range(r, 0.9, 1.1)));
	rows_str(t, is_failed ? "Lock wait timeout exceeded; try restarting transaction" : NULL);
	rows_int(t, at + 20);
	rows_int(t, rng_int(r, 2, 40));
	rows_end(t);
}

static void jobs(struct seed *s, struct rng *r)
{
	int64_t end = s->now - 2 * HOUR;
	for (int k = FINE_DAYS * 2 - 1; k >= 0; k--) {
		int64_t at = end - k * (int64_t)(DAY / 2);
		if (k == 5) job_run(s, r, "consolidate", at - 60, DAY / 2, 0, true);
		job_run(s, r, "consolidate", at, DAY / 2, s->world.n_pools * 144, false);
		job_run(s, r, "canonical", at + 60, DAY / 2, s->world.n_pools * 144, false);
		if (k % 2 == 0) {
			job_run(s, r, "retention", at + 120, DAY, s->world.n_pools * 288, false);
			job_run(s, r, "savings", at + 180, DAY, s->n_clients, false);
			job_run(s, r, "pool_stats", at + 240, 30 * DAY, s->world.n_pools, false);
		}
	}
}

static void messages(struct seed *s, struct rng *r)
{
	static const struct {
		const char *kind, *severity, *type, *text;
	} all[] = { { "silent", "warning", "warning", "an agent was silent for more than 90 s" },
		    { "no_primary", "critical", "error", "an agent had no primary" },
		    { "switch_failed", "error", "error", "a switch failed: no capacity in the zone" },
		    { "saved", "info", "success", "the week's report is ready" } };
	for (int i = 0; i < s->n_clients * 4; i++) {
		const struct seed_client *c = &s->clients[i % s->n_clients];
		int k = i / s->n_clients;
		int64_t at = s->now - rng_int(r, HOUR, s->days * DAY);
		char id[37], key[80];
		rng_uuid(r, id);
		struct rows *t = &s->t[T_NOTIFICATIONS];
		rows_start(t);
		rows_str(t, id);
		rows_str(t, c->id);
		rows_str(t, all[k].text);
		rows_str(t, all[k].type);
		rows_int(t, at < s->now - 2 * DAY);
		rows_int(t, at);
		rows_end(t);
		if (k == 3) continue;
		snprintf(key, sizeof(key), "%s:%s", all[k].kind, c->id);
		t = &s->t[T_ALERTS];
		rows_start(t);
		rows_str(t, key);
		rows_str(t, all[k].kind);
		rows_str(t, all[k].severity);
		rows_str(t, c->id);
		rows_str(t, all[k].text);
		rows_int(t, at);
		rows_int(t, rng_int(r, 90, 1500));
		rows_end(t);
	}
}

/* --- all of it --- */

static bool fill(struct seed *s, sim_progress progress, void *ctx)
{
	enum { STEPS = 10 };
	struct rng r = rng_make(s->seed, 1);
#define STEP(n, what) \
	if (progress) progress(ctx, n, STEPS, what)
	STEP(0, "partitions");
	partitions(s, "spot_price_snapshots", 2);
	partitions(s, "pricing_consolidated", FINE_DAYS + 1);
	partitions(s, "pricing_canonical", PRICE_DAYS + 1);
	partitions(s, "system_events", s->days + 40);
	run(s, &sql_sim_bulk_on, NULL, 0);
	STEP(1, "clients and pools");
	seed_price_walk(s);
	clients(s, &r);
	market(s);
	models(s, &r);
	send_all(s);
	STEP(2, "agents and their past");
	agents(s, &r, progress, ctx, STEPS);
	STEP(5, "prices of 90 days");
	seed_prices(s);
	STEP(8, "jobs, savings, messages");
	run(s, &sql_sim_seed_hourly, NULL, 0);
	jobs(s, &r);
	messages(s, &r);
	send_all(s);
	savings(s);
	run(s, &sql_sim_seed_pool_stats, NULL, 0);
	run(s, &sql_sim_seed_agents_last, NULL, 0);
	STEP(9, "counts");
	run(s, &sql_sim_bulk_off, NULL, 0);
	run(s, &sql_sim_recount, NULL, 0);
#undef STEP
	if (progress && s->is_ok) progress(ctx, STEPS, STEPS, "done");
	return s->is_ok;
}

/* The first actions of the audit log: a cordon and a freeze, issued as an operator would. */
static bool first_actions(struct seed *s)
{
	struct rng r = rng_make(s->seed, 2);
	char request[2][37];
	rng_uuid(&r, request[0]);
	rng_uuid(&r, request[1]);
	const struct sim_pool *p = &s->world.pools[s->world.n_pools - 1];
	struct arg cordon[] = { arg_str("request_id", request[0]), arg_str("pool", p->id) };
	struct arg freeze[] = { arg_str("request_id", request[1]),
		                arg_str("scope", s->clients[s->n_clients - 1].name) };
	return run(s, &sql_sim_seed_cordon, cordon, ARRAY_LEN(cordon)) &&
	       run(s, &sql_sim_seed_freeze, freeze, ARRAY_LEN(freeze));
}

static bool mark(struct seed *s)
{
	char details[160];
	snprintf(details, sizeof(details),
	         "{\"agents\":%d,\"clients\":%d,\"pools\":%d,\"days\":%d,\"seed\":%llu}", s->n_agents,
	         s->n_clients, s->world.n_pools, s->days, (unsigned long long)s->seed);
	struct arg args[] = { arg_str("details", details) };
	return run(s, &sql_sim_mark_demo, args, 1);
}

bool sim_is_demo(struct db *r, bool *is_demo, struct err *e)
{
	struct table *t = NULL;
	if (!db_call(r, &sql_sim_is_demo, NULL, 0, NULL, &t, e)) return false;
	*is_demo = table_int(t, 0, "is_demo", 0) != 0;
	table_free(t);
	return true;
}

static bool refuse_if_used(struct db *w, struct err *e)
{
	struct table *t = NULL;
	if (!db_call(w, &sql_sim_is_demo, NULL, 0, NULL, &t, e)) return false;
	bool is_used = table_int(t, 0, "has_agents", 0) != 0;
	table_free(t);
	return !is_used ||
	       err_set(e, ERR_REFUSED, "the database has agents already: a fleet is made in an empty one");
}

bool sim_seed(struct db *w, const struct sim_seed_opts *o, sim_progress progress, void *ctx, struct err *e)
{
	struct seed *s = mem_alloc(sizeof(*s));
	*s = (struct seed){ .db = w, .e = e, .is_ok = true, .seed = o->seed };
	s->n_agents = o->n_agents > 0 ? o->n_agents : 200;
	s->n_clients = o->n_clients > 0 ? o->n_clients : 5;
	if (s->n_clients > MAX_CLIENTS) s->n_clients = MAX_CLIENTS;
	if (s->n_clients > s->n_agents) s->n_clients = s->n_agents;
	s->days = o->days > 0 ? o->days : 14;
	if (s->days > 80) s->days = 80;
	s->live = o->now_s ? o->now_s : clock_wall_ms() / 1000;
	s->now = s->live / 60 * 60;
	world_make(&s->world, o->n_pools > 0 ? o->n_pools : 24, s->seed);
	for (int t = 0; t < N_TABLES; t++)
		s->t[t] = (struct rows){ .db = w, .query = queries[t], .e = e, .is_ok = &s->is_ok };
	bool ok = refuse_if_used(w, e) && fill(s, progress, ctx) && first_actions(s) && mark(s);
	for (int t = 0; t < N_TABLES; t++) buf_free(&s->t[t].json);
	free(s->coarse);
	free(s->fine);
	free(s);
	return ok;
}
