/* verify.h - does the database keep its promises, and how is it? Both run on any database: what a field
 * schema lacks is a failed check that says so, not an error. */
#ifndef SPOTOP_FLEET_VERIFY_H
#define SPOTOP_FLEET_VERIFY_H
#include <stdbool.h>
#include <stddef.h>
struct buf;
struct db;
struct err;
struct table;

/* One row a promise: name, ok (0 or 1), evidence. table_free. *n_failed may be NULL. The link should be
 * one for writing: a recount of a million instances takes longer than a read is given. */
struct table *verify_run(struct db *db, size_t *n_failed, struct err *e);
/* All that can be made again: schema_repair, the counts, partitions, rows moved out of catch-alls. What could not, and
 * why, goes to notes. */
bool verify_repair(struct db *w, struct buf *notes, struct err *e);
/* One row a fact: section (server, table, partition, event, backlog, statement, index), name, row_count,
 * bytes, value, detail. table_free. */
struct table *verify_status(struct db *db, struct err *e);
#endif
