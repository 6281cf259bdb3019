/* rows.h - cursor, scroll and marks over rows that are known by key, never by index.
 * The caller tells it when the data changed; the cursor stays on the same row, or on the nearest one if
 * that row is gone. Marks are keys too: they survive sorting, filtering and paging. */
#ifndef SPOTOP_TUI_ROWS_H
#define SPOTOP_TUI_ROWS_H
#include <stdbool.h>
#include <stddef.h>

struct rows {
	size_t n, cursor, top, height;
	char key[160];                     /* of the row under the cursor; "" with no rows */
	char **marks; size_t n_marks, cap_marks;
	char range_from[160]; bool has_range;   /* the key at which a range begins */
};
typedef const char *(*rows_key_fn)(const void *ctx, size_t i);   /* key of visible row i */
void rows_set_height(struct rows *r, size_t height);
void rows_changed(struct rows *r, size_t n, rows_key_fn key, const void *ctx);
void rows_move(struct rows *r, long by, rows_key_fn key, const void *ctx);
void rows_to(struct rows *r, size_t i, rows_key_fn key, const void *ctx);
bool rows_find_key(struct rows *r, const char *want, rows_key_fn key, const void *ctx);
void rows_mark(struct rows *r, const char *key, bool on);
bool rows_is_marked(const struct rows *r, const char *key);
void rows_clear_marks(struct rows *r);
size_t rows_marks_hidden(const struct rows *r, rows_key_fn key, const void *ctx);  /* marks not among the n rows */
void rows_free(struct rows *r);
#endif
