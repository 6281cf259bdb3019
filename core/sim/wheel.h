/* wheel.h - many timers on one: a ring of slots, each a list of what is due in that slot's turns. */
#ifndef SPOTOP_SIM_WHEEL_H
#define SPOTOP_SIM_WHEEL_H
#include <stdint.h>

enum { WHEEL_SLOTS = 512, WHEEL_TICK_MS = 50 };
struct wheel_timer {
	struct wheel_timer *next, **at; /* at NULL: not set */
	int64_t due_tick;
	void (*fn)(void *ctx);
	void *ctx;
};
struct wheel {
	struct wheel_timer *slots[WHEEL_SLOTS];
	int64_t tick; /* the next one to be played */
};
/* fn(ctx) once, after ms. Sets anew what was set. */
void wheel_set(struct wheel *w, struct wheel_timer *t, int64_t ms, void (*fn)(void *ctx), void *ctx);
void wheel_unset(struct wheel_timer *t);
/* Plays everything that is due when ms have passed since the start. */
void wheel_turn(struct wheel *w, int64_t ms_since_start);
#endif
