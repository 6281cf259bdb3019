/* layers.h - what lies on what: the screens of the way down, and the window over them. Whoever closes one may
 * have been called from it, so all that is closed lives on until the loop's turn ends. */
#ifndef SPOTOP_VIEWS_LAYERS_H
#define SPOTOP_VIEWS_LAYERS_H
#include "views/nav/nav.h"

int nav_depth(const struct nav *nav);
struct screen *nav_screen(const struct nav *nav, int i); /* from the first, 0, to the one that is seen */
struct screen *nav_top(const struct nav *nav);           /* NULL: none */
struct sheet *nav_sheet(const struct nav *nav);          /* the table in focus of the top screen, or NULL */
/* The row under the cursor and the view it belongs to; NULL: none. */
struct table *nav_row(const struct nav *nav, size_t *row, const struct view **v);

void layers_push(struct nav *nav, const struct view *v, const struct view_args *args, const char *crumb);
void layers_pop(struct nav *nav);
void layers_clear(struct nav *nav); /* closes every screen */
void layers_bury(struct nav *nav);  /* ends what was closed: nobody below may still be in it */

struct popup *nav_window(const struct nav *nav);     /* NULL: none, or it is closing */
void nav_popup(struct nav *nav, struct popup *p); /* takes it over; the one before closes when the turn ends */
void nav_popup_close(struct nav *nav);
void layers_end_turn(struct nav *nav);
#endif
