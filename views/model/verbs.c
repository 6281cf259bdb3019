/* verbs.c - every verb, declared. The options of a verb stand in one list each, read twice: as the
 * arguments of its procedure and as the lines of its help. V takes a value, F is a flag. */
#include "views/model/verbs.h"
#include "core/base/mem.h"
#include "sql.h"
#include "views/cli/cmd_verb.h"
#include <string.h>

// clang-format off
#define ARG_V(option_, key_, kind_, name_, about_) { .option = option_, .key = key_, .kind = kind_, .name = name_, .about = about_ },
#define ARG_F(option_, key_, json_, about_) { .option = option_, .key = key_, .kind = VERB_FLAG, .value = json_, .about = about_ },
#define OPT_V(option_, key_, kind_, name_, about_) option_ "=" name_ "\0" about_,
#define OPT_F(option_, key_, json_, about_) option_ "\0" about_,
#define COMMON \
	"dry-run\0say what would happen and change nothing; exits as the real one would", \
	"reason=TEXT\0why; kept in the audit log", \
	"override=GUARDRAIL\0go past a guardrail by its name; needs a reason; may be repeated", \
	"request-id=UUID\0the act's id: the same id is never carried out twice", \
	"if-version=N\0only if the target's version is still N; else exit 6"
#define FOLLOWED "wait[=S]\0until it has ended, or S seconds (300): exit 1 when it failed or took longer"
#define MANY \
	"filter=EXPR\0every target the view's filter finds", \
	"batch=K\0several at once: one first, then K at a time, each waited for until ready", \
	"resume=ID\0take up a bulk that was broken off"

#define SWITCH(V, F) \
	V("to", "pool", VERB_POOL_ID, "POOL", "the pool to go to; best: the cheapest usable other of its type and region, refused when it saves nothing") \
	F("ondemand", "mode", "\"ondemand\"", "to on-demand") \
	V("terminate-after", "terminate_wait_seconds", VERB_DURATION, "S", "how long the old box lives on beside the new primary (else the agent's own setting)") \
	F("keep-old", "terminate_wait_seconds", "0", "keep the old box (it costs on)")
#define LAUNCH(V, F) \
	V("pool", "pool", VERB_POOL_ID, "POOL", "where; best: the cheapest usable pool of its type and region") \
	F("ondemand", "mode", "\"ondemand\"", "on demand") \
	F("replica", "role", "\"replica\"", "as a replica (else as the primary)")
#define FREEZE(V, F) V("for", "seconds", VERB_DURATION, "2h", "how long; it thaws by itself")
#define CORDON(V, F) V("for", "seconds", VERB_DURATION, "2h", "how long; it opens by itself")
#define SNOOZE(V, F) V("for", "seconds", VERB_DURATION, "1h", "how long")

static const struct verb_arg switch_args[] = { SWITCH(ARG_V, ARG_F) { 0 } };
static const struct verb_arg launch_args[] = { LAUNCH(ARG_V, ARG_F) { 0 } };
static const struct verb_arg freeze_args[] = { FREEZE(ARG_V, ARG_F) { 0 } };
static const struct verb_arg cordon_args[] = { CORDON(ARG_V, ARG_F) { 0 } };
static const struct verb_arg snooze_args[] = { SNOOZE(ARG_V, ARG_F) { 0 } };
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

static const char *const switch_options[] = { SWITCH(OPT_V, OPT_F) COMMON, FOLLOWED, MANY, NULL };
static const char *const launch_options[] = { LAUNCH(OPT_V, OPT_F) COMMON, FOLLOWED, MANY, NULL };
static const char *const act_options[] = { COMMON, FOLLOWED, MANY, NULL };
static const char *const freeze_options[] = { FREEZE(OPT_V, OPT_F) COMMON, NULL };
static const char *const cordon_options[] = { CORDON(OPT_V, OPT_F) COMMON, MANY, NULL };
static const char *const snooze_options[] = { SNOOZE(OPT_V, OPT_F) COMMON, NULL };
static const char *const plain_options[] = { COMMON, NULL };
static const char *const many_options[] = { COMMON, MANY, NULL };

static const struct verb verb_switch = {
	.name = "switch", .key = "s", .title = "switch to another pool", .target = VERB_AGENT, .risk = VERB_HIGH,
	.about = "Moves it to another pool or to on-demand.",
	.args = switch_args, .call = &sql_verbs_switch, .one_of = "pool mode", .makes_command = true,
};
static const struct verb verb_launch = {
	.name = "launch", .key = "l", .title = "launch an instance", .target = VERB_AGENT, .risk = VERB_HIGH,
	.about = "Starts a replica or the primary.",
	.args = launch_args, .call = &sql_verbs_launch, .one_of = "pool mode", .makes_command = true,
};
static const struct verb verb_promote = {
	.name = "promote", .key = "p", .title = "promote to primary", .target = VERB_INSTANCE, .risk = VERB_HIGH,
	.about = "Makes a replica its agent's primary.",
	.args = no_args, .call = &sql_verbs_promote, .makes_command = true,
};
static const struct verb verb_terminate = {
	.name = "terminate", .key = "t", .title = "terminate", .target = VERB_INSTANCE, .risk = VERB_HIGH,
	.about = "Ends this instance.",
	.args = no_args, .call = &sql_verbs_terminate, .makes_command = true,
};
static const struct verb verb_config = {
	.name = "config", .key = "c", .title = "change settings", .target = VERB_AGENT, .risk = VERB_LOW,
	.about = "Sets the agent's toggles and limits.",
	.args = config_args, .call = &sql_verbs_config, .makes_command = true,
};
static const struct verb verb_self_destruct = {
	.name = "self_destruct", .key = "X", .title = "self-destruct", .target = VERB_AGENT, .risk = VERB_HIGH,
	.about = "Ends the agent and all its instances.",
	.args = no_args, .call = &sql_verbs_self_destruct, .needs_reason = true, .makes_command = true,
};
static const struct verb verb_cancel = {
	.name = "cancel", .key = "n", .title = "cancel the command", .target = VERB_COMMAND, .risk = VERB_LOW,
	.about = "Cancels a command nobody has picked up yet.",
	.args = no_args, .call = &sql_verbs_cancel,
};
static const struct verb verb_freeze = {
	.name = "freeze", .key = "z", .title = "freeze automation", .target = VERB_SCOPE, .risk = VERB_LOW,
	.about = "Stops automatic commands; emergencies pass.",
	.args = freeze_args, .call = &sql_verbs_freeze, .one_of = "seconds", .needs_reason = true,
};
static const struct verb verb_thaw = {
	.name = "thaw", .key = "w", .title = "thaw", .target = VERB_SCOPE, .risk = VERB_LOW,
	.about = "Ends a freeze before its time.",
	.args = no_args, .call = &sql_verbs_thaw,
};
static const struct verb verb_cordon = {
	.name = "cordon", .key = "o", .title = "cordon the pool", .target = VERB_POOL, .risk = VERB_LOW,
	.about = "Closes a pool to switches and launches.",
	.args = cordon_args, .call = &sql_verbs_cordon, .one_of = "seconds", .needs_reason = true,
};
static const struct verb verb_uncordon = {
	.name = "uncordon", .key = "u", .title = "uncordon the pool", .target = VERB_POOL, .risk = VERB_LOW,
	.about = "Opens a cordoned pool again.",
	.args = no_args, .call = &sql_verbs_uncordon,
};
static const struct verb verb_ack = {
	.name = "ack", .key = "a", .title = "acknowledge the alert", .target = VERB_ALERT, .risk = VERB_LOW,
	.about = "Says that you have seen an alert.",
	.args = no_args, .call = &sql_verbs_ack,
};
static const struct verb verb_claim = {
	.name = "claim", .key = "m", .title = "claim the alert", .target = VERB_ALERT, .risk = VERB_LOW,
	.about = "Says that you look after an alert.",
	.args = no_args, .call = &sql_verbs_claim,
};
static const struct verb verb_release = {
	.name = "release", .key = "b", .title = "give the alert back", .target = VERB_ALERT, .risk = VERB_LOW,
	.about = "Says that you no longer look after it.",
	.args = no_args, .call = &sql_verbs_release,
};
static const struct verb verb_snooze = {
	.name = "snooze", .key = "y", .title = "snooze the alert", .target = VERB_ALERT, .risk = VERB_LOW,
	.about = "Silences an alert for a while.",
	.args = snooze_args, .call = &sql_verbs_snooze, .one_of = "seconds",
};
static const struct verb verb_note = {
	.name = "note", .key = "e", .title = "add a note", .target = VERB_INCIDENT, .risk = VERB_LOW,
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

const struct verb *const verbs[] = {
	&verb_switch, &verb_launch, &verb_promote, &verb_terminate, &verb_config, &verb_cordon, &verb_uncordon, &verb_cancel,
	&verb_ack, &verb_claim, &verb_release, &verb_snooze, &verb_note, &verb_run_job, &verb_stop_job, &verb_freeze, &verb_thaw, &verb_self_destruct, NULL,
};

#define COMMAND(name_, word_, usage_, about_, options_) \
	const struct command command_##name_ = { .name = word_, .usage = usage_, .about = about_, .options = options_, .run = cmd_verb_run, .is_act = true };
COMMAND(switch, "switch", "AGENT... (--to POOL|best | --ondemand)", "Moves an agent to another pool, to the best one or to on-demand.", switch_options)
COMMAND(launch, "launch", "AGENT... (--pool POOL|best | --ondemand) [--replica]", "Launches an instance for an agent.", launch_options)
COMMAND(promote, "promote", "INSTANCE", "Makes a replica its agent's primary.", act_options)
COMMAND(terminate, "terminate", "INSTANCE...", "Terminates an instance.", act_options)
COMMAND(config, "config", "AGENT... key=value...", "Sets an agent's toggles and limits.", act_options)
COMMAND(self_destruct, "self-destruct", "AGENT --reason TEXT", "Ends an agent and all its instances.", act_options)
COMMAND(cancel, "cancel", "COMMAND...", "Cancels a command nobody has picked up yet.", many_options)
COMMAND(freeze, "freeze", "fleet|client:NAME|agent:NAME|pool:ID|az:NAME|region:NAME --for 2h --reason TEXT", "Stops automatic commands for a scope.", freeze_options)
COMMAND(thaw, "thaw", "SCOPE", "Ends a freeze before its time.", plain_options)
COMMAND(cordon, "cordon", "POOL... --for 2h --reason TEXT", "Closes a pool to switches and launches.", cordon_options)
COMMAND(uncordon, "uncordon", "POOL...", "Opens a cordoned pool again.", many_options)
COMMAND(ack, "ack", "ALERT...", "Says that you have seen an alert.", plain_options)
COMMAND(claim, "claim", "ALERT...", "Says that you look after an alert.", plain_options)
COMMAND(release, "release", "ALERT...", "Gives a claimed alert back.", plain_options)
COMMAND(snooze, "snooze", "ALERT... --for 1h", "Silences an alert for a while.", snooze_options)
COMMAND(note, "note", "INCIDENT TEXT", "Adds a note to an incident.", plain_options)
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
