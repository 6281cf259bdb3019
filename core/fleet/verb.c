/* verb.c - an act's way: intent to disk, CALL, answer; after a lost answer, the search for the truth.
 *
 * Why the old session must be gone first: a statement whose link was cut may still be running, or lie
 * unread in a socket. Asked then, the database would say "never heard of it" and do it a moment later.
 * A session that no longer exists has either committed or was undone. */
#include "core/fleet/verb.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/base/uuid.h"
#include "core/db/db.h"
#include "core/fleet/schema.h"
#include "core/fleet/verb_int.h"
#include "sql.h"
#include <jansson.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define MAX_TRIES         5 /* after a deadlock or a lock that did not come */
#define CHECK_AGAIN_MS    250
#define CHECK_DEADLINE_MS 5000
#define CONNECT_WAIT_MS   50 /* an act waits for a link that is just being made, ten seconds at most */
#define CONNECT_WAITS     200
#define FIT_MS            60000 /* how long the look at the database's revision holds */

enum step { STEP_CALL, STEP_SESSION, STEP_KILL, STEP_OUTCOME, STEP_END };
struct act {
	struct act *next;
	struct verb_engine *v;
	struct arena arena;
	struct verb_request req;
	verb_cb cb;
	void *ctx;
	bool is_preview, is_settle;
	enum step step;
	uint64_t db_id;          /* 0: no statement under way */
	unsigned long thread_id; /* the session it was sent over */
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
	struct act *acts;
	unsigned fit_session; /* the session whose database was last seen to be of a revision that fits */
	int64_t fit_mono_ms;
	void (*on_state)(void *ctx, const char *request_id, enum verb_state s);
	void *state_ctx;
	bool is_closing;
	void (*closed)(void *ctx);
	void *closed_ctx;
	uv_timer_t close_timer;
	char os_user[65], host[256];
	char *journal, *server; /* ours; opts points at them */
};

static void act_step(struct act *a);

struct verb_engine *verb_open(struct uv_loop_s *loop, struct db *write, const struct verb_options *opts)
{
	struct verb_engine *v = mem_alloc(sizeof *v);
	v->loop = loop;
	v->db = write;
	if (opts) v->opts = *opts;
	v->opts.journal = v->journal = mem_dup(v->opts.journal);
	v->opts.server = v->server = mem_dup(v->opts.server);
	if (!v->opts.max_age_ms) v->opts.max_age_ms = 10000;
	if (v->opts.price_tolerance <= 0) v->opts.price_tolerance = 0.05;
	const struct passwd *pw = getpwuid(geteuid());
	if (pw)
		snprintf(v->os_user, sizeof v->os_user, "%s", pw->pw_name);
	else
		snprintf(v->os_user, sizeof v->os_user, "uid %ld", (long)geteuid());
	if (gethostname(v->host, sizeof v->host - 1) != 0) snprintf(v->host, sizeof v->host, "unknown");
	uv_timer_init(loop, &v->close_timer);
	v->close_timer.data = v;
	return v;
}

void verb_on_state(struct verb_engine *v, void (*cb)(void *ctx, const char *request_id, enum verb_state s),
                   void *ctx)
{
	v->on_state = cb;
	v->state_ctx = ctx;
}

struct verb_engine_info verb_info(const struct verb_engine *v)
{
	return (struct verb_engine_info){ v->opts.journal, v->opts.server };
}

static void tell_state(struct act *a, enum verb_state s)
{
	if (a->v->on_state && !a->is_preview) a->v->on_state(a->v->state_ctx, a->req.request_id, s);
}

/* --- the end of an act --- */
static void engine_gone(uv_handle_t *h)
{
	struct verb_engine *v = h->data;
	void (*closed)(void *ctx) = v->closed;
	void *ctx = v->closed_ctx;
	free(v->journal);
	free(v->server);
	free(v);
	if (closed) closed(ctx);
}

static void act_gone(uv_handle_t *h)
{
	struct act *a = h->data;
	struct verb_engine *v = a->v;
	for (struct act **p = &v->acts; *p; p = &(*p)->next)
		if (*p == a) {
			*p = a->next;
			break;
		}
	arena_free(&a->arena);
	free(a);
	if (v->is_closing && !v->acts) uv_close((uv_handle_t *)&v->close_timer, engine_gone);
}

static void act_tell(uv_timer_t *t)
{
	struct act *a = t->data;
	struct verb_result *r = a->result;
	a->result = NULL;
	if (a->cb)
		a->cb(a->ctx, r, r ? NULL : &a->err);
	else
		verb_result_free(r);
	uv_close((uv_handle_t *)t, act_gone);
}

/* The journal hears the outcome first; then, in a turn of its own, the caller. */
static void act_end(struct act *a, struct verb_result *r, const struct err *e)
{
	struct err journal = { 0 };
	bool is_known = r || (e && e->code != ERR_UNKNOWN && !(a->is_settle && e->code != ERR_NONE));
	if (!a->is_preview && is_known) {
		const char *outcome = !r                           ? "failed"
		                      : r->status == VERB_REPLAYED ? "done"
		                                                   : verb_status_name(r->status);
		if (!intent_resolve(a->v->opts.journal, a->req.request_id, outcome, r ? r->message : e->text,
		                    &journal))
			log_line(LOG_WARN_, "request=%s outcome=%s journal=%s", a->req.request_id, outcome,
			         journal.text);
	}
	a->step = STEP_END;
	a->result = r;
	if (e) a->err = *e;
	tell_state(a, VERB_SETTLED);
	uv_timer_start(&a->timer, act_tell, 0, 0);
}

static void act_fail(struct act *a, enum err_code code, const char *text)
{
	struct err e = { 0 };
	err_set(&e, code, "%s", text);
	act_end(a, NULL, &e);
}

/* --- the answer to the CALL --- */
/* The server's numbers as our kinds: its own sentence is kept. */
static void classify(struct err *e, const struct verb *verb)
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
	case 1370: err_set(e, ERR_REFUSED, "this login may not %s", verb->title); break;
	case 1305:
		err_set(e, ERR_SCHEMA,
		        "the database does not know %s; is its schema older than this program?", verb->name);
	}
}

static void on_retry(uv_timer_t *t) { act_step(t->data); }

static void retry_in(struct act *a, uint64_t ms) { uv_timer_start(&a->timer, on_retry, ms, 0); }

static void start_checking(struct act *a)
{
	a->step = STEP_SESSION;
	a->checking_since_mono_ms = clock_mono_ms();
	tell_state(a, VERB_CHECKING);
	retry_in(a, 0);
}

static void on_call(void *ctx, struct table *rows, const struct err *e)
{
	struct act *a = ctx;
	a->db_id = 0;
	if (rows) {
		struct err bad = { 0 };
		struct verb_result *r = verb_result_from_table(rows, &bad);
		act_end(a, r, r ? NULL : &bad);
	} else if (e->code == ERR_UNKNOWN && !a->is_preview && !a->v->is_closing) {
		start_checking(a);
	} else if (db_lost_to_another(e) && ++a->tries < MAX_TRIES && !a->v->is_closing) {
		retry_in(a, 20u << a->tries); /* the server undid all of it */
	} else {
		struct err mine = *e;
		classify(&mine, a->req.verb);
		/* Cancelled at the program's end: it may have been on its way. The next start asks. */
		if (mine.code == ERR_CANCELLED && !a->is_preview) mine.code = ERR_UNKNOWN;
		act_end(a, NULL, &mine);
	}
}

/* --- sending --- */
static char *seen_with_tolerance(struct act *a)
{
	json_t *j = a->req.seen ? json_loads(a->req.seen, 0, NULL) : NULL;
	if (!j) return (char *)a->req.seen;
	if (!json_object_get(j, "price_tolerance"))
		json_object_set_new(j, "price_tolerance", json_real(a->v->opts.price_tolerance));
	char *text = json_dumps(j, JSON_COMPACT | JSON_REAL_PRECISION(12));
	char *kept = arena_str(&a->arena, text);
	free(text);
	json_decref(j);
	return kept;
}

static bool write_intent(struct act *a, const struct db_status *s, struct err *e)
{
	if (a->is_preview || (a->sent_wall_ms && a->thread_id == s->thread_id)) return true;
	a->sent_wall_ms = clock_wall_ms();
	a->thread_id = s->thread_id;
	const struct verb_request *q = &a->req;
	struct intent in = {
		.request_id = q->request_id,
		.verb = q->verb->name,
		.target = q->target,
		.args = q->args,
		.seen = q->seen,
		.override = q->override,
		.reason = q->reason,
		.bulk_id = q->bulk_id,
		.server = a->v->opts.server,
		.thread_id = s->thread_id,
		.at_wall_ms = a->sent_wall_ms,
	};
	return intent_write(a->v->opts.journal, &in, e);
}

/* The session is bound: what is in the journal must be the session it goes over. */
static void send_call(struct act *a);

/* The schema may have been upgraded under a console that runs for days. Who may not look is let through: a verb
 * checks its arguments. Nothing of the act was sent yet, so a link lost here is waited for as any other. */
static void on_fit(void *ctx, struct table *t, const struct err *e)
{
	struct act *a = ctx;
	struct err mine = { 0 };
	bool may_look = !e || (e->sql_errno != 1142 && e->sql_errno != 1146);
	bool is_lost = e && (e->code == ERR_UNKNOWN || e->code == ERR_DB_DOWN);
	a->db_id = 0;
	if (is_lost && !a->is_preview && !a->v->is_closing && ++a->waits < CONNECT_WAITS) {
		retry_in(a, CONNECT_WAIT_MS);
	} else if (e && may_look) {
		act_end(a, NULL, e);
	} else if (t && !schema_fits((int)table_int(t, 0, "revision", 0), &mine)) {
		act_end(a, NULL, &mine);
	} else {
		a->v->fit_session = db_status(a->v->db).n_connects;
		a->v->fit_mono_ms = clock_mono_ms();
		send_call(a);
	}
	table_free(t);
}

static bool is_fit_known(const struct verb_engine *v, const struct db_status *s)
{
	return v->fit_session == s->n_connects && s->n_connects && clock_mono_ms() - v->fit_mono_ms < FIT_MS;
}

static void send_call(struct act *a)
{
	struct db_status s = db_status(a->v->db);
	struct err e = { 0 };
	if (!a->is_preview && s.phase == DB_CONNECTING && ++a->waits < CONNECT_WAITS) {
		retry_in(a, CONNECT_WAIT_MS);
		return;
	}
	if (!a->is_preview && s.phase != DB_UP) {
		act_fail(a, ERR_DB_DOWN, "no database at the moment; nothing was sent");
		return;
	}
	if (!is_fit_known(a->v, &s)) {
		struct db_opts quick = { .deadline_ms = CHECK_DEADLINE_MS };
		a->db_id = db_submit(a->v->db, &sql_queries_schema_installed_version, NULL, 0, &quick, on_fit,
		                     a);
		return;
	}
	if (!write_intent(a, &s, &e)) {
		act_end(a, NULL, &e);
		return;
	}
	const struct verb_request *q = &a->req;
	struct arg args[] = {
		arg_str("request_id", q->request_id),
		arg_str("target", q->target),
		arg_str("args", q->args),
		arg_str("seen", seen_with_tolerance(a)),
		arg_bool("dry_run", a->is_preview),
		arg_str("override", q->override),
		arg_str("reason", q->reason),
		arg_str("os_user", a->v->os_user),
		arg_str("host", a->v->host),
	};
	struct db_opts opts = {
		.deadline_ms = a->v->opts.deadline_ms,
		.is_write = !a->is_preview,
		.session = a->is_preview ? 0 : s.n_connects,
	};
	tell_state(a, VERB_SENDING);
	a->db_id = db_submit(a->v->db, q->verb->call, args, ARRAY_LEN(args), &opts, on_call, a);
}

/* --- after a lost answer --- */
static bool gave_up(struct act *a)
{
	unsigned limit = a->v->opts.unknown_ms;
	if (!a->v->is_closing && (!limit || clock_mono_ms() - a->checking_since_mono_ms < (int64_t)limit))
		return false;
	struct err e = { 0 };
	err_set(&e, ERR_UNKNOWN,
	        "the link was lost and the outcome could not be asked for; ask again with --request-id %s",
	        a->req.request_id);
	act_end(a, NULL, &e);
	return true;
}

static void on_outcome(void *ctx, struct table *rows, const struct err *e)
{
	struct act *a = ctx;
	a->db_id = 0;
	if (!rows) {
		(void)e;
		if (!gave_up(a)) retry_in(a, CHECK_AGAIN_MS);
		return;
	}
	if (rows->n_rows == 0) {
		table_free(rows);
		act_end(a, verb_result_absent(a->req.request_id, a->req.target), NULL);
		return;
	}
	struct err bad = { 0 };
	struct verb_result *r = verb_result_from_table(rows, &bad);
	if (r) {
		r->was_checked = true;
		if (r->status == VERB_REPLAYED && !a->is_settle) r->status = VERB_DONE;
	}
	act_end(a, r, r ? NULL : &bad);
}

static void on_kill(void *ctx, struct table *rows, const struct err *e)
{
	struct act *a = ctx;
	(void)e; /* it may have ended by itself; looking again tells */
	a->db_id = 0;
	table_free(rows);
	a->step = STEP_SESSION;
	if (!gave_up(a)) retry_in(a, CHECK_AGAIN_MS / 5);
}

static void on_session(void *ctx, struct table *rows, const struct err *e)
{
	struct act *a = ctx;
	(void)e;
	a->db_id = 0;
	if (!rows || rows->n_rows != 1) {
		table_free(rows);
		if (!gave_up(a)) retry_in(a, CHECK_AGAIN_MS);
		return;
	}
	bool is_alive = table_int(rows, 0, "is_alive", 0) > 0;
	double elapsed_s = (double)(clock_wall_ms() - a->sent_wall_ms) / 1000;
	bool was_restarted = table_dec(rows, 0, "uptime_s", 0) + 1 < elapsed_s;
	table_free(rows);
	a->step = is_alive && !was_restarted ? STEP_KILL : STEP_OUTCOME;
	if (!gave_up(a)) retry_in(a, 0);
}

static void act_step(struct act *a)
{
	struct db *db = a->v->db;
	struct db_opts quick = { .deadline_ms = CHECK_DEADLINE_MS };
	struct arg thread = arg_int("thread", (int64_t)a->thread_id);
	struct arg id = arg_str("request_id", a->req.request_id);
	switch (a->step) {
	case STEP_CALL: send_call(a); break;
	case STEP_SESSION:
		a->db_id = db_submit(db, &sql_verbs_session, &thread, 1, &quick, on_session, a);
		break;
	case STEP_KILL: a->db_id = db_submit(db, &sql_verbs_kill, &thread, 1, &quick, on_kill, a); break;
	case STEP_OUTCOME: a->db_id = db_submit(db, &sql_verbs_outcome, &id, 1, &quick, on_outcome, a); break;
	case STEP_END: break;
	}
}

/* --- the doors --- */
static struct act *act_new(struct verb_engine *v, const struct verb_request *req, verb_cb cb, void *ctx)
{
	struct act *a = mem_alloc(sizeof *a);
	a->v = v;
	a->cb = cb;
	a->ctx = ctx;
	verb_request_copy(&a->req, req, &a->arena);
	uv_timer_init(v->loop, &a->timer);
	a->timer.data = a;
	a->next = v->acts;
	v->acts = a;
	return a;
}

/* What the procedures take at most; a longer word names nothing, and is said so before anything is sent. */
enum { TARGET_MAX = 128, REASON_MAX = 500 };

static bool pool_fits(const struct verb_request *req, struct err *e)
{
	json_t *args = req->args ? json_loads(req->args, 0, NULL) : NULL;
	size_t n = 0;
	for (const struct verb_arg *a = req->verb->args; a && a->key; a++) {
		const char *pool =
		        a->kind == VERB_POOL_ID ? json_string_value(json_object_get(args, a->key)) : NULL;
		if (pool) n = text_count(pool, NULL);
	}
	json_decref(args);
	return n <= TARGET_MAX ||
	       err_set(e, ERR_USAGE, "a name of %zu letters: no POOL has more than %d", n, TARGET_MAX);
}

static bool fits(const struct verb_request *req, struct err *e)
{
	bool is_text, reason_is_text = true;
	size_t n = text_count(req->target ? req->target : "", &is_text);
	size_t m = text_count(req->reason ? req->reason : "", &reason_is_text);
	if (!is_text) return err_set(e, ERR_USAGE, "'%.100s' is no text in UTF-8", req->target);
	if (!reason_is_text) return err_set(e, ERR_USAGE, "the reason is no text in UTF-8");
	if (n > TARGET_MAX)
		return err_set(e, ERR_USAGE, "a name of %zu letters: no %s has more than %d", n,
		               verb_target_name(req->verb->target), TARGET_MAX);
	if (m > REASON_MAX)
		return err_set(e, ERR_USAGE, "a reason has at most %d letters, not %zu", REASON_MAX, m);
	return pool_fits(req, e);
}

/* Nothing was sent, and the journal has nothing to hear. */
static void refuse(struct act *a, const struct err *e)
{
	a->is_preview = true;
	act_end(a, NULL, e);
}

void verb_preview(struct verb_engine *v, struct verb_request *req, verb_cb cb, void *ctx)
{
	if (!req->request_id[0]) uuid_make(req->request_id);
	struct act *a = act_new(v, req, cb, ctx);
	struct err e = { 0 };
	a->is_preview = true;
	if (fits(req, &e))
		retry_in(a, 0);
	else
		refuse(a, &e);
}

void verb_issue(struct verb_engine *v, struct verb_request *req, verb_cb cb, void *ctx)
{
	if (!req->request_id[0]) uuid_make(req->request_id);
	struct act *a = act_new(v, req, cb, ctx);
	int64_t age = clock_mono_ms() - req->seen_at_mono_ms;
	struct err e = { 0 };
	if (req->seen_at_mono_ms && age > (int64_t)v->opts.max_age_ms)
		err_set(&e, ERR_REFUSED, "what was seen is %lld s old (limit %u s); look again",
		        (long long)(age / 1000), v->opts.max_age_ms / 1000);
	if (e.code || !fits(req, &e))
		refuse(a, &e);
	else
		retry_in(a, 0);
}

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
	struct act *a = act_new(v, &req, cb, ctx);
	a->is_settle = true;
	a->thread_id = in->thread_id;
	a->sent_wall_ms = in->at_wall_ms;
	start_checking(a);
}

/* The same database, whoever logs in: what follows the '@' of conf_describe. */
static bool is_same_server(const char *a, const char *b)
{
	if (!a || !b) return true;
	const char *x = strchr(a, '@'), *y = strchr(b, '@');
	return strcmp(x ? x : a, y ? y : b) == 0;
}

bool verb_pending_intents(struct verb_engine *v, struct intent_list *list, struct err *e)
{
	if (!intent_read(v->opts.journal, false, list, e)) return false;
	size_t n = 0, n_plans = 0;
	for (size_t i = 0; i < list->n; i++) {
		const struct intent_item *it = &list->items[i];
		bool is_here = is_same_server(it->in.server, v->opts.server);
		bool is_ours = false;
		for (const struct act *a = v->acts; a; a = a->next)
			is_ours = is_ours ||
			          (a->step != STEP_END && strcmp(a->req.request_id, it->in.request_id) == 0);
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

static void engine_close(struct verb_engine *v, void (*closed)(void *ctx), void *ctx)
{
	v->closed = closed;
	v->closed_ctx = ctx;
	v->is_closing = true;
	if (!v->acts) uv_close((uv_handle_t *)&v->close_timer, engine_gone);
	for (struct act *a = v->acts; a; a = a->next) {
		if (a->db_id)
			db_cancel(v->db, a->db_id);
		else if (a->step == STEP_CALL)
			act_fail(a, ERR_CANCELLED, "the program ends; nothing was sent");
		else if (a->step != STEP_END)
			gave_up(a);
	}
}

/* --- for programs that have nothing else to do --- */
struct wait {
	bool is_over;
	struct verb_result *result;
	struct err *e;
};

static void on_wait(void *ctx, struct verb_result *r, const struct err *e)
{
	struct wait *w = ctx;
	w->is_over = true;
	w->result = r;
	if (e && w->e) *w->e = *e;
}

static bool wait_for(struct verb_engine *v, struct wait *w, struct verb_result **r)
{
	while (!w->is_over) uv_run(v->loop, UV_RUN_ONCE);
	*r = w->result;
	return w->result != NULL;
}

bool verb_preview_wait(struct verb_engine *v, struct verb_request *req, struct verb_result **r, struct err *e)
{
	struct wait w = { .e = e };
	verb_preview(v, req, on_wait, &w);
	return wait_for(v, &w, r);
}

bool verb_issue_wait(struct verb_engine *v, struct verb_request *req, struct verb_result **r, struct err *e)
{
	struct wait w = { .e = e };
	verb_issue(v, req, on_wait, &w);
	return wait_for(v, &w, r);
}

bool verb_settle_wait(struct verb_engine *v, const struct intent *in, struct verb_result **r, struct err *e)
{
	struct wait w = { .e = e };
	verb_settle(v, in, on_wait, &w);
	return wait_for(v, &w, r);
}

static void on_closed(void *ctx) { *(bool *)ctx = true; }

void verb_close_wait(struct verb_engine *v)
{
	bool is_over = false;
	uv_loop_t *loop = v->loop;
	engine_close(v, on_closed, &is_over);
	while (!is_over) uv_run(loop, UV_RUN_ONCE);
}
