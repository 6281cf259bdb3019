/* wait.h - who asked for an event stream when there was none to give: open streams that say so, and become
 * subscribers, the first to come first, as soon as there is something to read and a place. */
#ifndef SPOTOP_SERVE_WAIT_H
#define SPOTOP_SERVE_WAIT_H
#include <stdbool.h>
struct serve;
struct sub;
struct why_not { const char *text, *retry_after; };   /* seconds */
/* May a stream be opened now? It counts against the rate when it may. */
bool wait_may_open(struct serve *s, struct why_not *why);
/* A stream for the client of that name, whose token has that SHA-256 in hex. One that finds no place even to wait says
 * when to come again, and ends. */
struct sub *wait_new(struct serve *s, const char *name, const char *token_hash, const char *last_event_id, const char *why);
void wait_admit(struct serve *s);
#endif
