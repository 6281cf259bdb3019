/* tables_plans.c - the plans of evacuation, and one plan agent by agent. */
#include "views/lists/tables_plans.h"
#include "core/base/mem.h"
#include "sql.h"
#include "views/lists/ranks.h"
#include "views/model/scope.h"

// clang-format off
static const struct col plans_cols[] = {
	{ "scope",     "out of",   AS_TEXT, .min = 14, .want = 22, .flex = 1 },
	{ "client",    "client",   AS_TEXT, .min = 8, .want = 14, .rank = 3, .about = "whose agents it moves" },
	{ "state",     "state",    AS_TEXT, .min = 9, .ranks = RANKS_PLAN, .style = style_of_state },
	{ "agents",    "agents",   AS_INT, .min = 6, .rank = 1 },
	{ "done",      "done",     AS_INT, .min = 4, .rank = 1 },
	{ "moving",    "moving",   AS_INT, .min = 6, .rank = 1, .about = "released: their commands are under way" },
	{ "held",      "held",     AS_INT, .min = 4, .about = "their turn has not come" },
	{ "failed",    "failed",   AS_INT, .min = 6 },
	{ "skipped",   "skipped",  AS_INT, .min = 7, .rank = 4, .about = "needed it no longer, or the plan was cancelled" },
	{ "misses",    "expected misses", AS_INT, .min = 6, .rank = 3, .about = "by the p95 of the boots these do not make their deadline" },
	{ "who",       "by",       AS_TEXT, .min = 10, .want = 18, .about = "who runs it, or made it" },
	{ "created_at", "made",    AS_AGE, .min = 6, .rank = 2 },
	{ "started_at", "runs",    AS_AGE, .min = 6, .rank = 3 },
	{ "usd_per_hour_before", "$/h now", AS_USD2, .min = 7, .rank = 4, .about = "what the primaries cost before it" },
	{ "usd_per_hour_after", "$/h after", AS_USD2, .min = 9, .rank = 4 },
	{ "message",   "message",  AS_TEXT, .min = 12, .want = 30, .rank = 3, .is_message = true },
	{ "plan_id",   "id",       AS_SHORT_ID, .min = 8, .rank = 2 },
	{ "in_flight", "at once",  AS_INT, .min = 7, .is_hidden = true, .about = "how many may be moving at a time" },
	{ "is_over_share", "over share", AS_YESNO, .min = 10, .is_hidden = true, .about = "the share limits are overridden for it" },
	{ "reason",    "reason",   AS_TEXT, .min = 10, .is_hidden = true },
	{ "created_by", "made by", AS_TEXT, .min = 10, .is_hidden = true },
	{ "run_by",    "run by",   AS_TEXT, .min = 10, .is_hidden = true },
	{ "state_by",  "state by", AS_TEXT, .min = 10, .is_hidden = true },
	{ "ended_at",  "ended",    AS_TIME, .min = 11, .is_hidden = true },
	{ "unpriced",  "unpriced", AS_INT, .min = 8, .is_hidden = true, .about = "agents of which a price is not known: the cost is without them" },
	{ "rank",      "rank",     AS_INT, .min = 4, .is_hidden = true },
};
const struct view view_plans = {
	.name = "plans", .about = "Plans of evacuation: who runs which, and how far it is; Enter shows its agents.",
	.query = &sql_queries_plans, .row_key = "plan_id", .label = "scope", .cols = plans_cols, .n_cols = ARRAY_LEN(plans_cols),
	.sort = "rank", .refresh_ms = 1000, .target = TARGET_PLAN, .target_col = "plan_id", .opens = "plan", .opens_param = "plan", .opens_from = "plan_id",
	.empty = "no plan yet; `spotop evacuate ZONE` makes one", .note_at = "what became of plans is in :audit and :commands as of then.",
};

static const struct col plan_cols[] = {
	{ "place",     "#",        AS_INT, .min = 3, .rank = 1 },
	{ "agent",     "agent",    AS_TEXT, .min = 10, .want = 14, .flex = 1 },
	{ "what",      "what",     AS_TEXT, .min = 8, .rank = 2 },
	{ "target",    "to",       AS_POOL, .min = 14, .want = 22, .rank = 1 },
	{ "deadline",  "deadline", AS_UNTIL, .min = 8, .rank = 1 },
	{ "verdict",   "verdict",  AS_TEXT, .min = 15, .want = 16, .style = style_of_state, .about = "by the p95 of the boots there, its turn and its agent's next heartbeat" },
	{ "stage",     "state",    AS_TEXT, .min = 9, .ranks = RANKS_PLANNED, .style = style_of_state },
	{ "seconds",   "took",     AS_DURATION, .min = 6, .rank = 2 },
	{ "expected_s", "expected", AS_DURATION, .min = 8, .rank = 4, .about = "from the start of the plan" },
	{ "evidence",  "evidence", AS_TEXT, .min = 14, .want = 20, .rank = 4 },
	{ "usd_per_hour_before", "$/h now", AS_USD4, .min = 7, .rank = 5 },
	{ "usd_per_hour_after", "$/h after", AS_USD4, .min = 9, .rank = 5 },
	{ "message",   "message",  AS_TEXT, .min = 12, .want = 30, .rank = 3, .is_message = true },
	{ "client",    "client",   AS_TEXT, .min = 10, .rank = 6 },
	{ "attempts",  "tries",    AS_INT, .min = 5, .is_hidden = true },
	{ "margin_s",  "margin",   AS_DURATION, .min = 6, .is_hidden = true },
	{ "command_id", "command", AS_SHORT_ID, .min = 8, .is_hidden = true },
	{ "plan_id",   "plan",     AS_SHORT_ID, .min = 8, .is_hidden = true },
};
const struct view view_plan = {
	.name = "plan", .about = "One plan of evacuation, agent by agent in the order of their turns; without an id the one that goes on.",
	.query = &sql_queries_plan, .row_key = "row_id", .label = "agent", .cols = plan_cols, .n_cols = ARRAY_LEN(plan_cols),
	.sort = "place", .refresh_ms = 1000, .target = TARGET_PLAN, .target_col = "plan_id", .param_help = "PLAN", .param = "plan", .resolve = plan_resolve,
	.empty = "no such plan", .note_at = "what became of plans is in :audit and :commands as of then.",
};
// clang-format on
