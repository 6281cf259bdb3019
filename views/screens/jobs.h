/* jobs.h - the scheduled jobs, the price tiers, the runs. */
#ifndef SPOTOP_VIEWS_JOBS_H
#define SPOTOP_VIEWS_JOBS_H
#include "views/model/view.h"
extern const struct view view_jobs, view_tiers, view_runs;
#endif
