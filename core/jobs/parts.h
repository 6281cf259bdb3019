/* parts.h - what the price tiers' jobs share. */
#ifndef SPOTOP_JOBS_PARTS_H
#define SPOTOP_JOBS_PARTS_H
#include <stdbool.h>
struct err;
struct job_run;
/* The last statement of a step that wrote prices of a pool: it must still be there. */
bool job_pool_still(struct job_run *r, const char *pool, struct err *e);
#endif
