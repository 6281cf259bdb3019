/* out.h - a result as a program reads it: json, jsonl, csv (RFC 4180), an aligned table for eyes, or a
 * table in Markdown (md) for reports. `wide` is a table, too: which columns are in it is the caller's.
 * Keys are the column aliases; times ISO 8601 UTC; decimals and integers as JSON numbers; JSON columns
 * as JSON; NULL is null (an empty field in CSV, n/a in a table). In JSON what could steer a terminal is escaped, which
 * loses nothing; CSV is byte for byte what the database has, for programs. OUT_CSV_SAFE is for spreadsheets: text
 * as text_safe has it, and behind a ' where a cell would begin a formula (= + - @). */
#ifndef SPOTOP_DB_OUT_H
#define SPOTOP_DB_OUT_H
#include "core/base/columns.h"
#include "core/db/table.h"
#include <stdio.h>
enum out_format { OUT_TABLE, OUT_JSON, OUT_JSONL, OUT_CSV, OUT_MD, OUT_CSV_SAFE };
bool out_format_parse(const char *s, enum out_format *f);
struct out;                                     /* one document */
/* schema: "spotop.agents/1"; cols: which columns in which order (NULL: all). */
struct out *out_begin(FILE *f, enum out_format fmt, const char *schema, const char *const *cols, size_t n_cols);
void out_set_at(struct out *o, int64_t wall_ms); /* "at" of the document, if not now; before the first row */
/* Whole numbers of these columns are true and false; names live as long as o. Before the first row. */
void out_set_bools(struct out *o, const char *const *names, size_t n);
/* How a value that is there is shown to eyes, in a table and in Markdown: a price with its sign, seconds in words; times
 * too, where there is a fit. False: as it is. Programs get the value. Before the first row. */
struct buf;
typedef bool (*out_show)(const void *ctx, const char *col, const char *value, struct buf *text);
void out_set_show(struct out *o, out_show show, const void *ctx);
/* Where a table is read on a terminal: its columns' widths. Before the first row. */
void out_set_fit(struct out *o, columns_fit fit, void *ctx);
/* One field of CSV, quoted where RFC 4180 wants it. */
void out_csv_text(struct buf *b, const char *s, size_t n, bool is_safe);
/* One cell of a Markdown table: blanks for line ends, bars and what could be markup escaped. */
void out_md_text(struct buf *b, const char *s, size_t n);
void out_rows(struct out *o, const struct table *t);
void out_row(struct out *o, const struct table *shape, const struct cell *cells);
bool out_end(struct out *o);                    /* false: writing failed (errno) */
#endif
