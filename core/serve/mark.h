/* mark.h - which events were delivered, noted in the table. */
#ifndef SPOTOP_SERVE_MARK_H
#define SPOTOP_SERVE_MARK_H
struct serve;
struct sub;
void mark_sent(struct sub *sub);               /* what was handed to HTTP is on the wire */
void mark_flush(struct serve *s);
void mark_forget(struct serve *s);             /* the ids are others' now */
#endif
