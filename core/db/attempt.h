/* attempt.h - a connection being made: DNS, TCP, TLS, login and the session's settings, all of which may block
 * for as long as a server likes, in a thread of its own. Only core/db/ includes it. */
#ifndef SPOTOP_DB_ATTEMPT_H
#define SPOTOP_DB_ATTEMPT_H
#include "core/base/err.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include <mysql.h>
#include <uv.h>

struct attempt {
	struct handoff *handoff;
	void (*done)(void *owner, struct attempt *a);
	void *owner;
	struct db_conf conf;
	/* A session that stays: its settings, then who it is. Or one that only stops a statement: who runs it, and the
	 * kill if that is `session`. */
	char *settings_sql, *clock_sql, *hello_sql, *probe_sql, *touch_sql, *sync_sql, *no_sync_sql,
	        *session_of_sql, *kill_sql; /* clock_sql: NULL where time goes on */
	enum db_role role;
	/* what came of it */
	MYSQL *my; /* NULL on error; who takes it sets NULL here */
	struct err err;
	double server_time;
	int64_t asked_wall_ms, answered_wall_ms;
	char version[64];
	unsigned long thread_id;
	bool is_read_only, is_following; /* the server, another one */
	bool is_sysdate_now;             /* a session's clock is the server's: nothing is written there */
	char wsrep_ready[8];             /* of a Galera cluster; "": of none */
	bool is_elsewhere;               /* the server's init_connect went to another database */
	char session[512]; /* the server and the client's address there: no other session has it */
};

/* cb(owner, a) is called on the loop, once, unless the attempt is dropped before. */
struct attempt *attempt_connect(uv_loop_t *loop, const struct db_conf *conf, enum db_role role,
                                void (*cb)(void *owner, struct attempt *a), void *owner);
/* Stops what a thread runs, if it is that session: behind one address there may be several servers, so it is looked
 * for on a few connections. */
struct attempt *attempt_kill(uv_loop_t *loop, const struct db_conf *conf, unsigned long thread,
                             const char *session, void (*cb)(void *owner, struct attempt *a), void *owner);
void attempt_drop(struct attempt *a); /* once; its connection is closed unless somebody took it */
/* What the library says about this connection, as one of our kinds and for a person. Is false. */
bool db_is_login_refused(
        const struct err *e); /* wrong name or password, no right, an expired password, a locked account */
#define DB_APPLIES_NOTHING                                                                                   \
	"is a node that does not apply what the others write: nobody reads or writes there; if that stays, " \
	"kill -9 its server and start it anew"
/* It has not done it, and never will: behind a name or a proxy the next connection may reach another server. */
bool db_is_read_only(const struct err *e);
bool db_is_cut_off(const struct err *e);        /* a node that lost its cluster: it does nothing for anybody */
bool db_error_of(MYSQL *my, const struct db_conf *conf, struct err *e);
#endif
