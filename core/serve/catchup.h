/* catchup.h - reading on from the table, for a subscriber that is behind the ring. */
#ifndef SPOTOP_SERVE_CATCHUP_H
#define SPOTOP_SERVE_CATCHUP_H
struct sub;
void catch_up_begin(struct sub *sub);
/* A failover lost what was told last: it goes on behind what was kept, and is told the range if it may have had some of it;
 * catch_up_go_on asks. */
void catch_up_set_back(struct sub *sub);
void catch_up_go_on(struct sub *sub);
#endif
