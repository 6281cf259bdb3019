/* field.h - a database as the field has them: the tables and columns of schema 5.1 or 6.0 (tests/it/sql/field-columns.tsv),
 * filled with rows of every kind, hostile ones among them, and statements that go on writing to it. All is made of a
 * number, so that a seed gives the same again. */
#ifndef SPOTOP_TESTS_FIELD_H
#define SPOTOP_TESTS_FIELD_H
#include "tests/support/rig.h"
#include <stddef.h>

struct field_column {
	char name[64], type[100];
};
struct field_table {
	char name[64];
	struct field_column cols[64];
	size_t n_cols, pk;
};
struct field {
	struct field_table tables[64];
	size_t n_tables;
	char from[24]; /* two days ago: when its past begins */
};

void field_read(struct field *f, const char *version); /* "5.1" or "6.0" */
/* Makes the database anew with about n_rows rows, two thirds of them prices. */
void field_make(const struct rig *r, const struct field *f, const char *database, unsigned n_rows);
/* n random statements (insert, update, delete, replace) into a file, one a line. */
void field_write(const struct field *f, const char *database, unsigned n_rows, unsigned seed, unsigned n,
                 const char *path);
#endif
