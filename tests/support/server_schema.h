/* server_schema.h - the schema in a private server's database spot_optimizer, as `spotop db init` makes
 * it. */
#ifndef SPOTOP_TESTS_SERVER_SCHEMA_H
#define SPOTOP_TESTS_SERVER_SCHEMA_H
#include <stdbool.h>
struct err;
struct server;
bool server_load_schema(const struct server *s, struct err *e);
#endif
