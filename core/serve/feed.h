/* feed.h - from the ring and the table to the subscribers. */
#ifndef SPOTOP_SERVE_FEED_H
#define SPOTOP_SERVE_FEED_H
#include <stdint.h>
#include <sys/types.h>
struct client;
struct serve;
struct sub;
struct sub *feed_new(struct serve *s);            /* in no list yet */
/* From now on it is read to from the place it names (cursor_parse takes it), or from here on; without a client it is over. */
void feed_begin(struct sub *sub, const struct client *c, const char *last_event_id);
void feed_unsubscribe(struct sub *sub);
ssize_t feed_read(void *cls, uint64_t pos, char *bytes, size_t max);   /* what HTTP sends next */
void feed_wake(struct serve *s);                  /* events have come: those of their clients */
void feed_wake_all(struct serve *s);              /* and who waits for the table, or stands where nothing came */
void feed_stop(struct serve *s);                  /* the tail begins anew: what was read is given out, no more */
void feed_rewind(struct serve *s);                /* it has found its place: all go on from there */
void feed_set_back(struct serve *s);              /* a failover lost what was told last: all go on behind what was kept */
void feed_comments(struct serve *s);
void feed_revoke(struct serve *s);                /* ends the streams whose client or token is no longer good */
void feed_set_socket(const struct sub *sub);      /* once sub->connection is set */
#endif
