/* help.h - --help, from the tables. */
#ifndef SPOTOP_VIEWS_HELP_H
#define SPOTOP_VIEWS_HELP_H
struct buf;
struct cli;
struct command;
/* "spotop job run NAME [--from=T]" */
void help_usage(struct buf *out, const struct command *table, const struct command *c);
void help_print(const struct cli *c); /* of the command, or of all */
#endif
