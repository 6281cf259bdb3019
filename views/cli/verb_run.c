/* verb_run.c - a run's targets, its request and its links. */
#include "views/cli/verb_run.h"
#include "core/base/mem.h"
#include <stdlib.h>

void run_add_target(struct verb_run *r, const char *target, const char *request_id, const char *args)
{
	r->targets = mem_grow(r->targets, (r->n_targets + 1) * sizeof *r->targets);
	r->targets[r->n_targets++] =
	        (struct intent_target){ mem_dup(target), mem_dup(request_id), mem_dup(args) };
}

void run_request(const struct verb_run *r, struct verb_request *req, const char *target)
{
	*req = (struct verb_request){
		.verb = r->verb,
		.target = target,
		.args = r->args_text,
		.override = r->override_text,
		.reason = r->reason,
		.seen = r->seen,
	};
}

struct db *run_read_link(struct verb_run *r)
{
	if (!r->read) r->read = cli_db(r->c, DB_READ);
	return r->read;
}

void run_free(struct verb_run *r)
{
	if (r->engine) verb_close_wait(r->engine);
	if (r->read) db_close_wait(r->read);
	if (r->write) db_close_wait(r->write);
	for (size_t i = 0; i < r->n_targets; i++) {
		free((char *)r->targets[i].target);
		free((char *)r->targets[i].request_id);
		free((char *)r->targets[i].args);
	}
	free(r->targets);
	free(r->args_text);
	free(r->override_text);
	free(r->seen);
	free(r->plan_reason);
	json_decref(r->args);
	json_decref(r->override);
	json_decref(r->waiting);
}
