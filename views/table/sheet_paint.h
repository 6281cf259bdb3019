/* sheet_paint.h - a sheet on the grid, its columns, and what a click on it means. */
#ifndef SPOTOP_VIEWS_SHEET_PAINT_H
#define SPOTOP_VIEWS_SHEET_PAINT_H
#include "views/table/sheet_data.h"

struct buf;
void sheet_paint(struct sheet *s, struct grid *g, struct rect r, bool is_focused); /* with its column heads */
/* "agents 12 of 200  filter: az:1a  2 marked (1 hidden)" */
void sheet_describe(const struct sheet *s, struct buf *out);
/* A click: on a head it sorts (again: the other way), on a row it goes there. As screen_ops.click. */
int sheet_click(struct sheet *s, int y, int x);
bool sheet_scroll(struct sheet *s, int by); /* by -1 or 1 column, the first stays; false: there is none */
bool sheet_columns(struct sheet *s, const char *list, struct err *e); /* "": the usual ones */
bool sheet_has_column(const struct sheet *s, const char *name);
/* The column chosen by hand moves among those shown, by -1 or 1, and is scrolled to. */
void sheet_step_column(struct sheet *s, int by);
#endif
