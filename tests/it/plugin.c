/* plugin.c - `spotop check` as monitoring systems read a plugin: the grammar of the Monitoring Plugins guidelines, and
 * negate, which turns its words and codes round. */
#include "tests/support/rig.h"
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *suite_plugin(void);

#define NEGATE "/usr/lib/nagios/plugins/negate"
static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

/* What keeps it OK, warns, and is critical; and what it cannot know. */
static const struct {
	const char *change, *word;
	int code, negated;
	const char *negated_word;
} cases[] = {
	{ "DO 0", "OK", 0, 2, "CRITICAL" },
	{ "UPDATE agents SET notice_status = 'rebalance' WHERE logical_agent_id = 'agent-002'", "WARNING", 1,
	  1, "WARNING" },
	{ "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 1 HOUR", "CRITICAL", 2, 0, "OK" },
	{ NULL, "UNKNOWN", 3, 3, "UNKNOWN" },
};

static int run(const char *before, bool has_server, char *out, size_t size)
{
	char cmd[900];
	snprintf(cmd, sizeof cmd, "%s %s --no-defaults -S '%s' -u root check 2>/dev/null", before,
	         getenv("SPOTOP_BIN"), has_server ? rig.socket : "/nowhere/x.sock");
	FILE *p = popen(cmd, "r");
	size_t n = fread(out, 1, size - 1, p);
	out[n] = 0;
	return WEXITSTATUS(pclose(p));
}

static void set_up(int i)
{
	rig_fresh(&rig);
	rig_do(&rig, "SET GLOBAL event_scheduler = ON"); /* that it is off is a warning */
	rig_do(&rig, "DELETE FROM job_schedules");
	if (cases[i].change) rig_do(&rig, "%s", cases[i].change);
}

/* 'label'=value[UOM];[warn];[crit];[min];[max], each label once; RRD tells 19 characters of a label apart. */
static void is_perfdata(char *text)
{
	char *labels[100], *rest = text;
	size_t n = 0;
	for (char *word; (word = strsep(&rest, " "));) {
		if (!*word) continue;
		char *value = strchr(word, '='), *end;
		ck_assert_msg(value && value > word, "no label: %s", word);
		*value++ = 0;
		ck_assert_msg(!strpbrk(word, "'\"|") && n < 100, "%s", word);
		for (size_t i = 0; i < n; i++) ck_assert_msg(strcmp(labels[i], word) != 0, "twice: %s", word);
		labels[n++] = word;
		if (strcmp(value, "U") == 0) continue;
		ck_assert_msg(isdigit((unsigned char)*value) || *value == '-', "%s=%s", word, value);
		strtod(value, &end);
		end += strspn(end, "%");
		ck_assert_msg(*end == 0 || *end == ';' || strcmp(end, "s") == 0 || strcmp(end, "c") == 0,
		              "%s=%s", word, value);
	}
	ck_assert_uint_gt(n, 5);
}

START_TEST(the_output_is_a_plugins)
{
	char out[9000], first[4096];
	set_up(_i);
	int code = run("", cases[_i].change != NULL, out, sizeof out);
	ck_assert_msg(code == cases[_i].code, "%d: %s", code, out);
	ck_assert_msg(strchr(out, '\n') && strchr(out, '\n')[1] == 0, "one line: %s", out);
	ck_assert_uint_lt(strlen(out), 4096); /* what NRPE and Nagios take at least */
	snprintf(first, sizeof first, "SPOTOP %s - ", cases[_i].word);
	ck_assert_msg(strncmp(out, first, strlen(first)) == 0, "%s", out);
	out[strlen(out) - 1] = 0;
	char *bar = strchr(out, '|');
	ck_assert_msg((bar == NULL) == (code == 3), "%s", out);
	if (!bar) return;
	ck_assert_ptr_null(strchr(bar + 1, '|'));
	is_perfdata(bar + 1);
}
END_TEST

START_TEST(negate_turns_it_round)
{
	char out[9000], first[60];
	if (access(NEGATE, X_OK) != 0) {
		printf("plugin: no negate here (Debian's monitoring-plugins-basic), so it is left out\n");
		return;
	}
	set_up(_i);
	int code = run(NEGATE " -s", cases[_i].change != NULL, out, sizeof out);
	ck_assert_msg(code == cases[_i].negated, "%d: %s", code, out);
	snprintf(first, sizeof first, "SPOTOP %s - ", cases[_i].negated_word);
	ck_assert_msg(strncmp(out, first, strlen(first)) == 0, "%s", out);
}
END_TEST

Suite *suite_plugin(void)
{
	Suite *s = suite_create("plugin");
	TCase *t = tcase_create("plugin");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, the_output_is_a_plugins, 0, 4);
	tcase_add_loop_test(t, negate_turns_it_round, 0, 4);
	suite_add_tcase(s, t);
	return s;
}
