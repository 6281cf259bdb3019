/* help.h - --help, from the tables. */
#ifndef SPOTOP_VIEWS_HELP_H
#define SPOTOP_VIEWS_HELP_H
struct buf;
struct command;
/* "spotop job run NAME [--from=T]" */
void help_usage(struct buf *out, const struct command *table, const struct command *c);
/* Of the command, or of all (NULL). */
void help_print(const struct command *table, const struct command *c);
#endif
