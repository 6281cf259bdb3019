/* buf.h - growable bytes, always NUL-terminated, with an optional hard cap.
 * Past the cap nothing more is added and `is_full` is set: check it once, at the end. */
#ifndef SPOTOP_BASE_BUF_H
#define SPOTOP_BASE_BUF_H
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf { char *s; size_t len, cap, max; bool is_full; };   /* max 0: no cap */
#define BUF_EMPTY { 0 }

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *b, const char *fmt, va_list ap);
void buf_cut(struct buf *b, size_t len);    /* shorten to len bytes */
const char *buf_str(const struct buf *b);   /* never NULL */
char *buf_detach(struct buf *b);            /* the caller frees with free() */
void buf_free(struct buf *b);
#endif
