/* bytes.h - a text handed out `step` bytes at a time, so that every boundary falls somewhere. */
#ifndef SPOTOP_TESTS_BYTES_H
#define SPOTOP_TESTS_BYTES_H
#include "core/base/err.h"
#include <sys/types.h>

struct bytes {
	const char *s;
	size_t n, at, step;
};
ssize_t bytes_give(void *bytes, char *buf, size_t n, struct err *e); /* a price_bytes */

#endif
