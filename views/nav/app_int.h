/* app_int.h - the console's inside, shared by app*.c and prompt.c only. */
#ifndef SPOTOP_VIEWS_APP_INT_H
#define SPOTOP_VIEWS_APP_INT_H
#include "tui/edit.h"
#include "tui/term.h"
#include "views/nav/app.h"
#include "views/table/sheet.h"
#include <uv.h>

enum { MAX_DEPTH = 16, HISTORY = 32 };
enum prompt_kind { PROMPT_NONE, PROMPT_FILTER, PROMPT_PALETTE, PROMPT_SAVE };
struct prompt {
	enum prompt_kind kind;
	struct edit edit;
	char error[512];
	char before[256]; /* the filter as it was, for Esc */
	int choice;       /* palette: highlighted candidate, -1 none */
};

/* A screen as it was left, and the way down to it. */
struct step {
	const struct view *view;
	struct view_args *args; /* NULL: none */
	char crumb[80];
	bool has_sheet, is_desc;
	char sort[48], columns[400], filter[256], key[160];
};
struct place {
	int n;
	struct step *steps;
};

struct app {
	struct cli *cli;
	uv_loop_t *loop;
	struct term *term;
	struct grid grid;
	struct keymap *keymap;
	struct db *read, *write;
	struct verb_engine *engine;  /* of the write link; opened by the first act */
	struct watch *watch;         /* the commands issued here; NULL: none yet */
	struct many *many;           /* an act on many rows, the last one; NULL: none yet */
	bool has_settled;            /* what an earlier run left open has been asked for */
	struct db_status read_status;
	double mean_rtt_ms, shown_rtt_ms; /* of the reading link's statements */
	struct screen *stack[MAX_DEPTH];
	int depth;
	struct place history[HISTORY];
	int n_history, at_history, last_history;
	bool is_place_unseen; /* the newest place has not been painted yet */
	struct screen *closed; /* freed at the end of the loop turn */
	struct prompt prompt;
	struct popup *popup, *closed_popups;
	bool popup_closing;
	uv_poll_t input;
	uv_timer_t tick, paint_later, esc_later;
	uv_signal_t winch, hup, term_sig, intr, cont;
	uv_prepare_t prepare;
	bool is_dirty, is_urgent, is_quitting, is_armed, is_frozen, is_wide, is_local, is_full, is_bare; /* bare: no header, no tabs */
	int64_t every_ms; /* reads and paints no oftener; 0: as data comes */
	int links_open;
	int exit_code;
	int64_t last_paint_ms, last_tick_ms, last_c_c_ms, lost_since_ms, back_since_ms;
	char message[300];
	enum style message_style;
	int64_t message_until_ms;
	struct ask *head_ask;
	struct table *head;
	struct save *saving; /* a large list on its way into a file; NULL: none */
	struct ask *jump_ask; /* what an id typed in the palette names */
	char jump_for[80];
	bool jump_is_scan; /* nothing was found by index */
	char theme[24];
	struct {
		int x, w;
		char digit;
	} tabs[10]; /* where the tabs were painted, on row tabs_y; n_tabs 0: a banner stands there */
	int n_tabs, tabs_y;
	bool has_noticed; /* notice.c: the newest alert, the number of notices and when the last of them came */
	int64_t noticed_alert, noticed_notices, noticed_notice_at;
	int64_t next_head_ms;
	int64_t at_ms; /* time machine; TIME_NONE: now */
	int64_t outages[16][2]; /* when there was no database: wall ms */
	size_t n_outages;
	struct ask *step_ask; /* where a step in time leads */
};

struct screen *app_top(const struct app *a);
struct sheet *app_sheet(const struct app *a);
void app_paint(struct app *a);
void app_key(struct app *a, int key);
enum reaction app_do(struct app *a, const char *action, int key); /* any action, by name */
void app_react(struct app *a, enum reaction r);
void app_back(struct app *a);
void app_quit(struct app *a, int code);
void app_push(struct app *a, const struct view *v, const struct view_args *args, const char *crumb);
void app_clear(struct app *a); /* closes every screen; they live until the end of the loop turn */
void app_bury(struct app *a);  /* ends what was closed: nobody below may still be in it */
/* trail.c */
void trail_note(struct app *a); /* before a place is left */
void trail_add(struct app *a);  /* after another one was come to */
void trail_clear(struct app *a);
void app_history(struct app *a, int by);
void app_history_last(struct app *a);
void app_switch_at(struct app *a, const char *when); /* "02:41", "-8h", "now" */
void app_step(struct app *a, int by);                /* in the past: to the event before (-1) or after (1) */

void app_relink(struct app *a); /* after cli->conf changed: a new read link, screens opened anew */
bool keys_remap(struct keymap *m, struct err *e); /* the [keys] of the settings; ERR_USAGE names file:line */

void prompt_open(struct app *a, enum prompt_kind kind);
void prompt_close(struct app *a, bool keep);
void prompt_key(struct app *a, int key);
void prompt_paint(struct app *a, struct grid *g, int y);

extern const struct binding default_keys[];
extern const size_t n_default_keys;
void help_open(struct app *a);
void describe_open(struct app *a, bool is_raw);
void menu_open(struct app *a, const char *verb_key); /* the action menu: the only door to writes */
#endif
