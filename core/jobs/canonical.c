/* canonical.c - the third tier and the hours: every consolidated row with how far it can be trusted.
 *
 * confidence_score, 0 to 1:
 *   a real point           1 - 0.05 / source_count
 *       one report can be wrong, agreeing ones are wrong together less and less often: 0.95 from one
 *       source, 0.98 from two, 1.00 from ten and more (two decimals)
 *   an interpolated point  0.90 * exp(-d / 720), d = minutes to the nearest real point
 *       0.86 half an hour away, 0.33 in the middle of a gap of a day: always under 0.90, so that
 *       --min-confidence 0.90 is the real points
 * volatility_index: the coefficient of variation (standard deviation over mean, population form) of the
 *   real prices among the row and the 59 before it; NULL with fewer than two of them, at most 9.9999.
 *   Filled points are left out: a straight line would make a pool look calm because nobody looked.
 *
 * Both depend on neighbours, so a part reaches 59 rows past its end. The parts come from the ledger that
 * consolidation leaves; a part is closed first and its rows are read after, within one transaction: what
 * consolidation adds meanwhile has a part of its own. */
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/table.h"
#include "core/jobs/job.h"
#include "core/jobs/parts.h"
#include "sql.h"
#include <stdio.h>
#include <stdlib.h>

static bool close_part(struct job_run *r, const struct job_part *p, struct err *e)
{
	struct arg a[] = { arg_str("type", r->job->type), arg_str("pool", p->pool), arg_str("lo", p->from),
		           arg_str("hi", p->to) };
	struct arg fence = arg_int("fence", r->lease.fence);
	return job_exec(r, &sql_jobs_pending_parts, a, 4, NULL, e) &&
	       job_exec(r, &sql_jobs_pending_done, &fence, 1, NULL, e);
}

static bool canonical_part(struct job_run *r, void *ctx, struct err *e)
{
	const struct job_part *p = ctx;
	struct table *t;
	char until[32];
	struct arg pool = arg_str("pool", p->pool);
	struct arg end[] = { pool, arg_str("hi", p->to) };
	if (!close_part(r, p, e) || !job_exec(r, &sql_jobs_canonical_end, end, 2, &t, e)) return false;
	snprintf(until, sizeof until, "%s", table_get(t, 0, "until") ? table_get(t, 0, "until") : p->to);
	table_free(t);
	struct arg rows[] = { pool, arg_str("lo", p->from), arg_str("until", until) };
	return job_exec(r, &sql_jobs_consolidate_trust, &pool, 1, NULL, e) &&
	       job_change(r, &sql_jobs_canonical_unfill, rows, 3, e) &&
	       job_change(r, &sql_jobs_canonical_rows, rows, 3, e) && job_part_done(r, p, e) &&
	       job_pool_still(r, p->pool, e);
}

static bool hourly_part(struct job_run *r, void *ctx, struct err *e)
{
	const struct job_part *p = ctx;
	struct arg rows[] = { arg_str("pool", p->pool), arg_str("lo", p->from), arg_str("hi", p->to) };
	return close_part(r, p, e) && job_change(r, &sql_jobs_hourly_rows, rows, 3, e) &&
	       job_part_done(r, p, e);
}

static bool run_parts(struct job_run *r, bool (*fn)(struct job_run *, void *, struct err *), struct err *e)
{
	struct table *t;
	struct arg a[] = { arg_str("from", r->env->from), arg_str("to", r->env->to),
		           arg_str("type", r->job->type) };
	if (!(r->env->from ? job_read(r, &sql_jobs_pending_window, a, 2, &t, e)
	                   : job_read(r, &sql_jobs_pending_chunks, a, 3, &t, e)))
		return false;
	r->total = (int64_t)t->n_rows;
	struct job_part *parts = mem_alloc((t->n_rows + 1) * sizeof *parts);
	for (size_t i = 0; i < t->n_rows; i++)
		parts[i] = (struct job_part){ table_get(t, i, "pool_id"), table_get(t, i, "lo"),
			                      table_get(t, i, "hi"), 1 };
	bool ok = job_parts(r, parts, t->n_rows, fn, e);
	free(parts);
	table_free(t);
	return ok;
}

bool canonicalize_run(struct job_run *r, struct err *e) { return run_parts(r, canonical_part, e); }
bool hourly_run(struct job_run *r, struct err *e) { return run_parts(r, hourly_part, e); }
