/* import_send.c - the statements of an import, sent again when the link was lost: each of them may run twice. */
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/import_int.h"
#include <time.h>

enum { TRIES = 6 };

static bool is_worth_a_retry(const struct err *e)
{
	return e->code == ERR_DB_DOWN || e->code == ERR_UNKNOWN || e->code == ERR_TIMEOUT ||
	       db_lost_to_another(e);
}

bool import_send(struct db *w, const char *text, size_t len, struct table **rows, struct err *e)
{
	struct db_opts opts = { .is_write = true, .deadline_ms = 600000 };
	struct err why = { 0 };
	for (int i = 0; i < TRIES; i++) {
		struct timespec pause = { i / 2, i % 2 * 500000000L };
		if (i) nanosleep(&pause, NULL);
		if (db_call_text(w, text, len, &opts, rows, &why)) return true;
		if (!is_worth_a_retry(&why)) break;
	}
	if (e) *e = why;
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
