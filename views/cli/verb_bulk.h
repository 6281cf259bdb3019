/* verb_bulk.h - a run of many targets: found by a filter, named, or resumed. */
#ifndef SPOTOP_VIEWS_VERB_BULK_H
#define SPOTOP_VIEWS_VERB_BULK_H
#include "views/cli/verb_run.h"
bool run_find_targets(struct verb_run *r, struct err *e); /* --filter */
bool run_blast_radius(struct verb_run *r, struct err *e); /* to stderr */
int run_bulk(struct verb_run *r);
#endif
