/* names.h - what the things of a fleet are called, read from the database: for completion, and for what was meant. */
#ifndef SPOTOP_VIEWS_NAMES_H
#define SPOTOP_VIEWS_NAMES_H
#include "core/db/query.h"
#include "core/fleet/verb.h"
#include <stddef.h>

struct arg;
/* The arguments of sql/queries/names.sql, which answers kind, name, about. kinds: "agent,client"; begins: "" all. */
size_t names_args(struct arg out[3], const char *kinds, const char *begins, int64_t most);
/* What a verb's target is one of; "": not a name. */
const char *names_of_target(enum verb_target t);
/* What a word of a usage line stands for: "AGENT", "[AGENT|POOL|CLIENT]", and an option's name: "client", "to". */
const char *names_of_word(const char *word);

/* What may stand in a scope (fleet, client:NAME, ...) so far typed; *prefix: how much of it is "client:" and the like. */
const char *names_of_scope(const char *typed, size_t *prefix);

/* The settings of an agent, as `spotop config` takes them. */
struct setting {
	const char *name; /* as typed: auto_switch */
	const char *key;  /* in the state of verb_config: auto_switch_enabled */
	const char *takes; /* "on or off", "0 to 20" */
	const char *about;
};
extern const struct setting settings_of_agent[]; /* ended by a zero entry */
#endif
