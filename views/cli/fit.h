/* fit.h - a table on a terminal has the columns that have room there; what has none is named on stderr. Whatever is piped, asked for
 * by --columns or by -o wide is whole. */
#ifndef SPOTOP_VIEWS_FIT_H
#define SPOTOP_VIEWS_FIT_H
#include "core/base/buf.h"
#include <stdbool.h>

struct col;
struct columns;
struct out;
struct view;
struct fit {
	const char *command; /* whose table it is; NULL: not known */
	const struct view *view; /* NULL, without col_of, too: a column is that of whichever view has one of its name */
	const struct col *(*col_of)(const char *heading);
	int room; /* 0: not on a terminal, or all was asked for */
	struct buf gone, told;
};
/* is_whole: all was asked for. */
void fit_begin(struct fit *f, const char *command, bool is_whole);
/* Before the first row of a table; one serves several, one after the other. */
void fit_columns(struct fit *f, struct columns *columns);
void fit_out(struct fit *f, struct out *o);
/* After the last one: names what had no room, once. */
void fit_tell(struct fit *f);
void fit_end(struct fit *f); /* tells and frees */
#endif
