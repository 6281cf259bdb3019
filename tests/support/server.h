/* server.h - a private mariadbd for tests: data, socket, log and keys in a folder of its own under /tmp,
 * gone after server_stop. Start it once per TCase in an unchecked fixture: Check forks each test, and the
 * server's state lies in shared memory, so a test may kill, pause and restart it and the fixture still
 * knows which process to stop. Functions give false or NULL with a sentence in *e.
 *
 * SPOTOP_SERVER_OPTS in the environment holds options for every server that a test starts, parted by spaces;
 * the schema then goes into a database that was made before it and has that server's defaults:
 *   SPOTOP_SERVER_OPTS='--character-set-server=utf8mb4 --collation-server=utf8mb4_uca1400_ai_ci' make it */
#ifndef SPOTOP_TESTS_SERVER_H
#define SPOTOP_TESTS_SERVER_H
#include "core/base/err.h"
#include "core/db/conf.h"
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
struct server;

struct server_opts {
	bool tcp; /* listens on 127.0.0.1 too, on a free port */
	bool tls; /* with a throw-away certificate for localhost and 127.0.0.1 (server_ca) */
	unsigned
	        server_id; /* not 0: it keeps a binary log by GTID, so that it may have replica servers and be one */
	const char *extra, *extra2; /* more server options, or NULL */
};
/* Returns when it answers. o may be NULL: socket only. */
struct server *server_start(const struct server_opts *o, struct err *e);
/* On a copy of that folder of data, which a server that ended cleanly left. */
struct server *server_start_on(const char *from, const struct server_opts *o, struct err *e);
void server_stop(struct server *s);  /* the process and its folder; NULL is fine */
void server_kill(struct server *s);  /* SIGKILL; the data stay */
void server_pause(struct server *s); /* SIGSTOP */
void server_resume(struct server *s);
bool server_restart(struct server *s, struct err *e); /* on the same data, after server_kill too */
void server_end(struct server *s);                    /* cleanly; the data stay */
bool server_template(char *out, size_t n,
                     struct err *e); /* a folder of data as they are when made, to be copied */
/* One that somebody else starts and starts again (server_again), to be killed, paused and asked like ours. */
struct server *server_adopt(const char *dir, const char *socket, pid_t pid);
void server_again(struct server *s, pid_t pid);

const char *server_dir(const struct server *s);
const char *server_socket(const struct server *s);
const char *server_ca(const struct server *s); /* "" without tls */
unsigned server_port(const struct server *s);  /* 0 without tcp */
pid_t server_pid(const struct server *s);
/* root over the socket, no default database. Initialises *c; free it with conf_free. */
void server_conf(const struct server *s, struct db_conf *c);
/* One statement, waiting, on a connection of its own. value (may be NULL) gets the first cell or "". */
bool server_sql(const struct server *s, const char *sql, char *value, size_t n, struct err *e);
/* Tables of spot_optimizer ("agents WRITE, ...") that nobody else gets until they are let go; NULL: failed. */
void *server_hold(const struct server *s, const char *tables);
void server_let_go(void *held);
#endif
