/* verb.c - an action's way: intent to disk, CALL, answer. What became of one whose answer was lost is verb_settle.c's. */
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/base/uuid.h"
#include "core/db/db.h"
#include "core/fleet/schema.h"
#include "core/fleet/verb_action.h"
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
#define MAX_NODES         6 /* of a cluster: from one that loses the others each commit comes back as a deadlock */
#define CHECK_AGAIN_MS    250
#define CHECK_DEADLINE_MS 5000
#define CALL_DEADLINE_MS  35000 /* ours, so that the server's word comes first */
#define CONNECT_WAIT_MS   50    /* an action waits for a link that is just being made, ten seconds at most */
#define CONNECT_WAITS     200
#define FIT_MS            60000 /* how long the look at the database's revision holds */

static void send_call(struct verb_action *a);

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

double verb_price_tolerance(const struct verb_engine *v) { return v->opts.price_tolerance; }

void verb_on_state(struct verb_engine *v, verb_state_cb cb, void *ctx)
{
	v->on_state = cb;
	v->state_ctx = ctx;
}

struct verb_engine_info verb_info(const struct verb_engine *v)
{
	return (struct verb_engine_info){ v->opts.journal, v->opts.server, v->db };
}

static void verb_action_fail(struct verb_action *a, enum err_code code, const char *text)
{
	struct err e = { 0 };
	err_set(&e, code, "%s", text);
	verb_action_end(a, NULL, &e);
}

/* --- the answer to the CALL --- */
/* The key of the request is taken: its row tells by whom. The chain's own 1062, of two nodes at once, is a clash. */
static bool is_key_taken(const struct err *e)
{
	return e->sql_errno == 1062 && strstr(e->text, "uk_audit_settled") != NULL;
}

/* The path leads to a server that cannot have done it: the link leaves it, and what was lost is settled elsewhere. */
static bool is_read_only(const struct err *e) { return e->sql_errno == 1290 || e->sql_errno == 1836; }

static void on_row(struct verb_action *a, struct table *rows)
{
	struct err bad = { 0 };
	struct verb_result *r = verb_result_from_table(rows, &bad);
	if (!r)
		verb_action_end(a, NULL, &bad);
	else if (!a->is_lost)
		verb_action_end(a, r, NULL);
	else if (verb_is_ok(r))
		verb_action_settled(a, r);
	else
		verb_action_hold(a, r, NULL);
}

/* Whether it helped, the next try tells. */
static void on_renewed(void *ctx, struct table *t, const struct err *e)
{
	struct verb_action *a = ctx;
	a->db_id = 0;
	table_free(t);
	db_leave(
	        a->v->db); /* this session was told of routines that are not there, and goes on believing it */
	if (e) log_line(LOG_WARN_, "%s: a trigger could not be renewed: %s", a->req.verb->title, e->text);
	verb_action_retry_in(a, 20);
}

static void renew_triggers(struct verb_action *a, const char *trigger)
{
	struct arg named = arg_str("trigger", trigger);
	struct db_opts opts = { .deadline_ms = CHECK_DEADLINE_MS * 2, .is_write = true };
	a->db_id = db_submit(a->v->db, &sql_jobs_triggers_renew, &named, 1, &opts, on_renewed, a);
}

/* A node that makes room for another's transaction while a table is being opened says that there is none. */
static bool was_ended_early(const struct verb_action *a, const struct err *e)
{
	return e->sql_errno == 1146 && db_status(a->v->db).is_node;
}

/* The server undid all of it: it is done again; where several nodes take writes, at another of them after a while. */
static bool goes_again(struct verb_action *a)
{
	unsigned most = db_status(a->v->db).is_node ? MAX_TRIES * MAX_NODES : MAX_TRIES;
	if (a->v->is_closing || ++a->tries >= most) return false;
	if (a->tries % MAX_TRIES == 0) db_leave(a->v->db);
	verb_action_retry_in(a, 20u << a->tries % MAX_TRIES);
	return true;
}

static void on_call(void *ctx, struct table *rows, const struct err *e)
{
	struct verb_action *a = ctx;
	a->db_id = 0;
	bool is_open = !a->is_preview && !a->v->is_closing;
	char trigger[65];
	if (rows) {
		on_row(a, rows);
	} else if (is_open && (e->code == ERR_UNKNOWN || is_key_taken(e))) {
		verb_action_check(a);
	} else if ((db_lost_to_another(e) || e->sql_errno == 1062 || was_ended_early(a, e)) &&
	           goes_again(a)) {
		return;
	} else if (!a->v->is_closing && db_broke_trigger(e, trigger) && ++a->tries < MAX_TRIES) {
		renew_triggers(a, trigger);
	} else if (a->is_lost && (a->v->is_closing || e->code == ERR_DB_DOWN || is_read_only(e))) {
		if (!verb_action_gave_up(a)) verb_action_check(a);
	} else {
		struct err mine = *e;
		verb_action_classify(&mine, a->req.verb->title);
		if (a->is_lost) {
			verb_action_hold(a, NULL, &mine);
			return;
		}
		/* Cancelled at the program's end: it may have been on its way. The next start asks. */
		if (mine.code == ERR_CANCELLED && !a->is_preview) mine.code = ERR_UNKNOWN;
		verb_action_end(a, NULL, &mine);
	}
}

/* --- sending --- */
static char *seen_with_tolerance(struct verb_action *a)
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

static bool write_intent(struct verb_action *a, const struct db_status *s, struct err *e)
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

/* The schema may have been upgraded under a console that runs for days. Who may not look is let through: a verb
 * checks its arguments. Nothing of the action was sent yet, so a link lost here is waited for as any other. */
static void on_fit(void *ctx, struct table *t, const struct err *e)
{
	struct verb_action *a = ctx;
	struct err mine = { 0 };
	bool may_look = !e || (e->sql_errno != 1142 && e->sql_errno != 1146);
	bool is_lost = e && (e->code == ERR_UNKNOWN || e->code == ERR_DB_DOWN);
	a->db_id = 0;
	if (e && may_look && a->is_lost) {
		if (!verb_action_gave_up(a)) verb_action_retry_in(a, CHECK_AGAIN_MS);
	} else if (is_lost && !a->is_preview && !a->v->is_closing && ++a->waits < CONNECT_WAITS) {
		verb_action_retry_in(a, CONNECT_WAIT_MS);
	} else if (e && may_look) {
		verb_action_end(a, NULL, e);
	} else if (t && !schema_fits((int)table_int(t, 0, "revision", 0), &mine)) {
		verb_action_end(a, NULL, &mine);
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

static void send_call(struct verb_action *a)
{
	struct db_status s = db_status(a->v->db);
	struct err e = { 0 };
	if (a->is_lost && s.phase != DB_UP) {
		if (!verb_action_gave_up(a)) verb_action_retry_in(a, CHECK_AGAIN_MS);
		return;
	}
	if (!a->is_preview && s.phase == DB_CONNECTING && ++a->waits < CONNECT_WAITS) {
		verb_action_retry_in(a, CONNECT_WAIT_MS);
		return;
	}
	if (!a->is_preview && s.phase != DB_UP) {
		verb_action_fail(a, ERR_DB_DOWN, "no database at the moment; nothing was sent");
		return;
	}
	if (!is_fit_known(a->v, &s)) {
		struct db_opts quick = { .deadline_ms = CHECK_DEADLINE_MS };
		a->db_id = db_submit(a->v->db, &sql_queries_schema_installed_version, NULL, 0, &quick, on_fit,
		                     a);
		return;
	}
	if (!write_intent(a, &s, &e)) {
		verb_action_end(a, NULL, &e);
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
		.deadline_ms = a->v->opts.deadline_ms ? a->v->opts.deadline_ms : CALL_DEADLINE_MS,
		.limit_ms = VERB_LIMIT_MS,
		.is_write = !a->is_preview,
		.session = a->is_preview ? 0 : s.n_connects,
	};
	verb_action_tell_state(a, VERB_SENDING);
	a->db_id = db_submit(a->v->db, q->verb->call, args, ARRAY_LEN(args), &opts, on_call, a);
}

/* --- the doors --- */
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
static void refuse(struct verb_action *a, const struct err *e)
{
	a->is_preview = true;
	verb_action_end(a, NULL, e);
}

void verb_preview(struct verb_engine *v, struct verb_request *req, verb_cb cb, void *ctx)
{
	if (!req->request_id[0]) uuid_make(req->request_id);
	struct verb_action *a = verb_action_new(v, req, cb, ctx);
	struct err e = { 0 };
	a->is_preview = true;
	a->send = send_call;
	if (fits(req, &e))
		verb_action_next(a, send_call);
	else
		refuse(a, &e);
}

void verb_issue(struct verb_engine *v, struct verb_request *req, verb_cb cb, void *ctx)
{
	if (!req->request_id[0]) uuid_make(req->request_id);
	struct verb_action *a = verb_action_new(v, req, cb, ctx);
	int64_t age = clock_mono_ms() - req->seen_at_mono_ms;
	a->send = send_call;
	struct err e = { 0 };
	if (req->seen_at_mono_ms && age > (int64_t)v->opts.max_age_ms)
		err_set(&e, ERR_REFUSED, "what was seen is %lld s old (limit %u s); look again",
		        (long long)(age / 1000), v->opts.max_age_ms / 1000);
	if (e.code || !fits(req, &e))
		refuse(a, &e);
	else
		verb_action_next(a, send_call);
}

static void engine_close(struct verb_engine *v, void (*closed)(void *ctx), void *ctx)
{
	v->closed = closed;
	v->closed_ctx = ctx;
	v->is_closing = true;
	if (!v->actions) uv_close((uv_handle_t *)&v->close_timer, verb_action_engine_gone);
	for (struct verb_action *a = v->actions; a; a = a->next) {
		if (a->db_id)
			db_cancel(v->db, a->db_id);
		else if (a->step && a->step == a->send && !a->is_lost)
			verb_action_fail(a, ERR_CANCELLED, "the program ends; nothing was sent");
		else if (a->step)
			verb_action_gave_up(a);
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

bool verb_void_wait(struct verb_engine *v, const char *request_id, const char *reason, struct verb_result **r,
                    struct err *e)
{
	struct wait w = { .e = e };
	verb_void(v, request_id, reason, on_wait, &w);
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
