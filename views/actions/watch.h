/* watch.h - the commands issued in this console, followed to their end: a sentence and a bell when one ends
 * or takes longer than 95 of 100 before it (setting `bell`: end, overrun, never; both when it is not set). */
#ifndef SPOTOP_VIEWS_WATCH_H
#define SPOTOP_VIEWS_WATCH_H
#include "tui/grid.h"
#include <stdbool.h>
#include <stdint.h>
struct nav;
struct buf;

struct watched {
	char id[37], what[160]; /* "switch agent-031 to r3.large.us-east-1e" */
	char gtid[64];          /* of its write; "": not known */
	char stage[16], status[16];
	char outcome
	        [200]; /* when it is over: "expected +0.0291 $/h, came +0.0288 $/h, down 6 s", or why it failed */
	double elapsed_s, p50_s, p95_s; /* negative: unknown */
	int64_t read_at_mono_ms;
	bool is_over, is_failed, is_overrun;
};
void watch_add(struct nav *nav, const char *command_id, const char *gtid,
               const char *what);                                                /* gtid: NULL, not known */
const struct watched *watch_find(const struct nav *nav, const char *command_id); /* NULL: not issued here */
/* "launching 34 s (p50 41, p95 66)" */
void watch_text(const struct watched *w, struct buf *out);
enum style watch_style(const struct watched *w);
/* What consoles that are gone were following is followed here, and its end told. */
void watch_take_over(struct nav *nav);
/* Before the console ends because a person wants it: false the first time while something of theirs is under
 * way; what goes on is said then, and the same key again leaves. */
bool watch_may_leave(struct nav *nav);
void watch_close(struct nav *nav); /* before the read link closes; what goes on is said on stderr */
#endif
