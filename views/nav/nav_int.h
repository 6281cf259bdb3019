/* nav_int.h - what struct nav holds; for the files of views/nav only. */
#ifndef SPOTOP_VIEWS_NAV_INT_H
#define SPOTOP_VIEWS_NAV_INT_H
#include "core/base/err.h"
#include "core/db/db.h"
#include "views/nav/nav.h"
#include "views/nav/session.h"

enum { MAX_DEPTH = 16, HISTORY = 32 };

/* A screen as it was left, and the way down to it. */
struct step {
	const struct view *view;
	struct view_args *args; /* NULL: none */
	char crumb[80];
	struct place_of_table table;
};
struct place {
	int n;
	struct step *steps;
};

struct nav {
	const struct session *session;
	const struct screen_kind *kind;
	struct term *term;
	struct actions *actions;
	/* nav.c */
	bool flags[NAV_FLAGS], is_armed, is_ascii;
	bool is_dirty, is_urgent, is_refetch, is_quitting, is_syncing, is_by_hand;
	int exit_code;
	char message[300];
	enum style message_style;
	int64_t message_until_ms;
	int64_t at_ms; /* past.c: TIME_NONE: now */
	/* links.c */
	struct db *read, *write;
	struct db_status read_status;
	int links_open;
	struct err old_schema; /* what every screen says on an older database; ERR_NONE: it is not one */
	int64_t lost_since_ms;
	int64_t outages[16][2]; /* when there was no database: wall ms */
	size_t n_outages;
	/* layers.c */
	struct screen *stack[MAX_DEPTH], *closed;
	int depth;
	struct popup *popup, *closed_popups;
	bool is_popup_closing;
	/* trail.c */
	struct place history[HISTORY];
	int n_history, at_history, last_history;
	bool is_place_unseen; /* the newest place has not been painted yet */
	/* kept.c */
	struct kept *kept;
	/* past.c */
	struct ask *step_ask; /* where a step in time leads */
};
#endif
