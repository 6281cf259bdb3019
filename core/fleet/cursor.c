/* cursor.c - high mark and gaps. */
#include "core/fleet/cursor.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_GAPS = 100000 };

static void insert_at(struct cursor *c, size_t i, struct cursor_gap g)
{
	if (c->n == c->cap)
		c->gaps = mem_grow(c->gaps, sizeof *c->gaps * (c->cap = c->cap ? c->cap * 2 : 16));
	memmove(c->gaps + i + 1, c->gaps + i, sizeof *c->gaps * (c->n - i));
	c->gaps[i] = g;
	c->n++;
}

static void remove_at(struct cursor *c, size_t i)
{
	memmove(c->gaps + i, c->gaps + i + 1, sizeof *c->gaps * (--c->n - i));
}

/* The first gap whose end is not below id; gaps are sorted. */
static size_t find(const struct cursor *c, uint64_t id)
{
	size_t lo = 0, hi = c->n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (c->gaps[mid].hi < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool cursor_take(struct cursor *c, uint64_t id, int64_t now_ms, bool *is_late)
{
	*is_late = false;
	if (id > c->high) {
		if (id > c->high + 1)
			insert_at(c, c->n,
			          (struct cursor_gap){ .lo = c->high + 1, .hi = id - 1, .seen_ms = now_ms });
		c->high = id;
		return true;
	}
	size_t i = find(c, id);
	if (i == c->n || c->gaps[i].lo > id) return false;
	*is_late = true;
	struct cursor_gap g = c->gaps[i], above = g;
	above.lo = id + 1;
	if (g.lo == g.hi)
		remove_at(c, i);
	else if (id == g.lo)
		c->gaps[i].lo++;
	else {
		c->gaps[i].hi = id - 1;
		if (id < g.hi) insert_at(c, i + 1, above);
	}
	return true;
}

static bool is_in(const uint64_t *ids, size_t n, uint64_t id)
{
	size_t lo = 0, hi = n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (ids[mid] == id) return true;
		if (ids[mid] < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

void cursor_close(struct cursor *c, uint64_t lo, uint64_t hi, const uint64_t *busy, size_t n_busy)
{
	for (size_t i = find(c, lo); i < c->n && c->gaps[i].lo <= hi; i++) {
		struct cursor_gap *g = &c->gaps[i];
		if (g->lo >= lo && g->hi <= hi && !is_in(busy, n_busy, g->lo)) g->is_closed = true;
	}
}

bool cursor_miss(struct cursor *c, uint64_t lo, uint64_t hi, int64_t now_ms)
{
	bool was_new = false;
	if (hi > c->high) hi = c->high;
	while (lo <= hi) {
		size_t i = find(c, lo);
		bool is_below = i < c->n && c->gaps[i].lo <= hi;
		uint64_t end = is_below ? c->gaps[i].lo - 1 : hi;
		if (!is_below || c->gaps[i].lo > lo) {
			insert_at(c, i, (struct cursor_gap){ .lo = lo, .hi = end, .seen_ms = now_ms });
			was_new = true;
			i++;
		}
		if (!is_below) break;
		lo = c->gaps[i].hi + 1;
	}
	return was_new;
}

bool cursor_misses(const struct cursor *c, uint64_t id)
{
	size_t i = find(c, id);
	return id > c->high || (i < c->n && c->gaps[i].lo <= id);
}

void cursor_forget(struct cursor *c, int64_t before_ms)
{
	size_t kept = 0;
	for (size_t i = 0; i < c->n; i++)
		if (!c->gaps[i].is_closed || c->gaps[i].seen_ms >= before_ms) c->gaps[kept++] = c->gaps[i];
	c->n = kept;
}

size_t cursor_open(const struct cursor *c)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++) n += !c->gaps[i].is_closed;
	return n;
}

bool cursor_slice(const struct cursor *c, bool is_closed, uint64_t from, size_t max, struct buf *out,
                  uint64_t *hi)
{
	*hi = from ? from - 1 : 0;
	for (size_t i = find(c, from); i < c->n; i++) {
		const struct cursor_gap *g = &c->gaps[i];
		if (g->is_closed != is_closed || g->lo < from) continue;
		if (!max--) return false;
		if (out->len && out->s[out->len - 1] != '[') buf_addc(out, ',');
		buf_addf(out, "[%" PRIu64 ",%" PRIu64 "]", g->lo, g->hi);
		*hi = g->hi;
	}
	return true;
}

void cursor_json(const struct cursor *c, size_t max, struct buf *out)
{
	buf_addc(out, '[');
	for (size_t i = c->n > max ? c->n - max : 0; i < c->n; i++)
		buf_addf(out, "%s[%" PRIu64 ",%" PRIu64 "]", out->s[out->len - 1] == '[' ? "" : ",",
		         c->gaps[i].lo, c->gaps[i].hi);
	buf_addc(out, ']');
}

/* The first that are too many as one range, then the rest. */
static size_t format_oldest(const struct cursor *c, size_t too_many, struct buf *out)
{
	uint64_t lo = 0, hi = 0;
	size_t i = 0;
	for (; i < c->n && too_many; i++) {
		if (c->gaps[i].is_closed) continue;
		if (!lo) lo = c->gaps[i].lo;
		hi = c->gaps[i].hi;
		too_many--;
	}
	buf_addf(out, "/%" PRIu64 "-%" PRIu64, lo, hi);
	return i;
}

void cursor_format(const struct cursor *c, bool fits_header, struct buf *out)
{
	size_t over = c->n > CURSOR_TEXT_GAPS ? c->n - CURSOR_TEXT_GAPS : 0, i = 0, n_open;
	char before = '/';
	buf_addf(out, "%" PRIu64, c->high);
	if (fits_header && over && (n_open = cursor_open(c)) > CURSOR_TEXT_GAPS) {
		i = format_oldest(c, n_open - CURSOR_TEXT_GAPS + 1, out);
		over = c->n;
		before = ',';
	}
	for (; i < c->n; i++) {
		if (over && c->gaps[i].is_closed) {
			over--;
			continue;
		}
		buf_addf(out, "%c%" PRIu64, before, c->gaps[i].lo);
		if (c->gaps[i].hi > c->gaps[i].lo) buf_addf(out, "-%" PRIu64, c->gaps[i].hi);
		before = ',';
	}
}

static bool number(const char **s, uint64_t *v)
{
	char *end;
	if (!isdigit((unsigned char)**s)) return false;
	errno = 0;
	*v = strtoull(*s, &end, 10);
	*s = end;
	return errno == 0 && *v < UINT64_MAX;
}

bool cursor_parse(struct cursor *c, const char *text, int64_t now_ms, struct err *e)
{
	struct cursor got = { 0 };
	const char *s = text;
	bool ok = number(&s, &got.high);
	char before = '/';
	for (uint64_t last = 0; ok && *s; before = ',') {
		struct cursor_gap g = { .seen_ms = now_ms };
		ok = *s++ == before && number(&s, &g.lo);
		g.hi = g.lo;
		if (ok && *s == '-') s++, ok = number(&s, &g.hi);
		ok = ok && g.lo > last && g.hi >= g.lo && g.hi < got.high && got.n < MAX_GAPS;
		if (ok) insert_at(&got, got.n, g);
		last = g.hi;
	}
	if (!ok) {
		cursor_free(&got);
		return err_set(e, ERR_USAGE,
		               "'%.60s' is not a cursor; it looks like 1203 or 1203/1188,1190-1192", text);
	}
	cursor_free(c);
	*c = got;
	return true;
}

void cursor_copy(struct cursor *to, const struct cursor *from)
{
	cursor_free(to);
	to->high = from->high;
	to->n = to->cap = from->n;
	if (!from->n) return;
	to->gaps = mem_alloc(sizeof *to->gaps * from->n);
	memcpy(to->gaps, from->gaps, sizeof *to->gaps * from->n);
}

void cursor_free(struct cursor *c)
{
	free(c->gaps);
	*c = (struct cursor){ 0 };
}
