/* commands.c - what each type of command means to an agent, as a script. The waits of a sped-up fleet
 * are shorter than they are said to be, and the command's details show both. */
#include "core/sim/commands.h"
#include "core/base/mem.h"
#include "core/sim/instances.h"
#include "core/sim/run_int.h"
#include "core/sim/script.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CAP_BOOT_MS = 7500, CAP_WAIT_MS = 4000, CAP_END_MS = 1500, CAP_DOWN_MS = 1000 };

/* The row of the primary, or -1. */
static int primary_row(const struct table *state)
{
	for (size_t i = 0; i < state->n_rows; i++)
		if (table_int(state, i, "is_primary", 0)) return (int)i;
	return -1;
}

static bool has_status(const struct table *state, size_t row, const char *status)
{
	const char *s = table_get(state, row, "status");
	return s && strcmp(s, status) == 0;
}

static void end_instance(struct script *s, const char *id, int64_t after_ms)
{
	const struct sim *m = s->agent->sim;
	name_instance(script_add(s, OP_TERMINATE, after_ms), id);
	name_instance(script_add(s, OP_GONE, sim_wait_ms(m, rng_range(&s->agent->rng, 8, 30), CAP_END_MS)),
	              id);
}

static int passed_s(int64_t ms) { return (int)lround((double)ms / 1000); }

/* The two steps that bring an instance up. How long it booted is what passed, never more than its switch took. */
static void bring_up(struct script *s, const char *id, const struct sim_pool *pool, const char *role,
                     char *note, size_t n)
{
	struct sim_agent *a = s->agent;
	double boot = world_boot_seconds(pool, &a->rng);
	int64_t ms = sim_wait_ms(a->sim, boot, CAP_BOOT_MS);
	struct step *t = script_add(s, OP_LAUNCH, 300);
	name_instance(t, id);
	t->pool = pool;
	t->word = role;
	snprintf(note, n,
	         "\"new_instance_id\":\"%s\",\"boot_seconds\":%d,\"boot_shortened_from\":%.1f,\"simulated_"
	         "speed\":%g",
	         id, passed_s(ms), boot, a->sim->o.speed);
	t = script_add(s, OP_PROGRESS, 0);
	t->word = "launching";
	t->detail = mem_printf("{%s}", note);
	if (rng_chance(&a->rng, a->sim->o.lies)) script_add(s, OP_LIE, 200)->word = "promoted";
	name_instance(script_add(s, OP_RUN, ms), id);
}

/* EC2 has none there: it says so at once, and nothing was launched. */
static bool is_refused_by_ec2(struct script *s, const struct sim_pool *pool)
{
	const struct sim *m = s->agent->sim;
	if (!pool || !world_is_empty(&m->world, pool, m->o.empty, uv_hrtime() / 600000000000u, m->storm_zone))
		return false;
	script_add(s, OP_FAIL, 400)->word = "InsufficientInstanceCapacity: the zone has none of this type";
	return true;
}

static const char *const reasons[] = { "the instance ended while it was launching",
	                               "the new instance did not pass its health check",
	                               "the volume did not attach" };

/* From `launching` on it goes wrong: the new instance ends, the old one stays the primary. */
static void turn_bad(struct script *s, const char *id, const char *note)
{
	struct sim_agent *a = s->agent;
	s->steps[s->n - 1].op = OP_GONE; /* instead of running */
	name_instance(&s->steps[s->n - 1], id);
	struct step *t = script_add(s, OP_FAIL, 200);
	t->word = reasons[rng_int(&a->rng, 0, 2)];
	t->detail = mem_printf("{%s}", note);
}

static void finish(struct script *s, const char *format_free_json)
{
	script_add(s, OP_COMPLETE, 100)->detail = mem_printf("{%s}", format_free_json);
}

/* How long the old instance stays once the new one is primary, 0: for ever. The command says it, or the agent's
 * settings do. */
static int old_instance_wait(const struct table *c, const struct table *state)
{
	int set = table_int(state, 0, "auto_terminate", 1) ? (int)table_int(state, 0, "wait", 300) : 0;
	return (int)table_int(c, 0, "terminate_wait_seconds", set);
}

static void clean_up(struct script *s, const char *old, int64_t wait_ms)
{
	end_instance(s, old, wait_ms);
	struct step gone = s->steps[s->n - 1]; /* cleanup is said between the two */
	s->n--;
	script_add(s, OP_PROGRESS, 0)->word = "cleanup";
	s->steps[s->n++] = gone;
}

static void do_switch(struct script *s, const struct table *c, const struct table *state)
{
	struct sim_agent *a = s->agent;
	const struct sim *m = a->sim;
	char id[20], note[400];
	int row = primary_row(state);
	const char *old = row < 0 ? NULL : table_get(state, (size_t)row, "instance_id"),
	           *mode = table_get(c, 0, "target_mode");
	const struct sim_pool *pool = mode && strcmp(mode, "ondemand") == 0
	                                      ? NULL
	                                      : world_find(&m->world, table_get(c, 0, "target_pool_id"));
	if (pool == NULL && !(mode && strcmp(mode, "ondemand") == 0)) {
		script_add(s, OP_FAIL, 200)->word = "the target pool is not one this agent can launch in";
		return;
	}
	if (is_refused_by_ec2(s, pool)) return;
	int wait = old_instance_wait(c, state);
	bool is_kept = wait == 0;
	double down = 1.5 + rng_lognormal(&a->rng, 4, 0.4);
	int64_t wait_ms = sim_wait_ms(m, wait, CAP_WAIT_MS), down_ms = sim_wait_ms(m, down, CAP_DOWN_MS);
	rng_instance_id(&a->rng, id);
	bring_up(s, id, pool, "primary", note, sizeof(note));
	if (rng_chance(&a->rng, m->o.failures)) {
		turn_bad(s, id, note);
		return;
	}
	script_add(s, OP_PROGRESS, 0)->word = "ready";
	name_instance(script_add(s, OP_PROMOTE, down_ms), id);
	struct step *t = script_add(s, OP_PROGRESS, 0);
	t->word = "promoted";
	t->detail = mem_printf("{%s,\"old_instance_kept\":%s,\"terminate_wait_seconds\":%d,\"terminate_wait_"
	                       "shortened_to\":%.1f}",
	                       note, is_kept ? "true" : "false", wait, (double)wait_ms / 1000);
	const char *notice = table_get(state, 0, "notice");
	if (notice && strcmp(notice, "none") != 0) script_add(s, OP_NOTICE, 0)->word = "none";
	if (old && !is_kept) clean_up(s, old, wait_ms);
	char all[600];
	snprintf(all, sizeof(all),
	         "%s,\"old_instance_id\":%s%s%s,\"downtime_seconds\":%d,\"terminate_wait_seconds\":%d,"
	         "\"terminate_wait_shortened_to\":%.1f",
	         note, old ? "\"" : "", old ? old : "null", old ? "\"" : "",
	         passed_s(down_ms < 1000 ? 1000 : down_ms), wait, (double)wait_ms / 1000);
	finish(s, all);
}

static void do_launch(struct script *s, const struct table *c, const struct table *state)
{
	struct sim_agent *a = s->agent;
	const char *meta = table_get(c, 0, "metadata"), *mode = table_get(c, 0, "target_mode");
	bool is_replica = meta && strstr(meta, "\"role\": \"replica\"") != NULL;
	if (meta && strstr(meta, "\"role\":\"replica\"") != NULL) is_replica = true;
	const struct sim_pool *pool = world_find(&a->sim->world, table_get(c, 0, "target_pool_id"));
	char id[20], note[400];
	if (pool == NULL && !(mode && strcmp(mode, "ondemand") == 0)) {
		script_add(s, OP_FAIL, 200)->word = "the target pool is not one this agent can launch in";
		return;
	}
	if (is_refused_by_ec2(s, pool)) return;
	rng_instance_id(&a->rng, id);
	bring_up(s, id, pool, is_replica ? "replica" : "primary", note, sizeof(note));
	if (rng_chance(&a->rng, a->sim->o.failures)) {
		turn_bad(s, id, note);
		return;
	}
	script_add(s, OP_PROGRESS, 0)->word = "ready";
	int row = primary_row(state), wait = old_instance_wait(c, state);
	if (!is_replica && row >= 0) {
		name_instance(script_add(s, OP_PROMOTE, 300), id);
		script_add(s, OP_PROGRESS, 0)->word = "promoted";
		if (wait > 0)
			clean_up(s, table_get(state, (size_t)row, "instance_id"),
			         sim_wait_ms(a->sim, wait, CAP_WAIT_MS));
	}
	finish(s, note);
}

static void do_promote(struct script *s, const struct table *c, const struct table *state)
{
	int row = primary_row(state), wait = old_instance_wait(c, state);
	const char *id = table_get(c, 0, "instance_id"),
	           *old = row < 0 ? NULL : table_get(state, (size_t)row, "instance_id");
	double down = 1 + rng_lognormal(&s->agent->rng, 2, 0.3);
	int64_t down_ms = sim_wait_ms(s->agent->sim, down, CAP_DOWN_MS);
	char note[120];
	name_instance(script_add(s, OP_PROMOTE, down_ms), id);
	script_add(s, OP_PROGRESS, 0)->word = "promoted";
	if (old && wait > 0 && strcmp(old, id) != 0)
		clean_up(s, old, sim_wait_ms(s->agent->sim, wait, CAP_WAIT_MS));
	snprintf(note, sizeof(note),
	         "\"message\":\"promoted\",\"new_instance_id\":\"%s\",\"downtime_seconds\":%d", id,
	         passed_s(down_ms < 1000 ? 1000 : down_ms));
	finish(s, note);
}

static void do_self_destruct(struct script *s, const struct table *state)
{
	int n = 0;
	for (size_t i = 0; i < state->n_rows && n < 8; i++)
		if (table_get(state, i, "instance_id"))
			end_instance(s, table_get(state, i, "instance_id"), 100), n++;
	finish(s, "\"message\":\"all instances ended\"");
	script_add(s, OP_STATUS, 200)->word = "offline";
	script_add(s, OP_SILENCE, 0)->seconds = 1;
}

/* Instances that an interrupted trouble left in the air. */
static void sweep(struct script *s, const struct table *state)
{
	for (size_t i = 0; i < state->n_rows && s->n < MAX_STEPS; i++)
		if (has_status(state, i, "launching") || has_status(state, i, "terminating"))
			name_instance(script_add(s, OP_GONE, 0), table_get(state, i, "instance_id"));
}

struct script *command_script(struct sim_agent *a, const struct table *c, const struct table *state)
{
	struct script *s = script_new(a);
	const char *type = table_get(c, 0, "command_type"), *id = table_get(c, 0, "instance_id");
	s->is_command = true;
	s->fence = table_int(c, 0, "fence", 0);
	snprintf(s->command, sizeof(s->command), "%s", table_get(c, 0, "command_id"));
	if (strcmp(type, "switch") == 0) {
		do_switch(s, c, state);
	} else if (strcmp(type, "LAUNCH_INSTANCE") == 0) {
		do_launch(s, c, state);
	} else if (strcmp(type, "TERMINATE_INSTANCE") == 0 && id) {
		end_instance(s, id, 300);
		struct step *last = &s->steps[s->n - 1];
		last->after_ms = last->after_ms < 800 ? 800 : last->after_ms;
		finish(s, "\"message\":\"terminated\"");
	} else if (strcmp(type, "PROMOTE_REPLICA_TO_PRIMARY") == 0 && id) {
		do_promote(s, c, state);
	} else if (strcmp(type, "SELF_DESTRUCT") == 0) {
		do_self_destruct(s, state);
	} else if (strcmp(type, "APPLY_CONFIG") == 0) {
		script_add(s, OP_PROGRESS, 500)->word = "ready";
		finish(s, "\"message\":\"applied\"");
	} else {
		script_add(s, OP_FAIL, 200)->word = "the command names no instance";
	}
	if (s->n < MAX_STEPS - 4) sweep(s, state);
	return s;
}
