/* sub.h - one subscriber: what is framed for it, and its end. */
#ifndef SPOTOP_SERVE_SUB_H
#define SPOTOP_SERVE_SUB_H
#include <stddef.h>
#include <stdint.h>
struct sub;
void sub_put(struct sub *sub, uint64_t id, const char *frame, size_t n);
void sub_resume(struct sub *sub);             /* HTTP may ask again */
void sub_free(struct sub *sub);
#endif
