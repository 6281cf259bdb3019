/* db.c - the link's queue, state and answers. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/db/db_int.h"
#include "sql.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BACKOFF_MIN_MS = 250, BACKOFF_MAX_MS = 15000 };

static const char *const state_names[] = { "DOWN", "CONNECTING", "IDLE",    "QUERY", "RESULT",
	                                   "ROW",  "NEXT",       "KILLING", "CLOSED" };

static enum db_phase phase_of(enum db_state s)
{
	return s == S_DOWN ? DB_DOWN : s == S_CONNECTING ? DB_CONNECTING : s == S_CLOSED ? DB_CLOSED : DB_UP;
}

/* The only writer of the state. */
void db_set_state(struct db *db, enum db_state state)
{
	enum db_phase before = db->status.phase;
	log_line(LOG_DEBUG_, "link=%s %s -> %s %s", db->label, state_names[db->state], state_names[state],
	         db->cur ? db->cur->name : "");
	db->state = state;
	db->status.phase = phase_of(state);
	if (db->status.phase == before) return;
	int64_t now = clock_mono_ms();
	if (db->status.phase == DB_UP) db->status.up_since_mono_ms = now;
	if (before == DB_UP || (db->status.phase == DB_DOWN && !db->status.down_since_mono_ms))
		db->status.down_since_mono_ms = now;
	if (db->status.phase == DB_UP) db->status.down_since_mono_ms = 0;
	log_line(LOG_INFO_, "link=%s %s %s", db->label, state_names[state], db->status.last_error);
	if (db->on_change) {
		struct db_status s = db_status(db);
		db->on_change(db->change_ctx, &s);
	}
}

struct db_status db_status(const struct db *db)
{
	struct db_status s = db->status;
	s.queued = 0;
	for (const struct req *r = db->first; r; r = r->next) s.queued++;
	int64_t left = db->retry_at_ms - clock_mono_ms();
	s.retry_in_ms = db->state == S_DOWN && left > 0 ? left : 0;
	return s;
}

void db_on_change(struct db *db, void (*cb)(void *ctx, const struct db_status *s), void *ctx)
{
	db->on_change = cb;
	db->change_ctx = ctx;
}

/* --- answers --- */

static void req_free(struct req *r)
{
	free(r->text);
	free(r);
}

static void give(struct req *r, struct table *rows, const struct err *e)
{
	if (e) {
		table_free(rows);
		rows = NULL;
	}
	r->cb(r->ctx, rows, e);
	req_free(r);
}

static void on_kick(uv_timer_t *t);

void db_kick(struct db *db)
{
	if (db->state != S_CLOSED) uv_timer_start(&db->kick, on_kick, 0, 0);
}

void db_answer(struct db *db, struct table *rows, const struct err *e)
{
	struct req *r = db->cur;
	db->cur = NULL;
	db->table = NULL;
	db->has_table = false;
	struct err cancelled;
	/* A write that came through in spite of its cancelling is told as what it is. */
	bool is_told = r->opts.is_write && (!e || e->code == ERR_UNKNOWN);
	if (r->is_cancelled && !is_told) {
		err_set(&cancelled, ERR_CANCELLED, "%s was stopped", r->name);
		e = &cancelled;
	}
	db_kick(db);
	give(r, rows, e);
}

static struct req *shift(struct db *db)
{
	struct req *r = db->first;
	if (!r) return NULL;
	db->first = r->next;
	if (!db->first) db->last = &db->first;
	r->next = NULL;
	return r;
}

/* Everything that waits fails with the same reason; none of it was sent. */
static void fail_queue(struct db *db, const struct err *why)
{
	struct req *r = db->first;
	db->first = NULL;
	db->last = &db->first;
	while (r) {
		struct req *next = r->next;
		give(r, NULL, r->has_failed ? &r->err : why);
		r = next;
	}
}

static void on_kick(uv_timer_t *t)
{
	struct db *db = t->data;
	struct err down;
	if (db->state == S_DOWN && db->status.last_code) {
		/* what waits was never sent: whatever ended the link, for it the database is down */
		bool is_conf = db->status.last_code == ERR_REFUSED || db->status.last_code == ERR_SCHEMA;
		err_set(&down, is_conf ? db->status.last_code : ERR_DB_DOWN, "%s", db->status.last_error);
		fail_queue(db, &down);
		return;
	}
	while (db->state == S_IDLE && !db->cur && db->first) {
		db->cur = shift(db);
		struct req *r = db->cur;
		if (r->has_failed || r->is_cancelled) {
			db_answer(db, NULL, &r->err);
			return;
		}
		if (r->opts.session && r->opts.session != db->status.n_connects) {
			struct err gone;
			err_set(&gone, ERR_DB_DOWN,
			        "the connection was lost and with it the transaction; nothing of it was "
			        "kept");
			db_answer(db, NULL, &gone);
			return;
		}
		db_run(db);
	}
}

/* --- a lost link --- */

static void on_retry(uv_timer_t *t) { db_connect(t->data); }

static bool is_login_refused(unsigned no) { return no == 1044 || no == 1045 || no == 1698; }

static void schedule_retry(struct db *db, bool is_refused)
{
	int64_t wait = db->backoff_ms ? db->backoff_ms : BACKOFF_MIN_MS;
	db->backoff_ms = wait * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : wait * 2;
	int64_t jitter = wait * (rand_r(&db->seed) % 25) / 100;
	wait = is_refused ? BACKOFF_MAX_MS + jitter
	                  : wait - jitter; /* a wrong password must not lock the account */
	uv_update_time(db->loop);
	db->retry_at_ms = clock_mono_ms() + wait;
	uv_timer_start(&db->timer, on_retry, (uint64_t)wait, 0);
}

static void drop(struct db *db)
{
	uv_timer_stop(&db->timer);
	db_poll_end(db);
	if (db->kill) attempt_drop(db->kill), db->kill = NULL;
	db->kill_wanted = false;
	if (db->res) mysql_free_result(db->res), db->res = NULL;
	if (db->my) {
		int fd = (int)mysql_get_socket(db->my);
		if (fd >= 0) shutdown(fd, SHUT_RDWR); /* so that close cannot block on a full socket */
		mysql_close(db->my);
		db->my = NULL;
	}
	db->wait = 0;
}

void db_lost(struct db *db, const struct err *why)
{
	struct req *r = db->cur;
	struct err cause = *why; /* it may lie in what goes away here */
	why = &cause;
	db->status.last_code = db->stopped_by_caller ? ERR_NONE : why->code;
	snprintf(db->status.last_error, sizeof db->status.last_error, "%.511s",
	         db->stopped_by_caller ? "" : why->text);
	drop(db);
	db_set_state(db, S_DOWN);
	if (db->stopped_by_caller)
		db_connect(db); /* nothing is wrong: what waits goes on at once */
	else
		schedule_retry(db, is_login_refused(why->sql_errno));
	db->stopped_by_caller = false;
	if (r) {
		struct err e = *why;
		if (r->opts.is_write && r->is_sent)
			err_set(&e, ERR_UNKNOWN,
			        "the link was lost after %s was sent; its outcome is not known: %s", r->name,
			        why->text);
		else if (db->timed_out)
			err_set(&e, ERR_TIMEOUT, "no answer within %.1f s from %s",
			        r->opts.deadline_ms / 1000.0, db->status.host);
		struct table *half = db->table;
		db_answer(db, half, &e);
	}
	db_kick(db);
}

/* --- requests --- */

static bool is_question(const char *s)
{
	for (;;) {
		s += strspn(s, " \t\n");
		if (strncmp(s, "--", 2) != 0) break;
		s += strcspn(s, "\n");
	}
	return *s == '(' || strncasecmp(s, "SELECT", 6) == 0 || strncasecmp(s, "WITH", 4) == 0;
}

/* A tenth less than the link waits, at most half a second. */
double db_read_limit_s(const struct db_opts *o)
{
	return (o->deadline_ms - (o->deadline_ms < 5000 ? o->deadline_ms / 10 : 500)) / 1000.0;
}

/* The server stops a read before its deadline, so that a slow one costs itself and not the link: the session's
 * limit holds for the usual deadline, any other is said with the statement. Streamed rows take as long as they
 * take. */
static void limit_read(const struct db *db, struct req *r)
{
	bool is_streamed = r->opts.on_row != NULL;
	if (db->role != DB_READ || r->has_failed || !is_question(r->text)) return;
	if (r->opts.deadline_ms == DB_READ_MS && !is_streamed) return;
	struct buf text = { .max = (size_t)64 << 20 };
	buf_addf(&text, "SET STATEMENT max_statement_time = %.3f FOR ",
	         is_streamed ? 0.0 : db_read_limit_s(&r->opts));
	buf_add(&text, r->text, r->len);
	free(r->text);
	r->len = text.len;
	r->text = buf_detach(&text);
}

static uint64_t enqueue(struct db *db, struct req *r, const char *name, const struct db_opts *opts, db_cb cb,
                        void *ctx)
{
	r->id = ++db->next_id;
	snprintf(r->name, sizeof r->name, "%s", name);
	if (opts) r->opts = *opts;
	if (!r->opts.deadline_ms) r->opts.deadline_ms = r->opts.is_write ? DB_WRITE_MS : DB_READ_MS;
	if (!r->opts.max_rows) r->opts.max_rows = 5000;
	limit_read(db, r);
	r->cb = cb;
	r->ctx = ctx;
	*db->last = r;
	db->last = &r->next;
	db_kick(db);
	return r->id;
}

uint64_t db_submit(struct db *db, const struct query *q, const struct arg *args, size_t n_args,
                   const struct db_opts *opts, db_cb cb, void *ctx)
{
	struct req *r = mem_alloc(sizeof *r);
	struct buf text = { .max = (size_t)64 << 20 };
	r->has_failed = !query_bind(&text, q, args, n_args, &r->err);
	r->len = text.len;
	r->text = buf_detach(&text);
	return enqueue(db, r, q->name, opts, cb, ctx);
}

uint64_t db_submit_text(struct db *db, const char *name, const char *text, size_t len,
                        const struct db_opts *opts, db_cb cb, void *ctx)
{
	struct req *r = mem_alloc(sizeof *r);
	r->text = mem_alloc(len + 1);
	memcpy(r->text, text, len);
	r->len = len;
	return enqueue(db, r, name, opts, cb, ctx);
}

void db_cancel(struct db *db, uint64_t id)
{
	for (struct req *r = db->first; r; r = r->next)
		if (r->id == id) {
			r->is_cancelled = true;
			r->has_failed = true;
			err_set(&r->err, ERR_CANCELLED, "%s was stopped before it was sent", r->name);
			db_kick(db);
			return;
		}
	if (!db->cur || db->cur->id != id || db->cur->is_cancelled) return;
	db->cur->is_cancelled = true;
	db_kill_running(db);
}

void db_retry_now(struct db *db)
{
	if (db->state != S_DOWN) return;
	uv_timer_stop(&db->timer);
	db->backoff_ms = 0;
	db_connect(db);
}

/* --- life --- */

struct db *db_open(struct uv_loop_s *loop, const struct db_conf *conf, enum db_role role, const char *label)
{
	struct db *db = mem_alloc(sizeof *db);
	db->loop = loop;
	conf_copy(&db->conf, conf);
	db->role = role;
	db->fd = -1;
	db->last = &db->first;
	db->seed = (unsigned)clock_mono_ms() ^ (unsigned)(uintptr_t)db;
	snprintf(db->label, sizeof db->label, "%s", label);
	conf_describe(conf, db->status.host, sizeof db->status.host);
	uv_timer_init(loop, &db->timer);
	uv_timer_init(loop, &db->kick);
	db->timer.data = db->kick.data = db;
	db->handles_open = 2;
	db->state = S_DOWN;
	db->status.phase = DB_DOWN;
	db_connect(db);
	return db;
}

static void on_handle_closed(uv_handle_t *h)
{
	struct db *db = h->data;
	if (--db->handles_open) return;
	void (*closed)(void *) = db->closed;
	void *ctx = db->closed_ctx;
	conf_free(&db->conf);
	free(db);
	if (closed) closed(ctx);
}

void db_close(struct db *db, void (*closed)(void *ctx), void *ctx)
{
	struct err e;
	db->closed = closed;
	db->closed_ctx = ctx;
	db->on_change = NULL;
	if (db->attempt) attempt_drop(db->attempt), db->attempt = NULL;
	err_set(&e, ERR_CANCELLED, "the link was closed");
	drop(db);
	db_set_state(db, S_CLOSED);
	if (db->cur) {
		struct err last = e;
		if (db->cur->opts.is_write && db->cur->is_sent)
			err_set(&last, ERR_UNKNOWN,
			        "the link was closed after %s was sent; its outcome is not known",
			        db->cur->name);
		struct req *r = db->cur;
		db->cur = NULL;
		give(r, db->table, &last);
	}
	fail_queue(db, &e);
	uv_close((uv_handle_t *)&db->timer, on_handle_closed);
	uv_close((uv_handle_t *)&db->kick, on_handle_closed);
}
