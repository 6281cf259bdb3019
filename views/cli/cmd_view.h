/* cmd_view.h - views as commands. */
#ifndef SPOTOP_VIEWS_CMD_VIEW_H
#define SPOTOP_VIEWS_CMD_VIEW_H
#include "views/cli/cli.h"
struct view;
const struct command *view_command(const char *name); /* NULL: no such view */
bool view_is_command(const struct view *v);
bool view_has_option(const struct view *v, const char *param); /* is this :param of its query one? */
bool view_takes_client(const struct view *v); /* --client, by its column: its query has no such parameter */
void view_print_help(const struct view *v); /* its options and columns */
#endif
