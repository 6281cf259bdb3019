/* ahead.h - what a link says by itself before a request. Only core/db/ includes it.
 *
 * Who reads asks each second how old a replica server's data are, and sets the session's clock to it, so that ages,
 * health and alerts are of when the data are. After a write elsewhere it waits until that is here. Who writes asks
 * before each transaction whether the server may be written to: the server itself stops no login of root. A CALL needs
 * no asking, but after one that was undone: a session of a Galera node that says nothing but CALL goes on being undone,
 * long after the others have ended (MariaDB 10.11.19; seen with 2,200 in a row, and with none after any other statement). */
#ifndef SPOTOP_DB_AHEAD_H
#define SPOTOP_DB_AHEAD_H
#include "core/db/request.h"

struct ahead {
	enum db_role role;
	bool is_replica;           /* read-only, and it follows another server */
	int64_t as_of_ms;          /* what its clock says its data are of; TIME_NONE: not known */
	int64_t looked_mono_ms, looked_wall_ms;
	int64_t pinned_ms;         /* where the session's clock stands; TIME_NONE: it goes on */
	char gtid[128];            /* to be waited for; "" */
	enum { AHEAD_NOTHING, AHEAD_LOOK, AHEAD_PIN, AHEAD_WAIT, AHEAD_GUARD } said;
	bool is_guarded;           /* for the request whose turn it is */
	bool was_undone;           /* what was said last, for the sake of another session (1213) */
};
void ahead_connected(struct ahead *a, bool is_replica);     /* a new session */
/* The statement to send before r; NULL: r itself. free() it. */
char *ahead_next(struct ahead *a, const struct req *r);
/* Its answer. False with ERR_REFUSED: r must not be sent. */
bool ahead_answered(struct ahead *a, const struct table *t, const struct err *failed, struct err *e);
#endif
