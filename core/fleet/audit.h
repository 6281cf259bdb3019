/* audit.h - the audit chain, checked from outside: every row's hash and link, and against anchors.
 *
 * The chain alone shows a changed, removed or reordered row, not a tail that was cut off. For that its
 * head is kept elsewhere now and then (audit_anchor, by the worker): a line of JSON in
 * $XDG_STATE_HOME/spotop/audit-anchors.jsonl. A chain that no longer holds an anchored row was cut. It
 * is evidence, not proof against somebody who rewrites the database and the file. */
#ifndef SPOTOP_FLEET_AUDIT_H
#define SPOTOP_FLEET_AUDIT_H
#include "core/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct db;

/* Keeps the chain's head. server: conf_describe. path NULL: the usual place. Same head as the last
 * anchor: nothing is written. */
bool audit_anchor(struct db *read, const char *server, const char *path, struct err *e);

struct audit_report {
	int64_t rows, head_id;
	char head_hash[65], head_at[40];
	size_t n_anchors; /* of this server, checked */
	size_t n_faults;
};
/* fault(ctx, id, text) for each thing that is wrong. True: it could be checked, see n_faults. */
bool audit_verify(struct db *read, const char *server, const char *path,
                  void (*fault)(void *ctx, int64_t id, const char *text), void *ctx, struct audit_report *r,
                  struct err *e);
#endif
