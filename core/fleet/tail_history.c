/* tail_history.c - whether what a tail reads from is what it has read from before. */
#include "core/base/err.h"
#include "core/db/db.h"
#include "core/fleet/tail_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BEHIND_MS = 200 };

/* The screens' rows tell of what changes; the events themselves never do. */
uint64_t tail_hash_of(const struct table *rows, size_t i)
{
	uint64_t hash = 14695981039346656037u;
	for (size_t k = 0; k < rows->n_cols; k++) {
		const struct cell *c = &rows->cells[i * rows->n_cols + k];
		for (size_t n = 0; n < c->len; n++) hash = (hash ^ (unsigned char)c->s[n]) * 1099511628211u;
		hash = (hash ^ 0xff) * 1099511628211u;
	}
	return hash;
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
	return !t->has_last || !t->last_id || tail_hash_of(rows, 0) == t->last_hash || is_other(t, 0, e);
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
