/* lease.h - the right to work: a row of job_schedules with an owner, an end and a fence.
 *
 * A lease is taken when it is free or ran out, by the server's clock; each taking raises the fence. The
 * holder renews it between steps and stops itself a margin before the end, by the monotonic clock, counted
 * from before the renewal was sent: so it stops sooner than the server lets another in. Every write of a
 * job looks at the fence within its own transaction, so a holder that slept past its end writes nothing.
 * The leader's lease ("leader") says who runs the schedule; each job's own row says who runs that job. */
#ifndef SPOTOP_JOBS_LEASE_H
#define SPOTOP_JOBS_LEASE_H
#include <stdbool.h>
#include <stdint.h>
struct db;
struct err;

enum { LEASE_SECONDS = 15, LEASE_MARGIN_MS = 3000, LEASE_IDLE_SECONDS = 6 };
struct lease {
	struct db *db;
	char name[65], holder[160];
	int64_t fence;         /* 0: not held */
	int64_t until_mono_ms; /* of our own clock, margin taken off */
	int seconds;           /* 0: LEASE_SECONDS */
};
/* "host:pid:random": one life of one process. */
void lease_holder_name(char out[160]);
/* False with ERR_NO: another holds it (the sentence names it). */
bool lease_take(struct lease *l, struct err *e);
/* Renews when less than two thirds are left (or when forced). False: it is lost, stop. */
bool lease_keep(struct lease *l, bool now, struct err *e);
int64_t lease_left_ms(const struct lease *l); /* until it must stop itself; 0: it must */
void lease_release(struct lease *l);          /* as well as it can */
#endif
