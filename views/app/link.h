/* link.h - the command line that shows what this screen shows: handed to somebody, it is a link. */
#ifndef SPOTOP_VIEWS_LINK_H
#define SPOTOP_VIEWS_LINK_H
#include <stdbool.h>
struct buf;
struct nav;

/* Its view, of what, its filter, order and columns, as of now or of the time that is looked at. False: there is no such command. */
bool link_of_screen(struct nav *nav, struct buf *out);
#endif
