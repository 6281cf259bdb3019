/* hook.h - the operator's command for alerts ([worker] alert_hook in the settings file).
 * It runs through /bin/sh with the alert as one line of JSON on stdin; its output goes to our stderr.
 * After HOOK_SECONDS its whole process group is killed. Never within a transaction. */
#ifndef SPOTOP_JOBS_HOOK_H
#define SPOTOP_JOBS_HOOK_H
#include <stdbool.h>
struct err;

enum { HOOK_SECONDS = 10 };
/* False: it could not be started, failed, or ran out of time. limit_ms 0: HOOK_SECONDS. */
bool hook_run(const char *command, const char *json, int limit_ms, struct err *e);
#endif
