/* http.c - libmicrohttpd on the libuv loop: requests in, streams out. */
#include "core/serve/http.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/serve/feed.h"
#include "core/serve/metrics.h"
#include "core/serve/serve_int.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum MHD_Result answer(struct MHD_Connection *c, unsigned code, const char *type, const char *text,
                              const char *header, const char *value)
{
	struct MHD_Response *r =
	        MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_MUST_COPY);
	MHD_add_response_header(r, "Content-Type", type);
	MHD_add_response_header(r, "Cache-Control", "no-store");
	if (header) MHD_add_response_header(r, header, value);
	enum MHD_Result ok = MHD_queue_response(c, code, r);
	MHD_destroy_response(r);
	return ok;
}

static enum MHD_Result refuse(struct serve *s, struct MHD_Connection *c, unsigned code, const char *why,
                              const char *header, const char *value)
{
	char text[600];
	s->n_refused++;
	snprintf(text, sizeof text, "%s\n", why);
	return answer(c, code, "text/plain; charset=utf-8", text, header, value);
}

/* A browser that was lured to another name for our address sends that name: it gets nothing. */
static bool is_our_host(const struct serve *s, const char *host)
{
	static const char *const ours[] = { "localhost", "127.0.0.1", "[::1]" };
	if (!host) return false;
	size_t n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (strlen(ours[i]) == n && strncasecmp(ours[i], host, n) == 0) return true;
	return (s->host_name[0] && strlen(s->host_name) == n && strncasecmp(s->host_name, host, n) == 0) ||
	       (strlen(s->host) == n && strncmp(s->host, host, n) == 0);
}

/* The token's SHA-256 against the stored one, in constant time. */
static bool is_token(const struct client *c, const char *token)
{
	unsigned char sum[32];
	char hex[65];
	unsigned n = sizeof sum;
	if (!token || EVP_Digest(token, strlen(token), sum, &n, EVP_sha256(), NULL) != 1) return false;
	for (int i = 0; i < 32; i++) snprintf(hex + 2 * i, 3, "%02x", sum[i]);
	return CRYPTO_memcmp(hex, c->token_hash, 64) == 0;
}

static const struct client *find_client(const struct serve *s, const char *name)
{
	for (size_t i = 0; i < s->n_clients; i++)
		if (strcasecmp(s->clients[i].id, name) == 0 || strcmp(s->clients[i].name, name) == 0)
			return &s->clients[i];
	return NULL;
}

/* New streams a second, with room for all to come back at once after a restart. */
static bool take_token(struct serve *s)
{
	double rate = s->o.max_rate ? s->o.max_rate : 500, most = rate * 4;
	int64_t now = clock_mono_ms();
	s->tokens = s->tokens_ms ? s->tokens + (double)(now - s->tokens_ms) * rate / 1000 : most;
	if (s->tokens > most) s->tokens = most;
	s->tokens_ms = now;
	if (s->tokens < 1) return false;
	s->tokens--;
	return true;
}

static enum MHD_Result stream(struct serve *s, struct MHD_Connection *c, const char *name, void **mine)
{
	struct err e;
	const char *auth = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Authorization");
	const char *token = auth && strncasecmp(auth, "Bearer ", 7) == 0
	                            ? auth + 7
	                            : MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "token");
	const struct client *client = find_client(s, name);
	/* whether a client exists is told only to who holds its token */
	if (!client || !is_token(client, token))
		return refuse(s, c, MHD_HTTP_UNAUTHORIZED, "the client's token is needed", "WWW-Authenticate",
		              "Bearer");
	if (!client->is_active) /* an EventSource that is given this does not come again */
		return answer(c, MHD_HTTP_NO_CONTENT, "text/plain", "", NULL, NULL);
	if (s->has_stopped) return refuse(s, c, MHD_HTTP_SERVICE_UNAVAILABLE, s->why, "Retry-After", "30");
	if (db_status(s->read).phase != DB_UP)
		return refuse(s, c, MHD_HTTP_SERVICE_UNAVAILABLE, "no database now", "Retry-After", "5");
	if (!s->is_placed)
		return refuse(s, c, MHD_HTTP_SERVICE_UNAVAILABLE, "not ready yet", "Retry-After", "1");
	if (!take_token(s))
		return refuse(s, c, MHD_HTTP_SERVICE_UNAVAILABLE, "too many at once", "Retry-After", "1");
	if (s->n_subs >= (s->o.max_subscribers ? s->o.max_subscribers : 2000))
		return refuse(s, c, MHD_HTTP_SERVICE_UNAVAILABLE, "too many subscribers", "Retry-After",
		              "30");
	const char *last = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Last-Event-ID");
	struct sub *sub = feed_subscribe(s, client, last, &e);
	if (!sub) return refuse(s, c, MHD_HTTP_BAD_REQUEST, e.text, NULL, NULL);
	sub->connection = c;
	feed_set_socket(sub);
	*mine = sub;
	struct MHD_Response *r =
	        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16384, feed_read, sub, NULL);
	MHD_add_response_header(r, "Content-Type", "text/event-stream");
	MHD_add_response_header(r, "Cache-Control", "no-store");
	MHD_add_response_header(r, "X-Accel-Buffering", "no");
	enum MHD_Result ok = MHD_queue_response(c, MHD_HTTP_OK, r);
	MHD_destroy_response(r);
	return ok;
}

static enum MHD_Result metrics(struct serve *s, struct MHD_Connection *c)
{
	struct buf text = BUF_EMPTY;
	s->scraped_ms = clock_mono_ms();
	metrics_text(s, &text);
	enum MHD_Result ok = answer(c, MHD_HTTP_OK, "text/plain; version=0.0.4", buf_str(&text), NULL, NULL);
	buf_free(&text);
	return ok;
}

static enum MHD_Result health(struct serve *s, struct MHD_Connection *c)
{
	struct db_status st = db_status(s->read);
	if (s->has_stopped) return answer(c, MHD_HTTP_SERVICE_UNAVAILABLE, "text/plain", s->why, NULL, NULL);
	if (st.phase != DB_UP)
		return answer(c, MHD_HTTP_SERVICE_UNAVAILABLE, "text/plain",
		              st.last_error[0] ? st.last_error : "connecting\n", NULL, NULL);
	return answer(c, MHD_HTTP_OK, "text/plain", "ok\n", NULL, NULL);
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
	if (!is_our_host(s, MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host")))
		return refuse(s, c, 421, "this is not that host", NULL, NULL);
	if (strcmp(method, "GET") != 0)
		return refuse(s, c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET", "Allow", "GET");
	if (strcmp(url, "/metrics") == 0) return metrics(s, c);
	if (strcmp(url, "/healthz") == 0) return health(s, c);
	if (strncmp(url, "/events/", 8) == 0 && url[8] && !strchr(url + 8, '/'))
		return stream(s, c, url + 8, mine);
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
	unsigned most = (s->o.max_subscribers ? s->o.max_subscribers : 2000) + 50;
	s->daemon =
	        MHD_start_daemon(flags, (uint16_t)s->o.port, NULL, NULL, on_request, s, MHD_OPTION_SOCK_ADDR,
	                         is_6 ? (struct sockaddr *)&a6 : (struct sockaddr *)&a4,
	                         MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_CONNECTION_LIMIT,
	                         most, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32768,
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

void http_close(struct serve *s)
{
	for (struct sub *sub = s->subs; sub; sub = sub->next)
		if (sub->is_suspended) { /* the daemon stops only when none is suspended */
			sub->is_suspended = false;
			MHD_resume_connection(sub->connection);
		}
	uv_poll_stop(&s->poll);
	uv_close((uv_handle_t *)&s->poll, NULL);
	uv_timer_stop(&s->http_timer);
	uv_close((uv_handle_t *)&s->http_timer, NULL);
	MHD_stop_daemon(s->daemon);
}
