/* tables_ops.c - the views of operations: alerts, deadlines, freezes, replicas, decisions, notifications. */
#include "views/lists/tables_ops.h"
#include "core/base/mem.h"
#include "sql.h"
#include "views/lists/ranks.h"
#include <string.h>

// clang-format off
static const struct col alert_cols[] = {
	{ "severity",      "severity", AS_TEXT, .min = 8, .sort_by = "severity_rank", .ranks = RANKS_SEVERITY, .style = style_of_state },
	{ "state",         "state",    AS_TEXT, .min = 12, .rank = 2, .ranks = RANKS_ALERT, .style = style_of_state },
	{ "kind",          "alert",    AS_TEXT, .min = 12, .want = 20, .rank = 3 },
	{ "message",       "message",  AS_TEXT, .min = 20, .want = 50, .flex = 1, .is_message = true },
	{ "opened_at",     "open for", AS_AGE, .min = 8 },
	{ "last_seen_at",  "seen",     AS_AGE, .min = 6, .rank = 3 },
	{ "agent",         "agent",    AS_TEXT, .min = 9, .rank = 3 },
	{ "claimed_by",    "claimed by", AS_TEXT, .min = 10, .want = 16, .rank = 3, .about = "who looks after it: a m claims it, a b gives it back, for everyone to see" },
	{ "acked_by",      "seen by",  AS_TEXT, .min = 8, .want = 16, .is_hidden = true, .about = "who acknowledged it: a a does" },
	{ "note",          "note",     AS_TEXT, .min = 12, .want = 24, .rank = 4, .is_message = true, .about = "the last note on it; d shows them all, a e adds one" },
	{ "snoozed_until", "snoozed",  AS_UNTIL, .min = 8, .rank = 4 },
	{ "alert_id",      "id",       AS_INT, .min = 5, .rank = 3 },
	{ "since",         "since",    AS_AGE, .min = 6, .is_hidden = true, .about = "when what it tells of began" },
	{ "rank",          "rank",     AS_INT, .min = 4, .is_hidden = true, .about = "open before over, not yet seen first, then by impact" },
	{ "urgency",       "urgency",  AS_INT, .min = 7, .is_hidden = true, .about = "the default order: by rank, then since when" },
	{ "severity_rank", "sev rank", AS_INT, .min = 4, .is_hidden = true },
	{ "runbook",       "runbook",  AS_TEXT, .min = 12, .want = 34, .is_hidden = true, .about = "the section that says what it means and what to do; d shows it" },
};
const struct view view_alerts = {
	.name = "alerts", .about = "What the worker found wrong; acknowledged, claimed, snoozed and annotated for everyone alike.",
	.query = &sql_queries_alerts_open, .row_key = "alert_id", .label = "message", .cols = alert_cols, .n_cols = ARRAY_LEN(alert_cols),
	.sort = "urgency", .target = TARGET_ALERT, .target_col = "alert_id", .empty = "no alert: nothing is known to be wrong",
	.query_at = &sql_queries_alerts_at, .note_at = "words and severity of then are not kept if the alert went on; snoozes: audit log",
};

static enum style style_of_verdict(const char *v)
{
	return strcmp(v, "RESCUED") == 0    ? ST_OK
	       : strcmp(v, "MAKES IT") == 0 ? ST_TEXT /* an expectation; nothing may be launching yet */
	       : strcmp(v, "MISSED") == 0 || strcmp(v, "MISSES BY") == 0 ? ST_CRIT
	                                                                  : ST_WARN;
}

static enum style style_of_counts_on(const char *v) { return strncmp(v, "nothing is launching", 20) == 0 ? ST_WARN : ST_TEXT; }

static const struct col deadline_cols[] = {
	{ "agent",          "agent",   AS_TEXT, .min = 10, .want = 14, .flex = 1 },
	{ "deadline_at",    "left",    AS_UNTIL, .min = 6, .about = "until the deadline; a rebalance recommendation is a risk and has none" },
	{ "verdict",        "verdict", AS_TEXT, .min = 9, .style = style_of_verdict, .about = "MISSED; MISSES BY, OVERRUN and NOT KNOWN are at risk; MAKES IT; RESCUED; RISK is a rebalance recommendation" },
	{ "margin_seconds", "spare",   AS_DURATION, .min = 7, .rank = 1, .about = "time to spare; negative: what it counts on comes too late by so much" },
	{ "counts_on",      "counts on", AS_TEXT, .min = 20, .want = 60, .flex = 2, .is_message = true, .style = style_of_counts_on },
	{ "az",             "az",      AS_TEXT, .min = 10, .rank = 3 },
	{ "notice_status",  "notice",  AS_TEXT, .min = 11, .rank = 4, .ranks = RANKS_NOTICE, .style = style_of_state },
	{ "received_at",    "came",    AS_AGE, .min = 5, .rank = 5, .about = "how long ago the notice came" },
	{ "client",         "client",  AS_TEXT, .min = 10, .want = 14, .rank = 5 },
	{ "pool",           "pool",    AS_POOL, .min = 15, .want = 22, .rank = 6 },
	{ "instance_id",    "instance", AS_SHORT_ID, .min = 11, .is_hidden = true, .about = "its primary" },
	{ "seconds_left",   "time left", AS_DURATION, .min = 6, .is_hidden = true },
	{ "boot_seconds",   "boot",    AS_DURATION, .min = 6, .is_hidden = true, .about = "how long what it counts on takes from its start, by the p95 of the remaining boot" },
	{ "boot_samples",   "n",       AS_INT, .min = 3, .is_hidden = true, .about = "boots behind that" },
	{ "replica_id",     "replica", AS_SHORT_ID, .min = 11, .is_hidden = true },
	{ "launching_id",   "launching", AS_SHORT_ID, .min = 11, .is_hidden = true },
	{ "boot_pool",      "boots in", AS_POOL, .min = 15, .is_hidden = true },
	{ "place",          "place",   AS_INT, .min = 5, .is_hidden = true, .about = "the default order: missed, at risk, made, rescued, then the recommendations that stand; within, who has least time" },
	{ "agent_id",       "id",      AS_SHORT_ID, .min = 8, .is_hidden = true },
};
const struct view view_deadlines = {
	.name = "deadlines", .about = "Agents under notice: the time they have left, what they count on, and whether they make it; the gravest first.",
	.query = &sql_queries_deadlines, .row_key = "agent_id", .label = "agent", .cols = deadline_cols, .n_cols = ARRAY_LEN(deadline_cols),
	.sort = "place", .refresh_ms = 1000, .target = TARGET_AGENT, .target_col = "agent_id", .opens = "agent", .opens_param = "agent",
	.opens_from = "agent_id", .empty = "no notice: nothing is about to be taken away",
	.query_at = &sql_queries_deadlines_at,
};

static enum style style_of_misses(const char *v) { return v[0] == '0' && !v[1] ? ST_DIM : ST_CRIT; }
static enum style style_of_notices(const char *v) { return v[0] == '0' && !v[1] ? ST_DIM : ST_WARN; }

static const struct col zone_cols[] = {
	{ "az",         "zone",    AS_TEXT, .min = 10, .want = 12 },
	{ "client",     "client",  AS_TEXT, .min = 14, .want = 16, .flex = 1, .about = "a zone's name is each client's own; n/a where it is an id (use1-az1), which means the same to all" },
	{ "agents",     "agents",  AS_INT, .min = 6, .rank = 1, .about = "enabled ones" },
	{ "noticed",    "notices", AS_INT, .min = 7, .style = style_of_notices, .about = "agents whose primary has a Spot interruption notice; who is rescued is none" },
	{ "share",      "%",       AS_PERCENT, .min = 5, .rank = 2, .about = "of its agents that are under notice; from a quarter on, and 3 at least, it is a storm" },
	{ "missed",     "missed",  AS_INT, .min = 6, .style = style_of_misses, .about = "of these, those whose deadline passed" },
	{ "at_risk",    "at risk", AS_INT, .min = 7, .style = style_of_misses, .about = "those that do not make it, or of whom it is not known" },
	{ "next_deadline_at", "next", AS_UNTIL, .min = 6, .rank = 1, .about = "until the next deadline" },
	{ "since",      "since",   AS_AGE, .min = 5, .rank = 2, .about = "how long ago the first notice came" },
	{ "rebalances", "recommended", AS_INT, .min = 11, .rank = 3, .style = style_of_notices, .about = "agents with a rebalance recommendation, which is no notice" },
	{ "seconds_left", "next s", AS_INT, .min = 6, .is_hidden = true },
	{ "place",      "place",   AS_INT, .min = 5, .is_hidden = true, .about = "the default order: storms, then by what is missed or at risk, then by notices" },
	{ "zone",       "id",      AS_TEXT, .min = 10, .is_hidden = true },
};
const struct view view_zones = {
	.name = "zones", .about = "Zones, how many agents they hold and how many of these are under notice; the gravest first.",
	.query = &sql_queries_zones, .row_key = "zone", .label = "az", .cols = zone_cols, .n_cols = ARRAY_LEN(zone_cols),
	.sort = "place", .target = TARGET_ZONE, .target_col = "az", .opens = "agents", .opens_where = "az client", .empty = "no agent has said in which zone it is",
	.query_at = &sql_queries_zones_at, .note_at = "who had no primary then is in no zone",
	.unasked = " agent ",
};

static const struct col freeze_cols[] = {
	{ "scope_type", "scope",   AS_TEXT, .min = 7 },
	{ "scope",      "of",      AS_TEXT, .min = 10, .want = 20 },
	{ "expires_at", "ends in", AS_UNTIL, .min = 8 },
	{ "reason",     "reason",  AS_TEXT, .min = 20, .want = 40, .flex = 1, .is_message = true },
	{ "created_by", "by",      AS_TEXT, .min = 10 },
	{ "created_at", "since",   AS_AGE, .min = 6 },
	{ "freeze_id",  "id",      AS_SHORT_ID, .min = 8 },
};
const struct view view_freezes = {
	.name = "freezes", .about = "Where automatic switching is stopped, by whom, why and until when.",
	.query = &sql_queries_freezes, .row_key = "freeze_id", .label = "scope", .cols = freeze_cols, .n_cols = ARRAY_LEN(freeze_cols),
	.sort = "expires_at", .target = TARGET_FREEZE, .target_col = "freeze_id", .empty = "nothing is frozen",
	.query_at = &sql_queries_freezes_at,
};

static const struct col replica_cols[] = {
	{ "agent",               "agent",    AS_TEXT, .min = 10, .want = 14, .flex = 1 },
	{ "cloud_instance_id",   "instance", AS_SHORT_ID, .min = 12 },
	{ "status",              "status",   AS_TEXT, .min = 11, .ranks = RANKS_REPLICA, .style = style_of_state },
	{ "pool",                "pool",     AS_POOL, .min = 15, .want = 22 },
	{ "launch_requested_at", "asked",    AS_AGE, .min = 6, .is_indexed = true },
	{ "boot_seconds",        "boot",     AS_DURATION, .min = 6 },
	{ "terminated_at",       "ended",    AS_AGE, .min = 6, .rank = 3 },
	{ "client",              "client",   AS_TEXT, .min = 10, .rank = 4 },
	{ "replica_id",          "id",       AS_SHORT_ID, .min = 8, .is_hidden = true },
	{ "dated",             "dated",   AS_TEXT, .min = 5, .is_hidden = true, .about = "ahead: of a time to come, since the clock was put back; those stand last" },
};
static const struct part replica_parts[] = {
	{ .param = "dated", .value = "past", .sort = "launch_requested_at", .is_desc = true, .col = "dated", .holds = "past" },
	{ .param = "dated", .value = "ahead", .sort = "launch_requested_at", .is_desc = true, .col = "dated", .holds = "ahead" },
};
const struct view view_replicas = {
	.name = "replicas", .about = "Replicas that were launched: where, how long they took, what became of them.",
	.query = &sql_queries_replicas, .row_key = "replica_id", .label = "cloud_instance_id", .cols = replica_cols, .n_cols = ARRAY_LEN(replica_cols),
	.sort = "launch_requested_at", .is_desc = true, .parts = replica_parts, .n_parts = ARRAY_LEN(replica_parts), .target = TARGET_AGENT, .target_col = "agent_id", .opens = "agent", .opens_param = "agent",
	.opens_from = "agent_id", .empty = "no replica has been launched",
	.query_at = &sql_queries_replicas_at, .note_at = "promoting is not kept: running until it is promoted",
};

static const struct col outage_cols[] = {
	{ "agent",       "agent",    AS_TEXT, .min = 10, .want = 16, .flex = 1 },
	{ "began_at",    "began",    AS_TIME, .min = 11 },
	{ "ended_at",    "ended",    AS_TIME, .min = 11, .rank = 1, .about = "n/a: it goes on" },
	{ "seconds",     "for",      AS_DURATION, .min = 6, .about = "without a primary" },
	{ "cause",       "cause",    AS_TEXT, .min = 12, .want = 19, .flex = 1, .about = "termination_notice, switch, command, or what became of the instance" },
	{ "is_planned",  "planned",  AS_YESNO, .min = 7, .rank = 2, .about = "a switch of ours did it" },
	{ "pool",        "pool",     AS_POOL, .min = 15, .want = 22, .rank = 3, .about = "of the instance that was lost" },
	{ "instance_id", "instance", AS_SHORT_ID, .min = 11, .rank = 4 },
	{ "client",      "client",   AS_TEXT, .min = 10, .rank = 5 },
	{ "place",       "place",    AS_INT, .min = 5, .is_hidden = true },
	{ "outage_id",   "id",       AS_SHORT_ID, .min = 8, .is_hidden = true },
};
const struct view view_outages = {
	.name = "outages", .about = "When agents had no primary, for how long and why; those that go on first.",
	.query = &sql_queries_outages, .row_key = "outage_id", .label = "agent", .cols = outage_cols, .n_cols = ARRAY_LEN(outage_cols),
	.sort = "place", .target = TARGET_AGENT, .target_col = "agent_id", .opens = "agent", .opens_param = "agent",
	.opens_from = "agent_id", .empty = "no agent was ever without a primary",
	.query_at = &sql_queries_outages_at,
};

static const struct col decision_cols[] = {
	{ "decided_at",         "at",         AS_TIME, .min = 11, .is_indexed = true },
	{ "agent",              "agent",      AS_TEXT, .min = 10, .want = 14, .flex = 1 },
	{ "recommended_action", "action",     AS_TEXT, .min = 9, .want = 17, .ranks = RANKS_ADVICE },
	{ "confidence_score",   "confidence", AS_TEXT, .min = 10 },
	{ "recommended_pool",   "to",         AS_POOL, .min = 15, .want = 22, .rank = 2 },
	{ "expected_savings",   "expected $/h", AS_USD4, .min = 12, .rank = 2 },
	{ "actual_savings",     "got $/h",    AS_USD4, .min = 8, .rank = 2, .about = "n/a until the switch is done" },
	{ "action_taken",       "taken",      AS_YESNO, .min = 5 },
	{ "outcome",            "outcome",    AS_TEXT, .min = 9, .rank = 3, .ranks = RANKS_ADVISED, .style = style_of_state },
	{ "model",              "model",      AS_TEXT, .min = 12, .want = 18, .rank = 4 },
	{ "client",             "client",     AS_TEXT, .min = 10, .rank = 5 },
	{ "decision_id",        "id",         AS_SHORT_ID, .min = 8, .is_hidden = true },
	{ "dated",             "dated",   AS_TEXT, .min = 5, .is_hidden = true, .about = "ahead: of a time to come, since the clock was put back; those stand last" },
};
static const struct part decision_parts[] = {
	{ .param = "dated", .value = "past", .sort = "decided_at", .is_desc = true, .col = "dated", .holds = "past" },
	{ .param = "dated", .value = "ahead", .sort = "decided_at", .is_desc = true, .col = "dated", .holds = "ahead" },
};
const struct view view_decisions = {
	.name = "decisions", .about = "What the models recommended, how sure they were, and what came of it.",
	.query = &sql_queries_decisions, .row_key = "decision_id", .label = "agent", .cols = decision_cols, .n_cols = ARRAY_LEN(decision_cols),
	.sort = "decided_at", .is_desc = true, .parts = decision_parts, .n_parts = ARRAY_LEN(decision_parts), .target = TARGET_AGENT, .target_col = "agent_id", .opens = "agent", .opens_param = "agent",
	.opens_from = "agent_id", .empty = "no model has decided anything yet",
	.query_at = &sql_queries_decisions_at, .note_at = "a decision that was taken later is none here",
};

static const struct col notification_cols[] = {
	{ "created_at",        "at",      AS_TIME, .min = 11, .is_indexed = true },
	{ "notification_type", "type",    AS_TEXT, .min = 8, .ranks = RANKS_MESSAGE, .style = style_of_state },
	{ "client",            "client",  AS_TEXT, .min = 10, .want = 14 },
	{ "message",           "message", AS_TEXT, .min = 20, .want = 60, .flex = 1, .is_message = true },
	{ "is_read",           "read",    AS_YESNO, .min = 4 },
	{ "notification_id",   "id",      AS_SHORT_ID, .min = 8, .is_hidden = true },
	{ "dated",             "dated",   AS_TEXT, .min = 5, .is_hidden = true, .about = "ahead: of a time to come, since the clock was put back; those stand last" },
};
static const struct part notification_parts[] = {
	{ .param = "dated", .value = "past", .sort = "created_at", .is_desc = true, .col = "dated", .holds = "past" },
	{ .param = "dated", .value = "ahead", .sort = "created_at", .is_desc = true, .col = "dated", .holds = "ahead" },
};
const struct view view_notifications = {
	.name = "notifications", .about = "What clients were told.",
	.query = &sql_queries_notifications, .row_key = "notification_id", .label = "message", .cols = notification_cols,
	.n_cols = ARRAY_LEN(notification_cols), .sort = "created_at", .is_desc = true, .parts = notification_parts,
	.n_parts = ARRAY_LEN(notification_parts), .empty = "no client has been told anything",
	.query_at = &sql_queries_notifications_at,
};

static const struct col backlog_cols[] = {
	{ "client",             "client",    AS_TEXT, .min = 12, .want = 20, .flex = 1 },
	{ "waiting",            "waiting",   AS_INT, .min = 8, .about = "stream events that no subscriber has been sent" },
	{ "waiting_seconds",    "oldest",    AS_SECONDS, .min = 7, .about = "how long the oldest of them waits" },
	{ "delivered",          "delivered", AS_INT, .min = 9, .about = "of those that are still kept (an hour)" },
	{ "last_delivered_at",  "last sent", AS_TIME, .min = 11, .rank = 2, .about = "when the newest that was sent had been made" },
	{ "expired",            "expired",   AS_INT, .min = 8, .rank = 2, .about = "past their hour and not yet cleaned up" },
	{ "client_id",          "id",        AS_SHORT_ID, .min = 8, .is_hidden = true },
};
const struct view view_backlog = {
	.name = "backlog", .about = "Stream events by client: how many nobody has been sent yet, and since when.",
	.query = &sql_queries_backlog, .row_key = "client_id", .label = "client", .cols = backlog_cols, .n_cols = ARRAY_LEN(backlog_cols),
	.sort = "waiting", .is_desc = true, .refresh_ms = 5000, .opens = "agents", .opens_param = "client", .opens_from = "client",
	.empty = "no client yet",
};
// clang-format on
