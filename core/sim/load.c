/* load.c - a large fleet with a short past in every list, made by the server from number sequences. */
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/sim/seed_int.h"
#include "sql.h"
#include <stdio.h>

enum { CHUNK = 5000 };

static bool run(struct db *w, const struct query *q, const struct arg *args, size_t n, struct err *e)
{
	struct db_opts opts = { .is_write = true, .deadline_ms = 1800000 };
	return db_call(w, q, args, n, &opts, NULL, e);
}

static bool chunk(struct db *w, int64_t from, int64_t to, int per_agent, uint64_t seed, struct err *e)
{
	/* one after the other: each reads what those before it made */
	static const struct query *const steps[] = {
		&sql_sim_load_agents,   &sql_sim_load_instances,     &sql_sim_load_commands,
		&sql_sim_load_switches, &sql_sim_load_decisions,     &sql_sim_load_replicas,
		&sql_sim_load_events,   &sql_sim_load_notifications,
	};
	struct arg args[] = { arg_int("from", from), arg_int("to", to), arg_int("seed", (int64_t)seed),
		              arg_int("per_agent", per_agent) };
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (!run(w, steps[i], args, steps[i] == &sql_sim_load_instances ? 4 : 3, e)) return false;
	return true;
}

bool sim_load(struct db *w, int64_t n_agents, int per_agent, uint64_t seed, sim_progress progress, void *ctx,
              struct err *e)
{
	if (n_agents <= 0) n_agents = 100000;
	/* A small fleet with a past first: clients, pools, prices, so that every view has rows. */
	struct sim_seed_opts o = { .n_agents = 200, .seed = seed };
	if (!sim_seed(w, &o, progress, ctx, e) || !run(w, &sql_sim_bulk_on, NULL, 0, e)) return false;
	for (int64_t from = 201; from <= n_agents; from += CHUNK) {
		int64_t to = from + CHUNK - 1 < n_agents ? from + CHUNK - 1 : n_agents;
		if (progress)
			progress(ctx, (int)(from / CHUNK), (int)(n_agents / CHUNK + 2),
			         "agents and instances");
		if (!chunk(w, from, to, per_agent, seed, e)) return false;
	}
	if (progress) progress(ctx, 0, 1, "counts");
	bool ok = run(w, &sql_sim_bulk_off, NULL, 0, e) && run(w, &sql_sim_recount, NULL, 0, e);
	if (ok && progress) progress(ctx, 1, 1, "done");
	return ok;
}
