/* import_notices.c - notices to the agents whose primaries they are of. */
#include "core/fleet/import_notices.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/import_int.h"
#include "core/fleet/import_source.h"
#include "sql.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { OVER_S = 600, RETRY_S = 2 }; /* so long after its deadline a notice says nothing any more */
struct taking {
	struct db *w;
	const struct notices_opts *o;
	struct notices_result *r;
	struct err *e;
};

/* Followed, a lost database is waited for: the next notice may be of the same minute. */
static bool ask(struct taking *t, const struct query *q, const struct arg *args, size_t n,
                struct table **rows, struct err *e)
{
	struct timespec pause = { RETRY_S, 0 };
	bool is_told = false;
	while (!import_ask(t->w, q, args, n, rows, NULL, e)) {
		if (!t->o->is_followed || (e->code != ERR_DB_DOWN && e->code != ERR_TIMEOUT)) return false;
		if (t->o->waiting && !is_told) t->o->waiting(t->o->ctx, e);
		is_told = true;
		nanosleep(&pause, NULL);
	}
	return true;
}

static void tell(struct taking *t, struct notice_told *told)
{
	uint64_t *const counts[] = { &t->r->recorded, &t->r->repeated, &t->r->unknown,
		                     &t->r->left_out, &t->r->refused,  &t->r->bad };
	++*counts[told->outcome];
	if (t->o->told) t->o->told(t->o->ctx, told);
}

/* Why a notice of this instance is not its agent's notice; NULL: it is. */
static const char *reason(const struct notice *n, const struct table *row, struct notice_told *told)
{
	bool is_known = row && row->n_rows > 0;
	const char *known = is_known ? table_get(row, 0, "notice_status") : NULL;
	told->outcome = NOTICE_UNKNOWN;
	if (!is_known) return "no such instance is known here";
	told->outcome = NOTICE_LEFT_OUT;
	if (!table_get(row, 0, "agent_id")) return "it belongs to no agent";
	if (!table_int(row, 0, "is_active", 0)) return "the instance has ended";
	if (!table_int(row, 0, "is_primary", 0)) return "it is not its agent's primary";
	if (n->deadline_s != PRICE_NO_TIME && n->deadline_s + OVER_S < clock_wall_ms() / 1000)
		return "it is long over";
	if (n->kind == NOTICE_REBALANCE && known && strcmp(known, "termination") == 0)
		return "the agent has a Spot interruption notice already";
	told->outcome = NOTICE_REPEATED;
	if (n->kind == NOTICE_REBALANCE && known && strcmp(known, "rebalance") == 0) return "";
	if (n->kind == NOTICE_TERMINATION && table_int(row, 0, "deadline_s", -1) == n->deadline_s) return "";
	told->outcome = NOTICE_RECORDED;
	return NULL;
}

static bool record(struct taking *t, const struct notice *n, const char *agent, struct notice_told *told)
{
	char deadline[32];
	struct err why = { 0 };
	bool is_end = n->kind == NOTICE_TERMINATION;
	if (is_end) price_time_text(n->deadline_s, true, deadline);
	const struct arg args[] = { arg_str("agent", agent),
		                    arg_str("kind", is_end ? "termination" : "rebalance"),
		                    arg_str("deadline", is_end ? deadline : NULL) };
	if (ask(t, &sql_import_notice, args, ARRAY_LEN(args), NULL, &why)) return true;
	told->outcome = NOTICE_REFUSED;
	snprintf(told->why, sizeof told->why, "%.250s", why.text);
	if (why.code == ERR_REFUSED || why.code == ERR_SQL || why.code == ERR_NO) return true;
	*t->e = why;
	return false;
}

static bool take(void *ctx, const struct notice *n)
{
	struct taking *t = ctx;
	struct table *row = NULL;
	struct notice_told told = { .notice = n };
	const struct arg args[] = { arg_str("instance", n->instance) };
	if (n->kind == NOTICE_NONE) {
		told.outcome = n->is_bad ? NOTICE_BAD : NOTICE_LEFT_OUT;
		snprintf(told.why, sizeof told.why, "%s", n->why);
		tell(t, &told);
		return true;
	}
	if (!ask(t, &sql_import_notice_of, args, 1, &row, t->e)) return false;
	const char *why = reason(n, row, &told),
	           *name = row && row->n_rows ? table_get(row, 0, "agent") : NULL;
	snprintf(told.agent, sizeof told.agent, "%s", name ? name : "");
	if (why) snprintf(told.why, sizeof told.why, "%s", why);
	bool ok = why || record(t, n, table_get(row, 0, "agent_id"), &told);
	if (ok) tell(t, &told);
	table_free(row);
	return ok;
}

static ssize_t stdin_bytes(void *source, char *buf, size_t n, struct err *e)
{
	(void)source;
	for (;;) {
		ssize_t got = read(STDIN_FILENO, buf, n);
		if (got >= 0) return got;
		if (errno == EINTR) continue;
		err_set(e, ERR_IO, "cannot read stdin: %s", strerror(errno));
		return -1;
	}
}

bool import_notices(struct db *w, const struct notices_opts *o, struct notices_result *r, struct err *e)
{
	struct err why = { 0 };
	struct taking t = { w, o, r, &why };
	*r = (struct notices_result){ 0 };
	bool ok;
	if (strcmp(o->path, "-") == 0) {
		ok = notices_read(stdin_bytes, NULL, o->instance, take, &t, &why);
	} else {
		struct source *s = source_open(o->path, &why);
		ok = s && notices_read(source_bytes, s, o->instance, take, &t, &why);
		source_close(s);
	}
	if (!ok && e) *e = why;
	return ok;
}
