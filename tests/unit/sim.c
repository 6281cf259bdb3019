/* sim.c - what the simulator stands on: draws that repeat, a market that reverts, timers that fire once. */
#include "core/base/uuid.h"
#include "core/sim/rng.h"
#include "core/sim/wheel.h"
#include "core/sim/world.h"
#include <check.h>
#include <math.h>
#include <string.h>
Suite *suite_sim(void);

START_TEST(a_seed_repeats_and_another_does_not)
{
	struct rng a = rng_make(7, 1), b = rng_make(7, 1), c = rng_make(7, 2);
	int same = 0;
	for (int i = 0; i < 100; i++) {
		uint64_t x = rng_u64(&a);
		ck_assert_uint_eq(x, rng_u64(&b));
		same += x == rng_u64(&c);
	}
	ck_assert_int_eq(same, 0);
}
END_TEST

START_TEST(draws_keep_their_bounds_and_means)
{
	struct rng r = rng_make(1, 1);
	double sum = 0, square = 0, below = 0;
	for (int i = 0; i < 20000; i++) {
		double n = rng_normal(&r), u = rng_range(&r, 3, 5);
		int k = rng_int(&r, -2, 2);
		ck_assert(u >= 3 && u < 5);
		ck_assert_int_ge(k, -2);
		ck_assert_int_le(k, 2);
		sum += n;
		square += n * n;
		below += rng_lognormal(&r, 40, 0.3) < 40;
	}
	ck_assert_double_lt(fabs(sum / 20000), 0.03);
	ck_assert_double_lt(fabs(square / 20000 - 1), 0.05);
	ck_assert_double_lt(fabs(below / 20000 - 0.5), 0.02);
}
END_TEST

START_TEST(ids_have_their_shape)
{
	struct rng r = rng_make(3, 1);
	char uuid[37], id[20];
	for (int i = 0; i < 50; i++) {
		rng_uuid(&r, uuid);
		rng_instance_id(&r, id);
		ck_assert_msg(uuid_is_valid(uuid), "%s", uuid);
		ck_assert_uint_eq(strlen(id), 19);
		ck_assert_int_eq(strncmp(id, "i-", 2), 0);
	}
}
END_TEST

START_TEST(the_market_has_24_pools_in_3_regions_and_stays_below_the_list)
{
	struct sim_world w;
	struct rng r = rng_make(5, 1);
	world_make(&w, 24, 5);
	int n_regions = 0;
	for (int i = 0; i < w.n_pools; i++) {
		bool is_new = true;
		for (int j = 0; j < i; j++) {
			is_new &= strcmp(w.pools[i].region, w.pools[j].region) != 0;
			ck_assert_str_ne(w.pools[i].id, w.pools[j].id);
		}
		n_regions += is_new;
	}
	ck_assert_int_eq(w.n_pools, 24);
	ck_assert_int_eq(n_regions, 3);
	struct sim_pool *p = &w.pools[0];
	double sum = 0;
	for (int i = 0; i < 5000; i++) {
		double price = world_step(p, &r, 1);
		ck_assert(price > 0 && price <= p->ondemand);
		sum += price;
	}
	double mean = sum / 5000 / p->ondemand; /* jumps go up only, so a little above */
	ck_assert_double_gt(mean, p->mean * 0.8);
	ck_assert_double_lt(mean, p->mean * 1.5);
	const struct sim_pool *q = world_other(&w, p, &r);
	ck_assert_ptr_ne(q, p);
	ck_assert_str_eq(q->region, p->region);
}
END_TEST

static int fired[3];
static void fire(void *ctx) { fired[*(int *)ctx]++; }

START_TEST(a_timer_fires_once_at_its_time_beyond_one_turn_of_the_wheel_too)
{
	static struct wheel w;
	static int ids[3] = { 0, 1, 2 };
	struct wheel_timer t[3] = { { 0 } };
	int64_t far = (int64_t)WHEEL_SLOTS * WHEEL_TICK_MS * 3;
	wheel_set(&w, &t[0], 100, fire, &ids[0]);
	wheel_set(&w, &t[1], far, fire, &ids[1]);
	wheel_set(&w, &t[2], 100, fire, &ids[2]);
	wheel_unset(&t[2]);
	wheel_turn(&w, 90);
	ck_assert_int_eq(fired[0], 0);
	wheel_turn(&w, 200);
	ck_assert_int_eq(fired[0], 1);
	wheel_turn(&w, far - 100);
	ck_assert_int_eq(fired[1], 0);
	wheel_turn(&w, far + 200);
	ck_assert_int_eq(fired[0], 1);
	ck_assert_int_eq(fired[1], 1);
	ck_assert_int_eq(fired[2], 0);
}
END_TEST

Suite *suite_sim(void)
{
	Suite *s = suite_create("sim");
	TCase *c = tcase_create("parts");
	tcase_add_test(c, a_seed_repeats_and_another_does_not);
	tcase_add_test(c, draws_keep_their_bounds_and_means);
	tcase_add_test(c, ids_have_their_shape);
	tcase_add_test(c, the_market_has_24_pools_in_3_regions_and_stays_below_the_list);
	tcase_add_test(c, a_timer_fires_once_at_its_time_beyond_one_turn_of_the_wheel_too);
	suite_add_tcase(s, c);
	return s;
}
