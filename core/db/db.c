/* db.c - the link: its state, whose turn it is, connecting and connecting again, and stopping what runs. */
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/db/ahead.h"
#include "core/db/attempt.h"
#include "core/db/hosts.h"
#include "core/db/request.h"
#include "core/db/wire.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BACKOFF_MIN_MS = 250, BACKOFF_MAX_MS = 15000, KILL_LIMIT_MS = 5000 };

/* S_KILLING: the statement has ended and the side connection that was to stop it has not. */
enum db_state { S_DOWN, S_CONNECTING, S_IDLE, S_BUSY, S_KILLING, S_CLOSED };

struct db {
	uv_loop_t *loop;
	struct hosts hosts;
	struct ahead ahead;
	struct db_opts ahead_opts;
	char *ahead_text; /* under way before `cur`; NULL: cur itself is */
	enum db_role role;
	char label[16];
	enum db_state state;
	struct wire *wire; /* NULL: not connected */
	struct attempt *attempt, *kill;
	uv_timer_t timer; /* the limit of connecting or of a kill, or time to the next try */
	uv_timer_t kick;  /* starts the next request in a later turn */
	struct req *cur;
	struct req_queue waiting;
	uint64_t next_id;
	int64_t started_us, retry_at_ms, backoff_ms;
	struct db_status status;
	int64_t skew_ms;   /* the server's clock minus ours */
	char session[512]; /* attempt.h: who this session is to the server */
	void (*on_change)(void *ctx, const struct db_status *s);
	void *change_ctx;
	void (*closed)(void *ctx);
	void *closed_ctx;
	int handles_open;
	unsigned seed;
};

static const char *const state_names[] = { "DOWN", "CONNECTING", "IDLE", "BUSY", "KILLING", "CLOSED" };

static enum db_phase phase_of(enum db_state s)
{
	return s == S_DOWN ? DB_DOWN : s == S_CONNECTING ? DB_CONNECTING : s == S_CLOSED ? DB_CLOSED : DB_UP;
}

/* The only writer of the state. */
static void set_state(struct db *db, enum db_state state)
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
	s.queued = queue_length(&db->waiting);
	int64_t left = db->retry_at_ms - clock_mono_ms();
	s.retry_in_ms = db->state == S_DOWN && left > 0 ? left : 0;
	return s;
}

void db_on_change(struct db *db, void (*cb)(void *ctx, const struct db_status *s), void *ctx)
{
	db->on_change = cb;
	db->change_ctx = ctx;
}

static void limit(struct db *db, uv_timer_cb cb, int64_t ms)
{
	uv_update_time(db->loop);
	uv_timer_start(&db->timer, cb, (uint64_t)ms, 0);
}

/* --- answers --- */

static void on_kick(uv_timer_t *t);

static void kick(struct db *db)
{
	if (db->state != S_CLOSED) uv_timer_start(&db->kick, on_kick, 0, 0);
}

static void answer(struct db *db, struct table *rows, const struct err *e)
{
	struct req *r = db->cur;
	struct err cancelled;
	db->cur = NULL;
	/* A write that came through in spite of its cancelling is told as what it is. */
	bool is_told = r->opts.is_write && (!e || e->code == ERR_UNKNOWN);
	if (r->is_cancelled && !is_told) {
		err_set(&cancelled, ERR_CANCELLED, "%s was stopped", r->name);
		e = &cancelled;
	}
	kick(db);
	req_answer(r, rows, e);
}

static void send_current(struct db *db)
{
	struct req *r = db->cur;
	set_state(db, S_BUSY);
	db->ahead_text = ahead_next(&db->ahead, r);
	if (db->ahead_text) {
		db->ahead_opts = (struct db_opts){ .deadline_ms = r->opts.deadline_ms, .max_rows = 1 };
		if (db->ahead_opts.deadline_ms > DB_READ_MS) db->ahead_opts.deadline_ms = DB_READ_MS;
		wire_send(db->wire, db->ahead_text, strlen(db->ahead_text), &db->ahead_opts);
		return;
	}
	db->started_us = (int64_t)(uv_hrtime() / 1000);
	r->is_sent = true;
	wire_send(db->wire, r->text, r->len, &r->opts);
}

static void on_kick(uv_timer_t *t)
{
	struct db *db = t->data;
	struct err e;
	if (db->state == S_DOWN && db->status.last_code) {
		/* what waits was never sent: whatever ended the link, for it the database is down */
		bool is_conf = db->status.last_code == ERR_REFUSED || db->status.last_code == ERR_SCHEMA;
		err_set(&e, is_conf ? db->status.last_code : ERR_DB_DOWN, "%s", db->status.last_error);
		queue_fail(&db->waiting, &e);
		return;
	}
	while (db->state == S_IDLE && !db->cur && db->waiting.first) {
		struct req *r = db->cur = queue_take(&db->waiting);
		if (r->has_failed || r->is_cancelled) {
			answer(db, NULL, &r->err);
			return;
		}
		if (r->opts.session && r->opts.session != db->status.n_connects) {
			err_set(&e, ERR_DB_DOWN,
			        "the connection was lost and with it the transaction; nothing of it was "
			        "kept");
			answer(db, NULL, &e);
			return;
		}
		send_current(db);
	}
}

/* --- what the wire tells --- */

static void on_lost(void *owner, struct table *rows, const struct err *why);

static void on_kill_late(uv_timer_t *t)
{
	struct db *db = t->data;
	struct err e;
	err_set(&e, ERR_DB_DOWN, "stopping a statement at %s did not end; connecting anew", db->status.host);
	on_lost(db, NULL, &e);
}

/* --- a lost link --- */

static void connect_now(struct db *db);
static void on_retry(uv_timer_t *t) { connect_now(t->data); }

static void schedule_retry(struct db *db, bool is_refused)
{
	int64_t wait = db->backoff_ms ? db->backoff_ms : BACKOFF_MIN_MS;
	db->backoff_ms = wait * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : wait * 2;
	int64_t jitter = wait * (rand_r(&db->seed) % 25) / 100;
	wait = is_refused ? BACKOFF_MAX_MS + jitter
	                  : wait - jitter; /* a wrong password must not lock the account */
	db->retry_at_ms = clock_mono_ms() + wait;
	limit(db, on_retry, wait);
}

static void drop(struct db *db)
{
	uv_timer_stop(&db->timer);
	if (db->attempt) attempt_drop(db->attempt), db->attempt = NULL;
	if (db->kill) attempt_drop(db->kill), db->kill = NULL;
	if (db->wire) wire_close(db->wire), db->wire = NULL;
	free(db->ahead_text);
	db->ahead_text = NULL;
}

static void go_down(struct db *db, enum err_code code, const char *why)
{
	db->status.last_code = code;
	snprintf(db->status.last_error, sizeof db->status.last_error, "%.511s", why);
	drop(db);
	set_state(db, S_DOWN);
}

static void on_lost(void *owner, struct table *rows, const struct err *why)
{
	struct db *db = owner;
	struct req *r = db->cur;
	struct err cause = *why;                            /* it may lie in what goes away here */
	bool is_stopped = r && cause.code == ERR_CANCELLED; /* by its reader */
	bool was_up = db->wire != NULL;
	if (was_up && !is_stopped) hosts_lost(&db->hosts);
	bool is_next = !is_stopped && (was_up ? db->hosts.n > 1 : hosts_next(&db->hosts, &cause));
	go_down(db, is_stopped ? ERR_NONE : cause.code, is_stopped ? "" : cause.text);
	if (is_stopped || is_next)
		connect_now(
		        db); /* nothing is wrong, or another server is there: what waits goes on at once */
	else
		schedule_retry(db, db_is_login_refused(&cause));
	if (r) {
		struct err e = cause;
		if (r->opts.is_write && r->is_sent)
			err_set(&e, ERR_UNKNOWN,
			        "the link was lost after %s was sent; its outcome is not known: %s", r->name,
			        cause.text);
		else if (r->opts.is_write && cause.code == ERR_TIMEOUT)
			e.code = ERR_DB_DOWN; /* it was asked whether it takes writes, and sent nothing yet */
		answer(db, rows, &e);
	} else
		table_free(rows);
	kick(db);
}

static void leave(struct db *db, struct table *rows, const struct err *why)
{
	struct err cause = *why;
	hosts_lost(&db->hosts);
	go_down(db, ERR_DB_DOWN, cause.text);
	if (db->hosts.n > 1)
		connect_now(db);
	else
		schedule_retry(db, false);
	answer(db, rows, &cause);
	kick(db);
}

/* Of a replica server, now is when its data are. */
static void look_at(struct db *db)
{
	const struct ahead *a = &db->ahead;
	int64_t data_skew_ms = a->as_of_ms - a->looked_wall_ms;
	bool is_known = a->is_replica && a->as_of_ms != TIME_NONE;
	db->status.is_replica = a->is_replica;
	db->status.clock_skew_ms = is_known ? data_skew_ms : db->skew_ms;
	db->status.lag_ms = !is_known ? -1 : db->skew_ms > data_skew_ms ? db->skew_ms - data_skew_ms : 0;
}

/* What was said before the request is answered; the request's turn, or what else goes before it. */
static void on_ahead(struct db *db, struct table *rows, const struct err *e)
{
	struct err why;
	free(db->ahead_text);
	db->ahead_text = NULL;
	bool goes_on = ahead_answered(&db->ahead, rows, e, &why);
	table_free(rows);
	look_at(db);
	if (!goes_on && !e)
		leave(db, NULL, &why);
	else if (goes_on && !db->cur->is_cancelled && !db->kill)
		send_current(db);
	else {
		set_state(db, db->kill ? S_KILLING : S_IDLE);
		if (db->kill) limit(db, on_kill_late, KILL_LIMIT_MS);
		answer(db, NULL, goes_on ? NULL : &why);
	}
}

static void on_answered(void *owner, struct table *rows, const struct err *e)
{
	struct db *db = owner;
	struct err stopped;
	if (db->ahead_text) {
		on_ahead(db, rows, e);
		return;
	}
	db->ahead.was_undone = e && e->sql_errno == 1213;
	if (!e) db->status.last_rtt_ms = (double)((int64_t)(uv_hrtime() / 1000) - db->started_us) / 1000;
	if (e && e->code == ERR_TIMEOUT && db->role == DB_READ) {
		stopped = *e;
		err_set(&stopped, ERR_TIMEOUT, "%s was stopped: it took over %.1f s", db->cur->name,
		        req_read_limit_s(db->cur));
		e = &stopped;
	}
	if (e && (db_is_cut_off(e) || (db->role == DB_WRITE && db_is_read_only(e)))) {
		stopped = *e;
		/* what was on its way to the others when they were lost may have reached them */
		if (db_is_cut_off(e) && db->cur->opts.is_write) stopped.code = ERR_UNKNOWN;
		leave(db, rows, &stopped);
		return;
	}
	/* What a read of a node waits for is what the others wrote. */
	if (e && e->sql_errno == 1205 && db->role == DB_READ && db->status.is_node) {
		err_set(&stopped, ERR_DB_DOWN, "%s " DB_APPLIES_NOTHING, db->status.host);
		leave(db, rows, &stopped);
		return;
	}
	/* With a kill still on its way nothing is sent, but not for ever. */
	set_state(db, db->kill ? S_KILLING : S_IDLE);
	if (db->kill) limit(db, on_kill_late, KILL_LIMIT_MS);
	answer(db, rows, e);
}

/* --- connecting --- */

static void on_connected(void *owner, struct attempt *a)
{
	static const struct wire_ends ends = { .answered = on_answered, .lost = on_lost };
	struct db *db = owner;
	if (a->err.code) {
		on_lost(db, NULL, &a->err);
		return;
	}
	uv_timer_stop(&db->timer);
	db->wire = wire_open(db->loop, a->my, hosts_now(&db->hosts), &ends, db);
	db->status.is_tls = mysql_get_ssl_cipher(a->my) != NULL;
	a->my = NULL;
	db->status.n_connects++;
	db->status.thread_id = a->thread_id;
	snprintf(db->session, sizeof db->session, "%s", a->session);
	snprintf(db->status.server, sizeof db->status.server, "%s", a->version);
	db->skew_ms = (int64_t)(a->server_time * 1000) - (a->asked_wall_ms + a->answered_wall_ms) / 2;
	if (db->skew_ms > -50 && db->skew_ms < 50) db->skew_ms = 0; /* within the measurement */
	hosts_found(&db->hosts);
	ahead_connected(&db->ahead, a->is_read_only && a->is_following);
	db->status.is_node = a->wsrep_ready[0] != 0;
	look_at(db);
	db->status.last_error[0] = 0;
	db->status.last_code = ERR_NONE;
	db->backoff_ms = 0;
	attempt_drop(a);
	db->attempt = NULL;
	set_state(db, S_IDLE);
	kick(db);
}

static void on_connect_late(uv_timer_t *t)
{
	struct db *db = t->data;
	struct err e;
	err_set(&e, ERR_DB_DOWN, "no connection to %s within %lld s", db->status.host,
	        (long long)hosts_limit_ms(&db->hosts) / 1000);
	on_lost(db, NULL, &e);
}

static void connect_now(struct db *db)
{
	const struct db_conf *c = hosts_now(&db->hosts);
	conf_describe(c, db->status.host, sizeof db->status.host);
	conf_where(c, db->status.where, sizeof db->status.where);
	set_state(db, S_CONNECTING);
	db->attempt = attempt_connect(db->loop, c, db->role, on_connected, db);
	limit(db, on_connect_late, hosts_limit_ms(&db->hosts));
}

void db_read_after(struct db *db, const char *gtid)
{
	snprintf(db->ahead.gtid, sizeof db->ahead.gtid, "%s", gtid);
}

void db_retry_now(struct db *db)
{
	if (db->state != S_DOWN) return;
	uv_timer_stop(&db->timer);
	db->backoff_ms = 0;
	connect_now(db);
}

void db_leave(struct db *db)
{
	if (db->state != S_IDLE) return;
	hosts_lost(&db->hosts);
	go_down(db, ERR_NONE, "");
	connect_now(db);
}

/* --- requests --- */

static uint64_t enqueue(struct db *db, struct req *r, const struct db_opts *opts, db_cb cb, void *ctx)
{
	r->id = ++db->next_id;
	req_aim(r, db->role, opts, cb, ctx);
	queue_put(&db->waiting, r);
	kick(db);
	return r->id;
}

uint64_t db_submit(struct db *db, const struct query *q, const struct arg *args, size_t n_args,
                   const struct db_opts *opts, db_cb cb, void *ctx)
{
	return enqueue(db, req_of_query(q, args, n_args), opts, cb, ctx);
}

uint64_t db_submit_text(struct db *db, const char *name, const char *text, size_t len,
                        const struct db_opts *opts, db_cb cb, void *ctx)
{
	return enqueue(db, req_of_text(name, text, len), opts, cb, ctx);
}

static void on_killed(void *owner, struct attempt *a)
{
	struct db *db = owner;
	if (a->err.code) log_line(LOG_WARN_, "link=%s cannot stop a statement: %s", db->label, a->err.text);
	attempt_drop(a);
	db->kill = NULL;
	/* Nothing new went out while the kill was on its way: it could have hit the next statement. */
	if (db->state != S_KILLING) return;
	uv_timer_stop(&db->timer);
	set_state(db, S_IDLE);
	kick(db);
}

void db_cancel(struct db *db, uint64_t id)
{
	struct req *r = queue_find(&db->waiting, id);
	if (r) {
		req_cancel(r);
		kick(db);
		return;
	}
	if (!db->cur || db->cur->id != id || db->cur->is_cancelled) return;
	db->cur->is_cancelled = true;
	if (!db->kill && db->wire)
		db->kill = attempt_kill(db->loop, hosts_now(&db->hosts), db->status.thread_id, db->session,
		                        on_killed, db);
}

/* --- life --- */

struct db *db_open(struct uv_loop_s *loop, const struct db_conf *conf, enum db_role role, const char *label)
{
	struct db *db = mem_alloc(sizeof *db);
	db->loop = loop;
	hosts_open(&db->hosts, conf, role);
	db->role = db->ahead.role = role;
	db->seed = (unsigned)clock_mono_ms() ^ (unsigned)(uintptr_t)db;
	snprintf(db->label, sizeof db->label, "%s", label);
	uv_timer_init(loop, &db->timer);
	uv_timer_init(loop, &db->kick);
	db->timer.data = db->kick.data = db;
	db->handles_open = 2;
	db->state = S_DOWN;
	db->status.phase = DB_DOWN;
	db->status.serves_rows = conf->serves_rows;
	connect_now(db);
	return db;
}

struct uv_loop_s *db_loop(const struct db *db) { return db->loop; }

static void on_handle_closed(uv_handle_t *h)
{
	struct db *db = h->data;
	if (--db->handles_open) return;
	void (*closed)(void *) = db->closed;
	void *ctx = db->closed_ctx;
	hosts_free(&db->hosts);
	free(db);
	if (closed) closed(ctx);
}

void db_close(struct db *db, void (*closed)(void *ctx), void *ctx)
{
	struct err e;
	struct req *r = db->cur;
	db->closed = closed;
	db->closed_ctx = ctx;
	db->on_change = NULL;
	drop(db);
	set_state(db, S_CLOSED);
	db->cur = NULL;
	if (r) {
		err_set(&e, ERR_CANCELLED, "the link was closed");
		if (r->opts.is_write && r->is_sent)
			err_set(&e, ERR_UNKNOWN,
			        "the link was closed after %s was sent; its outcome is not known", r->name);
		req_answer(r, NULL, &e);
	}
	err_set(&e, ERR_CANCELLED, "the link was closed");
	queue_fail(&db->waiting, &e);
	uv_close((uv_handle_t *)&db->timer, on_handle_closed);
	uv_close((uv_handle_t *)&db->kick, on_handle_closed);
}
