/* copy.h - what of the row under the cursor goes to the clipboard. */
#ifndef SPOTOP_VIEWS_COPY_H
#define SPOTOP_VIEWS_COPY_H
#include "views/nav/action.h"
struct err;
struct table;

extern const struct action copy_choices[]; /* what y asks; the keys are of its window, `on` is the console */
enum reaction copy_cell(void *on, int arg); /* what the chosen cell shows; none chosen: the row's id */
enum reaction copy_row(void *on, int arg);  /* every column that was read, in the query's order */
enum reaction copy_ask(void *on, int arg);
bool copy_column(struct nav *nav, const char *name, struct err *e);
char *row_as_json(const struct table *t, size_t row); /* one line; NULL: no memory for it */
#endif
