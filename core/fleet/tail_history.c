/* tail_history.c - whether what a tail reads from is what it has read from before. */
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/db/db.h"
#include "core/fleet/tail_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HISTORY_MS = 5000, BEHIND_MS = 200 };

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

/* Another session may be another server's: what was told last has to be there, and be the same. */
void tail_ask_same(struct tail *t)
{
	char gap[64];
	snprintf(gap, sizeof gap, "[[%llu,%llu]]", (unsigned long long)t->last_id,
	         (unsigned long long)t->last_id);
	struct arg args[] = { arg_str("gaps", gap), arg_int("batch", 1) };
	t->step = AT_SAME;
	t->is_taking_up = true;
	tail_ask(t, t->source->gaps, args, 2, 0);
}

void tail_ask_history(struct tail *t)
{
	struct arg args[] = { arg_int("mark", (int64_t)t->c.high), arg_int("anchor", (int64_t)t->anchor) };
	t->step = AT_HISTORY;
	t->next_history_ms = clock_mono_ms() + HISTORY_MS;
	t->asked_mark = t->c.high;
	tail_ask(t, t->source->history, args, 2, 0);
}

static void say_other(struct tail *t, uint64_t next)
{
	char why[300];
	if (next)
		snprintf(why, sizeof why,
		         "history changed: the table's ids went back; %s %llu to %llu, told before, are not "
		         "there: a failover lost them, or it was emptied or restored from an older copy",
		         t->source->is_constant ? "events" : "ids", (unsigned long long)next,
		         (unsigned long long)t->c.high);
	else
		snprintf(why, sizeof why,
		         "history changed: what has the id %llu is not what it was; a failover lost what was "
		         "told before, or it was restored from an older copy",
		         (unsigned long long)t->last_id);
	tail_stop(t, ERR_CONFLICT, why);
}

void tail_check_same(struct tail *t, const struct table *rows)
{
	t->has_last = rows->n_rows > 0;
	if (t->has_last && t->last_id && tail_hash_of(rows, 0) != t->last_hash) say_other(t, 0);
}

void tail_check_history(struct tail *t, const struct table *rows)
{
	const char *next = table_get(rows, 0, "next_id");
	const char *was = table_get(rows, 0, "was"), *sign = table_get(rows, 0, "sign");
	uint64_t next_id = next ? strtoull(next, NULL, 10) : 0;
	bool is_other = was && *t->sign && strcmp(was, t->sign) != 0;
	bool is_back = next && next_id <= t->c.high;
	if (db_status(t->db).is_replica) is_back = false; /* it has not got there yet */
	t->anchor = t->asked_mark;
	t->next_id = next_id;
	t->c.step = (unsigned)table_int(rows, 0, "id_step", 1);
	snprintf(t->sign, sizeof t->sign, "%s", sign ? sign : "");
	if (is_other || is_back) say_other(t, is_back ? next_id : 0);
}

/* Nothing is read from a server that has not got to what was told last: what comes there may be something else. */
void tail_take_up(struct tail *t)
{
	bool is_behind = t->last_id && !t->has_last && t->next_id <= t->c.high;
	bool is_beyond = t->last_id && !t->has_last && !is_behind;
	t->is_taking_up = false;
	if (!is_behind && (!is_beyond || t->was_beyond)) t->session = t->asked_session;
	t->was_beyond = is_beyond;
	tail_later(t, is_behind ? BEHIND_MS : 0);
}
