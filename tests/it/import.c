/* import.c - prices into a real database: once, again, cut, shifted, malformed. */
#include "core/fleet/import.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/db/db.h"
#include "core/fleet/schema.h"
#include "tests/support/loop.h"
#include "tests/support/server.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
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
static void install(void)
{
	struct db_conf c;
	server = server_start(NULL, &e);
	bool ok = server;
	if (ok) {
		server_conf(server, &c);
		uv_loop_init(&loop);
		db = db_open(&loop, &c, DB_WRITE, "install");
		conf_free(&c);
		ok = schema_install(db, "spot_optimizer", NULL, &e);
		close_db();
	}
	if (ok) return;
	fprintf(stderr, "%s\n", e.text);
	server_stop(server);
	exit(1);
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

/* --- what goes out comes in --- */

/* Runs spotop on this server; what it printed, lines sorted. */
static void spotop(const char *args, int code, struct buf *out)
{
	char command[512], piece[1024];
	snprintf(command, sizeof command,
	         "{ %s --no-defaults -u root -S %s %s; echo \"exit $?\"; } 2>&1 | LC_ALL=C sort",
	         getenv("SPOTOP_BIN"), server_socket(server), args);
	FILE *f = popen(command, "r");
	buf_cut(out, 0);
	for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;) buf_add(out, piece, n);
	pclose(f);
	snprintf(piece, sizeof piece, "exit %d\n", code);
	ck_assert_msg(strstr(buf_str(out), piece) != NULL, "%s: %s", args, buf_str(out));
}

/* Raw: two agents and an import in one second, the same twice, a loser of the deduplication. */
static void fill_tiers(void)
{
	number("INSERT INTO spot_optimizer.spot_pools (id, pool_name, instance_type, region, az) VALUES "
	       "('r3.large.us-east-1a', 'a', 'r3.large', 'us-east-1', 'us-east-1a'), "
	       "('u7in-32tb.224xlarge.us-west-2-lax-1a', 'b', 'u7in-32tb.224xlarge', 'us-west-2', "
	       "'us-west-2-lax-1a')");
	number("INSERT INTO spot_optimizer.spot_price_snapshots (id, pool_id, price, observed_at, "
	       "source_instance_role, "
	       "source_instance_id, is_duplicate) VALUES "
	       "(UUID_SHORT(), 'r3.large.us-east-1a', 0.1, '2026-11-01 10:00:00', 'primary', 'i-0a1b', 0), "
	       "(UUID_SHORT(), 'r3.large.us-east-1a', 0.1, '2026-11-01 10:00:00', 'replica', 'i-0a1c', 1), "
	       "(UUID_SHORT(), 'r3.large.us-east-1a', 0.2, '2026-11-01 10:00:00', 'replica', 'i-0a1c', 1), "
	       "(UUID_SHORT(), 'r3.large.us-east-1a', 0.3, '2026-11-01 10:00:01', 'zombie', NULL, 0), "
	       "(0, 'r3.large.us-east-1a', 0.123456, '2026-11-01 10:00:00', NULL, NULL, 0), "
	       "(0, 'u7in-32tb.224xlarge.us-west-2-lax-1a', 407.68, '2026-11-02 23:59:59', NULL, NULL, 0)");
	number("INSERT INTO spot_optimizer.pricing_consolidated (pool_id, price, observed_at, "
	       "is_interpolated, source_count) VALUES "
	       "('r3.large.us-east-1a', 0.1, '2026-11-01 10:00:00', 0, 12), "
	       "('r3.large.us-east-1a', 0.15, '2026-11-01 10:30:00', 1, 0), "
	       "('r3.large.us-east-1a', 0.2, '2026-11-01 11:00:00', 0, 65535)");
	number("INSERT INTO spot_optimizer.pricing_canonical (pool_id, price, observed_at, is_interpolated, "
	       "confidence_score, "
	       "volatility_index) VALUES ('r3.large.us-east-1a', 0.1, '2026-11-01 10:00:00', 0, 1.00, NULL), "
	       "('r3.large.us-east-1a', 0.15, '2026-11-01 10:30:00', 1, 0.82, 0.0312), "
	       "('u7in-32tb.224xlarge.us-west-2-lax-1a', 0, '2026-11-02 10:00:00', 0, 0.00, 1.5)");
}
static void empty_tiers(void)
{
	number("DELETE FROM spot_optimizer.spot_price_snapshots");
	number("DELETE FROM spot_optimizer.pricing_consolidated");
	number("DELETE FROM spot_optimizer.pricing_canonical");
	number("DELETE FROM spot_optimizer.spot_pools");
}

START_TEST(what_goes_out_comes_in_as_the_same_rows)
{
	static const char *const tiers[] = { "raw", "consolidated", "canonical" }, *const formats[] = {
		"csv", "json", "jsonl"
	};
	static const unsigned rows[] = { 6, 3, 3 };
	const char *tier = tiers[_i / 3];
	char args[200];
	struct buf before = BUF_EMPTY, after = BUF_EMPTY;
	struct import_opts o = opts();
	empty_tiers();
	fill_tiers();
	snprintf(args, sizeof args, "prices --tier %s --from 2026-11-01 --to 2026-11-03 -o csv", tier);
	spotop(args, 0, &before);
	snprintf(args, sizeof args, "prices --tier %s --from 2026-11-01 --to 2026-11-03 -o %s > %s", tier,
	         formats[_i % 3], path);
	spotop(args, 0, &after);
	import(&o); /* where it came from: nothing is new */
	ck_assert_uint_eq(r.rows, rows[_i / 3]);
	ck_assert_uint_eq(r.added, 0);
	ck_assert_uint_eq(r.bad + r.conflicts + r.other, 0);
	empty_tiers();
	import(&o);
	ck_assert_uint_eq(r.added, rows[_i / 3]);
	import(&o);
	ck_assert_uint_eq(r.added, 0);
	snprintf(args, sizeof args, "prices --tier %s --from 2026-11-01 --to 2026-11-03 -o csv", tier);
	spotop(args, 0, &after);
	ck_assert_str_eq(buf_str(&after), buf_str(&before));
	buf_free(&before);
	buf_free(&after);
}
END_TEST

START_TEST(an_export_of_no_rows_is_no_fault)
{
	static const char *const formats[] = { "csv", "json" };
	char args[200];
	struct buf out = BUF_EMPTY;
	empty_tiers();
	fill_tiers();
	snprintf(args, sizeof args, "prices --tier raw --from 2020-11-01 --to 2020-11-03 -o %s > %s",
	         formats[_i], path);
	spotop(args, 0, &out);
	snprintf(args, sizeof args, "import prices %s", path);
	spotop(args, 0, &out);
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "0 prices read, 0 added, 0 there already"));
	buf_free(&out);
}
END_TEST

/* What an administrator sees, with the documented exit codes. */
START_TEST(the_command_says_what_it_left_out_and_why)
{
	struct buf out = BUF_EMPTY;
	spotop("import prices tests/cases/import/a18-products.json", 0, &out);
	ck_assert_msg(strstr(buf_str(&out),
	                     "4 left out, one product a pool: 1 Windows, 1 Red Hat Enterprise Linux, 1 SUSE "
	                     "Linux, 1 Linux/UNIX\n"),
	              "%s", buf_str(&out));
	spotop("import prices tests/cases/import/a16-empty.json", 0, &out);
	spotop("import prices tests/cases/import/d16-conflict.csv", 1, &out);
	ck_assert_msg(strstr(buf_str(&out),
	                     "d16-conflict.csv:2: conflict: c6i.xlarge.us-east-1a has a price of 2026-11-20 "
	                     "04:11:09 already, 0.081300; this one is left out: 0.071300\n"),
	              "%s", buf_str(&out));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "0 malformed, 2 in conflict"));
	spotop("import prices tests/cases/import/e06-trunc.csv.gz", 1, &out);
	ck_assert_msg(strstr(buf_str(&out), "the gzip data end early; the rows before that were kept\n"),
	              "%s", buf_str(&out));
	spotop("import prices tests/cases/import/f01-interruption.json", 2, &out);
	spotop("import prices --ondemand tests/cases/import/g03-od-vantage.csv", 2, &out);
	ck_assert_msg(strstr(buf_str(&out), "--region"), "%s", buf_str(&out));
	spotop("import prices --ondemand --region us-east-1 tests/cases/import/g03-od-vantage.csv", 0, &out);
	spotop("import prices --ondemand tests/cases/ondemand/price-list.json", 0, &out);
	ck_assert_int_eq(number("SELECT COUNT(*) FROM spot_optimizer.ondemand_prices"), 3);
	buf_free(&out);
}
END_TEST

Suite *suite_import(void)
{
	Suite *s = suite_create("import");
	TCase *t = tcase_create("database");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, install, stop);
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
	tcase_add_loop_test(t, what_goes_out_comes_in_as_the_same_rows, 0, 9);
	tcase_add_loop_test(t, an_export_of_no_rows_is_no_fault, 0, 2);
	tcase_add_test(t, the_command_says_what_it_left_out_and_why);
	suite_add_tcase(s, t);
	return s;
}
