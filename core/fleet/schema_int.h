/* schema_int.h - what making the schema shares between schema.c (scripts), schema_owner.c (owner, roles) and schema_mend.c. */
#ifndef SPOTOP_FLEET_SCHEMA_INT_H
#define SPOTOP_FLEET_SCHEMA_INT_H
#include "core/fleet/schema.h"
#include <stddef.h>

struct install {
	struct db *w;
	const struct schema_options *o;
	const struct query *script;
	char database[65];
	char owner[300];   /* the clause that gives what is made to its owner; "": it is the login's own */
	int revision;      /* the database's before; steps up to it are in it */
	bool had_plain_roles; /* it was made when the roles of all databases had the same names */
	bool is_scratch;   /* no events, no owner, no roles */
	bool is_mending;   /* tables are brought back to what the scripts make */
};

/* Errors that mean "this login may not", after which the rest can still be made. */
bool schema_lacks_right(const struct err *e);

/* Lines for whoever reads the notes: a sentence, or a statement for an administrator. All of them together can be run. */
void schema_note(struct install *in, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void schema_note_statement(struct install *in, const char *stmt, size_t n);

/* Makes the account that owns what runs, and takes it if this login may give things to it. Where it may not, what
 * runs is the login's own: refused when its rights come from a role, which nothing it makes could use, and when
 * what is there belongs to the account already. */
bool schema_choose_owner(struct install *in, struct err *e);
bool schema_make_roles(struct install *in, struct err *e);
/* Columns, keys and checks that are missing or other than the scripts make them; what cannot be mended is noted. */
bool schema_mend_structure(struct install *in, struct err *e);
/* Notes how many agents no login owns: they obey nobody. */
bool schema_note_unbound(struct install *in, struct err *e);
#endif
