/* bulk.h - one verb on several targets: canary first, then batches, each waiting until its instances are
 * ready; stops at the first failure; the plan is in the journal, so it can be resumed after a
 * lost link or a killed program, and what was sent then is replayed, not sent twice. */
#ifndef SPOTOP_FLEET_BULK_H
#define SPOTOP_FLEET_BULK_H
#include "core/fleet/verb.h"

enum bulk_fate {
	BULK_WAITING, /* not sent; with err: the link failed before it could be */
	BULK_SENT,    /* issued, not yet ready */
	BULK_READY,   /* ready, or done for verbs without a command */
	BULK_FAILED,  /* refused, conflict, failed, cancelled, expired */
	BULK_UNKNOWN, /* sent, the answer was lost and could not be found out */
};
const char *bulk_fate_name(enum bulk_fate f);
struct bulk_target {
	char *target;
	char *args; /* its own; NULL: those of all */
	char request_id[37];
	enum bulk_fate fate;
	struct verb_result *result; /* NULL until answered */
	char stage[16], command_status[16];
	struct err err; /* of a target that got no row */
};
struct bulk_options {
	size_t batch;              /* 0: 1 */
	bool no_canary;            /* the first batch is whole */
	unsigned ready_timeout_ms; /* 0: 15 minutes a batch */
	unsigned poll_ms;          /* 0: 500 */
	const char *bulk_id;       /* resume: ids as in the plan; NULL: a new plan is written */
	const char *const *seen;   /* for each target what was seen of it (JSON); NULL: nothing is compared */
};
struct bulk;
/* on_change after each target's answer or stage; on_end once. Targets belong to the bulk. */
struct bulk *bulk_start(struct verb_engine *v, struct uv_loop_s *loop, struct db *read,
                        const struct verb_request *like, const struct intent_target *targets, size_t n,
                        const struct bulk_options *opts,
                        void (*on_change)(void *ctx, const struct bulk *b, size_t i),
                        void (*on_end)(void *ctx, const struct bulk *b), void *ctx, struct err *e);
const struct bulk_target *bulk_targets(const struct bulk *b, size_t *n);
const char *bulk_id(const struct bulk *b);
/* 0 all ready; 1 stopped part-way; or the code of the first failure when nothing was changed. */
int bulk_exit_code(const struct bulk *b);
/* The link failed in the middle: the plan is still open and may be resumed. */
bool bulk_is_broken(const struct bulk *b);
void bulk_stop(struct bulk *b); /* sends no more; what is sent runs on; on_end follows */
/* As bulk_stop, and what is sent is not waited for either: on_end follows once what was asked is answered. */
void bulk_break_off(struct bulk *b);
size_t bulk_n_asked(const struct bulk *b); /* answers still to come */
size_t bulk_n_begun(const struct bulk *b); /* the targets before that one were sent, or are on their way */
void bulk_abandon(struct bulk *b);         /* the program ends: no callback any more, the plan stays open */
void bulk_free(struct bulk *b);            /* after on_end, or after bulk_abandon and the end of its engine */
#endif
