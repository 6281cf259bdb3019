/* timeline_lines.h - the lines of a timeline as tables, the newest first. */
#ifndef SPOTOP_VIEWS_TIMELINE_LINES_H
#define SPOTOP_VIEWS_TIMELINE_LINES_H
#include "core/db/table.h"
#include <stddef.h>
#include <stdint.h>

struct table *lines_like(const struct table *t); /* an empty one with its columns */
void lines_copy(struct table *to, const struct table *from, size_t row);
/* Two lists, each the newest first, into one; a line that both have comes once: it is of the same second. */
struct table *lines_merge(const struct table *have, const struct table *t, size_t *n_new);
/* What is in flight (sql/queries/in_flight.sql) as lines at the end: it has not ended, however long ago it began. */
void lines_add_open(struct table *t, const struct table *open, int64_t end_ms, bool is_past);
void lines_put(struct table *t, struct cell *row, const char *col, const char *text);
void lines_offset(int64_t ms, char *out, size_t n); /* "+00:12:04", "-3d 02:00" from t0 */
#endif
