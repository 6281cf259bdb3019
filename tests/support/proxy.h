/* proxy.h - a TCP proxy that misbehaves on demand, on a thread of its own; start it inside the test (threads
 * do not cross Check's fork). */
#ifndef SPOTOP_TESTS_PROXY_H
#define SPOTOP_TESTS_PROXY_H
struct proxy;
enum proxy_mode {
	PROXY_PASS,
	PROXY_STALL,         /* connections are taken and nothing moves, in either direction */
	PROXY_SWALLOW,       /* requests reach the server, its answers vanish */
	PROXY_DELAY,         /* each piece waits 50 ms */
	PROXY_GREETING       /* the server's first piece passes on each connection, its others vanish */
};
struct proxy *proxy_start(unsigned target_port);          /* to 127.0.0.1:target_port */
unsigned proxy_port(const struct proxy *p);
void proxy_mode(struct proxy *p, enum proxy_mode m);
void proxy_detour(struct proxy *p, unsigned port, unsigned n);   /* the next n connections go to that port */
void proxy_cut(struct proxy *p);                          /* resets every connection now */
unsigned long proxy_to_server(const struct proxy *p);     /* bytes passed on to the server so far */
unsigned proxy_accepted(const struct proxy *p);           /* connections taken so far */
void proxy_stop(struct proxy *p);
#endif
