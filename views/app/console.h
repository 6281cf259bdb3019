/* console.h - the full-screen console: opens the terminal at once, connects behind it. */
#ifndef SPOTOP_VIEWS_CONSOLE_H
#define SPOTOP_VIEWS_CONSOLE_H
#include <stdbool.h>
struct err;
struct session;
/* code: the exit code; the terminal is restored. False: it could not be opened, the sentence is in *e. */
bool console_run(const struct session *s, int *code, struct err *e);
#endif
