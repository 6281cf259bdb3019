/* obeying.h - a fleet of 40 whose simulated agents carry out what they are told, and a console over it that may write
 * (`p` of eyes.h). */
#ifndef SPOTOP_TESTS_OBEYING_H
#define SPOTOP_TESTS_OBEYING_H
#include "tests/support/eyes.h"
#include "tests/support/server.h"
#include <sys/types.h>

#define DB "spot_optimizer."

struct obeying {
	struct server *server;
	char cnf[300];     /* --defaults-file=... */
	pid_t sim;         /* the agents; a test that stops them need not let them go on */
	char three[3][40]; /* agents that are well and not touched yet: chosen anew for each test */
};
extern struct obeying obeying;
extern const char *const obeying_env[];

/* Fixtures: of a case, of a test. */
void obeying_start(void);
void obeying_stop(void);
void obeying_begin(void);
void obeying_end(void);

/* The first value of a statement; fmt may have one %s, which is a. Lies in one static place. */
const char *obeying_ask(const char *fmt, const char *a);
pid_t obeying_spotop(const char *const *words);
int obeying_commands(void); /* how many were issued by hand */

void obeying_press(const char *keys);                     /* a dialog is deaf for a moment after each step */
void obeying_filter(const char *expr, const char *until); /* the list of agents */
void obeying_confirm(void);                               /* types the characters that are asked for */
void obeying_mark_three(void);
#endif
