/* sheet.h - a sheet's life: what it reads, how it is filtered and ordered, where its window lies. */
#ifndef SPOTOP_VIEWS_SHEET_H
#define SPOTOP_VIEWS_SHEET_H
#include "views/table/sheet_data.h"

struct sheet *sheet_new(struct nav *nav, const struct view *v, const struct view_args *args);
void sheet_free(struct sheet *s);
void sheet_fetch(struct sheet *s);
void sheet_again(struct sheet *s); /* one that was stopped, or rests, may read again */
void sheet_give(struct sheet *s, struct table *t); /* fed: these are the rows now; it is the sheet's */
bool sheet_filter(struct sheet *s, const char *text, struct err *e);
/* Puts the cursor on the row of that key, else on the first one; top: the first row to be seen, where it can be. */
void sheet_stand(struct sheet *s, const char *key, size_t top);
bool sheet_sort(struct sheet *s, const char *col, bool is_desc);
bool sheet_seek_text(struct sheet *s, const char *text, struct err *e); /* what n and N go to */
enum reaction sheet_go_end(struct sheet *s);
enum reaction sheet_go_top(struct sheet *s);
enum reaction sheet_slide(struct sheet *s); /* near an edge of the window more is read */
void sheet_retime(struct sheet *s, const struct view_args *args); /* the same rows at another time */
/* Stops a question that is under way for a while; false: there is none. */
bool sheet_stop(struct sheet *s);
/* Seconds that the question under way has taken, once that is worth a word; else 0. */
double sheet_waits(const struct sheet *s);
/* How many rows match, when it is known: counted, or the window holds all of them. */
bool sheet_matches(const struct sheet *s, int64_t *n);
#endif
