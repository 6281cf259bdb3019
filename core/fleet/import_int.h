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
/* LOAD DATA LOCAL with what it reads, begun; the asker goes on until import_sent. */
struct import_sending {
	struct db *w;
	const struct query *q;
	const char *local;
	size_t len;
	bool is_under_way, is_answered;
	struct table *rows;
	struct err err;
};
void import_send_local(struct import_sending *s, struct db *w, const struct query *q, const char *local, size_t len);
bool import_sent(struct import_sending *s, struct table **rows, struct err *e);
bool import_is_link_fault(const struct err *e);
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
void import_rows_did(struct import_rows *b, unsigned rows);    /* so many are done with; tells of it */
/* Tells of those of a batch (JSON with line, pool, usd, at) that met another price. told(ctx, at) for each; may be NULL. */
bool import_rows_conflicts(struct import_rows *b, const struct query *q, const struct buf *json, int64_t from_s,
                           int64_t to_s, void (*told)(void *ctx, const char *at), void *ctx, struct err *e);
/* No agent and no upper tier: of pool, second and price alone. */
bool import_is_plain(const struct price_row *row);

/* import_stage.c: days that hold no rows yet are filled in a table of their own, without triggers, and exchanged. */
#define N_DAYS 25000 /* from 1970 to beyond what a TIMESTAMP holds */
struct import_stage {
	struct import_rows *b;          /* what goes row by row, and who is told */
	bool is_on;
	unsigned session, max;          /* the link's that holds the tables; rows of a batch */
	int64_t began_ms;               /* since then rows wait to be seen */
	unsigned char day[N_DAYS];      /* of import_stage.c */
	unsigned conflicts[N_DAYS];
	struct stage_rows *rows, *sent; /* those that are gathered, and those that the server takes meanwhile */
	struct buf text;                /* of those that were sent */
	struct import_sending sending;
};
/* plain: how many plain rows the file has of each day, 0 where it has others too. */
bool import_stage_begin(struct import_stage *s, struct import_rows *b, const unsigned plain[N_DAYS], struct err *e);
bool import_stage_takes(const struct import_stage *s, const struct price_row *row);
bool import_stage_add(struct import_stage *s, const struct price_row *row, const struct import_pool *pool,
                      struct err *e);
/* The days are seen from now on. *is_left: not all of them; import_stage_left says which are to be read again. */
bool import_stage_end(struct import_stage *s, bool *is_left, struct err *e);
bool import_stage_left(const struct import_stage *s, const struct price_row *row);
void import_stage_free(struct import_stage *s);

void import_usd_text(int64_t micro_usd, char out[24]);
void import_fault(struct import_result *r, unsigned long line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
#endif
