/* out.h - a result as a program reads it: json, jsonl, csv (RFC 4180), or an aligned table for eyes.
 * Keys are the column aliases; times ISO 8601 UTC; decimals and integers as JSON numbers; JSON columns
 * as JSON; NULL is null (an empty field in CSV, n/a in a table). */
#ifndef SPOTOP_DB_OUT_H
#define SPOTOP_DB_OUT_H
#include "core/db/table.h"
#include <stdio.h>
enum out_format { OUT_TABLE, OUT_JSON, OUT_JSONL, OUT_CSV };
bool out_format_parse(const char *s, enum out_format *f);
struct out;                                     /* one document */
/* schema: "spotop.agents/1"; cols: which columns in which order (NULL: all). */
struct out *out_begin(FILE *f, enum out_format fmt, const char *schema, const char *const *cols, size_t n_cols);
void out_rows(struct out *o, const struct table *t);
void out_row(struct out *o, const struct table *shape, const struct cell *cells);
bool out_end(struct out *o);                    /* false: writing failed (errno) */
#endif
