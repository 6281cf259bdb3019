/* plan_rig.h - what the tests of evacuation stand on: ten agents in one zone, two other pools and on-demand to go to, the program
 * and the leading worker beside them. All of it fails the test when it is not so. */
#ifndef SPOTOP_TESTS_PLAN_RIG_H
#define SPOTOP_TESTS_PLAN_RIG_H
#include "tests/support/rig.h"
#include <check.h>
#include <jansson.h>

#define A       "r3.large.us-east-1a"
#define E       "r3.large.us-east-1e"
#define ZONE    "us-east-1b"
#define PENDING "SELECT COUNT(*) FROM commands WHERE status = 'pending'"

extern struct rig plan_rig;
TCase *plan_case(Suite *s, const char *name); /* with that fleet, afresh for each test */

void plan_worker_start(void); /* and waits until it leads */
void plan_worker_end(int signo);

/* spotop evacuate with these words, NULL-ended; want: its exit code and, if any, what it says. */
struct rig_run plan_spotop(const char *first, ...);
void plan_want(struct rig_run r, int code, const char *said);
json_t *plan_made(struct rig_run r); /* its answer, as JSON */
const char *plan_text(const json_t *j, const char *key);
void plan_id(const json_t *plan, char id[40]);
long plan_sum(const json_t *plan, const char *key);
/* Makes a plan of the zone, with that override or none, starts the worker and runs it. */
void plan_make_and_run(char id[40], const char *override);

long plan_rows(const char *state);
long plan_moving(void);
void plan_wait(const char *what, long n); /* until that statement says n */

void plan_notice(const char *agent, int seconds);
/* One agent claims what waits for it and carries it out, or fails with that. */
void plan_carry_out(const char *agent, const char *error);
void plan_all_carry_out(void);
#endif
