/* handoff.c - what a thread and a loop share: it lives as long as one of the two holds it, and not longer. */
#include "core/base/handoff.h"
#include <check.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <uv.h>

Suite *suite_handoff(void);

struct job {
	struct handoff *h;
	sem_t may_work, may_end; /* what the thread waits for */
	atomic_int worked, in_window, released;
	int done;
	bool is_dropped_when_done;
};
static struct job *in_window_of; /* whose thread is held between telling the loop and letting go */
static uv_loop_t loop;

void handoff_seam(void)
{
	if (!in_window_of) return;
	atomic_store(&in_window_of->in_window, 1);
	sem_wait(&in_window_of->may_end);
}

static void work(void *arg)
{
	struct job *j = arg;
	sem_wait(&j->may_work);
	atomic_fetch_add(&j->worked, 1);
}

static void done(void *arg)
{
	struct job *j = arg;
	j->done++;
	if (j->is_dropped_when_done) handoff_drop(j->h);
}

static void release(void *arg)
{
	struct job *j = arg;
	atomic_fetch_add(&j->released, 1);
}

static const struct handoff_work kind = { .work = work, .done = done, .release = release };

static void begin(struct job *j)
{
	sem_init(&j->may_work, 0, 0);
	sem_init(&j->may_end, 0, 0);
	in_window_of = j;
	j->h = handoff_start(&loop, &kind, j);
}

static void until_all_ended(void)
{
	while (!handoff_all_ended()) uv_sleep(1);
}

static void setup(void) { uv_loop_init(&loop); }
static void teardown(void)
{
	while (uv_run(&loop, UV_RUN_NOWAIT)) continue;
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

START_TEST(the_thread_is_the_last_to_let_go)
{
	struct job j = { .is_dropped_when_done = true };
	begin(&j);
	sem_post(&j.may_work);
	uv_run(&loop, UV_RUN_DEFAULT); /* until it was told, dropped it and closed the handle */
	while (!atomic_load(&j.in_window)) uv_sleep(1);
	ck_assert_int_eq(j.done, 1);
	ck_assert_msg(!atomic_load(&j.released), "freed while its thread still holds it");
	ck_assert(!handoff_all_ended());
	sem_post(&j.may_end);
	until_all_ended();
	ck_assert_int_eq(atomic_load(&j.released), 1);
}
END_TEST

START_TEST(the_loop_is_the_last_to_let_go)
{
	struct job j = { .is_dropped_when_done = true };
	begin(&j);
	sem_post(&j.may_work);
	sem_post(&j.may_end);
	until_all_ended();
	ck_assert_int_eq(atomic_load(&j.released), 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(j.done, 1);
	ck_assert_int_eq(atomic_load(&j.released), 1);
}
END_TEST

START_TEST(work_that_nobody_waits_for_is_released_when_it_ends)
{
	struct job j = { 0 };
	begin(&j);
	handoff_drop(j.h);
	uv_run(&loop, UV_RUN_DEFAULT); /* ends: a thread that hangs does not keep the loop alive */
	ck_assert_int_eq(atomic_load(&j.released), 0);
	sem_post(&j.may_work);
	sem_post(&j.may_end);
	until_all_ended();
	ck_assert_int_eq(atomic_load(&j.worked), 1);
	ck_assert_int_eq(j.done, 0);
	ck_assert_int_eq(atomic_load(&j.released), 1);
}
END_TEST

/* Told already, and dropped before the loop came to hear of it. */
START_TEST(done_is_never_called_after_a_drop)
{
	struct job j = { 0 };
	begin(&j);
	sem_post(&j.may_work);
	while (!atomic_load(&j.in_window)) uv_sleep(1);
	handoff_drop(j.h);
	uv_run(&loop, UV_RUN_DEFAULT);
	sem_post(&j.may_end);
	until_all_ended();
	ck_assert_int_eq(j.done, 0);
	ck_assert_int_eq(atomic_load(&j.released), 1);
}
END_TEST

Suite *suite_handoff(void)
{
	Suite *s = suite_create("handoff");
	TCase *t = tcase_create("handoff");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_thread_is_the_last_to_let_go);
	tcase_add_test(t, the_loop_is_the_last_to_let_go);
	tcase_add_test(t, work_that_nobody_waits_for_is_released_when_it_ends);
	tcase_add_test(t, done_is_never_called_after_a_drop);
	suite_add_tcase(s, t);
	return s;
}
