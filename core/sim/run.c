/* run.c - the fleet goes live: one loop, one wheel of timers, a few links. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/db/rights.h"
#include "core/sim/agent.h"
#include "core/sim/care.h"
#include "core/sim/commands.h"
#include "core/sim/run_int.h"
#include "core/sim/script.h"
#include "core/sim/trouble.h"
#include "sql.h"
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FLUSH_MS = 250,
	BATCH = 400,
	BEHIND = 16, /* batches that wait: seconds of it, whatever the fleet */
	MIN_HEARTBEAT_MS = 1500,
	LEASE_MS = 65000,
	STORM_MS = 20000,
	MIN_PRICE_MS = 5000,
	REPORTERS = 2
};

/* --- commands --- */

struct claim {
	struct sim_agent *agent;
	struct table *command;
};

static void claim_state(void *ctx, struct table *state, const struct err *e)
{
	struct claim *c = ctx;
	struct sim_agent *a = c->agent;
	a->is_claiming = false;
	if (!e && state->n_rows > 0 && !a->sim->is_stopping) {
		const char *pool = table_get(state, 0, "pool");
		if (pool && world_find(&a->sim->world, pool)) a->pool = world_find(&a->sim->world, pool);
		script_start(command_script(a, c->command, state));
	}
	table_free(c->command);
	table_free(state);
	free(c);
}

static void claimed(void *ctx, struct table *rows, const struct err *e)
{
	struct sim_agent *a = ctx;
	if (e || rows->n_rows == 0 || a->sim->is_stopping) {
		a->is_claiming = false;
		a->wants_claim = false;
		table_free(rows);
		return;
	}
	log_line(LOG_INFO_, "agent=%s claimed=%s type=%s", a->name, table_get(rows, 0, "command_id"),
	         table_get(rows, 0, "command_type"));
	struct claim *c = mem_alloc(sizeof(*c));
	*c = (struct claim){ a, rows };
	struct arg args[] = { arg_str("agent", a->id) };
	sim_ask(a, &sql_sim_agent, args, 1, claim_state, c);
}

/* Fetches a command, unless one is under way; a trouble gives way to it. */
static void agent_poll(struct sim_agent *a)
{
	if (a->is_claiming || a->has_state || (a->script && a->script->is_command) || a->sim->is_stopping) {
		a->wants_claim = true;
		return;
	}
	a->wants_claim = false;
	a->is_claiming = true;
	struct arg args[] = { arg_str("agent", a->id) };
	sim_ask(a, &sql_sim_claim, args, 1, claimed, a);
}

/* --- heartbeats --- */

static int by_id(const void *x, const void *y)
{
	return strcmp((*(struct sim_agent *const *)x)->id, (*(struct sim_agent *const *)y)->id);
}

static void heard(void *ctx, struct table *rows, const struct err *e)
{
	struct sim *m = ctx;
	m->heartbeats_open--;
	for (size_t i = 0; !e && i < rows->n_rows; i++) {
		struct sim_agent *a = sim_agent_by_id(m, table_get(rows, i, "agent_id"));
		if (a) agent_poll(a);
	}
	if (e) log_line(LOG_WARN_, "heartbeat=failed text=\"%s\"", e->text);
	table_free(rows);
	if (!e && !m->is_live && m->n_heartbeats >= m->n_played) {
		m->is_live = true;
		if (m->o.live) m->o.live(m->o.ctx);
	}
}

static void send_batch(struct sim *m, struct sim_agent **who, int n)
{
	struct buf b = BUF_EMPTY;
	qsort(who, (size_t)n, sizeof who[0], by_id);
	for (int i = 0; i < n; i++) buf_addf(&b, "%s\"%s\"", i ? "," : "[", who[i]->id);
	buf_addc(&b, ']');
	struct arg args[] = { arg_strn("agents", buf_str(&b), b.len) };
	m->heartbeats_open++;
	sim_ask_on(m, m->links[0], &sql_sim_heartbeat, args, 1, heard, m);
	buf_free(&b);
}

/* A fleet that heartbeats faster than the database takes it is said to, not passed over: its agents look silent
 * though nothing is wrong with them. */
static void tell_behind(struct sim *m)
{
	int64_t now = clock_mono_ms();
	if (m->heartbeats_open < BEHIND || now - m->behind_told_ms < 10000) return;
	m->behind_told_ms = now;
	log_line(LOG_WARN_,
	         "heartbeat=behind batches=%d text=\"the database does not keep up with the heartbeats\"",
	         m->heartbeats_open);
}

/* All that fell due since the last time, in batches. */
static void flush(void *ctx)
{
	struct sim *m = ctx;
	struct sim_agent *who[BATCH];
	int n = 0;
	wheel_set(&m->wheel, &m->flush, FLUSH_MS, flush, m);
	for (int i = 0; i < m->n_batch; i++) {
		who[n++] = &m->agents[m->batch_ids[i]];
		if (n == BATCH || i == m->n_batch - 1) {
			send_batch(m, who, n);
			n = 0;
		}
	}
	m->n_batch = 0;
	tell_behind(m);
}

static void heartbeat_due(void *ctx)
{
	struct sim_agent *a = ctx;
	struct sim *m = a->sim;
	/* They come up together; from the second heartbeat on they are spread over the interval. */
	wheel_set(&m->wheel, &a->heartbeat,
	          (int64_t)((double)a->heartbeat_ms * rng_range(&a->rng, a->has_heartbeat ? 0.97 : 0.2, 1.0)),
	          heartbeat_due, a);
	if (a->is_mute) return;
	m->batch_ids[m->n_batch++] = (int)(a - m->agents);
	if (!a->has_heartbeat) m->n_heartbeats++;
	a->has_heartbeat = true;
}

/* --- prices --- */

static void reported(void *ctx, struct table *rows, const struct err *e)
{
	(void)ctx;
	if (e) log_line(LOG_WARN_, "prices=refused text=\"%s\"", e->text);
	table_free(rows);
}

static void report(struct sim_agent *a)
{
	struct buf b = BUF_EMPTY;
	const struct sim *m = a->sim;
	for (int i = 0; i < m->world.n_pools; i++)
		if (strcmp(m->world.pools[i].region, a->region) == 0)
			buf_addf(&b, "%s{\"pool\":\"%s\",\"price\":%.6f}", b.len ? "," : "[",
			         m->world.pools[i].id, world_price(&m->world.pools[i]));
	buf_addc(&b, ']');
	struct arg args[] = { arg_str("agent", a->id), arg_str("instance", a->instance),
		              arg_str("word", "primary"), arg_strn("detail", buf_str(&b), b.len) };
	if (b.len > 2) sim_ask(a, &sql_sim_prices, args, ARRAY_LEN(args), reported, NULL);
	buf_free(&b);
}

/* Every price moves; in each region some agents see and tell it, all of its pools each. */
static void prices_due(void *ctx)
{
	struct sim *m = ctx;
	int64_t ms = (int64_t)(60000 / m->o.speed);
	if (ms < MIN_PRICE_MS) ms = MIN_PRICE_MS;
	wheel_set(&m->wheel, &m->prices, ms, prices_due, m);
	for (int i = 0; i < m->world.n_pools; i++)
		world_step(&m->world.pools[i], &m->rng, (double)ms * m->o.speed / 3600000.0);
	for (int i = 0; i < m->world.n_pools; i++) {
		bool is_first = true;
		for (int j = 0; j < i; j++)
			is_first &= strcmp(m->world.pools[j].region, m->world.pools[i].region) != 0;
		for (int n = 0, tries = 0; is_first && n < REPORTERS && tries < 60; tries++) {
			struct sim_agent *a = &m->agents[rng_int(&m->rng, 0, m->n_agents - 1)];
			if (strcmp(a->region, m->world.pools[i].region) != 0 || a->is_mute ||
			    a->instance[0] == '\0')
				continue;
			report(a);
			n++;
		}
	}
}

/* --- start --- */

static bool is_role(const struct sim_agent *a, const char *role)
{
	return a->role && strcmp(a->role, role) == 0;
}

struct adopt {
	struct sim_agent *agent;
	char notice[16];
	int left_s;
};

static void adopt_state(void *ctx, struct table *rows, const struct err *e)
{
	struct adopt *d = ctx;
	d->agent->has_state = false;
	if (!e && rows->n_rows > 0 && !d->agent->sim->is_stopping)
		care_adopt(d->agent, rows, d->notice, d->left_s);
	table_free(rows);
	free(d);
}

static void adopt(struct sim_agent *a, const char *notice, int left_s)
{
	struct adopt *d = mem_alloc(sizeof(*d));
	*d = (struct adopt){ .agent = a, .left_s = left_s };
	snprintf(d->notice, sizeof(d->notice), "%s", notice);
	struct arg args[] = { arg_str("agent", a->id) };
	a->has_state = true;
	sim_ask(a, &sql_sim_agent, args, 1, adopt_state, d);
}

static void lease_over(void *ctx)
{
	struct sim_agent *a = ctx;
	a->is_mute = false;
	heartbeat_due(a);
	agent_poll(a);
}

static void agent_start(struct sim *m, int i, const struct table *t, size_t row)
{
	struct sim_agent *a = &m->agents[i];
	const char *pool = table_get(t, row, "pool"), *notice = table_get(t, row, "notice");
	int64_t every = table_int(t, row, "every", 30) * 1000;
	bool is_busy = table_int(t, row, "is_busy", 0) != 0;
	a->pool = world_find(&m->world, pool);
	a->role = table_get(t, row, "role") ? mem_dup(table_get(t, row, "role")) : NULL;
	a->heartbeat_ms = (int64_t)((double)every / m->o.speed);
	if (a->heartbeat_ms < MIN_HEARTBEAT_MS) a->heartbeat_ms = MIN_HEARTBEAT_MS;
	if (is_role(a, "late")) a->heartbeat_ms = 80000;
	if (is_role(a, "flaky")) a->heartbeat_ms = 240000;
	a->is_mute = is_role(a, "dead") || is_role(a, "offline") || is_role(a, "unknown") ||
	             !table_int(t, row, "enabled", 1);
	if (a->is_mute) return;
	if (is_busy) { /* another life's command: its lease must run out before it can be claimed */
		a->is_mute = true;
		wheel_set(&m->wheel, &a->heartbeat, LEASE_MS, lease_over, a);
		return;
	}
	m->n_played++;
	bool is_odd = is_role(a, "late") || is_role(a, "flaky");
	wheel_set(&m->wheel, &a->heartbeat,
	          rng_int(&a->rng, 50,
	                  is_odd ? 400
	                         : (int)(m->n_agents > 2000 || a->heartbeat_ms < 500 ? a->heartbeat_ms
	                                                                             : 500)),
	          heartbeat_due, a);
	if (strcmp(notice, "none") != 0 || table_int(t, row, "is_unfinished", 0) || is_role(a, "headless"))
		adopt(a, notice, (int)table_int(t, row, "left_s", 0));
}

static void copy(char *out, size_t n, const char *s) { snprintf(out, n, "%s", s ? s : ""); }

static void make_agents(struct sim *m, const struct table *t)
{
	m->n_agents = (int)t->n_rows;
	m->agents = mem_alloc(sizeof(*m->agents) * (size_t)m->n_agents);
	m->batch_ids = mem_alloc(sizeof(int) * (size_t)m->n_agents * 4);
	for (int i = 0; i < m->n_agents; i++) {
		struct sim_agent *a = &m->agents[i];
		size_t row = (size_t)i;
		a->sim = m;
		a->link = i % N_LINKS;
		a->rng = rng_make(m->o.seed, 500000u + (unsigned)i);
		copy(a->id, sizeof(a->id), table_get(t, row, "id"));
		copy(a->name, sizeof(a->name), table_get(t, row, "name"));
		copy(a->instance, sizeof(a->instance), table_get(t, row, "instance_id"));
		copy(a->region, sizeof(a->region), table_get(t, row, "region"));
		copy(a->az, sizeof(a->az), table_get(t, row, "az"));
		agent_start(m, i, t, row);
	}
}

/* The market goes on from the prices that stand in the database. */
static bool load_world(struct sim *m)
{
	struct table *t = NULL;
	if (!db_call(m->read, &sql_sim_pools, NULL, 0, NULL, &t, m->e)) return false;
	struct sim_world all;
	world_make(&all, WORLD_MAX_POOLS, m->o.seed);
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct sim_pool *p = world_find(&all, table_get(t, i, "id"));
		double price = table_dec(t, i, "last_price", 0);
		if (!p) continue;
		struct sim_pool *q = &m->world.pools[m->world.n_pools++];
		*q = *p;
		if (price > 0) q->x = log(price / (q->ondemand * q->mean));
	}
	table_free(t);
	return true;
}

/* Who may not bind them may play them all the same, if they are its own. */
static bool bind_agents(struct sim *m)
{
	struct db_opts opts = { .is_write = true, .deadline_ms = 120000 };
	struct err e = { 0 };
	if (db_call(m->links[0], &sql_sim_bind, NULL, 0, &opts, NULL, &e) || rights_lacking(&e)) return true;
	*m->e = e;
	return false;
}

static bool load_agents(struct sim *m)
{
	struct table *t = NULL;
	struct arg args[] = { arg_int("n", m->o.n_agents > 0 ? m->o.n_agents : 1000000) };
	struct db_opts opts = { .max_rows = 1000000, .deadline_ms = 120000 };
	if (!db_call(m->read, &sql_sim_agents, args, 1, &opts, &t, m->e)) return false;
	bool ok = t->n_rows > 0 ||
	          err_set(m->e, ERR_NO,
	                  "there are no agents to play: fill the database first (spotop sim --fill)");
	if (ok) make_agents(m, t);
	table_free(t);
	return ok;
}

static void on_tick(uv_timer_t *t)
{
	struct sim *m = t->data;
	if (!m->is_stopping) wheel_turn(&m->wheel, clock_mono_ms() - m->started_ms);
}

static void on_signal(uv_signal_t *h, int number)
{
	struct sim *m = h->data;
	(void)number;
	m->is_stopping = true;
	uv_stop(m->loop);
}

static bool play(struct sim *m)
{
	m->started_ms = clock_mono_ms();
	if (!bind_agents(m) || !load_world(m) || !load_agents(m)) return false;
	m->wheel.tick = (clock_mono_ms() - m->started_ms) / WHEEL_TICK_MS;
	wheel_set(&m->wheel, &m->flush, FLUSH_MS, flush, m);
	wheel_set(&m->wheel, &m->prices, 1000, prices_due, m);
	if (!m->o.is_quiet) wheel_set(&m->wheel, &m->director, 5000, trouble_tick, m);
	if (m->o.is_storm) wheel_set(&m->wheel, &m->storm, STORM_MS, trouble_storm, m);
	uv_timer_start(&m->tick, on_tick, WHEEL_TICK_MS, WHEEL_TICK_MS);
	while (!m->is_stopping) uv_run(m->loop, UV_RUN_DEFAULT);
	return !m->has_failed;
}

static void close_all(struct sim *m)
{
	m->is_stopping = true;
	uv_close((uv_handle_t *)&m->tick, NULL);
	uv_close((uv_handle_t *)&m->on_int, NULL);
	uv_close((uv_handle_t *)&m->on_term, NULL);
	for (int i = 0; i < N_LINKS; i++) db_close_wait(m->links[i]);
	db_close_wait(m->read);
	for (int i = 0; i < m->n_agents; i++) {
		script_drop(&m->agents[i]);
		free((char *)m->agents[i].role);
	}
	free(m->agents);
	free(m->batch_ids);
}

static void watch(struct sim *m, uv_signal_t *h, int number)
{
	uv_signal_init(m->loop, h);
	h->data = m;
	uv_signal_start(h, on_signal, number);
}

bool sim_run(struct uv_loop_s *loop, const struct db_conf *conf, const struct sim_run_opts *o, struct err *e)
{
	struct sim *m = mem_alloc(sizeof(*m));
	*m = (struct sim){
		.loop = loop, .o = *o, .e = e, .rng = rng_make(o->seed, 7), .is_free = agent_poll
	};
	if (!(m->o.speed > 0)) m->o.speed = 1;
	if (m->o.troubles < 0) m->o.troubles = 1;
	if (m->o.failures < 0) m->o.failures = 0.05;
	if (m->o.lies < 0) m->o.lies = 0.02;
	char label[16];
	for (int i = 0; i < N_LINKS; i++) {
		snprintf(label, sizeof(label), "sim-%d", i);
		m->links[i] = db_open(loop, conf, DB_WRITE, label);
	}
	m->read = db_open(loop, conf, DB_READ, "sim-read");
	uv_timer_init(loop, &m->tick);
	m->tick.data = m;
	watch(m, &m->on_int, SIGINT);
	watch(m, &m->on_term, SIGTERM);
	bool ok = play(m);
	close_all(m);
	free(m);
	return ok;
}
