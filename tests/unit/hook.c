/* hook.c - the operator's command for alerts: it gets the JSON whole, its end is told, and it has no more time
 * than it is given. */
#include "core/jobs/hook.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *suite_hook(void);

/* More than a pipe holds, to a command that reads it late: nothing is cut. */
START_TEST(all_of_it_arrives)
{
	enum { LONG = 300000 };
	char path[] = "/tmp/spotop-hook.XXXXXX", *json = mem_alloc(LONG + 1), *command;
	struct err e = { 0 };
	int fd = mkstemp(path);
	memset(json, 'x', LONG);
	json[LONG] = 0;
	command = mem_printf("sleep 0.2; wc -c > %s", path);
	ck_assert_msg(hook_run(command, json, 30000, &e), "%s", e.text);
	char got[32] = "";
	ck_assert_int_gt(read(fd, got, sizeof got - 1), 0);
	ck_assert_int_eq(atol(got), LONG);
	close(fd);
	unlink(path);
	free(json);
	free(command);
}
END_TEST

START_TEST(its_failure_is_told)
{
	struct err e = { 0 };
	ck_assert(!hook_run("cat > /dev/null; exit 3", "{}", 30000, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "exited with 3"));
	ck_assert(!hook_run("kill -9 $$", "{}", 30000, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "died of signal 9"));
}
END_TEST

/* One that does not read and ends well is fine: it wanted only to know that something happened. */
START_TEST(it_need_not_read)
{
	struct err e = { 0 };
	char *json = mem_alloc(200001);
	memset(json, 'x', 200000);
	ck_assert_msg(hook_run("exec 0<&-; sleep 0.1", json, 30000, &e), "%s", e.text);
	free(json);
}
END_TEST

/* With all that it started. */
START_TEST(past_its_time_it_is_killed)
{
	struct err e = { 0 };
	int64_t from = clock_mono_ms();
	ck_assert(!hook_run("sleep 100 & sleep 100", "{}", 200, &e));
	ck_assert_int_eq(e.code, ERR_TIMEOUT);
	ck_assert_int_lt(clock_mono_ms() - from, 60000);
}
END_TEST

Suite *suite_hook(void)
{
	Suite *s = suite_create("hook");
	TCase *t = tcase_create("hook");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, all_of_it_arrives);
	tcase_add_test(t, its_failure_is_told);
	tcase_add_test(t, it_need_not_read);
	tcase_add_test(t, past_its_time_it_is_killed);
	suite_add_tcase(s, t);
	return s;
}
