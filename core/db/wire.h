/* wire.h - one connection on the loop: the meeting point of libmariadb and libuv.
 *
 * It carries one statement at a time and tells its owner by two callbacks how it ended. It knows nothing of
 * queues, of connecting or of connecting again; that is the link (db.c). Only core/db/ includes it. */
#ifndef SPOTOP_DB_WIRE_H
#define SPOTOP_DB_WIRE_H
#include "core/base/err.h"
#include "core/db/db.h"
#include <mysql.h>
#include <uv.h>
struct wire;

/* Both may close the wire, and the first may give it the next statement. */
struct wire_ends {
	/* rows is the owner's (may be NULL on an error); the connection goes on. */
	void (*answered)(void *owner, struct table *rows, const struct err *e);
	/* No answer will come, and only wire_close is left. ERR_TIMEOUT: the deadline passed; ERR_CANCELLED: on_row
	 * stopped it; else the connection is gone. Also while it is idle. rows as above. */
	void (*lost)(void *owner, struct table *rows, const struct err *e);
};
/* my is the wire's from now on; conf stays the owner's. */
struct wire *wire_open(uv_loop_t *loop, MYSQL *my, const struct db_conf *conf, const struct wire_ends *ends,
                       void *owner);
/* text and opts stay the caller's and there until the end: the client library keeps the pointer. */
void wire_send(struct wire *w, const char *text, size_t len, const struct db_opts *opts);
/* A statement under way is not answered any more; its rows so far are freed. An idle connection says goodbye, any
 * other is shut down at once. Turn the loop afterwards: handles are closed. */
void wire_close(struct wire *w);
#endif
