/* following.h - the commands that a console follows, on disk, so that the next one can tell how they ended:
 * $XDG_STATE_HOME/spotop/following-PID-START-SERVER.jsonl, one a console, gone once all have ended. */
#ifndef SPOTOP_FLEET_FOLLOWING_H
#define SPOTOP_FLEET_FOLLOWING_H
#include "core/base/err.h"
#include <stdbool.h>
#include <stddef.h>

struct following {
	char id[37], what[160]; /* the command; "switch agent-031 to r3.large.us-east-1e" */
	char gtid[64];          /* of its write; "": not known */
};
/* All that this program follows on that server (conf_describe), in place of what was said before. */
bool following_save(const char *server, const struct following *list, size_t n, struct err *e);
/* What consoles that are gone were following on that server. Each is given to one caller only. */
void following_take(const char *server, void (*take)(void *ctx, const struct following *f), void *ctx);
#endif
