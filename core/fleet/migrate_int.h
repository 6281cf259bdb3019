/* migrate_int.h - what the parts of a migration share. */
#ifndef SPOTOP_FLEET_MIGRATE_INT_H
#define SPOTOP_FLEET_MIGRATE_INT_H
#include <stdbool.h>
#include <stddef.h>
struct arg;
struct db;
struct err;
struct query;
struct table;

enum { MIGRATE_STEP_MS = 1800000 }; /* a batch over a table without an index for it may take long */

bool migrate_call(struct db *w, const struct query *q, const struct arg *args, size_t n, struct table **t,
                  struct err *e);
bool migrate_scripts(struct db *w, struct err *e); /* sql/migrations/NN-*.sql */
#endif
