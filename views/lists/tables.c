/* tables.c - the views that are plain tables: agents, instances, commands, switches, pools, events, clients. */
#include "views/lists/tables.h"
#include "core/base/mem.h"
#include "sql.h"
#include "views/lists/ranks.h"

// clang-format off
static enum style style_of_success(const char *v) { return v[0] == '0' ? ST_CRIT : ST_OK; }
static enum style style_of_said(const char *v) { return v[0] == 'o' && v[1] == 'n' ? ST_DIM : ST_WARN; }
static enum style style_of_count_bad(const char *v) { return v[0] == '0' && !v[1] ? ST_DIM : ST_WARN; }
static enum style style_of_primaries(const char *v) { return v[0] == '1' && !v[1] ? ST_TEXT : ST_CRIT; }

static const struct col agent_cols[] = {
	{ "agent",                   "agent",     AS_TEXT, .min = 12, .want = 14, .flex = 1, .is_indexed = true, .about = "the client's own name for it" },
	{ "health",                  "health",    AS_TEXT, .min = 7, .sort_by = "health_rank", .ranks = RANKS_HEALTH, .style = style_of_state, .about = "ok warn crit dead unknown off: by heartbeat, primaries, notices, zombies, overdue states" },
	{ "cause",                   "cause",     AS_TEXT, .min = 19, .rank = 2, .about = "the first reason for its health" },
	{ "seconds_since_heartbeat", "silent",    AS_SECONDS, .min = 6, .about = "since the last heartbeat, by the server's clock" },
	{ "status",                  "reported",  AS_TEXT, .min = 8, .rank = 3, .ranks = RANKS_REPORTED, .style = style_of_said, .about = "what the agent last said of itself; a dead one still says online" },
	{ "primary_count",           "prim",      AS_INT, .min = 4, .rank = 2, .style = style_of_primaries, .about = "primaries; anything but 1 is wrong" },
	{ "replica_count",           "repl",      AS_INT, .min = 4, .rank = 4, .about = "running replicas" },
	{ "zombie_count",            "zomb",      AS_INT, .min = 4, .rank = 4, .style = style_of_count_bad, .about = "old instances that still cost money" },
	{ "notice_status",           "notice",    AS_TEXT, .min = 11, .rank = 5, .ranks = RANKS_NOTICE, .style = style_of_state, .about = "rebalance: EC2 recommends it; termination: a Spot interruption notice" },
	{ "pool",                    "pool",      AS_POOL, .min = 15, .want = 22, .rank = 5, .about = "pool of the primary" },
	{ "spot_usd_per_hour",       "spot $/h",  AS_USD4, .min = 8, .rank = 6, .about = "its pool's newest price" },
	{ "ondemand_usd_per_hour",   "od $/h",    AS_USD4, .min = 8, .rank = 7, .about = "the newest list price of its type and region" },
	{ "spot_price_at",           "priced",    AS_AGE, .min = 6, .is_hidden = true, .about = "how old its pool's newest price is" },
	{ "client",                  "client",    AS_TEXT, .min = 10, .want = 14, .rank = 6 },
	{ "az",                      "az",        AS_TEXT, .min = 10, .rank = 8 },
	{ "instance_type",           "type",      AS_TEXT, .min = 10, .is_hidden = true },
	{ "region",                  "region",    AS_TEXT, .min = 10, .is_hidden = true },
	{ "current_mode",            "mode",      AS_TEXT, .min = 8, .ranks = RANKS_MODE, .is_hidden = true },
	{ "instance_id",             "instance",  AS_SHORT_ID, .min = 11, .is_hidden = true },
	{ "notice_deadline",         "deadline",  AS_UNTIL, .min = 8, .is_hidden = true },
	{ "total_instances",         "inst",      AS_INT, .min = 4, .is_hidden = true },
	{ "auto_switch_enabled",     "auto",      AS_YESNO, .min = 4, .is_hidden = true },
	{ "enabled",                 "enabled",   AS_YESNO, .min = 7, .is_hidden = true },
	{ "version",                 "version",   AS_INT, .min = 7, .is_hidden = true },
	{ "health_rank",             "rank",      AS_INT, .min = 4, .is_hidden = true },
	{ "impact",                  "impact",    AS_INT, .min = 6, .is_hidden = true, .about = "its place in the one order of what is wrong, 1 the gravest (check --help lists it)" },
	{ "urgency",                 "urgency",   AS_INT, .min = 7, .is_hidden = true, .about = "the default order: by impact, then who has least time or has been silent longest; those that are well by name" },
	{ "agent_id",                "id",        AS_SHORT_ID, .min = 8, .is_indexed = true, .is_hidden = true },
};
static const struct part agent_parts[] = {
	{ .query = &sql_queries_agents_trouble, .keys = &sql_queries_agents_trouble_keys, .sort = "urgency", .col = "health", .holds = "dead crit unknown warn" },
	{ .param = "health", .value = "ok", .sort = "agent", .col = "health", .holds = "ok" },
	{ .param = "health", .value = "off", .sort = "agent", .col = "health", .holds = "off" },
};
const struct view view_agents = {
	.name = "agents", .digit = '2', .about = "Every agent: its health, why, and how long it has been silent; the gravest first.",
	.query = &sql_queries_agents, .row_key = "agent_id", .label = "agent", .cols = agent_cols, .n_cols = ARRAY_LEN(agent_cols),
	.sort = "urgency", .parts = agent_parts, .n_parts = ARRAY_LEN(agent_parts), .target = TARGET_AGENT, .target_col = "agent_id",
	.opens = "agent", .opens_param = "agent", .opens_from = "agent_id",
	.empty = "no agent has registered yet",
	.query_at = &sql_queries_agents_at, .note_at = "not kept: heartbeats (health n/a), changed settings and prices (its pool's)",
};

static const struct col instance_cols[] = {
	{ "instance_id",             "instance",  AS_SHORT_ID, .min = 12, .is_indexed = true },
	{ "instance_status",         "state",     AS_TEXT, .min = 15, .ranks = RANKS_INSTANCE, .style = style_of_state, .about = "launching running_primary running_replica promoting terminating terminated zombie" },
	{ "in_state_seconds",        "for",       AS_SECONDS, .min = 5, .rank = 2, .about = "how long it has been launching or terminating" },
	{ "agent",                   "agent",     AS_TEXT, .min = 12, .want = 14, .flex = 1 },
	{ "mode",                    "mode",      AS_TEXT, .min = 8, .rank = 3, .ranks = RANKS_MODE },
	{ "pool",                    "pool",      AS_POOL, .min = 15, .want = 22, .rank = 5 },
	{ "spot_usd_per_hour",       "spot $/h",  AS_USD4, .min = 8, .rank = 4, .about = "its pool's newest price; where that has none, and of what has ended, the price recorded on it" },
	{ "ondemand_usd_per_hour",   "od $/h",    AS_USD4, .min = 8, .rank = 5, .about = "the newest list price of its type and region" },
	{ "priced_at",               "priced",    AS_AGE, .min = 6, .is_hidden = true, .about = "how old that spot price is" },
	{ "launch_duration_seconds", "boot",      AS_DURATION, .min = 6, .rank = 5, .about = "from request to confirmation" },
	{ "created_at",              "age",       AS_AGE, .min = 5, .rank = 4, .is_indexed = true },
	{ "client",                  "client",    AS_TEXT, .min = 10, .want = 14, .rank = 6 },
	{ "version",                 "version",   AS_INT, .min = 7, .is_hidden = true },
	{ "state_rank",              "rank",      AS_INT, .min = 4, .is_hidden = true },
	{ "is_primary",              "primary",   AS_YESNO, .min = 7, .is_hidden = true },
	{ "is_active",               "active",    AS_YESNO, .min = 6, .is_hidden = true },
	{ "instance_type",           "type",      AS_TEXT, .min = 10, .is_hidden = true },
	{ "region",                  "region",    AS_TEXT, .min = 10, .is_hidden = true },
	{ "az",                      "az",        AS_TEXT, .min = 10, .is_hidden = true },
	{ "launch_requested_at",     "requested", AS_TIME, .min = 8, .is_hidden = true },
	{ "termination_duration_seconds", "terminating", AS_DURATION, .min = 5, .is_hidden = true },
};
static const struct part instance_parts[] = {
	{ .param = "status", .value = "zombie", .sort = "launch_requested_at", .col = "instance_status", .holds = "zombie" },
	{ .param = "status", .value = "launching", .sort = "launch_requested_at", .col = "instance_status", .holds = "launching" },
	{ .param = "status", .value = "terminating", .sort = "termination_requested_at", .col = "instance_status", .holds = "terminating" },
	{ .param = "status", .value = "promoting", .sort = "launch_requested_at", .is_desc = true, .col = "instance_status", .holds = "promoting" },
	{ .param = "status", .value = "running_primary", .sort = "launch_requested_at", .is_desc = true, .col = "instance_status", .holds = "running_primary" },
	{ .param = "status", .value = "running_replica", .sort = "launch_requested_at", .is_desc = true, .col = "instance_status", .holds = "running_replica" },
	{ .param = "status", .value = "terminated", .sort = "launch_requested_at", .is_desc = true, .col = "instance_status", .holds = "terminated" },
};
const struct view view_instances = {
	.name = "instances", .digit = '3', .tab = "inst", .about = "Every instance with its state and clocks; zombies and those on their way first.",
	.query = &sql_queries_instances, .row_key = "instance_id", .label = "instance_id", .cols = instance_cols, .n_cols = ARRAY_LEN(instance_cols),
	.sort = "state_rank", .parts = instance_parts, .n_parts = ARRAY_LEN(instance_parts), .target = TARGET_INSTANCE, .target_col = "instance_id", .opens = "agent", .opens_param = "agent", .opens_from = "agent_id",
	.empty = "no instance yet",
	.query_at = &sql_queries_instances_at, .note_at = "not kept: promoting (a replica), deleted instances, changed prices (the pool's)",
};

static const struct col command_cols[] = {
	{ "created_at",      "created",  AS_TIME, .min = 11, .is_indexed = true },
	{ "command_type",    "command",  AS_TEXT, .min = 8, .want = 18, .ranks = RANKS_TYPE },
	{ "agent",           "agent",    AS_TEXT, .min = 10, .want = 14, .flex = 1 },
	{ "status",          "status",   AS_TEXT, .min = 9, .ranks = RANKS_COMMAND, .style = style_of_state },
	{ "stage",           "stage",    AS_TEXT, .min = 9, .rank = 2, .ranks = RANKS_STAGE, .style = style_of_state, .about = "queued claimed launching ready promoted cleanup done" },
	{ "target",          "target",   AS_POOL, .min = 14, .want = 22, .rank = 3 },
	{ "elapsed_seconds", "took",     AS_DURATION, .min = 5, .rank = 3, .about = "seconds from creation to its end, or until now" },
	{ "trigger_type",    "trigger",  AS_TEXT, .min = 9, .rank = 5, .ranks = RANKS_TRIGGER },
	{ "priority",        "prio",     AS_INT, .min = 4, .rank = 6, .about = "100 emergency, 75 manual, 50 ML urgent, 25 ML normal, 10 scheduled" },
	{ "message",         "message",  AS_TEXT, .min = 16, .want = 30, .flex = 2, .rank = 1, .is_message = true },
	{ "command_id",      "id",       AS_SHORT_ID, .min = 8, .rank = 6 },
	{ "created_by",      "by",       AS_TEXT, .min = 8, .is_hidden = true },
	{ "client",          "client",   AS_TEXT, .min = 10, .is_hidden = true },
	{ "expires_at",      "expires",  AS_TIME, .min = 8, .is_hidden = true },
	{ "attempts",        "tries",    AS_INT, .min = 5, .is_hidden = true },
	{ "instance_id",     "instance", AS_SHORT_ID, .min = 11, .is_hidden = true },
	{ "dated",           "dated",    AS_TEXT, .min = 5, .is_hidden = true, .about = "ahead: of a time to come, since the clock was put back; those stand last" },
};
static const struct part command_parts[] = {
	{ .param = "dated", .value = "past", .sort = "created_at", .is_desc = true, .col = "dated", .holds = "past" },
	{ .param = "dated", .value = "ahead", .sort = "created_at", .is_desc = true, .col = "dated", .holds = "ahead" },
};
const struct view view_commands = {
	.name = "commands", .digit = '5', .tab = "cmds", .about = "The command queue and its history, newest first.",
	.query = &sql_queries_commands, .row_key = "command_id", .label = "command_id", .cols = command_cols, .n_cols = ARRAY_LEN(command_cols),
	.sort = "created_at", .is_desc = true, .parts = command_parts, .n_parts = ARRAY_LEN(command_parts), .refresh_ms = 1000,
	.target = TARGET_COMMAND, .target_col = "command_id",
	.empty = "no command has been issued yet",
	.query_at = &sql_queries_commands_at, .note_at = "stages passed since are not kept; executing: from the first claim to the end",
};

static const struct col switch_cols[] = {
	{ "switched_at",      "at",       AS_TIME, .min = 11, .is_indexed = true },
	{ "agent",            "agent",    AS_TEXT, .min = 10, .want = 14, .flex = 1 },
	{ "success",          "ok",       AS_YESNO, .min = 3, .style = style_of_success },
	{ "event_trigger",    "trigger",  AS_TEXT, .min = 9, .rank = 3, .ranks = RANKS_TRIGGER },
	{ "old_pool",         "from",     AS_POOL, .min = 15, .want = 22, .rank = 2 },
	{ "new_pool",         "to",       AS_POOL, .min = 15, .want = 22 },
	{ "downtime_seconds", "down",     AS_DURATION, .min = 6, .rank = 2, .about = "how long without a primary" },
	{ "boot_seconds",     "boot",     AS_DURATION, .min = 6, .rank = 4 },
	{ "savings_impact",   "saves $/h", AS_USD4, .min = 9, .rank = 4, .about = "change of cost per hour; negative costs more" },
	{ "error_message",    "error",    AS_TEXT, .min = 12, .want = 30, .rank = 3, .is_message = true },
	{ "old_spot_price",   "old $/h",  AS_USD4, .min = 8, .is_hidden = true },
	{ "new_spot_price",   "new $/h",  AS_USD4, .min = 8, .is_hidden = true },
	{ "client",           "client",   AS_TEXT, .min = 10, .is_hidden = true },
	{ "switch_id",        "id",       AS_SHORT_ID, .min = 8, .is_hidden = true },
	{ "dated",            "dated",    AS_TEXT, .min = 5, .is_hidden = true, .about = "ahead: of a time to come, since the clock was put back; those stand last" },
};
static const struct part switch_parts[] = {
	{ .param = "dated", .value = "past", .sort = "switched_at", .is_desc = true, .col = "dated", .holds = "past" },
	{ .param = "dated", .value = "ahead", .sort = "switched_at", .is_desc = true, .col = "dated", .holds = "ahead" },
};
const struct view view_switches = {
	.name = "switches", .digit = '6', .about = "What was switched from where to where, failures included.",
	.query = &sql_queries_switches, .row_key = "switch_id", .label = "agent", .cols = switch_cols, .n_cols = ARRAY_LEN(switch_cols),
	.sort = "switched_at", .is_desc = true, .parts = switch_parts, .n_parts = ARRAY_LEN(switch_parts), .target = TARGET_AGENT, .target_col = "agent_id",
	.empty = "nothing has been switched yet",
	.query_at = &sql_queries_switches_at,
};

static enum style style_of_cordon(const char *v) { return v[0] == '0' ? ST_DIM : ST_WARN; }
static const struct col pool_cols[] = {
	{ "pool",                  "pool",      AS_POOL, .min = 20, .want = 24, .flex = 1 },
	{ "spot_usd_per_hour",     "spot $/h",  AS_USD4, .min = 8 },
	{ "last_price_at",         "price age", AS_AGE, .min = 9, .about = "age of the newest price, from the raw tier" },
	{ "ondemand_usd_per_hour", "od $/h",    AS_USD4, .min = 8, .rank = 2 },
	{ "saving",                "saves %",   AS_PERCENT, .min = 7, .rank = 2, .about = "against on-demand" },
	{ "instances",             "inst",      AS_INT, .min = 4, .rank = 3 },
	{ "boot_seconds",          "boot",      AS_DURATION, .min = 6, .rank = 4 },
	{ "boot_samples",          "n",         AS_INT, .min = 3, .rank = 5, .about = "boots behind the average" },
	{ "is_cordoned",           "cordoned",  AS_YESNO, .min = 8, .rank = 3, .style = style_of_cordon },
	{ "region",                "region",    AS_TEXT, .min = 10, .rank = 6 },
	{ "capacity",              "capacity",  AS_TEXT, .min = 12, .want = 30, .rank = 5, .about = "what EC2 answered the last launch that found none, and how long nothing is sent there" },
	{ "outages_30d",           "outages",   AS_INT, .min = 7, .rank = 6, .about = "times in 30 days that an agent lost its primary here and had no other; planned ones are none" },
	{ "outage_seconds_30d",    "down",      AS_SECONDS, .min = 6, .rank = 6, .about = "how long in all" },
	{ "az",                    "az",        AS_TEXT, .min = 10, .is_hidden = true },
	{ "instance_type",         "type",      AS_TEXT, .min = 10, .is_hidden = true },
	{ "is_active",             "active",    AS_YESNO, .min = 6, .is_hidden = true },
};
const struct view view_pools = {
	.name = "pools", .about = "Pools with their current price and its age; Enter shows the chart.",
	.query = &sql_queries_pools, .row_key = "pool", .label = "pool", .cols = pool_cols, .n_cols = ARRAY_LEN(pool_cols),
	.sort = "spot_usd_per_hour", .target = TARGET_POOL, .target_col = "pool", .opens = "chart", .opens_param = "pool", .opens_from = "pool",
	.empty = "no pool yet; `spotop import prices FILE` makes them",
	.query_at = &sql_queries_pools_at, .note_at = "boot times and notices of then are not kept; cordons: as the audit log has them",
};

static const struct col client_cols[] = {
	{ "client",              "client",   AS_TEXT, .min = 20, .want = 20, .flex = 1 },
	{ "agents",              "agents",   AS_INT, .min = 6, .about = "all that are registered; the header and check count those that are not off" },
	{ "agents_off",          "off",      AS_INT, .min = 4, .rank = 6, .about = "of these agents, those that are switched off" },
	{ "total_instances",     "inst",     AS_INT, .min = 5 },
	{ "running",             "running",  AS_INT, .min = 7, .rank = 2 },
	{ "zombies",             "zombies",  AS_INT, .min = 7, .rank = 2, .style = style_of_count_bad },
	{ "cost_usd_per_hour",   "$/h",      AS_USD2, .min = 9 },
	{ "saved_usd_per_hour",  "saved $/h", AS_USD2, .min = 9, .about = "measured: primaries in spot mode with both prices known" },
	{ "saved_usd_per_month", "saved $/month", AS_USD2, .min = 12, .rank = 2, .about = "30 days of it" },
	{ "zombie_usd_per_hour", "zombies $/h", AS_USD2, .min = 11, .rank = 3 },
	{ "priced_at",           "priced",   AS_AGE, .min = 6, .rank = 2, .about = "how old the oldest spot price in these sums is" },
	{ "summed_at",           "summed",   AS_AGE, .min = 6, .is_hidden = true, .about = "of when the sums are, where there are so many that the leading worker keeps them; else of now" },
	{ "unpriced",            "unpriced", AS_INT, .min = 8, .rank = 3, .style = style_of_count_bad, .about = "instances of unknown price: they cost more than is told" },
	{ "unmeasured",          "unmeasured", AS_INT, .min = 10, .is_hidden = true, .about = "primaries in spot mode whose savings are not known" },
	{ "plan",                "plan",     AS_TEXT, .min = 10, .rank = 4 },
	{ "client_id",           "id",       AS_SHORT_ID, .min = 8, .is_hidden = true },
};
const struct view view_clients = {
	.name = "clients", .about = "Clients with what they run, cost and save.",
	.query = &sql_queries_clients, .row_key = "client_id", .label = "client", .cols = client_cols, .n_cols = ARRAY_LEN(client_cols),
	.sort = "client", .opens = "agents", .opens_param = "client", .opens_from = "client", .empty = "no client yet",
	.query_at = &sql_queries_clients_at, .note_at = "plan and limits are not kept; prices that changed since: the pool's of then",
};
// clang-format on
