/* page.h - one page of a view as a statement: its filter, its order and where it begins.
 *
 * Paging is by keyset, never by OFFSET. A view that may be large says in its declaration which columns an
 * index orders (struct col.is_indexed), and may give its default order as parts (struct part) that one
 * index each serves, so that the first page, the last one and all between cost the same. */
#ifndef SPOTOP_VIEWS_PAGE_H
#define SPOTOP_VIEWS_PAGE_H
#include "views/model/view.h"
struct buf;
struct err;

struct page {
	const char *sort; /* NULL: the query's own order */
	bool is_desc;
	const struct filter *filter; /* may be NULL */
	const struct table *after;   /* the row it comes after, or before when backward; NULL: from the edge */
	size_t after_row;
	bool is_backward; /* the last row first */
	size_t limit;     /* 0: all */
};
bool page_select(struct buf *out, const struct view *v, const struct view_args *args, const struct page *p,
                 struct err *e);
/* Does an index have this order, so that a page costs what it shows? */
bool page_is_fast(const struct view *v, const char *sort, bool is_desc);
#endif
