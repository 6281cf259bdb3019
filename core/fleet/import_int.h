/* import_int.h - what the files of the import share. */
#ifndef SPOTOP_FLEET_IMPORT_INT_H
#define SPOTOP_FLEET_IMPORT_INT_H
#include "core/base/buf.h"
#include "core/db/query.h"
#include "core/fleet/import.h"

/* import_pools.c: the pools of a file, found by type and zone. */
struct import_pool {
	char id[80], type[33], region[21], az[33];
	bool is_unknown;                /* a zone id of no pool there is: its rows are faults */
	unsigned long line;             /* of its first row */
	struct {
		uint64_t rows;
		int64_t first_s, last_s;
		int64_t newest_s, newest_micro; /* PRICE_NO_TIME: none that counts */
	} of[N_PRODUCTS];
	enum price_product product;     /* the one that is imported */
};
struct import_pools {
	struct import_pool *at;
	size_t n, cap;
	unsigned *slots; /* index + 1 */
	size_t n_slots;
};
struct import_pool *import_pools_find(struct import_pools *p, const struct price_row *row);    /* made when new */
void import_pools_free(struct import_pools *p);

/* import_send.c: statements, sent again when the link was lost: each of them may run twice. */
struct table;
bool import_send(struct db *w, const char *text, size_t len, struct table **rows, struct err *e);
bool import_ask(struct db *w, const struct query *q, const struct arg *args, size_t n, struct table **rows,
                uint64_t *affected, struct err *e);

/* import_rows.c: good rows into their tables, a batch at a time. */
struct import_rows {
	struct db *w;
	const struct import_opts *o;
	struct import_result *r;
	unsigned session;               /* the link's, in which the session was set */
	struct buf text, own;           /* the insert; rows as JSON, for the other tables and for conflicts */
	size_t head;
	enum import_into { INTO_SNAPSHOTS, INTO_OWN, INTO_CONSOLIDATED, INTO_CANONICAL } into;
	unsigned rows, max;
	int64_t from_s, to_s;           /* times of the batch */
	uint64_t done;
	int64_t began_ms;
};
bool import_rows_begin(struct import_rows *b, struct err *e);
bool import_rows_add(struct import_rows *b, const struct price_row *row, const char *pool, struct err *e);
bool import_rows_add_ondemand(struct import_rows *b, const struct price_row *row, struct err *e);
bool import_rows_end(struct import_rows *b, struct err *e);    /* the last batch */
void import_rows_free(struct import_rows *b);

void import_usd_text(int64_t micro_usd, char out[24]);
void import_fault(struct import_result *r, unsigned long line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
#endif
