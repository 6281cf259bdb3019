/* import_read_int.h - what the two formats share: a window on the bytes and the fields of a row. */
#ifndef SPOTOP_FLEET_IMPORT_READ_INT_H
#define SPOTOP_FLEET_IMPORT_READ_INT_H
#include "core/fleet/import_read.h"

enum price_field { F_TIME, F_TYPE, F_REGION, F_AZ, F_PRICE, F_PRODUCT, N_FIELDS };
struct price_reader {
	price_bytes bytes;
	void *ctx;
	enum price_kind kind;
	struct err *e;             /* of the call in progress */
	char in[65536];
	size_t at, end;
	bool is_eof, is_failed, is_begun, is_json;
	unsigned long line;        /* of the byte at `at` */
	int column_of[N_FIELDS];   /* CSV: -1 not there */
	int n_columns;
	char text[8192];           /* a CSV line, a JSON object */
	size_t len;
	char stack[64];            /* JSON: the open brackets */
	int depth;
};
/* The next byte, -1 at the end or after a failure (is_failed tells). peek does not take it. */
int reader_get(struct price_reader *r);
int reader_peek(struct price_reader *r);
/* Fields (NULL: not there) to a row. `row->line` is set by the caller. */
enum price_got reader_row(const struct price_reader *r, const char *const fields[N_FIELDS], struct price_row *row);
enum price_got reader_bad(struct price_row *row, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

bool csv_header(struct price_reader *r, struct err *e);
enum price_got csv_next(struct price_reader *r, struct price_row *row);
enum price_got json_next(struct price_reader *r, struct price_row *row);
#endif
