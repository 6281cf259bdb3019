/* verb_action.h - an action under way, and its engine: what verb.c (sent) and verb_settle.c (settled) stand on. */
#ifndef SPOTOP_FLEET_VERB_ACTION_H
#define SPOTOP_FLEET_VERB_ACTION_H
#include "core/base/mem.h"
#include "core/fleet/verb.h"
#include <uv.h>

#define VERB_LIMIT_MS 30000 /* the server's for a verb: each holds the audit chain's head, and others wait */

struct verb_action {
	struct verb_action *next;
	struct verb_engine *v;
	struct arena arena;
	struct verb_request req;
	verb_cb cb;
	void *ctx;
	bool is_preview, is_settle, is_void;
	bool is_lost;     /* an answer to it was lost: what is told from now on stands in a row */
	bool is_running;  /* a verb, this one perhaps, is under way on the server: the void waits for it */
	bool has_refusal; /* what it got when it was sent again; told once the first cannot come any more */
	struct verb_result *refusal;
	struct err refusal_err;
	void (*step)(struct verb_action *a); /* what it does next; NULL: it has ended */
	void (*send)(struct verb_action *a); /* the step that sends it; NULL: it is settled alone */
	uint64_t db_id;                      /* 0: no statement under way */
	unsigned long thread_id;             /* the session it was sent over */
	int64_t sent_wall_ms, checking_since_mono_ms;
	unsigned tries, waits;
	struct verb_result *result; /* the answer, while it waits to be told */
	struct err err;
	uv_timer_t timer;
};
struct verb_engine {
	uv_loop_t *loop;
	struct db *db;
	struct verb_options opts;
	struct verb_action *actions;
	unsigned fit_session; /* the session whose database was last seen to be of a revision that fits */
	int64_t fit_mono_ms;
	verb_state_cb on_state;
	void *state_ctx;
	bool is_closing;
	void (*closed)(void *ctx);
	void *closed_ctx;
	uv_timer_t close_timer;
	char os_user[65], host[256];
	char *journal, *server; /* ours; opts points at them */
};

/* verb_action.c */
struct verb_action *verb_action_new(struct verb_engine *v, const struct verb_request *req, verb_cb cb,
                                    void *ctx);
void verb_action_tell_state(struct verb_action *a, enum verb_state s);
void verb_action_retry_in(struct verb_action *a, uint64_t ms);                     /* its step, again */
void verb_action_next(struct verb_action *a, void (*step)(struct verb_action *a)); /* at once */
void verb_action_end(struct verb_action *a, struct verb_result *r, const struct err *e);
void verb_action_engine_gone(uv_handle_t *h);               /* of its timer: the last action has ended */
void verb_action_classify(struct err *e, const char *what); /* the server's numbers as our kinds */
/* verb_settle.c */
void verb_action_check(struct verb_action *a); /* the answer was lost */
void verb_action_hold(struct verb_action *a, struct verb_result *r,
                      const struct err *e);                             /* refused, when sent again */
void verb_action_settled(struct verb_action *a, struct verb_result *r); /* the row that has the key */
bool verb_action_gave_up(struct verb_action *a); /* ended it, since it took too long or the engine closes */
#endif
