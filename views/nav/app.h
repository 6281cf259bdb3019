/* app.h - the running console: one loop, two links, a stack of screens, one paint per loop turn.
 *
 * A callback changes state and says what it implies (enum reaction); nobody paints or frees in the
 * middle of a turn. A screen that closes while its question is under way detaches from it (struct ask),
 * so no answer ever meets freed memory. */
#ifndef SPOTOP_VIEWS_APP_H
#define SPOTOP_VIEWS_APP_H
#include "core/db/db.h"
#include "tui/grid.h"
#include "tui/keymap.h"
#include "views/model/view.h"
#include <stdbool.h>
#include <stdint.h>

struct app;
struct cli;
struct screen;
struct rect {
	int y, x, h, w;
};

enum reaction { R_NONE, R_DRAW, R_FETCH /* draw and ask anew */, R_BACK, R_QUIT, R_UNKNOWN /* not my key */ };

/* A screen: what the body of the terminal shows. Unset hooks mean "nothing to do". */
struct screen_ops {
	struct screen *(*open)(struct app *a, const struct view *v, const struct view_args *args);
	void (*close)(struct screen *s); /* detach and free */
	void (*paint)(struct screen *s, struct grid *g, struct rect r);
	enum reaction (*act)(struct screen *s, const char *action); /* a named action of the keymap */
	void (*fetch)(struct screen *s);                            /* it is time for new data */
	struct table *(*row)(struct screen *s, size_t *row);        /* the row under the cursor, or NULL */
	struct sheet *(*sheet)(struct screen *s);                   /* the table in focus, or NULL */
	const struct view *(*target_view)(struct screen *s); /* whose row it is; NULL: the screen's own */
	int64_t (*read_at)(struct screen *s); /* mono ms of the shown data, TIME_NONE: none yet */
	int (*click)(struct screen *s, int y, int x); /* 0: nothing there, 1: moved there, 2: it was there: open */
	void (*tick)(struct screen *s);       /* each loop wake-up of a live screen, every 100 ms */
	void (*retime)(struct screen *s);     /* args hold another time: ask anew, the cursor stays */
};
struct screen {
	struct app *app;
	const struct view *view;
	const struct screen_ops *ops;
	struct view_args args;
	char crumb[80]; /* "agent-031" */
	int64_t next_fetch_ms;
	struct screen *next_closed; /* of those that end with this loop turn */
};
extern const struct screen_ops sheet_screen;   /* what most views use */
extern const struct screen_ops no_past_screen; /* in the past, of a view that has none: says so */

/* One question at a time, answered into its owner as long as that lives. */
struct ask;
/* rows is the owner's now; a cancelled question answers ERR_CANCELLED */
typedef void (*ask_cb)(void *owner, struct table *rows, const struct err *e);
struct ask *ask_new(struct app *a, void *owner, ask_cb got);
void ask_free(struct ask *k); /* the answer, if any is due, is dropped */
bool ask_is_busy(const struct ask *k);
int64_t ask_since(const struct ask *k); /* mono ms when the question was sent; 0 when idle */
/* May its next questions take a minute, which the operator can stop? Of the past they may anyhow. */
void ask_be_patient(struct ask *k, bool is_patient);
/* False when busy: it will not be asked again by itself. */
bool ask_query(struct ask *k, const struct query *q, const struct view_args *args);
bool ask_text(struct ask *k, const char *name, const char *text, size_t len, size_t max_rows);
void ask_cancel(struct ask *k);

/* What the screens may use of the app. */
/* Is what is here of another time than the screen says (since then; 0: no), and is that to be seen? For the
 * blink of an eye that an answer takes, the old picture stays. */
bool app_is_of_other_time(int64_t since_ms);
struct sheet *app_top_sheet(struct app *a); /* the table in focus of the top screen, or NULL */
struct cell_env app_env(const struct app *a);
int64_t app_now_ms(const struct app *a); /* server's wall time as far as known */
bool app_is_past(const struct app *a);   /* the time machine is on: nothing ages, nothing may be issued */
bool app_is_stale(const struct app *a);  /* the database is lost: old data is dimmed */
bool app_is_armed(const struct app *a);  /* commands may be issued */
struct db *app_read_link(struct app *a);
struct db *app_write_link(struct app *a); /* opened on first use */
struct cli *app_cli(struct app *a);
const struct keymap *app_keymap(const struct app *a);
bool app_is_ascii(const struct app *a);
bool app_is_wide(const struct app *a); /* C-w: hidden columns too */
void app_say(struct app *a, enum style st, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void app_dirty(struct app *a);
/* Without a crumb it begins a new trail, with one it goes deeper; false, and says so: no deeper. The screen it
 * is called from lives until the end of the loop turn, and so do the rows it was given. */
bool app_open(struct app *a, const struct view *v, const struct view_args *args, const char *crumb);
void app_open_detail(struct app *a, const struct view *v, struct table *copy_of, size_t row);
void app_copy(struct app *a, const char *what, const char *text);
void app_copy_said(struct app *a, const char *said, const char *text); /* long texts: only `said` is shown */
/* When this console was without a database, from and to in wall ms, the latest last; at most max of them. */
size_t app_outages(const struct app *a, int64_t (*out)[2], size_t max);
void app_bell(struct app *a, const char *why);
/* Rows of text over the body: help, menus, dialogs. */
struct popup;
void app_popup(struct app *a, struct popup *p); /* takes it over; the one before closes when the turn ends */
void app_popup_close(struct app *a);
struct popup_ops {
	void (*paint)(struct popup *p, struct grid *g, struct rect body);
	enum reaction (*key)(struct popup *p, int key, const char *paste);
	void (*tick)(struct popup *p);
	void (*close)(struct popup *p); /* frees */
	int height;                     /* wished rows of the body's bottom; 0: all */
};
struct popup {
	const struct popup_ops *ops;
	struct app *app;
	struct popup *next_closed;
};

/* Helpers that several screens paint with. */
void paint_age(struct grid *g, int y, int right, const struct app *a, int64_t read_at_mono_ms);
#endif
