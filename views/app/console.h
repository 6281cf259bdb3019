/* console.h - the full-screen console: opens the terminal at once, connects behind it. */
#ifndef SPOTOP_VIEWS_CONSOLE_H
#define SPOTOP_VIEWS_CONSOLE_H
struct cli;
int console_run(struct cli *c); /* the exit code; the terminal is restored */
#endif
