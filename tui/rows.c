/* rows.c - a cursor that follows a key. */
#include "tui/rows.h"
#include "core/base/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void keep_in_sight(struct rows *r)
{
	size_t h = r->height ? r->height : 1;
	if (r->cursor < r->top) r->top = r->cursor;
	if (r->cursor >= r->top + h) r->top = r->cursor - h + 1;
	if (r->n <= h)
		r->top = 0;
	else if (r->top > r->n - h)
		r->top = r->n - h; /* no empty lines below the last row */
}

static void remember(struct rows *r, rows_key_fn key, const void *ctx)
{
	const char *k = r->n ? key(ctx, r->cursor) : NULL;
	snprintf(r->key, sizeof r->key, "%s", k ? k : "");
}

void rows_set_height(struct rows *r, size_t height)
{
	r->height = height;
	keep_in_sight(r);
}

static bool is_key_at(const struct rows *r, size_t i, rows_key_fn key, const void *ctx)
{
	const char *k = key(ctx, i);
	return k && strncmp(k, r->key, sizeof r->key - 1) == 0;
}

/* Looks near the old place first: rows seldom jump. */
static bool find_near(const struct rows *r, rows_key_fn key, const void *ctx, size_t *found)
{
	size_t c = r->cursor < r->n ? r->cursor : r->n - 1;
	for (size_t d = 0; d < r->n; d++) {
		if (d <= c && is_key_at(r, c - d, key, ctx)) return *found = c - d, true;
		if (d > 0 && c + d < r->n && is_key_at(r, c + d, key, ctx)) return *found = c + d, true;
	}
	return false;
}

void rows_changed(struct rows *r, size_t n, rows_key_fn key, const void *ctx)
{
	size_t offset = r->cursor - (r->top < r->cursor ? r->top : r->cursor), at;
	r->n = n;
	if (n == 0) {
		r->cursor = r->top = 0;
		r->key[0] = '\0';
		return;
	}
	if (r->key[0] && find_near(r, key, ctx, &at)) {
		r->cursor = at; /* at the same height on the screen, so that the eye need not move */
		r->top = at > offset ? at - offset : 0;
	} else if (r->cursor >= n) {
		r->cursor = n - 1;
	}
	keep_in_sight(r);
	remember(r, key, ctx);
}

void rows_to(struct rows *r, size_t i, rows_key_fn key, const void *ctx)
{
	if (r->n == 0) return;
	r->cursor = i < r->n ? i : r->n - 1;
	keep_in_sight(r);
	remember(r, key, ctx);
}

void rows_move(struct rows *r, long by, rows_key_fn key, const void *ctx)
{
	if (r->n == 0) return;
	size_t back = by < 0 ? (size_t) - (by + 1) + 1 : 0;
	if (by < 0)
		rows_to(r, back > r->cursor ? 0 : r->cursor - back, key, ctx);
	else
		rows_to(r, (size_t)by > r->n ? r->n - 1 : r->cursor + (size_t)by, key, ctx);
}

bool rows_find_key(struct rows *r, const char *want, rows_key_fn key, const void *ctx)
{
	for (size_t i = 0; i < r->n; i++) {
		const char *k = key(ctx, i);
		if (k && strcmp(k, want) == 0) return rows_to(r, i, key, ctx), true;
	}
	return false;
}

/* Marks are kept sorted: 100,000 of them must not make painting slow. */
static bool mark_place(const struct rows *r, const char *key, size_t *at)
{
	size_t lo = 0, hi = r->n_marks;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(r->marks[mid], key);
		if (c == 0) return *at = mid, true;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*at = lo;
	return false;
}

bool rows_is_marked(const struct rows *r, const char *key)
{
	size_t at;
	return key && mark_place(r, key, &at);
}

void rows_mark(struct rows *r, const char *key, bool on)
{
	size_t at;
	if (!key || !*key || mark_place(r, key, &at) == on) return;
	if (!on) {
		free(r->marks[at]);
		memmove(r->marks + at, r->marks + at + 1, (--r->n_marks - at) * sizeof *r->marks);
		return;
	}
	if (r->n_marks == r->cap_marks) {
		r->cap_marks = r->cap_marks ? r->cap_marks * 2 : 16;
		r->marks = mem_grow(r->marks, r->cap_marks * sizeof *r->marks);
	}
	memmove(r->marks + at + 1, r->marks + at, (r->n_marks++ - at) * sizeof *r->marks);
	r->marks[at] = mem_dup(key);
}

void rows_clear_marks(struct rows *r)
{
	for (size_t i = 0; i < r->n_marks; i++) free(r->marks[i]);
	r->n_marks = 0;
	r->has_range = false;
}

size_t rows_marks_hidden(const struct rows *r, rows_key_fn key, const void *ctx)
{
	size_t shown = 0;
	if (r->n_marks == 0) return 0;
	for (size_t i = 0; i < r->n; i++) shown += rows_is_marked(r, key(ctx, i));
	return shown < r->n_marks ? r->n_marks - shown : 0;
}

void rows_free(struct rows *r)
{
	rows_clear_marks(r);
	free(r->marks);
	*r = (struct rows){ 0 };
}
