/* verb_print.h - what a run says of its targets: one JSON object each for programs, a line for people. */
#ifndef SPOTOP_VIEWS_VERB_PRINT_H
#define SPOTOP_VIEWS_VERB_PRINT_H
#include "views/cli/verb_run.h"
struct table;
/* Print one target's object (kept back until the end under --wait); the exit code. */
int run_print(struct verb_run *r, const struct verb_result *res);
int run_print_error(struct verb_run *r, const struct verb_request *req, const struct err *e);
json_t *run_object(const struct verb_run *r, const struct verb_result *res);
/* The rows of a table as JSON objects. */
json_t *run_rows(const struct table *t);
void run_print_object(const struct verb_run *r, const json_t *j);
#endif
