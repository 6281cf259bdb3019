/* loop.c - see loop.h. */
#include "tests/support/loop.h"

void loop_end(uv_loop_t *loop)
{
	while (uv_loop_close(loop) == UV_EBUSY) uv_run(loop, UV_RUN_NOWAIT);
}
