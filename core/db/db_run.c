/* db_run.c - one statement on the loop: query, result sets, rows; the meeting point of libmariadb and libuv. */
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/db/db_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* --- polling --- */

static void on_poller_closed(uv_handle_t *h) { free(h->data); }

void db_poll_end(struct db *db)
{
	if (!db->poller) return;
	uv_poll_stop(&db->poller->handle);
	db->poller->db = NULL;
	uv_close((uv_handle_t *)&db->poller->handle, on_poller_closed);
	db->poller = NULL;
	db->fd = -1;
}

static void on_poll(uv_poll_t *h, int status, int events)
{
	struct poller *p = h->data;
	struct db *db = p->db;
	if (!db) return;
	if (db->state == S_IDLE || db->state == S_KILLING) {
		struct err e;
		err_set(&e, ERR_DB_DOWN, "%s closed the connection", db->status.host);
		db_lost(db, &e);
		return;
	}
	int ready = 0;
	if (status < 0 || (events & UV_DISCONNECT))
		ready = db->wait & ~MYSQL_WAIT_TIMEOUT; /* let the library find out */
	if (events & UV_READABLE) ready |= MYSQL_WAIT_READ;
	if (events & UV_WRITABLE) ready |= MYSQL_WAIT_WRITE;
	ready &= db->wait;
	if (ready) db_io(db, ready);
}

/* Watches the link's socket, whichever it is now. */
void db_poll(struct db *db, int mask)
{
	int fd = (int)mysql_get_socket(db->my);
	if (db->poller && fd != db->fd) db_poll_end(db);
	if (!db->poller) {
		db->poller = mem_alloc(sizeof *db->poller);
		db->poller->db = db;
		uv_poll_init(db->loop, &db->poller->handle, fd);
		db->poller->handle.data = db->poller;
		db->fd = fd;
	}
	uv_poll_start(&db->poller->handle, mask, on_poll);
}

static int uv_mask(int wait)
{
	int m = UV_DISCONNECT;
	if (wait & MYSQL_WAIT_READ) m |= UV_READABLE;
	if (wait & MYSQL_WAIT_WRITE) m |= UV_WRITABLE;
	if (wait & MYSQL_WAIT_EXCEPT) m |= UV_PRIORITIZED;
	return m;
}

/* --- the result --- */

/* BOOLEAN is TINYINT(1); out of a UNION, which belongs to no table, it comes four wide. */
static bool is_bool(const MYSQL_FIELD *f)
{
	return f->length == 1 || (f->length == 4 && !(f->flags & UNSIGNED_FLAG) && !f->org_table_length);
}

static enum cell_type type_of(const MYSQL_FIELD *f)
{
	MARIADB_CONST_STRING fmt;
	if (mariadb_field_attr(&fmt, f, MARIADB_FIELD_ATTR_FORMAT_NAME) == 0 && fmt.length == 4 &&
	    memcmp(fmt.str, "json", 4) == 0)
		return CELL_JSON;
	switch (f->type) {
	case MYSQL_TYPE_TINY: return is_bool(f) ? CELL_BOOL : CELL_INT;
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONGLONG:
	case MYSQL_TYPE_YEAR: return CELL_INT;
	case MYSQL_TYPE_DECIMAL:
	case MYSQL_TYPE_NEWDECIMAL:
	case MYSQL_TYPE_FLOAT:
	case MYSQL_TYPE_DOUBLE: return CELL_DEC;
	case MYSQL_TYPE_TIMESTAMP:
	case MYSQL_TYPE_DATETIME: return CELL_TIME;
	case MYSQL_TYPE_TINY_BLOB:
	case MYSQL_TYPE_BLOB:
	case MYSQL_TYPE_MEDIUM_BLOB:
	case MYSQL_TYPE_LONG_BLOB: return f->charsetnr == 63 ? CELL_BYTES : CELL_TEXT;
	default: return CELL_TEXT;
	}
}

struct table *db_shape(MYSQL_RES *res)
{
	unsigned n = mysql_num_fields(res);
	struct table *t = table_new(n);
	const MYSQL_FIELD *f = mysql_fetch_fields(res);
	for (unsigned i = 0; i < n; i++) {
		t->names[i] = arena_str(&t->arena, f[i].name);
		t->types[i] = type_of(&f[i]);
	}
	t->read_at_mono_ms = clock_mono_ms();
	t->read_at_wall_ms = clock_wall_ms();
	return t;
}

void db_copy_row(struct table *t, MYSQL_ROW row, const unsigned long *lengths)
{
	struct cell *c = table_add_row(t);
	for (size_t i = 0; i < t->n_cols; i++)
		if (row[i]) c[i] = (struct cell){ arena_dup(&t->arena, row[i], lengths[i]), lengths[i] };
}

static void keep_rows(struct db *db)
{
	struct table *t = db_shape(db->res);
	MYSQL_ROW row;
	while ((row = mysql_fetch_row(db->res))) {
		if (t->n_rows == db->cur->opts.max_rows) {
			t->is_cut = true;
			break;
		}
		db_copy_row(t, row, mysql_fetch_lengths(db->res));
	}
	db->table = t;
	db->has_table = true;
}

static bool stream_row(struct db *db, MYSQL_ROW row)
{
	struct table *t = db->table;
	const unsigned long *lengths = mysql_fetch_lengths(db->res);
	struct cell cells[256];
	size_t n = t->n_cols < ARRAY_LEN(cells) ? t->n_cols : ARRAY_LEN(cells);
	for (size_t i = 0; i < n; i++) cells[i] = (struct cell){ row[i], row[i] ? lengths[i] : 0 };
	return db->cur->opts.on_row(db->cur->opts.ctx, t, cells);
}

/* --- the steps of a statement --- */

enum { KILL_LIMIT_MS = 5000 };

static void on_kill_late(uv_timer_t *t)
{
	struct db *db = t->data;
	struct err e;
	err_set(&e, ERR_DB_DOWN, "stopping a statement at %s did not end; connecting anew", db->status.host);
	db_lost(db, &e);
}

/* Between statements; with a kill still on its way nothing is sent, but not for ever. */
static void rest(struct db *db)
{
	db_set_state(db, db->kill ? S_KILLING : S_IDLE);
	db_poll(db, UV_READABLE | UV_DISCONNECT);
	if (!db->kill) return;
	uv_update_time(db->loop);
	uv_timer_start(&db->timer, on_kill_late, KILL_LIMIT_MS, 0);
}

static void finish(struct db *db)
{
	uv_timer_stop(&db->timer);
	struct table *t = db->table;
	if (!t) t = table_new(0);
	t->affected_rows = db->has_table ? t->affected_rows : (uint64_t)mysql_affected_rows(db->my);
	t->insert_id = mysql_insert_id(db->my);
	t->warnings = (int)mysql_warning_count(db->my);
	db->status.last_rtt_ms = (double)(uv_hrtime() / 1000 - (uint64_t)db->started_us) / 1000;
	rest(db);
	db_answer(db, t, NULL);
}

/* The server said no: the link is fine unless the error is the link's own. */
static void failed(struct db *db)
{
	struct err e;
	unsigned no = mysql_errno(db->my);
	db_error_of(db->my, &db->conf, &e);
	if (e.code == ERR_TIMEOUT && db->role == DB_READ)
		err_set(&e, ERR_TIMEOUT, "%s was stopped: it took over %.1f s", db->cur->name,
		        db_read_limit_s(&db->cur->opts));
	if (db->res) mysql_free_result(db->res), db->res = NULL;
	bool is_link = (no >= 2000 && no < 2100) || no == 1927 || no == 1053 || no == 1158 || no == 1159 ||
	               no == 1160 || no == 1161;
	if (is_link || no == 0) {
		if (no == 0)
			err_set(&e, ERR_DB_DOWN, "%s gave an answer that cannot be read", db->status.host);
		db_lost(db, &e);
		return;
	}
	uv_timer_stop(&db->timer);
	rest(db);
	struct table *half = db->table;
	db_answer(db, half, &e);
}

static void step_next(struct db *db);

static void result_done(struct db *db)
{
	if (db->res) mysql_free_result(db->res), db->res = NULL;
	step_next(db);
}

/* After a stored result: the first set with columns is the answer, the rest is drained. */
static void got_result(struct db *db)
{
	if (!db->res && mysql_errno(db->my)) {
		failed(db);
		return;
	}
	if (db->res && !db->has_table) keep_rows(db);
	result_done(db);
}

static void step_row(struct db *db, int ready);

static void step_result(struct db *db, int ready)
{
	db_set_state(db, S_RESULT);
	if (db->cur->opts.on_row && !db->has_table && mysql_field_count(db->my)) {
		db->res = mysql_use_result(db->my);
		if (!db->res) {
			failed(db);
			return;
		}
		db->table = db_shape(db->res);
		db->has_table = true;
		step_row(db, 0);
		return;
	}
	db->wait = ready ? mysql_store_result_cont(&db->res, db->my, ready)
	                 : mysql_store_result_start(&db->res, db->my);
	if (db->wait)
		db_poll(db, uv_mask(db->wait));
	else
		got_result(db);
}

static void arm_deadline(struct db *db);

static void step_row(struct db *db, int ready)
{
	MYSQL_ROW row;
	db_set_state(db, S_ROW);
	for (int n = 0;; n++) {
		db->wait = ready ? mysql_fetch_row_cont(&row, db->res, ready)
		                 : mysql_fetch_row_start(&row, db->res);
		ready = 0;
		if (db->wait) break;
		if (!row) {
			if (mysql_errno(db->my))
				failed(db);
			else
				result_done(db);
			return;
		}
		if (db->stopped_by_caller || stream_row(db, row)) continue;
		db->stopped_by_caller =
		        true; /* the rest is dropped with the link: draining could take minutes */
		struct err e;
		err_set(&e, ERR_CANCELLED, "stopped by the reader");
		db_lost(db, &e);
		return;
	}
	arm_deadline(db); /* rows are coming: the deadline is for silence */
	db_poll(db, uv_mask(db->wait));
}

static void step_next(struct db *db)
{
	if (!mysql_more_results(db->my)) {
		finish(db);
		return;
	}
	int ret;
	db_set_state(db, S_NEXT);
	db->wait = mysql_next_result_start(&ret, db->my);
	if (db->wait)
		db_poll(db, uv_mask(db->wait));
	else if (ret > 0)
		failed(db);
	else
		step_result(db, 0);
}

static void on_deadline(uv_timer_t *t)
{
	struct db *db = t->data;
	struct err e;
	db->timed_out = true;
	int fd = (int)mysql_get_socket(db->my);
	uv_poll_stop(&db->poller->handle); /* the library may close the socket in here */
	err_set(&e, ERR_TIMEOUT, "no answer from %s within %.1f s", db->status.host,
	        (double)db->cur->opts.deadline_ms / 1000);
	/* The suspended call is let run to its end on a dead socket, off its own stack; then the link closes. */
	if (fd >= 0) shutdown(fd, SHUT_RDWR);
	for (int tries = 0; db->wait && tries < 8; tries++) {
		int ret, ready = db->wait & ~MYSQL_WAIT_TIMEOUT;
		MYSQL_ROW row;
		switch (db->state) {
		case S_QUERY: db->wait = mysql_real_query_cont(&ret, db->my, ready); break;
		case S_RESULT: db->wait = mysql_store_result_cont(&db->res, db->my, ready); break;
		case S_ROW: db->wait = mysql_fetch_row_cont(&row, db->res, ready); break;
		case S_NEXT: db->wait = mysql_next_result_cont(&ret, db->my, ready); break;
		default: db->wait = 0;
		}
	}
	db_lost(db, &e);
}

static void arm_deadline(struct db *db)
{
	uv_update_time(db->loop);
	uv_timer_start(&db->timer, on_deadline, db->cur->opts.deadline_ms, 0);
}

static void query_done(struct db *db, int ret)
{
	if (ret)
		failed(db);
	else
		step_result(db, 0);
}

void db_run(struct db *db)
{
	int ret;
	struct req *r = db->cur;
	db->timed_out = db->stopped_by_caller = false;
	db->table = NULL;
	db->has_table = false;
	db->started_us = (int64_t)(uv_hrtime() / 1000);
	uv_poll_stop(&db->poller->handle);
	db_set_state(db, S_QUERY);
	arm_deadline(db);
	r->is_sent = true;
	db->wait = mysql_real_query_start(&ret, db->my, r->text, r->len);
	if (db->wait)
		db_poll(db, uv_mask(db->wait));
	else
		query_done(db, ret);
}

void db_io(struct db *db, int ready)
{
	int ret;
	uv_poll_stop(&db->poller->handle); /* the library may close or change the socket in here */
	switch (db->state) {
	case S_QUERY:
		db->wait = mysql_real_query_cont(&ret, db->my, ready);
		if (db->wait)
			db_poll(db, uv_mask(db->wait));
		else
			query_done(db, ret);
		break;
	case S_RESULT: step_result(db, ready); break;
	case S_ROW: step_row(db, ready); break;
	case S_NEXT:
		db->wait = mysql_next_result_cont(&ret, db->my, ready);
		if (db->wait)
			db_poll(db, uv_mask(db->wait));
		else if (ret > 0)
			failed(db);
		else
			step_result(db, 0);
		break;
	default: break;
	}
}
