/* grid.c - cells of text in memory. */
#include "tui/grid.h"
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct gcell blank = { .cp = ' ', .style = ST_TEXT };

void grid_init(struct grid *g, int rows, int cols)
{
	*g = (struct grid){ .cur_y = -1, .cur_x = -1 };
	grid_resize(g, rows, cols);
}

void grid_resize(struct grid *g, int rows, int cols)
{
	g->rows = rows > 0 ? rows : 0;
	g->cols = cols > 0 ? cols : 0;
	g->cells = mem_grow(g->cells, ((size_t)g->rows * (size_t)g->cols + 1) * sizeof *g->cells);
	grid_clear(g);
}

void grid_clear(struct grid *g)
{
	size_t n = (size_t)g->rows * (size_t)g->cols;
	for (size_t i = 0; i < n; i++) g->cells[i] = blank;
	g->cur_y = g->cur_x = -1;
}

void grid_free(struct grid *g)
{
	free(g->cells);
	*g = (struct grid){ .cur_y = -1, .cur_x = -1 };
}

static struct gcell *cell(const struct grid *g, int y, int x)
{
	return g->cells + (size_t)y * (size_t)g->cols + (size_t)x;
}

/* Cuts [x, x+n) down to the grid. */
static bool clip(const struct grid *g, int y, int *x, int *n)
{
	if (y < 0 || y >= g->rows || *x >= g->cols) return false;
	if (*x < 0) *n += *x, *x = 0;
	if (*n > g->cols - *x) *n = g->cols - *x;
	return *n > 0;
}

/* One character of `width` cells; half of a wide one left over by it becomes a blank. */
static void put(struct grid *g, int y, int x, uint32_t cp, int width, enum style st)
{
	struct gcell *c = cell(g, y, x), *end = c + width;
	if (x > 0 && c->is_cont) c[-1].cp = ' ', c[-1].comb[0] = c[-1].comb[1] = 0;
	if (x + width < g->cols && end->is_cont) end->is_cont = 0, end->cp = ' ';
	*c = (struct gcell){ .cp = cp, .style = (uint8_t)st };
	if (width == 2) c[1] = (struct gcell){ .cp = ' ', .style = (uint8_t)st, .is_cont = 1 };
}

static void combine(struct grid *g, int y, int x, uint32_t cp)
{
	struct gcell *c = cell(g, y, x);
	if (c->is_cont) c--;
	uint32_t *slot = !c->comb[0] ? &c->comb[0] : !c->comb[1] ? &c->comb[1] : NULL;
	if (slot) *slot = cp;
}

/* Stand-ins that still say something where there is no UTF-8. */
static uint32_t to_ascii(uint32_t cp)
{
	// clang-format off
	static const struct { uint32_t cp; char ascii; } as[] = {
		{ 0x2026, '~' }, { 0xb7, '.' }, { 0x2022, '*' }, { 0x2192, '>' }, { 0x2190, '<' }, { 0x2191, '^' },
		{ 0x2193, 'v' }, { 0x2212, '-' }, { 0x2013, '-' }, { 0x2014, '-' }, { 0x2500, '-' }, { 0x2502, '|' },
		{ 0x2588, '#' }, { 0x25b8, '>' }, { 0x25b6, '>' }, { 0x25b2, '^' }, { 0x25bc, 'v' }, { 0xd7, 'x' },
		{ 0x2264, '<' }, { 0x2265, '>' }, { 0x2248, '~' }, { 0xa0, ' ' }, { 0x2018, '\'' }, { 0x2019, '\'' },
		{ 0x201c, '"' }, { 0x201d, '"' }, { 0x2713, '+' }, { 0x2717, 'x' }, { 0xb5, 'u' }, { 0x3bc, 'u' },
	};
	// clang-format on
	if (cp < 127) return cp;
	for (size_t i = 0; i < ARRAY_LEN(as); i++)
		if (as[i].cp == cp) return (uint32_t)as[i].ascii;
	return '?';
}

/* Text that has passed the gate; room for all of it was measured. */
static int put_text(struct grid *g, int y, int x, int cells, enum style st, const char *s, size_t n)
{
	int used = 0;
	size_t len;
	for (; n > 0; s += len, n -= len) {
		uint32_t cp = text_decode(s, n, &len);
		int w = text_cp_width(cp);
		if (w == 0) {
			if (used > 0 && !g->is_ascii) combine(g, y, x + used - 1, cp);
			continue;
		}
		if (used + w > cells) break;
		if (g->is_ascii && cp > 126) {
			for (int i = 0; i < w; i++) put(g, y, x + used + i, to_ascii(cp), 1, st);
		} else
			put(g, y, x + used, cp, w, st);
		used += w;
	}
	return used;
}

static int text_at(struct grid *g, int y, int x, int cells, enum style st, const char *s, bool is_right)
{
	if (x < 0 || !s || !clip(g, y, &x, &cells)) return 0;
	struct buf clean = BUF_EMPTY;
	size_t n = strlen(s), used;
	/* No more than could ever fit: a 64 KB name costs no more than a short one. */
	size_t most = (size_t)cells * 16 + 64;
	if (n > most) {
		n = most; /* not in the middle of a character */
		while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80) n--;
	}
	if (!text_is_safe(s, n)) {
		text_safe(&clean, s, n);
		s = buf_str(&clean);
		n = clean.len;
	}
	size_t width = text_width(s, n);
	if (width <= (size_t)cells) {
		int pad = is_right ? cells - (int)width : 0;
		used = (size_t)pad + (size_t)put_text(g, y, x + pad, cells - pad, st, s, n);
	} else {
		size_t fits = text_fit(s, n, (size_t)cells - 1, &used);
		put_text(g, y, x, cells - 1, st, s, fits);
		put(g, y, x + (int)used, g->is_ascii ? '~' : 0x2026, 1, st);
		used++;
	}
	buf_free(&clean);
	return (int)used;
}

int grid_text(struct grid *g, int y, int x, int cells, enum style st, const char *s)
{
	return text_at(g, y, x, cells, st, s, false);
}

int grid_right(struct grid *g, int y, int x, int cells, enum style st, const char *s)
{
	return text_at(g, y, x, cells, st, s, true);
}

int grid_textf(struct grid *g, int y, int x, int cells, enum style st, const char *fmt, ...)
{
	struct buf b = BUF_EMPTY;
	va_list ap;
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	int used = grid_text(g, y, x, cells, st, buf_str(&b));
	buf_free(&b);
	return used;
}

size_t grid_line(const char *s, int cells)
{
	size_t left = strlen(s), fit = text_fit(s, left, (size_t)cells, NULL), take = fit;
	if (fit >= left) return left;
	while (take > fit / 2 && s[take] != ' ') take--;
	return s[take] == ' ' ? take : fit ? fit : 1; /* one long word */
}

int grid_wrap(struct grid *g, int y, int x, int cells, int lines, enum style st, const char *s)
{
	int n = 0;
	while (*s && n < lines && cells > 0) {
		size_t take = n + 1 < lines ? grid_line(s, cells) : strlen(s);
		if (g) grid_textf(g, y + n, x, cells, st, "%.*s", (int)take, s);
		n++;
		s += take;
		while (*s == ' ') s++;
	}
	return n;
}

void grid_fill(struct grid *g, int y, int x, int cells, enum style st, uint32_t cp)
{
	if (!clip(g, y, &x, &cells)) return;
	if (cp < ' ' || (cp >= 127 && cp < 0xa0) || text_cp_width(cp) != 1) cp = ' ';
	if (g->is_ascii) cp = to_ascii(cp);
	for (int i = 0; i < cells; i++) put(g, y, x + i, cp, 1, st);
}

void grid_cursor_row(struct grid *g, int y, int x, int cells)
{
	if (!clip(g, y, &x, &cells)) return;
	for (int i = 0; i < cells; i++) cell(g, y, x + i)->is_cursor = 1;
}

void grid_mark_row(struct grid *g, int y, int x, int cells)
{
	if (!clip(g, y, &x, &cells)) return;
	for (int i = 0; i < cells; i++) cell(g, y, x + i)->is_mark = 1;
}

void grid_dim(struct grid *g, int y0, int y1)
{
	for (int y = y0 < 0 ? 0 : y0; y < y1 && y < g->rows; y++)
		for (int x = 0; x < g->cols; x++) cell(g, y, x)->style = ST_STALE;
}

static void add_cp(struct buf *out, uint32_t cp)
{
	char utf8[4];
	buf_add(out, utf8, text_encode(cp, utf8));
}

void grid_dump(const struct grid *g, struct buf *out)
{
	for (int y = 0; y < g->rows; y++) {
		int end = g->cols;
		while (end > 0 && cell(g, y, end - 1)->cp == ' ' && !cell(g, y, end - 1)->is_cont) end--;
		for (int x = 0; x < end; x++) {
			const struct gcell *c = cell(g, y, x);
			if (c->is_cont) continue;
			add_cp(out, c->cp);
			for (int k = 0; k < 2; k++)
				if (c->comb[k]) add_cp(out, c->comb[k]);
		}
		buf_addc(out, '\n');
	}
}

void grid_bar(struct grid *g, int y, int x, int width, double fraction, enum style st)
{
	if (width <= 0 || !(fraction > 0)) return; /* NAN too */
	if (fraction > 1) fraction = 1;
	if (st == ST_CRIT || st == ST_DEAD) st = ST_BAR_BAD;
	int eighths = (int)lround(fraction * width * 8);
	if (eighths == 0) eighths = 1; /* little is not nothing */
	if (g->is_ascii) {
		grid_fill(g, y, x, eighths < 8 ? 1 : (eighths + 4) / 8, st, '#');
		return;
	}
	if (eighths >= 8) grid_fill(g, y, x, eighths / 8, st, 0x2588);
	if (eighths % 8) grid_fill(g, y, x + eighths / 8, 1, st, 0x2590 - (uint32_t)(eighths % 8));
}

void grid_spark(struct grid *g, int y, int x, const double *v, int n, enum style st)
{
	double lo = INFINITY, hi = -INFINITY;
	for (int i = 0; i < n; i++) {
		if (!isfinite(v[i])) continue;
		lo = fmin(lo, v[i]);
		hi = fmax(hi, v[i]);
	}
	for (int i = 0; i < n; i++) {
		if (!isfinite(v[i])) continue;
		double f = hi > lo ? (v[i] - lo) / (hi - lo) : 0;
		uint32_t cp = g->is_ascii ? (uint32_t) ".:-=#"[(int)lround(f * 4)]
		                          : 0x2581 + (uint32_t)lround(f * 7);
		grid_fill(g, y, x + i, 1, st, cp);
	}
}
