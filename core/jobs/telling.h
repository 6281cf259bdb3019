/* telling.h - what the operator's hook has to be told, kept in the job's state until it has been.
 *
 * A call that fails or runs out of time is made again, first after 15 s, then after twice as long each time, 15 minutes
 * at most; what comes after it waits behind it. Meanwhile the condition 'hook' holds (sql/schema/84-alerts.sql), so it is
 * an alert on the screen and in `spotop check`. A call that takes long goes on beside the jobs, and the next run looks. */
#ifndef SPOTOP_JOBS_TELLING_H
#define SPOTOP_JOBS_TELLING_H
#include <jansson.h>
#include <stdbool.h>
struct err;
struct hook;
struct job_run;
struct teller { /* of a process: it outlives the runs */
	struct hook *call;
};
/* Within a step: more is to be told, behind what is. */
bool telling_add(struct job_run *r, const json_t *more, struct err *e);
/* Outside of a step: tells what it can. */
bool telling_run(struct job_run *r, struct err *e);
void telling_end(struct teller *t);
#endif
