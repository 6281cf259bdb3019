/* door.h - who may ask, and for what: names of this host, origins of pages, clients and their tokens. */
#ifndef SPOTOP_SERVE_DOOR_H
#define SPOTOP_SERVE_DOOR_H
#include <stdbool.h>
struct MHD_Connection;
struct MHD_Response;
struct client;
struct serve;
/* A browser that was lured to another name for our address sends that name as Host: it gets nothing. */
bool door_is_our_host(const struct serve *s, struct MHD_Connection *c);
/* The Origin that the request names when pages from there may read the answer; NULL. */
const char *door_origin(const struct serve *s, struct MHD_Connection *c);
/* The client of that id or name whose token has that SHA-256 in hex; NULL: none. Names are not unique. */
const struct client *door_client(const struct serve *s, const char *name, const char *token_hash);
/* The SHA-256 in hex of the token that came with the request; false: none came. */
bool door_token(struct MHD_Connection *c, char hash[65]);
/* Does the request ask for an event stream, as every EventSource does? */
bool door_wants_stream(struct MHD_Connection *c);
#endif
