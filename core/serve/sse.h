/* sse.h - framing of the WHATWG event stream, pure. Nothing in a payload can end a line or forge a field:
 * CR, LF and NUL are taken out of id and type, and data is split into one "data:" a line. */
#ifndef SPOTOP_SERVE_SSE_H
#define SPOTOP_SERVE_SSE_H
#include <stddef.h>
struct buf;
void sse_event(struct buf *out, const char *id, const char *type, const char *data);
void sse_comment(struct buf *out, const char *text);
void sse_place(struct buf *out, const char *id);     /* no event: only where the reader stands */
void sse_retry(struct buf *out, unsigned ms);
#endif
