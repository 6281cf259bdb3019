/* trouble.c - what befalls agents without a command: notices with and without a ready replica, instances
 * that end without warning, launches that hang, zombies, silence; and a storm over one zone. Which
 * troubles there are is read from the database, and as many are started as are missing, so that a
 * fleet is never all well and never beyond help. Their times are real ones: a notice lasts 120 s at
 * any speed. */
#include "core/sim/trouble.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/sim/agent.h"
#include "core/sim/care.h"
#include "core/sim/instances.h"
#include "core/sim/run_int.h"
#include "core/sim/script.h"
#include "sql.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTICE_S = 120, TICK_MS = 5000 };

/* --- single troubles --- */

static void termination(struct sim_agent *a, const struct table *state)
{
	struct script *s = script_new(a);
	struct step *t = script_add(s, OP_NOTICE, 0);
	t->word = "termination";
	t->seconds = NOTICE_S;
	take_over(s, state, NOTICE_S);
	script_start(s);
}

static void rebalance(struct sim_agent *a, const struct table *state)
{
	struct script *s = script_new(a);
	script_add(s, OP_NOTICE, 0)->word = "rebalance";
	if (rng_chance(&a->rng, 0.3)) {
		struct step *t = script_add(s, OP_NOTICE, sim_some_ms(a, 60, 240));
		t->word = "termination";
		t->seconds = NOTICE_S;
		take_over(s, state, NOTICE_S);
	} else {
		script_add(s, OP_NOTICE, sim_some_ms(a, 120, 420))->word = "none";
	}
	script_start(s);
}

/* EC2 ends the instance without a notice. */
static void no_warning(struct sim_agent *a, const struct table *state)
{
	const char *old = instance_in(state, "running_primary"),
	           *replica = instance_in(state, "running_replica");
	if (!old) return;
	struct script *s = script_new(a);
	name_instance(script_add(s, OP_GONE, 0), old);
	if (replica) {
		name_instance(script_add(s, OP_PROMOTE, sim_some_ms(a, 4, 15)), replica);
		replace_replica(s);
	} else {
		char id[20];
		rng_instance_id(&a->rng, id);
		struct step *t = script_add(s, OP_LAUNCH, sim_some_ms(a, 30, 90));
		name_instance(t, id);
		t->pool = world_other(&a->sim->world, a->pool, &a->rng);
		t->word = "primary";
		name_instance(script_add(s, OP_RUN, (int64_t)(world_boot_seconds(t->pool, &a->rng) * 1000)),
		              id);
	}
	script_start(s);
}

static struct script *side_launch(struct sim_agent *a, char id[20])
{
	struct script *s = script_new(a);
	rng_instance_id(&a->rng, id);
	struct step *t = script_add(s, OP_LAUNCH, 0);
	name_instance(t, id);
	t->pool = world_other(&a->sim->world, a->pool, &a->rng);
	t->word = "replica";
	return s;
}

static void hanging_launch(struct sim_agent *a, const struct table *state)
{
	char id[20];
	struct script *s = side_launch(a, id);
	(void)state;
	name_instance(script_add(s, OP_GONE, sim_some_ms(a, 330, 600)), id);
	script_start(s);
}

static void zombie(struct sim_agent *a, const struct table *state)
{
	char id[20];
	struct script *s = side_launch(a, id);
	(void)state;
	name_instance(script_add(s, OP_RUN, sim_some_ms(a, 20, 50)), id);
	name_instance(script_add(s, OP_ZOMBIE, sim_some_ms(a, 5, 20)), id);
	name_instance(script_add(s, OP_TERMINATE, sim_some_ms(a, 300, 900)), id);
	name_instance(script_add(s, OP_GONE, sim_some_ms(a, 10, 40)), id);
	script_start(s);
}

static void silence(struct sim_agent *a, const struct table *state)
{
	struct script *s = script_new(a);
	(void)state;
	script_add(s, OP_SILENCE, 0)->seconds = 1;
	script_add(s, OP_SILENCE, sim_some_ms(a, 60, 200))->seconds = 0;
	script_start(s);
}

/* --- which troubles, and how many --- */

static const struct kind {
	const char *cause; /* of v_agent_status; NULL: no number to keep, but a rate */
	int per_200;
	double chance; /* of starting one at a tick when one is missing */
	void (*start)(struct sim_agent *a, const struct table *state);
} kinds[] = {
	{ "termination_notice", 2, 0.25, termination }, { "rebalance_notice", 3, 0.3, rebalance },
	{ "launch_overdue", 1, 0.03, hanging_launch },  { "zombies", 4, 0.05, zombie },
	{ "no_primary", 2, 0.08, no_warning },          { "silent", 2, 0.15, silence },
};

static void start_one(struct sim *m, size_t kind)
{
	for (int tries = 0; tries < 20; tries++) {
		struct sim_agent *a = &m->agents[rng_int(&m->rng, 0, m->n_agents - 1)];
		if (!sim_agent_is_idle(a) || a->role != NULL) continue;
		a->trouble = (int)kind + 1;
		sim_with_state(a, kinds[kind].start);
		return;
	}
}

/* How many there are: those that show, or those under way that will (a hanging launch is late only later). */
static int64_t count_kind(const struct sim *m, const struct table *t, size_t kind)
{
	int64_t shown = 0, running = 0;
	for (size_t i = 0; i < t->n_rows; i++)
		shown += strcmp(table_get(t, i, "cause"), kinds[kind].cause) == 0;
	for (int i = 0; i < m->n_agents; i++) running += m->agents[i].trouble == (int)kind + 1;
	return shown > running ? shown : running;
}

static void got_troubles(void *ctx, struct table *t, const struct err *e)
{
	struct sim *m = ctx;
	m->pending--;
	m->troubles_asked = false;
	for (size_t k = 0; !e && k < ARRAY_LEN(kinds) && !m->is_stopping; k++) {
		double of_200 = kinds[k].per_200 * m->o.troubles;
		int64_t wanted = (int64_t)ceil(of_200 * m->n_agents / 200);
		if (m->n_agents < 40) wanted = wanted > 1 ? 1 : wanted;
		if (wanted > 0 && count_kind(m, t, k) < wanted &&
		    rng_chance(&m->rng, kinds[k].chance * (m->o.troubles > 1 ? m->o.troubles : 1)))
			start_one(m, k);
	}
	for (size_t i = 0; !e && i < t->n_rows && !m->is_stopping; i++)
		care_look(sim_agent_by_id(m, table_get(t, i, "agent_id")), table_get(t, i, "cause"));
	table_free(t);
}

void trouble_tick(void *sim)
{
	struct sim *m = sim;
	wheel_set(&m->wheel, &m->director, TICK_MS, trouble_tick, m);
	if (m->troubles_asked) return;
	m->troubles_asked = true;
	m->pending++;
	db_submit(m->read, &sql_sim_troubles, NULL, 0, NULL, got_troubles, m);
}

/* --- the storm --- */

static void in_the_storm(struct sim_agent *a, const struct table *state)
{
	struct script *s = script_new(a);
	script_add(s, OP_NOTICE, sim_some_ms(a, 0, 40))->word = "rebalance";
	if (rng_chance(&a->rng, 0.65)) {
		struct step *t = script_add(s, OP_NOTICE, sim_some_ms(a, 20, 60));
		t->word = "termination";
		t->seconds = NOTICE_S;
		take_over(s, state, NOTICE_S);
	} else {
		script_add(s, OP_NOTICE, sim_some_ms(a, 180, 400))->word = "none";
	}
	script_start(s);
}

/* The zone with the most agents. */
static const char *stormy_zone(const struct sim *m)
{
	const char *best = "";
	int most = 0;
	for (int i = 0; i < m->n_agents; i++) {
		int n = 0;
		for (int j = 0; j < m->n_agents; j++) n += strcmp(m->agents[i].az, m->agents[j].az) == 0;
		if (n > most) most = n, best = m->agents[i].az;
	}
	return best;
}

void trouble_storm(void *sim)
{
	struct sim *m = sim;
	const char *zone = m->storm_zone = stormy_zone(m);
	int n = 0;
	for (int i = 0; i < m->n_agents; i++) {
		struct sim_agent *a = &m->agents[i];
		if (strcmp(a->az, zone) != 0 || !sim_agent_is_idle(a)) continue;
		sim_with_state(a, in_the_storm);
		n++;
	}
	log_line(LOG_INFO_, "storm=%s agents=%d", zone, n);
}
