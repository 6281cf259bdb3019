/* proxy.c - a TCP proxy that misbehaves on demand. */
#include "tests/support/proxy.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PAIRS = 32, TURN_MS = 5, PIECE = 16384 };
struct pair {
	int client, server, answers; /* a side that was cut is -1 */
	int64_t until_ms;            /* then what is left of it goes; 0: when a side ends */
	char *late;                  /* what reaches the server then */
	size_t n_late;
};
struct proxy {
	pthread_t thread;
	int listener;
	unsigned port, target;
	atomic_int mode;
	atomic_bool cut, stop;
	atomic_ulong to_server;
	atomic_uint accepted, detour, n_detours;
	pthread_mutex_t lock; /* of these: */
	struct proxy_fault fault;
	bool is_armed;
	unsigned long passed[2];
	int64_t broke_ms;
	atomic_int n_late;
	struct pair pairs[MAX_PAIRS];
	int n;
};

static struct sockaddr_in loopback(unsigned port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		                     .sin_port = htons((unsigned short)port),
		                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

/* Where who connects now is sent; 0: away. */
static unsigned port_now(struct proxy *p)
{
	unsigned port = p->target;
	pthread_mutex_lock(&p->lock);
	bool is_away = p->broke_ms && clock_mono_ms() < p->broke_ms + p->fault.away_ms;
	if (is_away) port = p->fault.kind == PROXY_SWITCH ? p->fault.other : 0;
	pthread_mutex_unlock(&p->lock);
	return port;
}

static void accept_one(struct proxy *p)
{
	bool is_detour = atomic_load(&p->n_detours) > 0;
	unsigned port = is_detour ? atomic_load(&p->detour) : port_now(p);
	struct sockaddr_in a = loopback(port);
	int client = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
	if (client < 0) return;
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p->n == MAX_PAIRS || !port || connect(server, (struct sockaddr *)&a, sizeof a) != 0) {
		close(client);
		close(server);
		return;
	}
	p->pairs[p->n++] = (struct pair){ .client = client, .server = server };
	atomic_fetch_add(&p->accepted, 1);
	if (is_detour) atomic_fetch_sub(&p->n_detours, 1);
}

static void cut(int *fd, bool is_reset)
{
	struct linger l = { 1, 0 };
	if (*fd < 0) return;
	if (is_reset) setsockopt(*fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
	close(*fd);
	*fd = -1;
}

static bool send_all(int to, const char *bytes, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t k = send(to, bytes + at, n - at, MSG_NOSIGNAL);
		if (k <= 0) return false;
		at += (size_t)k;
	}
	return true;
}

static void drop(struct proxy *p, int i, bool is_reset)
{
	struct pair *q = &p->pairs[i];
	cut(&q->client, is_reset);
	if (q->late) {
		send_all(q->server, q->late, q->n_late);
		shutdown(q->server, SHUT_WR); /* the statement is read before the end is */
		free(q->late);
		atomic_fetch_sub(&p->n_late, 1);
	}
	cut(&q->server, false);
	p->pairs[i] = p->pairs[--p->n];
}

/* Every connection is hit; the piece in hand was read on pair q. Up to k bytes of it pass. */
static void break_all(struct proxy *p, struct pair *q, bool is_up, const char *piece, size_t k, size_t n)
{
	const struct proxy_fault *f = &p->fault;
	int64_t now = clock_mono_ms();
	int to = is_up ? q->server : q->client;
	if (f->kind == PROXY_LATE && is_up) {
		q->late = mem_alloc(n + 1);
		memcpy(q->late, piece, q->n_late = n);
		atomic_fetch_add(&p->n_late, 1);
	} else
		send_all(to, piece, f->kind == PROXY_CUT_CLIENT && is_up ? n : k);
	for (int i = 0; i < p->n; i++) {
		struct pair *x = &p->pairs[i];
		x->until_ms = now;
		if (f->kind == PROXY_CUT_SERVER) {
			cut(&x->server, false);
			x->until_ms = now + f->away_ms;
		} else {
			cut(&x->client, true);
			if (f->kind == PROXY_LATE) x->until_ms = now + f->late_ms;
			if (f->kind == PROXY_CUT_CLIENT) x->until_ms = INT64_MAX; /* the server ends it */
		}
	}
	p->broke_ms = now;
	p->is_armed = false;
}

/* True: it broke, and the piece is dealt with. */
static bool breaks(struct proxy *p, struct pair *q, bool is_up, const char *piece, size_t n)
{
	pthread_mutex_lock(&p->lock);
	unsigned long before = p->passed[is_up];
	p->passed[is_up] += n;
	bool is_now = p->is_armed && p->fault.is_up == is_up && before + n >= p->fault.at;
	if (is_now) break_all(p, q, is_up, piece, p->fault.at > before ? p->fault.at - before : 0, n);
	pthread_mutex_unlock(&p->lock);
	return is_now;
}

/* False at the end of either side. */
static bool pass(struct proxy *p, struct pair *q, bool is_request)
{
	int from = is_request ? q->client : q->server, to = is_request ? q->server : q->client;
	char piece[PIECE];
	ssize_t n = recv(from, piece, sizeof piece, 0);
	if (n <= 0) return false;
	int mode = atomic_load(&p->mode);
	if (mode == PROXY_DELAY) nanosleep(&(struct timespec){ 0, 50000000 }, NULL);
	if (!is_request && (mode == PROXY_SWALLOW || (mode == PROXY_GREETING && q->answers++ > 0)))
		return true;
	if (to < 0) return true; /* nobody hears it any more */
	if (breaks(p, q, is_request, piece, (size_t)n)) return true;
	if (!send_all(to, piece, (size_t)n)) return false;
	if (is_request) atomic_fetch_add(&p->to_server, (unsigned long)n);
	return true;
}

static void turn(struct proxy *p)
{
	struct pollfd fds[1 + 2 * MAX_PAIRS] = { { .fd = p->listener, .events = POLLIN } };
	bool is_stalled = atomic_load(&p->mode) == PROXY_STALL;
	int n = p->n;
	for (int i = 0; i < n; i++) {
		bool waits = is_stalled || p->pairs[i].late;
		fds[1 + 2 * i] = (struct pollfd){ .fd = waits ? -1 : p->pairs[i].client, .events = POLLIN };
		fds[2 + 2 * i] = (struct pollfd){ .fd = waits ? -1 : p->pairs[i].server, .events = POLLIN };
	}
	if (poll(fds, (nfds_t)(1 + 2 * n), TURN_MS) < 0) return;
	int64_t now = clock_mono_ms();
	for (int i = n - 1; i >= 0; i--) {
		struct pair *q = &p->pairs[i];
		if ((fds[1 + 2 * i].revents && q->client >= 0 && !pass(p, q, true)) ||
		    (fds[2 + 2 * i].revents && q->server >= 0 && !pass(p, q, false)) ||
		    (q->until_ms && now >= q->until_ms))
			drop(p, i, q->until_ms != 0);
	}
	if (fds[0].revents) accept_one(p);
	if (atomic_exchange(&p->cut, false))
		while (p->n) drop(p, 0, true);
}

static void *run(void *arg)
{
	struct proxy *p = arg;
	while (!atomic_load(&p->stop)) turn(p);
	while (p->n) drop(p, 0, false);
	close(p->listener);
	return NULL;
}

struct proxy *proxy_start(unsigned target_port)
{
	struct proxy *p = mem_alloc(sizeof *p);
	struct sockaddr_in a = loopback(0);
	socklen_t len = sizeof a;
	p->target = target_port;
	pthread_mutex_init(&p->lock, NULL);
	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(p->listener, (struct sockaddr *)&a, len) != 0 || listen(p->listener, 16) != 0 ||
	    getsockname(p->listener, (struct sockaddr *)&a, &len) != 0)
		abort();
	p->port = ntohs(a.sin_port);
	if (pthread_create(&p->thread, NULL, run, p) != 0) abort();
	return p;
}

unsigned proxy_port(const struct proxy *p) { return p->port; }
void proxy_mode(struct proxy *p, enum proxy_mode m) { atomic_store(&p->mode, (int)m); }
unsigned long proxy_to_server(const struct proxy *p) { return atomic_load(&p->to_server); }
unsigned proxy_accepted(const struct proxy *p) { return atomic_load(&p->accepted); }

void proxy_arm(struct proxy *p, const struct proxy_fault *f)
{
	pthread_mutex_lock(&p->lock);
	p->is_armed = f != NULL;
	p->fault = f ? *f : (struct proxy_fault){ 0 };
	p->passed[0] = p->passed[1] = 0;
	p->broke_ms = 0;
	pthread_mutex_unlock(&p->lock);
}

long proxy_broke_ms(const struct proxy *p)
{
	pthread_mutex_lock((pthread_mutex_t *)&p->lock);
	long ms = (long)p->broke_ms;
	pthread_mutex_unlock((pthread_mutex_t *)&p->lock);
	return ms;
}

unsigned long proxy_passed(const struct proxy *p, bool is_up)
{
	pthread_mutex_lock((pthread_mutex_t *)&p->lock);
	unsigned long n = p->passed[is_up];
	pthread_mutex_unlock((pthread_mutex_t *)&p->lock);
	return n;
}

bool proxy_is_idle(const struct proxy *p) { return atomic_load(&p->n_late) == 0; }

void proxy_detour(struct proxy *p, unsigned port, unsigned n)
{
	atomic_store(&p->detour, port);
	atomic_store(&p->n_detours, n);
}

void proxy_cut(struct proxy *p)
{
	atomic_store(&p->cut, true);
	while (atomic_load(&p->cut)) nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
}

void proxy_stop(struct proxy *p)
{
	atomic_store(&p->stop, true);
	pthread_join(p->thread, NULL);
	free(p);
}
