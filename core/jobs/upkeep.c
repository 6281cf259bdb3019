/* upkeep.c - what keeps the tables in order: retention, partitions, counts, commands, savings. */
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/anchor.h"
#include "core/fleet/audit.h"
#include "core/jobs/job.h"
#include "core/jobs/parts.h"
#include "sql.h"
#include <stdio.h>
#include <string.h>

struct change {
	const struct query *q;
	const struct arg *args;
	size_t n;
};
static bool one_change(struct job_run *r, void *ctx, struct err *e)
{
	const struct change *c = ctx;
	return job_change(r, c->q, c->args, c->n, e);
}

static bool until_done(struct job_run *r, const struct query *q, const struct arg *args, size_t n,
                       struct err *e)
{
	struct change c = { q, args, n };
	do {
		if (!job_step(r, one_change, &c, e)) return false;
	} while (r->pending_rows > 0);
	return true;
}

/* A statement that answers with how many it changed. */
static bool change_some(struct job_run *r, void *ctx, struct err *e)
{
	struct table *t;
	if (!job_exec(r, ctx, NULL, 0, &t, e)) return false;
	r->pending_rows = table_int(t, 0, "n", 0);
	table_free(t);
	return true;
}

/* --- retention --- */

static bool count_dropped(struct job_run *r, void *ctx, struct err *e)
{
	struct table *t;
	(void)ctx;
	if (!job_exec(r, &sql_jobs_retention_dropped, NULL, 0, &t, e)) return false;
	r->pending_rows = table_int(t, 0, "dropped", 0);
	table_free(t);
	return true;
}

static bool drop_parts(struct job_run *r, const char *table, const char *before, struct err *e)
{
	struct arg a[] = { arg_str("table", table), arg_str("before", before),
		           arg_bool("imports", r->env->include_imported) };
	return job_ddl(r, &sql_jobs_retention_drop, a, 3, NULL, e) && job_step(r, count_dropped, NULL, e);
}

static const struct query *const expired[] = {
	&sql_jobs_expire_ledger,    &sql_jobs_expire_notifications, &sql_jobs_expire_switches,
	&sql_jobs_expire_commands,  &sql_jobs_expire_instances,     &sql_jobs_expire_replicas,
	&sql_jobs_expire_decisions, &sql_jobs_expire_alerts,        &sql_jobs_expire_freezes,
	&sql_jobs_expire_hours,     &sql_jobs_expire_plans,
};

bool retention_run(struct job_run *r, struct err *e)
{
	struct table *t;
	r->total = 5 + (int64_t)ARRAY_LEN(expired);
	if (!job_read(r, &sql_jobs_retention_cutoffs, NULL, 0, &t, e)) return false;
	const char *raw = table_get(t, 0, "raw_before");
	struct arg before[] = { arg_str("before", raw), arg_str("taken_in", table_get(t, 0, "taken_in")) };
	bool ok = drop_parts(r, "spot_price_snapshots", raw, e) &&
	          until_done(r, &sql_jobs_retention_raw, before, 2, e) &&
	          drop_parts(r, "pricing_consolidated", table_get(t, 0, "consolidated_before"), e) &&
	          drop_parts(r, "pricing_canonical", table_get(t, 0, "canonical_before"), e) &&
	          drop_parts(r, "system_events", table_get(t, 0, "events_before"), e);
	table_free(t);
	for (size_t i = 0; ok && i < ARRAY_LEN(expired); i++) ok = until_done(r, expired[i], NULL, 0, e);
	return ok;
}

/* --- partitions and counts --- */

static bool nothing(struct job_run *r, void *ctx, struct err *e)
{
	(void)r;
	(void)ctx;
	(void)e;
	return true;
}

bool partitions_run(struct job_run *r, struct err *e)
{
	return job_ddl(r, &sql_jobs_partitions, NULL, 0, NULL, e) && job_step(r, nothing, NULL, e);
}

static bool note_drift(struct job_run *r, void *ctx, struct err *e)
{
	r->pending_rows = *(int64_t *)ctx;
	char n[24];
	snprintf(n, sizeof n, "%lld", (long long)*(int64_t *)ctx);
	return job_state_set(r, "drift", n, e);
}

bool recount_run(struct job_run *r, struct err *e)
{
	struct table *t;
	if (!job_read(r, &sql_jobs_recount_drift, NULL, 0, &t, e)) return false;
	int64_t drift = table_int(t, 0, "drift", 0);
	table_free(t);
	return job_step(r, note_drift, &drift, e) &&
	       (drift == 0 || job_ddl(r, &sql_jobs_recount, NULL, 0, NULL, e));
}

/* --- commands and zombies --- */

static bool reap(struct job_run *r, void *ctx, struct err *e)
{
	struct table *t;
	(void)ctx;
	if (!job_exec(r, &sql_jobs_zombies, NULL, 0, NULL, e) ||
	    !job_exec(r, &sql_jobs_zombies_n, NULL, 0, &t, e))
		return false;
	r->pending_rows = table_int(t, 0, "n", 0);
	table_free(t);
	return true;
}

bool zombies_run(struct job_run *r, struct err *e) { return job_step(r, reap, NULL, e); }

bool commands_run(struct job_run *r, struct err *e)
{
	static const struct query *const ends[] = { &sql_jobs_commands_expire, &sql_jobs_commands_return,
		                                    &sql_jobs_commands_park };
	job_look_at_triggers(r); /* agents cannot mend what the server refuses them */
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) do
			if (!job_step(r, change_some, (void *)ends[i], e)) return false;
		while (r->pending_rows > 0);
	return true;
}

/* --- savings and pools --- */

/* What was terminated 90 days ago is gone, and with it what those days cost. */
static bool days_are_kept(struct job_run *r, const struct table *t, struct err *e)
{
	if (!r->env->from) return true;
	const char *oldest = table_get(t, 0, "oldest");
	if (oldest && strncmp(r->env->from, oldest, 10) >= 0) return true;
	return err_set(e, ERR_USAGE,
	               "--from %.10s: savings can be reckoned again for today and the 89 days before it, "
	               "as long as terminated instances are kept",
	               r->env->from);
}

/* A statement that writes pools or clients one by one and answers with those that take no figures: they are left out. */
static bool each_alone(struct job_run *r, void *ctx, struct err *e)
{
	struct table *t;
	if (!job_exec(r, ctx, NULL, 0, &t, e)) return false;
	r->pending_rows = table_int(t, 0, "n", 0);
	bool ok = job_parts_left_out(r, t, e);
	table_free(t);
	return ok;
}

bool savings_run(struct job_run *r, struct err *e)
{
	struct table *t;
	struct arg span[] = { r->env->from ? arg_str("from", r->env->from) : arg_null("from"),
		              r->env->to ? arg_str("to", r->env->to) : arg_null("to") };
	if (!job_read(r, &sql_jobs_savings_days, span, ARRAY_LEN(span), &t, e)) return false;
	bool ok = days_are_kept(r, t, e);
	r->total = (int64_t)t->n_rows + 1;
	for (size_t i = 0; ok && i < t->n_rows; i++) {
		struct arg day[] = { arg_str("day", table_get(t, i, "day")), arg_int("days", 1),
			             arg_bool("again", table_int(t, i, "again", 0)) };
		struct change c = { &sql_jobs_savings_of_days, day, ARRAY_LEN(day) };
		ok = job_step(r, one_change, &c, e);
	}
	table_free(t);
	return ok && job_step(r, each_alone, (void *)&sql_jobs_savings_total, e);
}

bool pool_stats_run(struct job_run *r, struct err *e)
{
	return job_step(r, each_alone, (void *)&sql_jobs_pool_stats, e);
}

/* The head of the audit chain, written where the database cannot reach. */
bool audit_anchor_run(struct job_run *r, struct err *e)
{
	struct anchors a;
	return anchors_open(&a, NULL, NULL, true, e) && audit_anchor(r->env->db, r->env->server, &a, e) &&
	       job_step(r, nothing, NULL, e);
}
