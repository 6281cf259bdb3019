/* sub.h - one subscriber: what is framed for it, and its end. */
#ifndef SPOTOP_SERVE_SUB_H
#define SPOTOP_SERVE_SUB_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct sub;
void sub_put(struct sub *sub, uint64_t id, const char *frame, size_t n);
void sub_resume(struct sub *sub);             /* HTTP may ask again */
/* The table's ids began anew: what it held is no place any more. It goes on from where the tail is, and is told so; what was
 * framed for it before still comes. */
void sub_rewind(struct sub *sub);
void sub_forget_place(struct sub *sub);       /* it is to be given another */
bool sub_is_beyond(const struct sub *sub, uint64_t id);      /* does its place lie among ids that a failover lost? */
void sub_free(struct sub *sub);
#endif
