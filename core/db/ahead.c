/* ahead.c - how old the data are, whether a write is there, whether one may be made. */
#include "core/db/ahead.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "sql.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A server that is no replica may become one under a link that stays. */
enum { LOOK_MS = 1000, LOOK_AT_PRIMARY_MS = 10000, WAIT_S = 3 };

void ahead_connected(struct ahead *a, bool is_replica)
{
	a->is_replica = is_replica;
	a->as_of_ms = a->pinned_ms = TIME_NONE;
	a->looked_mono_ms = is_replica ? -LOOK_AT_PRIMARY_MS : clock_mono_ms();
	a->said = AHEAD_NOTHING;
	a->is_guarded = a->was_undone = false;
}

static char *say(struct ahead *a, int what, const struct query *q, const struct arg *args, size_t n)
{
	struct buf b = BUF_EMPTY;
	a->said = what;
	query_bind(&b, q, args, n, NULL);
	return buf_detach(&b);
}

static bool is_due(const struct ahead *a)
{
	return clock_mono_ms() - a->looked_mono_ms >= (a->is_replica ? LOOK_MS : LOOK_AT_PRIMARY_MS);
}

static char *before_a_read(struct ahead *a)
{
	if (a->gtid[0] && a->is_replica) {
		struct arg wait[] = { arg_str("gtid", a->gtid), arg_int("seconds", WAIT_S) };
		return say(a, AHEAD_WAIT, &sql_queries_db_gtid_wait, wait, ARRAY_LEN(wait));
	}
	a->gtid[0] = 0;
	if (is_due(a)) return say(a, AHEAD_LOOK, &sql_queries_db_pulse, NULL, 0);
	int64_t wanted = a->is_replica ? a->as_of_ms : TIME_NONE;
	if (wanted == a->pinned_ms) return NULL;
	a->pinned_ms = wanted;
	struct arg at = arg_int("at_ms", wanted);
	return wanted == TIME_NONE ? say(a, AHEAD_PIN, &sql_queries_db_as_of_now, NULL, 0)
	                           : say(a, AHEAD_PIN, &sql_queries_db_as_of, &at, 1);
}

/* A routine has an owner, whom a read-only server stops whoever calls it. */
static bool is_call(const char *s)
{
	s += strspn(s, " \t\n");
	return strncasecmp(s, "CALL", 4) == 0;
}

char *ahead_next(struct ahead *a, const struct req *r)
{
	if (r->opts.session) return NULL; /* within a transaction */
	if (a->role == DB_READ) return clock_is_frozen() ? NULL : before_a_read(a);
	bool is_asked = !r->opts.is_write || a->is_guarded || (is_call(r->text) && !a->was_undone);
	a->is_guarded = false;
	return is_asked ? NULL : say(a, AHEAD_GUARD, &sql_queries_db_read_only, NULL, 0);
}

static void got_look(struct ahead *a, const struct table *t)
{
	a->looked_mono_ms = clock_mono_ms();
	a->looked_wall_ms = clock_wall_ms();
	if (!t || !t->n_rows) return;
	a->is_replica = table_int(t, 0, "is_read_only", 0) && table_int(t, 0, "is_following", 0);
	const char *as_of = table_get(t, 0, "as_of_ms");
	a->as_of_ms = as_of ? table_int(t, 0, "as_of_ms", 0) : TIME_NONE;
}

bool ahead_answered(struct ahead *a, const struct table *t, const struct err *failed, struct err *e)
{
	int said = a->said;
	a->said = AHEAD_NOTHING;
	if (said == AHEAD_LOOK) got_look(a, t); /* an older schema has no pulse: its age is not known */
	if (said == AHEAD_WAIT) a->gtid[0] = 0;
	if (said != AHEAD_GUARD) return true;
	a->is_guarded = true;
	if (failed) {
		*e = *failed;
		return false;
	}
	if (!table_int(t, 0, "is_read_only", 0)) return true;
	err_set(e, ERR_REFUSED,
	        "the server is read-only, so nothing was written: it is a replica server, or was made one");
	e->sql_errno = 1290;
	return false;
}
