/* ring.h - the newest events, for all who keep up with them. */
#ifndef SPOTOP_SERVE_RING_H
#define SPOTOP_SERVE_RING_H
#include <stddef.h>
struct bucket;
struct place;
struct serve;
struct tail_event;
/* A place is held by the entry behind which it lies and by every subscriber that stands there. */
struct place *place_new(const char *text, size_t n);
struct place *place_hold(struct place *p);
void place_drop(struct place *p);
void ring_event(void *ctx, const struct tail_event *ev);   /* the tail's on_event */
struct bucket *ring_bucket(struct serve *s, const char *client_id);
void ring_clear(struct serve *s);                          /* who stands in it has to be given another place */
void ring_free(struct serve *s);                             /* its entries */
#endif
