/* verb_call.h - one action by its procedure, as a program calls it, and what it answers. */
#ifndef SPOTOP_TESTS_VERB_CALL_H
#define SPOTOP_TESTS_VERB_CALL_H
#include "tests/support/rig.h"

struct verb_answer {
	char status[16], message[600], command_id[40], guards[6000], version[16];
};

/* The id of a new request, and that of this process's last; lies in one static place until the next. */
const char *verb_next_request(void);
const char *verb_last_request(void);
/* seen: the version that was seen, or NULL; override: a JSON list of names. Anything but one row fails the test. */
struct verb_answer verb_call_as(const struct rig *r, const char *id, const char *verb, const char *target,
                                const char *args, const char *seen, const char *override, const char *reason);
/* With an id and a reason of its own. */
struct verb_answer verb_call(const struct rig *r, const char *verb, const char *target, const char *args,
                             const char *override);
/* How a guardrail stands in the answer: 1 ok, 0 failing, -1 not there. */
int verb_guard(const struct verb_answer *a, const char *name);

/* Waits for all children, each of which ends with 1 or 0; how many ended with 1. */
int verb_children_that_won(void);

#define ck_status(a, want) \
	ck_assert_msg(strcmp((a).status, want) == 0, "%s, not %s: %s", (a).status, want, (a).message)
#endif
