/* bytes.c - a text handed out in steps. */
#include "tests/support/bytes.h"
#include <string.h>

ssize_t bytes_give(void *bytes, char *buf, size_t n, struct err *e)
{
	struct bytes *b = bytes;
	(void)e;
	size_t left = b->n - b->at, take = left < b->step ? left : b->step;
	if (take > n) take = n;
	memcpy(buf, b->s + b->at, take);
	b->at += take;
	return (ssize_t)take;
}
