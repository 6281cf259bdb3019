/* wheel.c - timers put into their slots, and played when they are due. */
#include "core/sim/wheel.h"
#include <stddef.h>

void wheel_unset(struct wheel_timer *t)
{
	if (t->at == NULL) return;
	*t->at = t->next;
	if (t->next) t->next->at = t->at;
	t->at = NULL;
	t->next = NULL;
}

void wheel_set(struct wheel *w, struct wheel_timer *t, int64_t ms, void (*fn)(void *ctx), void *ctx)
{
	wheel_unset(t);
	int64_t ticks = (ms + WHEEL_TICK_MS - 1) / WHEEL_TICK_MS;
	t->due_tick = w->tick + (ticks < 1 ? 1 : ticks);
	t->fn = fn;
	t->ctx = ctx;
	struct wheel_timer **slot = &w->slots[t->due_tick % WHEEL_SLOTS];
	t->next = *slot;
	t->at = slot;
	if (t->next) t->next->at = &t->next;
	*slot = t;
}

/* A played timer may set or unset any other one, so the list is looked at anew after each. */
static void play_slot(struct wheel *w, struct wheel_timer **slot)
{
	for (struct wheel_timer *t = *slot; t != NULL;) {
		if (t->due_tick > w->tick) {
			t = t->next;
			continue;
		}
		wheel_unset(t);
		t->fn(t->ctx);
		t = *slot;
	}
}

void wheel_turn(struct wheel *w, int64_t ms_since_start)
{
	for (int64_t until = ms_since_start / WHEEL_TICK_MS; w->tick <= until; w->tick++)
		play_slot(w, &w->slots[w->tick % WHEEL_SLOTS]);
}
