/* tables_actions.c - what people do to the fleet: the tracker of my commands, the landmines, the audit log. */
#include "views/lists/tables_actions.h"
#include "core/base/mem.h"
#include "sql.h"
#include "views/lists/ranks.h"
#include <stddef.h>

// clang-format off
static const struct col tracker_cols[] = {
	{ "agent",                 "agent",    AS_TEXT, .min = 10, .want = 14, .flex = 1 },
	{ "command_type",          "command",  AS_TEXT, .min = 8, .want = 18, .rank = 1 },
	{ "target",                "target",   AS_POOL, .min = 12, .want = 22, .rank = 1 },
	{ "state",                 "state",    AS_TEXT, .min = 9, .ranks = RANKS_TRACKED, .style = style_of_state, .about = "queued claimed launching ready promoted cleanup; then how it ended" },
	{ "elapsed_seconds",       "took",     AS_DURATION, .min = 6 },
	{ "p50_seconds",           "p50",      AS_DURATION, .min = 5, .rank = 3, .about = "of the last 500 such commands that succeeded" },
	{ "p95_seconds",           "p95",      AS_DURATION, .min = 5, .rank = 2 },
	{ "is_overrun",            "over",     AS_YESNO, .min = 4, .rank = 3, .about = "slower than the p95 of past ones" },
	{ "expected_usd_per_hour", "exp $/h",  AS_USD4, .min = 7, .rank = 2, .about = "the change of cost that was expected" },
	{ "real_usd_per_hour",     "real $/h", AS_USD4, .min = 8, .rank = 2, .about = "the change of cost that came" },
	{ "downtime_seconds",      "down",     AS_DURATION, .min = 5, .rank = 4 },
	{ "old_instance_status",   "old inst.",  AS_TEXT, .min = 10, .rank = 5, .ranks = RANKS_INSTANCE, .style = style_of_state },
	{ "message",               "message",  AS_TEXT, .min = 14, .want = 30, .flex = 2, .rank = 1, .is_message = true },
	{ "command_id",            "id",       AS_SHORT_ID, .min = 8, .rank = 6 },
	{ "status",                "status",   AS_TEXT, .min = 9, .is_hidden = true, .ranks = RANKS_COMMAND, .style = style_of_state },
	{ "stage",                 "stage",    AS_TEXT, .min = 9, .is_hidden = true, .ranks = RANKS_STAGE, .style = style_of_state },
	{ "reason",                "reason",   AS_TEXT, .min = 10, .is_hidden = true },
	{ "created_at",            "issued",  AS_TIME, .min = 8, .is_hidden = true },
	{ "boot_seconds",          "boot",     AS_DURATION, .min = 5, .is_hidden = true },
	{ "request_id",            "request",  AS_SHORT_ID, .min = 8, .is_hidden = true },
	{ "agent_id",              "agent id", AS_SHORT_ID, .min = 8, .is_hidden = true },
	{ "inverse_verb",          "undo by",  AS_TEXT, .min = 8, .is_hidden = true, .about = "the action that would turn it back (u)" },
	{ "inverse_target",        "undo of",  AS_SHORT_ID, .min = 8, .is_hidden = true },
	{ "inverse_args",          "inverse",  AS_JSON, .min = 10, .is_hidden = true, .about = "its arguments" },
	{ "dated",             "dated",   AS_TEXT, .min = 5, .is_hidden = true, .about = "ahead: of a time to come, since the clock was put back; those stand last" },
};
static const struct part tracker_parts[] = {
	{ .param = "dated", .value = "past", .sort = "created_at", .is_desc = true, .col = "dated", .holds = "past" },
	{ .param = "dated", .value = "ahead", .sort = "created_at", .is_desc = true, .col = "dated", .holds = "ahead" },
};
const struct view view_tracker = {
	.name = "tracker", .about = "My commands, from issue to end, against what such commands took before.",
	.query = &sql_queries_tracker, .row_key = "command_id", .label = "command_id", .cols = tracker_cols, .n_cols = ARRAY_LEN(tracker_cols),
	.sort = "created_at", .is_desc = true, .parts = tracker_parts, .n_parts = ARRAY_LEN(tracker_parts), .refresh_ms = 1000, .target = TARGET_COMMAND, .target_col = "command_id",
	.empty = "no command of yours in the last day",
	.note_at = "your actions stand in :audit and :commands as of then.",
};

static const struct col landmine_cols[] = {
	{ "agent",        "agent",   AS_TEXT, .min = 10, .want = 14, .flex = 1 },
	{ "mine",         "what",    AS_TEXT, .min = 13, .about = "agent_silent duplicate opposite stuck lease_lost target_closed target_gone" },
	{ "why",          "why",     AS_TEXT, .min = 38, .want = 60, .flex = 2, .is_message = true },
	{ "command_type", "command", AS_TEXT, .min = 8, .want = 18, .rank = 3 },
	{ "target",       "target",  AS_POOL, .min = 12, .want = 22, .rank = 3 },
	{ "status",       "status",  AS_TEXT, .min = 9, .rank = 4, .ranks = RANKS_COMMAND, .style = style_of_state },
	{ "age_seconds",  "age",     AS_SECONDS, .min = 5 },
	{ "created_by",   "by",      AS_TEXT, .min = 8, .want = 16, .rank = 4 },
	{ "expires_at",   "expires", AS_UNTIL, .min = 8, .rank = 4 },
	{ "command_id",   "id",      AS_SHORT_ID, .min = 8, .rank = 3 },
	{ "trigger_type", "trigger", AS_TEXT, .min = 9, .is_hidden = true },
	{ "priority",     "prio",    AS_INT, .min = 4, .is_hidden = true },
	{ "client",       "client",  AS_TEXT, .min = 10, .is_hidden = true },
	{ "created_at",   "issued", AS_TIME, .min = 8, .is_hidden = true },
	{ "rank",         "rank",    AS_INT, .min = 4, .is_hidden = true, .about = "1: an outage may come of it" },
};
const struct view view_landmines = {
	.name = "landmines", .about = "Commands that will fire late or never, or against each other.",
	.query = &sql_queries_landmines, .row_key = "mine_id", .label = "command_id", .cols = landmine_cols, .n_cols = ARRAY_LEN(landmine_cols),
	.sort = "rank", .target = TARGET_COMMAND, .target_col = "command_id", .empty = "none: every command under way is as it should be",
	.note_at = "the commands of then are in :commands.",
};

static const struct col audit_cols[] = {
	{ "at",          "at",         AS_TIME, .min = 11 },
	{ "actor",       "login",      AS_TEXT, .min = 8, .want = 18 },
	{ "os_user",     "user",       AS_TEXT, .min = 6, .want = 10, .rank = 3 },
	{ "host",        "host",       AS_TEXT, .min = 6, .want = 14, .rank = 4 },
	{ "message",     "what",       AS_TEXT, .min = 26, .want = 36, .flex = 2, .is_message = true },
	{ "result",      "result",     AS_TEXT, .min = 8, .style = style_of_state },
	{ "reason",      "why",        AS_TEXT, .min = 10, .want = 30, .flex = 1, .rank = 2, .is_message = true },
	{ "overridden",  "overridden", AS_TEXT, .min = 10, .want = 18, .rank = 3 },
	{ "action",      "action",     AS_TEXT, .min = 8, .is_hidden = true },
	{ "target_type", "of",         AS_TEXT, .min = 8, .is_hidden = true },
	{ "target_id",   "target id",  AS_SHORT_ID, .min = 8, .is_hidden = true },
	{ "target",      "target",     AS_TEXT, .min = 10, .is_hidden = true },
	{ "request_id",  "request",    AS_SHORT_ID, .min = 8, .rank = 5 },
	{ "command_id",  "command",    AS_SHORT_ID, .min = 8, .rank = 5 },
	{ "audit_id",    "row",        AS_INT, .min = 5, .is_hidden = true },
	{ "before_state", "before",    AS_JSON, .min = 10, .is_hidden = true },
	{ "after_state", "after",      AS_JSON, .min = 10, .is_hidden = true },
	{ "hash",        "hash",       AS_TEXT, .min = 8, .is_hidden = true },
	{ "dated",       "dated",      AS_TEXT, .min = 5, .is_hidden = true, .about = "ahead: of a time to come, since the clock was put back; rows stand as they were written" },
};
const struct view view_audit = {
	.name = "audit", .about = "Who did what to what, why, and what came of it; newest first.",
	.query = &sql_queries_audit, .row_key = "audit_id", .label = "audit_id", .cols = audit_cols, .n_cols = ARRAY_LEN(audit_cols),
	.sort = "audit_id", .is_desc = true, .empty = "nobody has done anything yet",
	.query_at = &sql_queries_audit_at,
};
// clang-format on
