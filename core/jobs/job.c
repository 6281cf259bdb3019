/* job.c - one run of a job, from its lease to its last word. */
#include "core/jobs/job.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/uuid.h"
#include "core/db/db.h"
#include "sql.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { STEP_TRIES = 6, READ_MS = 120000, DDL_MS = 300000 };

static bool ask(struct job_run *r, const struct query *q, const struct arg *args, size_t n,
                const struct db_opts *o, struct table **t, struct err *e)
{
	if (r->env->statement) r->env->statement(r->env->ctx, q->name);
	struct err mine = { 0 };
	if (db_call(r->env->db, q, args, n, o, t, &mine)) return true;
	if (e) *e = mine;
	return err_prefix(e, "%s", q->name);
}

/* No statement may outlive the lease: past it the link is cut, and with it the step. */
static struct db_opts step_opts(const struct job_run *r)
{
	int64_t left = lease_left_ms(&r->lease);
	if (r->env->leader && lease_left_ms(r->env->leader) < left) left = lease_left_ms(r->env->leader);
	return (struct db_opts){ .is_write = true,
		                 .session = r->session,
		                 .deadline_ms = left > 1 ? (unsigned)left : 1,
		                 .max_rows = 1000000 };
}

bool job_exec(struct job_run *r, const struct query *q, const struct arg *args, size_t n, struct table **t,
              struct err *e)
{
	struct db_opts o = step_opts(r);
	return ask(r, q, args, n, &o, t, e);
}

bool job_change(struct job_run *r, const struct query *q, const struct arg *args, size_t n, struct err *e)
{
	struct table *t;
	if (!job_exec(r, q, args, n, &t, e)) return false;
	r->pending_rows += (int64_t)t->affected_rows;
	table_free(t);
	return true;
}

bool job_read(struct job_run *r, const struct query *q, const struct arg *args, size_t n, struct table **t,
              struct err *e)
{
	struct db_opts o = step_opts(r);
	o.session = 0;
	return ask(r, q, args, n, &o, t, e);
}

/* statement_s 0: as long as it takes. */
static bool say_session(struct db *db, int statement_s, struct err *e)
{
	struct db_opts o = { .is_write = true };
	struct arg a[] = { arg_int("idle_s", LEASE_IDLE_SECONDS), arg_int("statement_s", statement_s) };
	return db_call(db, &sql_jobs_session, a, 2, &o, NULL, e);
}

static bool renew(struct job_run *r, bool now, struct err *e)
{
	return (!r->env->leader || lease_keep(r->env->leader, now, e)) && lease_keep(&r->lease, now, e);
}

bool job_goes_on(struct job_run *r, struct err *e)
{
	if (r->env->stop && r->env->stop(r->env->ctx))
		return err_set(e, ERR_CANCELLED, "stopped between steps");
	return renew(r, false, e);
}

static bool check_fence(struct job_run *r, struct err *e)
{
	struct table *t;
	struct arg a[] = { arg_str("job", r->job->name), arg_str("holder", r->lease.holder),
		           arg_int("fence", r->lease.fence), arg_str("run", r->id) };
	if (!job_exec(r, &sql_jobs_fence, a, 4, &t, e)) return false;
	const char *status = table_get(t, 0, "run_status");
	bool ok = true;
	if (!t->n_rows)
		ok = err_set(e, ERR_CONFLICT, "%s was taken over by another worker", r->job->name);
	else if (!status || strcmp(status, "running") != 0)
		r->is_cancelled = !(ok = err_set(e, ERR_CANCELLED, "the run was cancelled"));
	table_free(t);
	return ok;
}

static bool note_progress(struct job_run *r, struct err *e)
{
	int64_t done = r->whole->done + 1, total = r->whole->total;
	struct arg a[] = { arg_str("run", r->id), arg_int("rows", r->pending_rows), arg_int("done", done),
		           arg_int("total", total >= done ? total : done) };
	return job_exec(r, &sql_jobs_run_progress, a, 4, NULL, e);
}

static bool step_once(struct job_run *r, bool (*fn)(struct job_run *, void *, struct err *), void *ctx,
                      struct err *e)
{
	r->session = 0;
	r->pending_rows = 0;
	if (!job_exec(r, &sql_jobs_begin, NULL, 0, NULL, e)) return false;
	r->session = db_status(r->env->db).n_connects;
	bool ok = check_fence(r, e) && fn(r, ctx, e) && note_progress(r, e) &&
	          job_exec(r, &sql_jobs_commit, NULL, 0, NULL, e);
	if (!ok) {
		struct db_opts o = { .is_write = true, .session = r->session, .deadline_ms = 3000 };
		ask(r, &sql_jobs_rollback, NULL, 0, &o, NULL, NULL);
	}
	r->session = 0;
	return ok;
}

static void pause_ms(int64_t ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
	while (nanosleep(&t, &t) && errno == EINTR) {
	}
}

static bool renew_triggers(struct job_run *r, const char *trigger, struct err *e)
{
	struct arg named = arg_str("trigger", trigger);
	struct db_opts o = { .is_write = true, .deadline_ms = DDL_MS };
	return ask(r, &sql_jobs_triggers_renew, &named, 1, &o, NULL, e);
}

/* A database of the revision before has no such routine. */
void job_look_at_triggers(struct job_run *r) { renew_triggers(r, NULL, NULL); }

/* The session that was refused knows routines no more that are there: another one. */
static bool mends(struct job_run *r, const struct err *why)
{
	char trigger[65];
	if (!db_broke_trigger(why, trigger) || !renew_triggers(r, trigger, NULL)) return false;
	db_leave(r->env->db);
	return say_session(r->env->db, LEASE_SECONDS, NULL);
}

bool job_step(struct job_run *r, bool (*fn)(struct job_run *, void *, struct err *), void *ctx, struct err *e)
{
	struct err mine = { 0 };
	for (int i = 0; i < STEP_TRIES; i++) {
		if (!job_goes_on(r, e)) return false;
		if (step_once(r, fn, ctx, &mine)) {
			r->whole->done++;
			r->whole->rows += r->pending_rows;
			if (r->env->progress) r->env->progress(r->env->ctx, r);
			return true;
		}
		if (!db_lost_to_another(&mine) && !mends(r, &mine)) break;
		pause_ms((10 << i) + clock_mono_ms() % 10);
	}
	if (e) *e = mine;
	return false;
}

/* DDL may take longer than a lease: nobody else changes partitions meanwhile (they have a lock of their
 * own), and the lease is taken again if it ran out and is still ours to take. */
static bool renew_after_ddl(struct job_run *r, struct err *e)
{
	if (!lease_left_ms(&r->lease) && !lease_take(&r->lease, e)) return false;
	if (r->env->leader && !lease_left_ms(r->env->leader) && !lease_take(r->env->leader, e)) return false;
	return renew(r, false, e);
}

bool job_ddl(struct job_run *r, const struct query *q, const struct arg *args, size_t n, struct table **t,
             struct err *e)
{
	if (!job_goes_on(r, e) || !renew(r, true, e) || !check_fence(r, e)) return false;
	struct db_opts o = { .is_write = true, .deadline_ms = DDL_MS };
	return say_session(r->env->db, 0, e) && ask(r, q, args, n, &o, t, e) &&
	       say_session(r->env->db, LEASE_SECONDS, e) && renew_after_ddl(r, e);
}

bool job_state_set(struct job_run *r, const char *key, const char *value, struct err *e)
{
	struct arg a[] = { arg_str("job", r->job->name), arg_str("key", key), arg_str("value", value) };
	return job_exec(r, &sql_jobs_state_set, a, 3, NULL, e);
}

/* --- a job that is one statement --- */

struct batch {
	const struct query *q;
};
static bool one_batch(struct job_run *r, void *ctx, struct err *e)
{
	return job_change(r, ((struct batch *)ctx)->q, NULL, 0, e);
}

static bool run_batches(struct job_run *r, struct err *e)
{
	struct batch b = { r->job->batch };
	do {
		if (!job_step(r, one_batch, &b, e)) return false;
	} while (r->pending_rows > 0);
	return true;
}

/* --- the frame --- */

static bool end_run(struct job_run *r, const char *id, const char *status, const char *error, struct err *e)
{
	struct db_opts o = { .is_write = true, .deadline_ms = 8000 };
	struct arg a[] = { arg_str("run", id), arg_str("status", status), arg_str("error", error) };
	return ask(r, &sql_jobs_run_end, a, 3, &o, NULL, e);
}

static void drop_run(struct job_run *r)
{
	struct db_opts o = { .is_write = true, .deadline_ms = 8000 };
	struct arg a = arg_str("run", r->id);
	ask(r, &sql_jobs_run_drop, &a, 1, &o, NULL, NULL);
}

static bool begin_run(struct job_run *r, struct err *e)
{
	struct arg a[] = { arg_str("run", r->id),
		           arg_str("type", r->job->type),
		           arg_str("from", r->env->from),
		           arg_str("to", r->env->to),
		           arg_int("fence", r->lease.fence),
		           arg_str("holder", r->lease.holder),
		           arg_null("details") };
	struct buf d = BUF_EMPTY;
	buf_addf(&d, "{\"job\":\"%s\"}", r->job->name);
	a[6] = arg_str("details", d.s);
	uuid_make(r->id);
	a[0] = arg_str("run", r->id);
	bool ok = job_exec(r, &sql_jobs_run_begin, a, 7, NULL, e);
	buf_free(&d);
	return ok;
}

/* A run that a dead worker left: gone on with, or closed. */
static bool adopt_or_begin(struct job_run *r, struct err *e)
{
	struct table *t;
	struct arg a[] = { arg_str("type", r->job->type), arg_str("name", r->job->name) };
	bool ok = true;
	if (!job_read(r, &sql_jobs_run_open, a, 2, &t, e)) return false;
	const char *old = table_get(t, 0, "id");
	if (old && r->job->resumes && !r->env->from) {
		snprintf(r->id, sizeof r->id, "%s", old);
		struct arg b[] = { arg_str("run", old), arg_int("fence", r->lease.fence),
			           arg_str("holder", r->lease.holder) };
		ok = job_exec(r, &sql_jobs_run_adopt, b, 3, NULL, e);
		r->is_resumed = true;
	} else {
		if (old) ok = end_run(r, old, "failed", "its worker died", e);
		ok = ok && begin_run(r, e);
	}
	table_free(t);
	return ok;
}

static bool end_schedule(struct job_run *r, bool was_ok, const char *error, struct err *e)
{
	struct db_opts o = { .is_write = true, .deadline_ms = 8000 };
	struct arg a[] = { arg_str("job", r->job->name),
		           arg_str("holder", r->lease.holder),
		           arg_int("fence", r->lease.fence),
		           arg_bool("ok", was_ok),
		           arg_str("error", error),
		           arg_int("ms", clock_mono_ms() - r->started_mono_ms),
		           arg_bool("cancelled", r->is_cancelled) };
	struct err mine = { 0 };
	if (ask(r, &sql_jobs_schedule_end, a, ARRAY_LEN(a), &o, NULL, &mine)) return true;
	log_line(LOG_ERROR_, "job=%s its end could not be noted: %s", r->job->name, mine.text);
	return err_set(e, mine.code, "%s", mine.text);
}

bool job_run(const struct job *job, const struct job_env *env, struct job_run *r, struct err *e)
{
	struct err mine = { 0 };
	*r = (struct job_run){ .job = job, .env = env, .started_mono_ms = clock_mono_ms() };
	r->whole = r;
	r->lease = (struct lease){ .db = env->db, .seconds = env->leader ? env->leader->seconds : 0 };
	snprintf(r->lease.name, sizeof r->lease.name, "%s", job->name);
	snprintf(r->lease.holder, sizeof r->lease.holder, "%s", env->holder);
	if (!lease_take(&r->lease, e)) return false;
	struct arg a[] = { arg_str("job", job->name), arg_str("holder", r->lease.holder),
		           arg_int("fence", r->lease.fence) };
	bool ok = job_exec(r, &sql_jobs_schedule_begin, a, 3, NULL, &mine) && adopt_or_begin(r, &mine) &&
	          (job->run ? job->run(r, &mine) : run_batches(r, &mine));
	bool lost = !ok && mine.code == ERR_CONFLICT;
	if (!lost && r->id[0]) {
		/* Whoever was told to end has not failed: the job is due as it was, for the next worker, and a run
		 * that can be gone on with stays open for it. */
		bool is_stopped = !ok && mine.code == ERR_CANCELLED && !r->is_cancelled;
		bool stays = is_stopped && job->resumes && env->leader;
		if (ok && job->is_quiet && !r->rows && env->leader)
			drop_run(r);
		else if (!stays)
			end_run(r, r->id, ok ? "completed" : "failed", ok ? NULL : mine.text, NULL);
		if (is_stopped)
			lease_release(&r->lease);
		else
			end_schedule(r, ok, ok ? NULL : mine.text, NULL);
	}
	log_line(ok ? LOG_INFO_ : LOG_WARN_, "job=%s result=%s steps=%lld rows=%lld ms=%lld%s%s", job->name,
	         ok ? "ok" : "failed", (long long)r->done, (long long)r->rows,
	         (long long)(clock_mono_ms() - r->started_mono_ms), ok ? "" : " error=", ok ? "" : mine.text);
	if (!ok && e) *e = mine;
	return ok;
}

bool jobs_session(struct db *db, struct err *e) { return say_session(db, LEASE_SECONDS, e); }
