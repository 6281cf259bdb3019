/* monkey.c - random hands on the console (support/monkey.h), judged: no crash and no sanitizer's report, no hang, the
 * terminal whole afterwards, nothing issued that was not confirmed, C-l gives the same picture.
 *
 * SPOTOP_MONKEY: seconds (20), SPOTOP_SEED: another monkey. Its strokes lie in SPOTOP_BUILD/monkey-KIND.keys;
 * SPOTOP_REPLAY=FILE does them again. */
#include "tests/support/monkey.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "tests/support/fleet.h"
#include "tests/support/pty.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <check.h>
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_MS = 60000, EXIT_MS = 20000, CHECK_EVERY = 60 };

static struct fleet fleet; /* the still one has its clock stopped, the live one is simulated */
static pid_t sim;
static char report[200]; /* where sanitizers write, report.PID */

static pid_t spotop(const char *const *words)
{
	char defaults[200];
	const char *argv[16] = { getenv("SPOTOP_BIN"), defaults };
	size_t n = 2;
	snprintf(defaults, sizeof defaults, "--defaults-file=%s/root.cnf", server_dir(fleet.server));
	while (*words && n < 15) argv[n++] = *words++;
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (freopen("/dev/null", "w", stdout) && freopen("/dev/null", "w", stderr))
			execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	return pid;
}

static void write_conf(const char *name, const char *user)
{
	char path[200];
	snprintf(path, sizeof path, "%s/%s", server_dir(fleet.server), name);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "[client]\nsocket=%s\nuser=%s\n", server_socket(fleet.server), user);
	ck_assert_int_eq(fclose(f), 0);
}

static void sql(const char *text)
{
	struct err e = { 0 };
	ck_assert_msg(server_sql(fleet.server, text, NULL, 0, &e), "%s", e.text);
}

static void start_live(void)
{
	struct err e = { 0 };
	int status;
	fleet.server = server_start_whole(NULL, &e);
	ck_assert_msg(fleet.server != NULL, "%s", e.text);
	write_conf("root.cnf", "root");
	write_conf("console.cnf", "pictures");
	snprintf(fleet.home, sizeof fleet.home, "%s/home", server_dir(fleet.server));
	snprintf(fleet.conf, sizeof fleet.conf, "%s/console.cnf", server_dir(fleet.server));
	ck_assert_int_eq(mkdir(fleet.home, 0700), 0);
	pid_t fill = spotop((const char *[]){ "sim", "--fill", "--agents", "40", "--days", "2", NULL });
	ck_assert_int_eq(waitpid(fill, &status, 0), fill);
	ck_assert_int_eq(status, 0);
	sql("CREATE USER pictures@localhost");
	sql("GRANT spotop_operator TO pictures@localhost");
	sql("SET DEFAULT ROLE spotop_operator FOR pictures@localhost");
	sim = spotop((const char *[]){ "sim", "--quiet", "--speed", "10", NULL });
}

static void start_still(void) { fleet_start(&fleet); }

static void stop(void)
{
	if (sim > 0) {
		kill(sim, SIGTERM);
		waitpid(sim, NULL, 0);
	}
	fleet_stop(&fleet);
}

/* --- the console --- */

static struct pty *console(bool is_still)
{
	char asan[300], ubsan[300];
	snprintf(asan, sizeof asan, "ASAN_OPTIONS=log_path=%s:exitcode=99:detect_leaks=1:abort_on_error=0",
	         report);
	snprintf(ubsan, sizeof ubsan, "UBSAN_OPTIONS=log_path=%s:print_stacktrace=1", report);
	const char *const env[] = { asan, ubsan, NULL };
	const char *const args[] = { "--write", NULL };
	ck_assert_int_eq(chdir(fleet.home), 0); /* what is saved is saved there */
	struct pty *p = fleet_console(&fleet, 24, 80, is_still, args, env);
	ck_assert_msg(pty_wait_text(p, "RW", FIRST_MS), "%s", pty_screen(p));
	return p;
}

static void no_report(const struct monkey *m)
{
	char path[500], text[4000];
	DIR *dir = opendir(getenv("TMPDIR"));
	ck_assert_ptr_nonnull(dir);
	for (struct dirent *d; (d = readdir(dir));) {
		if (strncmp(d->d_name, "report.", 7) != 0) continue;
		snprintf(path, sizeof path, "%s/%s", getenv("TMPDIR"), d->d_name);
		FILE *f = fopen(path, "re");
		text[f ? fread(text, 1, sizeof text - 1, f) : 0] = 0;
		ck_abort_msg("after %lu strokes: %s", m->n_strokes, text);
	}
	closedir(dir);
}

/* It has left, by a key or by a signal of ours: as it should. */
static void left_well(struct monkey *m, int sig)
{
	int status = -1;
	ck_assert_msg(pty_wait_exit(m->p, &status, EXIT_MS), "it does not leave\n%s", pty_screen(m->p));
	no_report(m);
	bool is_well = (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || sig)) ||
	               (sig && WIFSIGNALED(status) && WTERMSIG(status) == sig);
	ck_assert_msg(is_well, "status %x after %lu strokes\n%s", status, m->n_strokes, pty_screen(m->p));
	ck_assert_msg(pty_is_canonical(m->p) && !pty_is_alt(m->p), "the terminal is not as it was\n%s",
	              pty_screen(m->p));
	pty_free(m->p);
	m->p = NULL;
}

static unsigned long number(const char *text)
{
	char value[40] = "";
	struct err e = { 0 };
	ck_assert_msg(server_sql(fleet.server, text, value, sizeof value, &e), "%s", e.text);
	return strtoul(value, NULL, 10);
}

static void only_what_was_confirmed(const struct monkey *m)
{
	unsigned long
	        issued = number("SELECT COUNT(*) FROM spot_optimizer.audit_log WHERE actor LIKE 'pictures@%' "
	                        "AND result NOT LIKE 'refused%'"),
	        commands = number(
	                "SELECT COUNT(*) FROM spot_optimizer.commands WHERE created_by LIKE 'pictures@%'");
	ck_assert_msg(issued <= m->n_confirmed && commands <= m->n_confirmed,
	              "%lu actions and %lu commands were issued, %lu confirmed", issued, commands,
	              m->n_confirmed);
	printf("monkey: %lu strokes, %lu actions confirmed, %lu issued, %lu commands\n", m->n_strokes,
	       m->n_confirmed, issued, commands);
}

static void play(bool is_still)
{
	static struct monkey m;
	char path[500], top[400];
	const char *seed = getenv("SPOTOP_SEED"), *seconds = getenv("SPOTOP_MONKEY"),
	           *replay = getenv("SPOTOP_REPLAY");
	ck_assert_ptr_nonnull(getcwd(top, sizeof top));
	snprintf(report, sizeof report, "%s/report", getenv("TMPDIR"));
	snprintf(path, sizeof path, "%s/monkey-%s.keys", getenv("SPOTOP_BUILD"), is_still ? "still" : "live");
	m = (struct monkey){ .server = fleet.server,
		             .is_still = is_still,
		             .rows = 24,
		             .cols = 80,
		             .rng = rng_make(seed ? strtoull(seed, NULL, 10) : 1, is_still) };
	m.replay = replay ? fopen(replay, "re") : NULL;
	m.log = replay ? NULL : fopen(path, "we");
	m.p = console(is_still);
	int64_t until = clock_mono_ms() + (seconds ? atoi(seconds) : 20) * 500; /* two kinds share the time */
	while (replay || clock_mono_ms() < until) {
		bool ok = monkey_stroke(&m) && (m.replay || m.n_strokes % CHECK_EVERY || monkey_check(&m));
		if (!ok && !*m.fault) break; /* the end of the replay */
		ck_assert_msg(ok, "after %lu strokes (%s): %s", m.n_strokes, path, m.fault);
		if (!pty_wait_exit(m.p, NULL, 0)) continue;
		left_well(&m, 0); /* a key said so */
		m.p = console(is_still);
		m.rows = 24, m.cols = 80;
	}
	monkey_calm(&m);
	if (!pty_wait_exit(m.p, NULL, 0)) ck_assert_msg(monkey_check(&m), "%s", m.fault);
	kill(pty_pid(m.p), m.n_strokes % 2 ? SIGTERM : SIGHUP);
	left_well(&m, m.n_strokes % 2 ? SIGTERM : SIGHUP);
	only_what_was_confirmed(&m);
	if (m.log) fclose(m.log);
	ck_assert_int_eq(chdir(top), 0);
}

START_TEST(random_hands_on_a_still_fleet) { play(true); }
END_TEST
START_TEST(random_hands_on_a_living_fleet) { play(false); }
END_TEST

Suite *suite_monkey(void)
{
	Suite *s = suite_create("monkey");
	TCase *still = tcase_create("still"), *live = tcase_create("live");
	const char *seconds = getenv("SPOTOP_MONKEY");
	int limit = (seconds ? atoi(seconds) : 20) * 2 + 300;
	tcase_set_timeout(still, limit);
	tcase_set_timeout(live, limit);
	tcase_add_unchecked_fixture(still, start_still, stop);
	tcase_add_unchecked_fixture(live, start_live, stop);
	tcase_add_test(still, random_hands_on_a_still_fleet);
	tcase_add_test(live, random_hands_on_a_living_fleet);
	suite_add_tcase(s, still);
	suite_add_tcase(s, live);
	return s;
}
