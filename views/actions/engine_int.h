/* engine_int.h - what the console's actions hold, shared by engine.c, watch.c and many.c. */
#ifndef SPOTOP_VIEWS_ENGINE_INT_H
#define SPOTOP_VIEWS_ENGINE_INT_H
struct many;
struct verb_engine;
struct watch;
struct actions {
	struct verb_engine *engine; /* engine.c: of the write link; NULL: nothing was issued yet */
	struct watch *watch;        /* watch.c: the commands issued here; NULL: none yet */
	struct many *many;          /* many.c: the last action on many rows; NULL: none yet */
};
#endif
