/* monitoring.c - what views/monitoring brings works with what spotop says: each metric that a rule or a panel names is at
 * /metrics, the Nagios and Icinga definitions run the plugin, the alert hook reaches Slack, PagerDuty and a webhook. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "tests/support/endpoint.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include "tests/support/standin.h"
#include <check.h>
#include <jansson.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void)
{
	rig_fresh(&rig);
	mkdir(rig.state, 0700);
}

static char *file_text(const char *path)
{
	struct buf b = BUF_EMPTY;
	char chunk[4096];
	FILE *f = fopen(path, "re");
	ck_assert_msg(f != NULL, "no file %s", path);
	for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;) buf_add(&b, chunk, n);
	fclose(f);
	return buf_detach(&b);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");
	ck_assert_msg(f != NULL, "%s", path);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

/* --- /metrics --- */

/* What a spotop serve of its own shows, once it has read the database. */
static char *metrics(void)
{
	static const char *const argv[] = { "serve", "--listen", "127.0.0.1:0", NULL };
	int out, err, port = 0;
	pid_t pid = rig_spawn(&rig, false, argv, &out, &err);
	FILE *f = fdopen(out, "r");
	ck_assert_int_eq(fscanf(f, "listening 127.0.0.1:%d", &port), 1);
	struct endpoint ep = { .port = (unsigned)port };
	char *text = NULL;
	for (int i = 0; i < 400 && (!text || !strstr(text, "\nspotop_conditions{")); i++) {
		if (text) usleep(50000);
		free(text);
		text = mem_dup(endpoint_curl(&ep, "", "/metrics"));
	}
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	fclose(f);
	close(err);
	return text;
}

/* Fails unless each spotop_... of the file is the name of a series. How many there were. */
static int names_are_in(const char *path, const char *shown)
{
	char *text = file_text(path), want[200];
	regex_t re;
	regmatch_t m;
	int n = 0;
	ck_assert_int_eq(regcomp(&re, "spotop_[a-z_]+", REG_EXTENDED), 0);
	for (const char *at = text; regexec(&re, at, 1, &m, 0) == 0; at += m.rm_eo, n++) {
		bool is_there = false;
		for (int i = 0; i < 2; i++) {
			snprintf(want, sizeof want, "\n%.*s%c", (int)(m.rm_eo - m.rm_so), at + m.rm_so,
			         " {"[i]);
			is_there |= strstr(shown, want) != NULL;
		}
		ck_assert_msg(is_there, "%s names %s, which /metrics does not have", path, want + 1);
	}
	regfree(&re);
	free(text);
	return n;
}

START_TEST(every_metric_that_is_named_is_there)
{
	static const char *const jobs[] = { "job", "run", "alerts", NULL };
	static const char *const move[] = { "switch",   "agent-005", "--ondemand", "--reason",
		                            "it waits", "--yes",     NULL };
	const char *const *runs[] = { jobs, move };
	/* A command that waits, an agent in trouble and an event past its hour, for the series that are there only then. */
	rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 1 HOUR WHERE logical_agent_id = "
	             "'agent-003'");
	rig_do(&rig, "INSERT INTO sse_events (client_id, event_type, event_data, expires_at) SELECT id, "
	             "'HEARTBEAT', '{}', "
	             "NOW() - INTERVAL 1 MINUTE FROM clients");
	for (int i = 0; i < 2; i++) {
		struct rig_run r = rig_spotop(&rig, false, runs[i]);
		ck_assert_msg(r.code == 0, "%s%s", r.out, r.err);
		rig_run_free(&r);
	}
	char *shown = metrics();
	ck_assert_int_gt(names_are_in("views/monitoring/spotop.rules.yml", shown), 8);
	ck_assert_int_gt(names_are_in("views/monitoring/spotop.dashboard.json", shown), 20);
	free(shown);
}
END_TEST

/* Every panel asks for something, has a place of its own, and takes its source and environment from the choice above. */
START_TEST(the_dashboard_is_whole)
{
	json_error_t e;
	json_t *d = json_load_file("views/monitoring/spotop.dashboard.json", JSON_REJECT_DUPLICATES, &e);
	ck_assert_msg(d != NULL, "line %d: %s", e.line, e.text);
	json_t *panels = json_object_get(d, "panels"), *p, *t;
	char taken[80][24] = { "" };
	size_t i, k;
	ck_assert_int_gt((int)json_array_size(panels), 15);
	json_array_foreach(panels, i, p)
	{
		int id, x, y, w, h;
		const char *title, *uid;
		json_t *targets;
		ck_assert_int_eq(json_unpack(p, "{s:i, s:s, s:{s:s}, s:{s:i, s:i, s:i, s:i}, s:o}", "id", &id,
		                             "title", &title, "datasource", "uid", &uid, "gridPos", "x", &x,
		                             "y", &y, "w", &w, "h", &h, "targets", &targets),
		                 0);
		ck_assert_str_eq(uid, "${datasource}");
		ck_assert_int_eq(id, (int)i + 1);
		ck_assert_int_gt((int)json_array_size(targets), 0);
		for (int r = y; r < y + h; r++)
			for (int c = x; c < x + w; c++) {
				ck_assert(r < 80 && c < 24);
				ck_assert_msg(!taken[r][c], "panel '%s' lies over another", title);
				taken[r][c] = 1;
			}
		json_array_foreach(targets, k, t)
		{
			const char *expr = json_string_value(json_object_get(t, "expr"));
			ck_assert_msg(expr && strstr(expr, "spotop_") && strstr(expr, "job=~\"$job\""),
			              "%s: %s", title, expr);
		}
	}
	json_decref(d);
}
END_TEST

/* --- Nagios and Icinga --- */

/* The n-th "..." of the file behind `after`; free(). */
static char *quoted(const char *text, const char *after, int n)
{
	const char *at = strstr(text, after), *end = NULL;
	ck_assert_msg(at != NULL, "no %s", after);
	for (int i = 0; i <= n; i++) {
		at = strchr(end ? end + 1 : at, '"');
		ck_assert_ptr_nonnull(at);
		end = strchr(++at, '"');
		ck_assert_ptr_nonnull(end);
	}
	return strndup(at, (size_t)(end - at));
}

/* The command lines of both are one: the program, the option file, check. It is run with ours for what they name. */
START_TEST(the_definitions_run_the_plugin)
{
	char *nagios = file_text("views/monitoring/nagios.cfg"),
	     *icinga = file_text("views/monitoring/icinga2.conf");
	char cnf[300], text[400], line[300] = "", cmd[1200];
	const char *at = strstr(nagios, "command_line");
	ck_assert(at && sscanf(at, "command_line %299[^\n]", line) == 1);
	ck_assert_str_eq(line, "/usr/bin/spotop --defaults-file=$ARG1$ check");
	static const char *const words[] = { "/usr/bin/spotop", "--defaults-file", "$spotop_cnf$", "=",
		                             "check" };
	for (int i = 0; i < 5; i++) {
		char *word = quoted(icinga, "command = [", i);
		ck_assert_str_eq(word, words[i]);
		free(word);
	}
	snprintf(cnf, sizeof cnf, "%s/check.cnf", server_dir(rig.server));
	snprintf(text, sizeof text, "[client]\nsocket=%s\nuser=root\n", rig.socket);
	write_file(cnf, text);
	for (int is_silent = 0; is_silent < 3; is_silent++) {
		if (is_silent == 1)
			rig_do(&rig, "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 1 HOUR");
		snprintf(cmd, sizeof cmd, "%s --defaults-file=%s check 2>/dev/null; echo $?",
		         getenv("SPOTOP_BIN"), is_silent == 2 ? "/nowhere/check.cnf" : cnf);
		const char *said = endpoint_printed(cmd), *code = strrchr(said, '\n') - 1;
		ck_assert_msg(strncmp(said, "SPOTOP ", 7) == 0, "%s", said);
		ck_assert_msg(is_silent == 2 || strchr(said, '|'), "no perfdata: %s", said);
		ck_assert_msg(*code == (is_silent == 0 ? '0' : is_silent == 1 ? '2' : '3'), "%s", said);
	}
	free(nagios);
	free(icinga);
}
END_TEST

/* --- the alert hook --- */

static const char secret[] = "s3cr3t-0f-7h3-h00k";
static char dir[200];

/* A secret file for each kind, that names the stand-in. */
static void secrets(const struct standin *s)
{
	char path[300], text[600];
	unsigned port = standin_port(s);
	snprintf(dir, sizeof dir, "%s/hook", server_dir(rig.server));
	mkdir(dir, 0700);
	snprintf(path, sizeof path, "%s/slack", dir);
	snprintf(text, sizeof text, "http://127.0.0.1:%u/services/%s\n", port, secret);
	write_file(path, text);
	snprintf(path, sizeof path, "%s/pagerduty", dir);
	snprintf(text, sizeof text, "%s\nhttp://127.0.0.1:%u/v2/enqueue\n", secret, port);
	write_file(path, text);
	snprintf(path, sizeof path, "%s/webhook", dir);
	snprintf(text, sizeof text, "http://127.0.0.1:%u/hook\nAuthorization: Bearer \"%s\\\n", port, secret);
	write_file(path, text);
}

/* The exit status; what it said on stderr is in `complaint`. */
static char *complaint;
static int hook(const char *kinds, const char *alert)
{
	char path[300], cmd[900];
	snprintf(path, sizeof path, "%s/alert", dir);
	write_file(path, alert);
	snprintf(cmd, sizeof cmd, "views/monitoring/alert-hook --secrets %s %s <%s 2>&1; echo $?", dir, kinds,
	         path);
	complaint = (char *)endpoint_printed(cmd);
	ck_assert_msg(!strstr(complaint, secret), "%s", complaint);
	char *end = strrchr(complaint, '\n');
	ck_assert_ptr_nonnull(end);
	*end = 0;
	return atoi(strrchr(complaint, '\n') ? strrchr(complaint, '\n') + 1 : complaint);
}

static const char raised[] =
        "{\"event\":\"raised\",\"alert_key\":\"no_primary/7\",\"kind\":\"no_primary\","
        "\"severity\":\"critical\",\"client_id\":\"c\",\"agent_id\":\"a-7\",\"instance_id\":null,"
        "\"pool_id\":null,\"message\":\"agent <!channel> \\\"x\\\" $(touch /tmp/spotop-hook-ran) \\u0007 & "
        "\\u00e9\",\"evidence\":{\"since\":1}}";
static const char hostile[] = "agent <!channel> \"x\" $(touch /tmp/spotop-hook-ran) \a & \xc3\xa9";

static json_t *sent(const struct standin *s, int i)
{
	const struct standin_request *r = standin_get(s, i);
	ck_assert_str_eq(r->type, "application/json");
	json_t *j = json_loads(r->body, 0, NULL);
	ck_assert_msg(j != NULL, "%s", r->body);
	return j;
}

static const char *text_of(json_t *j, const char *of, const char *key)
{
	const char *s = json_string_value(json_object_get(of ? json_object_get(j, of) : j, key));
	return s ? s : "(none)";
}

START_TEST(slack_is_told)
{
	static const int fine[] = { 200, 0 };
	struct standin *s = standin_start(fine);
	secrets(s);
	standin_look_for(s, secret);
	ck_assert_msg(hook("slack", raised) == 0, "%s", complaint);
	ck_assert_int_eq(standin_count(s), 1);
	ck_assert(strstr(standin_get(s, 0)->path, secret) != NULL);
	json_t *j = sent(s, 0);
	const char *text = text_of(j, NULL, "text");
	ck_assert_msg(strstr(text, "NEW CRITICAL: agent &lt;!channel&gt; \"x\" $(touch"), "%s", text);
	ck_assert(strstr(text, "no_primary") != NULL);
	ck_assert(!standin_saw_secret(s));
	ck_assert_int_ne(access("/tmp/spotop-hook-ran", F_OK), 0);
	json_decref(j);
	standin_stop(s);
}
END_TEST

START_TEST(pagerduty_is_told_and_told_when_it_is_over)
{
	static const int fine[] = { 202, 0 };
	struct standin *s = standin_start(fine);
	char over[1000];
	secrets(s);
	standin_look_for(s, secret);
	ck_assert_msg(hook("pagerduty", raised) == 0, "%s", complaint);
	snprintf(over, sizeof over, "%s", strstr(raised, "\"alert_key\""));
	char cleared[1200];
	snprintf(cleared, sizeof cleared, "{\"event\":\"cleared\",%s", over);
	ck_assert_msg(hook("pagerduty", cleared) == 0, "%s", complaint);
	json_t *up = sent(s, 0), *down = sent(s, 1);
	ck_assert_str_eq(standin_get(s, 0)->path, "/v2/enqueue");
	ck_assert_str_eq(text_of(up, NULL, "routing_key"), secret);
	ck_assert_str_eq(text_of(up, NULL, "event_action"), "trigger");
	ck_assert_str_eq(text_of(down, NULL, "event_action"), "resolve");
	ck_assert_str_eq(text_of(up, NULL, "dedup_key"), "spotop/no_primary/7");
	ck_assert_str_eq(text_of(down, NULL, "dedup_key"), text_of(up, NULL, "dedup_key"));
	ck_assert_str_eq(text_of(up, "payload", "severity"), "critical");
	ck_assert_str_eq(text_of(up, "payload", "source"), "a-7");
	ck_assert_str_eq(text_of(up, "payload", "class"), "no_primary");
	ck_assert(strstr(text_of(up, "payload", "summary"), hostile) != NULL);
	ck_assert(!standin_saw_secret(s));
	json_decref(up);
	json_decref(down);
	standin_stop(s);
}
END_TEST

START_TEST(a_webhook_gets_the_alert_as_it_is)
{
	static const int fine[] = { 204, 0 };
	struct standin *s = standin_start(fine);
	char want[100];
	secrets(s);
	standin_look_for(s, secret);
	ck_assert_msg(hook("webhook", raised) == 0, "%s", complaint);
	json_t *j = sent(s, 0), *was = json_loads(raised, 0, NULL);
	ck_assert(json_equal(j, was));
	snprintf(want, sizeof want, "Bearer \"%s\\", secret);
	ck_assert_str_eq(standin_get(s, 0)->authorization, want);
	ck_assert(!standin_saw_secret(s));
	json_decref(j);
	json_decref(was);
	standin_stop(s);
}
END_TEST

/* What may pass is tried again, what is refused is not; whoever does not take it costs the others nothing. */
START_TEST(it_is_tried_again_where_that_helps)
{
	static const int busy[] = { 503, 429, 200, 0 }, refused[] = { 403, 0 }, down[] = { 503, 0 };
	struct standin *s = standin_start(busy);
	secrets(s);
	ck_assert_msg(hook("webhook", raised) == 0, "%s", complaint);
	ck_assert_int_eq(standin_count(s), 3);
	standin_stop(s);
	s = standin_start(refused);
	secrets(s);
	ck_assert_int_eq(hook("slack", raised), 1);
	ck_assert_int_eq(standin_count(s), 1);
	ck_assert_msg(strstr(complaint, "slack did not take it") && strstr(complaint, "403"), "%s",
	              complaint);
	standin_stop(s);
	s = standin_start(down);
	secrets(s);
	int64_t begin = clock_mono_ms();
	ck_assert_int_eq(hook("slack pagerduty webhook", raised), 1);
	ck_assert_int_lt(clock_mono_ms() - begin, 10000);
	ck_assert_int_eq(standin_count(s), 9);
	standin_stop(s);
}
END_TEST

START_TEST(what_is_missing_is_said)
{
	static const int fine[] = { 200, 0 };
	static const struct {
		const char *kinds, *alert, *says;
	} of[] = {
		{ "", "{}", "say where to" },           { "sms", raised, "'sms' is none of slack" },
		{ "slack", "no json", "not an alert" }, { "slack", "", "not an alert" },
		{ "slack", "{}", "not an alert" },
	};
	struct standin *s = standin_start(fine);
	char path[300];
	secrets(s);
	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		ck_assert_int_eq(hook(of[i].kinds, of[i].alert), 1);
		ck_assert_msg(strstr(complaint, of[i].says), "'%s': %s", of[i].kinds, complaint);
	}
	snprintf(path, sizeof path, "%s/slack", dir);
	write_file(path, "\n");
	ck_assert_int_eq(hook("slack", raised), 1);
	ck_assert_msg(strstr(complaint, "its first line is empty"), "%s", complaint);
	unlink(path);
	ck_assert_int_eq(hook("slack", raised), 1);
	ck_assert_msg(strstr(complaint, "cannot read"), "%s", complaint);
	ck_assert_int_eq(standin_count(s), 0);
	standin_stop(s);
}
END_TEST

/* The whole way: an agent falls silent, the worker's job finds it, the hook tells it, and tells when it is back. */
START_TEST(the_worker_calls_it)
{
	static const int fine[] = { 200, 0 };
	static const char *const job[] = { "job", "run", "alerts", NULL };
	struct standin *s = standin_start(fine);
	char path[300], text[600], here[200];
	secrets(s);
	snprintf(path, sizeof path, "%s/spotop", rig.state);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/spotop/config", rig.state);
	snprintf(text, sizeof text,
	         "[worker]\nalert-hook = %s/views/monitoring/alert-hook --secrets %s webhook\n",
	         getcwd(here, sizeof here), dir);
	write_file(path, text);
	for (int is_well = 0; is_well < 2; is_well++) {
		rig_do(&rig,
		       "UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL %d SECOND WHERE "
		       "logical_agent_id = 'agent-004'",
		       is_well ? 0 : 200);
		struct rig_run r = rig_spotop(&rig, false, job);
		ck_assert_msg(r.code == 0, "%s%s", r.out, r.err);
		rig_run_free(&r);
	}
	const char *key = NULL, *events[2] = { "raised", "cleared" };
	int told = 0;
	json_t *all[64];
	int n = standin_count(s);
	for (int i = 0; i < n; i++) {
		all[i] = sent(s, i);
		if (!strstr(text_of(all[i], NULL, "message"), "agent-004")) continue;
		ck_assert_int_lt(told, 2);
		ck_assert_str_eq(text_of(all[i], NULL, "event"), events[told++]);
		if (!key) key = text_of(all[i], NULL, "alert_key");
		ck_assert_str_eq(text_of(all[i], NULL, "alert_key"), key);
	}
	ck_assert_int_eq(told, 2);
	for (int i = 0; i < n; i++) json_decref(all[i]);
	standin_stop(s);
}
END_TEST

Suite *suite_monitoring(void)
{
	Suite *s = suite_create("monitoring");
	TCase *t = tcase_create("monitoring");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_add_test(t, every_metric_that_is_named_is_there);
	tcase_add_test(t, the_dashboard_is_whole);
	tcase_add_test(t, the_definitions_run_the_plugin);
	tcase_add_test(t, slack_is_told);
	tcase_add_test(t, pagerduty_is_told_and_told_when_it_is_over);
	tcase_add_test(t, a_webhook_gets_the_alert_as_it_is);
	tcase_add_test(t, it_is_tried_again_where_that_helps);
	tcase_add_test(t, what_is_missing_is_said);
	tcase_add_test(t, the_worker_calls_it);
	suite_add_tcase(s, t);
	return s;
}
