/* tls_peer.h - why a server's certificate was refused, in words: which name was expected and which were found, who
 * signed it, until when it holds. The client library says only that it was. */
#ifndef SPOTOP_DB_TLS_PEER_H
#define SPOTOP_DB_TLS_PEER_H
#include <stdbool.h>
#include <stddef.h>
struct db_conf;

/* Asks the server for its certificate on a connection of its own, without logging in, and looks at it as the
 * library did. False: nothing is known (no answer, no TLS), or nothing is wrong with it. Blocks, timeout_s at most
 * for each step. */
bool tls_peer_fault(const struct db_conf *c, unsigned timeout_s, char *out, size_t n);
#endif
