/* care.c - no trouble without an end. An agent may be in trouble with nobody at work on it: the fleet was
 * stopped in the middle, or a command took the place of what it was about to do. It is set right here,
 * after a while and by the same calls as any agent's. */
#include "core/sim/care.h"
#include "core/base/mem.h"
#include "core/db/table.h"
#include "core/sim/agent.h"
#include "core/sim/instances.h"
#include "core/sim/run_int.h"
#include "core/sim/script.h"
#include <stdio.h>
#include <string.h>

enum { LOOKS = 3 };

static bool is_role(const struct sim_agent *a, const char *role)
{
	return a->role && strcmp(a->role, role) == 0;
}

/* Instances that hang between two states end; a hanging one of a seeded trouble is left to be seen for a while. */
static void end_unfinished(struct script *s, const struct table *state, double lo_s, double hi_s)
{
	for (size_t i = 0; i < state->n_rows && s->n < 8; i++) {
		const char *status = table_get(state, i, "status"), *id = table_get(state, i, "instance_id");
		if (status && (strcmp(status, "terminating") == 0 || strcmp(status, "launching") == 0))
			name_instance(script_add(s, OP_GONE, sim_some_ms(s->agent, lo_s, hi_s)), id);
	}
}

static void find_a_primary(struct script *s, const struct table *state, double lo_s, double hi_s)
{
	struct sim_agent *a = s->agent;
	const char *replica = instance_in(state, "running_replica");
	if (replica) {
		name_instance(script_add(s, OP_PROMOTE, sim_some_ms(a, lo_s, hi_s)), replica);
		return;
	}
	char id[20];
	rng_instance_id(&a->rng, id);
	struct step *t = script_add(s, OP_LAUNCH, sim_some_ms(a, lo_s, hi_s));
	name_instance(t, id);
	t->pool = world_other(&a->sim->world, a->pool, &a->rng);
	t->word = "primary";
	name_instance(script_add(s, OP_RUN, (int64_t)(world_boot_seconds(t->pool, &a->rng) * 1000)), id);
}

void care_adopt(struct sim_agent *a, const struct table *state, const char *notice, int left_s)
{
	struct script *s = script_new(a);
	bool is_seeded = is_role(a, "stuck") || is_role(a, "lingering");
	s->ends_role = is_seeded || is_role(a, "headless") || is_role(a, "notice_replica") ||
	               is_role(a, "notice_bare") || is_role(a, "rebalance");
	if (is_role(a, "headless") && !instance_in(state, "running_primary"))
		find_a_primary(s, state, 120, 420);
	else if (strcmp(notice, "termination") == 0)
		take_over(s, state, left_s > 10 ? left_s : 10);
	else if (strcmp(notice, "rebalance") == 0)
		script_add(s, OP_NOTICE, sim_some_ms(a, 60, 400))->word = "none";
	end_unfinished(s, state, is_seeded ? 240 : 5, is_seeded ? 720 : 30);
	script_start(s);
}

static void set_right(struct sim_agent *a, const struct table *state)
{
	const char *notice = table_get(state, 0, "notice");
	bool has_primary = instance_in(state, "running_primary") != NULL;
	struct script *s = script_new(a);
	end_unfinished(s, state, 5, 30);
	if (notice && strcmp(notice, "termination") == 0 && has_primary)
		take_over(s, state, 30);
	else if (notice && strcmp(notice, "none") != 0)
		script_add(s, OP_NOTICE, sim_some_ms(a, 20, 90))->word = "none";
	if (!has_primary) find_a_primary(s, state, 5, 20);
	script_start(s);
}

/* Called at each look for one that is in trouble. Zombies are not: someone may have wanted to keep them. */
void care_look(struct sim_agent *a, const char *cause)
{
	static const char *const ours[] = { "no_primary",         "two_primaries",
		                            "termination_notice", "rescued",
		                            "rebalance_notice",   "launch_overdue",
		                            "termination_overdue" };
	bool is_ours = false;
	for (size_t i = 0; i < ARRAY_LEN(ours); i++) is_ours |= strcmp(ours[i], cause) == 0;
	if (!is_ours || a == NULL || a->role != NULL || !sim_agent_is_idle(a)) return;
	if (++a->n_untended < LOOKS) return;
	a->n_untended = 0;
	sim_with_state(a, set_right);
}
