/* http.c - libmicrohttpd on the libuv loop: requests in, streams out. */
#include "core/serve/http.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/serve/door.h"
#include "core/serve/feed.h"
#include "core/serve/metrics.h"
#include "core/serve/serve_int.h"
#include "core/serve/wait.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What libmicrohttpd holds for every stream as long as it lasts: REQUEST, of which a request's lines may be all but half a kB, and
 * BLOCK for a reader of HTTP/1.0. A place takes CURSOR_TEXT_BYTES of it, 4.4 kB as an earlier endpoint gave it. */
enum { REQUEST = 5 << 10, BLOCK = 1 << 10 };

static enum MHD_Result give(struct serve *s, struct MHD_Connection *c, unsigned code, struct MHD_Response *r)
{
	const char *origin = door_origin(s, c);
	MHD_add_response_header(r, "Cache-Control", "no-store");
	if (origin) MHD_add_response_header(r, "Access-Control-Allow-Origin", origin);
	if (s->o.origins) MHD_add_response_header(r, "Vary", "Origin");
	enum MHD_Result ok = MHD_queue_response(c, code, r);
	MHD_destroy_response(r);
	return ok;
}

static enum MHD_Result answer(struct serve *s, struct MHD_Connection *c, unsigned code, const char *type,
                              const char *text, const char *header, const char *value)
{
	struct MHD_Response *r =
	        MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_MUST_COPY);
	MHD_add_response_header(r, "Content-Type", type);
	if (header) MHD_add_response_header(r, header, value);
	return give(s, c, code, r);
}

static enum MHD_Result refuse(struct serve *s, struct MHD_Connection *c, unsigned code, const char *why,
                              const char *header, const char *value)
{
	char text[600];
	s->n_refused++;
	snprintf(text, sizeof text, "%s\n", why);
	return answer(s, c, code, "text/plain; charset=utf-8", text, header, value);
}

static enum MHD_Result stream_of(struct serve *s, struct MHD_Connection *c, struct sub *sub, void **mine)
{
	sub->connection = c;
	feed_set_socket(sub);
	*mine = sub;
	struct MHD_Response *r =
	        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, feed_read, sub, NULL);
	MHD_add_response_header(r, "Content-Type", "text/event-stream");
	MHD_add_response_header(r, "X-Accel-Buffering", "no");
	return give(s, c, MHD_HTTP_OK, r);
}

static enum MHD_Result stream(struct serve *s, struct MHD_Connection *c, const char *name, bool is_head,
                              void **mine)
{
	struct err e;
	struct why_not why;
	struct cursor at = { 0 };
	char hash[65];
	const char *last = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Last-Event-ID");
	bool has_token = door_token(c, hash);
	const struct client *client = has_token ? door_client(s, name, hash) : NULL;
	/* whether a client exists is told only to who holds its token; before the clients are known nobody is refused */
	if (!has_token || (s->has_clients && !client))
		return refuse(s, c, MHD_HTTP_UNAUTHORIZED, "the client's token is needed", "WWW-Authenticate",
		              "Bearer");
	if (client && !client->is_active) /* an EventSource that is given this does not come again */
		return answer(s, c, MHD_HTTP_NO_CONTENT, "text/plain", "", NULL, NULL);
	if (last && *last && !cursor_parse(&at, last, 0, &e))
		return refuse(s, c, MHD_HTTP_BAD_REQUEST, e.text, NULL, NULL);
	cursor_free(&at);
	if (!wait_may_open(s, &why)) {
		if (!is_head && door_wants_stream(c))
			return stream_of(s, c, wait_new(s, name, hash, last, why.text), mine);
		return refuse(s, c, MHD_HTTP_SERVICE_UNAVAILABLE, why.text, "Retry-After", why.retry_after);
	}
	if (is_head) return answer(s, c, MHD_HTTP_OK, "text/event-stream", "", NULL, NULL);
	struct sub *sub = feed_new(s);
	feed_begin(sub, client, last);
	return stream_of(s, c, sub, mine);
}

static enum MHD_Result metrics(struct serve *s, struct MHD_Connection *c)
{
	struct buf text = BUF_EMPTY;
	s->scraped_ms = clock_mono_ms();
	metrics_text(s, &text);
	enum MHD_Result ok =
	        answer(s, c, MHD_HTTP_OK, "text/plain; version=0.0.4", buf_str(&text), NULL, NULL);
	buf_free(&text);
	return ok;
}

/* Can events be read now? */
static enum MHD_Result health(struct serve *s, struct MHD_Connection *c)
{
	struct db_status st = db_status(s->read);
	char text[600];
	const char *why = NULL;
	if (st.phase != DB_UP)
		why = st.last_error[0] ? st.last_error : "no database yet: connecting";
	else if (s->has_stopped || s->failing_since_ms)
		why = s->why;
	else if (!s->is_placed || !s->has_clients)
		why = "not ready yet";
	snprintf(text, sizeof text, "%s\n", why ? why : "ok");
	return answer(s, c, why ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_OK, "text/plain; charset=utf-8",
	              text, NULL, NULL);
}

/* A page elsewhere that sends headers of its own (fetch with a bearer token) asks first. */
static enum MHD_Result preflight(struct serve *s, struct MHD_Connection *c)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
	MHD_add_response_header(r, "Access-Control-Allow-Methods", "GET, HEAD");
	MHD_add_response_header(r, "Access-Control-Allow-Headers",
	                        "Authorization, Last-Event-ID, Cache-Control");
	MHD_add_response_header(r, "Access-Control-Max-Age", "600");
	return give(s, c, MHD_HTTP_NO_CONTENT, r);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *url, const char *method,
                                  const char *version, const char *body, size_t *body_n, void **mine)
{
	struct serve *s = cls;
	(void)version, (void)body;
	if (*body_n) {
		*body_n = 0;
		return MHD_YES;
	}
	bool is_head = strcmp(method, "HEAD") == 0;
	if (!door_is_our_host(s, c)) return refuse(s, c, 421, "this is not that host", NULL, NULL);
	if (strcmp(method, "OPTIONS") == 0 && door_origin(s, c)) return preflight(s, c);
	if (strcmp(method, "GET") != 0 && !is_head)
		return refuse(s, c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD", "Allow", "GET, HEAD");
	if (strcmp(url, "/metrics") == 0) return metrics(s, c);
	if (strcmp(url, "/healthz") == 0) return health(s, c);
	if (strncmp(url, "/events/", 8) == 0 && url[8] && !strchr(url + 8, '/'))
		return stream(s, c, url + 8, is_head, mine);
	return refuse(s, c, MHD_HTTP_NOT_FOUND, "there are /events/CLIENT, /metrics and /healthz", NULL,
	              NULL);
}

static void on_completed(void *cls, struct MHD_Connection *c, void **mine,
                         enum MHD_RequestTerminationCode why)
{
	(void)cls, (void)c, (void)why;
	if (*mine) feed_unsubscribe(*mine);
	*mine = NULL;
}

/* --- the loop --- */

static void on_timer(uv_timer_t *t) { http_run(t->data); }
static void on_poll(uv_poll_t *p, int status, int events)
{
	(void)status, (void)events;
	http_run(p->data);
}

void http_run(struct serve *s)
{
	MHD_UNSIGNED_LONG_LONG ms;
	MHD_run(s->daemon);
	if (MHD_get_timeout(s->daemon, &ms) == MHD_YES)
		uv_timer_start(&s->http_timer, on_timer, ms > 1000 ? 1000 : ms, 0);
}

bool http_open(struct serve *s, struct err *e)
{
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)s->o.port) };
	struct sockaddr_in a4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)s->o.port) };
	bool is_6 = strchr(s->host, ':') != NULL;
	if (inet_pton(is_6 ? AF_INET6 : AF_INET, s->host,
	              is_6 ? (void *)&a6.sin6_addr : (void *)&a4.sin_addr) != 1)
		return err_set(e, ERR_USAGE, "--listen takes ADDRESS:PORT with a numeric address, not '%s'",
		               s->host);
	bool is_local = is_6 ? IN6_IS_ADDR_LOOPBACK(&a6.sin6_addr) : (ntohl(a4.sin_addr.s_addr) >> 24) == 127;
	if (!is_local && !s->o.is_public)
		return err_set(e, ERR_USAGE,
		               "%s can be reached from other hosts; --public says that it is meant", s->host);
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (is_6 ? MHD_USE_IPv6 : 0) |
	                 (s->o.cert ? MHD_USE_TLS : 0);
	struct MHD_OptionItem tls[] = { { MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)s->o.cert },
		                        { MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)s->o.key },
		                        { MHD_OPTION_END, 0, NULL } };
	struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
	unsigned most = 2 * (s->o.max_subscribers ? s->o.max_subscribers : 2000) + 50; /* half of them wait */
	s->daemon =
	        MHD_start_daemon(flags, (uint16_t)s->o.port, NULL, NULL, on_request, s, MHD_OPTION_SOCK_ADDR,
	                         is_6 ? (struct sockaddr *)&a6 : (struct sockaddr *)&a4,
	                         MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_CONNECTION_LIMIT,
	                         most, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST,
	                         MHD_OPTION_CONNECTION_TIMEOUT, 30u, MHD_OPTION_ARRAY, s->o.cert ? tls : none,
	                         MHD_OPTION_END);
	if (!s->daemon)
		return err_set(e, ERR_IO, "cannot listen on %s:%u; is the port taken%s?", s->host, s->o.port,
		               s->o.cert ? ", and are certificate and key right" : "");
	uv_poll_init(s->loop, &s->poll, MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd);
	s->poll.data = s;
	uv_poll_start(&s->poll, UV_READABLE, on_poll);
	uv_timer_init(s->loop, &s->http_timer);
	s->http_timer.data = s;
	return true;
}

unsigned serve_port(const struct serve *s)
{
	return MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

/* The daemon stops only when none is suspended. */
static void let_go(struct sub *list)
{
	for (struct sub *sub = list; sub; sub = sub->next) {
		if (!sub->is_suspended) continue;
		sub->is_suspended = false;
		MHD_resume_connection(sub->connection);
	}
}

void http_close(struct serve *s)
{
	let_go(s->subs);
	let_go(s->waiting);
	uv_poll_stop(&s->poll);
	uv_close((uv_handle_t *)&s->poll, NULL);
	uv_timer_stop(&s->http_timer);
	uv_close((uv_handle_t *)&s->http_timer, NULL);
	MHD_stop_daemon(s->daemon);
}
