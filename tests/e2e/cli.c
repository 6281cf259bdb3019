/* cli.c - the program as scripts meet it: exit codes, one sentence for each mistake and nothing on stdout,
 * settings, the monitoring plugin, help and completion. */
#include "core/base/mem.h"
#include "tests/support/rig.h"
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Suite *suite_cli(void);
static struct rig rig;

static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

static struct rig_run good(const char *const *argv)
{
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == 0 && !*r.err, "%s: exit %d: %s", argv[0], r.code, r.err);
	return r;
}

#define TEN       "0123456789"
#define LONG_WORD TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
enum { MAX_WORDS = 8 };
static const struct mistake {
	const char *argv[MAX_WORDS];
	int code;
	const char *says;
} mistakes[] = {
	{ { "agnets" }, 2, "no command 'agnets'; did you mean agents?" },
	{ { "self_destrct" }, 2, "did you mean self-destruct?" },
	{ { "nothing" }, 2, "no command 'nothing'; the commands are listed by spotop --help" },
	{ { "--view=aents" }, 2, "no view is called 'aents'; did you mean agents?" },
	{ { "agents", "--fliter=a" }, 2, "no option '--fliter'; did you mean --filter?" },
	{ { "agents", "--sort", "helth" }, 2, "no column 'helth'; did you mean health?" },
	{ { "agents", "--columns", "agent,healht" }, 2, "did you mean health?" },
	{ { "prices", "--tier=row" }, 2, "not 'row'; did you mean raw?" },
	{ { "prices", "--tier=raw", "--limit=1" }, 2, "--limit is an option of the view" },
	{ { "job", "lits" }, 2, "did you mean list?" },
	{ { "job", "list", "--from", "-8h" }, 2, "no option '--from'" },
	{ { "db", "verfy" }, 2, "there is no 'db verfy'; did you mean verify?" },
	{ { "--env-color=pink", "agents" }, 2, "env-color is red, yellow, green or blue, not 'pink'" },
	{ { "--nonsense" }, 2, "no option '--nonsense'" },
	{ { "agents", "--nonsense" }, 2, "no option '--nonsense'" },
	{ { "agents", "-x" }, 2, "no option -x" },
	{ { "agents", "-o" }, 2, "--output needs a value" },
	{ { "agents", "-o", "xml" }, 2, "not 'xml'" },
	{ { "agents", "--yes=1" }, 2, "--yes takes no value" },
	{ { "agents", "--color=pink" }, 2, "not 'pink'" },
	{ { "agents", "extra" }, 2, "unexpected argument 'extra'" },
	{ { "agents", "--filter", "nope=1" }, 2, "no column 'nope'" },
	{ { "instances", "--filter", "status=zombie" }, 2, "is instance_status meant?" },
	{ { "agents", "--filter", "helth=ok" }, 2, "is health meant?" },
	{ { "instances", "--agent", "nobody" }, 1, "--agent: no agent is called 'nobody'" },
	{ { "instances", "--status", "zombie" }, 2, "no option '--status'" },
	{ { "commands", "--client", "nobody" }, 1, "--client: no client is called 'nobody'" },
	{ { "instances", "--pool", "nowhere" }, 1, "--pool: no pool is called 'nowhere'" },
	{ { "clients", "--client", "nobody" }, 1, "--client: no client is called 'nobody'" },
	{ { "tail", "--client", "nobody" }, 1, "no client is called 'nobody'" },
	{ { "agents", "--filter", "agent~[" }, 2, "not a regular expression" },
	{ { "agents", "--filter", "a|" }, 2, "a bar stands beside nothing" },
	{ { "agents", "--sort", "nope" }, 2, "no column 'nope'" },
	{ { "agents", "--sort", "agent,up" }, 2, "--sort takes COLUMN or COLUMN,desc" },
	{ { "agents", "--columns", "agent,nope" }, 2, "no column 'nope'" },
	{ { "agents", "--limit", "x" }, 2, "--limit takes a whole number" },
	{ { "agents", "--limit=-1" }, 2, "--limit takes a whole number" },
	{ { "agents", "--limit", "99999999999999999999" }, 2, "--limit takes a whole number" },
	{ { "agents", "--watch=x" }, 2, "'x' is not a duration" },
	{ { "agents", "--at", "never" }, 2, "'never' is not a time" },
	{ { "timeline", "--since", "soon" }, 2, "not 'soon'" },
	{ { "why" }, 2, "which agent?" },
	{ { "why", "nobody" }, 1, "there is no agent 'nobody'" },
	{ { "prices", "--pool", "nowhere" }, 1, "there is no pool nowhere" },
	{ { "prices", "--pool", "p", "--tier", "raw", "--min-confidence", "0.5" }, 2, "--tier canonical" },
	{ { "prices", "--tier", "raw", "--from", "-8h", "--to", "-9h" }, 2, "--from is not before --to" },
	{ { "switch" }, 2, "which AGENT?" },
	{ { "switch", "agent-001", "agent-001", "--ondemand", "--yes" }, 2, "agent-001 is named twice" },
	{ { "switch", "agent-001", "--ondemand" }, 2, "not a terminal: pass --yes" },
	{ { "freeze", "all" }, 2, "needs a --reason" },
	{ { "job", "run", "nothing" }, 2, "no job 'nothing'" },
	{ { "job", "history", "nothing" }, 2, "no job 'nothing'" },
	{ { "runs", "--job", "nothing" }, 2, "no job 'nothing'" },
	{ { "db", "drop" }, 2, "there is no 'db drop'" },
	{ { "import", "prices", "/nowhere.csv" }, 2, "cannot read /nowhere.csv" },
	{ { "tail", "--from", "x" }, 2, "'x' is not a cursor" },
	{ { "serve", "--listen", "x" }, 2, "--listen takes ADDRESS:PORT" },
	{ { "completion", "tcsh" },
	  2,
	  "there is no 'completion tcsh'; usage: spotop completion bash | zsh | fish" },
	{ { "doctor", "extra" }, 2, "unexpected argument" },
	{ { "info", "--nonsense" }, 2, "no option '--nonsense'" },
	{ { "terminate", "\xFF", "--dry-run" }, 2, "is no text in UTF-8" },
	{ { "prices", "--pool", "\xC3\xA9" }, 1, "there is no pool \xC3\xA9" },
	{ { "agents", "--filter", "agent~)" }, 2, "not a regular expression" },
	{ { "-psecret", "agents" }, 2, "can be read by everyone" },
	{ { "--password=secret", "agents" }, 2, "can be read by everyone" },
	{ { "-P", "99999", "agents" }, 2, "port is 1 to 65535" },
	{ { "-h", "db.example.net", "agents" }, 2, "would be clear text" },
	{ { "-S", "/nowhere/s", "agents" }, 3, "no answer from" },
	{ { "-S", "/nowhere/s", "switch", "a", "--ondemand", "--dry-run" }, 3, "no answer from" },
	{ { "-D", "elsewhere", "agents" }, 3, "no database 'elsewhere'" },
	{ { "-u", "stranger", "agents" }, 3, "stranger" },
};

/* A usage error needs no server to be told, says one line, and what was asked for does not come. */
START_TEST(a_mistake_is_one_sentence_and_its_code)
{
	const struct mistake *m = &mistakes[_i];
	const char *argv[MAX_WORDS + 1] = { NULL };
	memcpy(argv, m->argv, sizeof m->argv);
	struct rig_run r = rig_spotop(&rig, false, argv);
	const char *nl = strchr(r.err, '\n');
	ck_assert_msg(r.code == m->code, "%s: exit %d, not %d: %s", argv[0], r.code, m->code, r.err);
	ck_assert_msg(strncmp(r.err, "spotop", 6) == 0 && strstr(r.err, m->says), "'%s' is not in: %s",
	              m->says, r.err);
	ck_assert_msg(nl && !nl[1], "not one line: %s", r.err);
	ck_assert_msg(!*r.out, "on stdout: %s", r.out);
	ck_assert_msg(!strstr(r.err, "secret"), "the password is repeated: %s", r.err);
	rig_run_free(&r);
}
END_TEST

/* What names nothing is exit 1, what cannot name anything exit 2; programs get their object all the same. */
static const struct mistake no_names[] = {
	{ { "terminate", "\xC3\xA9", "--dry-run" }, 1, "no instance \xC3\xA9" },
	{ { "terminate", "nobody", "--dry-run" }, 1, "no instance nobody" },
	{ { "switch", "nobody", "--ondemand", "--dry-run" }, 1, "no agent nobody" },
	{ { "switch", "agent-001", "--to", "nowhere", "--dry-run" }, 1, "no pool nowhere" },
	{ { "cordon", "nowhere", "--for=1h", "--reason=x", "--dry-run" }, 1, "no pool nowhere" },
	{ { "cordon", "\xC3\xA9", "--for=1h", "--reason=x", "--dry-run" }, 1, "no pool \xC3\xA9" },
	{ { "freeze", "agent:nobody", "--for=1h", "--reason=x", "--dry-run" }, 1, "no agent nobody" },
	{ { "freeze", "nothing", "--for=1h", "--reason=x", "--dry-run" }, 1, "no agent nothing" },
	{ { "ack", "99", "--dry-run" }, 1, "no alert 99" },
	{ { "switch", "agent-001", "--to", LONG_WORD, "--dry-run" }, 2, "no POOL has more than 128" },
	{ { "ack", LONG_WORD, "--dry-run" }, 2, "no ALERT has more than 128" },
	{ { "freeze", "fleet", "--for=1h", "--dry-run", "--reason", LONG_WORD LONG_WORD LONG_WORD },
	  2,
	  "a reason has at most 500 letters, not 600" },
};

START_TEST(what_names_nothing_is_no_and_what_cannot_is_a_mistake)
{
	const struct mistake *m = &no_names[_i];
	const char *argv[MAX_WORDS + 1] = { NULL };
	memcpy(argv, m->argv, sizeof m->argv);
	struct rig_run r = rig_spotop(&rig, false, argv);
	json_t *j = json_loads(r.out, 0, NULL);
	ck_assert_msg(r.code == m->code && strstr(r.err, m->says), "exit %d, not %d '%s': %s", r.code,
	              m->code, m->says, r.err);
	ck_assert_msg(j && strcmp(json_string_value(json_object_get(j, "status")), "error") == 0, "%s",
	              r.out);
	json_decref(j);
	rig_run_free(&r);
}
END_TEST

/* Every setting is checked by name, form and range before anything is done, and its line is named. */
static const struct setting {
	const char *lines, *says; /* NULL: it is right */
} settings[] = {
	{ "[spotop]\nprice-tolerance = 0.1\nmax_age_ms = 20000\nbell = end, critical\ntheme=dark\n"
	  "[worker]\nalert_hook=/bin/true\n[keys]\nbind = * C-n move.down\nbind = * C-p move.up\n",
	  NULL },
	{ "[spotop]\nprice-tolerance = 5%\n",
	  "%s:2: price-tolerance takes a number from 0 to 1, not '5%'; write 0.05" },
	{ "[spotop]\nprice_tolerance = -1\n", "%s:2: price-tolerance takes a number from 0 to 1, not '-1'" },
	{ "# of mine\n[spotop]\nmax-age-ms = 10s\n",
	  "%s:3: max-age-ms takes a whole number from 1000 to 600000, not '10s'; write 10000" },
	{ "[spotop]\nmax-age-ms\n", "%s:2: max-age-ms needs a value" },
	{ "[spotop]\nbell = end ever\n", "not 'ever'; did you mean never?" },
	{ "[spotop]\nbel = end\n", "%s:2: no setting 'bel' in [spotop]; did you mean bell?" },
	{ "[worker]\nbell = end\n", "it belongs in [spotop]" },
	{ "[spotop]\nhost = db\n", "belongs in an option file" },
	{ "[spotop]\nmouse\n", "it is an option of the command line" },
	{ "[wrker]\nalert-hook = /bin/true\n",
	  "%s:2: there are no settings of a group [wrker]; did you mean worker?" },
	{ "[keys]\nbid = * C-n move.down\n", "did you mean bind?" },
	{ "[spotop]\ntheme = drak\n", "not 'drak'; did you mean dark?" },
	{ "theme = dark\n", "stands before the first [group]" },
};

static void put_settings(const char *lines)
{
	char path[160];
	mkdir(rig.state, 0700);
	snprintf(path, sizeof path, "%s/spotop", rig.state);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/spotop/config", rig.state);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(lines, f);
	fclose(f);
}

static void drop_settings(void)
{
	char path[160];
	snprintf(path, sizeof path, "%s/spotop/config", rig.state);
	unlink(path);
}

START_TEST(a_setting_that_is_wrong_is_named_with_its_line)
{
	const struct setting *s = &settings[_i];
	char path[160], *says = NULL;
	snprintf(path, sizeof path, "%s/spotop/config", rig.state);
	put_settings(s->lines);
	const char *argv[] = { "info", NULL }, *at = s->says ? strstr(s->says, "%s") : NULL;
	struct rig_run r = rig_spotop(&rig, false, argv);
	drop_settings();
	if (at) says = mem_printf("%.*s%s%s", (int)(at - s->says), s->says, path, at + 2);
	ck_assert_msg(r.code == (s->says ? 2 : 0), "exit %d: %s", r.code, r.err);
	if (s->says)
		ck_assert_msg(strstr(r.err, says ? says : s->says), "'%s' is not in: %s",
		              says ? says : s->says, r.err);
	else
		ck_assert_msg(strstr(r.out, "spotop.max-age-ms") && strstr(r.out, "worker.alert-hook"), "%s",
		              r.out);
	free(says);
	rig_run_free(&r);
}
END_TEST

/* A plugin answers on stdout, in its own codes, whatever goes wrong: the line, the files, the settings, the
 * server; in JSON the sentence is a row. */
static const struct {
	const char *argv[6], *says, *settings;
} plugin[] = {
	{ { "check", "extra" }, "unexpected argument", NULL },
	{ { "check", "--bogus" }, "no option '--bogus'", NULL },
	{ { "--bogus", "check" }, "no option '--bogus'", NULL },
	{ { "check", "-o", "xml" }, "not 'xml'", NULL },
	{ { "check", "-H" }, "no option -H", NULL },
	{ { "check", "-P" }, "--port needs a value", NULL },
	{ { "check", "-P", "99999" }, "port is 1 to 65535", NULL },
	{ { "check", "--at", "-8h" }, "it speaks of now only", NULL },
	{ { "check", "-h", "db.example.net" }, "would be clear text", NULL },
	{ { "-S", "/nowhere/s", "check" }, "no answer from", NULL },
	{ { "check", "-u", "stranger|x" }, "stranger?x", NULL },
	{ { "check", "-D", "elsewhere" }, "no database 'elsewhere'", NULL },
	{ { "check" }, "did you mean bell?", "[spotop]\nbel = end\n" },
};

START_TEST(the_monitoring_plugin_is_unknown_on_its_own_failures)
{
	const char *argv[8] = { NULL };
	memcpy(argv, plugin[_i].argv, sizeof plugin[_i].argv);
	if (plugin[_i].settings) put_settings(plugin[_i].settings);
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == 3, "exit %d: %s%s", r.code, r.out, r.err);
	ck_assert_msg(strncmp(r.out, "SPOTOP UNKNOWN - ", 17) == 0 && strstr(r.out, plugin[_i].says),
	              "'%s' is not in: %s", plugin[_i].says, r.out);
	ck_assert_msg(strchr(r.out, '\n') && !strchr(r.out, '\n')[1] && !strchr(r.out, '|'),
	              "not one line: %s", r.out);
	rig_run_free(&r);
	size_t n = 0;
	while (argv[n]) n++;
	argv[n++] = "--output=json";
	r = rig_spotop(&rig, false, argv);
	drop_settings();
	ck_assert_int_eq(r.code, 3);
	if (!strstr(plugin[_i].says, "'xml'") && !strstr(plugin[_i].says, "needs a value")) {
		json_t *j = json_loads(r.out, 0, NULL), *row = json_array_get(json_object_get(j, "rows"), 0);
		ck_assert_msg(j != NULL, "not JSON: %s", r.out);
		ck_assert_str_eq(json_string_value(json_object_get(row, "severity")), "unknown");
		json_decref(j);
	}
	rig_run_free(&r);
}
END_TEST

START_TEST(the_monitoring_plugin_gives_each_condition_as_json)
{
	const char *argv[] = { "check", "-o", "json", NULL };
	rig_fresh(&rig);
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 95 SECOND WHERE "
	             "logical_agent_id = 'agent-007'");
	struct rig_run r = rig_spotop(&rig, false, argv);
	json_t *j = json_loads(r.out, 0, NULL), *row, *found = NULL;
	size_t i;
	ck_assert_msg(j && r.code == 2, "exit %d: %s%s", r.code, r.out, r.err);
	ck_assert_str_eq(json_string_value(json_object_get(j, "schema")), "spotop.check/1");
	json_array_foreach(json_object_get(j, "rows"), i, row)
	{
		const char *agent = json_string_value(json_object_get(row, "agent"));
		if (agent && strcmp(agent, "agent-007") == 0) found = row;
	}
	ck_assert_msg(found != NULL, "%s", r.out);
	ck_assert_str_eq(json_string_value(json_object_get(found, "kind")), "agent_silent");
	ck_assert_str_eq(json_string_value(json_object_get(found, "severity")), "error");
	ck_assert(json_is_false(json_object_get(found, "is_snoozed")) &&
	          json_is_object(json_object_get(found, "evidence")));
	json_decref(j);
	rig_run_free(&r);
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() WHERE logical_agent_id = 'agent-007'");
}
END_TEST

START_TEST(options_stand_before_or_after_the_command)
{
	const char *before[] = {
		"-o", "csv", "--fail-empty", "agents", "--columns=agent", "--limit=1", NULL
	};
	const char *after[] = { "agents", "--columns",    "agent",        "--limit",
		                "1",      "--fail-empty", "--output=csv", NULL };
	struct rig_run a = good(before), b = good(after);
	ck_assert_str_eq(a.out, b.out);
	rig_run_free(&a);
	rig_run_free(&b);
}
END_TEST

/* Every word of --help is a command that explains itself. */
START_TEST(each_command_has_its_help)
{
	const char *argv[] = { "--help", NULL };
	struct rig_run all = good(argv);
	int n = 0;
	for (char *save = NULL, *line = strtok_r(all.out, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char word[32], start[64];
		if (sscanf(line, "  %31[a-z-] ", word) != 1 || word[0] == '-' ||
		    strncmp(line, "  ", 2) != 0 || line[2] == ' ')
			continue;
		const char *help[] = { word, "--help", NULL };
		struct rig_run r = good(help);
		snprintf(start, sizeof start, "usage: spotop %s", word);
		ck_assert_msg(strncmp(r.out, start, strlen(start)) == 0, "%s: %s", word, r.out);
		rig_run_free(&r);
		n++;
	}
	ck_assert_int_gt(n, 40);
	rig_run_free(&all);
}
END_TEST

/* What bash would offer: words are split at blanks as it splits them. */
static const struct completion {
	const char *line, *offers;
} completions[] = {
	{ "spotop ag", "agents" },
	{ "spotop agents --so", "--sort --socket" },
	{ "spotop agents --sort heal", "health health_rank" },
	{ "spotop agents --columns agent,heal", "agent,health agent,health_rank" },
	{ "spotop -o csv doc", "doctor" },
	{ "spotop agents -o js", "json jsonl" },
	{ "spotop agents --output = js", "json jsonl" },
	{ "spotop switch --wa", "--wait" },
	{ "spotop db ver", "verify" },
	{ "spotop --theme cont", "contrast" },
	{ "spotop prices --tier can", "canonical" },
};

START_TEST(bash_completes)
{
	char command[600], got[300] = "";
	snprintf(command, sizeof command,
	         "exec bash -c 'eval \"$(%s completion bash)\"; COMP_WORDS=(%s); "
	         "COMP_CWORD=$((${#COMP_WORDS[@]}-1));"
	         " _spotop; echo \"${COMPREPLY[*]}\"'",
	         getenv("SPOTOP_BIN"), completions[_i].line);
	FILE *f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert(fgets(got, sizeof got, f) != NULL);
	ck_assert_int_eq(pclose(f), 0);
	got[strcspn(got, "\n")] = 0;
	ck_assert_str_eq(got, completions[_i].offers);
}
END_TEST

/* What completion offers after a command is in that command's usage. */
START_TEST(offered_subcommands_are_real)
{
	const char *argv[] = { "completion", "bash", NULL };
	struct rig_run all = good(argv);
	int n = 0;
	for (char *save = NULL, *line = strtok_r(all.out, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char name[32], subs[100];
		if (sscanf(line, "    %31[a-z-]) subs=\"%99[a-z ]\"", name, subs) != 2) continue;
		const char *help[] = { name, "--help", NULL };
		struct rig_run r = good(help);
		*strchr(r.out, '\n') = 0;
		for (char *w = strtok(subs, " "); w; w = strtok(NULL, " "), n++)
			ck_assert_msg(strstr(r.out + strlen("usage: spotop ") + strlen(name), w) != NULL,
			              "%s is not in '%s'", w, r.out);
		rig_run_free(&r);
	}
	ck_assert_int_gt(n, 10);
	rig_run_free(&all);
}
END_TEST

Suite *suite_cli(void)
{
	Suite *s = suite_create("cli");
	TCase *c = tcase_create("scripts");
	tcase_set_timeout(c, 60);
	tcase_add_unchecked_fixture(c, start, stop);
	tcase_add_loop_test(c, a_mistake_is_one_sentence_and_its_code, 0, ARRAY_LEN(mistakes));
	tcase_add_loop_test(c, what_names_nothing_is_no_and_what_cannot_is_a_mistake, 0, ARRAY_LEN(no_names));
	tcase_add_loop_test(c, a_setting_that_is_wrong_is_named_with_its_line, 0, ARRAY_LEN(settings));
	tcase_add_loop_test(c, the_monitoring_plugin_is_unknown_on_its_own_failures, 0, ARRAY_LEN(plugin));
	tcase_add_test(c, the_monitoring_plugin_gives_each_condition_as_json);
	tcase_add_test(c, options_stand_before_or_after_the_command);
	tcase_add_test(c, each_command_has_its_help);
	tcase_add_loop_test(c, bash_completes, 0, ARRAY_LEN(completions));
	tcase_add_test(c, offered_subcommands_are_real);
	suite_add_tcase(s, c);
	return s;
}
