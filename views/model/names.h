/* names.h - what the things of a fleet are called, read from the database: for completion, and for what was meant. */
#ifndef SPOTOP_VIEWS_NAMES_H
#define SPOTOP_VIEWS_NAMES_H
#include "core/db/query.h"
#include <stddef.h>

struct arg;
/* The arguments of sql/queries/names.sql, which answers kind, name, about. kinds: "agent,client"; begins: "" all. */
size_t names_args(struct arg out[3], const char *kinds, const char *begins, int64_t most);
/* The settings of an agent, as `spotop config` takes them. */
struct setting {
	const char *name; /* as typed: auto_switch */
	const char *key;  /* in the state of verb_config: auto_switch_enabled */
	const char *takes; /* "on or off", "0 to 20" */
	const char *about;
};
extern const struct setting settings_of_agent[]; /* ended by a zero entry */
#endif
