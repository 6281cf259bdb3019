/* proxy.c - a TCP proxy that misbehaves on demand. */
#include "tests/support/proxy.h"
#include "core/base/mem.h"
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PAIRS = 32, TURN_MS = 5 };
struct pair {
	int client, server, answers;
};
struct proxy {
	pthread_t thread;
	int listener;
	unsigned port, target;
	atomic_int mode;
	atomic_bool cut, stop;
	atomic_ulong to_server;
	atomic_uint accepted, detour, n_detours;
	struct pair pairs[MAX_PAIRS];
	int n;
};

static struct sockaddr_in loopback(unsigned port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		                     .sin_port = htons((unsigned short)port),
		                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static void accept_one(struct proxy *p)
{
	bool is_detour = atomic_load(&p->n_detours) > 0;
	struct sockaddr_in a = loopback(is_detour ? atomic_load(&p->detour) : p->target);
	int client = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
	if (client < 0) return;
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p->n == MAX_PAIRS || connect(server, (struct sockaddr *)&a, sizeof a) != 0) {
		close(client);
		close(server);
		return;
	}
	p->pairs[p->n++] = (struct pair){ client, server, 0 };
	atomic_fetch_add(&p->accepted, 1);
	if (is_detour) atomic_fetch_sub(&p->n_detours, 1);
}

static void drop(struct proxy *p, int i, bool is_reset)
{
	struct linger l = { 1, 0 };
	if (is_reset) setsockopt(p->pairs[i].client, SOL_SOCKET, SO_LINGER, &l, sizeof l);
	close(p->pairs[i].client);
	close(p->pairs[i].server);
	p->pairs[i] = p->pairs[--p->n];
}

/* False at the end of either side. */
static bool pass(struct proxy *p, struct pair *q, bool is_request)
{
	int from = is_request ? q->client : q->server, to = is_request ? q->server : q->client;
	char piece[16384];
	ssize_t n = recv(from, piece, sizeof piece, 0);
	if (n <= 0) return false;
	int mode = atomic_load(&p->mode);
	if (mode == PROXY_DELAY) nanosleep(&(struct timespec){ 0, 50000000 }, NULL);
	if (!is_request && (mode == PROXY_SWALLOW || (mode == PROXY_GREETING && q->answers++ > 0)))
		return true;
	for (ssize_t at = 0; at < n;) {
		ssize_t k = send(to, piece + at, (size_t)(n - at), MSG_NOSIGNAL);
		if (k <= 0) return false;
		at += k;
	}
	if (is_request) atomic_fetch_add(&p->to_server, (unsigned long)n);
	return true;
}

static void turn(struct proxy *p)
{
	struct pollfd fds[1 + 2 * MAX_PAIRS] = { { .fd = p->listener, .events = POLLIN } };
	bool is_stalled = atomic_load(&p->mode) == PROXY_STALL;
	int n = p->n;
	for (int i = 0; i < n; i++) {
		fds[1 + 2 * i] =
		        (struct pollfd){ .fd = is_stalled ? -1 : p->pairs[i].client, .events = POLLIN };
		fds[2 + 2 * i] =
		        (struct pollfd){ .fd = is_stalled ? -1 : p->pairs[i].server, .events = POLLIN };
	}
	if (poll(fds, (nfds_t)(1 + 2 * n), TURN_MS) < 0) return;
	for (int i = n - 1; i >= 0; i--) {
		struct pair *q = &p->pairs[i];
		if ((fds[1 + 2 * i].revents && !pass(p, q, true)) ||
		    (fds[2 + 2 * i].revents && !pass(p, q, false)))
			drop(p, i, false);
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
