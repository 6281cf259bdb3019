/* verb_settle.c - what became of an action whose answer was lost, in this run or in one that is gone.
 *
 * A statement whose link was cut may still be running, or lie unread in a socket or a proxy: that no row of it is
 * there says nothing, whichever server is asked. So a request is settled by its key in the audit log alone. The deed
 * takes it, the same deed sent again, or a void; whoever comes second fails on it and undoes what it did. */
#include "core/base/clock.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/fleet/verb_action.h"
#include "core/fleet/verb_int.h"
#include "sql.h"
#include <stdio.h>
#include <string.h>

#define CHECK_AGAIN_MS    250
#define CHECK_DEADLINE_MS 5000

static void ask_outcome(struct verb_action *a);
static void send_void(struct verb_action *a);

void verb_action_check(struct verb_action *a)
{
	a->is_lost = true;
	if (!a->checking_since_mono_ms) a->checking_since_mono_ms = clock_mono_ms();
	verb_action_tell_state(a, VERB_CHECKING);
	verb_action_next(a, a->is_void ? send_void : ask_outcome);
}

static void end_unknown(struct verb_action *a, const char *why)
{
	struct err e = { 0 };
	err_set(&e, ERR_UNKNOWN,
	        "%s; the same action with the request id %s happens once, spotop void %s makes sure that it "
	        "never "
	        "does",
	        why, a->req.request_id, a->req.request_id);
	verb_action_end(a, NULL, &e);
}

bool verb_action_gave_up(struct verb_action *a)
{
	unsigned limit = a->v->opts.unknown_ms;
	if (!a->v->is_closing && (!limit || clock_mono_ms() - a->checking_since_mono_ms < (int64_t)limit))
		return false;
	end_unknown(a, a->is_running ? "it is still running on the server"
	                             : "the link was lost and its outcome is not known");
	return true;
}

/* Refused, as it was sent again: the first may yet be done, until the void has its key. */
void verb_action_hold(struct verb_action *a, struct verb_result *r, const struct err *e)
{
	a->refusal = r;
	a->refusal_err = e ? *e : (struct err){ 0 };
	a->has_refusal = true;
	verb_action_next(a, send_void);
}

/* The row that has the key. */
void verb_action_settled(struct verb_action *a, struct verb_result *r)
{
	r->was_checked = true;
	if (r->status == VERB_REPLAYED && !a->is_settle) r->status = VERB_DONE;
	if (r->status != VERB_VOID || !a->has_refusal) {
		verb_action_end(a, r, NULL);
		return;
	}
	struct verb_result *refusal = a->refusal;
	a->refusal = NULL;
	verb_result_free(r);
	verb_action_end(a, refusal, refusal ? NULL : &a->refusal_err);
}

static struct verb_result *first_row(struct verb_action *a, struct table *rows)
{
	struct err bad = { 0 };
	struct verb_result *r = verb_result_from_table(rows, &bad);
	if (!r) verb_action_end(a, NULL, &bad);
	return r;
}

static void on_outcome(void *ctx, struct table *rows, const struct err *e)
{
	struct verb_action *a = ctx;
	a->db_id = 0;
	(void)e; /* whatever it was: asked again */
	if (!rows) {
		if (!verb_action_gave_up(a)) verb_action_retry_in(a, CHECK_AGAIN_MS);
		return;
	}
	struct verb_result *r = rows->n_rows ? first_row(a, rows) : NULL;
	if (!rows->n_rows) table_free(rows);
	if (!a->step) return;
	/* A refusal may be of an earlier try under the same id; only for an action of a program that is gone is it told. */
	if (r && (a->is_settle || r->status == VERB_REPLAYED || r->status == VERB_VOID)) {
		verb_action_settled(a, r);
		return;
	}
	verb_result_free(r);
	if (a->is_settle) {
		end_unknown(a, "no row of it is there as yet, and its fate is unknown");
	} else if (!verb_action_gave_up(a)) {
		verb_action_next(a, a->v->opts.sends_again && !a->has_refusal ? a->send : send_void);
	}
}

/* No void will come of asking again: the right is missing, or the procedure, or it is another login's. */
static bool is_final(const struct err *e)
{
	static const unsigned numbers[] = { 1044, 1142, 1143, 1227, 1305, 1370, 30001, 30003 };
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (e->sql_errno == numbers[i]) return true;
	return false;
}

static void on_void(void *ctx, struct table *rows, const struct err *e)
{
	struct verb_action *a = ctx;
	a->db_id = 0;
	if (rows) {
		struct verb_result *r = first_row(a, rows);
		if (r) verb_action_settled(a, r);
		return;
	}
	a->is_running = e->sql_errno == 1205;
	if (is_final(e) && a->is_void) {
		struct err mine = *e;
		verb_action_classify(&mine, "void a request");
		verb_action_end(a, NULL, &mine);
	} else if (is_final(e)) {
		end_unknown(a, e->text);
	} else if (!verb_action_gave_up(a)) {
		if (a->is_running) verb_action_tell_state(a, VERB_RUNNING);
		verb_action_retry_in(a, CHECK_AGAIN_MS);
	}
}

static void send_void(struct verb_action *a)
{
	const struct verb_request *q = &a->req;
	char about[300];
	snprintf(about, sizeof about, "%s%s%.200s", q->verb ? q->verb->name : "the request",
	         q->target ? " " : "", q->target ? q->target : "");
	struct arg args[] = {
		arg_str("request_id", q->request_id), arg_str("about", q->verb ? about : NULL),
		arg_str("reason", q->reason),         arg_str("os_user", a->v->os_user),
		arg_str("host", a->v->host),
	};
	struct db_opts opts = { .deadline_ms = CHECK_DEADLINE_MS, .is_write = true };
	a->db_id = db_submit(a->v->db, &sql_verbs_void, args, ARRAY_LEN(args), &opts, on_void, a);
}

static void ask_outcome(struct verb_action *a)
{
	struct db_opts quick = { .deadline_ms = CHECK_DEADLINE_MS };
	struct arg id = arg_str("request_id", a->req.request_id);
	a->db_id = db_submit(a->v->db, &sql_verbs_outcome, &id, 1, &quick, on_outcome, a);
}

void verb_void(struct verb_engine *v, const char *request_id, const char *reason, verb_cb cb, void *ctx)
{
	struct verb_request req = { .reason = reason };
	snprintf(req.request_id, sizeof req.request_id, "%s", request_id);
	struct verb_action *a = verb_action_new(v, &req, cb, ctx);
	a->is_settle = a->is_void = true;
	verb_action_check(a);
}

/* --- what a previous session left open --- */
static const struct verb *verb_by_name(const struct verb_engine *v, const char *name)
{
	for (size_t i = 0; v->opts.verbs && v->opts.verbs[i]; i++)
		if (strcmp(v->opts.verbs[i]->name, name) == 0) return v->opts.verbs[i];
	return NULL;
}

void verb_settle(struct verb_engine *v, const struct intent *in, verb_cb cb, void *ctx)
{
	struct verb_request req = {
		.verb = verb_by_name(v, in->verb),
		.target = in->target,
		.args = in->args,
		.seen = in->seen,
		.override = in->override,
		.reason = in->reason,
		.bulk_id = in->bulk_id,
	};
	snprintf(req.request_id, sizeof req.request_id, "%s", in->request_id);
	struct verb_action *a = verb_action_new(v, &req, cb, ctx);
	a->is_settle = true;
	a->thread_id = in->thread_id;
	a->sent_wall_ms = in->at_wall_ms;
	verb_action_check(a);
}

static bool is_same_server(const char *a, const char *b) { return !a || !b || conf_is_same_database(a, b); }

bool verb_pending_intents(struct verb_engine *v, struct intent_list *list, struct err *e)
{
	if (!intent_read(v->opts.journal, false, list, e)) return false;
	size_t n = 0, n_plans = 0;
	for (size_t i = 0; i < list->n; i++) {
		const struct intent_item *it = &list->items[i];
		bool is_here = is_same_server(it->in.server, v->opts.server);
		bool is_ours = false;
		for (const struct verb_action *a = v->actions; a; a = a->next)
			is_ours = is_ours || (a->step && strcmp(a->req.request_id, it->in.request_id) == 0);
		if (is_here && !it->is_alive && !is_ours) list->items[n++] = *it;
	}
	for (size_t i = 0; i < list->n_plans; i++) {
		const struct intent_plan *p = &list->plans[i];
		bool is_here = is_same_server(p->server, v->opts.server);
		if (is_here && !list->plan_is_alive[i]) list->plans[n_plans++] = *p;
	}
	list->n = n;
	list->n_plans = n_plans;
	return true;
}
