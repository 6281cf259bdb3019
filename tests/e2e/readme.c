/* readme.c - the first five minutes of README.md, walked through on a demo: the keys are read from the text and pressed
 * in its order, and what it promises of each is seen. A key that the text names and the walk does not know, or the
 * other way round, fails. SPOTOP_WALKS: how many seeds (1), from SPOTOP_SEED on. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "tests/support/eyes.h"
#include "tests/support/marked.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { LIVE_MS = 90000, SETTLE_MS = 250, MAX_TOKENS = 80 };

static char agent[64]; /* the one that is switched */

/* --- the text --- */

struct token {
	int step;
	char text[64];
};
static struct token tokens[MAX_TOKENS];
static size_t n_tokens;

/* What stands in backticks under "## The first five minutes", with the number of its step. */
static void read_steps(void)
{
	static char text[1 << 16];
	FILE *f = fopen("README.md", "re");
	ck_assert_ptr_nonnull(f);
	text[fread(text, 1, sizeof text - 1, f)] = 0;
	fclose(f);
	char *s = strstr(text, "## The first five minutes\n"), *end;
	ck_assert_ptr_nonnull(s);
	end = strstr(s, "\n### ");
	ck_assert_ptr_nonnull(end);
	*end = 0;
	n_tokens = 0;
	int step = 0;
	for (; *s; s++) {
		if (*s == '\n' && strtol(s + 1, &end, 10) == step + 1 && *end == '.') step++;
		if (*s != '`') continue;
		end = strchr(s + 1, '`');
		ck_assert_ptr_nonnull(end);
		ck_assert_uint_lt(n_tokens, MAX_TOKENS);
		struct token *t = &tokens[n_tokens++];
		t->step = step;
		snprintf(t->text, sizeof t->text, "%.*s", (int)(end - s - 1), s + 1);
		s = end;
	}
}

/* --- what is seen --- */

/* The first line of the screen that has the text, NULL: none. Until the next call. */
static const char *line_with(const char *text)
{
	static char line[1000];
	const char *all = pty_screen(p), *at = strstr(all, text), *from = at;
	if (!at) return NULL;
	while (from > all && from[-1] != '\n') from--;
	snprintf(line, sizeof line, "%.*s", (int)strcspn(from, "\n"), from);
	return line;
}

static void verdict_agrees_with_check(void)
{
	want("DEADLINES");
	want("IN FLIGHT");
	/* The demo lives; both are read until they meet. */
	char cmd[300], said[2000], agreed = 0;
	snprintf(cmd, sizeof cmd, "'%s' --defaults-file=\"$(echo %s/spotop-demo.*/my.cnf)\" check",
	         getenv("SPOTOP_BIN"), getenv("TMPDIR"));
	for (int64_t until = clock_mono_ms() + WAIT_MS; !agreed && clock_mono_ms() < until;) {
		FILE *f = popen(cmd, "r");
		said[fread(said, 1, sizeof said - 1, f)] = 0;
		pclose(f);
		pty_settle(p, SETTLE_MS);
		/* "SPOTOP CRITICAL - agent-159 has ..." there, "CRITICAL  agent-159 has ..." here */
		char word[20] = "?", of[64] = "?";
		sscanf(said, "SPOTOP %19s - %63s", word, of);
		const char *line = line_with(word);
		agreed = line && strstr(line, of);
	}
	ck_assert_msg(agreed, "%s\n%s", said, pty_screen(p));
}

static const char *rank(const char *line)
{
	static const char *const worst_first[] = {
		" dead ", " crit ", " unknown ", " warn ", " ok ", " off "
	};
	for (size_t i = 0; i < sizeof worst_first / sizeof *worst_first; i++)
		if (strstr(line, worst_first[i])) return worst_first[i];
	return "";
}

static void agents_worst_first(void)
{
	want("agents  200");
	const char *line = line_with("agent-");
	ck_assert_msg(line && strcmp(rank(line), " ok ") != 0 && *rank(line), "%s", pty_screen(p));
}

static void overview_again(void) { want("DEADLINES"); }
static void filter_is_open(void) { pty_settle(p, SETTLE_MS); }
static void all_agents(void) { want_gone(" of 200"); }
static void why_opens(void)
{
	want(" why");
	want("1   ");
}
static void read_only_says_so(void)
{
	pty_settle(p, SETTLE_MS);
	/* a remedy that is an action, or none: both leave the fleet as it is */
	ck_assert_msg(strstr(pty_screen(p), " RO ") != NULL, "%s", pty_screen(p));
}
static void agents_again(void) { want("agents  200"); }
static void agent_opens(void)
{
	want("instances  ");
	want("commands  ");
}
static void panels_come_by(void)
{
	pty_keys(p, "\t");
	want("switches  ");
	pty_keys(p, "\t");
	want("events  ");
}
static void armed(void) { want(" RW "); }
static void menu_opens(void) { want("switch to another pool"); }

static void wizard_opens(void)
{
	want("save/month");
	want("boot p95");
	want("down p95");
	want("24 h ");
	const char *s = strstr(pty_screen(p), "switch agent-");
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(sscanf(s, "switch %63s", agent), 1);
	pty_settle(p, 400); /* it is deaf for a moment */
}

static void preview_opens(void)
{
	bool is_there = false;
	for (int64_t until = clock_mono_ms() + WAIT_MS; !is_there && clock_mono_ms() < until; pty_pump(p, 50))
		is_there = line_with("to issue") || line_with("refused");
	ck_assert_msg(is_there, "%s", pty_screen(p));
}

static void override_if_refused(const char *key)
{
	if (!strstr(pty_screen(p), "FAIL")) return;
	pty_settle(p, 400); /* it is deaf for a moment */
	pty_keys(p, key);
	pty_settle(p, 400);
	pty_keys(p, "trying it out\r");
	want("to issue");
}

/* Neither Enter nor a paste confirms; the four characters do. */
static void type_the_four(void)
{
	char four[8], pasted[40];
	want("to issue");
	pty_settle(p, 400);
	const char *s = strstr(pty_screen(p), "type ");
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(sscanf(s, "type %7s to issue", four), 1);
	pty_keys(p, "\r");
	pty_settle(p, SETTLE_MS);
	want("to issue");
	snprintf(pasted, sizeof pasted, "\033[200~%s\033[201~", four);
	pty_keys(p, pasted);
	want("a paste confirms nothing");
	pty_settle(p, 400);
	pty_keys(p, four);
	want("issued");
}

static void stages_to_the_end(void)
{
	static const char *const ends[] = { " done ", " failed " };
	bool is_over = false;
	want("commands  ");
	for (int64_t until = clock_mono_ms() + LIVE_MS; !is_over && clock_mono_ms() < until;) {
		pty_pump(p, 50);
		const char *line = line_with(agent); /* the newest first */
		for (size_t i = 0; line && i < 2; i++) is_over |= strstr(line, ends[i]) != NULL;
	}
	ck_assert_msg(is_over, "%s is not done\n%s", agent, pty_screen(p));
}

static void switch_with_downtime(void)
{
	want("switches  ");
	want(agent);
}

static void help_opens(void) { want("help: switches"); }
static void palette_opens(void)
{
	pty_keys(p, "pools\r");
	want("pools  ");
}

/* --- the walk --- */

enum how {
	PRESS,  /* the key */
	TYPE,   /* into the prompt that is open */
	IF_BAD, /* the key, if a guardrail failed */
	WORDS   /* no key: it is named */
};
static const struct stroke {
	int step;
	const char *token;
	enum how how;
	void (*see)(void);
} walk[] = {
	{ 1, "spotop check", WORDS, verdict_agrees_with_check },
	{ 2, "2", PRESS, agents_worst_first },
	{ 2, "j", PRESS, NULL },
	{ 2, "k", PRESS, NULL },
	{ 2, "/", PRESS, filter_is_open },
	{ 2, "health=crit", TYPE, NULL },
	{ 2, "az:1e", TYPE, NULL },
	{ 2, "seconds_since_heartbeat>90", TYPE, NULL },
	{ 2, "!ok", TYPE, NULL },
	{ 2, "a|b", TYPE, NULL },
	{ 2, "Esc", PRESS, all_agents },
	{ 2, "g", PRESS, agents_worst_first },
	{ 3, "W", PRESS, why_opens },
	{ 3, "Enter", PRESS, read_only_says_so },
	{ 3, "Esc", PRESS, agents_again },
	{ 3, "Enter", PRESS, agent_opens },
	{ 3, "Tab", PRESS, panels_come_by },
	{ 3, "q", PRESS, agents_again },
	{ 4, ":write", TYPE, NULL },
	{ 4, "Enter", PRESS, armed },
	{ 4, "RW", WORDS, armed },
	{ 5, "/", PRESS, filter_is_open },
	{ 5, "health=ok", TYPE, NULL },
	{ 5, "Enter", PRESS, NULL },
	{ 5, "a", PRESS, menu_opens },
	{ 5, "s", PRESS, wizard_opens },
	{ 5, "Enter", PRESS, preview_opens },
	{ 6, "FAIL", WORDS, NULL },
	{ 6, "o", IF_BAD, NULL },
	{ 6, "Enter", WORDS, type_the_four },
	{ 7, "5", PRESS, stages_to_the_end },
	{ 7, "6", PRESS, switch_with_downtime },
	{ 8, "?", PRESS, help_opens },
	{ 8, ":", PRESS, palette_opens },
	{ 8, "q", PRESS, overview_again },
};
enum { N_WALK = sizeof walk / sizeof *walk };

static const char *bytes_of(const char *key)
{
	static const char *const names[][2] = { { "Enter", "\r" }, { "Esc", "\033" }, { "Tab", "\t" } };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i][0], key)) return names[i][1];
	return key;
}

/* Each example of a filter is tried in turn: typed over the one before it, taken without a complaint. */
static void type_example(const char *text)
{
	char filter[100];
	bool is_filter = text[0] != ':';
	if (is_filter) pty_keys(p, "\025"); /* C-u: the line is empty again */
	pty_keys(p, text);
	if (!is_filter) return;
	snprintf(filter, sizeof filter, "filter %s", text);
	want(filter);
	want("of 200");
}

static void press(const char *key)
{
	pty_keys(p, bytes_of(key));
	pty_settle(p, SETTLE_MS);
}

static void take(const struct stroke *s)
{
	if (s->how == PRESS && !strcmp(s->token, "?")) {
		press(s->token);
		if (s->see) s->see();
		escape(); /* its page is left as each page is */
		return;
	}
	if (s->how == PRESS) press(s->token);
	if (s->how == TYPE) type_example(s->token);
	if (s->how == IF_BAD) override_if_refused(s->token);
	if (s->see) s->see();
}

START_TEST(the_first_five_minutes)
{
	char seed[40], state[300];
	const char *first = getenv("SPOTOP_SEED");
	snprintf(seed, sizeof seed, "--seed=%d", (first ? atoi(first) : 1) + _i);
	snprintf(state, sizeof state, "XDG_STATE_HOME=%s/state", getenv("TMPDIR"));
	const char *const argv[] = { getenv("SPOTOP_BIN"), "demo", seed, NULL };
	const char *const env[] = { marked_new(), state, "TZ=UTC", NULL };
	int status;
	read_steps();
	p = _i % 2 ? pty_spawn(40, 120, argv, env) : pty_spawn(24, 80, argv, env);
	ck_assert_msg(pty_wait_text(p, "DEADLINES", LIVE_MS), "%s", pty_screen(p));
	for (size_t i = 0; i < N_WALK && i < n_tokens; i++) {
		ck_assert_msg(walk[i].step == tokens[i].step && !strcmp(walk[i].token, tokens[i].text),
		              "README.md, step %d, names `%s` where the walk has `%s` of step %d",
		              tokens[i].step, tokens[i].text, walk[i].token, walk[i].step);
		take(&walk[i]);
	}
	ck_assert_uint_eq(n_tokens, N_WALK);
	press("q"); /* in the overview it quits */
	ck_assert_msg(pty_wait_exit(p, &status, WAIT_MS), "%s", pty_screen(p));
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	end_console();
	marked_want_none(WAIT_MS);
}
END_TEST

Suite *suite_readme(void)
{
	Suite *s = suite_create("readme");
	TCase *t = tcase_create("readme");
	const char *walks = getenv("SPOTOP_WALKS");
	tcase_set_timeout(t, 400);
	tcase_add_loop_test(t, the_first_five_minutes, 0, walks ? atoi(walks) : 1);
	suite_add_tcase(s, t);
	return s;
}
