/* schema.h - making the database's schema, upgrading it, and knowing whether it is there.
 *
 * The scripts of sql/schema/ are embedded and run in name order. All of it can be run again: what is
 * there stays, procedures, triggers and views are made anew. What an older schema of ours lacks in its tables
 * comes by the numbered steps of sql/schema/upgrade/; the number of the last one is the revision. */
#ifndef SPOTOP_FLEET_SCHEMA_H
#define SPOTOP_FLEET_SCHEMA_H
#include <stdbool.h>
#include <stdint.h>
struct buf;
struct db;
struct err;
struct table;

#define SCHEMA_VERSION   "7.0"
#define SCHEMA_TESTED_ON "10.11 and 11.8" /* the MariaDB of Debian 12 and of Debian 13 */
int schema_revision(void);                /* that this program makes */

struct schema_options {
	struct buf *notes; /* NULL, or gets SQL for an administrator, what is worth knowing in its comments */
	bool *lacks_roles; /* NULL, or told whether there are none, or some lack rights, because this login may not give them */
	void (*step)(void *ctx, const char *name, int64_t ms); /* NULL, or told of each step that was run */
	void *ctx;
};

/* Makes the database and everything in it, or completes what an init that failed left. Refuses a server that is
 * not MariaDB 10.7 or newer, a database that holds something else (a 6.0 is moved by `db migrate`) and one of
 * another revision. Where a right is missing (roles, events, the scheduler) the rest is made all the same. The
 * session's database is then `database`. `w` may have no default database and is asked from its own loop until
 * done. o may be NULL. */
bool schema_install(struct db *w, const char *database, const struct schema_options *o, struct err *e);

/* Without roles, events and settings of the server: for a database that is soon dropped again. */
bool schema_install_scratch(struct db *w, const char *database, struct err *e);

/* Brings the session's database from an earlier revision to this program's. Killed anywhere, it can be run again;
 * at this revision already it makes the routines, triggers and views anew and changes nothing else. */
bool schema_upgrade(struct db *w, const struct schema_options *o, struct err *e);

/* Brings everything back to what this program makes: tables, columns, keys and checks, routines, triggers, views and
 * events with their owner, the roles' rights. What the data keeps out is noted. The database is at this revision. */
bool schema_repair(struct db *w, const struct schema_options *o, struct err *e);

struct schema_state {
	char database[65];
	long n_tables;
	bool is_hidden;         /* ours, by what of it this login may call, and its tables are not to be seen by it */
	bool is_ours, is_other; /* other: an older schema, or another program's tables of these names */
	char field[24];         /* of is_other: which of the field's by its tables, "" for none of them */
	bool is_whole;          /* made to its end at least once */
	int revision;
};
/* ERR_SCHEMA and what to do where no whole schema of ours is in the session's database. */
bool schema_read(struct db *db, struct schema_state *s, struct err *e);
bool schema_check(struct db *db, struct err *e);
/* ERR_SCHEMA, as schema_read says it, on a fleet in an older schema, some of whose tables have our names. Cheap. */
bool schema_not_old(struct db *db, struct err *e);
/* For who may not wait: does the answer to queries/schema_present tell of an older schema? Then *e says so. */
bool schema_says_old(const struct table *present, struct err *e);
/* Is `e` about a table, a column or a routine that is not there? Where the session's database holds no schema of
 * ours, schema_explain makes it what schema_read says; of a newer one it says so. */
bool schema_may_be_old(const struct err *e);
void schema_explain(struct db *db, struct err *e);
/* Is this revision this program's, or next to it? Further apart nothing may be written. */
bool schema_fits(int revision, struct err *e);
bool schema_may_write(struct db *db, struct err *e);

/* Is this a server that the schema can live on? version and comment as the server says them. */
bool schema_server_ok(const char *version, const char *comment, struct err *e);
#endif
