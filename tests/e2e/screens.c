/* screens.c - every screen against its picture in tests/e2e/pictures, letter by letter, at two sizes or three.
 * The fleet and both clocks are fixed (fleet.h). What still differs from run to run is replaced before
 * the comparison: in the line of a lost database digits become # and the server's sentence is cut.
 * UPDATE_PICTURES=1 writes the pictures anew: look at the difference before committing it. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "tests/support/fleet.h"
#include "tests/support/pty.h"
#include "tests/support/server.h"
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct picture {
	/* keys are typed one by one, then until is waited for; ` waits until nothing moves any more: a dialog is
	 * deaf for a moment after each of its steps */
	const char *name, *keys, *until;
	const char *args[4];
} pictures[] = {
	{ "overview", "", "5 agents", { NULL } },
	{ "agents", "2", "batch-2", { NULL } },
	{ "instances", "3", "i-0c41aa01", { NULL } },
	{ "events", "4", "db-2 has not", { NULL } },
	{ "commands", "5", "executing", { NULL } },
	{ "switches", "6", "web-2", { NULL } },
	{ "prices", "7", "r3.large.us-east-1e", { NULL } },
	{ "jobs", "8", "retention", { NULL } },
	{ "timeline", "9", "no capacity", { NULL } },
	{ "agent", "2Gk\r", "web-1", { NULL } },
	{ "describe", "2d", "batch-1", { NULL } },
	{ "raw", "2J", "batch-1", { NULL } },
	{ "copy", "2y", "its name", { NULL } },
	{ "help", "2?", "columns", { NULL } },
	{ "palette", "2:a", "alerts", { NULL } },
	{ "menu", "2ja", "actions on db-1", { "--write", NULL } },
	{ "menu_readonly", "2ja", "actions on db-1", { NULL } },
	{ "filter", "2/web", "2 of 6", { NULL } },
	{ "filter_invalid", "2/agent~we[", "stays", { NULL } },
	{ "marks", "2 j /web\r", "hidden", { NULL } },
	{ "faults", "2x", "faults only", { NULL } },
	{ "alerts", ":alerts\r", "batch-1", { NULL } },
	{ "clients", ":clients\r", "beta", { NULL } },
	{ "replicas", ":replicas\r", "no replica has", { NULL } },
	{ "landmines", ":landmines\r", "agent_silent", { NULL } },
	{ "pools", ":pools\r", "c3.xlarge", { NULL } },
	{ "freezes", ":freezes\r", "freezes", { NULL } },
	{ "decisions", ":decisions\r", "decisions", { NULL } },
	{ "notifications", ":notifications\r", "notifications", { NULL } },
	{ "backlog", ":backlog\r", "backlog", { NULL } },
	{ "audit", ":audit\r", "audit", { NULL } },
	{ "tracker", ":tracker\r", "tracker", { NULL } },
	{ "runs", ":runs\r", "runs", { NULL } },
	{ "columns", "2o", "Space shows or hides", { NULL } },
	{ "column", "2\033[1;2C\033[1;2C", "O orders by it", { NULL } },
	{ "completion", "2/health:", "1 row", { NULL } },
	{ "theme", ":theme ", "colorblind", { NULL } },
	{ "at", "5:at ", "of this row", { NULL } },
	{ "past", ":at 11:30\r2", "AS IT WAS", { NULL } },
	{ "no_past", ":at 11:30\r:statements\r", "AS IT WAS", { NULL } },
	{ "save", "2\023rows.txt\r", "ends in .csv", { NULL } },
	{ "bare", "2\005", "RO  agents", { NULL } },
	{ "unknown_key", "2X", "did you mean", { NULL } },
	{ "wizard", "2jjjja`s`", "web-1", { "--write", NULL } },
	{ "preview", "2jjjja`s`\r`", "web-1", { "--write", NULL } },
	{ "launch", "2jjjja`l`", "web-1", { "--write", NULL } },
	{ "terminate", "3a`t`", "type ff02", { "--write", NULL } },
	{ "freeze", "2jjjja`z`", "freeze", { "--write", NULL } },
	{ "acknowledge", ":alerts\ra`", "ack", { "--write", NULL } },
	{ "tiers", ":tiers\r", "hourly", { NULL } },
	{ "database", ":database\r:sort table_name\r", "statements", { NULL } },
	{ "statements", ":statements\r", "statements", { NULL } },
	{ "indexes", ":indexes\r", "agents.PRIMARY", { NULL } },
	{ "partitions", ":partitions\r", "system_events", { NULL } },
	{ "dbevents", ":dbevents\r", "to be seen", { NULL } },
	{ "bulk", "2jjj  a`s`\r`\r`", "type switch 1", { "--write", NULL } },
};
/* Before the fuller fleet (fuller.sql): views that are empty without. */
static const struct picture fuller[] = {
	{ "decisions_full", ":decisions\r", "db-1", { NULL } },
	{ "replicas_full", ":replicas\r", "i-07be0901", { NULL } },
	{ "notifications_full", ":notifications\r", "batch-1", { NULL } },
	{ "freezes_full", ":freezes\r", "release in progress", { NULL } },
	{ "tracker_full", "@", "web-2", { NULL } },
	{ "audit_full", ":audit\r", "batch-1", { NULL } },
	{ "runs_full", ":runs\r", "failed", { NULL } },
	{ "commands_full", "5", "cancelled", { NULL } },
};
/* What a night needs, on the smallest screen as well. */
static const struct picture nightly[] = {
	{ "why", "2jW", "i-07be1101", { NULL } },
	{ "outages", ":outages\r", "web-2", { NULL } },
	{ "plans", ":plans\r", "planned", { NULL } },
	{ "plan", ":plans\r\r`", "db-2", { NULL } },
	{ "evacuate", ":plans\ra`r`", "run-plan", { "--write", NULL } },
	{ "config", "2jjjja`c`\033[B", "auto_switch=", { "--write", NULL } },
};
/* In a storm (storm.sql), on the smallest screen as well. */
static const struct picture stormy[] = {
	{ "storm", "", "STORM", { NULL } },
	{ "storm_zone", "`\r", "counts on", { NULL } },
	{ "deadlines", ":deadlines\r", "counts on", { NULL } },
	{ "zones", ":zones\r", "notices", { NULL } },
};
static const struct {
	int rows, cols;
} sizes[] = { { 24, 80 }, { 48, 160 }, { 12, 40 } };
enum {
	N_SIZES = 2,
	ALL_SIZES = ARRAY_LEN(sizes),
	N_STORMY = ARRAY_LEN(stormy),
	N_NIGHTLY = ARRAY_LEN(nightly),
	N_PICTURES = ARRAY_LEN(pictures),
	N_FULLER = ARRAY_LEN(fuller),
	DEADLINE_MS = 30000,
	KEY_MS = 3000,
	TIER_CELLS = 24,
	LIST_AT = 4
};

static struct fleet fleet;
static void setup(void) { fleet_start(&fleet); }
static void setup_fuller(void)
{
	fleet_start(&fleet);
	fleet_sql(&fleet, "root", "tests/e2e/fuller.sql");
	fleet_sql(&fleet, "pictures", "tests/e2e/mine.sql");
}
static void setup_storm(void)
{
	fleet_start(&fleet);
	fleet_sql(&fleet, "root", "tests/e2e/storm.sql");
}
static void teardown(void) { fleet_stop(&fleet); }

/* --- pictures --- */

static void add_line(struct buf *out, const char *line, size_t n)
{
	const char *lost = memmem(line, n, "NO DATABASE", 11), *id = memmem(line, n, "request ", 8);
	if (id && n - (size_t)(id - line) >= 16 && isxdigit((unsigned char)id[8]) &&
	    isxdigit((unsigned char)id[15])) {
		buf_add(out, line, (size_t)(id - line) + 8); /* each action has its own */
		buf_adds(out, "########");
		buf_add(out, id + 16, n - (size_t)(id - line) - 16);
		return;
	}
	if (!lost) {
		buf_add(out, line, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (isdigit((unsigned char)line[i]) && i && isdigit((unsigned char)line[i - 1])) continue;
		buf_addc(out, isdigit((unsigned char)line[i]) ? '#' : line[i]);
		/* after the second colon stands the client library's sentence, with a path in it */
		if (line[i] == ':' && i + 1 < n && line[i + 1] == ' ') return;
	}
}

/* What of a list's line is compared: beyond stands the server's guess, today's date, an id. */
static const struct {
	const char *name;
	int cells;
} vague[] = { { "tiers", 24 },         { "database", 22 },    { "partitions", 24 },    { "freezes_full", 70 },
	      { "tracker_full", 140 }, { "audit_full", 140 }, { "commands_full", 140 } };

static int cells_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(vague); i++)
		if (strcmp(vague[i].name, name) == 0) return vague[i].cells;
	return 0; /* all of it */
}

/* The first `cells` of a line, or all of it: 0. */
static size_t bytes_of(const char *line, size_t n, int cells)
{
	size_t i = 0;
	for (int seen = 0; cells && i < n; i++)
		if (((unsigned char)line[i] & 0xC0) != 0x80 && seen++ == cells) return i;
	return n;
}

static const char *normal(struct pty *p, struct buf *out, const char *name)
{
	int cells = 0, no = 0;
	buf_cut(out, 0);
	for (const char *line = pty_screen(p); *line; no++) {
		size_t n = strcspn(line, "\n");
		if (no == LIST_AT) cells = cells_of(name);
		if (strncmp(line, " tiers ", 7) == 0) cells = TIER_CELLS; /* within jobs as well */
		if (strncmp(line, " runs ", 6) == 0) cells = 0;
		if (memmem(line, n, "-MariaDB", 8))
			buf_adds(out, " (the server)");
		else
			add_line(out, line, bytes_of(line, n, cells));
		buf_addc(out, '\n');
		line += n + (line[n] == '\n');
	}
	return buf_str(out);
}

static char *read_picture(const char *path)
{
	FILE *f = fopen(path, "r");
	struct buf b = BUF_EMPTY;
	int c;
	while (f && (c = fgetc(f)) != EOF) buf_addc(&b, (char)c);
	if (f) fclose(f);
	char *s = mem_dup(buf_str(&b));
	buf_free(&b);
	return s;
}

static void expect_picture(struct pty *p, const char *name, int rows, int cols)
{
	char path[160];
	struct buf now = BUF_EMPTY;
	snprintf(path, sizeof path, "tests/e2e/pictures/%s.%dx%d.txt", name, cols, rows);
	if (getenv("UPDATE_PICTURES")) {
		pty_settle(p, 1500);
		FILE *f = fopen(path, "w");
		ck_assert_msg(f != NULL, "cannot write %s", path);
		fputs(normal(p, &now, name), f);
		fclose(f);
		buf_free(&now);
		return;
	}
	char *want = read_picture(path);
	int64_t until = clock_mono_ms() + DEADLINE_MS;
	while (strcmp(normal(p, &now, name), want) != 0 && clock_mono_ms() < until) pty_pump(p, 50);
	bool is_same = strcmp(buf_str(&now), want) == 0; /* Check cannot carry a screen in its message */
	if (!is_same) fprintf(stderr, "--- expected\n%s--- got\n%s", want, buf_str(&now));
	ck_assert_msg(is_same, "%s differs", path);
	free(want);
	buf_free(&now);
}

/* One key, until it is answered; what it asks of the database too. The bytes beyond the first that it took. */
static int type_key(struct pty *p, const char *k)
{
	char one[12] = { *k, 0 };
	if (*k == '`') {
		pty_settle(p, 450);
		return 0;
	}
	int n_arrow = *k == 27 ? 3 + (int)strspn(k + 2, "1;2") : 1; /* an arrow key in one piece */
	if (*k == 27) snprintf(one, sizeof one, "%.*s", n_arrow, k);
	pty_mark(p);
	pty_keys(p, one);
	for (int64_t until = clock_mono_ms() + KEY_MS; !pty_bytes(p) && clock_mono_ms() < until;)
		pty_pump(p, 20);
	if (isdigit((unsigned char)*k) || *k == '\r') { /* a view answers when its rows are there */
		pty_wait_gone(p, "not read yet", DEADLINE_MS);
		pty_wait_gone(p, "reading", DEADLINE_MS);
		pty_settle(p, 120);
	}
	return n_arrow - 1;
}

static void picture_is(const struct picture *x, int rows, int cols)
{
	struct pty *p = fleet_console(&fleet, rows, cols, true, x->args, NULL);
	/* on the smallest there is no room for the database's time */
	ck_assert_msg(pty_wait_text(p, cols < 50 ? "live" : "db 0.0 ms", DEADLINE_MS), "%s", pty_screen(p));
	for (const char *k = x->keys; *k; k++) k += type_key(p, k);
	ck_assert_msg(pty_wait_text(p, x->until, DEADLINE_MS), "%s: no '%s' in\n%s", x->name, x->until,
	              pty_screen(p));
	expect_picture(p, x->name, rows, cols);
	pty_free(p);
}

START_TEST(the_screen_is_its_picture)
{
	picture_is(&pictures[_i / N_SIZES], sizes[_i % N_SIZES].rows, sizes[_i % N_SIZES].cols);
}
END_TEST

START_TEST(the_fuller_screen_is_its_picture)
{
	picture_is(&fuller[_i / N_SIZES], sizes[_i % N_SIZES].rows, sizes[_i % N_SIZES].cols);
}
END_TEST

START_TEST(the_night_is_its_picture)
{
	picture_is(&nightly[_i / ALL_SIZES], sizes[_i % ALL_SIZES].rows, sizes[_i % ALL_SIZES].cols);
}
END_TEST

START_TEST(the_storm_is_its_picture)
{
	picture_is(&stormy[_i / ALL_SIZES], sizes[_i % ALL_SIZES].rows, sizes[_i % ALL_SIZES].cols);
}
END_TEST

/* What a headless command says before this fleet. */
static const char *said(const char *args)
{
	static char text[400000];
	char cmd[500];
	snprintf(cmd, sizeof cmd, "HOME=%s %s --defaults-file=%s %s 2>&1", fleet.home, getenv("SPOTOP_BIN"),
	         fleet.conf, args);
	FILE *f = popen(cmd, "re");
	ck_assert_ptr_nonnull(f);
	text[fread(text, 1, sizeof text - 1, f)] = 0;
	pclose(f);
	return text;
}

/* Where the event scheduler is DISABLED the server refuses to be asked for events: that takes nothing else away. */
START_TEST(a_disabled_scheduler_is_told)
{
	const char *s = said("doctor");
	ck_assert_msg(strstr(s, "DISABLED: run `spotop worker`") && !strstr(s, "1577"), "%s", s);
	s = said("db verify");
	ck_assert_msg(strstr(s, "is DISABLED: take") && strstr(s, "audit chain") && !strstr(s, "1577"), "%s",
	              s);
	s = said("db status");
	ck_assert_msg(strstr(s, "scheduler is DISABLED") && !strstr(s, "1577"), "%s", s);
}
END_TEST

START_TEST(no_database_at_the_start)
{
	static const char *const args[] = { "--socket=/nonexistent/sock", NULL };
	int rows = sizes[_i].rows, cols = sizes[_i].cols;
	struct pty *p = fleet_console(&fleet, rows, cols, true, args, NULL);
	ck_assert_msg(pty_wait_text(p, "NO DATABASE", DEADLINE_MS), "%s", pty_screen(p));
	if (getenv("UPDATE_PICTURES")) pty_wait_text(p, "next try", DEADLINE_MS);
	expect_picture(p, "no_database", rows, cols);
	pty_free(p);
}
END_TEST

START_TEST(the_database_goes_and_comes_back)
{
	int rows = sizes[_i].rows, cols = sizes[_i].cols;
	struct err e = { 0 };
	struct pty *p = fleet_console(&fleet, rows, cols, true, NULL, NULL);
	ck_assert_msg(pty_wait_text(p, "db 0.0 ms", DEADLINE_MS), "%s", pty_screen(p));
	pty_keys(p, "2");
	ck_assert_msg(pty_wait_text(p, "batch-2", DEADLINE_MS), "%s", pty_screen(p));
	server_kill(fleet.server);
	ck_assert_msg(pty_wait_text(p, "NO DATABASE", DEADLINE_MS), "%s", pty_screen(p));
	ck_assert_msg(pty_wait_text(p, "next try in", DEADLINE_MS), "%s", pty_screen(p));
	expect_picture(p, "lost_database", rows, cols);
	pty_keys(p, "4"); /* nothing is called live, nor whole, that is not */
	ck_assert_msg(pty_wait_text(p, "NOT CONNECTED", DEADLINE_MS), "%s", pty_screen(p));
	ck_assert(strstr(pty_screen(p), "no gap") == NULL);
	ck_assert_msg(server_restart(fleet.server, &e), "%s", e.text);
	ck_assert_msg(pty_wait_text(p, "connected again after", 60000), "%s", pty_screen(p));
	ck_assert_msg(pty_wait_gone(p, "NO DATABASE", DEADLINE_MS), "%s", pty_screen(p));
	pty_free(p);
}
END_TEST

Suite *suite_screens(void);
Suite *suite_screens(void)
{
	Suite *s = suite_create("screens");
	TCase *t = tcase_create("pictures");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, the_screen_is_its_picture, 0, N_PICTURES * N_SIZES);
	tcase_add_loop_test(t, no_database_at_the_start, 0, N_SIZES);
	tcase_add_loop_test(t, the_database_goes_and_comes_back, 0, N_SIZES);
	tcase_add_test(t, a_disabled_scheduler_is_told);
	suite_add_tcase(s, t);
	t = tcase_create("fuller");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, setup_fuller, teardown);
	tcase_add_loop_test(t, the_fuller_screen_is_its_picture, 0, N_FULLER * N_SIZES);
	tcase_add_loop_test(t, the_night_is_its_picture, 0, N_NIGHTLY * ALL_SIZES);
	suite_add_tcase(s, t);
	t = tcase_create("storm");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, setup_storm, teardown);
	tcase_add_loop_test(t, the_storm_is_its_picture, 0, N_STORMY * ALL_SIZES);
	suite_add_tcase(s, t);
	return s;
}
