/* db_int.h - the link's inside; only core/db/ includes it. */
#ifndef SPOTOP_DB_INT_H
#define SPOTOP_DB_INT_H
#include "core/db/attempt.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include <mysql.h>
#include <uv.h>

struct req {
	struct req *next;
	uint64_t id;
	char *text;                   /* the client library keeps the pointer until the end */
	size_t len;
	char name[48];
	struct db_opts opts;
	db_cb cb;
	void *ctx;
	bool is_cancelled, is_sent, has_failed;
	struct err err;               /* fails without being sent (a binding error) */
};

enum db_state { S_DOWN, S_CONNECTING, S_IDLE, S_QUERY, S_RESULT, S_ROW, S_NEXT, S_KILLING, S_CLOSED };

/* A poll handle lives until its close callback; a link may already use the next one. */
struct poller { uv_poll_t handle; struct db *db; };

struct db {
	uv_loop_t *loop;
	struct db_conf conf;
	enum db_role role;
	char label[16];
	enum db_state state;
	MYSQL *my;
	struct attempt *attempt, *kill;
	struct poller *poller;
	uv_timer_t timer;             /* deadline, or time to the next try */
	uv_timer_t kick;              /* starts the next request in a later turn */
	int fd, poll_mask;
	int wait;                     /* what the client library waits for; 0: nothing under way */
	struct req *cur, *first, **last;
	uint64_t next_id;
	/* of the statement under way */
	struct table *table;
	MYSQL_RES *res;
	bool has_table, timed_out, stopped_by_caller, kill_wanted;
	int64_t started_us;
	struct err query_err;
	/* of the link */
	int64_t retry_at_ms, backoff_ms;
	struct db_status status;
	void (*on_change)(void *ctx, const struct db_status *s);
	void *change_ctx;
	void (*closed)(void *ctx);
	void *closed_ctx;
	int handles_open;
	unsigned seed;
};

void db_set_state(struct db *db, enum db_state state);
void db_lost(struct db *db, const struct err *why);           /* closes, answers, schedules the next try */
double db_read_limit_s(const struct db_opts *o); /* when the server stops a read */
void db_answer(struct db *db, struct table *rows, const struct err *e);   /* of db->cur; starts the next */
void db_kick(struct db *db);
/* db_conn.c */
void db_connect(struct db *db);
void db_kill_running(struct db *db);
/* db_run.c */
void db_run(struct db *db);                                   /* sends db->cur */
void db_io(struct db *db, int ready);                         /* the awaited happened */
void db_poll(struct db *db, int mask);
void db_poll_end(struct db *db);
struct table *db_shape(MYSQL_RES *res);                       /* columns of a result, no rows */
void db_copy_row(struct table *t, MYSQL_ROW row, const unsigned long *lengths);
#endif
