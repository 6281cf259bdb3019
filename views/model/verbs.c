/* verbs.c - every verb, declared: menu, command, help, completion and audit come from its struct. */
#include "views/model/verbs.h"
#include "core/base/mem.h"
#include "sql.h"
#include <string.h>

// clang-format off
static const struct verb_arg switch_args[] = {
	{ "to", "pool", VERB_POOL_ID, .name = "POOL", .about = "the pool to go to; best: the cheapest usable other of its type and region, refused when it saves nothing" },
	{ "ondemand", "mode", VERB_FLAG, "\"ondemand\"", .about = "to on-demand" },
	{ "terminate-after", "terminate_wait_seconds", VERB_DURATION, .name = "S", .about = "how long the old instance lives on beside the new primary (else the agent's own setting)" },
	{ "keep-old", "terminate_wait_seconds", VERB_FLAG, "0", .about = "keep the old instance (it costs on)" },
	{ 0 }
};
static const struct verb_arg launch_args[] = {
	{ "pool", "pool", VERB_POOL_ID, .name = "POOL", .about = "where; best: the cheapest usable pool of its type and region" },
	{ "ondemand", "mode", VERB_FLAG, "\"ondemand\"", .about = "on demand" },
	{ "replica", "role", VERB_FLAG, "\"replica\"", .about = "as a replica (else as the primary)" },
	{ 0 }
};
static const struct verb_arg freeze_args[] = {
	{ "for", "seconds", VERB_DURATION, .name = "2h", .about = "how long; it thaws by itself" },
	{ 0 }
};
static const struct verb_arg cordon_args[] = {
	{ "for", "seconds", VERB_DURATION, .name = "2h", .about = "how long; it opens by itself" },
	{ 0 }
};
static const struct verb_arg snooze_args[] = {
	{ "for", "seconds", VERB_DURATION, .name = "1h", .about = "how long" },
	{ 0 }
};
static const struct verb_arg config_args[] = {
	{ .key = "set", .kind = VERB_KEYVALUE, .is_required = true, .name = "key=value",
	  .about = "auto_switch, manual_replica, auto_terminate, replica, enabled (on, off); replica_count, terminate_wait_seconds, "
	           "max_switches_per_week, min_pool_duration_hours, min_savings_percent, risk_threshold, blacklist_pools" },
	{ 0 }
};
static const struct verb_arg note_args[] = {
	{ .key = "text", .kind = VERB_STR, .is_required = true, .name = "TEXT", .about = "what to remember" },
	{ 0 }
};
static const struct verb_arg no_args[] = { { 0 } };

static const struct verb verb_switch = {
	.name = "switch", .command = "switch", .key = "s", .title = "switch to another pool", .target = VERB_AGENT, .risk = VERB_HIGH,
	.about = "Moves an agent to another pool or on-demand.",
	.args = switch_args, .call = &sql_verbs_switch, .one_of = "pool mode", .makes_command = true,
};
static const struct verb verb_launch = {
	.name = "launch", .command = "launch", .key = "l", .title = "launch an instance", .target = VERB_AGENT, .risk = VERB_HIGH,
	.about = "Starts a replica or the primary.",
	.args = launch_args, .call = &sql_verbs_launch, .one_of = "pool mode", .makes_command = true,
};
static const struct verb verb_promote = {
	.name = "promote", .command = "promote", .key = "p", .title = "promote to primary", .target = VERB_INSTANCE, .risk = VERB_HIGH,
	.about = "Makes a replica its agent's primary.",
	.args = no_args, .call = &sql_verbs_promote, .makes_command = true,
};
static const struct verb verb_terminate = {
	.name = "terminate", .command = "terminate", .key = "t", .title = "terminate", .target = VERB_INSTANCE, .risk = VERB_HIGH,
	.about = "Ends this instance.",
	.args = no_args, .call = &sql_verbs_terminate, .makes_command = true,
};
static const struct verb verb_config = {
	.name = "config", .command = "config", .key = "c", .title = "change settings", .target = VERB_AGENT, .risk = VERB_LOW,
	.about = "Sets the agent's toggles and limits.",
	.args = config_args, .call = &sql_verbs_config, .makes_command = true,
};
static const struct verb verb_self_destruct = {
	.name = "self_destruct", .command = "self-destruct", .key = "X", .title = "self-destruct", .target = VERB_AGENT, .risk = VERB_HIGH,
	.about = "Ends the agent and all its instances.",
	.args = no_args, .call = &sql_verbs_self_destruct, .needs_reason = true, .makes_command = true,
};
static const struct verb verb_cancel = {
	.name = "cancel", .command = "cancel", .key = "n", .title = "cancel the command", .target = VERB_COMMAND, .risk = VERB_LOW,
	.about = "Cancels a command no agent has claimed yet.",
	.args = no_args, .call = &sql_verbs_cancel,
};
static const struct verb verb_freeze = {
	.name = "freeze", .command = "freeze", .key = "z", .title = "freeze automation", .target = VERB_SCOPE, .risk = VERB_LOW,
	.about = "Stops automatic commands; emergencies pass.",
	.args = freeze_args, .call = &sql_verbs_freeze, .one_of = "seconds", .needs_reason = true,
};
static const struct verb verb_thaw = {
	.name = "thaw", .command = "thaw", .key = "w", .title = "thaw", .target = VERB_SCOPE, .risk = VERB_LOW,
	.about = "Ends a freeze before its time.",
	.args = no_args, .call = &sql_verbs_thaw,
};
static const struct verb verb_cordon = {
	.name = "cordon", .command = "cordon", .key = "o", .title = "cordon the pool", .target = VERB_POOL, .risk = VERB_LOW,
	.about = "Closes a pool to switches and launches.",
	.args = cordon_args, .call = &sql_verbs_cordon, .one_of = "seconds", .needs_reason = true,
};
static const struct verb verb_uncordon = {
	.name = "uncordon", .command = "uncordon", .key = "u", .title = "uncordon the pool", .target = VERB_POOL, .risk = VERB_LOW,
	.about = "Opens a cordoned pool again.",
	.args = no_args, .call = &sql_verbs_uncordon,
};
static const struct verb verb_ack = {
	.name = "ack", .command = "ack", .key = "a", .title = "acknowledge the alert", .target = VERB_ALERT, .risk = VERB_LOW,
	.about = "Says that you have seen an alert.",
	.args = no_args, .call = &sql_verbs_ack,
};
static const struct verb verb_claim = {
	.name = "claim", .command = "claim", .key = "m", .title = "claim the alert", .target = VERB_ALERT, .risk = VERB_LOW,
	.about = "Says that you look after an alert.",
	.args = no_args, .call = &sql_verbs_claim,
};
static const struct verb verb_release = {
	.name = "release", .command = "release", .key = "b", .title = "give the alert back", .target = VERB_ALERT, .risk = VERB_LOW,
	.about = "Says that you no longer look after it.",
	.args = no_args, .call = &sql_verbs_release,
};
static const struct verb verb_snooze = {
	.name = "snooze", .command = "snooze", .key = "y", .title = "snooze the alert", .target = VERB_ALERT, .risk = VERB_LOW,
	.about = "Silences an alert for a while.",
	.args = snooze_args, .call = &sql_verbs_snooze, .one_of = "seconds",
};
static const struct verb verb_note = {
	.name = "note", .command = "note", .key = "e", .title = "add a note", .target = VERB_INCIDENT, .risk = VERB_LOW,
	.about = "Adds a note to an incident.",
	.args = note_args, .call = &sql_verbs_note,
};
static const struct verb verb_run_job = {
	.name = "run_job", .key = "r", .title = "run the job now", .target = VERB_JOB, .risk = VERB_LOW,
	.about = "Has the leading worker run a job at once.",
	.args = no_args, .call = &sql_verbs_run_job,
};
static const struct verb verb_stop_job = {
	.name = "stop_job", .key = "n", .title = "stop its run", .target = VERB_JOB, .risk = VERB_LOW,
	.about = "Ends its run at a step; what is done stays.",
	.args = no_args, .call = &sql_verbs_stop_job,
};
static const struct verb verb_drop_part = {
	.name = "drop_part", .command = "drop-part", .key = "d", .title = "drop the part", .target = VERB_ALERT, .risk = VERB_HIGH,
	.about = "Deletes the prices that a job leaves out.",
	.args = no_args, .call = &sql_verbs_drop_part, .needs_reason = true,
};
static const struct verb verb_accept_part = {
	.name = "accept_part", .command = "accept-part", .key = "p", .title = "accept the part", .target = VERB_ALERT, .risk = VERB_LOW,
	.about = "Leaves out for good what a job cannot take in.",
	.args = no_args, .call = &sql_verbs_accept_part, .needs_reason = true,
};
static const struct verb verb_evacuate = {
	.name = "evacuate", .key = "v", .title = "evacuate", .target = VERB_PLACE, .risk = VERB_HIGH,
	.about = "Plans the way out for all in it, then asks to run it.",
	.args = no_args, .call = &sql_verbs_evacuate,
};
static const struct verb verb_run_plan = {
	.name = "run_plan", .key = "r", .title = "run the plan", .target = VERB_PLAN, .risk = VERB_HIGH,
	.about = "Moves its agents as it was shown; the leading worker releases them.",
	.args = no_args, .call = &sql_verbs_run_plan,
};
static const struct verb verb_pause_plan = {
	.name = "pause_plan", .key = "p", .title = "pause the plan", .target = VERB_PLAN, .risk = VERB_LOW,
	.about = "Holds what it has not released yet.",
	.args = no_args, .call = &sql_verbs_pause_plan,
};
static const struct verb verb_resume_plan = {
	.name = "resume_plan", .key = "u", .title = "resume the plan", .target = VERB_PLAN, .risk = VERB_LOW,
	.about = "Goes on with a paused plan.",
	.args = no_args, .call = &sql_verbs_resume_plan,
};
static const struct verb verb_cancel_plan = {
	.name = "cancel_plan", .key = "n", .title = "cancel the plan", .target = VERB_PLAN, .risk = VERB_LOW,
	.about = "Ends it; what moves goes on.",
	.args = no_args, .call = &sql_verbs_cancel_plan,
};

const struct verb *const verbs[] = {
	&verb_switch, &verb_launch, &verb_promote, &verb_terminate, &verb_config, &verb_cordon, &verb_uncordon, &verb_cancel,
	&verb_ack, &verb_claim, &verb_release, &verb_snooze, &verb_note, &verb_drop_part, &verb_accept_part, &verb_run_job, &verb_stop_job, &verb_run_plan, &verb_pause_plan, &verb_resume_plan, &verb_cancel_plan, &verb_evacuate, &verb_freeze, &verb_thaw, &verb_self_destruct, NULL,
};

// clang-format on

/* "self-destruct" and "self_destruct" are the same. */
const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; verbs[i]; i++) {
		const char *a = verbs[i]->name, *b = name;
		while (*a && (*a == *b || (*a == '_' && *b == '-'))) a++, b++;
		if (!*a && !*b) return verbs[i];
	}
	return NULL;
}
