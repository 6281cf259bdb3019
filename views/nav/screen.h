/* screen.h - what a screen is, and a window over it: the hooks that the console calls.
 *
 * A hook changes its screen's state and says what that implies (enum reaction); nobody paints or frees in the
 * middle of a loop turn. */
#ifndef SPOTOP_VIEWS_SCREEN_H
#define SPOTOP_VIEWS_SCREEN_H
#include "tui/grid.h"
#include "tui/key.h"
#include "views/model/view.h"
#include <stdbool.h>
#include <stdint.h>

struct action;
struct nav;
struct screen;
struct sheet;
struct rect {
	int y, x, h, w;
};

enum reaction {
	R_NONE,
	R_DRAW,
	R_FETCH, /* draw and ask anew */
	R_BACK,
	R_QUIT,
	R_THEN,   /* a window: close it and do the action that it names */
	R_UNKNOWN /* not my key; a window closes and lets it through */
};

/* What the body of the terminal shows. Unset hooks mean "nothing to do". */
struct screen_ops {
	struct screen *(*open)(struct nav *nav, const struct view *v, const struct view_args *args);
	void (*close)(struct screen *s); /* detach and free */
	void (*paint)(struct screen *s, struct grid *g, struct rect r);
	const struct action *actions; /* its own, run on the screen; NULL: none */
	/* any other action before its table gets it; unset: the table in focus gets it at once */
	enum reaction (*action)(struct screen *s, const char *action);
	void (*focus)(struct screen *s, int by);             /* the next panel or the one before */
	void (*fetch)(struct screen *s);                     /* it is time for new data */
	struct table *(*row)(struct screen *s, size_t *row); /* the row under the cursor, or NULL */
	struct sheet *(*sheet)(struct screen *s);            /* the table in focus, or NULL */
	const struct view *(*target_view)(struct screen *s); /* whose row it is; NULL: the screen's own */
	int64_t (*read_at)(struct screen *s); /* mono ms of the shown data, TIME_NONE: none yet */
	int (*click)(struct screen *s, int y,
	             int x);              /* 0: nothing there, 1: moved there, 2: it was there: open */
	void (*tick)(struct screen *s);   /* each loop wake-up of a live screen, every 100 ms */
	void (*retime)(struct screen *s); /* args hold another time: ask anew, the cursor stays */
};
struct screen {
	struct nav *nav;
	const struct view *view;
	const struct screen_ops *ops;
	struct view_args args;
	char crumb[80]; /* "agent-031" */
	int64_t next_fetch_ms;
	struct screen *next_closed; /* of those that end with this loop turn */
};

/* What a screen needs to come back as it was left. */
struct place_of_table {
	bool has_table, is_desc;
	char sort[48], columns[400], filter[256], key[160];
};
/* What the layers above hand in at the start: the screen that most views use, and how one is remembered. */
struct screen_kind {
	const struct screen_ops *usual;
	void (*remember)(const struct screen *s, struct place_of_table *out);
	void (*recall)(struct screen *s, const struct place_of_table *p);
};

/* Rows of text over the body: help, menus, dialogs. */
struct popup;
struct popup_ops {
	void (*paint)(struct popup *p, struct grid *g, struct rect body);
	enum reaction (*key)(struct popup *p, int key, const char *paste);
	void (*tick)(struct popup *p);
	void (*close)(struct popup *p); /* frees */
	int height;                     /* wished rows of the body's bottom; 0: all */
	bool is_dialog;                 /* it asks: where it would be squeezed one sentence stands for it, and only Esc is its key */
};
struct popup {
	const struct popup_ops *ops;
	struct nav *nav;
	const char *hint; /* its keys, for the footer; NULL: it tells them itself */
	char then[64]; /* the action that R_THEN means */
	struct popup *next_closed;
};
#endif
