/* parts.h - what the price tiers' jobs share. */
#ifndef SPOTOP_JOBS_PARTS_H
#define SPOTOP_JOBS_PARTS_H
#include <stdbool.h>
struct err;
struct job_part;
struct job_run;
struct table;
/* The last statement of a step that wrote prices of a pool: it must still be there. */
bool job_pool_still(struct job_run *r, const char *pool, struct err *e);
/* In the step of a part: what of it failed before has failed no longer. */
bool job_part_done(struct job_run *r, const struct job_part *p, struct err *e);
/* In a step that did many parts at once: notes those that its answer says failed (part, error; ok: how many did not).
 * False: too many, so that it is not what lies in them. */
bool job_parts_left_out(struct job_run *r, const struct table *said, struct err *e);
#endif
