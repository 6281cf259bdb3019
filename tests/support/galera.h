/* galera.h - a Galera cluster of three nodes on loopback, as `spotop local start --galera` makes it, and what goes wrong in
 * one. Needs what `make deps-cluster` brings. Start it in an unchecked fixture. Each node is a server of server.h, to be
 * killed, frozen and stopped by that; galera_rejoin brings it back. */
#ifndef SPOTOP_TESTS_GALERA_H
#define SPOTOP_TESTS_GALERA_H
#include <stdbool.h>
#include <stddef.h>
struct server;

enum { GALERA_NODES = 3 };
struct galera {
	struct server *node[GALERA_NODES];
	char dir[64];
};
/* False, and says so once, where SPOTOP_CLUSTER is not set; where it is, a machine without what it needs is a failure. */
bool galera_is_here(void);
/* With the schema. Fails the test when it cannot. */
void galera_start(struct galera *g);
void galera_stop(struct galera *g);
void galera_rejoin(struct galera *g);                     /* all that are killed or ended; returns when they have everything */
/* A node's network: neither sees the others any more. */
void galera_isolate(const struct galera *g, int node, bool is_alone);
void galera_wait_ready(const struct galera *g, int node, bool is_ready);
void galera_wait_all(const struct galera *g);            /* until each node has what any of them has now */
void galera_wait_size(const struct galera *g, int node, int size);
/* "--host=SOCKET,SOCKET,SOCKET" from that node on, for a command line; good until the next but three calls. */
const char *galera_hosts(const struct galera *g, int first);
#endif
