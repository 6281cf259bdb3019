/* import_files.c - price files of every shape that people keep, packed and plain, small and large. */
#include "core/base/mem.h"
#include "core/fleet/import_read.h"
#include "core/fleet/import_source.h"
#include "tests/support/prices.h"
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_import_files(void);

#define HEAD "timestamp,instance_type,region,availability_zone,spot_price\n"
#define GOOD "2015-03-11T10:34:42Z,m3.medium,us-east-1,us-east-1a,0.113100\n"
#define ROW(zone, price)                                                                   \
	"{\"AvailabilityZone\":\"" zone "\",\"InstanceType\":\"a.b\",\"SpotPrice\":" price \
	",\"Timestamp\":\"2015-03-11T10:34:42+01:00\"}"

/* --- small files of every shape that people keep --- */

#define ROW_A "c6i.xlarge us-east-1 us-east-1a 1795147869 71300\n" /* 2026-11-20T04:11:09Z, 0.0713 */
#define ROW_B "c6i.xlarge us-east-1 us-east-1b 1795150961 69100\n" /* 2026-11-20T05:02:41Z, 0.0691 */
static const struct {
	const char *file, *expected;
	enum price_kind kind;
	const char *region;
} cases[] = {
	{ "a01-pretty.json",
	  "3 c6i.xlarge us-east-1 us-east-1a 1795147869 71300\n"
	  "10 c6i.xlarge us-east-1 us-east-1b 1795150961 69100\n",
	  PRICE_SPOT, NULL },
	{ "a02-compact-nexttoken.json", "1 " ROW_A "1 " ROW_B, PRICE_SPOT, NULL },
	{ "a05-jsonl.jsonl", "1 " ROW_A "2 " ROW_B, PRICE_SPOT, NULL },
	{ "a08-text-full.tsv", "1 " ROW_A "2 " ROW_B, PRICE_SPOT, NULL },
	{ "a10-table.txt",
	  "failed: it is a drawn table (--output table), which is not read here; aws ec2 "
	  "describe-spot-price-history --output json | spotop import prices -\n",
	  PRICE_SPOT, NULL },
	{ "a11.yaml",
	  "failed: it is YAML, which is not read here; yq -o json . FILE | spotop import prices -\n",
	  PRICE_SPOT, NULL },
	{ "a12-boto-pages.json", "1 " ROW_A "1 " ROW_B, PRICE_SPOT, NULL },
	{ "a14-numbers.json", "1 " ROW_A "1 " ROW_B, PRICE_SPOT, NULL },
	{ "a15-camel.json", "1 " ROW_A "1 " ROW_B, PRICE_SPOT, NULL },
	{ "a16-empty.json", "", PRICE_SPOT, NULL },
	{ "a18-products.json",
	  "1 " ROW_A "1 c6i.xlarge us-east-1 us-east-1a 1795147869 81300 VPC\n"
	  "1 other: Windows\n"
	  "1 other: Red Hat Enterprise Linux\n"
	  "1 other: SUSE Linux\n",
	  PRICE_SPOT, NULL },
	{ "a19-zones.json",
	  "1 c6i.xlarge us-west-2 us-west-2-lax-1a 1795147869 71300\n"
	  "1 c6i.xlarge us-east-1 us-east-1-wl1-bos-wlz-1 1795147869 71300\n"
	  "1 c6i.xlarge us-gov-west-1 us-gov-west-1b 1795147869 71300\n"
	  "1 c6i.xlarge cn-northwest-1 cn-northwest-1c 1795147869 71300\n"
	  "1 c6i.xlarge us-iso-east-1 us-iso-east-1a 1795147869 71300\n"
	  "1 c6i.xlarge eu-isoe-west-1 eu-isoe-west-1a 1795147869 71300\n"
	  "1 c6i.xlarge ap-southeast-5 ap-southeast-5a 1795147869 71300\n"
	  "1 c6i.xlarge mx-central-1 mx-central-1a 1795147869 71300\n"
	  "1 c6i.xlarge - use1-az4 1795147869 71300\n"
	  "1 c6i.xlarge eusc-de-east-1 eusc-de-east-1a 1795147869 71300\n",
	  PRICE_SPOT, NULL },
	{ "a20-types.json",
	  "1 u-24tb1.112xlarge us-east-1 us-east-1a 1795147869 27800000\n"
	  "1 p4de.24xlarge us-east-1 us-east-1a 1795147869 27800000\n"
	  "1 mac2-m2.metal us-east-1 us-east-1a 1795147869 27800000\n"
	  "1 mac2-m1ultra.metal us-east-1 us-east-1a 1795147869 27800000\n"
	  "1 u7in-32tb.224xlarge us-east-1 us-east-1a 1795147869 27800000\n"
	  "1 c7i.metal-24xl us-east-1 us-east-1a 1795147869 27800000\n"
	  "1 m5.metal us-east-1 us-east-1a 1795147869 27800000\n"
	  "1 hpc7g.16xlarge us-east-1 us-east-1a 1795147869 27800000\n"
	  "1 r8gd.metal-48xl us-east-1 us-east-1a 1795147869 27800000\n",
	  PRICE_SPOT, NULL },
	{ "a21-vpc-order.json",
	  "1 c6i.xlarge us-east-1 us-east-1a 1795147869 81300 VPC\n"
	  "2 " ROW_A "3 c6i.xlarge us-east-1 us-east-1a 1795151469 991300 VPC\n"
	  "4 c6i.xlarge us-east-1 us-east-1a 1795152009 72300\n",
	  PRICE_SPOT, NULL },
	{ "b00-price-10dec.json", "1 c6i.xlarge us-east-1 us-east-1a 1795147869 6000\n", PRICE_SPOT, NULL },
	{ "b02-price-sci.json", "1! not a price from 0 to 9999.999999, with at most six decimals: '6e-3'\n",
	  PRICE_SPOT, NULL },
	{ "b03-price-nan.json", "1! not a price from 0 to 9999.999999, with at most six decimals: 'NaN'\n",
	  PRICE_SPOT, NULL },
	{ "b08-price-7dig.json",
	  "1! not a price from 0 to 9999.999999, with at most six decimals: '0.0000005'\n", PRICE_SPOT,
	  NULL },
	{ "c00-time.json", "1 " ROW_A, PRICE_SPOT, NULL },
	{ "c03-time.json", "1 c6i.xlarge us-east-1 us-east-1a 1795128069 71300\n", PRICE_SPOT, NULL },
	{ "c04-time.json", "1 " ROW_A, PRICE_SPOT, NULL },
	{ "c06-time.json", "1 c6i.xlarge us-east-1 us-east-1a 1795147860 71300\n", PRICE_SPOT, NULL },
	{ "c07-time.json", "1 c6i.xlarge us-east-1 us-east-1a 1795132800 71300\n", PRICE_SPOT, NULL },
	{ "c10-time.json",
	  "1! not a time between 1970 and 2037 written as 2026-11-20T04:11:09Z: '11/20/2026 4:11'\n",
	  PRICE_SPOT, NULL },
	{ "c11-time.json", "1 " ROW_A, PRICE_SPOT, NULL },
	{ "d01-cli-names.csv", "2 " ROW_A, PRICE_SPOT, NULL },
	{ "d02-index-col.csv", "2 " ROW_A, PRICE_SPOT, NULL },
	{ "d03-no-region.csv", "2 c6i.xlarge ap-south-1 ap-south-1a 1795147869 71300\n", PRICE_SPOT, NULL },
	{ "d04-no-header.csv",
	  "failed: the first line names no columns (needed: timestamp, instance_type, availability_zone, "
	  "spot_price); add a header that names each of them in its order: sed '1i "
	  "timestamp,instance_type,product,availability_zone,spot_price' FILE | spotop import prices -\n",
	  PRICE_SPOT, NULL },
	{ "d07-semicolon.csv", "2 " ROW_A, PRICE_SPOT, NULL },
	{ "d08-tabs.tsv", "2 " ROW_A, PRICE_SPOT, NULL },
	{ "d11-utf16.csv", "2 " ROW_A, PRICE_SPOT, NULL },
	{ "d15-azid.csv", "2 c6i.xlarge us-east-1 use1-az4 1795147869 71300\n", PRICE_SPOT, NULL },
	{ "d16-conflict.csv", "2 " ROW_A "3 c6i.xlarge us-east-1 us-east-1a 1795147869 99900\n", PRICE_SPOT,
	  NULL },
	{ "d17-wrong-region.csv", "2! the region eu-west-1 and the zone us-east-1a disagree\n", PRICE_SPOT,
	  NULL },
	{ "d20-upper-header.csv", "2 " ROW_A, PRICE_SPOT, NULL },
	{ "d21-product-camel.csv", "2 other: Windows\n", PRICE_SPOT, NULL },
	{ "d22-spot-mode-ondemand-col.csv",
	  "failed: it holds on-demand prices and none of spot: give --ondemand\n", PRICE_SPOT, NULL },
	{ "e02-multi.csv.gz", "2 " ROW_A "3 c6i.xlarge us-east-1 us-east-1a 1795151469 71300\n", PRICE_SPOT,
	  NULL },
	{ "e04.csv.xz", "2 " ROW_A, PRICE_SPOT, NULL },
	{ "f01-interruption.json",
	  "failed: it holds events of EC2, not prices; `spotop import notices FILE` takes interruption "
	  "warnings and rebalance recommendations\n",
	  PRICE_SPOT, NULL },
	{ "f02-advisor.json",
	  "failed: it is the Spot Instance Advisor's data: rates of interruption and savings, no prices\n",
	  PRICE_SPOT, NULL },
	{ "g01-od.csv", "2 c6i.xlarge us-east-1 - -1 170000\n", PRICE_ONDEMAND, NULL },
	{ "g03-od-vantage.csv", "2 c6i.xlarge us-east-1 - -1 170000\n", PRICE_ONDEMAND, "us-east-1" },
	{ "g05-od-spotonly.csv", "failed: it holds spot prices and none of on-demand: leave out --ondemand\n",
	  PRICE_ONDEMAND, NULL },
	{ "g06-od-camel.csv", "2 c6i.xlarge us-east-1 - -1 170000\n", PRICE_ONDEMAND, NULL },
};

START_TEST(a_file_of_the_table_is_read_as_it_says)
{
	char path[128], expected[2048];
	struct err e = { 0 };
	struct price_want want = { cases[_i].kind, cases[_i].region };
	snprintf(path, sizeof path, "tests/cases/import/%s", cases[_i].file);
	struct source *s = source_open(path, &e);
	ck_assert_msg(s != NULL, "%s", e.text);
	snprintf(expected, sizeof expected, "%s", cases[_i].expected);
	ck_assert_str_eq(prices_told(source_bytes, s, &want), expected);
	ck_assert(source_rewind(s, &e));
	ck_assert_str_eq(prices_told(source_bytes, s, &want), expected);
	source_close(s);
}
END_TEST

static bool count(void *ctx, const struct price_row *row)
{
	size_t *n = ctx;
	ck_assert_int_eq(row->got, PRICE_ROW);
	return ++*n;
}
START_TEST(a_packed_file_that_is_cut_gives_the_rows_before_and_no_half_of_one)
{
	size_t n = 0;
	struct err e = { 0 };
	struct price_want want = { PRICE_SPOT, NULL };
	struct source *s = source_open("tests/cases/import/e06-trunc.csv.gz", &e);
	ck_assert(!price_read(source_bytes, s, &want, count, &n, &e));
	ck_assert(source_is_cut(s));
	ck_assert_uint_eq(n, 3001);
	ck_assert_ptr_nonnull(strstr(e.text, "the gzip data end early"));
	source_close(s);
}
END_TEST

/* The same seven products in each form of the Price List: one is Linux, one its bare metal; the rest is Windows, a
 * dedicated host, SQL Server, a reservation, a disk. Reserved terms are never taken. */
START_TEST(ondemand_prices_come_in_every_form_they_go_around_in)
{
	static const struct {
		const char *file;
		size_t n;
		const char *rows[3];
	} of[] = {
		{ "price-list.json",
		  2,
		  { "c6i.xlarge us-east-1 - 1793491200 170000",
		    "c6i.metal us-east-1 - 1793491200 5440000" } },
		{ "price-list.csv",
		  2,
		  { "c6i.xlarge us-east-1 - 1793491200 170000",
		    "c6i.metal us-east-1 - 1793491200 5440000" } },
		{ "get-products.json",
		  2,
		  { "c6i.xlarge us-east-1 - 1793491200 170000",
		    "c6i.metal us-east-1 - 1793491200 5440000" } },
		{ "get-products.jsonl",
		  2,
		  { "c6i.xlarge us-east-1 - 1793491200 170000",
		    "c6i.metal us-east-1 - 1793491200 5440000" } },
		{ "instances.json",
		  3,
		  { "c6i.xlarge us-east-1 - -1 170000", "c6i.xlarge eu-west-1 - -1 191200",
		    "c6i.xlarge ap-south-1 - -1 170000" } },
	};
	char path[128], copy[16384], *save;
	struct err e = { 0 };
	struct price_want want = { PRICE_ONDEMAND, NULL }, spot = { PRICE_SPOT, NULL };
	snprintf(path, sizeof path, "tests/cases/ondemand/%s", of[_i].file);
	struct source *s = source_open(path, &e);
	ck_assert_msg(s != NULL, "%s", e.text);
	snprintf(copy, sizeof copy, "%s", prices_told(source_bytes, s, &want));
	size_t n = 0;
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (strstr(line, " other: ")) continue;
		ck_assert_uint_lt(n, of[_i].n);
		ck_assert_str_eq(line + strcspn(line, " ") + 1, of[_i].rows[n++]);
	}
	ck_assert_uint_eq(n, of[_i].n);
	ck_assert(source_rewind(s, &e));
	ck_assert_msg(strstr(prices_told(source_bytes, s, &spot), "give --ondemand\n"), "%s",
	              prices_told(source_bytes, s, &spot));
	source_close(s);
}
END_TEST

START_TEST(packed_files_are_unpacked_or_named)
{
	static const struct {
		const char *file, *expected;
	} of[] = { { "prices.csv.gz", "2 " ROW_A },
		   { "prices.csv.xz", "2 " ROW_A },
		   { "prices.csv.zst", "2 " ROW_A },
		   { "prices.csv.bz2", "2 " ROW_A },
		   { "one.zip", "2 " ROW_A },
		   { "prices.tar", "failed: it is a tar archive, which is not read here; tar -xOf FILE | "
		                   "spotop import prices -\n" },
		   { "two.zip",
		     "holds 2 files; choose one: unzip -p FILE 'prices.csv' | spotop import prices -" },
		   { "book.xlsx", "is an Excel workbook: save its sheet as CSV" } };
	char path[128];
	struct err e = { 0 };
	struct price_want want = { PRICE_SPOT, NULL };
	snprintf(path, sizeof path, "tests/cases/packed/%s", of[_i].file);
	struct source *s = source_open(path, &e);
	if (!s) {
		ck_assert_msg(strstr(e.text, of[_i].expected) != NULL, "%s", e.text);
		return;
	}
	for (int i = 0; i < 2; i++) {
		ck_assert_str_eq(prices_told(source_bytes, s, &want), of[_i].expected);
		ck_assert(source_rewind(s, &e));
	}
	source_close(s);
}
END_TEST

/* --- large files --- */

/* SPOTOP_IMPORT_MB of a text: a head once, a row again and again. */
struct endless {
	const char *head, *row;
	size_t left, at;
	bool is_row;
};
static ssize_t endless_give(void *source, char *buf, size_t n, struct err *err)
{
	struct endless *s = source;
	size_t given = 0;
	(void)err;
	while (given < n && s->left) {
		const char *piece = (s->is_row ? s->row : s->head) + s->at;
		size_t take = strlen(piece);
		if (take > n - given) take = n - given;
		memcpy(buf + given, piece, take);
		given += take;
		s->at += take;
		s->left = s->left > take ? s->left - take : 0;
		if (!piece[take]) s->is_row = true, s->at = 0;
	}
	return (ssize_t)given;
}
static bool count_rows(void *ctx, const struct price_row *row)
{
	*(size_t *)ctx += row->got == PRICE_ROW;
	return true;
}
static long peak_kb(void)
{
	char line[128];
	long kb = 0;
	FILE *f = fopen("/proc/self/status", "re");
	while (fgets(line, sizeof line, f))
		if (sscanf(line, "VmHWM: %ld", &kb) == 1) break;
	fclose(f);
	return kb;
}

START_TEST(a_large_file_needs_no_more_memory_than_a_small_one)
{
	static const struct {
		const char *head, *row;
		enum price_kind kind;
	} of[] = { { HEAD, GOOD, PRICE_SPOT },
		   { "{\"SpotPriceHistory\": [\n    " ROW("us-east-1a", "\"0.1\""),
		     ",\n    " ROW("us-east-1b", "\"0.2\""), PRICE_SPOT },
		   { "[" ROW("us-east-1a", "0.1"), "," ROW("us-east-1b", "0.2"), PRICE_SPOT },
		   { ROW("us-east-1a", "0.1"), "\n" ROW("us-east-1b", "0.2"), PRICE_SPOT },
		   { "[{\"instance_type\":\"a.b\",\"pricing\":{\"us-east-1\":{\"linux\":{\"ondemand\":\"0."
		     "1\"}}}}",
		     ",{\"instance_type\":\"a.b\",\"pricing\":{\"us-east-1\":{\"linux\":{\"ondemand\":\"0."
		     "1\"}}}}",
		     PRICE_ONDEMAND } };
	const char *mb = getenv("SPOTOP_IMPORT_MB");
	struct endless s = { of[_i].head, of[_i].row, (mb ? strtoul(mb, NULL, 10) : 24) << 20, 0, false };
	struct price_want want = { of[_i].kind, NULL };
	struct err e = { 0 };
	size_t n = 0, expected = (s.left - strlen(s.head)) / strlen(s.row);
	long before = peak_kb();
	price_read(endless_give, &s, &want, count_rows, &n, &e);
	ck_assert_uint_ge(n, expected - 1);
	ck_assert_int_lt(peak_kb() - before, 4096);
}
END_TEST

START_TEST(no_file_of_the_table_is_forgotten)
{
	DIR *d = opendir("tests/cases/import");
	ck_assert_ptr_nonnull(d);
	for (struct dirent *f; (f = readdir(d));) {
		size_t i = 0;
		while (i < ARRAY_LEN(cases) && strcmp(cases[i].file, f->d_name) != 0) i++;
		ck_assert_msg(f->d_name[0] == '.' || strncmp(f->d_name, "e06", 3) == 0 ||
		                      i < ARRAY_LEN(cases),
		              "%s", f->d_name);
	}
	closedir(d);
}
END_TEST

Suite *suite_import_files(void)
{
	Suite *s = suite_create("import_files");
	TCase *t = tcase_create("read");
	tcase_set_timeout(t, 600);
	tcase_add_loop_test(t, a_file_of_the_table_is_read_as_it_says, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(t, a_packed_file_that_is_cut_gives_the_rows_before_and_no_half_of_one);
	tcase_add_loop_test(t, ondemand_prices_come_in_every_form_they_go_around_in, 0, 5);
	tcase_add_loop_test(t, a_large_file_needs_no_more_memory_than_a_small_one, 0, 5);
	tcase_add_loop_test(t, packed_files_are_unpacked_or_named, 0, 8);
	tcase_add_test(t, no_file_of_the_table_is_forgotten);
	suite_add_tcase(s, t);
	return s;
}
