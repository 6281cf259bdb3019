/* import.c - what an import takes for a price, and what it reports instead. */
#include "core/base/mem.h"
#include "core/fleet/import_read.h"
#include "tests/support/bytes.h"
#include "tests/support/prices.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_import(void);

static const char *read_all(const char *s, size_t n, size_t step, enum price_kind kind)
{
	struct price_want want = { kind, NULL };
	struct bytes b = { s, n, 0, step };
	return prices_told(bytes_give, &b, &want);
}

static void check_reads_n(const char *s, size_t n, const char *expected)
{
	static const size_t steps[] = { 1, 2, 7, 4096 };
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		ck_assert_str_eq(read_all(s, n, steps[i], PRICE_SPOT), expected);
}
static void check_reads(const char *s, const char *expected) { check_reads_n(s, strlen(s), expected); }

#define HEAD "timestamp,instance_type,region,availability_zone,spot_price\n"
#define GOOD "2015-03-11T10:34:42Z,m3.medium,us-east-1,us-east-1a,0.113100\n"

START_TEST(reads_rows_with_their_lines)
{
	check_reads(HEAD GOOD "\n" GOOD, "2 m3.medium us-east-1 us-east-1a 1426070082 113100\n"
	                                 "4 m3.medium us-east-1 us-east-1a 1426070082 113100\n");
}
END_TEST

START_TEST(columns_stand_in_any_order_and_may_be_strange)
{
	check_reads("spot_price,colour,region,az,instance_type,timestamp\n1,blue,eu-west-1,eu-west-1b,c3."
	            "large,2020-02-29 "
	            "00:00:00",
	            "2 c3.large eu-west-1 eu-west-1b 1582934400 1000000\n");
}
END_TEST

START_TEST(a_mark_crlf_and_quotes_are_fine)
{
	check_reads("\xEF\xBB\xBFtimestamp,\"instance_type\",region,availability_zone,spot_price\r\n"
	            "\"2015-03-11T10:34:42Z\",\"m3.medium\",us-east-1,us-east-1a,\"0.1131\"\r\n",
	            "2 m3.medium us-east-1 us-east-1a 1426070082 113100\n");
}
END_TEST

START_TEST(a_bad_line_is_told_and_the_next_is_read)
{
	check_reads(HEAD "x\n" GOOD "2015-02-29T00:00:00Z,m3.medium,us-east-1,us-east-1a,1\n"
	                 "2015-03-11T10:34:42Z,m3'.medium,us-east-1,us-east-1a,1\n"
	                 "2015-03-11T10:34:42Z,m3.medium,us-east-1,us-east-1a,-1\n"
	                 "2015-03-11T10:34:42Z,m3.medium,us-east-1,,1\n"
	                 "\"2015-03-11T10:34:42Z,m3.medium,us-east-1,us-east-1a,1\n" GOOD,
	            "2! 1 fields where the header has 5\n"
	            "3 m3.medium us-east-1 us-east-1a 1426070082 113100\n"
	            "4! not a time between 1970 and 2037 written as 2026-11-20T04:11:09Z: "
	            "'2015-02-29T00:00:00Z'\n"
	            "5! not an instance type: 'm3'.medium'\n"
	            "6! not a price from 0 to 9999.999999, with at most six decimals: '-1'\n"
	            "7! no availability zone\n"
	            "8! a quote that is not closed, or stands inside of a field\n"
	            "9 m3.medium us-east-1 us-east-1a 1426070082 113100\n");
}
END_TEST

START_TEST(a_nul_and_an_endless_line_are_faults_of_one_line)
{
	char text[40000];
	size_t n = (size_t)snprintf(text, sizeof text, HEAD "a");
	text[n++] = '\0';
	text[n++] = '\n';
	memset(text + n, 'x', 30000);
	n += 30000;
	n += (size_t)snprintf(text + n, sizeof text - n, "\n" GOOD);
	check_reads_n(text, n,
	              "2! the line holds a NUL byte\n3! the line is longer than 16383 bytes\n"
	              "4 m3.medium us-east-1 us-east-1a 1426070082 113100\n");
}
END_TEST

START_TEST(what_is_reported_cannot_move_the_cursor)
{
	check_reads(HEAD "2015-03-11T10:34:42Z,m3.medium,us-east-1,us-east-1a,\033[2J\n",
	            "2! not a price from 0 to 9999.999999, with at most six decimals: '<U+001B>[2J'\n");
}
END_TEST

START_TEST(a_header_that_will_not_do_ends_it)
{
	check_reads("", "failed: the file is empty\n");
	check_reads("timestamp,instance_type,spot_price\n" GOOD,
	            "failed: the header has no column availability_zone\n");
	check_reads("timestamp,az,availability_zone\n",
	            "failed: the header names the same thing twice: availability_zone\n");
}
END_TEST

/* A figure that the table would not hold is a fault, not "there already". */
START_TEST(what_an_export_says_beside_the_price_is_held_to_its_bounds)
{
	check_reads("observed_at,pool,usd_per_hour,is_interpolated,confidence_score,volatility_index\n"
	            "2026-11-20T04:11:09.000Z,c6i.xlarge.us-east-1a,0.0713,false,1.00,\n"
	            "2026-11-20T04:11:09.000Z,c6i.xlarge.us-east-1a,0.0713,false,1.01,\n"
	            "2026-11-20T04:11:09.000Z,c6i.xlarge.us-east-1a,0.0713,false,,0.1\n"
	            "2026-11-20T04:11:09.000Z,c6i.xlarge.us-east-1a,0.0713,false,1,12.5\n"
	            "2026-11-20T04:11:09.000Z,c6i.xlarge.us-east-1a,0.0713,false,-1,0.1\n",
	            "2 c6i.xlarge us-east-1 us-east-1a 1795147869 71300\n3! not a confidence_score: '1.01'\n"
	            "4! no confidence_score\n5! not a volatility_index: '12.5'\n6! not a confidence_score: "
	            "'-1'\n");
	check_reads("observed_at,pool,usd_per_hour,is_interpolated,source_count\n"
	            "2026-11-20T04:11:09.000Z,c6i.xlarge.us-east-1a,0.0713,false,65536\n"
	            "2026-11-20T04:11:09.000Z,c6i.xlarge.us-east-1a,0.0713,false,many\n"
	            "2026-11-20T04:11:09.000Z,c6i.xlarge.us-east-1a,0.0713,false,65535\n",
	            "2! not a source_count: '65536'\n3! not a source_count: 'many'\n"
	            "4 c6i.xlarge us-east-1 us-east-1a 1795147869 71300\n");
	check_reads("observed_at,pool,usd_per_hour,is_duplicate,role,instance_id\n"
	            "2026-11-20T04:11:09.000Z,c6i.xlarge.us-east-1a,0.0713,0,king,\n"
	            "2026-11-20T04:11:09.000Z,c6i.xlarge.us-east-1a,0.0713,0,primary,i-0'\n"
	            "2026-11-20T04:11:09.000Z,c6i,0.0713,0,primary,i-0a\n",
	            "2! not a role: 'king'\n3! not an instance: 'i-0''\n4! not a pool (r3.large.us-east-1a): "
	            "'c6i'\n");
}
END_TEST

START_TEST(pages_of_text_follow_each_other)
{
	check_reads("NEXTTOKEN\teyJ2IjoiMiJ9==\n"
	            "SPOTPRICEHISTORY\tus-east-1a\tc6i.xlarge\tLinux/"
	            "UNIX\t0.0713\t2026-11-20T04:11:09+00:00\n"
	            "NEXTTOKEN\teyJ2IjoiMiJ9==\n"
	            "SPOTPRICEHISTORY\tus-east-1a\tc6i.xlarge\t0.0713\n",
	            "2 c6i.xlarge us-east-1 us-east-1a 1795147869 71300\n4! 4 fields where there are 6\n");
}
END_TEST

START_TEST(tables_that_call_the_zone_a_region_are_read)
{
	check_reads("date,instance_type,os,region,price\n"
	            "2017-05-08 12:46:32+00:00,c3.8xlarge,Windows,us-east-1d,1.7800\n"
	            "2017-05-08 12:46:32+00:00,c3.8xlarge,Linux/UNIX,us-east-1d,0.7800\n"
	            "2017-05-08 12:46:32+00:00,c3.8xlarge,Linux/UNIX,us-east-1,0.7800\n",
	            "2 other: Windows\n3 c3.8xlarge us-east-1 us-east-1d 1494247592 780000\n4! no "
	            "availability zone\n");
}
END_TEST

START_TEST(files_put_together_repeat_their_header)
{
	check_reads(HEAD GOOD HEAD GOOD, "2 m3.medium us-east-1 us-east-1a 1426070082 113100\n"
	                                 "4 m3.medium us-east-1 us-east-1a 1426070082 113100\n");
}
END_TEST

#define ROW(zone, price)                                                                   \
	"{\"AvailabilityZone\":\"" zone "\",\"InstanceType\":\"a.b\",\"SpotPrice\":" price \
	",\"Timestamp\":\"2015-03-11T10:34:42+01:00\"}"

START_TEST(reads_the_cli_s_json)
{
	check_reads("{\n \"SpotPriceHistory\": [\n"
	            "  {\"AvailabilityZone\": \"us-west-2-lax-1a\", \"InstanceType\": \"m3.medium\",\n"
	            "   \"ProductDescription\": \"Linux/UNIX\", \"SpotPrice\": \"0.0113\",\n"
	            "   \"Timestamp\": \"2015-03-11T10:34:42.000Z\"},\n"
	            "  {\"AvailabilityZone\": \"us-east-1a\", \"InstanceType\": \"m3.medium\","
	            " \"ProductDescription\": \"Windows\", \"SpotPrice\": \"1\", \"Timestamp\": "
	            "\"2015-03-11T10:34:42Z\"},\n"
	            "  {\"SpotPrice\": 1},\n {\"a\":2}\n ],\n \"NextToken\": \"}]\\\"\"\n}\n[" ROW(
	                    "eu-west-1a", "\"2\"") "]",
	            "3 m3.medium us-west-2 us-west-2-lax-1a 1426070082 11300\n"
	            "6 other: Windows\n7! no timestamp\n8! no price in this object\n"
	            "12 a.b eu-west-1 eu-west-1a 1426066482 2000000\n");
}
END_TEST

START_TEST(one_object_a_line_loses_a_broken_line_alone)
{
	check_reads(ROW("eu-west-1a",
	                "2") "\n{\"SpotPrice\":}\n\n{\"SpotPrice\":1,\"SpotPrice\":2}\n" ROW("eu-west-1b",
	                                                                                     "0.50"),
	            "1 a.b eu-west-1 eu-west-1a 1426066482 2000000\n"
	            "2! not JSON (parse error: unallowed token at this point in JSON text)\n"
	            "4! a name stands there twice\n"
	            "5 a.b eu-west-1 eu-west-1b 1426066482 500000\n");
}
END_TEST

START_TEST(json_that_is_cut_or_broken_is_told)
{
	check_reads("[" ROW("eu-west-1a", "2") ",{\"a\":", "1 a.b eu-west-1 eu-west-1a 1426066482 2000000\n"
	                                                   "1! the file ends in the middle of its JSON\n");
	check_reads("[\n" ROW("eu-west-1a", "2") "\n}\n" ROW("eu-west-1a", "3"),
	            "2 a.b eu-west-1 eu-west-1a 1426066482 2000000\n"
	            "3! not JSON (parse error: after array element, I expect ',' or ']'); the rest is not "
	            "read\n");
}
END_TEST

START_TEST(a_text_without_a_price_is_no_success)
{
	check_reads("[]", "failed: there is no price in it\n");
	check_reads("{\"x\": [1, 2, {\"SpotPrice\": null}]}",
	            "1! no price in this object\n"
	            "failed: there is no price in it (line 1: no price in this object)\n");
	check_reads("[client]\nuser=alice\n", "1! not JSON (lexical error: invalid char in json text.)\n2! "
	                                      "not JSON (lexical error: invalid char in "
	                                      "json text.)\nfailed: there is no price in it (line 1: not "
	                                      "JSON (lexical error: invalid char in json "
	                                      "text.))\n");
}
END_TEST

START_TEST(ondemand_needs_no_time_and_no_zone)
{
	const char *s = "instance_type,region,price\nm3.medium,us-east-1,0.067\nm3.medium,,0.067\n";
	ck_assert_str_eq(read_all(s, strlen(s), 5, PRICE_ONDEMAND),
	                 "2 m3.medium us-east-1 - -1 67000\n3! no region\n");
}
END_TEST

static const struct {
	const char *head, *said;
} formats[] = {
	{ "PAR1\x15", "it is Apache Parquet, which is not read here; duckdb -csv -c \"FROM 'FILE'\" | spotop "
	              "import prices -" },
	{ "ORC\x0a", "it is Apache ORC, which" },
	{ "Obj\x01\x04", "it is Apache Avro, which" },
	{ "SQLite format 3", "it is an SQLite database, which" },
	{ "\xD0\xCF\x11\xE0\xA1", "it is an old Excel workbook, which" },
	{ "7z\xBC\xAF\x27\x1C",
	  "it is a 7-Zip archive, which is not read here; 7z x -so FILE | spotop import prices -" },
	{ "Rar!\x1a", "it is a RAR archive, which" },
	{ "%PDF-1.7\n", "it is PDF, which" },
	{ "<!DOCTYPE html>\n<html>",
	  "it is HTML or XML, which is not read here; save the data itself, as CSV or JSON" },
	{ "-- MariaDB dump 10.19\n--\n", "it is SQL, which is not read here; mariadb DATABASE < FILE" },
	{ "---\nSpotPriceHistory:\n",
	  "it is YAML, which is not read here; yq -o json . FILE | spotop import prices -" },
	{ "- AvailabilityZone: us-east-1a\n", "it is YAML, which" },
	{ "+------------+\n| a |\n", "it is a drawn table (--output table), which" },
	{ "\x7f"
	  "ELF\x02",
	  "the first line names no columns" },
};
START_TEST(a_format_that_is_not_read_is_named_with_the_command_that_helps)
{
	const char *got = read_all(formats[_i].head, strlen(formats[_i].head), 3, PRICE_SPOT);
	ck_assert_msg(strncmp(got, "failed: ", 8) == 0 && strstr(got, formats[_i].said), "%s", got);
}
END_TEST

START_TEST(prices_are_exact_and_strict)
{
	int64_t v = -1;
	ck_assert(price_parse_usd("0", &v) && v == 0);
	ck_assert(price_parse_usd("9999.999999", &v) && v == 9999999999);
	ck_assert(price_parse_usd("0.1700000000", &v) && v == 170000);
	ck_assert(price_parse_usd("0.00000100000000", &v) && v == 1);
	static const char *const bad[] = { "",           ".5", "5.", "10000", "1e3", "+1",  "0.0000005",
		                           "0.00000010", "-0", " 1", "1 ",    "0x1", "nan", "1.1.1" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!price_parse_usd(bad[i], &v), "%s", bad[i]);
}
END_TEST

START_TEST(times_go_there_and_back)
{
	char text[32], iso[40];
	int64_t at;
	for (int64_t s = 172800; s < 2145916800; s += 86400 * 13 + 3661) {
		price_time_text(s, true, text);
		snprintf(iso, sizeof iso, "%sZ", text);
		ck_assert_msg(price_parse_time(iso, &at) && at == s, "%s", iso);
	}
	static const struct {
		const char *s;
		int64_t at_s;
	} forms[] = { { "2015-03-11", 1426032000 },
		      { "2015-03-11T10:34", 1426070040 },
		      { "2015-03-11T10:34Z", 1426070040 },
		      { "2015-03-11 10:34:42 UTC", 1426070082 },
		      { "2015-03-11t10:34:42z", 1426070082 },
		      { "2015-03-11T10:34:42.999999+00", 1426070082 },
		      { "2015-03-11T10:34:42 +05:30", 1426050282 } };
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		ck_assert_msg(price_parse_time(forms[i].s, &at) && at == forms[i].at_s, "%s", forms[i].s);
	static const char *const bad[] = { "2015-03-11T",           "2015-03-11T24:00:00Z",
		                           "2015-03-11T10:34:60Z",  "1969-12-31T00:00:00Z",
		                           "2039-01-01T00:00:00Z",  "2015-03-11T10:34:42.Z",
		                           "2015-03-11T10:34:42ZZ", "2015-3-11T10:34:42Z",
		                           "2015-03-11T10:34:42+1", "2015-03-11T10:34:42+01:",
		                           "2015-03-11T10",         "11/20/2026 4:11",
		                           "2015-00-11T10:34:42Z" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!price_parse_time(bad[i], &at), "%s", bad[i]);
}
END_TEST

Suite *suite_import(void)
{
	Suite *s = suite_create("import");
	TCase *t = tcase_create("read");
	tcase_add_test(t, reads_rows_with_their_lines);
	tcase_add_test(t, columns_stand_in_any_order_and_may_be_strange);
	tcase_add_test(t, a_mark_crlf_and_quotes_are_fine);
	tcase_add_test(t, a_bad_line_is_told_and_the_next_is_read);
	tcase_add_test(t, a_nul_and_an_endless_line_are_faults_of_one_line);
	tcase_add_test(t, what_is_reported_cannot_move_the_cursor);
	tcase_add_test(t, a_header_that_will_not_do_ends_it);
	tcase_add_test(t, what_an_export_says_beside_the_price_is_held_to_its_bounds);
	tcase_add_test(t, pages_of_text_follow_each_other);
	tcase_add_test(t, tables_that_call_the_zone_a_region_are_read);
	tcase_add_test(t, files_put_together_repeat_their_header);
	tcase_add_test(t, reads_the_cli_s_json);
	tcase_add_test(t, one_object_a_line_loses_a_broken_line_alone);
	tcase_add_test(t, a_text_without_a_price_is_no_success);
	tcase_add_loop_test(t, a_format_that_is_not_read_is_named_with_the_command_that_helps, 0,
	                    (int)ARRAY_LEN(formats));
	tcase_add_test(t, json_that_is_cut_or_broken_is_told);
	tcase_add_test(t, ondemand_needs_no_time_and_no_zone);
	tcase_add_test(t, prices_are_exact_and_strict);
	tcase_add_test(t, times_go_there_and_back);
	suite_add_tcase(s, t);
	return s;
}
