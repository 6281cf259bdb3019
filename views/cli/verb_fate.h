/* verb_fate.h - what a run says of actions whose fate is not known. */
#ifndef SPOTOP_VIEWS_VERB_FATE_H
#define SPOTOP_VIEWS_VERB_FATE_H
#include "views/cli/verb_run.h"

/* For verb_on_state: "outcome unknown, checking", "still running on the server, 12 s". */
void run_say_state(void *ctx, const char *request_id, enum verb_state s, int64_t lost_ms);
/* verb_issue_wait; SIGINT and SIGTERM meanwhile name the request and end the program with exit 5. */
bool run_issue(struct verb_run *r, struct verb_request *req, struct verb_result **res, struct err *e);
/* What became of actions that earlier runs left open, what bulks of them were interrupted, and what a failover lost. */
void run_tell_leftovers(struct verb_run *r);
#endif
