/* filter.h - the filter language, in the console and in --filter:
 *   term            any shown column contains it (case-insensitive)
 *   col:val         that column contains val        col=val   is exactly val
 *   col>n col>=n col<n col<=n    numbers, ages (90s, 2h), sizes, times
 *   col~re          a regular expression of the server's dialect (PCRE2 with UTF and UCP), case ignored
 *   !x              not x;   a b   both;   a|b   either (binds tighter than blank)
 *   "two words"     quotes keep blanks and bars together
 * One tree, two uses: rows that are here (filter_match) and a WHERE condition (filter_to_sql), with
 * the same answer. Columns come from the view's declaration only. */
#ifndef SPOTOP_DB_FILTER_H
#define SPOTOP_DB_FILTER_H
#include "core/db/query.h"
#include "core/db/table.h"
#include <stdbool.h>
struct buf;
struct err;
struct filter;

struct filter_col { const char *name; enum cell_type type; bool in_any; };   /* in_any: plain terms look here */
struct filter *filter_parse(const char *text, const struct filter_col *cols, size_t n_cols, struct err *e);
void filter_free(struct filter *f);
bool filter_match(const struct filter *f, const struct table *t, size_t row);
bool filter_has_pattern(const struct filter *f);
/* A pattern may need more steps than any library allows (`(a+)+b`): whether one did on a row that filter_match was
 * asked about, which then counts as not matching. *e says which. */
bool filter_gave_up(const struct filter *f, struct err *e);
/* The i-th word that the filter wants a column to be or to hold, not one that it excludes; false past the end. */
bool filter_word(const struct filter *f, size_t i, const char **col, const char **word);
/* "(`status` = 'x' AND ...)" over columns of alias v; nothing for an empty filter. */
void filter_to_sql(const struct filter *f, struct buf *out);
bool filter_is_empty(const struct filter *f);
/* False when no row whose column col holds this word can match, as far as the filter's own terms on that
 * column tell: a part of a list whose rows all hold it need not be read. */
bool filter_allows(const struct filter *f, const char *col, const char *word);

/* SELECT v.* FROM (query text) v [WHERE filter AND keyset] ORDER BY sort, key LIMIT n. The only place
 * outside sql/ that makes SQL text; its identifiers come from a view's compile-time columns. */
struct compose {
	const struct query *query;
	const struct arg *args; size_t n_args;
	/* NULL, or key and sort of the same rows: the page is found by them; needs a limit and no filter. They take the arguments,
	 * the page's :most and :goes_down, and of the row it comes after its sort, by that name, and :id */
	const struct query *keys;
	const struct compose *unless_filled;         /* NULL, or a part with keys before this one: where it fills the page, no rows */
	const struct filter *filter;                 /* may be NULL */
	const char *sort; bool is_desc;              /* NULL: the query's own order */
	const char *key;                             /* unique, breaks ties */
	const char *after_sort, *after_key;          /* keyset: the row that was last (NULL: from the start) */
	bool after_is_null;                          /* after_sort was NULL */
	bool is_backward;                            /* the page before, in reverse order */
	bool is_indexed;                             /* an index has this order: the key goes the sort's way, NULL is least */
	const char *ranks;                           /* sort holds words of these, blanks between: their order */
	size_t limit;                                /* 0: none */
};
/* With a pattern the text is a block that fails with error 1139 where the server's REGEXP gives up on a value, which
 * by itself is a warning and a row less. */
bool compose_select(struct buf *out, const struct compose *c, struct err *e);
/* (SELECT ...) UNION ALL (SELECT ...) ... LIMIT n: pages of several orders, one after the other. */
bool compose_union(struct buf *out, const struct compose *c, size_t n_parts, size_t limit, struct err *e);
bool compose_count(struct buf *out, const struct compose *c, struct err *e);   /* one row, column n */
/* A block around a question, as above: it may be limited like one. */
bool compose_is_guarded(const char *text);
#endif
