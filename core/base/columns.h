/* columns.h - text in aligned columns, for eyes. The first rows wait until their widths are known.
 * Nothing is cut: without a fit a cell may be wider than its column, with one it goes on below, in its own column. */
#ifndef SPOTOP_BASE_COLUMNS_H
#define SPOTOP_BASE_COLUMNS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct column {
	const char *name; /* its heading; lives as long as the columns */
	bool is_right;
	size_t widest, heading; /* of the cells; of the heading's longest part, which may be broken behind a _ */
	size_t width;           /* what it gets; 0: it is not shown */
};
enum { COLUMNS_GAP = 2 };
struct columns;
struct columns *columns_new(FILE *f, size_t n);
/* Before the first row; the caller fills names and sides in. */
struct column *columns_of(struct columns *c);
/* Gives each its width. Called once, with the widths that show all of what waits; NULL leaves these. */
typedef void (*columns_fit)(void *ctx, struct column *cols, size_t n);
void columns_set_fit(struct columns *c, columns_fit fit, void *ctx);
void columns_row(struct columns *c, const char *const *cells); /* copied */
void columns_end(struct columns *c);                           /* prints what waits, frees */
#endif
