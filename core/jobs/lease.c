/* lease.c - taking, keeping and giving back the right to work. */
#include "core/jobs/lease.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/uuid.h"
#include "core/db/db.h"
#include "sql.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void lease_holder_name(char out[160])
{
	char host[100] = "?", id[37];
	gethostname(host, sizeof host - 1);
	uuid_make(id);
	id[8] = 0;
	snprintf(out, 160, "%s:%d:%s", host, (int)getpid(), id);
}

static int64_t length_ms(const struct lease *l) { return 1000 * (l->seconds ? l->seconds : LEASE_SECONDS); }

static int64_t margin_ms(const struct lease *l)
{
	return length_ms(l) / 5 < LEASE_MARGIN_MS ? length_ms(l) / 5 : LEASE_MARGIN_MS;
}

static const struct db_opts write_opts = { .is_write = true, .deadline_ms = 8000 };

/* Why it is not ours: somebody took it, or nobody kept it. */
static bool gone(struct lease *l, enum err_code code, struct err *e)
{
	struct table *t;
	struct arg a[] = { arg_str("name", l->name), arg_str("holder", l->holder) };
	if (!db_call(l->db, &sql_jobs_lease_free, a, 2, &write_opts, &t, e)) return false;
	const char *holder = t->n_rows ? table_get(t, 0, "holder") : NULL;
	if (holder && strcmp(holder, l->holder) != 0)
		err_set(e, code, "the lease of %s went to %s", l->name, holder);
	else
		err_set(e, code,
		        "the lease of %s ran out before it was renewed: the server's clock was put forward, "
		        "or the renewal came too late",
		        l->name);
	table_free(t);
	return false;
}

static bool read_fence(struct lease *l, struct err *e)
{
	struct table *t;
	struct arg a[] = { arg_str("name", l->name), arg_str("holder", l->holder) };
	if (!db_call(l->db, &sql_jobs_lease_read, a, 2, &write_opts, &t, e)) return false;
	l->fence = t->n_rows ? table_int(t, 0, "fence", 0) : 0;
	table_free(t);
	return l->fence ? true : gone(l, ERR_NO, e);
}

bool lease_take(struct lease *l, struct err *e)
{
	struct table *t;
	struct arg a[] = { arg_str("name", l->name), arg_str("holder", l->holder),
		           arg_int("seconds", length_ms(l) / 1000) };
	l->fence = 0;
	if (!db_call(l->db, &sql_jobs_lease_free, a, 2, &write_opts, &t, e)) return false;
	bool is_free = t->n_rows && table_int(t, 0, "is_free", 0);
	if (!is_free) {
		const char *other = table_get(t, 0, "holder");
		err_set(e, ERR_NO, "%s is held by %s", l->name, other ? other : "nobody: it has no row");
	}
	table_free(t);
	if (!is_free) return false;
	int64_t sent = clock_mono_ms();
	if (!db_call(l->db, &sql_jobs_lease_take, a, 3, &write_opts, NULL, e) || !read_fence(l, e))
		return false;
	l->until_mono_ms = sent + length_ms(l) - margin_ms(l);
	return true;
}

int64_t lease_left_ms(const struct lease *l)
{
	int64_t left = l->fence ? l->until_mono_ms - clock_mono_ms() : 0;
	return left > 0 ? left : 0;
}

bool lease_keep(struct lease *l, bool now, struct err *e)
{
	struct table *t;
	if (!lease_left_ms(l)) return err_set(e, ERR_CONFLICT, "the lease of %s ran out", l->name);
	if (!now && lease_left_ms(l) > length_ms(l) * 2 / 3 - margin_ms(l)) return true;
	struct arg a[] = { arg_str("name", l->name), arg_str("holder", l->holder), arg_int("fence", l->fence),
		           arg_int("seconds", length_ms(l) / 1000) };
	int64_t sent = clock_mono_ms();
	if (!db_call(l->db, &sql_jobs_lease_renew, a, 4, &write_opts, &t, e)) return false;
	bool changed = t->affected_rows == 1;
	int64_t fence = l->fence;
	table_free(t);
	/* Renewed twice within a millisecond the row is not changed; then it has to be looked at. */
	if (!changed && (!read_fence(l, e) || l->fence != fence)) {
		l->fence = 0;
		return gone(l, ERR_CONFLICT, e);
	}
	l->until_mono_ms = sent + length_ms(l) - margin_ms(l);
	return true;
}

void lease_release(struct lease *l)
{
	struct arg a[] = { arg_str("name", l->name), arg_str("holder", l->holder),
		           arg_int("fence", l->fence) };
	if (l->fence) db_call(l->db, &sql_jobs_lease_release, a, 3, &write_opts, NULL, NULL);
	l->fence = 0;
}
