/* import_send.c - the statements of an import, sent again when the link was lost: each of them may run twice. */
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/import_int.h"
#include <string.h>
#include <time.h>
#include <uv.h>

enum { TRIES = 6 };

bool import_is_link_fault(const struct err *e)
{
	return e->code == ERR_DB_DOWN || e->code == ERR_UNKNOWN || e->code == ERR_TIMEOUT;
}

static bool send_text(struct db *w, const char *text, size_t len, const struct db_opts *opts,
                      struct table **rows, struct err *e)
{
	struct err why = { 0 };
	for (int i = 0; i < TRIES; i++) {
		struct timespec pause = { i / 2, i % 2 * 500000000L };
		if (i) nanosleep(&pause, NULL);
		if (db_call_text(w, text, len, opts, rows, &why)) return true;
		if (!import_is_link_fault(&why) && !db_lost_to_another(&why)) break;
	}
	if (e) *e = why;
	return false;
}

bool import_send(struct db *w, const char *text, size_t len, struct table **rows, struct err *e)
{
	struct db_opts opts = { .is_write = true, .deadline_ms = 600000 };
	return send_text(w, text, len, &opts, rows, e);
}

static void answered(void *ctx, struct table *rows, const struct err *e)
{
	struct import_sending *s = ctx;
	s->is_answered = true;
	s->rows = rows;
	if (e) s->err = *e;
}

static const struct db_opts *local_opts(const struct import_sending *s, struct db_opts *o)
{
	*o = (struct db_opts){ .is_write = true,
		               .deadline_ms = 600000,
		               .local_name = "spotop prices",
		               .local = s->local,
		               .local_len = s->len };
	return o;
}

void import_send_local(struct import_sending *s, struct db *w, const struct query *q, const char *local,
                       size_t len)
{
	struct db_opts opts;
	*s = (struct import_sending){ .w = w, .q = q, .local = local, .len = len, .is_under_way = true };
	db_submit(w, q, NULL, 0, local_opts(s, &opts), answered, s);
}

bool import_sent(struct import_sending *s, struct table **rows, struct err *e)
{
	struct db_opts opts;
	while (!s->is_answered) uv_run(db_loop(s->w), UV_RUN_ONCE);
	s->is_under_way = false;
	*rows = s->rows;
	if (!s->err.code) return true;
	if (import_is_link_fault(&s->err) || db_lost_to_another(&s->err))
		return send_text(s->w, s->q->text, strlen(s->q->text), local_opts(s, &opts), rows, e);
	*e = s->err;
	return false;
}

bool import_ask(struct db *w, const struct query *q, const struct arg *args, size_t n, struct table **rows,
                uint64_t *affected, struct err *e)
{
	struct buf b = BUF_EMPTY;
	struct table *t = NULL;
	bool ok = query_bind(&b, q, args, n, e) && import_send(w, buf_str(&b), b.len, &t, e);
	if (ok && affected) *affected = t ? t->affected_rows : 0;
	if (ok && rows)
		*rows = t;
	else
		table_free(t);
	buf_free(&b);
	return ok;
}
