/* locale.c - somebody's own language changes nothing: decimal commas, other months, an I whose small letter is not
 * i. The locales are made by the test, in a folder of its own; the screen and what scripts read are compared
 * letter by letter with the plain one's. And what is typed under --local-time is local. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "tests/support/fleet.h"
#include "tests/support/pty.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_locale(void);
enum { WAIT_MS = 30000 };
static struct fleet fleet;
static char dir[64];

static const struct {
	const char *name, *source, *charmap, *point; /* source NULL: glibc has it */
	const char *like;                            /* the plain locale that it must not differ from */
} locales[] = {
	{ "de_DE.UTF-8", "de_DE", "UTF-8", ",", "C.UTF-8" },
	{ "fr_FR.UTF-8", "fr_FR", "UTF-8", ",", "C.UTF-8" },
	{ "tr_TR.UTF-8", "tr_TR", "UTF-8", ",", "C.UTF-8" },
	{ "tr_TR.ISO-8859-9", "tr_TR", "ISO-8859-9", ",", "C" },
	{ "POSIX", NULL, NULL, ".", "C" },
	{ "C", NULL, NULL, ".", "C" },
	{ "xx_XX.UTF-8", NULL, NULL, ".", "C.UTF-8" }, /* a name that ssh brought, and nobody has it here */
};

/* What a command prints; its exit must be code (-1: any). free() */
static char *output_of(const char *locale, const char *command, int code)
{
	struct buf b = BUF_EMPTY;
	char piece[4096];
	char *line = mem_printf("LOCPATH='%s' LC_ALL='%s' TZ=UTC SPOTOP_CLOCK=2026-11-22T12:04:31Z "
	                        "XDG_STATE_HOME='%s' "
	                        "XDG_CONFIG_HOME='%s' %s 2>&1",
	                        dir, locale, fleet.home, fleet.home, command);
	FILE *f = popen(line, "r");
	ck_assert_ptr_nonnull(f);
	for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;) buf_add(&b, piece, n);
	int status = pclose(f);
	ck_assert_msg(code < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == code), "%s: %s", line,
	              buf_str(&b));
	free(line);
	buf_adds(&b, "");
	return b.s ? buf_detach(&b) : mem_dup("");
}

static void start(void)
{
	char command[300];
	fleet_start(&fleet);
	snprintf(dir, sizeof dir, "/tmp/spotop-locale.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	for (size_t i = 0; i < ARRAY_LEN(locales); i++) {
		if (!locales[i].source) continue;
		snprintf(command, sizeof command, "localedef -c -i %s -f %s %s/%s >/dev/null 2>&1",
		         locales[i].source, locales[i].charmap, dir, locales[i].name);
		int status = system(command);
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) <= 1, "%s (apt-get install locales)",
		              command);
		char *point = output_of(locales[i].name, "locale decimal_point", 0);
		ck_assert_msg(point[0] == locales[i].point[0], "%s was not made: its decimal point is %s",
		              locales[i].name, point);
		free(point);
	}
}

static void stop(void)
{
	char command[100];
	fleet_stop(&fleet);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(scripts_read_the_same_everywhere)
{
	static const char *const lines[] = {
		"agents -o json",
		"agents -o table",
		"instances -o csv",
		"pools -o jsonl",
		"overview -o table",
		"clients -o md",
		"instances --filter 'usd_per_hour>0.01 usd_per_hour<1.5' -o csv",
		"agents --filter 'SILENT_S>0.5 CLIENT:a' -o json",
		"events --filter 'TYPE:LIMIT|TYPE:INSTANCE' -o json",
		"pools --sort usd_per_hour,desc --limit 3",
		"report --since 8h",
		"timeline --since 2h",
		"prices --tier raw --min-confidence 0.5",
		"price",
		"agents --limit 1.5",
	};
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		char *command = mem_printf("'%s' --defaults-file='%s' %s", getenv("SPOTOP_BIN"), fleet.conf,
		                           lines[i]);
		char *plain = output_of(locales[_i].like, command, -1),
		     *here = output_of(locales[_i].name, command, -1);
		ck_assert_msg(strcmp(plain, here) == 0, "%s under %s:\n%.1500s\nnot:\n%.1500s", lines[i],
		              locales[_i].name, here, plain);
		ck_assert_msg(*plain, "%s says nothing", lines[i]);
		free(command);
		free(plain);
		free(here);
	}
}
END_TEST

/* The screen of a view, and what a filter with a number leaves of it. */
static char *screen_of(const char *locale, const char *view)
{
	char all[40], path[90];
	const char *args[] = { "--view", view, NULL }, *env[] = { all, path, NULL };
	snprintf(all, sizeof all, "LC_ALL=%s", locale);
	snprintf(path, sizeof path, "LOCPATH=%s", dir);
	struct pty *p = fleet_console(&fleet, 40, 160, true, args, env);
	ck_assert_ptr_nonnull(p);
	ck_assert_msg(pty_wait_text(p, "us-east-1", WAIT_MS), "%s under %s:\n%s", view, locale,
	              pty_screen(p));
	pty_settle(p, 300);
	char *screen = mem_dup(pty_screen(p));
	pty_free(p);
	return screen;
}

START_TEST(the_screen_is_the_same_everywhere)
{
	static const char *const views[] = { "instances", "pools" };
	for (size_t i = 0; i < ARRAY_LEN(views); i++) {
		char *plain = screen_of(locales[_i].like, views[i]),
		     *here = screen_of(locales[_i].name, views[i]);
		ck_assert_msg(strcmp(plain, here) == 0, "%s under %s:\n%s\nnot:\n%s", views[i],
		              locales[_i].name, here, plain);
		free(plain);
		free(here);
	}
}
END_TEST

/* At 14:03:30 in a zone two hours ahead it is 12:03:30 UTC, on the line and at the prompt; what has a Z is UTC. */
START_TEST(what_is_typed_is_of_the_zone_that_is_shown)
{
	static const struct {
		const char *line, *says;
	} lines[] = {
		{ "agents --at 11:03:30 --local-time -o json", "\"at\":\"2026-11-22T09:03:30.000Z\"" },
		{ "agents --at 11:03:30 -o json", "\"at\":\"2026-11-22T11:03:30.000Z\"" },
		{ "agents --at 2026-11-22T11:03:30Z --local-time -o json",
		  "\"at\":\"2026-11-22T11:03:30.000Z\"" },
		{ "agents --at '2026-11-22 11:03' --local-time -o json",
		  "\"at\":\"2026-11-22T09:03:00.000Z\"" },
		{ "agents --at 2026-02-30 --local-time", "'2026-02-30' is not a time" },
		{ "agents --at 2026-02-29T10:00Z", "'2026-02-29T10:00Z' is not a time" },
		{ "prices --tier raw --from 2026-02-30 --to now", "'2026-02-30' is not a time" },
		{ "report --since 2026-02-30", "not '2026-02-30'" },
		{ "events --filter 'at>2026-02-30'", "2026-02-30" },
	};
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		char *command = mem_printf("TZ=XST-2 '%s' --defaults-file='%s' %s", getenv("SPOTOP_BIN"),
		                           fleet.conf, lines[i].line);
		char *said = output_of("C.UTF-8", command, -1);
		ck_assert_msg(strstr(said, lines[i].says), "%s: no %s in: %.500s", lines[i].line,
		              lines[i].says, said);
		free(command);
		free(said);
	}
	const char *args[] = { "--view", "commands", "--local-time", NULL }, *env[] = { "TZ=XST-2", NULL };
	struct pty *p = fleet_console(&fleet, 24, 120, true, args, env);
	ck_assert(pty_wait_text(p, "completed", WAIT_MS));
	pty_keys(p, ":at 11:03:30\r");
	ck_assert_msg(pty_wait_text(p, "AS IT WAS 2026-11-22 09:03:30Z", WAIT_MS), "%s", pty_screen(p));
	pty_keys(p, ":at 10:03:30Z\r");
	ck_assert_msg(pty_wait_text(p, "AS IT WAS 2026-11-22 10:03:30Z", WAIT_MS), "%s", pty_screen(p));
	pty_free(p);
}
END_TEST

/* In November switches of October's summer time, of March's winter time and of the day after it are told by the clock of
 * their own day. */
START_TEST(each_row_has_the_offset_of_its_own_day)
{
	const char *args[] = { "--view", "switches", "--local-time", NULL },
	           *env[] = { "TZ=CET-1CEST,M3.5.0,M10.5.0/3", NULL };
	fleet_sql(&fleet, "root", "tests/e2e/summer_time.sql");
	struct pty *p = fleet_console(&fleet, 48, 160, true, args, env);
	ck_assert_msg(pty_wait_text(p, "10-24 14:00", WAIT_MS), "%s", pty_screen(p));
	ck_assert_msg(pty_wait_text(p, "03-28 13:00", WAIT_MS), "%s", pty_screen(p));
	ck_assert_msg(pty_wait_text(p, "03-29 14:00", WAIT_MS), "%s", pty_screen(p));
	ck_assert_msg(pty_wait_text(p, "13:04:31", WAIT_MS), "%s", pty_screen(p));
	pty_free(p);
}
END_TEST

Suite *suite_locale(void)
{
	Suite *s = suite_create("locale");
	TCase *t = tcase_create("locale");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_loop_test(t, scripts_read_the_same_everywhere, 0, ARRAY_LEN(locales));
	tcase_add_loop_test(t, the_screen_is_the_same_everywhere, 0, ARRAY_LEN(locales));
	tcase_add_test(t, what_is_typed_is_of_the_zone_that_is_shown);
	tcase_add_test(t, each_row_has_the_offset_of_its_own_day);
	suite_add_tcase(s, t);
	return s;
}
