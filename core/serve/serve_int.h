/* serve_int.h - the endpoint's inside: the ring and subscribers (feed.c), HTTP (http.c), numbers (metrics.c). */
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

enum { RING = 16384, CATCH_UP = 500, COMMENT_MS = 15000, CLIENTS_MS = 2000, METRICS_MS = 5000, MARK_MS = 500 };

struct entry { uint64_t id; char client_id[40]; char type[32]; char *data; char *cursor; };
struct client { char id[40]; char *name; char token_hash[65]; };

struct sub {
	struct sub *next, **prev;
	struct serve *s;
	struct MHD_Connection *connection;
	char client_id[40];
	uint64_t place;              /* the next ring entry to look at */
	struct cursor cursor;        /* what was sent, while it reads from the table */
	struct cursor upto;          /* the tail's cursor when catching up began */
	bool is_catching_up, is_asking, is_suspended, is_gone;
	struct buf out;              /* framed, not yet taken */
	size_t taken;
	uint64_t *sent; size_t n_sent, cap_sent;     /* handed to HTTP; marked when it asks for more */
	int64_t last_ms;
};

struct serve {
	uv_loop_t *loop;
	struct db *read, *write;
	struct serve_opts o;
	char host[64], host_name[256];
	struct MHD_Daemon *daemon;
	uv_poll_t poll;
	uv_timer_t http_timer, second;
	struct tail *tail;
	bool has_stopped;
	char why[512];
	struct entry ring[RING];
	uint64_t head;               /* entries ever put in */
	struct sub *subs;
	unsigned n_subs;
	struct client *clients; size_t n_clients;
	bool asking_clients, asking_metrics, asking_mark, is_closing;
	int64_t next_clients_ms, next_metrics_ms, next_mark_ms;
	struct buf marks;            /* "[1,2,3" ids to mark delivered */
	struct buf db_metrics;
	uint64_t n_sent, n_refused;
};

/* feed.c */
void feed_event(void *ctx, const struct tail_event *ev);
void feed_wake(struct serve *s);
struct sub *feed_subscribe(struct serve *s, const struct client *c, const char *last_event_id, struct err *e);
void feed_unsubscribe(struct sub *sub);
ssize_t feed_read(void *cls, uint64_t pos, char *bytes, size_t max);
void feed_comments(struct serve *s);
void feed_mark(struct serve *s);
/* metrics.c */
void metrics_refresh(struct serve *s);
void metrics_text(struct serve *s, struct buf *out);
/* http.c */
bool http_open(struct serve *s, struct err *e);
void http_close(struct serve *s);
void http_run(struct serve *s);
#endif
