/* intent.h - the journal of what was about to be sent: $XDG_STATE_HOME/spotop/intents.jsonl.
 *
 * One JSON object a line, appended whole and fsynced before anything goes to the server; a later line
 * with the same request id says what became of it. A line without an end (power cut) is passed over.
 * Several programs may write to it at once: each append opens the file, holds a lock and closes it.
 * What is resolved stays for 30 days, but no more than 4 MB of it: reading costs what is open, and a look at
 * the first words of at most 4 MB of lines. */
#ifndef SPOTOP_FLEET_INTENT_H
#define SPOTOP_FLEET_INTENT_H
#include "core/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* One action that is about to be sent. Strings are borrowed; NULL is null. */
struct intent {
	const char *request_id, *verb, *target;
	const char *args, *seen, *override; /* JSON text */
	const char *reason;
	const char *bulk_id;     /* the action is one of a bulk */
	const char *server;      /* conf_describe: which database */
	unsigned long thread_id; /* of the link it goes over */
	int64_t at_wall_ms;      /* when it was sent; 0: now */
};
/* A bulk: every target with the request id it will be sent under, fixed before the first is sent. */
struct intent_target {
	const char *target, *request_id;
	const char *args; /* its own; NULL: those of the plan */
};
struct intent_plan {
	const char *bulk_id, *verb, *args, *override, *reason, *server;
	size_t batch;
	const struct intent_target *targets;
	size_t n;
};

/* path NULL: the usual place. Both are on disk when they return true. */
bool intent_write(const char *path, const struct intent *in, struct err *e);
bool intent_write_plan(const char *path, const struct intent_plan *plan, struct err *e);
/* outcome: "done", "refused", "conflict", "void" (it never happens), "failed", "left" (given up by
 * the operator; for a plan: finished or given up), "lost" (it was done, on a server that failed before another had
 * it). id is a request id or a bulk id; gtid: of what was done, NULL where it is not known. */
bool intent_resolve(const char *path, const char *id, const char *outcome, const char *message, const char *gtid,
                    struct err *e);

/* What the journal holds: unresolved actions and unfinished plans, oldest first. */
struct intent_list {
	struct intent_item {
		struct intent in;
		bool is_alive;       /* the program that wrote it still runs: in flight, not lost */
		const char *outcome; /* NULL: unresolved */
	} * items;
	size_t n;
	struct intent_plan *plans; /* not resolved */
	bool *plan_is_alive;
	size_t n_plans;
	struct intent_done {
		const char *request_id, *gtid;
		const char *line; /* the action's, as it was written: most are never looked at */
		bool is_void;
	} * done;                 /* done or voided where a server replicates: the latest 1,000, the newest first (lost.h) */
	size_t n_done;
	size_t n_broken;     /* lines that could not be read */
	size_t n_bytes;      /* what the reading cost: the file's length, */
	size_t n_parsed;     /* and the lines of it that were parsed as JSON */
	struct arena *arena; /* holds everything above */
};
/* all: resolved ones too. Frees with intent_list_free. No journal yet: an empty list. A journal over 4 MB is
 * compacted on the way, so that the next reading is cheap; where that cannot be, it is read all the same. */
bool intent_read(const char *path, bool all, struct intent_list *list, struct err *e);
void intent_list_free(struct intent_list *list);
/* The bulk that a request was one of, ended or not: list->plans[0]; none of it: n_plans is 0. Frees as above. */
bool intent_bulk_of(const char *path, const char *request_id, struct intent_list *list, struct err *e);
/* Once the file is over 4 MB: drops what was resolved more than 30 days ago, and of the rest the oldest until
 * 2 MB are left. What is open stays, whatever its age and length. A program that is killed meanwhile leaves
 * the journal as it was or as it should be. The long one keeps the name PATH.old until the next time, which has less
 * to do: to let it go would take the first action as long as all the rest. */
bool intent_compact(const char *path, struct err *e);
#endif
