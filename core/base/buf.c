/* buf.c - growable bytes. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t room_for(struct buf *b, size_t n)
{
	if (b->max && b->len + n > b->max) {
		n = b->max > b->len ? b->max - b->len : 0;
		b->is_full = true;
	}
	if (b->len + n + 1 > b->cap) {
		size_t cap = b->cap ? b->cap : 64;
		while (cap < b->len + n + 1) cap *= 2;
		b->s = mem_grow(b->s, b->cap = cap);
	}
	return n;
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
	n = room_for(b, n);
	if (n) memcpy(b->s + b->len, bytes, n);
	b->len += n;
	b->s[b->len] = 0;
}

void buf_adds(struct buf *b, const char *s) { buf_add(b, s, strlen(s)); }
void buf_addc(struct buf *b, char c) { buf_add(b, &c, 1); }

void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n <= 0) return;
	if (b->max && b->len + (size_t)n > b->max) {
		char *all = mem_alloc((size_t)n + 1);
		vsnprintf(all, (size_t)n + 1, fmt, ap);
		buf_add(b, all, (size_t)n);
		free(all);
		return;
	}
	room_for(b, (size_t)n);
	vsnprintf(b->s + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	buf_vaddf(b, fmt, ap);
	va_end(ap);
}

void buf_cut(struct buf *b, size_t len)
{
	if (len >= b->len) return;
	b->len = len;
	b->s[len] = 0;
	b->is_full = false;
}

const char *buf_str(const struct buf *b) { return b->s ? b->s : ""; }

char *buf_detach(struct buf *b)
{
	char *s = b->s ? b->s : mem_dup("");
	b->s = NULL;
	b->len = b->cap = 0;
	return s;
}

void buf_free(struct buf *b)
{
	free(b->s);
	b->s = NULL;
	b->len = b->cap = 0;
	b->is_full = false;
}
