/* tail.h - follows an auto-increment table (sse_events, system_events) without losing a row: any program may
 * insert, ids commit out of order, rows are purged after an hour. It never writes, never marks anything
 * delivered, and never makes a writer wait: it takes no lock.
 *
 * Each turn reads what is above the mark, then the gaps. A gap closes on evidence, never by a timer: a
 * statement that sees what is not yet committed (READ UNCOMMITTED) finds no row in it. Closed gaps are read
 * again for watch_ms, and at least once after that. A row that fills a gap is late. On a replica server, and on a node of
 * a cluster, that is no evidence: there a gap stays open for 15 minutes, longer than a transaction where the writers are may live, and ids that
 * are below the mark are waited for. */
#ifndef SPOTOP_FLEET_TAIL_H
#define SPOTOP_FLEET_TAIL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct buf;
struct cursor;
struct db;
struct err;
struct query;
struct table;
struct tail;
struct uv_loop_s;

/* What is followed. fresh (:after, :batch), newest (the same, the last batch of them; only for may_skip) and
 * gaps (:gaps, :batch) give rows in order of id, their number in the column id_col after id_skip letters;
 * probe (:gaps), bounds (:window) and history (:mark, :anchor) see tail_probe.sql and its kin. */
struct tail_source {
	const struct query *fresh, *newest, *gaps, *probe, *bounds, *history;
	const char *id_col; unsigned id_skip;
	bool is_constant;        /* a row that is read again tells the same, until it is purged */
};
struct tail_event {          /* strings live until the callback returns; NULL where the source has no such column */
	uint64_t id;
	const char *client_id, *event_type, *event_data, *created_at;
	bool is_late;
	const struct table *rows; size_t row;     /* all columns */
};
struct tail_opts {
	const struct tail_source *source;         /* NULL: sse_events as it is */
	const char *from;        /* "now", "start" (the oldest that is kept), or a cursor */
	unsigned poll_ms;        /* 0: 200; the pause while nothing happens; 15 ms where events come, none where a batch was full */
	unsigned watch_ms;       /* 0: 120,000: how long a transaction may live */
	unsigned batch;          /* 0: 2,000 rows a question; it asks for fewer while rows are large */
	bool may_skip;           /* for eyes: more than a batch behind, it goes on from the newest and says so */
	void (*on_event)(void *ctx, const struct tail_event *ev);
	void (*on_turn)(void *ctx);                       /* a turn is over; may be NULL */
	void (*on_skipped)(void *ctx, uint64_t from, uint64_t to);    /* ids from..to were left out; may be NULL */
	/* The place was purged (ids from..to are gone), or ids went back ("history changed"): then it has stopped. */
	void (*on_purged)(void *ctx, uint64_t from, uint64_t to);
	/* A failover lost events that were told, ids from..to, and kept earlier ones: it stands behind the last of those
	 * (tail_place) and goes on; what comes may have ids that were told before. NULL: it stops, as above. */
	void (*on_lost)(void *ctx, uint64_t from, uint64_t to);
	void (*on_error)(void *ctx, const struct err *e, bool has_stopped);      /* a lost link: it goes on by itself */
	void *ctx;
};
/* read: a DB_READ link that outlives the tail. False: the cursor cannot be read. */
bool tail_open(struct uv_loop_s *loop, struct db *read, const struct tail_opts *o, struct tail **out, struct err *e);
void tail_cursor(const struct tail *t, struct buf *out);      /* resumes exactly here */
void tail_cursor_short(const struct tail *t, struct buf *out);    /* fits a request's header; see cursor.h */
const struct cursor *tail_place(const struct tail *t);        /* the same; good until the next turn */
/* Nobody has read ids lo..hi below the mark, and they are not in the table: a row that comes there after all is
 * delivered, late. True: some of them are news to the tail. */
bool tail_watch(struct tail *t, uint64_t lo, uint64_t hi);
/* What the i-th row is, whichever server gives it: of its first five columns, which are those of tail_new.sql. Never 0. */
uint64_t tail_sign(const struct table *rows, size_t i);
uint64_t tail_high(const struct tail *t);                     /* the highest id it has seen */
struct tail_stats {
	uint64_t events, late, skipped;
	size_t open_gaps, watched_gaps;
	int64_t oldest_gap_ms;   /* how long the oldest open gap has been open; 0: none */
	double turn_ms;          /* the last turn: from its first question to its last answer */
	bool is_live;            /* caught up */
};
struct tail_stats tail_stats(const struct tail *t);
void tail_close(struct tail *t);                              /* no callback after it; freed when the link has answered */
#endif
