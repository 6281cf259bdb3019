/* overview_int.h - the overview's panels, shared by overview*.c only. A panel is a question with its own
 * age; painters paint rows of the table they are given. */
#ifndef SPOTOP_VIEWS_OVERVIEW_INT_H
#define SPOTOP_VIEWS_OVERVIEW_INT_H
#include "core/base/err.h"
#include "views/nav/screen.h"

struct ask;

enum {
	P_VERDICT,
	P_STORM,
	P_DEADLINES,
	P_STALE,
	P_FLIGHT,
	P_HEALTH,
	P_FLEET,
	P_MONEY,
	P_MINE,
	P_JOBS,
	P_EVENTS,
	P_TREND,
	P_N
};
struct overview;
/* cursor: the row of it, -1: the panel is not in focus */
typedef void (*panel_paint)(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);
struct panel_kind {
	const char *title;
	const struct query *query; /* NULL: painted from another panel's data */
	int data;                  /* whose data it paints */
	int every_ms;
	panel_paint paint;          /* NULL: data for another panel */
	const char *list, *filter, *sort; /* the view that has all of it, filtered and ordered as it is here */
	const struct view *rows_of; /* the view its rows belong to (actions), by their key; NULL: they are none */
	const char *key;
	int most; /* a list: the rows that its question gives at most; 0: it is none */
	enum panel_enter { TO_LIST, TO_AGENT, TO_ZONE, TO_HEALTH } enter; /* where Enter on a row goes */
};
struct panel {
	struct overview *o;
	struct panel *data; /* whose rows it paints: its own, or another panel's */
	struct ask *ask;
	struct table *t;
	struct err error;
	int64_t next_ms, rest_until_ms, sent_ms;
	int64_t other_since_ms; /* not 0: t is of another time than the screen, since then */
	int cursor, which; /* the cursor keeps to its row by the key */
	bool is_shown;  /* in the frame painted last ... */
	struct rect at; /* ... there, without its head */
};
struct overview {
	struct screen base;
	struct panel p[P_N];
	int focus;
	bool is_chosen; /* by hand; else it goes to the gravest panel */
};
#endif
