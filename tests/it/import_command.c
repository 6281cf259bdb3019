/* import_command.c - the commands import and prices: what goes out comes in as the same rows, and what was left out is said. */
#include "core/base/buf.h"
#include "core/fleet/import.h"
#include "core/fleet/schema.h"
#include "tests/support/loop.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

Suite *suite_import_command(void);

static struct server *server;
static char path[64];

static void start(void)
{
	struct err e = { 0 };
	server = server_start_whole(NULL, &e);
	ck_assert_msg(server != NULL, "%s", e.text);
}
static void stop(void) { server_stop(server); }

static long number(const char *sql)
{
	char text[64];
	struct err e = { 0 };
	ck_assert_msg(server_sql(server, sql, text, sizeof text, &e), "%s", e.text);
	return strtol(text, NULL, 10);
}
static void empty_tiers(void)
{
	number("DELETE FROM spot_optimizer.spot_price_snapshots");
	number("DELETE FROM spot_optimizer.pricing_consolidated");
	number("DELETE FROM spot_optimizer.pricing_canonical");
	number("DELETE FROM spot_optimizer.spot_pools");
}

static void fresh(void)
{
	strcpy(path, "/tmp/spotop-import.XXXXXX");
	close(mkstemp(path));
	empty_tiers();
	number("DELETE FROM spot_optimizer.consolidation_jobs");
	number("DELETE FROM spot_optimizer.ondemand_prices");
}
static void end(void) { unlink(path); }
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

/* The file at path is imported: nothing in it is malformed, in conflict or left out. */
static void comes_in(unsigned rows, unsigned added)
{
	char words[200];
	struct buf out = BUF_EMPTY;
	snprintf(words, sizeof words, "import prices %s", path);
	spotop(words, 0, &out);
	snprintf(words, sizeof words, "%u %s read, %u added, %u there already", rows,
	         rows == 1 ? "price" : "prices", added, rows - added);
	ck_assert_msg(strstr(buf_str(&out), words) != NULL, "no '%s' in: %s", words, buf_str(&out));
	ck_assert_msg(!strstr(buf_str(&out), "left out"), "%s", buf_str(&out));
	buf_free(&out);
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
	empty_tiers();
	fill_tiers();
	snprintf(args, sizeof args, "prices --tier %s --from 2026-11-01 --to 2026-11-03 -o csv", tier);
	spotop(args, 0, &before);
	snprintf(args, sizeof args, "prices --tier %s --from 2026-11-01 --to 2026-11-03 -o %s > %s", tier,
	         formats[_i % 3], path);
	spotop(args, 0, &after);
	comes_in(rows[_i / 3], 0); /* where it came from: nothing is new */
	empty_tiers();
	comes_in(rows[_i / 3], rows[_i / 3]);
	comes_in(rows[_i / 3], 0);
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

Suite *suite_import_command(void)
{
	Suite *s = suite_create("import_command");
	TCase *t = tcase_create("command");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, end);
	tcase_add_loop_test(t, what_goes_out_comes_in_as_the_same_rows, 0, 9);
	tcase_add_loop_test(t, an_export_of_no_rows_is_no_fault, 0, 2);
	tcase_add_test(t, the_command_says_what_it_left_out_and_why);
	suite_add_tcase(s, t);
	return s;
}
