/* links.c - the parts of a run over several links at once.
 *
 * One worker leads, and it alone runs a job: under one lease, one fence and one row of the run. What may go
 * at the same time are parts of different pools, each on a link (and in a thread) of its own; the first link
 * is the run's own, in the caller's thread, and does all alone when no other can be had. Each link renews
 * the leases and looks at the fence by itself, as if it were the only one. A link or a fence that is lost, and
 * a stop asked for, ends them all behind their steps. A part that fails by what lies in it stops itself alone:
 * it is noted, tried again by the next run, and an alert names it until a person drops or accepts it. Where
 * over MOST_FAILED fail, or all of several, it is not what lies in them, and the run fails. */
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/db/table.h"
#include "core/jobs/job.h"
#include "core/jobs/parts.h"
#include "sql.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

enum { WAIT_MS = 20, MOST_FAILED = 10 };
typedef bool part_fn(struct job_run *r, void *part, struct err *e);

struct failed {
	char *pool, *from, *to;
	struct err err;
	bool is_left_out; /* noted; not where it was accepted before, or nothing of it is there any more */
};
struct links {
	struct job_run *run;
	const struct job_part *parts;
	size_t n;
	part_fn *fn;
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t freed;
	bool *taken;
	unsigned char *share; /* whose a part is as long as it has one of its own */
	size_t first;         /* before it all are taken */
	const char *in_hand[JOB_LINKS_MAX];
	bool is_ending, failed, is_cancelled;
	struct err err;
	struct failed parts_failed[MOST_FAILED + 1];
	size_t n_failed, n_done;
};
struct link {
	struct links *all;
	size_t place;
	pthread_t thread;
	bool runs;
};

static bool is_in_hand(const struct links *l, const char *pool)
{
	for (size_t i = 0; i < JOB_LINKS_MAX; i++)
		if (l->in_hand[i] && strcmp(l->in_hand[i], pool) == 0) return true;
	return false;
}

static const struct job_part *take(struct links *l, size_t place, bool of_others)
{
	for (size_t i = l->first; i < l->n; i++) {
		if (l->taken[i] || is_in_hand(l, l->parts[i].pool)) continue;
		if (!of_others && l->share[i] != place) continue;
		l->taken[i] = true;
		l->in_hand[place] = l->parts[i].pool;
		while (l->first < l->n && l->taken[l->first]) l->first++;
		return &l->parts[i];
	}
	return of_others ? NULL : take(l, place, true);
}

static bool is_over(const struct links *l, size_t place)
{
	if (l->is_ending || l->first < l->n) return l->is_ending;
	for (size_t i = 0; place == 0 && i < JOB_LINKS_MAX; i++)
		if (l->in_hand[i]) return false; /* the first waits for the others */
	return true;
}

static void wait_a_little(struct links *l)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += WAIT_MS * 1000000L;
	if (t.tv_nsec >= 1000000000L) t.tv_sec++, t.tv_nsec -= 1000000000L;
	pthread_cond_timedwait(&l->freed, &l->lock, &t);
}

static void let_go(struct links *l, size_t place, const struct job_run *r, const struct err *failure)
{
	pthread_mutex_lock(&l->lock);
	l->in_hand[place] = NULL;
	if (failure && !l->is_ending) {
		l->is_ending = l->failed = true;
		l->is_cancelled = r->is_cancelled;
		l->err = *failure;
	}
	pthread_cond_broadcast(&l->freed);
	pthread_mutex_unlock(&l->lock);
}

/* By what lies in it, and not by the link, the lease or a right: the same again would fail the same. */
static bool is_of_part(const struct err *e)
{
	if (e->sql_errno >= 30001 && e->sql_errno <= 30004) return true;
	return (e->code == ERR_SQL && !db_lost_to_another(e)) || (e->code == ERR_NO && !e->sql_errno);
}

/* False where there are too many. */
static bool keep_failed(struct links *l, const struct job_part *p, const struct err *e)
{
	pthread_mutex_lock(&l->lock);
	if (l->n_failed < ARRAY_LEN(l->parts_failed))
		l->parts_failed[l->n_failed++] =
		        (struct failed){ mem_dup(p->pool), mem_dup(p->from), mem_dup(p->to), *e, false };
	bool fits = l->n_failed <= MOST_FAILED;
	pthread_mutex_unlock(&l->lock);
	return fits;
}

static void day_after(const char *day, char next[11])
{
	struct tm t = { .tm_year = atoi(day) - 1900,
		        .tm_mon = atoi(day + 5) - 1,
		        .tm_mday = atoi(day + 8) + 1 };
	time_t at = timegm(&t);
	gmtime_r(&at, &t);
	strftime(next, 11, "%Y-%m-%d", &t);
}

/* A part; of several days that fail together, one by one. */
static bool do_part(struct links *l, struct job_run *r, const struct job_part *p, struct err *e)
{
	char day[11], next[11];
	if (job_step(r, l->fn, (void *)p, e)) {
		pthread_mutex_lock(&l->lock);
		l->n_done++;
		pthread_mutex_unlock(&l->lock);
		return true;
	}
	if (!is_of_part(e)) return false;
	if (p->days < 2) return keep_failed(l, p, e);
	snprintf(day, sizeof day, "%.10s", p->from);
	for (int i = 0; i < p->days; i++) {
		day_after(day, next);
		if (!do_part(l, r, &(struct job_part){ p->pool, day, next, 1 }, e)) return false;
		memcpy(day, next, sizeof day);
	}
	return true;
}

/* Part after part, until none is left or something ends them all. */
static void work(struct links *l, size_t place, struct job_run *r)
{
	for (;;) {
		struct err e = { 0 };
		pthread_mutex_lock(&l->lock);
		bool over = is_over(l, place);
		const struct job_part *p = over ? NULL : take(l, place, false);
		if (!over && !p) wait_a_little(l);
		pthread_mutex_unlock(&l->lock);
		if (over) return;
		bool ok = p ? do_part(l, r, p, &e) : job_goes_on(r, &e);
		if (p || !ok) let_go(l, place, r, ok ? NULL : &e);
	}
}

static bool is_ending(void *ctx)
{
	struct links *l = ctx;
	pthread_mutex_lock(&l->lock);
	bool ending = l->is_ending;
	pthread_mutex_unlock(&l->lock);
	return ending;
}

/* The run as it looks from a further link: its own session, leases and counters of the step. */
static void work_on(struct links *l, size_t place, struct db *db)
{
	const struct job_run *run = l->run;
	struct lease leader = { 0 };
	struct job_env env = *run->env;
	struct job_run mine = { .job = run->job, .env = &env, .lease = run->lease, .whole = l->run };
	struct err e = { 0 };
	memcpy(mine.id, run->id, sizeof mine.id);
	if (run->env->leader) {
		leader = *run->env->leader;
		leader.db = db;
		env.leader = &leader;
	}
	mine.lease.db = env.db = db;
	env.stop = is_ending;
	env.ctx = l;
	env.progress = NULL;
	env.statement = NULL;
	if (jobs_session(db, &e))
		work(l, place, &mine);
	else
		log_line(LOG_WARN_, "job=%s one link less: %s", run->job->name, e.text);
}

static void *thread_main(void *arg)
{
	struct link *k = arg;
	uv_loop_t loop;
	if (uv_loop_init(&loop) != 0) return NULL;
	struct db *db = db_open(&loop, k->all->run->env->conf, DB_WRITE, "jobs");
	work_on(k->all, k->place, db);
	db_close_wait(db);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	return NULL;
}

/* Signals are the first thread's. */
static void start(struct link *k, size_t n)
{
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (size_t i = 1; i < n; i++)
		k[i].runs = pthread_create(&k[i].thread, NULL, thread_main, &k[i]) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static size_t n_links(const struct job_run *r, const struct job_part *parts, size_t n)
{
	size_t pools = n > 0;
	size_t most = r->env->conf && r->env->links > 1 ? (size_t)r->env->links : 1;
	if (most > JOB_LINKS_MAX) most = JOB_LINKS_MAX;
	for (size_t i = 1; i < n && pools < most; i++) pools += strcmp(parts[i].pool, parts[i - 1].pool) != 0;
	return pools < most ? pools : most;
}

static int by_pool(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* Neighbours in an index are best left to one link: two would write to the same pages. */
static void share_out(struct links *l, size_t links)
{
	const char **pools = mem_alloc((l->n + 1) * sizeof *pools);
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++) pools[i] = l->parts[i].pool;
	qsort(pools, l->n, sizeof *pools, by_pool);
	for (size_t i = 0; i < l->n; i++)
		if (!n || strcmp(pools[n - 1], pools[i]) != 0) pools[n++] = pools[i];
	for (size_t i = 0; i < l->n; i++) {
		const char **at = bsearch(&l->parts[i].pool, pools, n, sizeof *pools, by_pool);
		l->share[i] = (unsigned char)((size_t)(at - pools) * links / n);
	}
	free(pools);
}

static bool note_failed(struct job_run *r, void *ctx, struct err *e)
{
	struct failed *f = ctx;
	struct table *t;
	struct arg a[] = { arg_str("type", r->job->type), arg_str("pool", f->pool),
		           arg_str("from", f->from),      arg_str("to", f->to),
		           arg_str("job", r->job->name),  arg_str("run", r->id),
		           arg_str("error", f->err.text), arg_int("fence", r->lease.fence) };
	if (!job_exec(r, &sql_jobs_part_failed, a, 8, &t, e)) return false;
	f->is_left_out = t->affected_rows > 0;
	table_free(t);
	return job_exec(r, &sql_jobs_part_accepted, a, 4, NULL, e);
}

/* A pool or a client has one part of such a job, which is of no day. */
bool job_parts_left_out(struct job_run *r, const struct table *said, struct err *e)
{
	static char from[] = "1970-01-02 00:00:00", to[] = "1970-01-03 00:00:00";
	int64_t n = table_get(said, 0, "part") ? (int64_t)said->n_rows : 0, ok = table_int(said, 0, "ok", 0);
	r->n_left_out = 0; /* the step may be done again */
	if (n > MOST_FAILED || (n > 1 && !ok))
		return err_set(e, ERR_INTERNAL, "%s", table_get(said, 0, "error"));
	for (int64_t i = 0; i < n; i++) {
		struct failed f = { (char *)table_get(said, (size_t)i, "part"), from, to,
			            .is_left_out = false };
		err_set(&f.err, ERR_INTERNAL, "%s", table_get(said, (size_t)i, "error"));
		if (!note_failed(r, &f, e)) return false;
		if (!f.is_left_out) continue;
		log_line(LOG_WARN_, "job=%s leaves out %s: %s", r->job->name, f.pool, f.err.text);
		r->n_left_out++;
	}
	return true;
}

bool job_part_done(struct job_run *r, const struct job_part *p, struct err *e)
{
	struct arg a[] = { arg_str("type", r->job->type), arg_str("pool", p->pool), arg_str("from", p->from),
		           arg_str("to", p->to) };
	return job_exec(r, &sql_jobs_part_mended, a, 4, NULL, e);
}

/* What failed is noted behind the last part; or it was no single part, and the run has failed. */
static bool note_all_failed(struct job_run *r, struct links *l, struct err *e)
{
	if (!l->failed && l->n_failed && !l->n_done && l->n > 1) {
		l->failed = true;
		l->err = l->parts_failed[0].err;
	}
	for (size_t i = 0; i < l->n_failed && !l->failed; i++) {
		struct failed *f = &l->parts_failed[i];
		if (!job_step(r, note_failed, f, e)) return false;
		if (!f->is_left_out) continue;
		log_line(LOG_WARN_, "job=%s leaves out %s from %s to %s: %s", r->job->name, f->pool, f->from,
		         f->to, f->err.text);
		r->n_left_out++;
	}
	return true;
}

static void free_failed(struct links *l)
{
	for (size_t i = 0; i < l->n_failed; i++) {
		free(l->parts_failed[i].pool);
		free(l->parts_failed[i].from);
		free(l->parts_failed[i].to);
	}
}

bool job_parts(struct job_run *r, const struct job_part *parts, size_t n, part_fn *fn, struct err *e)
{
	struct links l = { .run = r, .parts = parts, .n = n, .fn = fn };
	struct link k[JOB_LINKS_MAX] = { 0 };
	size_t links = n_links(r, parts, n);
	l.taken = mem_alloc(n * sizeof *l.taken + 1);
	memset(l.taken, 0, n * sizeof *l.taken);
	l.share = mem_alloc(n + 1);
	share_out(&l, links);
	pthread_mutex_init(&l.lock, NULL);
	pthread_cond_init(&l.freed, NULL);
	for (size_t i = 0; i < links; i++) k[i] = (struct link){ .all = &l, .place = i };
	start(k, links);
	work(&l, 0, r);
	for (size_t i = 1; i < links; i++)
		if (k[i].runs) pthread_join(k[i].thread, NULL);
	pthread_cond_destroy(&l.freed);
	pthread_mutex_destroy(&l.lock);
	free(l.taken);
	free(l.share);
	bool noted = note_all_failed(r, &l, e);
	free_failed(&l);
	r->is_cancelled = r->is_cancelled || l.is_cancelled;
	if (l.failed && e) *e = l.err;
	return noted && !l.failed;
}
