/* servers.h - a look at each of the servers that the options name: who is up, in which role, how far behind, and which
 * one is used for what by whoever connects now. */
#ifndef SPOTOP_DB_SERVERS_H
#define SPOTOP_DB_SERVERS_H
#include <stddef.h>
struct db_conf;
struct servers; /* a look under way */
struct table;
struct uv_loop_s;

/* cb is called once, on the loop, when each has answered or will not (greeting-timeout); t is its own: one row a server in
 * the order in which they are tried, columns server, role, state, lag_s, used_for, version, answer_ms, message. */
struct servers *servers_look(struct uv_loop_s *loop, const struct db_conf *conf, void (*cb)(void *ctx, struct table *t),
                             void *ctx);
void servers_forget(struct servers *s); /* cb is not called any more; NULL is fine. Turn the loop afterwards */
size_t servers_n(const struct db_conf *conf);
#endif
