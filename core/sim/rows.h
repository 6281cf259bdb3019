/* rows.h - many rows for one statement: a JSON array of arrays, which the statement unpacks with
 * JSON_TABLE. A set of rows is sent when it has grown to about 1 MB, and at the end. The first error
 * stays and turns the rest into no-ops, so that the generators read straight through. */
#ifndef SPOTOP_SIM_ROWS_H
#define SPOTOP_SIM_ROWS_H
#include "core/base/buf.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct db;
struct err;
struct query;

struct rows {
	struct db *db;
	const struct query *query; /* its one parameter is `rows` */
	struct err *e;
	bool *is_ok; /* shared by all sets of one run */
	struct buf json;
	size_t n, total; /* rows waiting, rows in all */
	bool in_row;
};
void rows_start(struct rows *r); /* a row: then its cells in order, then rows_end */
void rows_end(struct rows *r);
void rows_str(struct rows *r, const char *s); /* NULL: null. JSON documents too */
void rows_int(struct rows *r, int64_t v);
void rows_int_if(struct rows *r, bool known, int64_t v); /* not known: null */
void rows_dec(struct rows *r, double v, int decimals);
void rows_dec_if(struct rows *r, bool known, double v, int decimals);
bool rows_send(struct rows *r);
#endif
