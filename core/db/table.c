/* table.c - one result set in an arena of its own. */
#include "core/db/table.h"
#include <stdlib.h>
#include <string.h>

struct table *table_new(size_t n_cols)
{
	struct table *t = mem_alloc(sizeof *t);
	t->n_cols = n_cols;
	t->names = arena_alloc(&t->arena, sizeof *t->names * (n_cols + 1));
	t->types = arena_alloc(&t->arena, sizeof *t->types * (n_cols + 1));
	return t;
}

void table_free(struct table *t)
{
	if (!t) return;
	arena_free(&t->arena);
	free(t->cells);
	free(t);
}

struct cell *table_add_row(struct table *t)
{
	if (t->n_rows == t->cap_rows) {
		t->cap_rows = t->cap_rows ? t->cap_rows * 2 : 16;
		t->cells = mem_grow(t->cells, sizeof *t->cells * (t->cap_rows * t->n_cols + 1));
	}
	struct cell *row = t->cells + t->n_rows++ * t->n_cols;
	memset(row, 0, sizeof *row * t->n_cols);
	return row;
}

int table_col(const struct table *t, const char *name)
{
	for (size_t i = 0; t && i < t->n_cols; i++)
		if (strcmp(t->names[i], name) == 0) return (int)i;
	return -1;
}

const char *table_get(const struct table *t, size_t row, const char *col)
{
	int c = table_col(t, col);
	return c < 0 || row >= t->n_rows ? NULL : t->cells[row * t->n_cols + (size_t)c].s;
}

int64_t table_int(const struct table *t, size_t row, const char *col, int64_t if_null)
{
	const char *s = table_get(t, row, col);
	return s ? strtoll(s, NULL, 10) : if_null;
}

double table_dec(const struct table *t, size_t row, const char *col, double if_null)
{
	const char *s = table_get(t, row, col);
	return s ? strtod(s, NULL) : if_null;
}
