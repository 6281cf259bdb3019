/* chart.c - series drawn with braille dots (2x4 a cell), or with one letter a cell in ASCII. */
#include "tui/chart.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "tui/chart_legend.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

struct canvas {
	int rows, cols, sx, sy; /* cells, and dots a cell has in each direction */
	uint8_t *dots, *style;  /* a cell's braille bits (ASCII: 1 and the series' letter), its style */
	char *letter;
	int64_t from_ms, to_ms;
	double lo, hi; /* is_log: their logarithms */
	bool is_log;
};

/* --- axes --- */

/* 1, 2 or 5 times a power of ten, at least `least`. */
static double round_step(double least)
{
	double p = pow(10, floor(log10(least)));
	return least <= p ? p : least <= 2 * p ? 2 * p : least <= 5 * p ? 5 * p : 10 * p;
}

static bool in_window(const struct chart *c, int64_t t) { return t >= c->from_ms && t <= c->to_ms; }

/* NAN is a hole; so is what no axis could hold. */
static bool is_known(double v) { return isfinite(v) && fabs(v) < 1e15; }

static void value_range(const struct chart *c, double *lo, double *hi)
{
	*lo = INFINITY, *hi = -INFINITY;
	for (size_t k = 0; k < c->n_series; k++) {
		const struct chart_series *s = &c->series[k];
		for (size_t i = 0; i < s->n; i++) {
			/* A step that began before the window reaches into it. */
			bool reaches = in_window(c, s->t_ms[i]) ||
			               (s->mark == CHART_STEP && s->t_ms[i] < c->from_ms && i + 1 < s->n &&
			                s->t_ms[i + 1] >= c->from_ms);
			if (!reaches || !is_known(s->v[i]) || (c->is_log && s->v[i] <= 0)) continue;
			*lo = fmin(*lo, s->v[i]);
			*hi = fmax(*hi, s->v[i]);
		}
	}
	if (c->zero_based && !c->is_log && *lo > 0) *lo = 0;
	if (*hi > *lo) return;
	double pad = *lo != 0 ? fabs(*lo) * 0.1 : 1;
	*lo -= pad;
	*hi += pad;
}

static int decimals_of(double step)
{
	int d = step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0;
	return d < 9 ? d : 9;
}

static const int64_t time_steps[] = {
	MINUTE,  2 * MINUTE,       5 * MINUTE,        10 * MINUTE,       15 * MINUTE,      30 * MINUTE,
	HOUR,    2 * HOUR,         3 * HOUR,          6 * HOUR,          12 * HOUR,        DAY,
	2 * DAY, (int64_t)7 * DAY, (int64_t)14 * DAY, (int64_t)30 * DAY, (int64_t)90 * DAY
};

static void time_label(char *out, size_t n, int64_t t_ms, bool is_local, int64_t step)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
		                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct tm tm;
	time_parts(t_ms, is_local, &tm);
	if (step >= DAY || (tm.tm_hour == 0 && tm.tm_min == 0))
		snprintf(out, n, "%s %d", months[tm.tm_mon], tm.tm_mday);
	else
		snprintf(out, n, "%02d:%02d", tm.tm_hour, tm.tm_min);
}

static int64_t utc_offset_ms(const struct chart *c, int64_t t_ms)
{
	struct tm tm;
	time_parts(t_ms, c->is_local, &tm);
	return (int64_t)tm.tm_gmtoff * 1000;
}

static int column_of(const struct canvas *cv, int64_t t_ms)
{
	double f = (double)(t_ms - cv->from_ms) / (double)(cv->to_ms - cv->from_ms);
	int x = (int)(f * cv->cols);
	return x < cv->cols ? x : cv->cols - 1;
}

static void paint_times(struct grid *g, int y, int x, const struct canvas *cv, const struct chart *c)
{
	int64_t span = c->to_ms - c->from_ms, step = time_steps[ARRAY_LEN(time_steps) - 1];
	for (size_t i = 0; i < ARRAY_LEN(time_steps); i++)
		if (span / time_steps[i] * 9 <= cv->cols) {
			step = time_steps[i];
			break;
		}
	/* Round times of the zone, which may turn its clock within the window. */
	int64_t off = utc_offset_ms(c, c->from_ms), t = (c->from_ms + off + step - 1) / step * step - off;
	for (int free_from = 0; t <= c->to_ms; t += step) {
		char label[16];
		int64_t turned = utc_offset_ms(c, t) - off;
		if (step > turned) t -= turned, off += turned;
		time_label(label, sizeof label, t, c->is_local, step);
		int n = (int)strlen(label), at = column_of(cv, t) - n / 2;
		if (at < free_from || at + n > cv->cols) continue;
		grid_text(g, y, x + at, n, ST_DIM, label);
		free_from = at + n + 2;
	}
}

/* --- drawing --- */

static void dot(struct canvas *cv, int x, int y, enum style st, char letter)
{
	static const uint8_t bits[4][2] = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } };
	if (x < 0 || y < 0 || x >= cv->cols * cv->sx || y >= cv->rows * cv->sy) return;
	size_t i = (size_t)(y / cv->sy) * (size_t)cv->cols + (size_t)(x / cv->sx);
	cv->dots[i] |= cv->sx == 1 ? 1 : bits[y % 4][x % 2];
	cv->style[i] = (uint8_t)st;
	cv->letter[i] = letter;
}

static void segment(struct canvas *cv, int x0, int y0, int x1, int y1, enum style st, char letter)
{
	int dx = abs(x1 - x0), dy = -abs(y1 - y0), sx = x0 < x1 ? 1 : -1, sy = y0 < y1 ? 1 : -1,
	    err = dx + dy;
	for (;;) {
		dot(cv, x0, y0, st, letter);
		if (x0 == x1 && y0 == y1) return;
		int twice = 2 * err;
		if (twice >= dy) err += dy, x0 += sx;
		if (twice <= dx) err += dx, y0 += sy;
	}
}

static int dot_x(const struct canvas *cv, double t_ms)
{
	double f = (t_ms - (double)cv->from_ms) / (double)(cv->to_ms - cv->from_ms);
	return (int)lround(f * (cv->cols * cv->sx - 1));
}

static int dot_y(const struct canvas *cv, double v)
{
	if (cv->is_log) v = v > 0 ? log10(v) : cv->lo;
	return (int)lround((cv->hi - v) / (cv->hi - cv->lo) * (cv->rows * cv->sy - 1));
}

/* From one point to the next, cut to the window. */
static void join(struct canvas *cv, const struct chart_series *s, size_t i, char letter)
{
	double from = (double)cv->from_ms, to = (double)cv->to_ms;
	double t0 = (double)s->t_ms[i], t1 = (double)s->t_ms[i + 1], v0 = s->v[i], v1 = s->v[i + 1];
	if (t1 < from || t0 > to || !is_known(v0) || (!is_known(v1) && s->mark == CHART_LINE)) return;
	double slope = t1 > t0 && s->mark == CHART_LINE ? (v1 - v0) / (t1 - t0) : 0;
	double a = fmax(t0, from), b = fmin(t1, to);
	if (s->mark == CHART_LINE) {
		segment(cv, dot_x(cv, a), dot_y(cv, v0 + slope * (a - t0)), dot_x(cv, b),
		        dot_y(cv, v0 + slope * (b - t0)), s->style, letter);
		return;
	}
	segment(cv, dot_x(cv, a), dot_y(cv, v0), dot_x(cv, b), dot_y(cv, v0), s->style, letter);
	/* A step holds until the hole begins. */
	if (t1 <= to && is_known(v1))
		segment(cv, dot_x(cv, b), dot_y(cv, v0), dot_x(cv, b), dot_y(cv, v1), s->style, letter);
}

static void draw_series(struct canvas *cv, const struct chart *c, const struct chart_series *s, char letter)
{
	if (s->mark == CHART_RING) return; /* later, over the rest */
	for (size_t i = 0; i < s->n; i++) {
		if (s->t_ms[i] > c->to_ms) break;
		if ((s->mark == CHART_LINE || s->mark == CHART_STEP) && i + 1 < s->n) join(cv, s, i, letter);
		if (in_window(c, s->t_ms[i]) && is_known(s->v[i]))
			dot(cv, dot_x(cv, (double)s->t_ms[i]), dot_y(cv, s->v[i]), s->style, letter);
	}
}

static void paint_canvas(struct grid *g, int y, int x, const struct canvas *cv)
{
	for (int r = 0; r < cv->rows; r++)
		for (int k = 0; k < cv->cols; k++) {
			size_t i = (size_t)r * (size_t)cv->cols + (size_t)k;
			if (!cv->dots[i]) continue;
			uint32_t cp = g->is_ascii ? (uint32_t)cv->letter[i] : 0x2800u + cv->dots[i];
			grid_fill(g, y + r, x + k, 1, cv->style[i], cp);
		}
}

/* Single events (a switch, an outlier) stand out from lines as letters of their own. */
static void paint_crosses(struct grid *g, int y, int x, const struct canvas *cv, const struct chart *c)
{
	for (size_t k = 0; k < c->n_series; k++) {
		const struct chart_series *s = &c->series[k];
		for (size_t i = 0; s->mark == CHART_CROSS && i < s->n; i++)
			if (in_window(c, s->t_ms[i]) && is_known(s->v[i]))
				grid_text(g, y + dot_y(cv, s->v[i]) / cv->sy, x + column_of(cv, s->t_ms[i]),
				          1, s->style, "\xc3\x97");
	}
}

static bool is_line(const struct chart_series *s) { return s->mark == CHART_STEP || s->mark == CHART_LINE; }

enum { APART = 8, SHIFT = 2 };

/* Along its line, also where no point is. */
static void paint_line_signs(struct grid *g, int y, int x, const struct canvas *cv,
                             const struct chart_series *s, int first)
{
	for (int col = first; col < cv->cols; col += APART) {
		int64_t t =
		        cv->from_ms + (int64_t)((col + 0.5) / cv->cols * (double)(cv->to_ms - cv->from_ms));
		double v = s->n && t <= s->t_ms[s->n - 1] ? chart_value_at(s, t) : NAN;
		if (is_known(v)) grid_text(g, y + dot_y(cv, v) / cv->sy, x + col, 1, s->style, s->sign);
	}
}

/* Is a sign in this cell already? Signs are ASCII, and no dots. */
static bool has_sign(const struct grid *g, int y, int x, const struct chart *c)
{
	const struct gcell *cell = &g->cells[(size_t)y * (size_t)g->cols + (size_t)x];
	for (size_t k = 0; k < c->n_series; k++) {
		const char *sign = chart_sign_of(&c->series[k]);
		if (sign && cell->cp == (unsigned char)*sign) return true;
	}
	return false;
}

/* A sign every few columns says that the series is there, and hides little of what it runs along: where points of two
 * series lie on each other both are seen, since each has its own columns. near[]: the columns that stand for it. */
static void sign_points(struct grid *g, int y, int x, const struct canvas *cv, const struct chart *c,
                        const struct chart_series *s, bool *near)
{
	int free_from = 0;
	for (size_t i = 0; i < s->n; i++) {
		if (!in_window(c, s->t_ms[i]) || !is_known(s->v[i])) continue;
		int col = column_of(cv, s->t_ms[i]);
		bool is_mine = (col % APART < APART / 2) == (s->mark == CHART_RING);
		if (col < free_from || !is_mine) continue;
		grid_text(g, y + dot_y(cv, s->v[i]) / cv->sy, x + col, 1, s->style, chart_sign_of(s));
		free_from = col + APART;
		for (int k = col - APART + 1; k < free_from; k++)
			if (k >= 0 && k < cv->cols) near[k] = true;
	}
}

/* A point that no sign is near has its own, beside another's where that has the cell: few points are told by more than colour. */
static void sign_lone_points(struct grid *g, int y, int x, const struct canvas *cv, const struct chart *c,
                             const struct chart_series *s, bool *near)
{
	static const int beside[] = { 0, 1, -1, 2, -2 };
	for (size_t i = 0; i < s->n; i++) {
		if (!in_window(c, s->t_ms[i]) || !is_known(s->v[i])) continue;
		int col = column_of(cv, s->t_ms[i]), row = y + dot_y(cv, s->v[i]) / cv->sy;
		if (near[col]) continue;
		for (size_t k = 0; k < ARRAY_LEN(beside); k++) {
			int at = col + beside[k];
			if (at < 0 || at >= cv->cols || has_sign(g, row, x + at, c)) continue;
			grid_text(g, row, x + at, 1, s->style, chart_sign_of(s));
			break;
		}
		for (int k = col - APART + 1; k < col + APART; k++)
			if (k >= 0 && k < cv->cols) near[k] = true;
	}
}

static void paint_signs(struct grid *g, int y, int x, const struct canvas *cv, const struct chart *c)
{
	int shift = 0;
	size_t cols = (size_t)cv->cols;
	bool *near = mem_alloc(cols * (c->n_series + 1));
	for (size_t k = 0; k < c->n_series; k++) {
		const struct chart_series *s = &c->series[k];
		if (is_line(s) && s->sign)
			paint_line_signs(g, y, x, cv, s, shift = (shift + SHIFT) % APART);
		else if (chart_sign_of(s))
			sign_points(g, y, x, cv, c, s, near + k * cols);
	}
	for (size_t k = 0; k < c->n_series; k++)
		if (!is_line(&c->series[k]) && chart_sign_of(&c->series[k]))
			sign_lone_points(g, y, x, cv, c, &c->series[k], near + k * cols);
	free(near);
}

/* The rest of a label that is about to be written over. */
static void clear_word(struct grid *g, int y, int x, int step, int end)
{
	const struct gcell *row = &g->cells[(size_t)y * (size_t)g->cols];
	for (; row[x].cp != ' '; x += step) {
		grid_text(g, y, x, 1, ST_DIM, " ");
		if (x == end) return;
	}
}

static void paint_crosshair(struct grid *g, int y, int x, int rows, const struct canvas *cv,
                            const struct chart *c)
{
	if (c->crosshair_ms == TIME_NONE || !in_window(c, c->crosshair_ms)) return;
	int at = column_of(cv, c->crosshair_ms);
	for (int r = 0; r < rows; r++) {
		const struct gcell *cell = &g->cells[(size_t)(y + r) * (size_t)g->cols + (size_t)(x + at)];
		if (cell->cp == ' ') grid_text(g, y + r, x + at, 1, ST_DIM, "\xe2\x94\x82");
	}
	struct tm tm;
	char label[16];
	time_parts(c->crosshair_ms, c->is_local, &tm);
	snprintf(label, sizeof label, " %02d:%02d ", tm.tm_hour, tm.tm_min);
	int n = (int)strlen(label), lx = at - n / 2 < 0 ? 0 : at - n / 2;
	if (lx + n > cv->cols) lx = cv->cols - n;
	if (lx < 0) return;
	clear_word(g, y + rows, x + lx, -1, x);
	clear_word(g, y + rows, x + lx + n - 1, 1, x + cv->cols - 1);
	grid_text(g, y + rows, x + lx, n, ST_ACCENT, label);
}

/* Where the axis begins and ends, and how far apart its labels are (of a logarithmic one: nowhere the same). */
struct axis {
	double lo, hi, step;
	int decimals, width;
};

static struct axis linear_axis(double lo, double hi, int rows)
{
	/* A low chart has two steps: with one the round numbers lie so far apart that all is in one row. */
	int ticks = rows >= 6 ? rows / 3 : rows >= 3 ? 2 : 1;
	struct axis a = { .step = round_step((hi - lo) / ticks) };
	a.lo = floor(lo / a.step + 1e-9) * a.step;
	a.hi = ceil(hi / a.step - 1e-9) * a.step;
	a.decimals = decimals_of(a.step);
	return a;
}

/* From one of 1, 2, 5, 10... to another. */
static struct axis log_axis(double lo, double hi)
{
	struct axis a = { 0 };
	double tens = pow(10, floor(log10(lo) + 1e-9)), least = lo >= 5 * tens   ? 5 * tens
	                                                        : lo >= 2 * tens ? 2 * tens
	                                                                         : tens;
	a.lo = log10(least);
	a.hi = log10(round_step(hi * (1 - 1e-9)));
	if (a.hi <= a.lo) a.hi = a.lo + 1;
	a.decimals = decimals_of(least);
	return a;
}

static void axis_label(struct grid *g, int y, int x, const struct canvas *cv, const struct axis *a, double v)
{
	char label[32];
	snprintf(label, sizeof label, "%.*f", a->decimals, v);
	grid_right(g, y + dot_y(cv, v) / cv->sy, x, a->width - 1, ST_DIM, label);
}

static void paint_values(struct grid *g, int y, int x, const struct canvas *cv, const struct axis *a)
{
	if (!cv->is_log) {
		for (int i = 0; a->lo + i * a->step <= a->hi + a->step / 2; i++) {
			double v = a->lo + i * a->step;
			axis_label(g, y, x, cv, a, fabs(v) < a->step / 1e6 ? 0 : v);
		}
		return;
	}
	static const int rounds[] = { 1, 2, 5 };
	int tens = (int)floor(a->lo + 1e-9);
	int above = cv->rows + 1; /* the row of the label below */
	for (int i = 0; tens + i / 3 <= a->hi + 1e-9; i++) {
		double v = rounds[i % 3] * pow(10, tens + i / 3);
		int row = dot_y(cv, v) / cv->sy;
		if (row >= above || log10(v) < a->lo - 1e-9 || log10(v) > a->hi + 1e-9) continue;
		axis_label(g, y, x, cv, a, v);
		above = row;
	}
}

static int label_width(const struct axis *a, bool is_log)
{
	char label[32];
	int n = snprintf(label, sizeof label, "%.*f", a->decimals, is_log ? pow(10, a->hi) : a->hi);
	int n_lo = snprintf(label, sizeof label, "%.*f", a->decimals, is_log ? pow(10, a->lo) : a->lo);
	return (n > n_lo ? n : n_lo) + 1;
}

void chart_paint(struct grid *g, int y, int x, int h, int w, const struct chart *c)
{
	if (y < 0 || x < 0) return;
	if (h > g->rows - y) h = g->rows - y;
	if (w > g->cols - x) w = g->cols - x;
	if (h < 4 || w < 16 || c->to_ms <= c->from_ms) return;
	double lo, hi;
	value_range(c, &lo, &hi);
	if (!isfinite(lo)) {
		chart_legend(g, y, x, w, h - 2, c, 0, true);
		grid_text(g, y + h / 2, x + 2, w - 2, ST_DIM, "no points in this window");
		return;
	}
	bool is_log = c->is_log && lo > 0;
	struct axis a = is_log ? log_axis(lo, hi) : linear_axis(lo, hi, h - 2);
	int decimals = c->decimals ? c->decimals : a.decimals < 9 ? a.decimals + 1 : 9;
	int most = h - 3 /* two rows of the chart are left */,
	    head = chart_legend(g, y, x, w, most, c, decimals, false), top;
	int rows = h - 1 - head;
	if (!is_log) a = linear_axis(lo, hi, rows);
	top = y + head;
	a.width = label_width(&a, is_log);
	if (a.width > w / 2) a.width = w / 2;
	struct canvas cv = { .rows = rows,
		             .cols = w - a.width,
		             .sx = g->is_ascii ? 1 : 2,
		             .sy = g->is_ascii ? 1 : 4,
		             .from_ms = c->from_ms,
		             .to_ms = c->to_ms,
		             .is_log = is_log,
		             .lo = a.lo,
		             .hi = a.hi };
	size_t cells = (size_t)cv.rows * (size_t)cv.cols;
	cv.dots = mem_alloc(cells);
	cv.style = mem_alloc(cells);
	cv.letter = mem_alloc(cells);
	chart_legend(g, y, x, w, most, c, decimals, true);
	paint_values(g, top, x, &cv, &a);
	for (size_t k = 0; k < c->n_series; k++) draw_series(&cv, c, &c->series[k], chart_letter(k));
	paint_canvas(g, top, x + a.width, &cv);
	paint_signs(g, top, x + a.width, &cv, c);
	paint_crosses(g, top, x + a.width, &cv, c);
	paint_times(g, y + h - 1, x + a.width, &cv, c);
	paint_crosshair(g, top, x + a.width, rows, &cv, c);
	free(cv.dots);
	free(cv.style);
	free(cv.letter);
}
