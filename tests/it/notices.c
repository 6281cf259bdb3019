/* notices.c - `spotop import notices`: EC2's events to the agents whose primaries they are of. */
#include "tests/support/rig.h"
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

Suite *suite_notices(void);
static struct rig rig;
static char path[64];

static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void setup(void)
{
	rig_fresh(&rig);
	strcpy(path, "/tmp/spotop-notices.XXXXXX");
	close(mkstemp(path));
}
static void teardown(void) { unlink(path); }

/* "2026-11-20T04:11:09Z" of s seconds from now. */
static const char *iso(int s)
{
	static char text[4][32];
	static int n;
	time_t at = time(NULL) + s;
	struct tm tm;
	char *out = text[n++ % 4];
	strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &tm));
	return out;
}

static void add_event(FILE *f, const char *type, const char *instance, const char *time)
{
	fprintf(f,
	        "{\"detail-type\":\"%s\",\"time\":\"%s\",\"detail\":{\"instance-id\":\"%s\",\"instance-"
	        "action\":\"terminate\"}}\n",
	        type, time, instance);
	fflush(f);
}
#define WARNING "EC2 Spot Instance Interruption Warning"
#define RISK    "EC2 Instance Rebalance Recommendation"

static struct rig_run import(int code)
{
	const char *argv[] = { "import", "notices", path, NULL };
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == code, "exit %d: %s%s", r.code, r.out, r.err);
	return r;
}

START_TEST(a_warning_reaches_the_agent_of_its_primary)
{
	const char *said = iso(-5);
	FILE *f = fopen(path, "we");
	add_event(f, WARNING, "i-002", said);
	add_event(f, RISK, "i-003", iso(-60));
	fclose(f);
	struct rig_run r = import(0);
	ck_assert_msg(strstr(r.out, "i-002  agent-002  interruption at ") != NULL, "%s", r.out);
	ck_assert_msg(strstr(r.out, "2 recorded, 0 known already") != NULL, "%s", r.out);
	rig_run_free(&r);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM agents WHERE logical_agent_id = 'agent-002' AND "
	                            "notice_status = "
	                            "'termination' AND notice_deadline = STR_TO_DATE('%s', "
	                            "'%%Y-%%m-%%dT%%H:%%i:%%sZ') + INTERVAL 120 SECOND",
	                            said),
	                 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM agents WHERE logical_agent_id = 'agent-003' "
	                                  "AND notice_status = "
	                                  "'rebalance' AND notice_deadline IS NULL"),
	                 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM agents WHERE notice_status <> 'none'"), 2);
	r = import(0);
	ck_assert_msg(strstr(r.out, "0 recorded, 2 known already") != NULL, "%s", r.out);
	rig_run_free(&r);
}
END_TEST

START_TEST(what_is_of_no_primary_is_told_and_not_recorded)
{
	FILE *f = fopen(path, "we");
	add_event(f, WARNING, "i-0000000000000dead", iso(-5)); /* unknown */
	add_event(f, WARNING, "i-004", iso(-86400));           /* long over */
	add_event(f, "EC2 Instance State-change Notification", "i-005", iso(-5));
	fputs("nonsense\n", f);
	add_event(f, WARNING, "i-006", iso(-5));
	add_event(f, RISK, "i-006", iso(-4)); /* less than what is known */
	fclose(f);
	rig_do(&rig, "UPDATE instances SET id = 'i-0abc' WHERE id = 'r-001'");
	f = fopen(path, "ae");
	add_event(f, WARNING, "i-0abc", iso(-5)); /* a replica's */
	fclose(f);
	struct rig_run r = import(1);
	ck_assert_msg(strstr(r.out, "i-0000000000000dead  -  interruption at ") != NULL, "%s", r.out);
	ck_assert_msg(strstr(r.out, "no such instance is known here\n") != NULL, "%s", r.out);
	ck_assert_msg(strstr(r.out, "it is long over\n") != NULL, "%s", r.out);
	ck_assert_msg(strstr(r.out, "i-0abc  agent-001  interruption at ") != NULL, "%s", r.out);
	ck_assert_msg(strstr(r.out, "it is not its agent's primary\n") != NULL, "%s", r.out);
	ck_assert_msg(strstr(r.out, "1 recorded, 0 known already, 1 of unknown instances, 4 left out, 0 "
	                            "refused, 1 malformed\n") != NULL,
	              "%s", r.out);
	ck_assert_msg(strstr(r.err, ":4: not JSON") != NULL, "%s", r.err);
	rig_run_free(&r);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM agents WHERE notice_status <> 'none'"), 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM agents WHERE logical_agent_id = 'agent-006' "
	                                  "AND notice_status = 'termination'"),
	                 1);
}
END_TEST

START_TEST(an_agent_of_another_login_is_refused_and_the_others_are_not)
{
	FILE *f = fopen(path, "we");
	add_event(f, WARNING, "i-020", iso(-5));
	add_event(f, WARNING, "i-021", iso(-5));
	fclose(f);
	rig_do(&rig, "UPDATE agents SET metadata = JSON_SET(COALESCE(metadata, '{}'), '$.login', "
	             "'acme_agents') WHERE "
	             "logical_agent_id = 'agent-020'");
	struct rig_run r = import(1);
	ck_assert_msg(strstr(r.out, "i-020  agent-020  interruption at ") != NULL, "%s", r.out);
	ck_assert_msg(strstr(r.out, "belongs to another login than root") != NULL, "%s", r.out);
	ck_assert_msg(strstr(r.out, "1 recorded, 0 known already, 0 of unknown instances, 0 left out, 1 "
	                            "refused, 0 malformed\n") != NULL,
	              "%s", r.out);
	rig_run_free(&r);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM agents WHERE notice_status <> 'none'"), 1);
}
END_TEST

/* A notice of an instance that is the primary no more says nothing of the one that is. */
START_TEST(a_notice_belongs_to_its_instance)
{
	FILE *f = fopen(path, "we");
	add_event(f, WARNING, "i-001", iso(-60));
	fclose(f);
	rig_do(&rig, "UPDATE instances SET id = 'i-0abc' WHERE id = 'r-001'");
	struct rig_run r = import(0);
	rig_run_free(&r);
	rig_do(&rig, "CALL promote_instance_to_primary('i-0abc', NULL)");
	ck_assert_int_eq(rig_number(&rig, "SELECT notice_instance_id = 'i-001' FROM agents WHERE "
	                                  "logical_agent_id = 'agent-001'"),
	                 1);
	f = fopen(path, "ae"); /* the old one again, and what reaches the new one */
	add_event(f, RISK, "i-0abc", iso(-20));
	add_event(f, WARNING, "i-0abc", iso(-10));
	fclose(f);
	r = import(0);
	ck_assert_msg(strstr(r.out, "2 recorded, 0 known already, 0 of unknown instances, 1 left out, 0 "
	                            "refused, 0 malformed\n") != NULL,
	              "%s", r.out);
	rig_run_free(&r);
	ck_assert_int_eq(rig_number(&rig, "SELECT notice_instance_id = 'i-0abc' AND notice_status = "
	                                  "'termination' FROM agents WHERE "
	                                  "logical_agent_id = 'agent-001'"),
	                 1);
	/* the same word again is of the same instance; another deadline is of the primary */
	rig_do(&rig, "UPDATE agents SET notice_instance_id = 'i-001', notice_deadline = '2030-01-01' WHERE "
	             "logical_agent_id = 'agent-001'");
	rig_do(&rig, "CALL agent_notice((SELECT id FROM agents WHERE logical_agent_id = 'agent-001'), "
	             "'termination', '2030-01-01')");
	ck_assert_int_eq(rig_number(&rig, "SELECT notice_instance_id = 'i-001' FROM agents WHERE "
	                                  "logical_agent_id = 'agent-001'"),
	                 1);
	rig_do(&rig, "CALL agent_notice((SELECT id FROM agents WHERE logical_agent_id = 'agent-001'), "
	             "'termination', '2030-01-02')");
	ck_assert_int_eq(rig_number(&rig, "SELECT notice_instance_id = 'i-0abc' FROM agents WHERE "
	                                  "logical_agent_id = 'agent-001'"),
	                 1);
}
END_TEST

static void wait_for(long n)
{
	for (int i = 0;
	     i < 300 && rig_number(&rig, "SELECT COUNT(*) FROM agents WHERE notice_status <> 'none'") != n;
	     i++)
		usleep(50000);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM agents WHERE notice_status <> 'none'"), n);
}

/* Each is recorded while the pipe stays open; a server that dies between two costs none. */
START_TEST(a_pipe_is_followed)
{
	int fds[2], status;
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fds[0], STDIN_FILENO);
		int null = open("/dev/null", O_WRONLY);
		dup2(null, STDOUT_FILENO);
		execl(getenv("SPOTOP_BIN"), "spotop", "--no-defaults", "-u", "root", "-S", rig.socket,
		      "import", "notices", "-", "--follow", (char *)NULL);
		_exit(127);
	}
	FILE *f = fdopen(fds[1], "w");
	close(fds[0]);
	add_event(f, WARNING, "i-010", iso(-1));
	wait_for(1);
	add_event(f, RISK, "i-011", iso(-1));
	wait_for(2);
	rig_kill_server(&rig);
	add_event(f, WARNING, "i-012", iso(-1));
	usleep(300000);
	ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);
	rig_start_server(&rig);
	wait_for(3);
	fclose(f);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

Suite *suite_notices(void)
{
	Suite *s = suite_create("notices");
	TCase *t = tcase_create("database");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_warning_reaches_the_agent_of_its_primary);
	tcase_add_test(t, what_is_of_no_primary_is_told_and_not_recorded);
	tcase_add_test(t, an_agent_of_another_login_is_refused_and_the_others_are_not);
	tcase_add_test(t, a_notice_belongs_to_its_instance);
	tcase_add_test(t, a_pipe_is_followed);
	suite_add_tcase(s, t);
	return s;
}
