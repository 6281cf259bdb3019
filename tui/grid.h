/* grid.h - a screen in memory: cells of text with a style, no terminal.
 * Everything is painted here first and turned into terminal output by term.h; so a screen can be
 * tested as plain text. Text given here is cleaned (text_safe rules) at the gate: whatever it holds,
 * a cell never gets a control character. Writing outside the grid is ignored. */
#ifndef SPOTOP_TUI_GRID_H
#define SPOTOP_TUI_GRID_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct buf;

/* What a piece of text means; style.h turns it into colours and attributes. */
enum style {
	ST_TEXT, ST_DIM, ST_STRONG, ST_ACCENT, ST_TITLE, ST_HEADER, ST_KEY,
	ST_OK, ST_WARN, ST_CRIT, ST_DEAD, ST_INFO, ST_OFF,
	ST_CURSOR,      /* the selected row; combined with the cell's own style */
	ST_MARK, ST_BANNER, ST_AMBER, ST_ENV_RED, ST_ENV_YELLOW, ST_ENV_GREEN, ST_ENV_BLUE, ST_INPUT,
	ST_CHART1, ST_CHART2, ST_CHART3, ST_CHART4, ST_STALE /* old data, dimmed */,
	ST_BAR_BAD,     /* a bar of what is grave: no ground, which would fill what the bar leaves empty */
	ST_N
};
struct gcell { uint32_t cp; uint32_t comb[2]; uint8_t style; uint8_t is_cursor : 1, is_mark : 1, is_cont : 1; };
struct grid {
	int rows, cols;
	struct gcell *cells;
	int cur_y, cur_x;        /* where the hardware cursor rests; -1: hidden */
	bool is_ascii;           /* no UTF-8: lines and charts in ASCII, other characters as '?' */
};
void grid_init(struct grid *g, int rows, int cols);
void grid_resize(struct grid *g, int rows, int cols);
void grid_clear(struct grid *g);
void grid_free(struct grid *g);
/* Puts s at (y, x) in at most `cells` cells, padding nothing; what does not fit ends in "…" ("~" in
 * ASCII). Returns the cells used. */
int grid_text(struct grid *g, int y, int x, int cells, enum style st, const char *s);
int grid_textf(struct grid *g, int y, int x, int cells, enum style st, const char *fmt, ...)
        __attribute__((format(printf, 6, 7)));
int grid_right(struct grid *g, int y, int x, int cells, enum style st, const char *s);   /* right-aligned in [x, x+cells) */
/* Over at most `lines` rows, broken at blanks; the last of them is cut like grid_text. Returns the rows used. g NULL:
 * they are counted only. */
int grid_wrap(struct grid *g, int y, int x, int cells, int lines, enum style st, const char *s);
/* The bytes of the first of its rows: broken at a blank, or within a word that is longer than that. */
size_t grid_line(const char *s, int cells);
void grid_fill(struct grid *g, int y, int x, int cells, enum style st, uint32_t cp);
void grid_cursor_row(struct grid *g, int y, int x, int cells);   /* paints the selection over what is there */
void grid_mark_row(struct grid *g, int y, int x, int cells);
void grid_dim(struct grid *g, int y0, int y1);                   /* rows y0..y1-1 become ST_STALE */
void grid_dump(const struct grid *g, struct buf *out);           /* UTF-8, one line a row, trailing blanks cut */
/* Horizontal bar of `width` cells filled to fraction 0..1 in eighths (blocks; '#' in ASCII). Of ST_CRIT and ST_DEAD it
 * is ST_BAR_BAD. */
void grid_bar(struct grid *g, int y, int x, int width, double fraction, enum style st);
/* One row of n values as ▁▂▃▄▅▆▇█ (". : - = #" in ASCII), NAN leaves a gap. */
void grid_spark(struct grid *g, int y, int x, const double *v, int n, enum style st);
#endif
