/* app.h - what the console process holds, shared by the files of views/app: the loop's handles, the terminal and
 * its picture, the keys, the prompt. What screens see is struct nav (views/nav/nav.h). */
#ifndef SPOTOP_VIEWS_APP_H
#define SPOTOP_VIEWS_APP_H
#include "tui/edit.h"
#include "tui/grid.h"
#include "tui/keymap.h"
#include "tui/term.h"
#include "views/nav/nav.h"
#include <uv.h>

enum prompt_kind { PROMPT_NONE, PROMPT_FILTER, PROMPT_PALETTE, PROMPT_SAVE };
struct prompt {
	enum prompt_kind kind;
	struct edit edit;
	char error[512];
	char before[256];   /* the filter as it was, for Esc */
	char stood_on[160]; /* the row that the cursor was on, whatever the letters typed since hid */
	size_t top;         /* and the first row on the screen */
	int choice;         /* palette: highlighted candidate, -1 none */
};

struct app {
	struct nav *nav;
	struct term *term;
	struct grid grid;
	struct keymap *keymap;
	/* console.c */
	uv_poll_t input;
	uv_timer_t tick, paint_later, esc_later;
	uv_signal_t winch, hup, term_sig, intr;
	uv_prepare_t prepare;
	int64_t every_ms; /* reads and paints no oftener; 0: as data comes */
	int64_t last_paint_ms, last_tick_ms;
	/* head.c */
	struct ask *head_ask;
	struct table *head; /* NULL: not read yet */
	int64_t next_head_ms;
	/* frame.c */
	bool is_full, is_bare;            /* bare: no header, no tabs */
	double mean_rtt_ms, shown_rtt_ms; /* of the reading link's statements */
	struct {
		int x, w;
		char digit;
	} tabs[10]; /* where the tabs were painted, on row tabs_y; n_tabs 0: a banner stands there */
	int n_tabs, tabs_y;
	/* actions.c */
	int64_t last_c_c_ms;
	/* prompt.c */
	struct prompt prompt;
	char theme[24];
	/* complete.c: the names that may stand behind `:timeline` and the like, and for which line they were asked */
	struct ask *names_ask;
	struct table *names;
	char names_for[280];
	/* save.c: a large list on its way into a file; NULL: none */
	struct save *saving;
	/* jump.c: what an id typed in the palette names */
	struct ask *jump_ask;
	char jump_for[80];
	bool jump_is_scan; /* nothing was found by index */
	/* notice.c: the newest alert, the number of notices and when the last of them came */
	bool has_noticed;
	int64_t noticed_alert, noticed_notices, noticed_notice_at;
};
#endif
