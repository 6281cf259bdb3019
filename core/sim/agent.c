/* agent.c - an agent's calls, and what it knows of its instances. */
#include "core/sim/agent.h"
#include "core/base/mem.h"
#include "core/db/rights.h"
#include "core/sim/run_int.h"
#include "sql.h"
#include <stdlib.h>
#include <string.h>

struct ask {
	struct sim *sim;
	db_cb cb;
	void *ctx;
};

static void asked(void *ctx, struct table *rows, const struct err *e)
{
	struct ask *k = ctx;
	struct sim *m = k->sim;
	m->pending--;
	if (e && rights_lacking(e) && !m->is_stopping) { /* it would fail for ever */
		*m->e = *e;
		m->has_failed = m->is_stopping = true;
		uv_stop(m->loop);
	}
	k->cb(k->ctx, rows, e);
	free(k);
}

void sim_ask_on(struct sim *m, struct db *db, const struct query *q, const struct arg *args, size_t n,
                db_cb cb, void *ctx)
{
	struct db_opts opts = { .is_write = db != m->read };
	struct ask *k = mem_alloc(sizeof(*k));
	*k = (struct ask){ m, cb, ctx };
	m->pending++;
	db_submit(db, q, args, n, &opts, asked, k);
}

/* An agent's calls go over one link, so that they arrive in their order. */
void sim_ask(struct sim_agent *a, const struct query *q, const struct arg *args, size_t n, db_cb cb,
             void *ctx)
{
	sim_ask_on(a->sim, a->sim->links[a->link], q, args, n, cb, ctx);
}

struct with_state {
	struct sim_agent *agent;
	void (*then)(struct sim_agent *a, const struct table *state);
};

static void got_state(void *ctx, struct table *rows, const struct err *e)
{
	struct with_state *w = ctx;
	struct sim_agent *a = w->agent;
	a->has_state = false;
	if (!e && rows->n_rows > 0 && !a->sim->is_stopping) w->then(a, rows);
	if (!a->script) a->trouble = 0;
	table_free(rows);
	free(w);
}

void sim_with_state(struct sim_agent *a, void (*then)(struct sim_agent *a, const struct table *state))
{
	struct with_state *w = mem_alloc(sizeof(*w));
	*w = (struct with_state){ a, then };
	struct arg args[] = { arg_str("agent", a->id) };
	a->has_state = true;
	sim_ask(a, &sql_sim_agent, args, 1, got_state, w);
}

bool sim_agent_is_idle(const struct sim_agent *a)
{
	return a->script == NULL && !a->is_claiming && !a->has_state && !a->is_mute && a->has_heartbeat;
}

struct sim_agent *sim_agent_by_id(struct sim *m, const char *id)
{
	for (int i = 0; i < m->n_agents; i++)
		if (strcmp(m->agents[i].id, id) == 0) return &m->agents[i];
	return NULL;
}

int64_t sim_some_ms(struct sim_agent *a, double lo_s, double hi_s)
{
	return (int64_t)(rng_range(&a->rng, lo_s, hi_s) * 1000);
}
