/* handoff.h - work in a thread of its own whose end the loop is told: the only way from a thread to a loop.
 *
 * The loop and the thread both hold the handoff; the last of the two to let go frees it, and what the work
 * needs (`arg`) with it. So the loop may let go at any time, also while the work hangs for minutes, and the
 * thread may be the slower one at the very end, when the loop has long been told. */
#ifndef SPOTOP_BASE_HANDOFF_H
#define SPOTOP_BASE_HANDOFF_H
#include <stdbool.h>
struct handoff;
struct uv_loop_s;

struct handoff_work {
	void (*work)(void *arg);     /* in the thread, with every signal blocked */
	void (*done)(void *arg);     /* on the loop, once, in a later turn; never after handoff_drop */
	void (*release)(void *arg);  /* nobody needs arg any more; in the thread, or on the loop */
};
/* done() is called though no thread could be had: let arg say that nothing was done until work() changes it. */
struct handoff *handoff_start(struct uv_loop_s *loop, const struct handoff_work *w, void *arg);
/* The loop lets go, once: in done(), or before it is called. arg stays until a later turn, in which the handle's
 * closing ends. */
void handoff_drop(struct handoff *h);
/* False while a thread still runs, in work() or on its last lines. */
bool handoff_all_ended(void);
/* A test that defines it holds a thread between telling the loop and letting go. */
void handoff_seam(void) __attribute__((weak));
#endif
