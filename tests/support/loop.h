/* loop.h - the end of a test's own loop. */
#ifndef SPOTOP_TESTS_LOOP_H
#define SPOTOP_TESTS_LOOP_H
#include <uv.h>

/* Turns the loop until all that was closed on it is gone, and closes it. */
void loop_end(uv_loop_t *loop);
#endif
