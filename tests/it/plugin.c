/* plugin.c - `spotop check` as monitoring systems read a plugin: the grammar of the Monitoring Plugins guidelines,
 * negate, which turns its words and codes round, Icinga's own parser of figures, and a Nagios that runs it by the
 * definitions of views/monitoring. Where one of them is neither installed nor unpacked by make check-monitoring it is left
 * out. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

/* The program, installed or unpacked under build; NULL: there is none. */
static const char *unpacked(const char *installed, const char *below)
{
	static char path[600];
	if (access(installed, X_OK) == 0) return installed;
	snprintf(path, sizeof path, "%s/../monitoring/%s", getenv("SPOTOP_BUILD"), below);
	return access(path, X_OK) == 0 ? path : NULL;
}

/* Icinga parses each figure with what its writers parse it with, and our definition as a script of its own. */
START_TEST(icinga_reads_each_figure)
{
	char out[9000], cmd[12000], said[9000];
	const char *icinga = unpacked("/usr/sbin/icinga2", "icinga2");
	if (!icinga) {
		printf("plugin: no icinga2 here (make check-monitoring unpacks it), so it is left out\n");
		return;
	}
	set_up(_i);
	run("", cases[_i].change != NULL, out, sizeof out);
	char *rest = strchr(out, '|');
	if (!rest) return; /* UNKNOWN has no figures */
	size_t n = 0;
	rest[strlen(rest) - 1] = 0;
	for (const char *s = rest; *s; s++) n += *s == '=';
	snprintf(cmd, sizeof cmd,
	         "%s console --eval 'var n = 0; for (w in \"%s\".split(\" \")) { if (w) { "
	         "parse_performance_data(w); n += 1 } }; n' 2>&1",
	         icinga, rest + 2);
	FILE *p = popen(cmd, "r");
	said[fread(said, 1, sizeof said - 1, p)] = 0;
	ck_assert_msg(pclose(p) == 0 && (size_t)atoi(said) == n && n > 30, "%s\nof %s", said, cmd);
	snprintf(cmd, sizeof cmd, "%s console --syntax-only --file views/monitoring/icinga2.conf 2>&1",
	         icinga);
	p = popen(cmd, "r");
	said[fread(said, 1, sizeof said - 1, p)] = 0;
	ck_assert_msg(pclose(p) == 0, "%s", said);
}
END_TEST

/* What a Nagios needs beside our file: the host, the contact and the hours that it names. */
static const char nagios_base[] =
        "define timeperiod {\n timeperiod_name 24x7\n alias always\n sunday 00:00-24:00\n monday "
        "00:00-24:00\n"
        " tuesday 00:00-24:00\n wednesday 00:00-24:00\n thursday 00:00-24:00\n friday 00:00-24:00\n"
        " saturday 00:00-24:00\n}\n"
        "define command {\n command_name true\n command_line /bin/true\n}\n"
        "define contact {\n contact_name one\n service_notifications_enabled 0\n host_notifications_enabled "
        "0\n"
        " service_notification_period 24x7\n host_notification_period 24x7\n"
        " service_notification_commands true\n host_notification_commands true\n}\n"
        "define contactgroup {\n contactgroup_name admins\n alias admins\n members one\n}\n"
        "define host {\n host_name spotop\n address 127.0.0.1\n max_check_attempts 1\n check_period 24x7\n"
        " notification_period 24x7\n contact_groups admins\n}\n";

static void write_text(const char *dir, const char *name, const char *text)
{
	char path[500];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	ck_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* Everything it writes lies in dir; its minute is a second, so that the check is due at once. */
static void write_nagios(const char *dir)
{
	struct buf b = BUF_EMPTY;
	static const char *const files[] = { "log_file",
		                             "object_cache_file",
		                             "precached_object_file",
		                             "status_file",
		                             "command_file",
		                             "query_socket",
		                             "lock_file",
		                             "temp_file",
		                             "state_retention_file",
		                             "service_perfdata_file" };
	for (size_t i = 0; i < ARRAY_LEN(files); i++) buf_addf(&b, "%s=%s/%s\n", files[i], dir, files[i]);
	buf_addf(&b, "cfg_file=%s/base.cfg\ncfg_file=%s/spotop.cfg\n", dir, dir);
	buf_addf(&b, "temp_path=%s\ncheck_result_path=%s\nlog_archive_path=%s\n", dir, dir, dir);
	buf_addf(&b, "nagios_user=%d\nnagios_group=%d\n", (int)getuid(), (int)getgid());
	buf_adds(&b, "interval_length=1\nmax_service_check_spread=1\nservice_inter_check_delay_method=n\n"
	             "process_performance_data=1\nservice_perfdata_file_mode=w\n"
	             "service_perfdata_file_template=$SERVICESTATE$|$SERVICEPERFDATA$|$SERVICEOUTPUT$\n"
	             "check_external_commands=0\nexecute_host_checks=0\ncheck_for_updates=0\n");
	write_text(dir, "main.cfg", buf_str(&b));
	write_text(dir, "base.cfg", nagios_base);
	buf_cut(&b, 0);
	buf_addf(&b, "[client]\nsocket=%s\nuser=root\n", rig.socket);
	write_text(dir, "check.cnf", buf_str(&b));
	buf_free(&b);
}

/* One line of a file once it is whole; false: it did not come. */
static bool wait_line(const char *path, char *line, size_t size)
{
	for (int i = 0; i < 600; i++, usleep(50000)) {
		FILE *f = fopen(path, "r");
		bool is_whole = f && fgets(line, (int)size, f) && strchr(line, '\n');
		if (f) fclose(f);
		if (is_whole) return true;
	}
	return false;
}

/* It takes state, words and figures as they are printed, but for semicolons in the words, which it turns into colons. */
START_TEST(nagios_runs_it)
{
	char dir[300], cmd[1200], out[9000], line[9000], want[9100], path[400];
	const char *nagios = unpacked("/usr/sbin/nagios4", "usr/sbin/nagios4");
	if (!nagios) {
		printf("plugin: no nagios4 here (make check-monitoring unpacks it), so it is left out\n");
		return;
	}
	set_up(2);
	snprintf(dir, sizeof dir, "%s/nagios", server_dir(rig.server));
	snprintf(cmd, sizeof cmd,
	         "mkdir -p %s && sed -e 's#/usr/bin/spotop#%s#' -e 's#/etc/spotop/check.cnf#%s/check.cnf#' "
	         "views/monitoring/nagios.cfg >%s/spotop.cfg",
	         dir, getenv("SPOTOP_BIN"), dir, dir);
	ck_assert_int_eq(system(cmd), 0);
	write_nagios(dir);
	snprintf(path, sizeof path, "%s/main.cfg", dir);
	pid_t pid = fork();
	if (pid == 0) {
		if (!freopen("/dev/null", "w", stdout)) _exit(127);
		execl(nagios, nagios, path, (char *)NULL);
		_exit(127);
	}
	snprintf(path, sizeof path, "%s/service_perfdata_file", dir);
	bool is_there = wait_line(path, line, sizeof line);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	ck_assert_msg(is_there, "nothing was checked; see %s/log_file", dir);
	run("", true, out, sizeof out);
	ck_assert_int_eq(strncmp(line, "CRITICAL|", 9), 0);
	char *bar = strchr(out, '|'), *end = strrchr(line + 9, '|');
	*bar = 0;
	for (char *s = out; *s; s++)
		if (*s == ';') *s = ':';
	out[strlen(out) - 1] = 0;
	snprintf(want, sizeof want, "%s\n", out);
	ck_assert_str_eq(end + 1, want);
	*end = 0;
	is_perfdata(line + 9);
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
	tcase_add_loop_test(t, icinga_reads_each_figure, 0, 4);
	tcase_add_test(t, nagios_runs_it);
	suite_add_tcase(s, t);
	return s;
}
