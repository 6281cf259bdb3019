/* sheet_data.h - struct sheet: the table most screens are made of, rows of a view, sorted, filtered, marked, paged.
 *
 * Up to SHEET_LOCAL rows are held whole, and filter and sort answer at once from memory. Past that the
 * sheet holds a window: filter, order and paging (keyset, never OFFSET) run in the database, so that a
 * refresh costs what is visible and not the size of the fleet. */
#ifndef SPOTOP_VIEWS_SHEET_DATA_H
#define SPOTOP_VIEWS_SHEET_DATA_H
#include "core/base/err.h"
#include "core/db/filter.h"
#include "tui/rows.h"
#include "views/nav/screen.h"

struct ask;
enum { SHEET_LOCAL = 1000, SHEET_WINDOW = 400, SHEET_SLOW_MS = 500 };
struct sheet {
	struct nav *nav;
	const struct view *view;
	struct view_args args;
	struct ask *ask, *count_ask, *place_ask;
	struct table *t; /* what was read last; NULL: nothing yet */
	size_t *order;
	size_t n; /* rows shown, as indexes into t */
	struct rows rows;
	char follow[160];    /* key of the row that the cursor follows; "": none */
	char follow_name[64];
	char seek[160];      /* key of a row that the cursor goes to when it is here */
	int64_t place_at_ms; /* when it may be asked for again */
	bool is_placing;     /* the window is being put around the wanted row */
	char col_at[48];     /* the column chosen by hand: what c copies and O orders by; "": none */
	struct filter *sought; /* what n and N look for: the last filter */
	char sought_text[256];
	char filter_text[256];
	struct filter *filter;
	char sort[48];
	bool is_desc;
	char columns[400]; /* the names chosen, in order, by commas; "": the usual ones */
	int skip_cols;                                      /* scrolled to the right */
	bool is_paged, at_top, at_end, want_end, want_back; /* window state */
	struct table *after; /* one row: the window starts after it; NULL: at the top */
	int64_t total;
	bool has_total; /* rows that match, in paged mode */
	int64_t count_at_ms, count_sent_ms, sent_ms; /* when to count again; when it was asked */
	struct err error; /* why the last question failed */
	bool faults_only;
	long owed;             /* rows that the cursor still has to go when the next window is here */
	bool is_stopped;       /* the operator stopped a slow question: not asked again by itself */
	int64_t rest_until_ms; /* a question that took long is not repeated at once */
	bool is_uncounted;     /* counting was given up */
	int64_t other_since_ms; /* not 0: its rows are of another time than is asked for, since then */
	bool again;     /* the question under way was cancelled for a newer one */
	struct rect at; /* where it was painted last */
	bool is_fed;    /* its rows come from its owner (sheet_give), not from the view's query */
	/* After filter and order: may leave out rows of order[0..n) (fold them); the count that stays. */
	size_t (*fold)(void *owner, struct sheet *s, size_t *order, size_t n);
	void *owner;
};
#endif
