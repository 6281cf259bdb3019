/* server_schema.h - the schema in a private server's database spot_optimizer, as `spotop db init` makes
 * it. */
#ifndef SPOTOP_TESTS_SERVER_SCHEMA_H
#define SPOTOP_TESTS_SERVER_SCHEMA_H
#include <stdbool.h>
struct err;
struct server;
struct server_opts;
bool server_load_schema(const struct server *s, struct err *e);
/* server_start and server_load_schema in one. Each program of tests makes the schema once a day and copies it from then
 * on; where it is to stand in the binary log, or in another's database (SPOTOP_SERVER_OPTS), it is made each time. */
struct server *server_start_whole(const struct server_opts *o, struct err *e);
#endif
