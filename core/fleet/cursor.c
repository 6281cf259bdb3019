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

enum { MAX_GAPS = 100000, MAX_STEP = 65535 };

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
		c->sign = 0;
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

void cursor_cut(struct cursor *c, uint64_t high, uint64_t sign)
{
	if (c->high <= high) return;
	c->high = high;
	c->sign = sign;
	while (c->n && c->gaps[c->n - 1].lo > c->high) c->n--;
	if (!c->n || c->gaps[c->n - 1].hi < c->high) return;
	c->high = c->gaps[--c->n].lo - 1; /* that row is one it has not seen */
	c->sign = 0;
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

/* --- as text --- */

/* What is said: all that are open, of the closed ones the newest. */
struct said {
	struct cursor_gap *g; /* seen_ms: the step between its ids */
	size_t n, cap;
};

static void say(struct said *s, uint64_t lo, uint64_t hi, unsigned step)
{
	if (s->n == s->cap) s->g = mem_grow(s->g, sizeof *s->g * (s->cap = s->cap ? s->cap * 2 : 64));
	s->g[s->n++] = (struct cursor_gap){ .lo = lo, .hi = hi, .seen_ms = step };
}

static void gather(const struct cursor *c, size_t most, bool only_open, struct said *out)
{
	size_t over = c->n > most ? c->n - most : 0;
	for (size_t i = 0; i < c->n; i++) {
		const struct cursor_gap *g = &c->gaps[i];
		if (g->is_closed && over)
			over--;
		else if (!g->is_closed || !only_open)
			say(out, g->lo, g->hi, 1);
	}
}

static int by_lo(const void *a, const void *b)
{
	const struct cursor_gap *x = a, *y = b;
	return (x->lo > y->lo) - (x->lo < y->lo);
}

/* The same ids, those of each server in a row. */
static void fold(struct said *s, unsigned step)
{
	struct said out = { 0 };
	for (unsigned r = 0; r < step; r++) {
		uint64_t lo = 0, hi = 0;
		for (size_t i = 0; i < s->n; i++) {
			uint64_t from = s->g[i].lo + (step + r - s->g[i].lo % step) % step;
			if (from > s->g[i].hi) continue;
			uint64_t to = from + (s->g[i].hi - from) / step * step;
			if (lo && from == hi + step) {
				hi = to;
				continue;
			}
			if (lo) say(&out, lo, hi, step);
			lo = from, hi = to;
		}
		if (lo) say(&out, lo, hi, step);
	}
	if (out.n < s->n) {
		qsort(out.g, out.n, sizeof *out.g, by_lo);
		free(s->g);
		*s = out;
	} else
		free(out.g);
}

/* Too many for a header: the oldest as one range. */
static void join_oldest(struct said *s, size_t most)
{
	size_t n = s->n - most + 1;
	for (size_t i = 1; i < n; i++)
		if (s->g[i].hi > s->g[0].hi) s->g[0].hi = s->g[i].hi;
	s->g[0].seen_ms = 1;
	memmove(s->g + 1, s->g + n, sizeof *s->g * (s->n - n));
	s->n -= n - 1;
}

/* is_short: a gap tells how far it lies above the one before, and how far it reaches. */
static void put(const struct cursor *c, const struct said *s, bool is_short, struct buf *out)
{
	buf_addf(out, "%" PRIu64, c->high);
	for (size_t i = 0; i < s->n; i++) {
		const struct cursor_gap *g = &s->g[i];
		bool is_from_last = is_short && i;
		buf_addf(out, "%s%" PRIu64,
		         is_from_last ? ",+"
		         : i          ? ","
		                      : "/",
		         is_from_last ? g->lo - g[-1].lo : g->lo);
		if (g->hi > g->lo) buf_addf(out, "-%" PRIu64, is_from_last ? g->hi - g->lo : g->hi);
		if (g->hi > g->lo && g->seen_ms > 1) buf_addf(out, "~%d", (int)g->seen_ms);
	}
	if (c->sign) buf_addf(out, "@%016" PRIx64, c->sign);
}

void cursor_format(const struct cursor *c, bool fits_header, struct buf *out)
{
	size_t from = out->len, most = CURSOR_TEXT_GAPS;
	for (;; most = most * 3 / 4) {
		struct said s = { 0 };
		gather(c, most, fits_header && cursor_open(c) > most, &s);
		if (c->step > 1 && s.n > 2) fold(&s, c->step);
		if (fits_header && s.n > most) join_oldest(&s, most);
		put(c, &s, fits_header, out);
		free(s.g);
		if (!fits_header || out->len - from <= CURSOR_TEXT_BYTES) return;
		buf_cut(out, from);
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

/* False: some of it is there already. */
static bool add_gap(struct cursor *c, uint64_t lo, uint64_t hi, int64_t now_ms)
{
	size_t i = find(c, lo);
	if (i < c->n && c->gaps[i].lo <= hi) return false;
	if (c->n == MAX_GAPS) return false;
	insert_at(c, i, (struct cursor_gap){ .lo = lo, .hi = hi, .seen_ms = now_ms });
	return true;
}

/* "1188", "1190-1192", "3-1200~3", each above the one before (*last); "+2-2" is 1190-1192 behind 1188. */
static bool parse_gap(struct cursor *c, const char **s, uint64_t *last, int64_t now_ms)
{
	uint64_t lo, hi = 0, step = 1, base = **s == '+' ? *last : 0;
	if (base) ++*s;
	if (!number(s, &lo) || lo > UINT64_MAX - base || (lo += base) <= *last) return false;
	bool is_range = **s == '-';
	if (is_range && (++*s, !number(s, &hi))) return false;
	if (base && hi > UINT64_MAX - lo) return false;
	hi = !is_range ? lo : base ? lo + hi : hi;
	*last = lo;
	if (hi < lo || hi >= c->high) return false;
	if (**s != '~') return add_gap(c, lo, hi, now_ms);
	if (++*s, !number(s, &step) || step < 2 || step > MAX_STEP || (hi - lo) / step > MAX_GAPS)
		return false;
	for (uint64_t n = (hi - lo) / step + 1; n--; lo += step)
		if (!add_gap(c, lo, lo, now_ms)) return false;
	return true;
}

static bool parse_sign(const char **s, uint64_t *sign)
{
	char digits[17] = "";
	if (strspn(*s, "0123456789abcdef") != 16 || (*s)[16]) return false;
	memcpy(digits, *s, 16);
	*sign = strtoull(digits, NULL, 16);
	*s += 16;
	return *sign != 0;
}

/* Ids that follow each other are one gap. */
static void join_neighbours(struct cursor *c)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++) {
		if (n && c->gaps[n - 1].hi + 1 == c->gaps[i].lo)
			c->gaps[n - 1].hi = c->gaps[i].hi;
		else
			c->gaps[n++] = c->gaps[i];
	}
	c->n = n;
}

bool cursor_parse(struct cursor *c, const char *text, int64_t now_ms, struct err *e)
{
	struct cursor got = { 0 };
	const char *s = text;
	bool ok = number(&s, &got.high);
	uint64_t last = 0;
	for (char before = '/'; ok && *s && *s != '@'; before = ',')
		ok = *s++ == before && parse_gap(&got, &s, &last, now_ms);
	if (ok && *s == '@') ok = parse_sign((s++, &s), &got.sign);
	if (!ok) {
		cursor_free(&got);
		return err_set(e, ERR_USAGE,
		               "'%.60s' is not a cursor; it looks like 1203 or 1203/1188,1190-1192", text);
	}
	join_neighbours(&got);
	cursor_free(c);
	*c = got;
	return true;
}

void cursor_copy(struct cursor *to, const struct cursor *from)
{
	cursor_free(to);
	to->high = from->high;
	to->step = from->step;
	to->sign = from->sign;
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
