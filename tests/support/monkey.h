/* monkey.h - random hands on a terminal: keys one by one and in bursts, prompts and actions half typed, pastes, escape
 * sequences torn apart, the mouse, sizes, a server that stands still, dies and comes back. Seeded; each stroke is
 * written down as it is done, so that the file does the same again.
 *
 * It looks before each key: what confirms an action is never typed by chance, and is typed on purpose now and then.
 * So what the database was told can be counted. */
#ifndef SPOTOP_TESTS_MONKEY_H
#define SPOTOP_TESTS_MONKEY_H
#include "core/sim/rng.h"
#include <stdbool.h>
#include <stdio.h>
struct pty;
struct server;

struct monkey {
	struct pty *p;         /* the terminal now; whoever starts the program again puts it here */
	struct server *server; /* stopped and killed now and then */
	struct rng rng;
	FILE *log;    /* strokes are written there, a line each */
	FILE *replay; /* and read from here instead of drawn, when not NULL */
	bool is_still; /* nothing moves on the screen by itself: C-l has to give the same picture */
	int rows, cols;
	unsigned long n_strokes, n_confirmed; /* n_confirmed: actions that were confirmed on purpose, a bulk as many */
	char fault[6000]; /* what is wrong, "": nothing so far */
};
/* One stroke; false: the fault stands in `fault`, or the replay is over. */
bool monkey_stroke(struct monkey *m);
/* The program answers C-l within a time, with the same picture if it is still. */
bool monkey_check(struct monkey *m);
/* Leaves prompts and dialogs, and the server running. */
void monkey_calm(struct monkey *m);
#endif
