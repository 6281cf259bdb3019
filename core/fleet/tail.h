/* tail.h - follows sse_events without losing any: any program may insert, ids commit out of order, rows are
 * purged after an hour. It never writes, never marks anything delivered, and never makes a writer wait.
 *
 * Each turn reads what is above the mark, then the gaps; gaps close on evidence (a locking probe that meets
 * no transaction), and closed ones are read again for watch_ms. A row that fills a gap is late. */
#ifndef SPOTOP_FLEET_TAIL_H
#define SPOTOP_FLEET_TAIL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct buf;
struct db;
struct err;
struct tail;
struct uv_loop_s;

struct tail_event {          /* strings live until the callback returns */
	uint64_t id;
	const char *client_id, *event_type, *event_data, *created_at;
	bool is_late;
};
struct tail_opts {
	const char *from;        /* "now", "start" (the oldest that is kept), or a cursor */
	unsigned poll_ms;        /* 0: 200; under load it asks again at once */
	unsigned watch_ms;       /* 0: 120,000: how long a transaction may live */
	void (*on_event)(void *ctx, const struct tail_event *ev);
	void (*on_turn)(void *ctx);                       /* a turn is over; may be NULL */
	/* The place was purged (ids from..to are gone), or ids went back ("history changed"): then it has stopped. */
	void (*on_purged)(void *ctx, uint64_t from, uint64_t to);
	void (*on_error)(void *ctx, const struct err *e, bool has_stopped);      /* a lost link: it goes on by itself */
	void *ctx;
};
/* read: a DB_READ link that outlives the tail. False: the cursor cannot be read. */
bool tail_open(struct uv_loop_s *loop, struct db *read, const struct tail_opts *o, struct tail **out, struct err *e);
void tail_cursor(const struct tail *t, struct buf *out);      /* resumes exactly here */
struct tail_stats { uint64_t events, late; size_t open_gaps, watched_gaps; bool is_live; /* caught up */ };
struct tail_stats tail_stats(const struct tail *t);
void tail_close(struct tail *t);                              /* no callback after it; freed when the link has answered */
#endif
