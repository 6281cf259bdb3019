/* cmd_verb_int.h - one run of a verb from the command line, shared by cmd_verb.c and cmd_verb_many.c. */
#ifndef SPOTOP_VIEWS_CMD_VERB_INT_H
#define SPOTOP_VIEWS_CMD_VERB_INT_H
#include "core/fleet/bulk.h"
#include "core/fleet/verb.h"
#include "views/cli/cli.h"
#include <jansson.h>
#include <stdio.h>

struct table;

struct verb_run {
	struct cli *c;
	const struct verb *verb;
	struct db *write, *read; /* read: opened when needed */
	struct verb_engine *engine;
	char server[400];
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
void run_add_target(struct verb_run *r, const char *target, const char *request_id);
void run_request(const struct verb_run *r, struct verb_request *req, const char *target);
struct db *run_read_link(struct verb_run *r);
/* Print one target's object (kept back until the end under --wait); the exit code. */
int run_print(struct verb_run *r, const struct verb_result *res);
/* For people: at a terminal, unless -o says otherwise, and with -o table. */
bool run_is_for_people(const struct verb_run *r);
/* What it would change and its guardrails, to f; NULL states and an empty list are left out. */
void run_say(FILE *f, const char *verb, const char *before, const char *after,
             const struct verb_guard *guards, size_t n_guards);
/* The targets of a switch as a table, from the query's rows. */
void run_say_targets(const struct table *t);
int run_print_error(struct verb_run *r, const struct verb_request *req, const struct err *e);
bool run_find_targets(struct verb_run *r, struct err *e); /* --filter */
int run_wait(struct verb_run *r);                         /* --wait */
int run_bulk(struct verb_run *r);
bool run_blast_radius(struct verb_run *r, struct err *e); /* to stderr */
void run_free(struct verb_run *r);
#endif
