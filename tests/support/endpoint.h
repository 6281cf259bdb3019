/* endpoint.h - `spotop serve` before a private server with two clients, acme (token secret) and zeta (token
 * other): what the tests of the event stream stand on. Every function fails the test when it cannot. */
#ifndef SPOTOP_TESTS_ENDPOINT_H
#define SPOTOP_TESTS_ENDPOINT_H
#include <sys/types.h>
struct server;

#define ENDPOINT_ACME "/events/acme?token=secret"
struct endpoint {
	struct server *server;
	pid_t pid;     /* of spotop serve */
	unsigned port; /* kept from one start to the next */
	const char *listen; /* address; NULL: 127.0.0.1 */
};
void endpoint_setup(struct endpoint *ep); /* server, schema, clients; for an unchecked fixture */
void endpoint_teardown(struct endpoint *ep);
void endpoint_start(struct endpoint *ep,
                    const char *const *more); /* more options, NULL-ended; listens when it returns */
void endpoint_stop(struct endpoint *ep);
void endpoint_kill(struct endpoint *ep);

void endpoint_sql(const struct endpoint *ep, const char *sql);
void endpoint_event(const struct endpoint *ep, int client,
                    int n);                         /* HEARTBEAT {"n":n}; client 1: acme, 2: zeta */
void endpoint_wait_live(const struct endpoint *ep); /* until acme may subscribe */
/* What it prints, in memory of its own until the next call. args: curl's; path: "/metrics". */
const char *endpoint_printed(const char *cmd);
const char *endpoint_curl(const struct endpoint *ep, const char *args, const char *path);
const char *endpoint_status(const struct endpoint *ep, const char *args, const char *path); /* "200" */
void endpoint_wait_subscribers(const struct endpoint *ep, int n); /* as /metrics counts them */
#endif
