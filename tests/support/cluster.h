/* cluster.h - a primary server and its replica server (GTID, row based), both private and on loopback, and what goes
 * wrong between them. Start it in an unchecked fixture; a test may stop, freeze and restart either by server.h. */
#ifndef SPOTOP_TESTS_CLUSTER_H
#define SPOTOP_TESTS_CLUSTER_H
#include <stdbool.h>
#include <stddef.h>
struct err;
struct server;

struct cluster {
	struct server *primary, *replica;
};
/* With the schema, which came to the replica server over replication. Fails the test when it cannot. */
void cluster_start(struct cluster *c);
void cluster_stop(struct cluster *c);
/* Roles: whoever follows is read-only. cluster_promote: the replica server takes writes and follows nobody;
 * cluster_demote: `s` follows `of` from where it stands. */
void cluster_promote(struct server *s);
void cluster_demote(struct server *s, const struct server *of);
void cluster_stop_applying(struct server *s);             /* its SQL thread: what arrives waits in the relay log */
void cluster_start_applying(struct server *s);
void cluster_catch_up(const struct cluster *c);           /* waits until the replica server has all of the primary's */
/* One statement as root, which must succeed; cluster_ask: its first cell, "" for NULL. */
void cluster_do(const struct server *s, const char *sql, ...) __attribute__((format(printf, 2, 3)));
const char *cluster_ask(const struct server *s, const char *sql, ...) __attribute__((format(printf, 2, 3)));
#endif
