/* job_verb.h - a job through its verb: for a login that may not do a job's work itself, but have the leading worker do it. */
#ifndef SPOTOP_VIEWS_JOB_VERB_H
#define SPOTOP_VIEWS_JOB_VERB_H
struct cli;
/* verb: "run_job", then waits for the run's end, or "stop_job". Prints what came of it; the exit code. */
int job_by_verb(struct cli *c, const char *verb, const char *job);
#endif
