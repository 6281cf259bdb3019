/* line.h - from argv to a command that runs. */
#ifndef SPOTOP_VIEWS_LINE_H
#define SPOTOP_VIEWS_LINE_H
struct command;
/* Returns the exit code. */
int line_run(const struct command *commands, int argc, char **argv);
#endif
