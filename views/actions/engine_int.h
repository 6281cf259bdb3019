/* engine_int.h - what the console's actions hold, shared by engine.c, watch.c and bulk_action.c. */
#ifndef SPOTOP_VIEWS_ENGINE_INT_H
#define SPOTOP_VIEWS_ENGINE_INT_H
#include <stdint.h>
struct leftovers_read;
struct bulk_action;
struct verb_engine;
struct watch;
struct actions {
	struct verb_engine *engine;     /* engine.c: of the write link; NULL: nothing was issued yet */
	struct watch *watch;            /* watch.c: the commands issued here; NULL: none yet */
	struct bulk_action *bulk;       /* bulk_action.c: the last bulk action; NULL: none yet */
	struct leftovers_read *reading; /* leftovers.c: the journal is being read; NULL: it is not */
	unsigned looked_sessions;       /* leftovers.c: of the links, when the journal was last looked at; 0: never */
	int64_t look_again_mono_ms;     /* leftovers.c: the server could not tell what was lost; 0: it could */
	int64_t leave_asked_mono_ms;    /* watch.c: when it was said what goes on; 0: never */
};
#endif
