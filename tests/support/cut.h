/* cut.h - one program that acts over a path that breaks, and what became of its request. The login is net's, an
 * operator who comes from 127.0.0.1. */
#ifndef SPOTOP_TESTS_CUT_H
#define SPOTOP_TESTS_CUT_H
#include "tests/support/proxy.h"
#include <sys/types.h>
struct rig;

/* Verbs with a command of their own and without, and those of plans. In their words AGENT and PLAN stand for the cut's; in
 * the statements ID is the request's: how often it was done, and what makes the agent free for the next cut. */
struct cut_verb {
	const char *name, *words, *effect, *undo;
};
enum { CUT_VERBS = 4 };
extern const struct cut_verb cut_verbs[CUT_VERBS]; /* the first: switch */

struct cut {
	struct proxy_fault fault;
	const struct cut_verb *verb;
	char agent[16], id[37], plan[37], note[160];
	long took_ms; /* from the path's return to the program's end */
};
struct ended {
	int code;
	char out[60000], err[4000];
};

void cut_over(struct rig *rig, struct proxy *proxy); /* what all of the following goes over */
pid_t cut_spawn(const char *const *words, int *out, int *err);
void cut_wait_end(pid_t pid, int out, int err, struct ended *e);
void cut_run(const char *const *words, struct ended *e);
void cut_prepare(struct cut *c); /* what its actions are about, made over no broken path */
void cut_issue(const struct cut *c, struct ended *e);
long cut_effects(const struct cut *c);
void cut_undo(const struct cut *c);
#endif
