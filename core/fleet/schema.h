/* schema.h - making the database's schema, and knowing whether it is there.
 *
 * The scripts of sql/schema/ are embedded and run in name order. All of it can be run again: what is
 * there stays, procedures, triggers and views are made anew. */
#ifndef SPOTOP_FLEET_SCHEMA_H
#define SPOTOP_FLEET_SCHEMA_H
#include <stdbool.h>
struct buf;
struct db;
struct err;

#define SCHEMA_VERSION "7.0"

/* Makes the database and everything in it. Refuses a server that is not MariaDB 10.7 or newer, and a
 * database that holds something else (a 6.0 is moved by `db migrate`). Where a right is missing
 * (roles, events, the scheduler) the rest is made all the same, and *notes (may be NULL) gets lines:
 * a sentence, or a statement for an administrator ending in ';'. The session's database is then
 * `database`. `w` may have no default database and is asked from its own loop until done. */
bool schema_install_noting(struct db *w, const char *database, struct buf *notes, struct err *e);
bool schema_install(struct db *w, const char *database, struct err *e);

/* Without roles, events and settings of the server: for a database that is soon dropped again. */
bool schema_install_scratch(struct db *w, const char *database, struct err *e);

/* Is the schema of this program in the session's database? ERR_SCHEMA and what to do when not. */
bool schema_check(struct db *db, struct err *e);

/* Is this a server that the schema can live on? version and comment as the server says them. */
bool schema_server_ok(const char *version, const char *comment, struct err *e);
#endif
