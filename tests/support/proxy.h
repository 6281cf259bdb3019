/* proxy.h - a TCP proxy that misbehaves on demand, on a thread of its own; start it inside the test (threads
 * do not cross Check's fork). */
#ifndef SPOTOP_TESTS_PROXY_H
#define SPOTOP_TESTS_PROXY_H
#include <stdbool.h>
struct proxy;
enum proxy_mode {
	PROXY_PASS,
	PROXY_STALL,         /* connections are taken and nothing moves, in either direction */
	PROXY_SWALLOW,       /* requests reach the server, its answers vanish */
	PROXY_DELAY,         /* each piece waits 50 ms */
	PROXY_GREETING       /* the server's first piece passes on each connection, its others vanish */
};
/* What breaks once, when the given byte passes; every connection is hit by it. */
enum proxy_break {
	PROXY_CUT_BOTH,
	PROXY_CUT_CLIENT,    /* the client's side alone: what was under way goes on to the server, which answers nobody */
	PROXY_CUT_SERVER,    /* the server's side; the client's hears nothing until the path is back, and is cut then */
	PROXY_LATE,          /* the client's side; the piece that was under way, whole, reaches the server late */
	PROXY_SWITCH,        /* both; until the path is back, who connects reaches the other server */
	PROXY_N_BREAKS
};
struct proxy_fault {
	enum proxy_break kind;
	bool is_up;          /* at a byte to the server, else at one from it */
	unsigned long at;    /* that many bytes have passed since it was armed; the first is 1 */
	unsigned away_ms;    /* until the path is back: meanwhile who connects is turned away, or sent to `other` */
	unsigned late_ms;    /* PROXY_LATE: after the cut */
	unsigned other;      /* PROXY_SWITCH: a port */
};
struct proxy *proxy_start(unsigned target_port);          /* to 127.0.0.1:target_port */
void proxy_arm(struct proxy *p, const struct proxy_fault *f);    /* NULL: nothing breaks any more, and counting begins anew */
long proxy_broke_ms(const struct proxy *p);               /* clock_mono_ms when it broke; 0: not yet */
bool proxy_is_idle(const struct proxy *p);                /* nothing late is still to reach the server */
unsigned long proxy_passed(const struct proxy *p, bool is_up);  /* bytes since it was armed */
unsigned proxy_port(const struct proxy *p);
void proxy_mode(struct proxy *p, enum proxy_mode m);
void proxy_detour(struct proxy *p, unsigned port, unsigned n);   /* the next n connections go to that port */
void proxy_cut(struct proxy *p);                          /* resets every connection now */
unsigned long proxy_to_server(const struct proxy *p);     /* bytes passed on to the server so far */
unsigned proxy_accepted(const struct proxy *p);           /* connections taken so far */
void proxy_stop(struct proxy *p);
#endif
