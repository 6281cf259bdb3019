/* chart.h - series over time drawn into a grid: braille (2x4 dots a cell), or ASCII without UTF-8.
 * Values are doubles, NAN is a hole (no line across it). The y axis is labelled with round numbers and
 * the unit; the x axis with times. */
#ifndef SPOTOP_TUI_CHART_H
#define SPOTOP_TUI_CHART_H
#include "tui/grid.h"
#include <stdint.h>

/* RING: an o now and then, over what lies there: for a series that runs along another. */
enum chart_mark { CHART_LINE, CHART_STEP, CHART_DOTS, CHART_CROSS, CHART_RING };
struct chart_series {
	const char *label; enum style style; enum chart_mark mark;
	const int64_t *t_ms; const double *v; size_t n;     /* sorted by time */
	const char *sign;                      /* one cell, drawn now and then over it: tells it apart without colour; NULL: none */
};
struct chart {
	const char *unit;                      /* "$/h" */
	int64_t from_ms, to_ms;                /* the window shown */
	int64_t crosshair_ms;                  /* TIME_NONE: none */
	bool is_local;                         /* labels by this machine's zone; else UTC */
	const struct chart_series *series; size_t n_series;
	bool zero_based;
	bool last_first;                       /* the legend, which takes the lines it needs, begins with the series drawn last, over the others */
	bool is_log;                           /* each tenfold equally high; what is not above 0 lies at the bottom */
	int decimals;                          /* of the crosshair's values; 0: one more than the axis has */
};
/* Paints into rows y..y+h-1, columns x..x+w-1. */
void chart_paint(struct grid *g, int y, int x, int h, int w, const struct chart *c);
#endif
