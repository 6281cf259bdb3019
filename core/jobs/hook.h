/* hook.h - the operator's commands for alerts and as a dead man's switch ([worker] alert-hook, alive-hook in the settings
 * file). It runs through /bin/sh with the alert as one line of JSON on stdin; its output goes to our stderr.
 * After HOOK_SECONDS its whole process group is killed. Never within a transaction. */
#ifndef SPOTOP_JOBS_HOOK_H
#define SPOTOP_JOBS_HOOK_H
#include <stdbool.h>
struct err;
struct hook; /* a call under way */

enum { HOOK_SECONDS = 10 };
enum hook_state { HOOK_RUNS, HOOK_OK, HOOK_FAILED };
/* json is copied. limit_ms 0: HOOK_SECONDS. NULL: it could not be started. */
struct hook *hook_start(const char *command, const char *json, int limit_ms, struct err *e);
/* Looks for that long whether it has ended, and ends it when its time is over. */
enum hook_state hook_wait(struct hook *h, int ms, struct err *e);
const char *hook_json(const struct hook *h);
void hook_free(struct hook *h); /* ends it when it runs; NULL is fine */
/* Start, wait, free. False: it could not be started, failed, or ran out of time. */
bool hook_run(const char *command, const char *json, int limit_ms, struct err *e);
#endif
