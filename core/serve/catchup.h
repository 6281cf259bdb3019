/* catchup.h - reading on from the table, for a subscriber that is behind the ring. */
#ifndef SPOTOP_SERVE_CATCHUP_H
#define SPOTOP_SERVE_CATCHUP_H
struct sub;
void catch_up_begin(struct sub *sub);
void catch_up_go_on(struct sub *sub);
#endif
