/* verb_int.h - what verb.c, verb_result.c and bulk.c share. */
#ifndef SPOTOP_FLEET_VERB_INT_H
#define SPOTOP_FLEET_VERB_INT_H
#include "core/fleet/verb.h"
struct arena;

/* Takes the table, also when it fails (NULL, *e set). */
struct verb_result *verb_result_from_table(struct table *t, struct err *e);
void verb_request_copy(struct verb_request *to, const struct verb_request *from, struct arena *a);
/* What a bulk needs to know of its engine. */
struct verb_engine_info {
	const char *journal, *server;
	struct db *write;
};
struct verb_engine_info verb_info(const struct verb_engine *v);
#endif
