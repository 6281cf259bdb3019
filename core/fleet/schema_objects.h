/* schema_objects.h - what a database is made of, beside what this program makes.
 *
 * Tables are held against the structure that sql/queries/verify_structure.sql keeps (`make manifest` makes it
 * anew). Of a routine, trigger, view or event the scripts of this program say that it has to be there, and what
 * init or upgrade wrote down of it (schema_record) says whether it came from the same text and is still what
 * was made then. */
#ifndef SPOTOP_FLEET_SCHEMA_OBJECTS_H
#define SPOTOP_FLEET_SCHEMA_OBJECTS_H
#include <stdbool.h>
#include <stddef.h>
struct buf;
struct db;
struct err;

struct schema_source {
	char kind[12]; /* procedure, function, trigger, view, event */
	char name[65];
	char hash[17]; /* of the statement's text */
	size_t at;     /* where in the statement OR REPLACE ends */
};
/* Which object does this statement of a script make? False: none of these kinds. */
bool schema_source_of(const char *stmt, size_t n, struct schema_source *out);

/* JSON for schema_mark: of each such object the hash of its script and of what the database holds now. */
bool schema_record(struct db *w, struct buf *json, struct err *e);

enum schema_verdict { SCHEMA_BROKEN, SCHEMA_KEPT, SCHEMA_UNSEEN };
/* Whose is what runs there, in words. KEPT: all of it one account's, which is there; *is_locked: the account that
 * is made for it, and no login of somebody's. */
bool schema_owner(struct db *db, enum schema_verdict *v, bool *is_locked, struct buf *text, struct err *e);
typedef void (*schema_promise)(void *ctx, const char *name, enum schema_verdict v, const char *evidence);
/* promise(ctx, name, verdict, evidence) for each table, key, check, view, routine, trigger and event; and for each that is
 * there and not of the schema. */
bool schema_compare(struct db *db, schema_promise promise, void *ctx, struct err *e);
/* The same for each role: has it what it is given, and not what is taken from it? */
bool schema_check_rights(struct db *db, schema_promise promise, void *ctx, struct err *e);
#endif
