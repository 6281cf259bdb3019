/* sheet.h - the table most screens are made of: rows of a view, sorted, filtered, marked, paged.
 *
 * Up to SHEET_LOCAL rows are held whole, and filter and sort answer at once from memory. Past that the
 * sheet holds a window: filter, order and paging (keyset, never OFFSET) run in the database, so that a
 * refresh costs what is visible and not the size of the fleet. */
#ifndef SPOTOP_VIEWS_SHEET_H
#define SPOTOP_VIEWS_SHEET_H
#include "tui/rows.h"
#include "views/nav/app.h"

enum { SHEET_LOCAL = 1000, SHEET_WINDOW = 400, SHEET_SLOW_MS = 500 };
struct sheet {
	struct app *app;
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
struct sheet *sheet_new(struct app *a, const struct view *v, const struct view_args *args);
void sheet_free(struct sheet *s);
void sheet_fetch(struct sheet *s);
void sheet_give(struct sheet *s, struct table *t); /* fed: these are the rows now; it is the sheet's */
void sheet_paint(struct sheet *s, struct grid *g, struct rect r, bool is_focused); /* with its column heads */
enum reaction sheet_act(struct sheet *s, const char *action);
bool sheet_filter(struct sheet *s, const char *text, struct err *e);
bool sheet_columns(struct sheet *s, const char *list, struct err *e); /* "": the usual ones */
bool sheet_has_column(const struct sheet *s, const char *name);
bool sheet_sort(struct sheet *s, const char *col, bool is_desc);
bool sheet_seek_text(struct sheet *s, const char *text, struct err *e); /* what n and N go to */
bool sheet_is_fault(const struct view *v, const struct table *t, size_t row); /* a cell says WARN or worse */
bool sheet_mark(struct sheet *s, const char *text, struct err *e);      /* all here that a filter matches */
/* The column chosen by hand moves among those shown, by -1 or 1, and is scrolled to. */
void sheet_step_column(struct sheet *s, int by);
void sheet_arrange(struct sheet *s); /* which rows are shown, in which order */
enum reaction sheet_go_end(struct sheet *s);
enum reaction sheet_go_top(struct sheet *s);
enum reaction sheet_slide(struct sheet *s); /* near an edge of the window more is read */
void sheet_retime(struct sheet *s, const struct view_args *args); /* the same rows at another time */
/* Stops a question that is under way for a while; false: there is none. */
bool sheet_stop(struct sheet *s);
/* Seconds that the question under way has taken, once that is worth a word; else 0. */
double sheet_waits(const struct sheet *s);
struct table *sheet_row(struct sheet *s, size_t *row);
/* A click: on a head it sorts (again: the other way), on a row it goes there. As screen_ops.click. */
int sheet_click(struct sheet *s, int y, int x);
/* "agents 12 of 200  filter: az:1a  2 marked (1 hidden)" */
/* How many rows match, when it is known: counted, or the window holds all of them. */
bool sheet_matches(const struct sheet *s, int64_t *n);
void sheet_describe(const struct sheet *s, struct buf *out);
const char *sheet_key_at(const void *sheet, size_t i);
void sheet_add_cell(const struct sheet *s, size_t row, const struct col *c, struct buf *out);
#endif
