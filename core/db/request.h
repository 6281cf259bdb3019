/* request.h - one statement that was asked for, from its text to its answer, and those that wait for their turn. Only core/db/ includes it. */
#ifndef SPOTOP_DB_REQUEST_H
#define SPOTOP_DB_REQUEST_H
#include "core/db/db.h"

struct req {
	struct req *next;
	uint64_t id;
	char *text;
	size_t len;
	char name[48];
	struct db_opts opts;         /* deadline and rows filled in */
	db_cb cb;
	void *ctx;
	bool is_cancelled, is_sent, has_failed;
	struct err err;              /* has_failed: fails with it without being sent */
};
struct req *req_of_query(const struct query *q, const struct arg *args, size_t n_args);
struct req *req_of_text(const char *name, const char *text, size_t len);
void req_aim(struct req *r, enum db_role role, const struct db_opts *opts, db_cb cb, void *ctx);
double req_read_limit_s(const struct req *r);   /* when the server stops it, if it is a read */
/* Fails without being sent, once it is its turn. */
void req_cancel(struct req *r);
/* Its one answer; rows go to who asked, on an error to nobody. The request is gone. */
void req_answer(struct req *r, struct table *rows, const struct err *e);

/* Those that wait, in the order they were asked for; all zero is an empty one. */
struct req_queue {
	struct req *first, *last;
};
void queue_put(struct req_queue *q, struct req *r);
struct req *queue_take(struct req_queue *q);    /* NULL: none waits */
struct req *queue_find(const struct req_queue *q, uint64_t id);
unsigned queue_length(const struct req_queue *q);
/* All fail with the same reason, or their own; none of them was sent. What is asked for meanwhile waits. */
void queue_fail(struct req_queue *q, const struct err *why);
#endif
