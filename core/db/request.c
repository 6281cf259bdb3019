/* request.c - a request's text, its limits, its one answer; and the queue of those that wait. */
#include "core/db/request.h"
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/db/filter.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 64 << 20 };

struct req *req_of_query(const struct query *q, const struct arg *args, size_t n_args)
{
	struct req *r = mem_alloc(sizeof *r);
	struct buf text = { .max = TEXT_MAX };
	r->has_failed = !query_bind(&text, q, args, n_args, &r->err);
	r->len = text.len;
	r->text = buf_detach(&text);
	snprintf(r->name, sizeof r->name, "%s", q->name);
	return r;
}

struct req *req_of_text(const char *name, const char *text, size_t len)
{
	struct req *r = mem_alloc(sizeof *r);
	r->text = mem_alloc(len + 1);
	memcpy(r->text, text, len);
	r->len = len;
	snprintf(r->name, sizeof r->name, "%s", name);
	return r;
}

static bool is_question(const char *s)
{
	for (;;) {
		s += strspn(s, " \t\n");
		if (strncmp(s, "--", 2) != 0) break;
		s += strcspn(s, "\n");
	}
	return *s == '(' || compose_is_guarded(s) || strncasecmp(s, "SELECT", 6) == 0 ||
	       strncasecmp(s, "WITH", 4) == 0;
}

/* A tenth less than the link waits, at most half a second. */
double req_read_limit_s(const struct req *r)
{
	unsigned ms = r->opts.deadline_ms;
	return (ms - (ms < 5000 ? ms / 10 : 500)) / 1000.0;
}

/* The server stops a read before its deadline, so that a slow one costs itself and not the link: the session's
 * limit holds for the usual deadline, any other is said with the statement. Streamed rows take as long as they
 * take. */
static void limit(struct req *r)
{
	bool is_streamed = r->opts.on_row != NULL;
	double limit_s = r->opts.limit_ms ? r->opts.limit_ms / 1000.0
	                 : is_streamed    ? 0.0
	                                  : req_read_limit_s(r);
	if (r->has_failed) return;
	if (!r->opts.limit_ms &&
	    (!is_question(r->text) || (r->opts.deadline_ms == DB_READ_MS && !is_streamed)))
		return;
	struct buf text = { .max = TEXT_MAX };
	buf_addf(&text, "SET STATEMENT max_statement_time = %.3f FOR ", limit_s);
	buf_add(&text, r->text, r->len);
	free(r->text);
	r->len = text.len;
	r->text = buf_detach(&text);
}

void req_aim(struct req *r, enum db_role role, const struct db_opts *opts, db_cb cb, void *ctx)
{
	if (opts) r->opts = *opts;
	if (!r->opts.deadline_ms) r->opts.deadline_ms = r->opts.is_write ? DB_WRITE_MS : DB_READ_MS;
	if (!r->opts.max_rows) r->opts.max_rows = 5000;
	if (role == DB_READ || r->opts.limit_ms) limit(r);
	r->cb = cb;
	r->ctx = ctx;
}

void req_cancel(struct req *r)
{
	r->is_cancelled = true;
	r->has_failed = true;
	err_set(&r->err, ERR_CANCELLED, "%s was stopped before it was sent", r->name);
}

void req_answer(struct req *r, struct table *rows, const struct err *e)
{
	if (e) {
		table_free(rows);
		rows = NULL;
	}
	r->cb(r->ctx, rows, e);
	free(r->text);
	free(r);
}

/* --- the queue --- */

void queue_put(struct req_queue *q, struct req *r)
{
	if (q->first)
		q->last->next = r;
	else
		q->first = r;
	q->last = r;
}

struct req *queue_take(struct req_queue *q)
{
	struct req *r = q->first;
	if (!r) return NULL;
	q->first = r->next;
	r->next = NULL;
	return r;
}

struct req *queue_find(const struct req_queue *q, uint64_t id)
{
	struct req *r = q->first;
	while (r && r->id != id) r = r->next;
	return r;
}

unsigned queue_length(const struct req_queue *q)
{
	unsigned n = 0;
	for (const struct req *r = q->first; r; r = r->next) n++;
	return n;
}

void queue_fail(struct req_queue *q, const struct err *why)
{
	struct req *r = q->first;
	q->first = NULL;
	while (r) {
		struct req *next = r->next;
		req_answer(r, NULL, r->has_failed ? &r->err : why);
		r = next;
	}
}
