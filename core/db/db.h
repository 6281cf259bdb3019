/* db.h - a link to the database on a libuv loop.
 *
 * Shape (each rule learned from a failure): connect, DNS and TLS handshake run in a thread of their own,
 * detached, with signals blocked, since a server may never answer; then the socket is set O_NONBLOCK and queries run on the loop. Every operation has
 * a deadline of our own. One statement at a time; requests queue. Each request is answered EXACTLY
 * ONCE, never from inside db_submit. A lost link reconnects for ever with jittered back-off, 0.25 s
 * doubling to 15 s; reads that were not answered fail with ERR_DB_DOWN or ERR_TIMEOUT and the caller
 * asks again when it wants; a write whose answer was lost fails with ERR_UNKNOWN and is never resent.
 * Refused logins (a wrong password, an expired one, a locked account, no right to the database) do not retry faster than every 15 s.
 * The session is set at each connect: time, character set, isolation, limits, and every variable that an answer
 * or a write relies on (sql/parts/session.sql); a server's settings never change one.
 * Of several servers (conf_n_servers) each is tried in turn; one that is frozen is left after greeting-timeout. A link
 * that writes stays on none that is read-only, and looks before each transaction that it has not become so. One that
 * reads from a replica server tells time as of the data there (ahead.h).
 * No other code calls the client library. */
#ifndef SPOTOP_DB_DB_H
#define SPOTOP_DB_DB_H
#include "core/base/err.h"
#include "core/db/query.h"
#include "core/db/table.h"
#include <stdint.h>
struct db;
struct db_conf;
struct uv_loop_s;

enum db_role { DB_READ, DB_WRITE }; /* DB_READ: session is READ ONLY, and the server stops a read before its deadline */
enum { DB_READ_MS = 5000, DB_WRITE_MS = 30000 }; /* deadlines where none is asked for */
enum db_phase { DB_CONNECTING, DB_UP, DB_DOWN, DB_CLOSED };
struct db_status {
	enum db_phase phase;
	char server[64];           /* "10.11.19-MariaDB" */
	char host[256];            /* conf_describe of the server in use, or of the one that is tried */
	char where[256];           /* that server alone: "db2:3306", or its socket */
	bool is_replica;           /* it is read-only and follows another server */
	bool is_node;              /* of a Galera cluster: others take writes too */
	bool serves_rows;          /* LOAD DATA LOCAL reads what its request brings */
	int64_t lag_ms;            /* is_replica: how old its data are; -1: not known */
	char last_error[512];      /* why it is down, or the last refusal; "" */
	enum err_code last_code;
	int64_t retry_in_ms;       /* DB_DOWN: until the next try */
	int64_t down_since_mono_ms;
	int64_t up_since_mono_ms;
	unsigned n_connects;       /* grows with each session: a transaction ends when it changes */
	unsigned queued;
	double last_rtt_ms;        /* of the last answered statement */
	int64_t clock_skew_ms;     /* server's clock minus ours, at connect; of a replica server the time of its data minus ours */
	bool is_tls;
	unsigned long thread_id;
};
/* A request. Zero is a plain read. */
struct db_opts {
	unsigned deadline_ms;      /* 0: DB_READ_MS or DB_WRITE_MS; with on_row: of silence */
	unsigned limit_ms;         /* the server ends the statement, undone, after that; 0: a write has none */
	size_t max_rows;           /* 0: 5,000; more rows are cut and is_cut set */
	bool is_write;             /* a lost answer is ERR_UNKNOWN; never resent */
	unsigned session;          /* not 0: fail with ERR_DB_DOWN unless n_connects is this (transactions) */
	/* Not NULL: rows go here one by one and are not kept (exports). Return false to stop. */
	bool (*on_row)(void *ctx, const struct table *shape, const struct cell *cells);
	void *ctx;                 /* on_row's */
	/* What LOAD DATA LOCAL INFILE 'local_name' reads, the asker's until the answer, on a link whose db_conf serves rows.
	 * No other name is read, and no file ever. */
	const char *local_name, *local;
	size_t local_len;
};
/* rows is yours (table_free) and NULL on error; e is NULL on success. */
typedef void (*db_cb)(void *ctx, struct table *rows, const struct err *e);

struct db *db_open(struct uv_loop_s *loop, const struct db_conf *conf, enum db_role role, const char *label);
/* Queued requests answer ERR_CANCELLED; then closed(ctx) and the memory is gone. */
void db_close(struct db *db, void (*closed)(void *ctx), void *ctx);
uint64_t db_submit(struct db *db, const struct query *q, const struct arg *args, size_t n_args,
                   const struct db_opts *opts, db_cb cb, void *ctx);    /* an id, never 0 */
/* The same for composed text (a view with filter and order); text is copied. */
uint64_t db_submit_text(struct db *db, const char *name, const char *text, size_t len, const struct db_opts *opts,
                        db_cb cb, void *ctx);
/* cb still runs, with ERR_CANCELLED. A running statement is stopped by KILL QUERY from a side link. */
void db_cancel(struct db *db, uint64_t id);
struct db_status db_status(const struct db *db);
void db_on_change(struct db *db, void (*cb)(void *ctx, const struct db_status *s), void *ctx);
/* What that transaction wrote (@@last_gtid of who wrote it) is waited for before the next read, if that is on a replica
 * server, for three seconds at most. */
void db_read_after(struct db *db, const char *gtid);
void db_retry_now(struct db *db);
/* Between requests: another server of several, or a new session of the one. */
void db_leave(struct db *db);
struct uv_loop_s *db_loop(const struct db *db);

/* For processes with nothing else to do (headless commands, jobs, import): turns the loop until the
 * request is answered. On success *rows may be NULL if rows was NULL. Waits for the first connection
 * and fails at once (ERR_DB_DOWN) when connecting fails. */
bool db_call(struct db *db, const struct query *q, const struct arg *args, size_t n_args, const struct db_opts *opts,
             struct table **rows, struct err *e);
bool db_call_text(struct db *db, const char *text, size_t len, const struct db_opts *opts, struct table **rows,
                  struct err *e);
/* Whether the server undid it for another transaction's sake: a deadlock, a lock waited for too long, or a row that
 * changed after this transaction first looked (innodb_snapshot_isolation). The whole of it may be done again. */
bool db_lost_to_another(const struct err *e);
/* Whether the server took a trigger for faulty that is not (sql/schema/85-jobs.sql, triggers_renew): it refused the whole
 * statement, and will refuse the next, until the table is opened anew. A session that was refused so may be told later that a
 * routine is not there which is. name, of 65: the trigger's, "" when it was not told. */
bool db_broke_trigger(const struct err *e, char *name);
/* Nobody is there now and somebody may be: unreachable, starting or ending, full. Not a login that is refused, no
 * database of that name, no TLS where it is wanted: those are for a person to mend. */
bool db_is_away(const struct err *e);
/* Runs a script (script_each) statement by statement. */
bool db_call_script(struct db *db, const struct query *script, struct err *e);
void db_close_wait(struct db *db);           /* db_close and turn the loop until it is closed */
/* Once at the end of main, after the loop is closed. False while a thread still waits for a server that
 * does not answer: leave by _exit then. */
bool db_library_end(void);
const char *db_library_version(void);        /* of the client library: "3.3.17" */
#endif
