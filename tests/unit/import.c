/* import.c - what an import takes for a price, and what it reports instead. */
#include "core/fleet/import_read.h"
#include "tests/support/bytes.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_import(void);

/* All of it as text: "LINE type az at micro" or "LINE! why" or "LINE other", one a line. */
static const char *read_all(const char *s, size_t n, size_t step, enum price_kind kind)
{
	static char out[16384];
	struct bytes b = { s, n, 0, step };
	struct price_reader *r = price_reader_open(bytes_give, &b, kind);
	struct price_row row;
	struct err e = { 0 };
	enum price_got got;
	size_t at = 0;
	out[0] = '\0';
	while ((got = price_reader_next(r, &row, &e)) != PRICE_END && at < sizeof out - 512) {
		if (got == PRICE_FAIL) {
			snprintf(out + at, sizeof out - at, "failed: %s\n", e.text);
			break;
		}
		if (got == PRICE_BAD)
			at += (size_t)snprintf(out + at, sizeof out - at, "%lu! %s\n", row.line, row.why);
		else if (got == PRICE_OTHER)
			at += (size_t)snprintf(out + at, sizeof out - at, "%lu other\n", row.line);
		else
			at += (size_t)snprintf(out + at, sizeof out - at, "%lu %s %s %s %lld %lld\n",
			                       row.line, row.type, row.region, row.az[0] ? row.az : "-",
			                       row.at_s == PRICE_NO_TIME ? -1LL : (long long)row.at_s,
			                       (long long)row.micro_usd);
	}
	price_reader_close(r);
	return out;
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
	            "4! not a time between 1970 and 2037: '2015-02-29T00:00:00Z'\n"
	            "5! not an instance type: 'm3'.medium'\n"
	            "6! not a price from 0 to 9999.999999: '-1'\n"
	            "7! no zone\n"
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
	              "2! the line holds a NUL byte\n3! the line is longer than 8190 bytes\n"
	              "4 m3.medium us-east-1 us-east-1a 1426070082 113100\n");
}
END_TEST

START_TEST(what_is_reported_cannot_move_the_cursor)
{
	check_reads(HEAD "2015-03-11T10:34:42Z,m3.medium,us-east-1,us-east-1a,\033[2J\n",
	            "2! not a price from 0 to 9999.999999: '<U+001B>[2J'\n");
}
END_TEST

START_TEST(a_header_that_will_not_do_ends_it)
{
	check_reads("", "failed: the file is empty: a header line is needed\n");
	check_reads("timestamp,instance_type,spot_price\n" GOOD, "failed: the header has no column region\n");
	check_reads("timestamp,az,availability_zone\n",
	            "failed: the header names the same thing twice: availability_zone\n");
}
END_TEST

START_TEST(reads_the_cli_s_json)
{
	check_reads("{\n \"SpotPriceHistory\": [\n"
	            "  {\"AvailabilityZone\": \"us-west-2-lax-1a\", \"InstanceType\": \"m3.medium\",\n"
	            "   \"ProductDescription\": \"Linux/UNIX\", \"SpotPrice\": \"0.0113\",\n"
	            "   \"Timestamp\": \"2015-03-11T10:34:42.000Z\"},\n"
	            "  {\"AvailabilityZone\": \"us-east-1a\", \"InstanceType\": \"m3.medium\","
	            " \"ProductDescription\": \"Windows\", \"SpotPrice\": \"1\", \"Timestamp\": "
	            "\"2015-03-11T10:34:42Z\"},\n"
	            "  {\"SpotPrice\": 1},\n {\"a\":}\n ],\n \"NextToken\": \"}]\\\"\"\n}\n"
	            "[{\"AvailabilityZone\":\"eu-west-1a\",\"InstanceType\":\"a.b\",\"SpotPrice\":\"2\","
	            "\"Timestamp\":\"2015-03-11T10:34:42+01:00\"}]",
	            "3 m3.medium us-west-2 us-west-2-lax-1a 1426070082 11300\n"
	            "6 other\n7! SpotPrice is not a string\n8! not JSON: unexpected token near '}'\n"
	            "12 a.b eu-west-1 eu-west-1a 1426066482 2000000\n");
}
END_TEST

START_TEST(json_that_is_cut_or_broken_is_told)
{
	check_reads("[{\"a\":", "1! the file ends in the middle of its JSON\n");
	check_reads("{\"x\": [", "1! the file ends in the middle of its JSON\n");
	check_reads("[]]\n[{}]", "1! a bracket closes what is not open; the rest is not read\n");
}
END_TEST

START_TEST(ondemand_needs_no_time_and_no_zone)
{
	const char *s = "instance_type,region,price\nm3.medium,us-east-1,0.067\nm3.medium,,0.067\n";
	ck_assert_str_eq(read_all(s, strlen(s), 5, PRICE_ONDEMAND),
	                 "2 m3.medium us-east-1 - -1 67000\n3! no region\n");
	ck_assert_str_eq(read_all("[]", 2, 5, PRICE_ONDEMAND),
	                 "failed: on-demand prices are read from CSV, not from JSON\n");
}
END_TEST

START_TEST(prices_are_exact_and_strict)
{
	int64_t v = -1;
	ck_assert(price_parse_usd("0", &v) && v == 0);
	ck_assert(price_parse_usd("9999.999999", &v) && v == 9999999999);
	ck_assert(price_parse_usd("0.0000010", &v) == false);
	static const char *const bad[] = { "",   ".5", "5.", "10000", "1e3", "+1",
		                           "-0", " 1", "1 ", "0x1",   "nan", "1.1.1" };
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
	static const char *const bad[] = { "2015-03-11",
		                           "2015-03-11T24:00:00Z",
		                           "2015-03-11T10:34:60Z",
		                           "1969-12-31T00:00:00Z",
		                           "2039-01-01T00:00:00Z",
		                           "2015-03-11T10:34:42.Z",
		                           "2015-03-11T10:34:42ZZ",
		                           "2015-3-11T10:34:42Z",
		                           "2015-03-11T10:34:42+1",
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
	tcase_add_test(t, reads_the_cli_s_json);
	tcase_add_test(t, json_that_is_cut_or_broken_is_told);
	tcase_add_test(t, ondemand_needs_no_time_and_no_zone);
	tcase_add_test(t, prices_are_exact_and_strict);
	tcase_add_test(t, times_go_there_and_back);
	suite_add_tcase(s, t);
	return s;
}
