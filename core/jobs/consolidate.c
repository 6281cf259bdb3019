/* consolidate.c - from what agents reported to one row per pool and minute.
 *
 * A run reads which pools and days got snapshots since the last whole run (by their arrival, so that late
 * ones count), and does each pool and day as one step, neighbouring days of few snapshots together: rank the snapshots of each minute, mark the losers,
 * write the winners, then fill the gaps anew from the last real point before the day to the first behind
 * it. What a step writes follows from what lies in the tables alone, so a step done twice changes nothing.
 * Parts of different pools go over several links at once (links.c).
 * A run that a dead worker left is gone on with: the parts it finished are in the ledger
 * (consolidation_jobs, chunk = pool), written in the same transaction as their rows; the ledger also holds
 * what the canonical and the hourly tier have to do after it. */
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/table.h"
#include "core/jobs/job.h"
#include "core/jobs/parts.h"
#include "sql.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of one step: its rows are locked until it ends. The ledger notes PART_DAYS days at most at once. */
enum { PART_ROWS = 5000, PART_DAYS = 31 };

static bool bounds(struct job_run *r, const struct job_part *c, char lo[32], char hi[32], struct err *e)
{
	struct table *t;
	struct arg a[] = { arg_str("pool", c->pool), arg_str("from", c->from), arg_str("to", c->to) };
	if (!job_exec(r, &sql_jobs_consolidate_bounds, a, 3, &t, e)) return false;
	const char *l = table_get(t, 0, "lo"), *h = table_get(t, 0, "hi");
	snprintf(lo, 32, "%s", l ? l : c->from);
	snprintf(hi, 32, "%s", h ? h : c->to);
	table_free(t);
	return true;
}

static bool fill_gaps(struct job_run *r, const struct job_part *c, char lo[32], char hi[32], struct err *e)
{
	if (!bounds(r, c, lo, hi, e)) return false;
	struct arg a[] = { arg_str("pool", c->pool), arg_str("lo", lo), arg_str("hi", hi) };
	struct arg b[] = { arg_str("pool", c->pool), arg_str("run", r->id) };
	return job_exec(r, &sql_jobs_consolidate_gaps, a, 3, NULL, e) &&
	       job_exec(r, &sql_jobs_consolidate_points, NULL, 0, NULL, e) &&
	       job_change(r, &sql_jobs_consolidate_unfill, a, 3, e) &&
	       job_change(r, &sql_jobs_consolidate_fill, b, 2, e);
}

bool job_pool_still(struct job_run *r, const char *pool, struct err *e)
{
	struct table *t;
	struct arg a = arg_str("pool", pool);
	if (!job_exec(r, &sql_jobs_pool_still, &a, 1, &t, e)) return false;
	bool there = t->n_rows == 1;
	table_free(t);
	return there ? true : err_set(e, ERR_NO, "the pool %s was deleted meanwhile", pool);
}

static bool do_chunk(struct job_run *r, void *ctx, struct err *e)
{
	const struct job_part *c = ctx;
	char lo[32], hi[32];
	struct arg day[] = { arg_str("pool", c->pool), arg_str("from", c->from), arg_str("to", c->to) };
	struct arg pool = arg_str("pool", c->pool);
	struct arg rows[] = { arg_str("pool", c->pool), arg_str("run", r->id) };
	if (!job_exec(r, &sql_jobs_consolidate_rank, day, 3, NULL, e) ||
	    !job_exec(r, &sql_jobs_consolidate_mark, day, 3, NULL, e) ||
	    !job_exec(r, &sql_jobs_consolidate_trust, &pool, 1, NULL, e) ||
	    !job_change(r, &sql_jobs_consolidate_rows, rows, 2, e) || !fill_gaps(r, c, lo, hi, e))
		return false;
	struct arg done[] = { arg_str("run", r->id),
		              arg_str("pool", c->pool),
		              arg_str("day", c->from),
		              arg_str("next_day", c->to),
		              arg_str("lo", lo),
		              arg_str("hi", hi),
		              arg_int("rows", r->pending_rows),
		              arg_int("fence", r->lease.fence) };
	return job_exec(r, &sql_jobs_consolidate_done, done, 8, NULL, e) && job_part_done(r, c, e) &&
	       job_pool_still(r, c->pool, e);
}

/* What the run is to take in: from details of the run (gone on with) or from the last mark. */
struct window {
	char since[32], cutoff[32], event_seen[24];
};

static bool read_window(struct job_run *r, struct window *w, struct err *e)
{
	struct table *t;
	struct arg run = arg_str("run", r->id);
	if (!job_read(r, &sql_jobs_consolidate_window, NULL, 0, &t, e)) return false;
	const char *since = table_get(t, 0, "since"), *seen = table_get(t, 0, "event_seen");
	snprintf(w->since, sizeof w->since, "%.19s", since ? since : "1970-01-02 00:00:00");
	snprintf(w->event_seen, sizeof w->event_seen, "%s", seen ? seen : "0");
	table_free(t);
	if (!job_read(r, &sql_jobs_run_details, &run, 1, &t, e)) return false;
	const char *cutoff = table_get(t, 0, "cutoff");
	snprintf(w->cutoff, sizeof w->cutoff, "%s", cutoff ? cutoff : "");
	table_free(t);
	return *w->cutoff ? true : err_set(e, ERR_INTERNAL, "a run without its cut-off");
}

static bool set_mark(struct job_run *r, void *ctx, struct err *e)
{
	const struct window *w = ctx;
	return r->env->from || job_state_set(r, "mark", w->cutoff, e);
}

/* At the start, so that a run that fails is tried again by its own clock and not at once. */
static bool heed_event(struct job_run *r, void *ctx, struct err *e)
{
	const struct window *w = ctx;
	return job_state_set(r, "event_seen", w->event_seen, e);
}

static bool make_parts(struct job_run *r, const char *from, const char *to, struct err *e)
{
	static const char *const tables[] = { "pricing_consolidated", "pricing_canonical" };
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		struct arg a[] = { arg_str("table", tables[i]), arg_str("from", from), arg_str("to", to) };
		if (!job_ddl(r, &sql_jobs_consolidate_parts, a, 3, NULL, e)) return false;
	}
	return true;
}

/* The partitions of all days to come, each run of neighbouring days at once: a row in a partition that
 * nobody made has to be moved later, at the price of copying all that lies beside it. */
static bool make_days(struct job_run *r, const struct table *t, struct err *e)
{
	size_t first = 0;
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *day = table_get(t, i, "day"), *next = table_get(t, i, "next_day");
		const char *after = i + 1 < t->n_rows ? table_get(t, i + 1, "day") : NULL;
		if (after && (strcmp(after, day) == 0 || strcmp(after, next) == 0)) continue;
		if (!make_parts(r, table_get(t, first, "day"), day, e)) return false;
		first = i + 1;
	}
	return true;
}

/* The last part of a pool so far, when the next day may join it. */
static struct job_part *joins(struct job_part *parts, size_t n, const char *pool, const char *day)
{
	while (n-- > 0)
		if (strcmp(parts[n].pool, pool) == 0) return strcmp(parts[n].to, day) == 0 ? &parts[n] : NULL;
	return NULL;
}

/* The days of each pool, oldest first. A step costs as much as some hundred snapshots, so quiet days go
 * together, and one that has few goes with a full one. */
static size_t make_parts_of(const struct job_run *r, const struct table *t, struct job_part *parts)
{
	struct weight {
		int64_t rows;
		int days;
	} *w = mem_alloc((t->n_rows + 1) * sizeof *w);
	int64_t most = r->env->part_rows ? r->env->part_rows : PART_ROWS;
	size_t n = 0;
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *pool = table_get(t, i, "pool_id"), *day = table_get(t, i, "day");
		int64_t rows = table_int(t, i, "n", 0);
		struct job_part *p = rows < most ? joins(parts, n, pool, day) : NULL;
		size_t k = p ? (size_t)(p - parts) : 0;
		if (p && w[k].rows + rows <= most + most / 10 && w[k].days < PART_DAYS) {
			p->to = table_get(t, i, "next_day");
			w[k].rows += rows;
			p->days = ++w[k].days;
			continue;
		}
		w[n] = (struct weight){ rows, 1 };
		parts[n++] = (struct job_part){ pool, day, table_get(t, i, "next_day"), 1 };
	}
	free(w);
	return n;
}

bool consolidate_run(struct job_run *r, struct err *e)
{
	struct window w;
	struct table *t;
	if (!read_window(r, &w, e) || !job_step(r, heed_event, &w, e)) return false;
	struct arg a[] = { arg_str("run", r->id), arg_str("since", w.since), arg_str("cutoff", w.cutoff),
		           arg_str("from", r->env->from), arg_str("to", r->env->to) };
	if (!job_read(r, &sql_jobs_consolidate_chunks, a, 5, &t, e)) return false;
	bool ok = make_days(r, t, e);
	struct job_part *parts = mem_alloc((t->n_rows + 1) * sizeof *parts);
	size_t n = make_parts_of(r, t, parts);
	r->total = (int64_t)n + 2;
	ok = ok && job_parts(r, parts, n, do_chunk, e);
	free(parts);
	table_free(t);
	return ok && job_step(r, set_mark, &w, e);
}
