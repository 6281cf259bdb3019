/* columns.h - which columns a table shows, chosen in a window. */
#ifndef SPOTOP_VIEWS_COLUMNS_H
#define SPOTOP_VIEWS_COLUMNS_H
struct nav;

void columns_open(struct nav *nav); /* Space shows and hides */
#endif
