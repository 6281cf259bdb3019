/* verb_run.h - one run of a verb from the command line: what the line said and the links it needs. */
#ifndef SPOTOP_VIEWS_VERB_RUN_H
#define SPOTOP_VIEWS_VERB_RUN_H
#include "core/fleet/verb.h"
#include "views/cli/cli.h"
#include <jansson.h>

struct verb_run {
	struct cli *c;
	const struct verb *verb;
	struct db *write, *read; /* read: opened when needed */
	struct verb_engine *engine;
	char server[CONF_SAID];
	/* the line */
	json_t *args, *override;
	char *args_text, *override_text, *seen, *plan_reason;
	const char *reason, *request_id, *filter, *resume;
	int64_t batch, wait_ms;
	bool dry_run, has_wait;
	struct intent_target *targets; /* strings are ours */
	size_t n_targets;
	/* to be followed by --wait: what was printed waits with them */
	json_t *waiting;
};
/* request_id NULL: made when it is sent. */
/* args: its own; NULL: those of all. */
void run_add_target(struct verb_run *r, const char *target, const char *request_id, const char *args);
void run_request(const struct verb_run *r, struct verb_request *req, const char *target);
struct db *run_read_link(struct verb_run *r);
void run_free(struct verb_run *r); /* the links too */
#endif
