/* job.h - a job: what it does, how often, and one run of it in steps.
 *
 * A run is a row of consolidation_jobs (chunk ''). It goes in steps: one short transaction each, which
 * looks at the fence first, does its work and notes the progress; so a run that is killed anywhere has
 * done whole steps only, and the next one goes on behind them. A step that met a deadlock or a lock
 * timeout is done again. Between steps the leases are renewed, a stop asked for is heeded, and a run
 * whose row is no longer 'running' (somebody cancelled it) ends. */
#ifndef SPOTOP_JOBS_JOB_H
#define SPOTOP_JOBS_JOB_H
#include "core/db/query.h"
#include "core/jobs/lease.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
struct db;
struct db_conf;
struct err;
struct job_run;
struct table;
struct teller;

struct job {
	const char *name;  /* "consolidate": job_schedules.name */
	const char *type;  /* consolidation_jobs.job_type */
	const char *about; /* one sentence */
	int every_s;
	bool (*run)(struct job_run *r, struct err *e);
	const struct query *batch; /* run NULL: this statement, again until it changes nothing */
	bool takes_window;         /* --from --to */
	bool is_quiet;             /* a run that changed nothing leaves no row in the history */
	bool resumes; /* goes on with a run that a dead worker left; else that one is closed as failed */
};
extern const struct job *const jobs[]; /* NULL-ended, in the order of the tiers */
const struct job *job_find(const char *name);

enum { JOB_LINKS = 2, JOB_LINKS_MAX = 8 }; /* links of a run: as a rule, at most */
struct job_env {                           /* what surrounds a run */
	struct db *db;                     /* a write link, session set by jobs_session */
	const struct db_conf *conf;        /* for more links; NULL: db alone */
	int links;     /* how many the parts of a run may go over at once; under 2: db alone */
	int part_rows; /* consolidate: how many snapshots quiet days may have to be one step; 0: as a rule */
	struct lease *leader; /* NULL: run by hand */
	const char *holder;
	const char *server;    /* conf_describe: whose audit chain is anchored */
	const char *from, *to; /* "YYYY-MM-DD HH:MM:SS" or NULL */
	bool include_imported;
	const char *hook; /* the operator's command for alerts, or NULL */
	struct teller
	        *teller; /* its call under way, from run to run; NULL: a call is waited for to its end */
	bool (*stop)(void *ctx);                              /* asked between steps; NULL: never */
	int64_t until_mono_ms;       /* evacuate: a run within another one has ended by then, so that this keeps its lease; 0: as a rule */
	void (*progress)(void *ctx, const struct job_run *r); /* after each step; may be NULL */
	void (*statement)(void *ctx, const char *name); /* before each statement; tests break off there */
	void *ctx;
};
struct job_run {
	const struct job *job;
	const struct job_env *env;
	struct lease lease; /* of the job's own row */
	char id[37];
	bool is_resumed, is_cancelled; /* cancelled: by somebody, in its row */
	unsigned session;              /* of the link when the step began */
	struct job_run *whole;         /* itself; on a further link the run it is of, which counts for all */
	_Atomic int64_t done, rows;    /* steps of this run, and rows it changed */
	int n_left_out;                /* parts that failed by what lies in them */
	int64_t total;
	int64_t started_mono_ms;
	int64_t pending_rows; /* of the step under way */
};

/* Rows for every job and the leader's lease; what is there stays. */
bool jobs_schedule(struct db *db, struct err *e);
bool jobs_session(struct db *db, struct err *e);
/* One whole run: takes the job's lease, runs, notes the end. ERR_NO: another runs it now. */
bool job_run(const struct job *job, const struct job_env *env, struct job_run *out, struct err *e);

/* --- for the jobs --- */
/* One statement of the step. t may be NULL. Adds affected rows to the run when `counts`. */
bool job_exec(struct job_run *r, const struct query *q, const struct arg *args, size_t n, struct table **t,
              struct err *e);
bool job_change(struct job_run *r, const struct query *q, const struct arg *args, size_t n, struct err *e);
/* A read outside of any step. */
bool job_read(struct job_run *r, const struct query *q, const struct arg *args, size_t n, struct table **t,
              struct err *e);
/* fn within one transaction, the fence looked at first, the progress noted last; again on a deadlock. */
bool job_step(struct job_run *r, bool (*fn)(struct job_run *r, void *ctx, struct err *e), void *ctx,
              struct err *e);
/* Each part as one step (its ctx is the part), over all links of the run. Parts of one pool are never done
 * at the same time and keep their order; those of different pools must not depend on each other. One that
 * fails by what lies in it is left out and noted (links.c); fn says job_part_done (parts.h). */
struct job_part {
	const char *pool, *from, *to;
	int days; /* over 1: where they fail together, one by one */
};

bool job_parts(struct job_run *r, const struct job_part *parts, size_t n,
               bool (*fn)(struct job_run *r, void *part, struct err *e), struct err *e);
/* A statement that ends transactions by itself (partitions): the fence is looked at right before. */
bool job_ddl(struct job_run *r, const struct query *q, const struct arg *args, size_t n, struct table **t,
             struct err *e);
/* Those that the server took for faulty are opened anew (db_broke_trigger); between steps. */
void job_look_at_triggers(struct job_run *r);
/* May the run go on? Renews the leases. */
bool job_goes_on(struct job_run *r, struct err *e);
bool job_state_set(struct job_run *r, const char *key, const char *value, struct err *e);

/* the jobs themselves */
bool consolidate_run(struct job_run *r, struct err *e);
bool canonicalize_run(struct job_run *r, struct err *e);
bool hourly_run(struct job_run *r, struct err *e);
bool retention_run(struct job_run *r, struct err *e);
bool partitions_run(struct job_run *r, struct err *e);
bool recount_run(struct job_run *r, struct err *e);
bool zombies_run(struct job_run *r, struct err *e);
bool commands_run(struct job_run *r, struct err *e);
bool savings_run(struct job_run *r, struct err *e);
bool pool_stats_run(struct job_run *r, struct err *e);
bool audit_anchor_run(struct job_run *r, struct err *e);
bool alerts_run(struct job_run *r, struct err *e);
bool evacuate_run(struct job_run *r, struct err *e);
#endif
