/* sheet_rows.h - which rows of a sheet are shown, in which order, and which one the cursor is on. */
#ifndef SPOTOP_VIEWS_SHEET_ROWS_H
#define SPOTOP_VIEWS_SHEET_ROWS_H
#include "views/table/sheet_data.h"

void sheet_arrange(struct sheet *s); /* after what it shows or how changed */
const char *sheet_key_at(const void *sheet, size_t i); /* "" past the end */
struct table *sheet_row(struct sheet *s, size_t *row); /* under the cursor; NULL: none */
const char *sheet_wanted(const struct sheet *s); /* key of the row that the cursor belongs on: followed, or sought */
bool sheet_is_fault(const struct view *v, const struct table *t, size_t row); /* a cell says WARN or worse */
#endif
