/* serve.h - the event endpoint: Server-Sent Events for each client, metrics, a health check.
 *
 *   GET /events/CLIENT   (id or name) the WHATWG event stream: id is a cursor (cursor.h) that resumes exactly
 *                        after a cut at any byte (Last-Event-ID), event the type, data the JSON
 *                        on one line; "retry", a comment every 15 s, an event "reset" when the place was
 *                        purged ({"reason":"purged","oldest":ID}: what is kept follows) or is none of this
 *                        history ({"reason":"history changed"}: the table was emptied or an older copy put in its
 *                        place; streams that are open are told so too, and go on from there). Where a failover kept the
 *                        beginning, the ids of what was told and is gone are named ("lost":{"from":3,"to":12}), and what
 *                        comes after what was kept follows, once, with ids that may be told a second time. 401 without the client's token (Authorization: Bearer, or ?token= for
 *                        EventSource, which cannot send headers), 204 for a client that is closed (do not come
 *                        again), 400 for a cursor that is none. A stream ends when its token is changed or its
 *                        client closed.
 *   GET /metrics         Prometheus text
 *   GET /healthz         200 "ok", or 503 with the reason when nothing can be read
 *
 * HEAD as GET without the body; else 405, 404. 421 for a Host that is none of: localhost, the address that the
 * connection came in on, --listen's, a --host-name. No Host (HTTP/1.0) is fine: browsers send one always.
 *
 * Without a database, before the first look, over a limit: an EventSource ends for good on any answer but 200, so who
 * asks for an event stream (Accept names text/event-stream, as the standard has every EventSource do) gets one:
 * comments and "retry", and its events as soon as they are there (wait.h). Whoever does not (curl, a load balancer, a
 * script) gets 503 with Retry-After.
 *
 * At least once over crashes, once otherwise; in order for a client but for what commits late. Each subscriber
 * gets everything by its own cursor; `delivered` is set when the first has an event on the wire.
 *
 * One tail feeds a ring; each subscriber has a place in it. Who falls behind the ring reads on from the
 * table: a slow reader costs 64 KiB and a place, never a queue. One that takes nothing for 30 s, or whose
 * host does not acknowledge for 10 s, is let go. */
#ifndef SPOTOP_SERVE_SERVE_H
#define SPOTOP_SERVE_SERVE_H
#include <stdbool.h>
#include <stddef.h>
struct db;
struct err;
struct serve;
struct uv_loop_s;

struct serve_opts {
	const char *host;            /* 127.0.0.1 or ::1 unless is_public */
	unsigned port;               /* 0: a free one */
	bool is_public;
	const char *const *host_names; /* more names that Host may have; NULL-ended; NULL: none */
	const char *const *origins;    /* of pages that may read it from elsewhere, "*": all; as above */
	unsigned max_subscribers;    /* 0: 2,000; as many may wait for a place */
	unsigned max_rate;           /* new streams a second, four times that at once; 0: 500 */
	const char *cert, *key;      /* PEM text; NULL: plain HTTP */
	bool must_look;              /* nobody has looked yet whether it is a schema of ours */
	void (*ended)(void *ctx, const struct err *e); /* the login may not read the events, or they are none of ours; NULL */
	void *ctx;                   /* ended's */
};
/* What may stand in host_names and origins; false: *e says why not. */
bool serve_host_name_ok(const char *name, struct err *e);
bool serve_origin_ok(const char *origin, struct err *e);
/* read and write are links that outlive it, as what the options point at does. */
bool serve_open(struct uv_loop_s *loop, struct db *read, struct db *write, const struct serve_opts *o, struct serve **out, struct err *e);
unsigned serve_port(const struct serve *s);
void serve_close(struct serve *s);
#endif
