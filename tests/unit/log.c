/* log.c - lines of several threads come out whole, each once. */
#include "core/base/log.h"
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *suite_log(void);

enum { THREADS = 4, LINES = 500 };

static void *write_lines(void *arg)
{
	for (int i = 0; i < LINES; i++) log_line(LOG_WARN_, "thread=%d line=%d end", *(int *)arg, i);
	return NULL;
}

START_TEST(lines_of_several_threads_come_out_whole)
{
	char path[] = "/tmp/spotop-log.XXXXXX", line[500];
	int number[THREADS], seen[THREADS] = { 0 }, fd = mkstemp(path);
	pthread_t thread[THREADS];
	ck_assert_int_ge(fd, 0);
	log_open(path, LOG_WARN_);
	for (int i = 0; i < THREADS; i++) {
		number[i] = i;
		ck_assert_int_eq(pthread_create(&thread[i], NULL, write_lines, &number[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
	log_close();
	FILE *f = fdopen(fd, "r");
	while (fgets(line, sizeof line, f)) {
		int which = -1, i = -1, at = 0;
		const char *text = strstr(line, " warn ");
		ck_assert_msg(text && sscanf(text, " warn thread=%d line=%d end%n", &which, &i, &at) == 2 &&
		                      at && strcmp(text + at, "\n") == 0,
		              "%s", line);
		ck_assert_msg(which >= 0 && which < THREADS && i == seen[which]++, "%s", line);
	}
	for (int i = 0; i < THREADS; i++) ck_assert_int_eq(seen[i], LINES);
	fclose(f);
	unlink(path);
}
END_TEST

Suite *suite_log(void)
{
	Suite *s = suite_create("log");
	TCase *t = tcase_create("log");
	tcase_add_test(t, lines_of_several_threads_come_out_whole);
	suite_add_tcase(s, t);
	return s;
}
