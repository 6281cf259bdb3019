/* mem.c - allocation that succeeds or ends the program; arenas. */
#include "core/base/mem.h"
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef ARENA_BLOCK
#define ARENA_BLOCK 4000
#endif
struct arena_block {
	struct arena_block *next;
	size_t used, cap;
	alignas(16) char data[];
};

static void die(void)
{
	static const char text[] = "spotop: out of memory\n";
	ssize_t n = write(STDERR_FILENO, text, sizeof text - 1);
	(void)n;
	_exit(70);
}

void *mem_alloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);
	if (!p) die();
	return p;
}

void *mem_grow(void *p, size_t n)
{
	void *q = realloc(p, n ? n : 1);
	if (!q) die();
	return q;
}

char *mem_dup(const char *s)
{
	if (!s) return NULL;
	size_t n = strlen(s) + 1;
	return memcpy(mem_alloc(n), s, n);
}

static char *printf_to(void *(*alloc)(void *, size_t), void *ctx, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	char *s = alloc(ctx, (size_t)(n < 0 ? 0 : n) + 1);
	if (n >= 0) vsnprintf(s, (size_t)n + 1, fmt, ap);
	return s;
}

static void *alloc_plain(void *ctx, size_t n)
{
	(void)ctx;
	return mem_alloc(n);
}
static void *alloc_arena(void *ctx, size_t n) { return arena_alloc(ctx, n); }

char *mem_printf(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *s = printf_to(alloc_plain, NULL, fmt, ap);
	va_end(ap);
	return s;
}

void *arena_alloc(struct arena *a, size_t n)
{
	n = (n + 15) & ~(size_t)15;
	struct arena_block *b = a->head;
	if (!b || b->cap - b->used < n) {
		/* Blocks double, so that a result of a million cells is not a million blocks. */
		size_t cap = b ? b->cap * 2 : ARENA_BLOCK;
		if (cap > (size_t)1 << 20) cap = (size_t)1 << 20;
		if (cap < n) cap = n;
		struct arena_block *fresh = mem_alloc(sizeof *fresh + cap);
		fresh->cap = cap;
		fresh->next = b;
		a->head = b = fresh;
	}
	void *p = b->data + b->used;
	b->used += n;
	a->used_total += n;
	return p;
}

char *arena_dup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);
	if (n) memcpy(p, s, n);
	p[n] = 0;
	return p;
}

char *arena_str(struct arena *a, const char *s) { return s ? arena_dup(a, s, strlen(s)) : NULL; }

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *s = printf_to(alloc_arena, a, fmt, ap);
	va_end(ap);
	return s;
}

void arena_free(struct arena *a)
{
	for (struct arena_block *b = a->head; b;) {
		struct arena_block *next = b->next;
		free(b);
		b = next;
	}
	*a = (struct arena){ 0 };
}
