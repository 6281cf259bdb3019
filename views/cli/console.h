/* console.h - the console as a command: what the line chose, handed over as a session. */
#ifndef SPOTOP_VIEWS_CLI_CONSOLE_H
#define SPOTOP_VIEWS_CLI_CONSOLE_H
struct cli;
int cli_console(struct cli *c); /* the exit code */
#endif
