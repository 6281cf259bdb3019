/* nav.c - what a screen may ask of the console: the time, what the operator chose, a message, a repaint. */
#include "views/nav/nav.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "tui/term.h"
#include "views/nav/kept.h"
#include "views/nav/nav_int.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

enum { SAY_MS = 6000, FRESH_MS = 3000, BLINK_MS = 250 };

struct nav *nav_new(const struct session *s, const struct screen_kind *kind)
{
	struct nav *nav = mem_alloc(sizeof *nav);
	nav->session = s;
	nav->kind = kind;
	nav->at_ms = s->at_ms;
	nav->is_armed = s->is_armed;
	nav->flags[NAV_LOCAL] = s->is_local;
	return nav;
}

void nav_free(struct nav *nav)
{
	nav_forget_kept(nav);
	free(nav);
}

void nav_attach(struct nav *nav, struct term *term)
{
	nav->term = term;
	nav->is_ascii = !term_is_utf8(term);
}

const struct session *nav_session(const struct nav *nav) { return nav->session; }

void nav_set_actions(struct nav *nav, struct actions *x) { nav->actions = x; }
struct actions *nav_actions(const struct nav *nav) { return nav->actions; }

/* --- time --- */

bool nav_is_past(const struct nav *nav) { return nav->at_ms != TIME_NONE; }
int64_t nav_at_ms(const struct nav *nav) { return nav->at_ms; }
int64_t nav_now_ms(const struct nav *nav) { return clock_wall_ms() + nav->read_status.clock_skew_ms; }
bool nav_is_of_other_time(int64_t since_ms) { return since_ms && clock_mono_ms() - since_ms > BLINK_MS; }

struct cell_env nav_env(const struct nav *nav)
{
	int64_t now = nav_is_past(nav) ? nav->at_ms : nav_now_ms(nav);
	return (struct cell_env){ .now_ms = now,
		                  .is_local = nav->flags[NAV_LOCAL],
		                  .is_ascii = nav->is_ascii };
}

/* --- what the operator chose --- */

bool nav_is_armed(const struct nav *nav) { return nav->is_armed && !nav_is_past(nav); }
void nav_arm(struct nav *nav, bool is_armed) { nav->is_armed = is_armed; }
bool nav_has(const struct nav *nav, enum nav_flag f) { return nav->flags[f]; }
void nav_set(struct nav *nav, enum nav_flag f, bool on)
{
	nav->flags[f] = on;
	if (f == NAV_LOCAL) time_use_local(on); /* what is typed is of the zone that is shown */
}

/* --- words and letters --- */

void nav_say(struct nav *nav, enum style st, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(nav->message, sizeof nav->message, fmt, ap);
	va_end(ap);
	nav->message_style = st;
	nav->message_until_ms = clock_mono_ms() + SAY_MS;
	nav->is_dirty = true;
}

void nav_say_until_key(struct nav *nav) { nav->message_until_ms = INT64_MAX; }
void nav_hush(struct nav *nav) { nav->message_until_ms = 0; }

const char *nav_message(const struct nav *nav, enum style *st)
{
	*st = nav->message_style;
	return nav->message[0] && clock_mono_ms() < nav->message_until_ms ? nav->message : NULL;
}

void nav_bell(struct nav *nav, const char *why)
{
	term_bell(nav->term);
	term_notify(nav->term, why);
}

void nav_copy_said(struct nav *nav, const char *said, const char *text)
{
	term_copy(nav->term, text, strlen(text));
	nav_say(nav, ST_INFO, "%s", said);
}

void nav_copy(struct nav *nav, const char *what, const char *text)
{
	term_copy(nav->term, text, strlen(text));
	nav_say(nav, ST_INFO, "copied %s: %s", what, text);
}

void nav_drop_keys(struct nav *nav) { term_flush_input(nav->term); }

/* --- the loop's turn --- */

void nav_dirty(struct nav *nav) { nav->is_dirty = true; }
void nav_urgent(struct nav *nav) { nav->is_urgent = true; }

bool nav_by_hand(struct nav *nav, bool is_by_hand)
{
	bool was = nav->is_by_hand;
	nav->is_by_hand = is_by_hand;
	return was;
}

bool nav_wants_paint(const struct nav *nav, bool *is_urgent)
{
	*is_urgent = nav->is_urgent;
	return nav->is_dirty || nav->is_urgent;
}

void nav_painted(struct nav *nav) { nav->is_dirty = nav->is_urgent = nav->is_place_unseen = false; }

void nav_refetch(struct nav *nav)
{
	nav->is_refetch = true;
	for (int i = 0; i < nav->depth; i++) nav->stack[i]->next_fetch_ms = 0;
}

bool nav_take_refetch(struct nav *nav)
{
	bool was = nav->is_refetch;
	nav->is_refetch = false;
	return was;
}

void nav_quit(struct nav *nav, int code)
{
	if (nav->is_quitting) return;
	nav->is_quitting = true;
	nav->exit_code = code;
	uv_stop(nav->session->loop);
}

bool nav_is_quitting(const struct nav *nav, int *code)
{
	if (code) *code = nav->exit_code;
	return nav->is_quitting;
}

/* --- painting --- */

enum { TITLE_COLS = 20 };

void nav_paint_age(struct grid *g, int y, int right, const struct nav *nav, int64_t read_at_mono_ms)
{
	char age[32], text[64];
	bool is_stale = nav->read_status.phase != DB_UP;
	if (nav->old_schema.code) { /* nothing here was read, nor will be */
		const char *why = nav->old_schema.text;
		int len = (int)strlen(why), room = right - TITLE_COLS;
		if (len > room) len = room;
		if (len > 0) grid_text(g, y, right - len, len, ST_WARN, why);
		return;
	}
	if (nav_is_past(nav))
		snprintf(text, sizeof text, "as it was");
	else if (read_at_mono_ms == TIME_NONE)
		snprintf(text, sizeof text, "not read yet");
	else {
		int64_t old = clock_age_ms(read_at_mono_ms);
		/* A screen that reads every second or two stays still: one word for all of it. */
		bool is_still = nav->flags[NAV_PAUSED] || is_stale;
		if (old < (is_still ? 1000 : FRESH_MS))
			snprintf(text, sizeof text, is_still ? "now" : "live");
		else
			snprintf(text, sizeof text, "%s ago", fmt_age(age, sizeof age, old / 1000 * 1000));
	}
	int n = (int)strlen(text);
	grid_text(g, y, right - n, n, is_stale ? ST_WARN : ST_DIM, text);
}
