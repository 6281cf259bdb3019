/* verb_action.c - an action from its making to its end; its steps are verb.c's and verb_settle.c's. */
#include "core/fleet/verb_action.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/fleet/verb_int.h"
#include <stdlib.h>

struct verb_action *verb_action_new(struct verb_engine *v, const struct verb_request *req, verb_cb cb,
                                    void *ctx)
{
	struct verb_action *a = mem_alloc(sizeof *a);
	a->v = v;
	a->cb = cb;
	a->ctx = ctx;
	verb_request_copy(&a->req, req, &a->arena);
	uv_timer_init(v->loop, &a->timer);
	a->timer.data = a;
	a->next = v->actions;
	v->actions = a;
	return a;
}

void verb_action_tell_state(struct verb_action *a, enum verb_state s)
{
	if (a->v->on_state && !a->is_preview)
		a->v->on_state(a->v->state_ctx, a->req.request_id, s,
		               a->is_lost ? clock_mono_ms() - a->checking_since_mono_ms : 0);
}

static void on_retry(uv_timer_t *t)
{
	struct verb_action *a = t->data;
	if (a->step) a->step(a);
}

void verb_action_retry_in(struct verb_action *a, uint64_t ms) { uv_timer_start(&a->timer, on_retry, ms, 0); }

void verb_action_next(struct verb_action *a, void (*step)(struct verb_action *a))
{
	a->step = step;
	verb_action_retry_in(a, 0);
}

/* --- the end of an action --- */
void verb_action_engine_gone(uv_handle_t *h)
{
	struct verb_engine *v = h->data;
	void (*closed)(void *ctx) = v->closed;
	void *ctx = v->closed_ctx;
	free(v->journal);
	free(v->server);
	free(v);
	if (closed) closed(ctx);
}

static void verb_action_gone(uv_handle_t *h)
{
	struct verb_action *a = h->data;
	struct verb_engine *v = a->v;
	for (struct verb_action **p = &v->actions; *p; p = &(*p)->next)
		if (*p == a) {
			*p = a->next;
			break;
		}
	verb_result_free(a->refusal);
	arena_free(&a->arena);
	free(a);
	if (v->is_closing && !v->actions) uv_close((uv_handle_t *)&v->close_timer, verb_action_engine_gone);
}

static void verb_action_tell(uv_timer_t *t)
{
	struct verb_action *a = t->data;
	struct verb_result *r = a->result;
	a->result = NULL;
	if (a->cb)
		a->cb(a->ctx, r, r ? NULL : &a->err);
	else
		verb_result_free(r);
	uv_close((uv_handle_t *)t, verb_action_gone);
}

/* The journal hears the outcome first; then, in a turn of its own, the caller. */
void verb_action_end(struct verb_action *a, struct verb_result *r, const struct err *e)
{
	struct err journal = { 0 };
	bool is_known = r || (e && e->code != ERR_UNKNOWN && !(a->is_settle && e->code != ERR_NONE));
	if (!a->is_preview && is_known) {
		const char *outcome = !r                           ? "failed"
		                      : r->status == VERB_REPLAYED ? "done"
		                                                   : verb_status_name(r->status);
		if (!intent_resolve(a->v->opts.journal, a->req.request_id, outcome, r ? r->message : e->text,
		                    r ? r->gtid : NULL, &journal))
			log_line(LOG_WARN_, "request=%s outcome=%s journal=%s", a->req.request_id, outcome,
			         journal.text);
	}
	a->step = NULL;
	a->result = r;
	if (e) a->err = *e;
	verb_action_tell_state(a, VERB_SETTLED);
	uv_timer_start(&a->timer, verb_action_tell, 0, 0);
}

/* The server's numbers as our kinds: its own sentence is kept. */
void verb_action_classify(struct err *e, const char *what)
{
	switch (e->sql_errno) {
	case 30001: e->code = ERR_REFUSED; break;
	case 30002: e->code = ERR_CONFLICT; break;
	case 30003: e->code = ERR_USAGE; break;
	case 30004: e->code = ERR_NO; break;
	case 1290:
	case 1836: err_set(e, ERR_REFUSED, "the server takes no writes now (read-only)"); break;
	case 1044:
	case 1142:
	case 1143:
	case 1227:
	case 1370: err_set(e, ERR_REFUSED, "this login may not %s", what); break;
	case 1020:
	case 1205:
	case 1213:
		err_set(e, ERR_DB_DOWN,
		        "the server undid it each time for the sake of others; nothing was changed");
		break;
	case 1969:
		err_set(e, ERR_TIMEOUT, "the server ended it after %d s and undid it; nothing was changed",
		        VERB_LIMIT_MS / 1000);
		break;
	case 1305:
		err_set(e, ERR_SCHEMA,
		        "the database does not know how to %s; is its schema older than this program?", what);
	}
}
