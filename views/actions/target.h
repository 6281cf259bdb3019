/* target.h - what an action is pointed at: bound to an id and to what was read of it, never to a screen row. */
#ifndef SPOTOP_VIEWS_TARGET_H
#define SPOTOP_VIEWS_TARGET_H
#include <stdint.h>

struct dialog_target {
	char id[130], label[200], agent_id[40], instance_id[24];
	char client[130]; /* "": none, or several */
	char scope[200]; /* what a verb on a scope begins with: "agent:acme/web-1", "fleet" */
	int64_t read_at_mono_ms;
};
/* One of many. */
struct bulk_action_target {
	char id[130], label[130], agent_id[40];
	char *args; /* JSON, its own; NULL: those of all. Belongs to whom the list belongs to */
};
#endif
