/* oracle.c - fleets by chance: what every statement says of them is what their raw rows say by the definitions. A
 * difference is told with the seed and the smallest fleet that shows it. SPOTOP_SEED is the first seed, SPOTOP_FLEETS how
 * many there are. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "tests/support/judge.h"
#include "tests/support/rig.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_oracle(void);

static struct rig rig;
static void start(void)
{
	rig_start(&rig);
	rig_do(&rig, "SET GLOBAL event_scheduler = ON");
}
static void stop(void) { rig_stop(&rig); }

static unsigned number_of(const char *name, unsigned usual)
{
	const char *s = getenv(name);
	return s && *s ? (unsigned)strtoul(s, NULL, 10) : usual;
}

static char *difference(struct judge *j, const struct raw *f)
{
	static struct truth t;
	truth_of(f, 0, NULL, &t);
	judge_load(j, f, &t);
	char *found = judge_views(j, f, &t);
	if (!found) found = judge_worker(j, &t);
	if (!found) found = judge_sums(j, f, &t);
	/* what takes longer is asked of some fleets */
	if (!found && f->seed % 4 == 0) found = judge_past(j, f, &t);
	if (!found && f->seed % 10 == 5) found = judge_programs(j, f, &t);
	return found;
}

enum { SLICES = 4, SHRINKS_MS = 60000 };
/* What a smaller fleet has to show: a difference of the same place. */
struct shown {
	struct judge *j;
	const char *as;
	int64_t until; /* it is made smaller for so long */
};
static bool still(const struct raw *f, void *ctx)
{
	const struct shown *s = ctx;
	if (clock_mono_ms() > s->until) return false;
	char *found = difference(s->j, f);
	bool is = found && strncmp(found, s->as, strcspn(s->as, ":")) == 0;
	free(found);
	return is;
}

static void agrees(struct judge *j, struct raw *f)
{
	/* half of the fleets are read as those are in which many are silent */
	rig_do(&rig, "CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_silence_is_wide AS SELECT %s AS is_wide",
	       f->seed / SLICES % 2 ? "TRUE" : "FALSE");
	char *found = difference(j, f);
	if (!found) return;
	struct buf rows = { .max = 3000 };
	struct shown shown = { j, found, clock_mono_ms() + SHRINKS_MS };
	raw_shrink(f, still, &shown);
	char *least = difference(j, f);
	raw_describe(f, &rows);
	ck_abort_msg("seed %u: %s\nof the smallest fleet: %s\n%s", f->seed, found, least ? least : "(none)",
	             buf_str(&rows));
}

START_TEST(chance_agrees_with_the_rows)
{
	static struct raw f;
	struct judge j;
	unsigned first = number_of("SPOTOP_SEED", 1), n = number_of("SPOTOP_FLEETS", 200);
	judge_open(&j, &rig);
	for (unsigned k = (unsigned)_i; k < n; k += SLICES) {
		raw_draw(&f, first + k);
		agrees(&j, &f);
	}
	judge_close(&j);
}
END_TEST

START_TEST(the_endpoint_tells_the_same)
{
	static const char *const argv[] = { "serve", "--listen", "127.0.0.1:0", NULL };
	static struct raw f;
	static struct truth t;
	struct judge j;
	unsigned port;
	int out, err, status;
	pid_t pid = rig_spawn(&rig, false, argv, &out, &err);
	FILE *says = fdopen(out, "r");
	ck_assert_int_eq(fscanf(says, "listening %*[0-9.]:%u", &port), 1);
	judge_open(&j, &rig);
	for (unsigned seed = 5; seed <= 7; seed++) {
		raw_draw(&f, seed);
		truth_of(&f, 0, NULL, &t);
		judge_load(&j, &f, &t);
		char *found = judge_endpoint(&j, &f, &t, port);
		ck_assert_msg(found == NULL, "seed %u: %s", seed, found);
	}
	judge_close(&j);
	kill(pid, SIGTERM);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	fclose(says), close(err);
}
END_TEST

Suite *suite_oracle(void)
{
	Suite *s = suite_create("oracle");
	TCase *t = tcase_create("chance");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_set_timeout(t, 3600);
	tcase_add_loop_test(t, chance_agrees_with_the_rows, 0, SLICES);
	tcase_add_test(t, the_endpoint_tells_the_same);
	suite_add_tcase(s, t);
	return s;
}
