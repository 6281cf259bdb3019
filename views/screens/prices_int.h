/* prices_int.h - what the two files of the prices screen share: its state, and what paints it. */
#ifndef SPOTOP_VIEWS_PRICES_INT_H
#define SPOTOP_VIEWS_PRICES_INT_H
#include "core/base/err.h"
#include "core/db/table.h"
#include "tui/layout.h"
#include "views/nav/ask.h"
#include "views/nav/screen.h"
#include "views/table/sheet.h"

enum { MAX_POOLS = 4, TIERS = 4 /* raw, consolidated, interpolated, canonical */, POINTS = 400, PRICES_SPANS = 8 };
struct series {
	int64_t *t;
	double *v;
	size_t n, cap;
};
struct prices {
	struct screen base;
	struct sheet *sheet; /* NULL: the chart of one pool alone */
	struct ask *ask, *ask_from;
	struct table *points, *from;
	struct err error;
	char pool[MAX_POOLS][104];
	int n_pools, n_left; /* n_left: marked, but not drawn ... */
	char left[300];
	size_t span;     /* index into prices_spans_ms */
	int64_t back_ms; /* how far the window's end lies before now */
	bool hides[TIERS];
	bool is_log;
	int cross; /* crosshair: percent of the window from its end, -1 none */
	struct series s[MAX_POOLS][TIERS];
};

/* prices_paint.c */
extern const int64_t prices_spans_ms[PRICES_SPANS];
int64_t prices_window_end(const struct prices *p);
/* "r3.large/use1b", or whole. */
void prices_pool_name(const char *pool, bool is_narrow, bool is_ascii, char out[104]);
void prices_paint_chart(struct prices *p, struct grid *g, struct rect r);
#endif
