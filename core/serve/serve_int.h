/* serve_int.h - what the files of the endpoint share: its state, a subscriber, an entry of the ring. */
#ifndef SPOTOP_SERVE_INT_H
#define SPOTOP_SERVE_INT_H
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/db/db.h"
#include "core/fleet/cursor.h"
#include "core/fleet/tail.h"
#include "core/serve/serve.h"
#include <microhttpd.h>
#include <uv.h>

enum {
	RING = 16384,
	RING_BYTES = 64 << 20,
	MAX_OUT = 64 << 10,       /* framed bytes a subscriber holds at most, and one event more */
	KEPT_OUT = 512,           /* what stays allocated of them when all are taken */
	CATCH_UP = 500,
	LOOK = 20000,             /* ids that a look for missed ones gives at most */
	COMMENT_MS = 15000,
	RETRY_MS = 2000,
	AWAY_MS = 10000,          /* who finds no place even to wait: in 10 to 20 s */
	USER_TIMEOUT_MS = 10000,  /* bytes unacknowledged that long: the reader is dead; with a comment, 25 s */
	CLIENTS_MS = 2000,
	COMPLAIN_MS = 60000, /* the same complaint is logged so often */
	METRICS_MS = 5000,
	SCRAPED_MS = 300000,      /* without a scrape that long the database is not asked for numbers */
	MARK_MS = 500,
	MARKS = 20000,            /* ids a statement, and as many kept while it fails */
	RECENT = 65536,
	BUCKETS = 1024,
};

/* A cursor as text, shared by the ring's entry and by every subscriber that stands there. */
struct place { unsigned refs; char text[]; };

/* The subscribers of one client, and of such as share its bucket by chance. */
struct bucket {
	struct sub *subs;
	uint64_t end;                /* behind its newest entry of the ring */
};

struct entry { uint64_t id; char client_id[40]; char *frame; size_t len; struct place *after; };    /* framed once for all */
struct client { char id[40]; char *name; char token_hash[65]; bool is_active; };

struct sub {
	struct sub *next, **prev;
	struct sub *next_there, **prev_there;        /* in its bucket; prev_there NULL: it is in none */
	struct bucket *bucket;
	struct serve *s;
	struct MHD_Connection *connection;
	char client_id[40], token_hash[65];
	uint64_t at;                 /* the next ring entry to look at */
	struct place *after;         /* everything up to there is in out, or taken */
	struct cursor cursor;        /* while it reads from the table: what was sent */
	struct cursor upto;          /* the tail's cursor when catching up began */
	struct place *upto_place;
	uint64_t seen;               /* the last row that the table gave */
	bool is_catching_up, must_check, must_look, is_asking, is_suspended, is_gone, is_over, is_waiting;
	bool must_rewind;            /* what it reads from is no place any more */
	bool must_set_back;          /* its place lies in what a failover lost */
	char *name, *last_id;        /* is_waiting: as they were asked for */
	struct buf out;              /* framed, not yet taken */
	size_t taken;
	uint64_t *sent; size_t n_sent, cap_sent;     /* handed to HTTP; marked when it asks for more */
	int64_t last_ms;
};

struct serve {
	uv_loop_t *loop;
	struct db *read, *write;
	struct serve_opts o;
	char host[64];
	struct MHD_Daemon *daemon;
	uv_poll_t poll;
	uv_timer_t http_timer, second;
	struct tail *tail;
	bool has_stopped, is_placed;
	bool must_begin_anew, is_rewinding;   /* the ids went back; the tail looks for its place among them */
	uint64_t lost_from, lost_to; /* ids that failovers lost after they had been told; 0: none */
	struct cursor kept;          /* behind the last event before them: its mark and sign alone */
	bool must_look, is_looking;  /* whether the schema is ours */
	char why[512], complaint[512];               /* complaint: the last one in the log */
	int64_t complained_ms, failing_since_ms;     /* since when no event is read; 0: they are */
	struct entry ring[RING];
	uint64_t first, head;        /* entries first..head-1 are there */
	size_t ring_bytes;
	struct bucket buckets[BUCKETS];
	struct bucket *news[BUCKETS]; size_t n_news; /* that have entries since the last wake */
	uint64_t woken;                              /* the head then */
	struct sub *subs, *waiting;  /* waiting: the first to come is the first */
	unsigned n_subs, n_waiting;
	struct client *clients; size_t n_clients;
	bool has_clients;            /* they have been read once */
	bool asking_clients, asking_metrics, asking_mark, is_closing;
	int64_t next_clients_ms, next_metrics_ms, next_mark_ms, scraped_ms;
	uint64_t *marks; size_t n_marks;             /* ids to note as delivered */
	size_t n_marking;                            /* of them, in the statement under way */
	uint64_t recent[RECENT];                     /* ids noted of late, by id % RECENT */
	double tokens; int64_t tokens_ms;            /* new streams that may still be opened now */
	struct buf db_metrics;
	uint64_t n_sent, n_refused, n_reaped, n_caught_up, n_reset;
	double lag_ms;               /* of the newest event: from its statement to the ring, by the server's clock */
};

#endif
