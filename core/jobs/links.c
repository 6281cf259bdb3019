/* links.c - the parts of a run over several links at once.
 *
 * One worker leads, and it alone runs a job: under one lease, one fence and one row of the run. What may go
 * at the same time are parts of different pools, each on a link (and in a thread) of its own; the first link
 * is the run's own, in the caller's thread, and does all alone when no other can be had. Each link renews
 * the leases and looks at the fence by itself, as if it were the only one. The first that fails, and a stop
 * asked for, ends them all behind their steps. */
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/jobs/job.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

enum { WAIT_MS = 20 };
typedef bool part_fn(struct job_run *r, void *part, struct err *e);

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
		bool ok = p ? job_step(r, l->fn, (void *)p, &e) : job_goes_on(r, &e);
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
	r->is_cancelled = r->is_cancelled || l.is_cancelled;
	if (l.failed && e) *e = l.err;
	return !l.failed;
}
