/* instances.c - what an agent does with its instances when one must go. */
#include "core/sim/instances.h"
#include "core/sim/agent.h"
#include "core/sim/run_int.h"
#include "core/sim/script.h"
#include <stdio.h>
#include <string.h>

void name_instance(struct step *t, const char *id) { snprintf(t->instance, sizeof(t->instance), "%s", id); }

const char *instance_in(const struct table *state, const char *status)
{
	for (size_t i = 0; i < state->n_rows; i++) {
		const char *s = table_get(state, i, "status");
		if (s && strcmp(s, status) == 0) return table_get(state, i, "instance_id");
	}
	return NULL;
}

/* Who had a replica wants one again. */
void replace_replica(struct script *s)
{
	struct sim_agent *a = s->agent;
	char id[20];
	rng_instance_id(&a->rng, id);
	struct step *t = script_add(s, OP_LAUNCH, sim_some_ms(a, 10, 60));
	name_instance(t, id);
	t->pool = world_other(&a->sim->world, a->pool, &a->rng);
	t->word = "replica";
	name_instance(script_add(s, OP_RUN, (int64_t)(world_boot_seconds(t->pool, &a->rng) * 1000)), id);
}

/* The primary must go in `left` seconds: a replica takes over, or a new instance is started in time or not. */
void take_over(struct script *s, const struct table *state, int left)
{
	struct sim_agent *a = s->agent;
	const char *old = instance_in(state, "running_primary"),
	           *replica = instance_in(state, "running_replica");
	int64_t react = sim_some_ms(a, left * 0.25, left * 0.6);
	if (replica) {
		name_instance(script_add(s, OP_PROMOTE, react), replica);
		if (old) name_instance(script_add(s, OP_TERMINATE, 1000), old);
		script_add(s, OP_NOTICE, 500)->word = "none";
		if (old) name_instance(script_add(s, OP_GONE, left * 1000 - react), old);
		replace_replica(s);
		return;
	}
	char id[20];
	const struct sim_pool *pool = world_other(&a->sim->world, a->pool, &a->rng);
	int64_t boot = (int64_t)(world_boot_seconds(pool, &a->rng) * 1000), rest = left * 1000 - react;
	rng_instance_id(&a->rng, id);
	struct step *t = script_add(s, OP_LAUNCH, react);
	name_instance(t, id);
	t->pool = pool;
	t->word = "primary";
	if (boot < rest) { /* in time */
		name_instance(script_add(s, OP_RUN, boot), id);
		name_instance(script_add(s, OP_PROMOTE, 1000), id);
		if (old) name_instance(script_add(s, OP_GONE, rest - boot), old);
	} else {
		if (old) name_instance(script_add(s, OP_GONE, rest), old);
		name_instance(script_add(s, OP_RUN, boot - rest), id);
	}
	script_add(s, OP_NOTICE, 500)->word = "none";
}
