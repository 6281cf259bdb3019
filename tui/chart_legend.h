/* chart_legend.h - what the marks of a chart stand for, and what its series are at a time. */
#ifndef SPOTOP_TUI_CHART_LEGEND_H
#define SPOTOP_TUI_CHART_LEGEND_H
#include "tui/chart.h"

/* What is drawn now and then over a series, and tells it apart without colour; NULL: nothing. */
const char *chart_sign_of(const struct chart_series *s);
char chart_letter(size_t k); /* of its dots in ASCII */
/* The value a series has at a time: of a step the last one, of a line the one between. */
double chart_value_at(const struct chart_series *s, int64_t t);
/* Each series with its mark: what has no room beside the others stands in the next line. Where it would take more than
 * `most` lines the names grow shorter, the longest first; a mark is never left out. The lines it takes; painted from row y
 * on where is_painted. */
int chart_legend(struct grid *g, int y, int x, int w, int most, const struct chart *c, int decimals,
                 bool is_painted);
#endif
