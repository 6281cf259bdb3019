/* audit.h - the audit chain, checked from outside: every row's hash, link and date, what keeps its rows from being changed,
 * and the anchors (core/fleet/anchor.h): a chain that no longer holds an anchored row was cut or written anew. */
#ifndef SPOTOP_FLEET_AUDIT_H
#define SPOTOP_FLEET_AUDIT_H
#include "core/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct anchors;
struct db;

/* Keeps the chain's head. server: conf_describe. */
bool audit_anchor(struct db *read, const char *server, const struct anchors *a, struct err *e);

struct audit_report {
	int64_t rows, head_id;
	char head_hash[65], head_at[40];
	size_t n_anchors, n_signed; /* of this server, checked */
	size_t n_faults;
};
/* fault(ctx, id, text) for each thing that is wrong; id 0: with the log itself or the anchors. True: it could be checked, see n_faults. */
bool audit_verify(struct db *read, const char *server, const struct anchors *a,
                  void (*fault)(void *ctx, int64_t id, const char *text), void *ctx, struct audit_report *r,
                  struct err *e);
#endif
