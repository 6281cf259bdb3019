/* verb.h - actions on the fleet: what a verb is, and the engine that previews, issues and follows one.
 *
 * A verb is a declaration (views/model/verbs.c); the rules live in its procedure verb_NAME, which validates,
 * acts and audits in one transaction and answers with one row. The engine adds what the procedure
 * cannot: an intent on disk before anything is sent, and the truth after a lost link. It knows no
 * terminal. Everything comes in two forms: with a callback (the console: the callback runs from the
 * loop, exactly once, never before the call returned) and _wait (a headless command: turns the loop).
 *
 * The life of an action:
 *   verb_preview   dry run: guardrails, before and after state; sends nothing that changes anything
 *   verb_issue     intent to disk -> CALL -> row. Status done, refused, conflict, replayed.
 *                  Link lost: on_state says VERB_CHECKING; over a new link the outcome is asked by request id. No row
 *                  of it says nothing: it may run yet, or be on its way. So it is sent again under its id (sends_again:
 *                  the first or this one is done, once) or voided: then its status is VERB_VOID, and it never happens.
 *                  While a verb is under way on the server, the void waits: VERB_RUNNING.
 *                  ERR_UNKNOWN only when that could not be done in unknown_ms.
 *   verb_void      makes sure that a request never happens, unless it did
 *   verb_follow    the command's stages until it ends
 * The same request id with the same verb, target and arguments always gives the first result. */
#ifndef SPOTOP_FLEET_VERB_H
#define SPOTOP_FLEET_VERB_H
#include "core/base/err.h"
#include "core/fleet/intent.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct db;
struct query;
struct table;
struct uv_loop_s;

/* --- a verb, declared --- */
enum verb_target {
	VERB_AGENT,
	VERB_INSTANCE,
	VERB_POOL,
	VERB_COMMAND,
	VERB_SCOPE,
	VERB_ALERT,
	VERB_INCIDENT,
	VERB_JOB,
	VERB_PLAN,
	VERB_PLACE /* a zone or a pool */
};
enum verb_risk {
	VERB_LOW,  /* Enter is not enough, one key (y) is */
	VERB_HIGH, /* the last four characters of the target's id are typed */
};
enum verb_arg_kind {
	VERB_STR,
	VERB_FLAG,
	VERB_INT,
	VERB_DURATION /* seconds in the JSON */,
	VERB_POOL_ID,
	VERB_KEYVALUE
};
struct verb_arg {
	const char *option; /* "to": --to X; NULL for positional arguments (the rest of the words) */
	const char *key;    /* its key in the JSON arguments: "pool" */
	enum verb_arg_kind kind;
	const char *value; /* VERB_FLAG: the JSON value when given ("\"ondemand\"", "true") */
	bool is_required;
	const char *name; /* placeholder in usage: "POOL" */
	const char *about;
};
struct verb {
	const char *name;    /* "switch": the command, the audit's action, procedure verb_switch */
	const char *command; /* on the command line: "self-destruct"; NULL: in the menu alone */
	const char *key;     /* in the action menu */
	const char *title;   /* "switch to another pool" */
	const char *about;   /* one sentence */
	enum verb_target target;
	enum verb_risk risk;
	const struct verb_arg *args; /* option-less last; ended by a zero entry */
	const struct query *call;    /* sql/verbs/NAME.sql */
	const char *one_of;          /* "pool mode": exactly one of these keys must be given */
	bool needs_reason;
	bool makes_command; /* its row has a command_id that can be followed */
};
const char *verb_target_name(enum verb_target t); /* "AGENT", "INSTANCE", ... */

/* --- one action --- */
struct verb_request {
	const struct verb *verb;
	char request_id[37];  /* "": made by the engine at the first preview or issue */
	const char *target;   /* "agent-031", "client/agent-031", a UUID, an instance, a pool, a scope */
	const char *args;     /* JSON object; NULL: {} */
	const char *seen;     /* JSON object: what the operator saw (verb_seen); NULL: nothing compared */
	const char *override; /* JSON array of guardrail names; NULL: none */
	const char *reason;
	int64_t seen_at_mono_ms; /* when `seen` was read; 0: not checked. Older than max_age_ms: refused */
	const char *bulk_id;
};
enum verb_status {
	VERB_DONE,
	VERB_DRY_RUN,
	VERB_REFUSED,
	VERB_CONFLICT,
	VERB_REPLAYED,
	VERB_VOID, /* its key is taken: it did not happen and never will */
};
const char *verb_status_name(enum verb_status s); /* "done", "dry_run", ... as in the JSON */
struct verb_guard {
	const char *name, *detail;
	bool is_ok, is_overridden, may_override;
};
/* The row, in memory of its own; free with verb_result_free. */
struct verb_result {
	char request_id[37];
	const char *command_id; /* NULL: the verb makes none, or it did not happen */
	const char *target;     /* the resolved name: "agent-031" */
	enum verb_status status;
	const char *message; /* a sentence */
	struct verb_guard *guards;
	size_t n_guards;
	const char *guardrails, *before_state, *after_state; /* JSON, as they came */
	const char *gtid; /* of the write, where the server has a binary log; NULL: not known */
	int64_t version;                                     /* -1: none */
	bool was_checked; /* the answer was lost and found again by its id */
	int64_t read_at_mono_ms;
	struct table *table; /* what the strings point into */
};
void verb_result_free(struct verb_result *r);
bool verb_is_ok(const struct verb_result *r); /* done, dry_run or replayed */
/* 0 done/dry run, 4 refused or void, 6 conflict. */
int verb_exit_code(const struct verb_result *r);
/* `seen` for an issue, from a preview's row: free(). What before_state shows is what was seen. */
char *verb_seen(const struct verb_result *preview);

/* --- the engine --- */
struct verb_engine;
enum verb_state {
	VERB_SENDING,
	VERB_CHECKING, /* "outcome unknown, checking" */
	VERB_RUNNING,  /* a verb is under way on the server, and may be this one */
	VERB_SETTLED
};
/* lost_ms: since its answer was lost; 0: it was not. */
typedef void (*verb_state_cb)(void *ctx, const char *request_id, enum verb_state s, int64_t lost_ms);
struct verb_options {
	const char *journal;             /* NULL: the usual place */
	const char *server;              /* conf_describe: told apart in the journal */
	unsigned max_age_ms;             /* 0: 10,000; what was seen may be this old at issue */
	unsigned unknown_ms;             /* how long to find out after a lost link; 0: for ever */
	unsigned deadline_ms;            /* 0: 35,000; the server ends a verb after 30 s */
	bool sends_again;                /* after a lost link, under the same id; else it is voided */
	double price_tolerance;          /* 0: 0.05 */
	const struct verb *const *verbs; /* NULL-ended: for intents found in the journal */
};
/* r is yours and NULL on error (e is set then). */
typedef void (*verb_cb)(void *ctx, struct verb_result *r, const struct err *e);
/* `write` is a DB_WRITE link that outlives the engine. */
struct verb_engine *verb_open(struct uv_loop_s *loop, struct db *write, const struct verb_options *opts);
/* Running actions answer ERR_UNKNOWN (sent) or ERR_CANCELLED; then it is gone. */
void verb_close_wait(struct verb_engine *v);
/* By how much a price may differ from what was seen, as a share of it. */
double verb_price_tolerance(const struct verb_engine *v);
void verb_on_state(struct verb_engine *v, verb_state_cb cb, void *ctx);
/* Strings of the request are copied; request_id is filled in when it was empty. */
void verb_preview(struct verb_engine *v, struct verb_request *req, verb_cb cb, void *ctx);
void verb_issue(struct verb_engine *v, struct verb_request *req, verb_cb cb, void *ctx);
bool verb_preview_wait(struct verb_engine *v, struct verb_request *req, struct verb_result **r,
                       struct err *e);
bool verb_issue_wait(struct verb_engine *v, struct verb_request *req, struct verb_result **r, struct err *e);

/* --- what a previous session left open --- */
/* Unresolved actions for this server, from programs that are gone. Free with intent_list_free. */
bool verb_pending_intents(struct verb_engine *v, struct intent_list *list, struct err *e);
/* Asks what became of one: r->status is VERB_REPLAYED (it happened), VERB_VOID, or what it was refused with, and the
 * journal is told. No row of it is ERR_UNKNOWN: verb_issue with the intent's own id, args and reason, or verb_void. */
void verb_settle(struct verb_engine *v, const struct intent *in, verb_cb cb, void *ctx);
bool verb_settle_wait(struct verb_engine *v, const struct intent *in, struct verb_result **r, struct err *e);

/* --- a request whose fate is unknown --- */
/* r->status: VERB_VOID, now or before, or VERB_REPLAYED with what was done. ERR_REFUSED: of another login. */
void verb_void(struct verb_engine *v, const char *request_id, const char *reason, verb_cb cb, void *ctx);
bool verb_void_wait(struct verb_engine *v, const char *request_id, const char *reason, struct verb_result **r,
                    struct err *e);

/* --- after it: the command's stages --- */
struct verb_progress {
	const char *command_id, *target, *status, *stage, *message;
	double elapsed_s, p50_s, p95_s;                  /* of past ones of its type; negative: unknown */
	double expected_usd_per_hour, real_usd_per_hour; /* the change of cost, if known */
	double downtime_s;                               /* negative: unknown */
	bool has_expected, has_real;
	bool is_overrun; /* under way for longer than 95 of 100 past ones */
	bool is_ready;   /* the new instance is up (or the command is over, well) */
	bool is_over, is_failed;
};
/* Called at each change of any of them and at least once; return false to stop. rows:
 * sql/queries/verb_progress. */
struct verb_watch;
typedef bool (*verb_watch_cb)(void *ctx, const struct verb_progress *p, size_t n, const struct err *e);
struct verb_followed {
	const char *command_id, *gtid; /* gtid: the result's; NULL: a loss of it cannot be told */
};
/* Follows up to 1,000 commands through link `read`, every interval_ms. Stop with verb_watch_stop. One that is not there
 * is looked for where writes go (write; NULL: read): what a failover lost is over, failed, with the status "lost". */
struct verb_watch *verb_follow(struct uv_loop_s *loop, struct db *read, struct db *write,
                               const struct verb_followed *commands, size_t n, unsigned interval_ms,
                               verb_watch_cb cb, void *ctx);
void verb_watch_stop(struct verb_watch *w);
#endif
