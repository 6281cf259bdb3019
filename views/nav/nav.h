/* nav.h - what a screen may ask of the console: what time it is here, what may be done, a message, a repaint.
 *
 * struct nav owns the links, the screens and the window over them, the message, the history of places and what
 * is to be painted. Everybody asks it by function. */
#ifndef SPOTOP_VIEWS_NAV_H
#define SPOTOP_VIEWS_NAV_H
#include "views/nav/screen.h"

struct actions;
struct session;
struct term;

struct nav *nav_new(const struct session *s, const struct screen_kind *kind);
void nav_free(struct nav *nav);                     /* the links are closed, the screens gone */
void nav_attach(struct nav *nav, struct term *term); /* before anything is opened */
const struct session *nav_session(const struct nav *nav);

/* --- time --- */
struct cell_env nav_env(const struct nav *nav);
int64_t nav_now_ms(const struct nav *nav);  /* server's wall time as far as known */
int64_t nav_at_ms(const struct nav *nav);   /* the time shown; TIME_NONE: now */
bool nav_is_past(const struct nav *nav);    /* the time machine is on: nothing ages, nothing may be issued */
/* Is what is here of another time than the screen says (since then; 0: no), and is that to be seen? For the
 * blink of an eye that an answer takes, the old picture stays. */
bool nav_is_of_other_time(int64_t since_ms);

/* --- what the operator chose --- */
bool nav_is_armed(const struct nav *nav); /* commands may be issued: armed, and not in the past */
void nav_arm(struct nav *nav, bool is_armed);
enum nav_flag { NAV_WIDE /* hidden columns too */, NAV_LOCAL /* local times */, NAV_PAUSED /* the screen stands */, NAV_FLAGS };
bool nav_has(const struct nav *nav, enum nav_flag f);
void nav_set(struct nav *nav, enum nav_flag f, bool on);

/* --- words and letters --- */
void nav_say(struct nav *nav, enum style st, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void nav_say_until_key(struct nav *nav); /* what was said last stays that long */
void nav_hush(struct nav *nav);          /* a key came: what was said is read */
const char *nav_message(const struct nav *nav, enum style *st); /* NULL: there is none now */
void nav_bell(struct nav *nav, const char *why);
void nav_copy(struct nav *nav, const char *what, const char *text);
void nav_copy_said(struct nav *nav, const char *said, const char *text); /* long texts: only `said` is shown */
void nav_drop_keys(struct nav *nav); /* type-ahead is not for what opens now */

/* --- the loop's turn --- */
void nav_dirty(struct nav *nav);  /* paint when it is time */
void nav_urgent(struct nav *nav); /* paint in this turn */
/* Does what is asked of the database from here on answer a key? That is painted when it comes, however seldom the
 * rest is. Returns what was so before. */
bool nav_by_hand(struct nav *nav, bool is_by_hand);
bool nav_wants_paint(const struct nav *nav, bool *is_urgent);
void nav_painted(struct nav *nav);
void nav_refetch(struct nav *nav);      /* something changed: read what is shown, and the header */
bool nav_take_refetch(struct nav *nav); /* was that asked for? once */
void nav_quit(struct nav *nav, int code);
bool nav_is_quitting(const struct nav *nav, int *code);

/* Who issues actions in this console (actions/engine.h): kept here, known to those who issue. */
void nav_set_actions(struct nav *nav, struct actions *x);
struct actions *nav_actions(const struct nav *nav);

/* "live", "4 m ago" up to the column right, for a screen or a panel. */
void nav_paint_age(struct grid *g, int y, int right, const struct nav *nav, int64_t read_at_mono_ms);
#endif
