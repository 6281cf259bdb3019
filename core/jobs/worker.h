/* worker.h - the process that runs the schedule.
 *
 * Any number of workers may run: one holds the leader's lease and runs what is due, one job after the
 * other; the others look on, and one of them takes over within LEASE_SECONDS when the leader is gone. A
 * worker stops itself before its lease ends, by the monotonic clock. On SIGTERM or SIGINT it finishes the
 * step, gives back the leases and ends; on SIGHUP it reads the settings file again (the alert hook).
 * Under systemd it says READY, STATUS and STOPPING, and WATCHDOG for as long as its loop turns. */
#ifndef SPOTOP_JOBS_WORKER_H
#define SPOTOP_JOBS_WORKER_H
#include <stdbool.h>
struct db;
struct db_conf;
struct err;
struct uv_loop_s;

struct worker_conf {
	struct uv_loop_s *loop;
	struct db *db;              /* a write link */
	const struct db_conf *conf; /* for the further links of a job's run */
	int links;                  /* how many a run may use */
	const char *server;         /* conf_describe */
	bool once;                  /* run what is due and end */
	int lease_seconds;          /* 0: LEASE_SECONDS */
};
/* Returns when told to stop (true), or for `once` when nothing is due (false: a job failed). `once` beside a
 * worker that leads does nothing and is fine with it: what is due is that one's. */
bool worker_run(const struct worker_conf *c, struct err *e);
#endif
