/* tail_history.c - whether what a tail reads from is what it has read from before. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/tail_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BEHIND_MS = 200 };

/* The screens' rows tell of what changes; the events themselves never do. */
uint64_t tail_sign(const struct table *rows, size_t i)
{
	enum { COLUMNS = 5 };
	uint64_t hash = 14695981039346656037u;
	for (size_t k = 0; k < rows->n_cols && k < COLUMNS; k++) {
		const struct cell *c = &rows->cells[i * rows->n_cols + k];
		for (size_t n = 0; n < c->len; n++) hash = (hash ^ (unsigned char)c->s[n]) * 1099511628211u;
		hash = (hash ^ 0xff) * 1099511628211u;
	}
	return hash ? hash : 1;
}

static bool is_other(const struct tail *t, uint64_t next, struct err *e)
{
	unsigned long long high = t->c.high, last = t->last_id, from = next;
	if (!next)
		return err_set(e, ERR_CONFLICT,
		               "history changed: what has the id %llu is not what it was; a failover lost "
		               "what "
		               "was told before, or it was restored from an older copy",
		               last);
	return err_set(e, ERR_CONFLICT,
	               "history changed: the table's ids went back; %s %llu to %llu, told before, are not "
	               "there: a failover lost them, or it was emptied or restored from an older copy",
	               t->source->is_constant ? "events" : "ids", from, high);
}

bool tail_check_same(struct tail *t, const struct table *rows, struct err *e)
{
	t->has_last = rows->n_rows > 0;
	return !t->has_last || !t->last_id || tail_sign(rows, 0) == t->last_hash || is_other(t, 0, e);
}

bool tail_check_history(struct tail *t, const struct table *rows, struct err *e)
{
	const char *next = table_get(rows, 0, "next_id");
	const char *was = table_get(rows, 0, "was"), *sign = table_get(rows, 0, "sign");
	uint64_t next_id = next ? strtoull(next, NULL, 10) : 0;
	bool is_changed = was && *t->sign && strcmp(was, t->sign) != 0;
	bool is_back = next && next_id <= t->c.high;
	if (db_status(t->db).is_replica) is_back = false; /* it has not got there yet */
	t->anchor = t->asked_mark;
	t->next_id = next_id;
	t->c.step = (unsigned)table_int(rows, 0, "id_step", 1);
	snprintf(t->sign, sizeof t->sign, "%s", sign ? sign : "");
	return (!is_changed && !is_back) || is_other(t, is_back ? next_id : 0, e);
}

/* --- what a failover kept --- */

void tail_note_told(struct tail *t, uint64_t id, uint64_t hash)
{
	if (!t->o.on_lost) return;
	if (!t->told) t->told = mem_alloc(TOLD * sizeof *t->told);
	t->told[t->n_told++ % TOLD] = (struct told){ id, hash };
}

static int by_told_id(const void *a, const void *b)
{
	const struct told *x = a, *y = b;
	return (x->id > y->id) - (x->id < y->id);
}

static size_t told_in_order(struct tail *t)
{
	size_t n = t->n_told < TOLD ? t->n_told : TOLD;
	if (n) qsort(t->told, n, sizeof *t->told, by_told_id);
	t->n_told = n;
	return n;
}

bool tail_kept_gaps(struct tail *t, struct buf *json)
{
	size_t n = told_in_order(t);
	buf_addc(json, '[');
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && t->told[k].id <= t->told[k - 1].id + 1;) k++;
		buf_addf(json, "%s[%llu,%llu]", i ? "," : "", (unsigned long long)t->told[i].id,
		         (unsigned long long)t->told[k - 1].id);
	}
	buf_addc(json, ']');
	return n > 0;
}

/* Each row that was told and is the same was kept. What is missing below all of those was purged. */
bool tail_set_back(struct tail *t, const struct table *rows, uint64_t *from, uint64_t *to)
{
	size_t n = told_in_order(t), n_kept = 0;
	*from = 0;
	*to = t->c.high;
	for (size_t i = 0, k = 0; i < n; i++) {
		struct told w = t->told[i];
		while (k < rows->n_rows && strtoull(table_get(rows, k, "id"), NULL, 10) < w.id) k++;
		bool is_there = k < rows->n_rows && strtoull(table_get(rows, k, "id"), NULL, 10) == w.id;
		if (is_there && tail_sign(rows, k) == w.hash)
			t->told[n_kept++] = w;
		else if (n_kept && !*from)
			*from = w.id;
	}
	t->n_told = n_kept;
	if (!n_kept || !*from) return false;
	struct told last = t->told[n_kept - 1];
	cursor_cut(&t->c, last.id, last.hash);
	t->last_id = last.id;
	t->last_hash = last.hash;
	t->sign[0] = 0;
	t->anchor = t->open_from = t->watched_from = 0;
	t->session = t->asked_session;
	t->is_taking_up = t->was_beyond = false;
	return true;
}

/* Nothing is read from a server that has not got to what was told last: what comes there may be something else. */
unsigned tail_take_up(struct tail *t)
{
	bool is_behind = t->last_id && !t->has_last && t->next_id <= t->c.high;
	bool is_beyond = t->last_id && !t->has_last && !is_behind;
	t->is_taking_up = false;
	if (!is_behind && (!is_beyond || t->was_beyond)) t->session = t->asked_session;
	t->was_beyond = is_beyond;
	return is_behind ? BEHIND_MS : 0;
}
