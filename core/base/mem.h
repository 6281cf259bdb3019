/* mem.h - allocation. Out of memory ends the program, exit 70 (the guardian of tty.c gives the console's
 * terminal back); so no caller checks for NULL. Sizes that come from outside are
 * capped by the caller before they reach this. */
#ifndef SPOTOP_BASE_MEM_H
#define SPOTOP_BASE_MEM_H
#include <stdarg.h>
#include <stddef.h>

void *mem_alloc(size_t n);                  /* zeroed; free() */
void *mem_grow(void *p, size_t n);          /* realloc; free() */
char *mem_dup(const char *s);               /* free(); NULL gives NULL */
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* free() */

/* A bump allocator: everything in it is freed at once. Zero-initialised is empty. */
struct arena { struct arena_block *head; size_t used_total; };
void *arena_alloc(struct arena *a, size_t n);                   /* aligned to 16, zeroed */
char *arena_dup(struct arena *a, const char *s, size_t n);      /* NUL added */
char *arena_str(struct arena *a, const char *s);                /* NULL gives NULL */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void arena_free(struct arena *a);

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#endif
