/* telling.c - the operator's hook for alerts fails or hangs: it is called again until everything has been told, no job
 * waits for it, and that nobody is told is an alert itself. A real worker, a real command. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "tests/support/rig.h"
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_telling(void);

static struct rig rig;
static pid_t worker;
static int out, err;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

static const char *path(const char *name)
{
	static char p[4][200];
	static int i;
	i = (i + 1) % 4;
	snprintf(p[i], sizeof p[i], "%s/%s", rig.state, name);
	return p[i];
}

/* The hook is a script; it leaves a line of each call in `tried`, and one of each alert it took in `told`. */
static void fresh(void)
{
	static const char *const argv[] = { "worker", NULL };
	rig_fresh(&rig);
	mkdir(rig.state, 0700);
	mkdir(path("spotop"), 0700);
	unlink(path("told")), unlink(path("tried")), unlink(path("fails")), unlink(path("hangs"));
	FILE *f = fopen(path("hook.sh"), "w");
	fprintf(f,
	        "cd '%s'\necho >> tried\n[ -e hangs ] && sleep 100\n[ -e fails ] && exit 3\ncat >> "
	        "told\necho >> told\n",
	        rig.state);
	fclose(f);
	f = fopen(path("spotop/config"), "w");
	fprintf(f, "[worker]\nalert-hook = sh %s\n", path("hook.sh"));
	fclose(f);
	rig_do(&rig, "DELETE FROM job_schedules");
	worker = rig_spawn(&rig, false, argv, &out, &err);
}

static void end(void)
{
	int status;
	kill(worker, SIGTERM);
	ck_assert_int_eq(waitpid(worker, &status, 0), worker);
	ck_assert_msg(status == 0, "status %x", (unsigned)status);
	close(out), close(err);
}

static void touch(const char *name) { fclose(fopen(path(name), "w")); }

static long lines(const char *name)
{
	long n = 0;
	FILE *f = fopen(path(name), "r");
	for (int c; f && (c = getc(f)) != EOF;) n += c == '\n';
	if (f) fclose(f);
	return n;
}

static bool is_told(const char *what)
{
	char *cmd = mem_printf("grep -q '%s' '%s' 2>/dev/null", what, path("told"));
	bool is = system(cmd) == 0;
	free(cmd);
	return is;
}

static long number_of(const char *key)
{
	return rig_number(&rig,
	                  "SELECT COALESCE(JSON_VALUE(state, '$.%s'), 0) FROM job_schedules WHERE name = "
	                  "'alerts'",
	                  key);
}

/* One look at the conditions, by the worker. */
static void look(void)
{
	long was = rig_number(&rig, "SELECT COALESCE(SUM(UNIX_TIMESTAMP(last_run_at) * 1000), 0) FROM "
	                            "job_schedules "
	                            "WHERE name = 'alerts'"),
	     now = was;
	rig_do(&rig,
	       "UPDATE job_schedules SET next_run_at = NOW() - INTERVAL 1 SECOND WHERE name = 'alerts'");
	for (int i = 0; i < 600 && now == was; i++, poll(NULL, 0, 50))
		now = rig_number(&rig, "SELECT COALESCE(SUM(UNIX_TIMESTAMP(last_run_at) * 1000), 0) FROM "
		                       "job_schedules WHERE name = 'alerts' AND holder IS NULL");
	ck_assert_msg(now != was, "the worker does not look");
}

static void wait_failures(long n)
{
	for (int i = 0; i < 600 && number_of("hook_failures") < n; i++) poll(NULL, 0, 50);
	ck_assert_int_ge(number_of("hook_failures"), n);
}

static void stick(const char *instance)
{
	rig_do(&rig,
	       "CALL instance_launching((SELECT MIN(id) FROM agents), '%s', 'r3.large.us-east-1e', 'spot', "
	       "'replica', NULL)",
	       instance);
	rig_do(&rig, "UPDATE instances SET launch_requested_at = NOW() - INTERVAL 400 SECOND WHERE id = '%s'",
	       instance);
}

/* That nobody is told is an alert, or is none any more. */
static void want_open(long n)
{
	static const char sql[] =
	        "SELECT COUNT(*) FROM alerts WHERE alert_key = 'hook' AND resolved_at IS NULL AND "
	        "message LIKE '%%nobody is told%%'";
	for (int i = 0; i < 5 && rig_number(&rig, sql) != n; i++) look();
	ck_assert_int_eq(rig_number(&rig, sql), n);
}

START_TEST(a_failing_hook_is_called_again_until_all_is_told)
{
	const char *check[] = { "check", NULL };
	touch("fails");
	stick("i-0first");
	look();
	wait_failures(1);
	want_open(1);
	struct rig_run r = rig_spotop(&rig, false, check);
	ck_assert_msg(strstr(r.out, "1 job failed") != NULL, "%s", r.out);
	rig_run_free(&r);
	rig_do(&rig, "UPDATE job_schedules SET state = JSON_SET(state, '$.hook_next', "
	             "CONCAT(UNIX_TIMESTAMP() + 600)) WHERE name = 'alerts'");
	long tried = lines("tried");
	stick("i-0second");
	look();
	ck_assert_int_eq(lines("tried"), tried); /* not before its time */
	ck_assert(!is_told("i-0first"));
	rig_do(&rig,
	       "UPDATE job_schedules SET state = JSON_SET(state, '$.hook_next', '1') WHERE name = 'alerts'");
	look();
	wait_failures(2); /* and the wait has doubled with each */
	long wait =
	        rig_number(&rig, "SELECT (JSON_VALUE(state, '$.hook_next') - UNIX_TIMESTAMP()) / POW(2, "
	                         "JSON_VALUE(state, '$.hook_failures') - 1) FROM job_schedules WHERE name = "
	                         "'alerts'");
	ck_assert_msg(wait > 5 && wait <= 15, "%ld s for the first", wait);
	unlink(path("fails"));
	rig_do(&rig,
	       "UPDATE job_schedules SET state = JSON_SET(state, '$.hook_next', '1') WHERE name = 'alerts'");
	look();
	for (int i = 0; i < 200 && !is_told("i-0second"); i++) poll(NULL, 0, 50);
	ck_assert(is_told("launch:i-0first") && is_told("launch:i-0second") && is_told("nobody is told"));
	want_open(0);
	ck_assert_int_eq(number_of("hook_failures"), 0);
}
END_TEST

START_TEST(a_hanging_hook_holds_no_job)
{
	touch("hangs");
	stick("i-0third");
	look();
	int64_t since = clock_mono_ms();
	look(); /* others' turns come while it hangs */
	int64_t took = clock_mono_ms() - since;
	ck_assert_msg(took < 9000, "a look took %lld ms", (long long)took);
	for (int i = 0; i < 40 && number_of("hook_failures") == 0; i++) look(), poll(NULL, 0, 300);
	wait_failures(1);
	ck_assert_int_le(lines("tried"), 2); /* a slow machine may be past the first wait */
	unlink(path("hangs"));
	rig_do(&rig,
	       "UPDATE job_schedules SET state = JSON_SET(state, '$.hook_next', '1') WHERE name = 'alerts'");
	look();
	for (int i = 0; i < 200 && !is_told("i-0third"); i++) poll(NULL, 0, 50);
	ck_assert(is_told("launch:i-0third"));
}
END_TEST

Suite *suite_telling(void)
{
	Suite *s = suite_create("telling");
	TCase *t = tcase_create("hook");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, end);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_failing_hook_is_called_again_until_all_is_told);
	tcase_add_test(t, a_hanging_hook_holds_no_job);
	suite_add_tcase(s, t);
	return s;
}
