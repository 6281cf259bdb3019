/* verb_wait.h - --wait: a run's commands followed to their end. */
#ifndef SPOTOP_VIEWS_VERB_WAIT_H
#define SPOTOP_VIEWS_VERB_WAIT_H
#include "views/cli/verb_run.h"
int run_wait(struct verb_run *r); /* prints what was kept back; the exit code */
#endif
