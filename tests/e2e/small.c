/* small.c - at 40x12 every dialog is whole: each verb's is opened from a row of its list and walked to its confirmation, and
 * nothing of what it says is cut; what has no room is scrolled to. SPOTOP_VIEWS: how many, from that of SPOTOP_SEED on. */
#include "core/base/mem.h"
#include "tests/support/eyes.h"
#include "tests/support/fleet.h"
#include "views/model/verbs.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 12, COLS = 40, DEAF_MS = 350, BANNER_AT = 1, SOME = 3 };

/* The keys from any screen to its menu, and on through it; ` looks at what is there, ; types the code that is asked for. */
static const struct walk {
	const char *verb, *keys;
} walks[] = {
	{ "switch", ":agents\rj a`s`\r`;`" },
	{ "launch", ":agents\rGka`l`\r`" },
	{ "promote", ":instances\rGa`p`" },
	{ "terminate", ":instances\ra`t`" },
	{ "config", ":agents\rja`c`\033[B`\025min_savings_percent=31\r`y`" },
	{ "self_destruct", ":agents\rja`X`it is not needed any more, and its volume is kept\r`" },
	{ "cancel", ":commands\ra`n`" },
	{ "freeze", ":agents\rja`z`\t`\r`2h\r`release in progress, until the night shift is here\r`y`" },
	{ "thaw", ":agents\rja`w`\025client:beta\r`" },
	{ "cordon", ":pools\ra`o`2h\r`many notices here\r`" },
	{ "uncordon", ":pools\r/1b\ra`u`" },
	{ "ack", ":alerts\ra`a`y`" },
	{ "claim", ":alerts\ra`m`" },
	{ "release", ":alerts\ra`b`" },
	{ "snooze", ":alerts\ra`y`1h\r`" },
	{ "note", ":alerts\ra`e`called the owner of it, who looks\r`" },
	{ "drop_part", ":alerts\ra`d`these prices are of a test\r`" },
	{ "accept_part", ":alerts\ra`p`these prices are of a test\r`" },
	{ "run_job", ":jobs\ra`r`" },
	{ "stop_job", ":jobs\ra`n`" },
	{ "evacuate", ":zones\ra`v`" },
	{ "run_plan", ":plans\rGa`r`" },
	{ "pause_plan", ":plans\rGa`p`" },
	{ "resume_plan", ":plans\rGa`u`" },
	{ "cancel_plan", ":plans\rGa`n`" },
	{ "on three at once", ":agents\rj   a`s`\r`" },
	{ "columns", ":agents\ro`" },
};

static struct fleet fleet;
static void start_fleet(void)
{
	fleet_start(&fleet);
	fleet_sql(&fleet, "root", "tests/e2e/storm.sql");
	fleet_sql(&fleet, "root", "tests/e2e/fuller.sql");
	fleet_sql(&fleet, "pictures", "tests/e2e/mine.sql");
}
static void stop_fleet(void) { fleet_stop(&fleet); }

/* Below the header, and the freeze that stands under it on all screens. */
static void is_whole(const char *verb)
{
	const char *s = pty_screen(p);
	for (int row = 0; *s; row++) {
		size_t n = strcspn(s, "\n");
		bool is_said =
		        row == ROWS - 1 && strncmp(s, " Esc", 4) != 0; /* it stands in the dialog too */
		if (row > BANNER_AT && !is_said && memmem(s, n, "…", strlen("…")))
			ck_abort_msg("%s: '%.*s' is cut on\n%s", verb, (int)n, s, pty_screen(p));
		s += n + (s[n] == '\n');
	}
}

static void look(const char *verb)
{
	pty_settle(p, DEAF_MS);
	for (int tries = 0;
	     tries < 100 && (strstr(pty_screen(p), "reading") || strstr(pty_screen(p), "previewing") ||
	                     strstr(pty_screen(p), "waiting for") || strstr(pty_screen(p), "planning"));
	     tries++)
		pty_settle(p, DEAF_MS);
	is_whole(verb);
	if (getenv("SPOTOP_LOOK")) fprintf(stderr, "--- %s\n%s", verb, pty_screen(p));
	for (int tries = 0; tries < 20 && strstr(pty_screen(p), "Down: "); tries++) {
		pty_keys(p, "\033[6~");
		pty_settle(p, 60);
		is_whole(verb);
		if (getenv("SPOTOP_LOOK")) fprintf(stderr, "--- %s, on\n%s", verb, pty_screen(p));
	}
}

static void type_code(void)
{
	const char *at = strstr(pty_screen(p), "type "), *stop = at ? strstr(at, ", Esc") : NULL;
	char code[8];
	ck_assert_msg(stop && stop - at - 5 < (long)sizeof code, "no code is asked for on\n%s",
	              pty_screen(p));
	snprintf(code, sizeof code, "%.*s", (int)(stop - at - 5), at + 5);
	pty_keys(p, code);
}

static void walk(const struct walk *w)
{
	for (const char *k = w->keys; *k; k++) {
		char one[4] = { *k, 0 };
		if (*k == '\033') memcpy(one, k, 3), k += 2; /* an arrow, in one piece */
		if (*k == '`')
			look(w->verb);
		else if (*k == ';')
			type_code();
		else
			pty_keys(p, one);
		if (*k == '\r') pty_settle(p, 150), pty_wait_gone(p, "not read yet", WAIT_MS);
	}
	for (int i = 0; i < 3; i++) escape();
}

START_TEST(a_dialog_is_whole)
{
	static const char *const args[] = { "--write", NULL };
	const char *seed = getenv("SPOTOP_SEED"), *views = getenv("SPOTOP_VIEWS");
	unsigned first = seed ? (unsigned)atoi(seed) : 0, most = views ? (unsigned)atoi(views) : SOME;
	p = fleet_console(&fleet, ROWS, COLS, true, args, NULL);
	want("live");
	for (unsigned i = 0; i < most && i < ARRAY_LEN(walks); i++)
		walk(&walks[(first * SOME + i) % ARRAY_LEN(walks)]);
}
END_TEST

START_TEST(each_verb_has_its_walk)
{
	for (size_t i = 0; verbs[i]; i++) {
		bool is_here = false;
		for (size_t k = 0; k < ARRAY_LEN(walks); k++)
			is_here |= strcmp(walks[k].verb, verbs[i]->name) == 0;
		ck_assert_msg(is_here, "%s is not walked", verbs[i]->name);
	}
}
END_TEST

Suite *suite_small(void);
Suite *suite_small(void)
{
	Suite *s = suite_create("small");
	TCase *t = tcase_create("40x12");
	tcase_set_timeout(t, 240);
	tcase_add_unchecked_fixture(t, start_fleet, stop_fleet);
	tcase_add_checked_fixture(t, NULL, end_console);
	tcase_add_test(t, a_dialog_is_whole);
	tcase_add_test(t, each_verb_has_its_walk);
	suite_add_tcase(s, t);
	return s;
}
