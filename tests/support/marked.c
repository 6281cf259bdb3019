/* marked.c - see marked.h. */
#include "tests/support/marked.h"
#include "core/base/clock.h"
#include <check.h>
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char mark[64], last[200]; /* last: the command of the last one found */

char *marked_new(void)
{
	snprintf(mark, sizeof mark, "SPOTOP_MARK=%d.%lld", (int)getpid(), (long long)clock_mono_ms());
	return mark;
}

static size_t read_of(const char *pid, const char *what, char *into, size_t n)
{
	char path[300];
	snprintf(path, sizeof path, "/proc/%s/%s", pid, what);
	FILE *f = fopen(path, "re");
	size_t got = f ? fread(into, 1, n - 1, f) : 0;
	if (f) fclose(f);
	into[got] = 0;
	return got;
}

/* The environment of a process that has ended reads as nothing. */
int marked_count(void)
{
	static char env[1 << 17];
	int n = 0;
	DIR *proc = opendir("/proc");
	ck_assert_ptr_nonnull(proc);
	for (struct dirent *d; (d = readdir(proc));) {
		if (!isdigit((unsigned char)d->d_name[0]) || atoi(d->d_name) == getpid()) continue;
		size_t len = read_of(d->d_name, "environ", env, sizeof env);
		if (!memmem(env, len, mark, strlen(mark) + 1)) continue;
		len = read_of(d->d_name, "cmdline", last, sizeof last);
		for (size_t i = 0; i + 1 < len; i++)
			if (!last[i]) last[i] = ' ';
		n++;
	}
	closedir(proc);
	return n;
}

void marked_want_none(int most_ms)
{
	int64_t until = clock_mono_ms() + most_ms;
	while (marked_count() > 0 && clock_mono_ms() < until) usleep(20000);
	int n = marked_count();
	ck_assert_msg(n == 0, "%d processes are left, one is: %s", n, last);
}
