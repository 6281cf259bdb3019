/* suite_main.c - runs the suites of one tests/ folder: `run [-j N] [SUITE[:TEST]...]`, all of them without arguments.
 *
 * Check forks each test; here each test case runs in a process of its own too, under a keeper (support/keeper.h).
 * So a set-up that fails or crashes fails the tests of its case, which are counted, and ends nothing else; a server
 * or a console that a case started is gone after it, whatever happened. -j N (or SPOTOP_JOBS) runs N cases at once.
 *
 * Check cannot be asked what a suite holds or which test failed: the linker hands us its tcase_create,
 * tcase_set_timeout and _tcase_add_test (--wrap), and each case's results are read from Check's TAP log. */
#include "tests/support/keeper.h"
#include "views/model/view.h"
#include "views/registry.h"
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SUITE(name) Suite *suite_##name(void);
#include "list.h"
#undef SUITE

static const struct {
	const char *name;
	Suite *(*make)(void);
} suites[] = {
#define SUITE(name) { #name, suite_##name },
#include "list.h"
#undef SUITE
};

struct test {
	const char *name;
	int n, n_done, n_failed; /* n: a loop test counts once a round */
};
struct tests { /* of one case */
	const char *suite, *name;
	Suite *of;
	const TCase *tc;
	struct test *all;
	size_t n;
	double most_s; /* its time limit */
	/* while it runs */
	pid_t pid; /* the keeper's */
	int tap, out;
	double started;
};

static struct tests *cases;
static size_t n_cases;
static int n_args, n_checks, n_failures;
static char **args;
static const char *making; /* the suite whose function runs */
static char *again[100];   /* SUITE:TEST of what failed */
static size_t n_again;
static volatile sig_atomic_t stop_sig; /* we were asked to end */

/* --- what there is --- */

static bool is_wanted(const char *suite, const char *test)
{
	size_t len = strlen(suite);
	if (!n_args) return true;
	for (int i = 0; i < n_args; i++) {
		if (strncmp(args[i], suite, len) != 0) continue;
		if (!args[i][len] || (args[i][len] == ':' && (!test || !strcmp(args[i] + len + 1, test))))
			return true;
	}
	return false;
}

static void *grown(void *list, size_t n, size_t size)
{
	void *p = realloc(list, (n + 1) * size);
	if (!p) abort();
	return p;
}

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's names */
TCase *__real_tcase_create(const char *name);
TCase *__wrap_tcase_create(const char *name);
void __real_tcase_set_timeout(TCase *tc, double s);
void __wrap_tcase_set_timeout(TCase *tc, double s);
void __real__tcase_add_test(TCase *tc, const TTest *test, int sig, int exit_value, int start, int end);
void __wrap__tcase_add_test(TCase *tc, const TTest *test, int sig, int exit_value, int start, int end);

TCase *__wrap_tcase_create(const char *name)
{
	cases = grown(cases, n_cases, sizeof *cases);
	for (size_t i = 0; i < n_cases; i++)
		if (!strcmp(cases[i].suite, making) && !strcmp(cases[i].name, name)) {
			fprintf(stderr, "suite %s has two cases '%s'\n", making, name);
			exit(2);
		}
	TCase *tc = __real_tcase_create(name);
	cases[n_cases++] = (struct tests){ .suite = making, .name = name, .tc = tc };
	return tc;
}

static struct tests *case_of(const TCase *tc)
{
	for (size_t i = 0; i < n_cases; i++)
		if (cases[i].tc == tc) return &cases[i];
	return NULL;
}

void __wrap_tcase_set_timeout(TCase *tc, double s)
{
	struct tests *c = case_of(tc);
	if (c) c->most_s = s;
	__real_tcase_set_timeout(tc, s);
}

void __wrap__tcase_add_test(TCase *tc, const TTest *test, int sig, int exit_value, int start, int end)
{
	struct tests *c = case_of(tc);
	if (!c || !is_wanted(c->suite, test->name)) return;
	c->all = grown(c->all, c->n, sizeof *c->all);
	c->all[c->n++] = (struct test){ .name = test->name, .n = end - start };
	__real__tcase_add_test(tc, test, sig, exit_value, start, end);
}
/* NOLINTEND(bugprone-reserved-identifier) */

static double longest(const struct tests *c)
{
	double s = c->most_s;
	for (size_t i = 0; i < c->n; i++) s += c->all[i].n;
	return s;
}

static int by_length(const void *a, const void *b)
{
	const struct tests *x = a, *y = b;
	double d = longest(y) - longest(x);
	int by_name = strcmp(x->suite, y->suite);
	return d > 0 ? 1 : d < 0 ? -1 : by_name ? by_name : strcmp(x->name, y->name);
}

/* What may take longest begins first, so that the end is not one long case alone. */
static void list_cases(void)
{
	const char *only = getenv("CK_RUN_CASE");
	for (size_t i = 0; i < sizeof suites / sizeof *suites; i++) {
		if (!is_wanted(suites[i].name, NULL)) continue;
		size_t first = n_cases;
		making = suites[i].name;
		Suite *s = suites[i].make();
		for (size_t k = first; k < n_cases; k++) {
			cases[k].of = s;
			if (only && strcmp(only, cases[k].name) != 0) cases[k].n = 0;
		}
	}
	qsort(cases, n_cases, sizeof *cases, by_length);
}

/* --- running one --- */

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* In the case's own process: its output goes to `out`, Check's log to `tap`. */
static void run_case(const struct tests *c)
{
	char log[40];
	snprintf(log, sizeof log, "/proc/self/fd/%d", c->tap);
	if (c->out >= 0) dup2(c->out, 1), dup2(c->out, 2);
	SRunner *sr = srunner_create(c->of);
	srunner_set_tap(sr, log);
	srunner_run(sr, NULL, c->name, CK_SILENT);
	int n = srunner_ntests_failed(sr);
	if (n) srunner_print(sr, CK_NORMAL);
	srunner_free(sr);
	fflush(stdout);
	exit(n ? EXIT_FAILURE : EXIT_SUCCESS);
}

static void start_case(struct tests *c, bool is_alone)
{
	c->started = now();
	c->tap = memfd_create("tap", MFD_CLOEXEC);
	c->out = is_alone ? -1 : memfd_create("out", MFD_CLOEXEC);
	c->pid = c->tap < 0 ? -1 : keeper_fork();
	if (c->pid == 0) run_case(c);
	if (c->pid < 0) {
		fprintf(stderr, "cannot start %s: %s\n", c->suite, strerror(errno));
		exit(1);
	}
}

/* --- what came of it --- */

static void count(struct tests *c, const char *name, bool is_ok)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->all[i].name, name) && c->all[i].n_done < c->all[i].n) {
			c->all[i].n_done++;
			c->all[i].n_failed += !is_ok;
			return;
		}
}

/* "ok 3 - FILE:CASE:TEST: message", or "not ok"; a message may go on over lines of any form, so the number must be
 * the next. True: the log is whole, to its last line "1..N". */
static bool read_tap(struct tests *c)
{
	char line[4096], test[200];
	int next = 1, number, n;
	FILE *f = fdopen(c->tap, "r");
	if (!f) return false;
	rewind(f);
	bool is_whole = false;
	while (fgets(line, sizeof line, f)) {
		bool is_ok = strncmp(line, "not ", 4) != 0;
		const char *s = is_ok ? line : line + 4;
		if (sscanf(s, "ok %d - %*[^:]:%*[^:]:%199[^:]:", &number, test) == 2 && number == next) {
			count(c, test, is_ok);
			next++;
		} else if (sscanf(line, "1..%d%n", &number, &n) == 1)
			is_whole = true;
	}
	fclose(f);
	return is_whole;
}

static void note_again(const struct tests *c, const char *test)
{
	char name[400];
	snprintf(name, sizeof name, test ? "%s:%s" : "%s", c->suite, test);
	if (n_again < sizeof again / sizeof *again) again[n_again++] = strdup(name);
}

static void show_output(struct tests *c)
{
	char part[4096];
	if (c->out < 0) return;
	lseek(c->out, 0, SEEK_SET);
	for (ssize_t n; (n = read(c->out, part, sizeof part)) > 0;) fwrite(part, 1, (size_t)n, stdout);
	close(c->out);
}

static double seconds(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec / 1e6; }

static void end_case(struct tests *c, int status, const struct rusage *used)
{
	bool is_whole = read_tap(c);
	int n = 0, failed = 0, missing = 0;
	show_output(c);
	for (size_t i = 0; i < c->n; i++) {
		struct test *t = &c->all[i];
		n += t->n;
		missing += t->n - t->n_done;
		failed += t->n_failed + t->n - t->n_done;
		if (t->n_failed || t->n_done < t->n) note_again(c, t->name);
	}
	const char *how = WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : NULL;
	if (missing)
		printf("%s: %s: the set-up failed%s%s: %d of %d tests not run, counted as failed\n", c->suite,
		       c->name, how ? ": " : "", how ? how : "", missing, n);
	else if (!is_whole || (!failed && status)) {
		printf("%s: %s: the tests ran, their end failed%s%s\n", c->suite, c->name, how ? ": " : "",
		       how ? how : "");
		note_again(c, NULL);
		failed += !failed;
	}
	printf("%-8s %-14s %-14s %4d tests %6.1f s, %5.1f s of a processor\n", failed ? "FAILED" : "ok",
	       c->suite, c->name, n, now() - c->started, seconds(used->ru_utime) + seconds(used->ru_stime));
	fflush(stdout);
	n_checks += n;
	n_failures += failed;
	c->pid = 0;
}

static void on_stop(int sig) { stop_sig = sig; }

static void run_all(int jobs)
{
	size_t next = 0;
	int running = 0;
	for (;;) {
		for (; running < jobs && next < n_cases && !stop_sig; next++) {
			if (!cases[next].n) continue;
			start_case(&cases[next], jobs == 1);
			running++;
		}
		if (!running) return;
		int status;
		struct rusage used; /* of the keeper and all that it collected, servers too */
		pid_t pid = wait4(-1, &status, 0, &used);
		if (pid < 0 && errno == EINTR && stop_sig)
			for (size_t i = 0; i < n_cases; i++)
				if (cases[i].pid > 0) kill(cases[i].pid, SIGTERM);
		for (size_t i = 0; pid > 0 && i < n_cases; i++)
			if (cases[i].pid == pid) {
				running--;
				end_case(&cases[i], status, &used);
			}
	}
}

/* The folder and the mode are in our own path, build/MODE/tests/FOLDER/run. */
static void say_again(const char *self)
{
	char mode[64] = "release", folder[64] = "it";
	const char *b = strstr(self, "build/");
	if (b) sscanf(b, "build/%63[^/]/tests/%63[^/]/", mode, folder);
	for (size_t i = 0; i < n_again; i++)
		printf("alone: make %s%s%s T=%s\n", folder, strcmp(mode, "release") ? " MODE=" : "",
		       strcmp(mode, "release") ? mode : "", again[i]);
}

int main(int argc, char **argv)
{
	const char *s = getenv("SPOTOP_JOBS");
	int opt;
	while ((opt = getopt(argc, argv, "j:")) != -1) {
		if (opt != 'j') return 2;
		s = optarg;
	}
	int jobs = s ? atoi(s) : 1;
	args = argv + optind;
	n_args = argc - optind;
	views_are(all_views); /* as the program does: a suite may go through all views */
	list_cases();
	struct sigaction stop = { .sa_handler = on_stop };
	sigaction(SIGINT, &stop, NULL), sigaction(SIGTERM, &stop, NULL), sigaction(SIGHUP, &stop, NULL);
	run_all(jobs < 1 ? 1 : jobs);
	if (!n_checks) printf("no test of that name\n");
	printf("%d%%: Checks: %d, Failures: %d\n", n_checks ? 100 * (n_checks - n_failures) / n_checks : 0,
	       n_checks, n_failures);
	say_again(argv[0]);
	if (stop_sig) return 128 + stop_sig;
	return n_failures || !n_checks ? EXIT_FAILURE : EXIT_SUCCESS;
}
