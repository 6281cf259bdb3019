/* wire.c - one connection on the loop: query, result sets, rows. */
#include "core/db/wire.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/db/attempt.h"
#include "core/db/local_rows.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum step { W_IDLE, W_QUERY, W_RESULT, W_ROW, W_NEXT };

struct wire {
	MYSQL *my;
	const struct db_conf *conf;
	const struct wire_ends *ends;
	void *owner;
	uv_poll_t poll;
	uv_timer_t deadline;
	int handles_open;
	/* of the statement under way */
	enum step step;
	int wait; /* what the client library waits for; 0: nothing under way */
	const struct db_opts *opts;
	MYSQL_RES *res;
	struct table *table;
};

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

static struct table *shape_of(MYSQL_RES *res)
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

static void copy_row(struct table *t, MYSQL_ROW row, const unsigned long *lengths)
{
	struct cell *c = table_add_row(t);
	for (size_t i = 0; i < t->n_cols; i++)
		if (row[i]) c[i] = (struct cell){ arena_dup(&t->arena, row[i], lengths[i]), lengths[i] };
}

static void keep_rows(struct wire *w)
{
	struct table *t = shape_of(w->res);
	MYSQL_ROW row;
	while ((row = mysql_fetch_row(w->res))) {
		if (t->n_rows == w->opts->max_rows) {
			t->is_cut = true;
			break;
		}
		copy_row(t, row, mysql_fetch_lengths(w->res));
	}
	w->table = t;
}

static bool stream_row(struct wire *w, MYSQL_ROW row)
{
	struct table *t = w->table;
	const unsigned long *lengths = mysql_fetch_lengths(w->res);
	struct cell cells[256];
	size_t n = t->n_cols < ARRAY_LEN(cells) ? t->n_cols : ARRAY_LEN(cells);
	for (size_t i = 0; i < n; i++) cells[i] = (struct cell){ row[i], row[i] ? lengths[i] : 0 };
	return w->opts->on_row(w->opts->ctx, t, cells);
}

/* --- waiting --- */

static void on_poll(uv_poll_t *h, int status, int events);

static int uv_mask(int wait)
{
	int m = UV_DISCONNECT;
	if (wait & MYSQL_WAIT_READ) m |= UV_READABLE;
	if (wait & MYSQL_WAIT_WRITE) m |= UV_WRITABLE;
	if (wait & MYSQL_WAIT_EXCEPT) m |= UV_PRIORITIZED;
	return m;
}

static void await(struct wire *w) { uv_poll_start(&w->poll, uv_mask(w->wait), on_poll); }

/* An idle connection that becomes readable is dead. */
static void rest(struct wire *w)
{
	w->step = W_IDLE;
	w->wait = 0;
	w->opts = NULL;
	uv_timer_stop(&w->deadline);
	uv_poll_start(&w->poll, UV_READABLE | UV_DISCONNECT, on_poll);
}

/* --- how a statement ends --- */

static void free_result(struct wire *w)
{
	if (w->res) mysql_free_result(w->res), w->res = NULL;
}

static struct table *take_table(struct wire *w)
{
	struct table *t = w->table;
	w->table = NULL;
	return t;
}

static void lost(struct wire *w, const struct err *e)
{
	uv_timer_stop(&w->deadline);
	uv_poll_stop(&w->poll);
	w->ends->lost(w->owner, take_table(w), e);
}

static void finish(struct wire *w)
{
	bool has_rows = w->table != NULL;
	struct table *t = has_rows ? take_table(w) : table_new(0);
	if (!has_rows) t->affected_rows = (uint64_t)mysql_affected_rows(w->my);
	t->insert_id = mysql_insert_id(w->my);
	t->warnings = (int)mysql_warning_count(w->my);
	rest(w);
	w->ends->answered(w->owner, t, NULL);
}

static bool is_of_the_connection(unsigned no)
{
	return (no >= 2000 && no < 2100) || no == 1927 || no == 1053 || (no >= 1158 && no <= 1161);
}

/* The server said no: the connection is fine unless the error is its own. */
static void failed(struct wire *w)
{
	struct err e;
	unsigned no = mysql_errno(w->my);
	db_error_of(w->my, w->conf, &e);
	if (no == 0) {
		char where[256];
		conf_describe(w->conf, where, sizeof where);
		err_set(&e, ERR_DB_DOWN, "%s gave an answer that cannot be read", where);
	}
	if (no == 0 || is_of_the_connection(no)) {
		lost(w, &e);
		return;
	}
	free_result(w);
	rest(w);
	w->ends->answered(w->owner, take_table(w), &e);
}

/* --- the steps of a statement --- */

static void arm_deadline(struct wire *w);
static void step_next(struct wire *w);

static void result_done(struct wire *w)
{
	free_result(w);
	step_next(w);
}

/* After a stored result: the first set with columns is the answer, the rest is drained. */
static void got_result(struct wire *w)
{
	if (!w->res && mysql_errno(w->my)) {
		failed(w);
		return;
	}
	if (w->res && !w->table) keep_rows(w);
	result_done(w);
}

/* Draining the rest could take minutes: it is dropped with the connection. */
static void stopped(struct wire *w)
{
	struct err e;
	err_set(&e, ERR_CANCELLED, "stopped by the reader");
	lost(w, &e);
}

static void step_row(struct wire *w, int ready)
{
	MYSQL_ROW row;
	w->step = W_ROW;
	for (;;) {
		w->wait = ready ? mysql_fetch_row_cont(&row, w->res, ready)
		                : mysql_fetch_row_start(&row, w->res);
		ready = 0;
		if (w->wait) break;
		if (!row) {
			if (mysql_errno(w->my))
				failed(w);
			else
				result_done(w);
			return;
		}
		if (stream_row(w, row)) continue;
		stopped(w);
		return;
	}
	arm_deadline(w); /* rows are coming: the deadline is for silence */
	await(w);
}

static void step_result(struct wire *w, int ready)
{
	w->step = W_RESULT;
	if (w->opts->on_row && !w->table && mysql_field_count(w->my)) {
		w->res = mysql_use_result(w->my);
		if (!w->res) {
			failed(w);
			return;
		}
		w->table = shape_of(w->res);
		step_row(w, 0);
		return;
	}
	w->wait = ready ? mysql_store_result_cont(&w->res, w->my, ready)
	                : mysql_store_result_start(&w->res, w->my);
	if (w->wait)
		await(w);
	else
		got_result(w);
}

static void next_done(struct wire *w, int ret)
{
	if (w->wait)
		await(w);
	else if (ret > 0)
		failed(w);
	else
		step_result(w, 0);
}

static void step_next(struct wire *w)
{
	int ret = 0;
	if (!mysql_more_results(w->my)) {
		finish(w);
		return;
	}
	w->step = W_NEXT;
	w->wait = mysql_next_result_start(&ret, w->my);
	next_done(w, ret);
}

static void query_done(struct wire *w, int ret)
{
	if (w->wait)
		await(w);
	else if (ret)
		failed(w);
	else
		step_result(w, 0);
}

static void go_on(struct wire *w, int ready)
{
	int ret = 0;
	uv_poll_stop(&w->poll); /* the library may close the socket in here */
	switch (w->step) {
	case W_QUERY:
		w->wait = mysql_real_query_cont(&ret, w->my, ready);
		query_done(w, ret);
		break;
	case W_RESULT: step_result(w, ready); break;
	case W_ROW: step_row(w, ready); break;
	case W_NEXT:
		w->wait = mysql_next_result_cont(&ret, w->my, ready);
		next_done(w, ret);
		break;
	case W_IDLE: break;
	}
}

static void on_poll(uv_poll_t *h, int status, int events)
{
	struct wire *w = h->data;
	struct err e;
	int ready = 0;
	if (w->step == W_IDLE) {
		char where[256];
		conf_describe(w->conf, where, sizeof where);
		err_set(&e, ERR_DB_DOWN, "%s closed the connection", where);
		lost(w, &e);
		return;
	}
	if (status < 0 || (events & UV_DISCONNECT))
		ready = w->wait & ~MYSQL_WAIT_TIMEOUT; /* let the library find out */
	if (events & UV_READABLE) ready |= MYSQL_WAIT_READ;
	if (events & UV_WRITABLE) ready |= MYSQL_WAIT_WRITE;
	ready &= w->wait;
	if (ready) go_on(w, ready);
}

static void shut(struct wire *w)
{
	int fd = (int)mysql_get_socket(w->my);
	if (fd >= 0) shutdown(fd, SHUT_RDWR);
}

/* The suspended call is let run to its end on a dead socket, off its own stack. */
static void run_out(struct wire *w)
{
	shut(w);
	for (int tries = 0; w->wait && tries < 8; tries++) {
		int ret, ready = w->wait & ~MYSQL_WAIT_TIMEOUT;
		MYSQL_ROW row;
		switch (w->step) {
		case W_QUERY: w->wait = mysql_real_query_cont(&ret, w->my, ready); break;
		case W_RESULT: w->wait = mysql_store_result_cont(&w->res, w->my, ready); break;
		case W_ROW: w->wait = mysql_fetch_row_cont(&row, w->res, ready); break;
		case W_NEXT: w->wait = mysql_next_result_cont(&ret, w->my, ready); break;
		case W_IDLE: w->wait = 0;
		}
	}
}

static void on_deadline(uv_timer_t *t)
{
	struct wire *w = t->data;
	struct err e;
	char where[256];
	conf_describe(w->conf, where, sizeof where);
	err_set(&e, ERR_TIMEOUT, "no answer from %s within %.1f s", where,
	        (double)w->opts->deadline_ms / 1000);
	uv_poll_stop(&w->poll);
	run_out(w);
	lost(w, &e);
}

static void arm_deadline(struct wire *w)
{
	uv_update_time(w->deadline.loop);
	uv_timer_start(&w->deadline, on_deadline, w->opts->deadline_ms, 0);
}

void wire_send(struct wire *w, const char *text, size_t len, const struct db_opts *opts)
{
	int ret = 0;
	w->opts = opts;
	w->step = W_QUERY;
	uv_poll_stop(&w->poll);
	arm_deadline(w);
	w->wait = mysql_real_query_start(&ret, w->my, text, len);
	query_done(w, ret);
}

/* --- life --- */

struct wire *wire_open(uv_loop_t *loop, MYSQL *my, const struct db_conf *conf, const struct wire_ends *ends,
                       void *owner)
{
	struct wire *w = mem_alloc(sizeof *w);
	int fd = (int)mysql_get_socket(my);
	fcntl(fd, F_SETFL,
	      fcntl(fd, F_GETFL) | O_NONBLOCK); /* over TLS the library would block on it otherwise */
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	*w = (struct wire){ .my = my, .conf = conf, .ends = ends, .owner = owner, .handles_open = 2 };
	uv_poll_init(loop, &w->poll, fd);
	uv_timer_init(loop, &w->deadline);
	w->poll.data = w->deadline.data = w;
	local_rows_serve(my, &w->opts);
	rest(w);
	return w;
}

static void on_handle_closed(uv_handle_t *h)
{
	struct wire *w = h->data;
	if (!--w->handles_open) free(w);
}

void wire_close(struct wire *w)
{
	uv_close((uv_handle_t *)&w->poll, on_handle_closed);
	uv_close((uv_handle_t *)&w->deadline, on_handle_closed);
	/* First of all: freeing a result reads its rest, and closing could block on a full socket. */
	if (w->step != W_IDLE) shut(w);
	free_result(w);
	mysql_close(w->my);
	table_free(w->table);
}
