/* names.c - what the things of a fleet are called. */
#include "views/model/names.h"
#include "core/base/mem.h"
#include <string.h>

size_t names_args(struct arg out[3], const char *kinds, const char *begins, int64_t most)
{
	out[0] = arg_str("kinds", kinds);
	out[1] = arg_str("begins", begins);
	out[2] = arg_int("most", most);
	return 3;
}

const char *names_of_target(enum verb_target t)
{
	switch (t) {
	case VERB_AGENT: return "agent";
	case VERB_INSTANCE: return "instance";
	case VERB_POOL: return "pool";
	case VERB_COMMAND: return "command";
	case VERB_SCOPE: return "scope";
	case VERB_ALERT:
	case VERB_INCIDENT: return "alert";
	case VERB_JOB: return "";
	case VERB_PLAN: return "plan";
	case VERB_PLACE: return "zone,pool";
	}
	return "";
}

const char *names_of_scope(const char *typed, size_t *prefix)
{
	static const struct {
		const char *prefix, *kinds;
	} of[] = { { "client:", "client" },
		   { "agent:", "agent" },
		   { "pool:", "pool" },
		   { "az:", "zone" },
		   { "region:", "region" } };
	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		*prefix = strlen(of[i].prefix);
		if (strncmp(typed, of[i].prefix, *prefix) == 0) return of[i].kinds;
	}
	*prefix = 0;
	return "agent,client";
}

const char *names_of_word(const char *word)
{
	// clang-format off
	static const struct { const char *word, *kinds; } of[] = {
		{ "agent", "agent" }, { "AGENT", "agent" }, { "client", "client" }, { "CLIENT", "client" }, { "pool", "pool" }, { "POOL", "pool" },
		{ "to", "pool" }, { "plan", "plan" }, { "PLAN", "plan" }, { "run", "plan" }, { "pause", "plan" }, { "resume", "plan" }, { "cancel", "plan" },
		{ "region", "region" }, { "ALERT", "alert" }, { "INCIDENT", "alert" }, { "INSTANCE", "instance" }, { "COMMAND", "command" },
		{ "ZONE", "zone,pool" }, { "[ZONE|POOL]", "zone,pool" }, { "[AGENT|POOL|CLIENT]", "agent,pool,client" }, { "NAME", "job" }, { "[NAME]", "job" }, { "JOB", "job" },
	};
	// clang-format on
	for (size_t i = 0; i < ARRAY_LEN(of); i++)
		if (strcmp(of[i].word, word) == 0) return of[i].kinds;
	return "";
}

// clang-format off
const struct setting settings_of_agent[] = {
	{ "auto_switch", "auto_switch_enabled", "on or off", "switched by models and schedules" },
	{ "manual_replica", "manual_replica_enabled", "on or off", "a replica is kept by hand" },
	{ "auto_terminate", "auto_terminate_enabled", "on or off", "the old instance is terminated after a switch" },
	{ "replica", "replica_enabled", "on or off", "replicas are kept" },
	{ "enabled", "enabled", "on or off", "the agent takes part" },
	{ "replica_count", "replica_count", "0 to 20", "how many replicas" },
	{ "terminate_wait_seconds", "terminate_wait_seconds", "0 to 65535", "how long the old instance lives on; 0: it is kept" },
	{ "heartbeat_interval_seconds", "heartbeat_interval_seconds", "1 to 30", "how often it sends a heartbeat" },
	{ "max_switches_per_week", "max_switches_per_week", "0 to 200", "a guardrail" },
	{ "min_pool_duration_hours", "min_pool_duration_hours", "0 to 720", "a guardrail: how long it stays in a pool" },
	{ "min_savings_percent", "min_savings_percent", "0 to 100", "what a switch by a model has to save" },
	{ "risk_threshold", "risk_threshold", "0 to 1", "the risk that a model may take" },
	{ "preferred_azs", "preferred_azs", "zones, commas between", "where models send it first" },
	{ "blacklist_pools", "blacklist_pools", "pools, commas between", "where it is not sent" },
	{ 0 },
};
// clang-format on
