/* lost.h - actions that were told as done, by a server that failed before another one had them.
 *
 * A server that replicates answers an action with the GTID of its write, and the journal keeps it. After an asynchronous
 * failover the server that takes writes then may have neither that write nor the row of the request: the action is lost,
 * it never happens unless it is issued again, and the journal says so from then on. So may a void be. */
#ifndef SPOTOP_FLEET_LOST_H
#define SPOTOP_FLEET_LOST_H
#include <stdbool.h>
#include <stddef.h>
struct db;
struct intent_list;
struct uv_loop_s;

struct lost_action {
	const char *request_id, *verb, *target;
	bool is_void; /* what is lost is that it never happens */
};
/* As sentences without their subject: of an action that was done, and of one that was voided. */
extern const char lost_text[], lost_void_text[];
/* is_known: false when this server cannot tell (it takes no writes, or did not answer): ask again later. The list is
 * gone after the call. */
typedef void (*lost_cb)(void *ctx, const struct lost_action *list, size_t n, bool is_known);
/* Of what the journal calls done on `server` (conf_describe) the lost ones, looked for over a link to where writes go. The
 * list of servers may have changed since, if one stands on both (conf_is_same_database). Of a server that no list has
 * together with the old one nothing is said: neither GTIDs nor rows tell the one that took over from a copy of it that
 * was made yesterday, for trying, in which the action never was and is not lost either. What is found is journalled; each is told by one program. path NULL: the usual journal. cb comes once, from the loop, or at
 * once when there is nothing to ask. */
void lost_find(struct db *db, const char *path, const struct intent_list *journal, const char *server, lost_cb cb, void *ctx);
/* The same, turning the loop meanwhile. */
void lost_find_wait(struct uv_loop_s *loop, struct db *db, const struct intent_list *journal, const char *server, lost_cb cb,
                    void *ctx);
#endif
