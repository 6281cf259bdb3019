/* kept.h - what was read last of each view. It is shown, dated, when the view is opened again while there is no
 * database. */
#ifndef SPOTOP_VIEWS_KEPT_H
#define SPOTOP_VIEWS_KEPT_H
#include <stdbool.h>
struct nav;
struct table;
struct view;
struct view_args;
/* Takes t. is_window: t is the first of more rows. */
void nav_keep(struct nav *nav, const struct view *v, const struct view_args *args, struct table *t, bool is_window);
/* Yours; NULL: none was kept for these arguments. */
struct table *nav_kept(struct nav *nav, const struct view *v, const struct view_args *args, bool *is_window);
void nav_forget_kept(struct nav *nav);
#endif
