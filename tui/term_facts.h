/* term_facts.h - what terminfo says of the terminal, without opening it. */
#ifndef SPOTOP_TUI_TERM_FACTS_H
#define SPOTOP_TUI_TERM_FACTS_H
#include <stdbool.h>
struct err;

struct term_facts {
	int colors;          /* 0: none */
	bool can_move;       /* the cursor can be placed: the console needs that */
};
bool term_facts(const char *name, struct term_facts *out, struct err *e); /* ERR_USAGE: no such terminal */
const char *term_library(void);                                          /* "ncurses 6.4.20221231" */
#endif
