/* line.h - from argv to a command that runs. */
#ifndef SPOTOP_VIEWS_LINE_H
#define SPOTOP_VIEWS_LINE_H
struct command;
/* Returns the exit code. */
int line_run(const struct command *commands, int argc, char **argv);

/* A line that is being typed: its command, the connection that its options mean, and the option whose value comes next (NULL: a word
 * does). What is wrong in it is passed over; NULL when no connection can be meant, or one that asks for a password. */
struct cli;
struct option;
struct line;
struct line *line_typed(const struct command *commands, int argc, char **argv);
struct cli *line_cli(struct line *l);
const struct option *line_waits(const struct line *l);
void line_typed_free(struct line *l);
#endif
