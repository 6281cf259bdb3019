/* table.h - one result set, copied once out of the client library into an arena of its own.
 * Cells are text as the server sent it, NUL-terminated, or NULL. Whoever holds the pointer frees it
 * with table_free; nobody else keeps one. */
#ifndef SPOTOP_DB_TABLE_H
#define SPOTOP_DB_TABLE_H
#include "core/base/mem.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cell_type { CELL_TEXT, CELL_INT, CELL_DEC, CELL_TIME, CELL_JSON, CELL_BOOL, CELL_BYTES };
struct cell { const char *s; size_t len; };        /* s NULL: SQL NULL */
struct table {
	struct arena arena;
	size_t n_cols, n_rows, cap_rows;
	const char **names;          /* column aliases */
	enum cell_type *types;
	struct cell *cells;          /* n_rows * n_cols, row after row */
	bool is_cut;                 /* the row cap was reached: there is more */
	int64_t read_at_wall_ms;     /* server's time when it was read, or ours */
	int64_t read_at_mono_ms;
	uint64_t affected_rows, insert_id;
	int warnings;
};
struct table *table_new(size_t n_cols);
void table_free(struct table *t);                       /* NULL is fine */
struct cell *table_add_row(struct table *t);            /* n_cols cells, all NULL */
int table_col(const struct table *t, const char *name); /* -1: none */
const char *table_get(const struct table *t, size_t row, const char *col);  /* NULL: NULL or no column */
int64_t table_int(const struct table *t, size_t row, const char *col, int64_t if_null);
double table_dec(const struct table *t, size_t row, const char *col, double if_null);
#endif
