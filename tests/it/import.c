/* import.c - prices into a real database: once, again, cut, shifted, malformed. */
#include "core/fleet/import.h"
#include "core/base/clock.h"
#include "core/db/db.h"
#include "core/fleet/schema.h"
#include "tests/support/loop.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>
#include <zlib.h>

Suite *suite_import(void);

#define N_ROWS 3000
static struct server *server;
static uv_loop_t loop;
static struct db *db;
static struct err e;
static struct import_result r;
static char path[64];

static void open_db(void)
{
	struct db_conf c;
	server_conf(server, &c);
	c.database = strdup("spot_optimizer");
	uv_loop_init(&loop);
	db = db_open(&loop, &c, DB_WRITE, "import");
	conf_free(&c);
}
static void close_db(void)
{
	db_close_wait(db);
	loop_end(&loop);
}
static void start(void)
{
	server = server_start_whole(NULL, &e);
	ck_assert_msg(server != NULL, "%s", e.text);
}
static void stop(void) { server_stop(server); }

static long number(const char *sql)
{
	char text[64];
	ck_assert_msg(server_sql(server, sql, text, sizeof text, &e), "%s", e.text);
	return strtol(text, NULL, 10);
}
static void setup(void)
{
	strcpy(path, "/tmp/spotop-import.XXXXXX");
	close(mkstemp(path));
	number("DELETE FROM spot_optimizer.spot_price_snapshots");
	number("DELETE FROM spot_optimizer.spot_pools");
	number("DELETE FROM spot_optimizer.consolidation_jobs");
	number("DELETE FROM spot_optimizer.ondemand_prices");
	open_db();
}
static void teardown(void)
{
	close_db();
	unlink(path);
}

static void write_text(const char *text)
{
	FILE *f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}
/* A week of prices of three pools, a change every 200 s, gzip or not; every 100th line is broken. */
static void write_series(bool is_gzip, bool has_faults)
{
	gzFile f = gzopen(path, is_gzip ? "wb" : "wbT");
	gzprintf(f, "timestamp,instance_type,region,availability_zone,spot_price\n");
	for (int i = 0; i < N_ROWS; i++) {
		char at[32];
		price_time_text(1426070082 + i * 200L, true, at);
		at[10] = 'T';
		if (has_faults && i % 100 == 7) gzprintf(f, "%s,r3.large,us-east-1,us-east-1a,free\n", at);
		gzprintf(f, "%sZ,r3.large,us-east-1,us-east-1%c,%d.%06d\n", at, 'a' + i % 3, i % 7, i);
	}
	gzclose(f);
}
static struct import_opts opts(void) { return (struct import_opts){ .path = path, .batch = 500 }; }
static void import(const struct import_opts *o) { ck_assert_msg(import_prices(db, o, &r, &e), "%s", e.text); }

START_TEST(all_of_it_and_a_second_time_nothing)
{
	struct import_opts o = opts();
	write_series(_i == 1, false);
	import(&o);
	ck_assert_uint_eq(r.rows, N_ROWS);
	ck_assert_uint_eq(r.added, N_ROWS);
	ck_assert_uint_eq(r.pools_made, 3);
	import(&o);
	ck_assert_uint_eq(r.rows, N_ROWS);
	ck_assert_uint_eq(r.added, 0);
	ck_assert_uint_eq(r.pools_made, 0);
	ck_assert_int_eq(number("SELECT COUNT(*) FROM spot_optimizer.spot_price_snapshots WHERE client_id IS "
	                        "NULL AND "
	                        "agent_id IS NULL AND source_instance_role IS NULL"),
	                 N_ROWS);
	ck_assert_int_eq(number("SELECT SUM(price) * 1000000 FROM spot_optimizer.spot_price_snapshots"),
	                 8994000000L + (long)N_ROWS * (N_ROWS - 1) / 2);
	ck_assert_int_eq(
	        number("SELECT COUNT(*) FROM spot_optimizer.spot_pools WHERE id = 'r3.large.us-east-1b' AND "
	               "last_price = 2.002998 AND last_price_at = FROM_UNIXTIME(1426070082 + 2998 * 200)"),
	        1);
}
END_TEST

START_TEST(each_day_has_a_partition_and_no_row_lies_outside)
{
	struct import_opts o = opts();
	write_series(false, false);
	import(&o);
	ck_assert_int_eq(number("SELECT COUNT(*) FROM information_schema.PARTITIONS WHERE TABLE_NAME = "
	                        "'spot_price_snapshots' AND PARTITION_NAME LIKE 'p\\_2015\\_03\\_1%'"),
	                 8);
	ck_assert_int_eq(number("SELECT COUNT(*) FROM spot_optimizer.spot_price_snapshots PARTITION (p_past, "
	                        "p_future)"),
	                 0);
}
END_TEST

START_TEST(faults_are_numbered_and_the_good_ones_kept)
{
	struct import_opts o = opts();
	write_series(true, true);
	import(&o);
	ck_assert_uint_eq(r.added, N_ROWS);
	ck_assert_uint_eq(r.bad, N_ROWS / 100);
	ck_assert_uint_eq(r.n_faults, IMPORT_FAULTS_KEPT);
	ck_assert_uint_eq(r.faults[0].line, 9);
	ck_assert_uint_eq(r.faults[1].line, 110);
}
END_TEST

START_TEST(an_interrupted_import_goes_on_where_it_was)
{
	struct import_opts o = opts();
	write_series(false, false);
	import(&o);
	number("DELETE FROM spot_optimizer.spot_price_snapshots WHERE observed_at > FROM_UNIXTIME(1426070082 "
	       "+ 1000 * 200)");
	import(&o);
	ck_assert_uint_eq(r.added, N_ROWS - 1001);
}
END_TEST

static void restart_server(void *ctx, const struct import_progress *p)
{
	int *n = ctx;
	if (p->done != 1000 || (*n)++) return;
	server_kill(server);
	ck_assert_msg(server_restart(server, &e), "%s", e.text);
}
START_TEST(a_server_that_dies_in_the_middle_costs_no_row)
{
	int n = 0;
	struct import_opts o = opts();
	o.progress = restart_server;
	o.ctx = &n;
	write_series(false, false);
	import(&o);
	ck_assert_int_eq(n, 1);
	ck_assert_int_eq(number("SELECT COUNT(*) FROM spot_optimizer.spot_price_snapshots"), N_ROWS);
}
END_TEST

START_TEST(shifted_to_now_and_once_only)
{
	struct import_opts o = opts();
	o.shift_to_now = true;
	write_series(false, false);
	import(&o);
	ck_assert_uint_eq(r.added, N_ROWS);
	ck_assert_int_le(labs((long)(clock_wall_ms() / 1000 - r.last_s)), 60);
	ck_assert_int_eq(number("SELECT COUNT(*) FROM spot_optimizer.spot_price_snapshots WHERE observed_at "
	                        "> "
	                        "NOW() - INTERVAL 8 DAY"),
	                 N_ROWS);
	ck_assert_int_eq(number("SELECT COUNT(*) FROM spot_optimizer.spot_pools WHERE last_price_at > NOW() "
	                        "- "
	                        "INTERVAL 12 MINUTE"),
	                 3);
	int64_t shift = r.shift_s;
	number("UPDATE spot_optimizer.consolidation_jobs SET details = JSON_SET(details, '$.shift_seconds', "
	       "JSON_VALUE(details, '$.shift_seconds') - 86400)");
	number("UPDATE spot_optimizer.spot_price_snapshots SET observed_at = observed_at - INTERVAL 1 DAY");
	import(&o); /* as if it were tomorrow */
	ck_assert(r.shift_is_old);
	ck_assert_int_eq(r.shift_s, shift - 86400);
	ck_assert_uint_eq(r.added, 0);
}
END_TEST

START_TEST(ondemand_prices_change_or_stay)
{
	struct import_opts o = opts();
	o.kind = PRICE_ONDEMAND;
	write_text("instance_type,region,price\nr3.large,us-east-1,0.166\nm3.medium,us-east-1,0.067\n");
	import(&o);
	ck_assert_uint_eq(r.added, 2);
	import(&o);
	ck_assert_uint_eq(r.added, 0);
	write_text("timestamp,instance_type,region,price\n2014-01-01T00:00:00Z,r3.large,us-east-1,0.2\n");
	import(&o);
	import(&o);
	ck_assert_uint_eq(r.added, 0);
	ck_assert_int_eq(number("SELECT COUNT(*) FROM spot_optimizer.ondemand_prices"), 3);
	ck_assert_uint_eq(r.conflicts, 0);
	write_text("timestamp,instance_type,region,price\n2014-01-01T00:00:00Z,r3.large,us-east-1,0.3\n");
	import(&o);
	ck_assert_uint_eq(r.conflicts, 1);
	ck_assert_str_eq(r.faults[0].why,
	                 "conflict: r3.large in us-east-1 has a price of 2014-01-01 00:00:00 already, "
	                 "0.200000; this one is left out: 0.300000");
	write_text("instance_type,region,price\nc3.large,us-east-1,0.1\nc3.large,us-east-1,0.2\n");
	import(&o); /* two of one second, unless the second turned between them */
	ck_assert_uint_eq(r.added + r.conflicts, 2);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_writes_nothing)
{
	struct import_opts o = opts();
	write_text("a,b\n1,2\n");
	ck_assert(!import_prices(db, &o, &r, &e));
	ck_assert_int_eq(e.code, ERR_USAGE);
	write_text("[client]\nuser=alice\n");
	ck_assert(!import_prices(db, &o, &r, &e));
	ck_assert_int_eq(e.code, ERR_USAGE);
	o.path = "/nonexistent";
	ck_assert(!import_prices(db, &o, &r, &e));
	ck_assert_int_eq(e.code, ERR_IO);
	ck_assert_int_eq(number("SELECT COUNT(*) FROM spot_optimizer.spot_pools"), 0);
}
END_TEST

START_TEST(a_packed_file_that_is_cut_is_read_to_the_cut)
{
	struct import_opts o = opts();
	write_series(true, false);
	ck_assert_int_eq(truncate(path, 5000), 0);
	import(&o);
	ck_assert(r.is_cut);
	ck_assert_ptr_nonnull(strstr(r.cut, "gzip data end early"));
	ck_assert_uint_gt(r.rows, 100);
	ck_assert_uint_eq(r.added, r.rows);
	ck_assert_uint_eq(r.bad, 0);
	ck_assert_int_eq(number("SELECT COUNT(*) FROM spot_optimizer.spot_price_snapshots"), (long)r.rows);
}
END_TEST

static void import_case(const char *name)
{
	char at[128];
	struct import_opts o = opts();
	snprintf(at, sizeof at, "tests/cases/import/%s", name);
	o.path = at;
	import(&o);
}

START_TEST(a_pool_has_one_product_and_the_others_are_counted)
{
	import_case("a18-products.json"); /* a tie of two */
	ck_assert_uint_eq(r.added, 1);
	ck_assert_uint_eq(r.other, 4);
	ck_assert_uint_eq(r.n_others, 4);
	ck_assert_str_eq(r.others[0].product, "Windows");
	ck_assert_str_eq(r.others[3].product, "Linux/UNIX");
	ck_assert_int_eq(number("SELECT price * 1000000 FROM spot_optimizer.spot_price_snapshots"), 81300);
	import_case("a21-vpc-order.json");
	ck_assert_uint_eq(r.rows, 2);
	ck_assert_uint_eq(r.added, 1);
	ck_assert_int_eq(number("SELECT SUM(price) * 1000000 FROM spot_optimizer.spot_price_snapshots"),
	                 81300 + 991300);
	ck_assert_int_eq(number("SELECT last_price * 1000000 FROM spot_optimizer.spot_pools"), 991300);
	write_text("[{\"AvailabilityZone\":\"us-east-1b\",\"InstanceType\":\"a.b\",\"SpotPrice\":1,"
	           "\"Timestamp\":\"2026-11-20\"},"
	           "{\"AvailabilityZone\":\"us-east-1b\",\"InstanceType\":\"a.b\",\"SpotPrice\":1,"
	           "\"Timestamp\":\"2026-11-21\"},"
	           "{\"AvailabilityZone\":\"us-east-1b\",\"InstanceType\":\"a.b\",\"SpotPrice\":1,"
	           "\"Timestamp\":\"2026-11-22\","
	           "\"ProductDescription\":\"Linux/UNIX (Amazon VPC)\"}]");
	struct import_opts o = opts();
	import(&o);
	ck_assert_uint_eq(r.added, 2);
	ck_assert_uint_eq(r.other, 1);
	ck_assert_int_eq(r.last_s, 1795219200); /* of what was taken: 2026-11-21 */
}
END_TEST

START_TEST(of_two_prices_of_one_second_the_first_stays_in_both_places)
{
	for (int i = 0; i < 2; i++) { /* within the file, then with what is there */
		import_case("d16-conflict.csv");
		ck_assert_uint_eq(r.rows, 2);
		ck_assert_uint_eq(r.added, i == 0);
		ck_assert_uint_eq(r.conflicts, 1);
		ck_assert_uint_eq(r.n_faults, 1);
		ck_assert_uint_eq(r.faults[0].line, 3);
		ck_assert_str_eq(r.faults[0].why,
		                 "conflict: c6i.xlarge.us-east-1a has a price of 2026-11-20 04:11:09 "
		                 "already, 0.071300; this one is left out: 0.099900");
		ck_assert_int_eq(number("SELECT price * 1000000 FROM spot_optimizer.spot_price_snapshots"),
		                 71300);
		ck_assert_int_eq(number("SELECT last_price * 1000000 FROM spot_optimizer.spot_pools"), 71300);
	}
}
END_TEST

/* The key is used and the other days are not looked at: a second import of much costs little. */
START_TEST(conflicts_are_looked_for_by_key)
{
	char text[64];
	struct import_opts o = opts();
	write_series(false, false);
	import(&o);
	ck_assert(server_sql(server,
	                     "SELECT SUM(VARIABLE_VALUE) FROM information_schema.GLOBAL_STATUS WHERE "
	                     "VARIABLE_NAME "
	                     "= 'HANDLER_READ_RND_NEXT'",
	                     text, sizeof text, &e));
	long before = strtol(text, NULL, 10);
	import(&o);
	ck_assert_uint_eq(r.added, 0);
	ck_assert_uint_eq(r.conflicts, 0);
	ck_assert(server_sql(server,
	                     "SELECT SUM(VARIABLE_VALUE) FROM information_schema.GLOBAL_STATUS WHERE "
	                     "VARIABLE_NAME "
	                     "= 'HANDLER_READ_RND_NEXT'",
	                     text, sizeof text, &e));
	ck_assert_int_lt(strtol(text, NULL, 10) - before, 20L * N_ROWS);
}
END_TEST

START_TEST(a_zone_id_will_do_where_a_pool_of_it_is_there)
{
	import_case("d15-azid.csv");
	ck_assert_uint_eq(r.rows, 0);
	ck_assert_uint_eq(r.bad, 1);
	ck_assert_uint_eq(r.faults[0].line, 2);
	ck_assert_ptr_nonnull(strstr(r.faults[0].why, "use1-az4 is a zone id"));
	ck_assert_int_eq(number("SELECT COUNT(*) FROM spot_optimizer.spot_pools"), 0);
	number("INSERT INTO spot_optimizer.spot_pools (id, pool_name, instance_type, region, az) VALUES "
	       "('c6i.xlarge.use1-az4', 'x', 'c6i.xlarge', 'us-east-1', 'use1-az4')");
	import_case("d15-azid.csv");
	ck_assert_uint_eq(r.added, 1);
	ck_assert_uint_eq(r.bad, 0);
}
END_TEST

START_TEST(an_agent_s_price_of_the_same_second_is_kept_beside_it)
{
	struct import_opts o = opts();
	write_text("timestamp,instance_type,region,availability_zone,spot_price\n"
	           "2015-03-11T10:34:42Z,r3.large,us-east-1,us-east-1a,1\n");
	import(&o);
	number("INSERT INTO spot_optimizer.spot_price_snapshots (pool_id, price, observed_at) VALUES "
	       "('r3.large.us-east-1a', 2, FROM_UNIXTIME(1426070082)), ('r3.large.us-east-1a', 2, "
	       "FROM_UNIXTIME(1426070082))");
	import(&o);
	ck_assert_uint_eq(r.added, 0);
	ck_assert_int_eq(number("SELECT COUNT(*) FROM spot_optimizer.spot_price_snapshots"), 3);
}
END_TEST

Suite *suite_import(void)
{
	Suite *s = suite_create("import");
	TCase *t = tcase_create("database");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, all_of_it_and_a_second_time_nothing, 0, 2);
	tcase_add_test(t, each_day_has_a_partition_and_no_row_lies_outside);
	tcase_add_test(t, faults_are_numbered_and_the_good_ones_kept);
	tcase_add_test(t, an_interrupted_import_goes_on_where_it_was);
	tcase_add_test(t, a_server_that_dies_in_the_middle_costs_no_row);
	tcase_add_test(t, shifted_to_now_and_once_only);
	tcase_add_test(t, ondemand_prices_change_or_stay);
	tcase_add_test(t, a_file_that_cannot_be_read_writes_nothing);
	tcase_add_test(t, a_packed_file_that_is_cut_is_read_to_the_cut);
	tcase_add_test(t, a_pool_has_one_product_and_the_others_are_counted);
	tcase_add_test(t, of_two_prices_of_one_second_the_first_stays_in_both_places);
	tcase_add_test(t, conflicts_are_looked_for_by_key);
	tcase_add_test(t, a_zone_id_will_do_where_a_pool_of_it_is_there);
	tcase_add_test(t, an_agent_s_price_of_the_same_second_is_kept_beside_it);
	suite_add_tcase(s, t);
	return s;
}
