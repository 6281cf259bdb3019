/* all_keys.c - every key that ? lists is pressed, in every view, and does what its line says: the lines come from the
 * keymap, what they have to show from the table below. SPOTOP_VIEWS: how many views, from that of SPOTOP_SEED on. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "tests/support/eyes.h"
#include "tests/support/fleet.h"
#include "tests/support/server.h"
#include "tui/key.h"
#include "tui/keymap.h"
#include "views/app/keys.h"
#include "views/registry.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 100, COLS = 130, QUIET_MS = 40, TITLE_AT = 3 };

/* What an action shows; those that are not here change the screen, move its cursor or say something. */
static const struct {
	const char *action, *shows;
} shows[] = {
	{ "view.1", "TITLE overview" },
	{ "view.2", "TITLE agents" },
	{ "view.3", "TITLE instances" },
	{ "view.4", "TITLE events" },
	{ "view.5", "TITLE commands" },
	{ "view.6", "TITLE switches" },
	{ "view.7", "TITLE prices" },
	{ "view.8", "TITLE jobs" },
	{ "view.9", "TITLE timeline" },
	{ "palette", "Tab completes" },
	{ "help", "help: " },
	{ "copy.row", "copied" },
	{ "copy", "copied" },
	{ "copy.menu", "Enter copies the line" },
	{ "timezone", "times are " },
	{ "screen.pause", "SCREEN PAUSED" },
	{ "interrupt", "C-c again quits" },
	{ "columns", "Space shows or hides" },
	{ "follow.row", "stays" },
	{ "mark.all", "marked" },
	{ "mark.one", "marked" },
	{ "mark.range", "marking a range" },
	{ "describe", "Esc closes" },
	{ "act", "Esc leaves" },
	{ "filter", "/" },
	{ "faults", "faults only" },
	{ "wide", "all columns" },
	{ "save", "save" },
	{ "sort.next", "sorted by" },
	{ "sort.prev", "sorted by" },
	{ "find.next", "nothing was looked for" },
	{ "find.prev", "nothing was looked for" },
};
/* What may leave the screen as it is: asked again, drawn again, cleared though clear, or at an end. */
static const char *const silent[] = { "refresh",        "out",          "redraw",          "mark.clear",
	                              "move.left",      "move.right",   "move.up",         "move.top",
	                              "move.end",       "move.down",    "move.half_down",  "move.half_up",
	                              "move.page_down", "move.page_up", "history.forward", "history.back",
	                              "history.last",   "mark.up",      "faults",          "sort.here",
	                              "sort.age",       "sort.name",    "sort.state",      "sort.invert" };
/* What ends the console, or gives the terminal back: the suites closing and term. */
static const char *const ends[] = { "quit", "suspend" };

/* Views that are reached from a row. */
static const struct {
	const char *view, *keys, *until;
} ways[] = { { "agent", "2\r", "batch-1" },
	     { "why", "2jW", "its instances" },
	     { "plan", ":plans\r\r", "db-2" },
	     { "chart", ":pools\r\r", "linear" } };

static struct fleet fleet;
static struct buf faults; /* of the view */
static void start_fleet(void)
{
	fleet_start(&fleet);
	fleet_sql(&fleet, "root", "tests/e2e/fuller.sql");
	fleet_sql(&fleet, "pictures", "tests/e2e/mine.sql");
	views_are(all_views);
}
static void stop_fleet(void) { fleet_stop(&fleet); }

static bool is_among(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], name) == 0) return true;
	return false;
}

/* As a terminal sends it. */
static const char *bytes_of(const char *key)
{
	static const struct {
		const char *key, *bytes;
	} sent[] = { { "Down", "\033[B" },      { "Up", "\033[A" },        { "Right", "\033[C" },
		     { "Left", "\033[D" },      { "Home", "\033[H" },      { "End", "\033[F" },
		     { "PgDn", "\033[6~" },     { "PgUp", "\033[5~" },     { "S-Right", "\033[1;2C" },
		     { "S-Left", "\033[1;2D" }, { "S-Down", "\033[1;2B" }, { "S-Up", "\033[1;2A" },
		     { "S-Tab", "\033[Z" },     { "F1", "\033OP" },        { "F9", "\033[20~" },
		     { "C-Space", NULL } };
	static char one[2];
	for (size_t i = 0; i < ARRAY_LEN(sent); i++)
		if (strcmp(sent[i].key, key) == 0) return sent[i].bytes;
	one[0] = (char)key_parse(key);
	return one;
}

static char *now(void)
{
	int y = -1, x = -1;
	pty_cursor(p, &y, &x);
	return mem_printf("%s\n%d", pty_screen(p), y);
}

static void rest(void)
{
	pty_settle(p, QUIET_MS);
	for (int tries = 0; strstr(pty_screen(p), "reading") && tries < 100; tries++) pty_settle(p, QUIET_MS);
}

/* The view, its second row under the cursor where there is one. */
static void open_view(const struct view *v)
{
	char keys[80];
	snprintf(keys, sizeof keys, ":%s\r", v->name);
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		if (strcmp(ways[i].view, v->name) == 0) snprintf(keys, sizeof keys, "%s", ways[i].keys);
	escape();
	for (char *k = keys; *k; k++) {
		char one[2] = { *k, 0 };
		pty_keys(p, one);
		if (*k == '\r' || k[1] == 0 || keys[0] != ':') rest();
	}
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		if (strcmp(ways[i].view, v->name) == 0) pty_wait_text(p, ways[i].until, WAIT_MS), rest();
	pty_keys(p, "j");
	rest();
}

static bool has_shown(const char *what)
{
	const char *title = pty_screen(p);
	if (strncmp(what, "TITLE ", 6) != 0) return pty_wait_text(p, what, WAIT_MS);
	for (int tries = 0; tries < WAIT_MS / 50; tries++) {
		title = pty_screen(p);
		for (int i = 0; i < TITLE_AT && strchr(title, '\n'); i++) title = strchr(title, '\n') + 1;
		if (strncmp(title + 1, what + 6, strlen(what + 6)) == 0) return true;
		pty_pump(p, 50);
	}
	return false;
}

/* Does the title count no rows? */
static bool is_empty(const char *screen)
{
	const char *title = screen;
	for (int i = 0; i < TITLE_AT && strchr(title, '\n'); i++) title = strchr(title, '\n') + 1;
	title += 1 + strcspn(title + 1, " ");
	title += strspn(title, " ");
	return *title == '0' && (title[1] == ' ' || title[1] == '\n');
}

/* Is this line of the keymap among those of ?; a column may be called as a key is. */
static bool is_listed(const char *help, const char *keys, const char *says)
{
	char line[160];
	snprintf(line, sizeof line, "\n  %s ", keys);
	for (const char *at = strstr(help, line); at; at = strstr(at + 1, line)) {
		const char *text = at + strlen(line);
		text += strspn(text, " ");
		if (strncmp(text, says, strlen(says) < 20 ? strlen(says) : 20) == 0) return true;
	}
	return false;
}

static void press(const struct view *v, const char *key, const char *action, const char *help)
{
	const char *bytes = bytes_of(key), *must = NULL;
	for (size_t i = 0; i < ARRAY_LEN(shows); i++)
		if (strcmp(shows[i].action, action) == 0) must = shows[i].shows;
	char *before = now();
	bool has_rows = !is_empty(before);
	char not_known[80], not_here[80];
	snprintf(not_known, sizeof not_known, " %s does nothing here", key);
	snprintf(not_here, sizeof not_here, "%s: not on this screen", action);
	if (bytes)
		pty_keys(p, bytes);
	else
		pty_bytes_in(p, "", 1); /* C-Space */
	rest();
	char *after = now();
	bool is_silent = is_among(action, silent, ARRAY_LEN(silent));
	/* a busy machine answers later */
	for (int tries = 0; !must && !is_silent && strcmp(before, after) == 0 && tries < WAIT_MS / 50;
	     tries++) {
		pty_pump(p, 50);
		free(after);
		after = now();
	}
	const char *s = pty_screen(p);
	bool is_same = strcmp(before, after) == 0;
	const char *fault = strstr(s, not_known) || strstr(s, not_here) ? "is not known there" : NULL;
	/* on what is empty it may say so instead */
	if (!fault && must && !(is_silent && is_same) && (has_rows || !strstr(s, "no row here")) &&
	    !has_shown(must))
		fault = "does not show what it must";
	if (!fault && !must && !is_silent && is_same) fault = "changes nothing";
	if (fault) buf_addf(&faults, "%s: %s (%s, '%s') %s\n", v->name, key, action, help, fault);
	if (strcmp(action, "screen.pause") == 0 || strcmp(action, "wide") == 0 ||
	    strcmp(action, "timezone") == 0 || strcmp(action, "header") == 0 || strcmp(action, "full") == 0)
		pty_keys(p, bytes); /* back */
	/* what only went elsewhere on the screen may stay so */
	static const char *const stays[] = { "move.",   "focus.", "find.", "sort.",
		                             "column.", "tier.",  "zoom.", "pan." };
	bool is_here = is_same;
	for (size_t i = 0; i < ARRAY_LEN(stays); i++)
		is_here |= strncmp(action, stays[i], strlen(stays[i])) == 0;
	if (!is_here) open_view(v);
	free(before);
	free(after);
}

/* What ? lists here, as "keys" lines of the keymap that stand on the screen. */
static char *help_here(void)
{
	pty_keys(p, "?");
	want("help: ");
	pty_settle(p, QUIET_MS);
	char *text = mem_dup(pty_screen(p));
	escape();
	return text;
}

START_TEST(a_listed_key_does_what_its_line_says)
{
	unsigned n = 0, first, most;
	struct err e;
	while (all_views[n]) n++;
	first = getenv("SPOTOP_SEED") ? (unsigned)atoi(getenv("SPOTOP_SEED")) : 0;
	most = getenv("SPOTOP_VIEWS") ? (unsigned)atoi(getenv("SPOTOP_VIEWS")) : 2;
	if ((unsigned)_i >= most || (unsigned)_i >= n) return;
	const struct view *v =
	        all_views[(first + (unsigned)_i) % n]; /* of itself the overview and the agents */
	struct keymap *m = keys_new(&e);
	p = fleet_console(&fleet, ROWS, COLS, true, NULL, NULL);
	want("5 agents");
	open_view(v);
	char keys[80], *help = help_here();
	const char *action, *says;
	int listed = 0;
	for (size_t i = 0; keymap_line(m, v->name, i, keys, sizeof keys, &action, &says); i++) {
		if (!is_listed(help, keys, says)) continue;
		listed++;
		if (is_among(action, ends, ARRAY_LEN(ends))) continue;
		if (strcmp(action, "back") == 0 && strcmp(v->name, "overview") == 0) continue;
		for (char *save = NULL, *k = strtok_r(keys, " ", &save); k; k = strtok_r(NULL, " ", &save))
			press(v, k, action, says);
	}
	ck_assert_msg(listed > 20, "%s: only %d keys are listed:\n%s", v->name, listed, help);
	ck_assert_msg(faults.len == 0, "%s", buf_str(&faults));
	buf_free(&faults);
	free(help);
	keymap_free(m);
}
END_TEST

Suite *suite_all_keys(void);
Suite *suite_all_keys(void)
{
	Suite *s = suite_create("all_keys");
	TCase *t = tcase_create("all keys");
	tcase_set_timeout(t, 600);
	tcase_add_unchecked_fixture(t, start_fleet, stop_fleet);
	tcase_add_checked_fixture(t, NULL, end_console);
	tcase_add_loop_test(t, a_listed_key_does_what_its_line_says, 0, 40);
	suite_add_tcase(s, t);
	return s;
}
