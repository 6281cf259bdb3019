/* text.c - the gate for foreign text, and values into statements. */
#include "core/base/text.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/db/query.h"
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

START_TEST(json_comes_on_one_line)
{
	static const char in[] = "{\r\n\t\"a\": \"x\\\"\ny\0z\\\\\",\n\"b\" :[1,\r2]}";
	struct buf b = BUF_EMPTY;
	text_json_line(&b, in, sizeof in - 1);
	ck_assert_str_eq(buf_str(&b), "{\"a\": \"x\\\"\\u000ay\\u0000z\\\\\",\"b\" :[1,2]}");
	buf_free(&b);
}
END_TEST

Suite *suite_text(void);

static const struct {
	const char *in, *out;
} safe[] = {
	{ "plain \xC3\xA9 \xE2\x82\xAC", "plain \xC3\xA9 \xE2\x82\xAC" },
	{ "a\x1B[2Jb", "a<U+001B>[2Jb" },
	{ "tab\tcr\rlf\n", "tab<U+0009>cr<U+000D>lf<U+000A>" },
	{ "\xC2\x9B"
	  "31m",
	  "<U+009B>31m" }, /* C1 CSI */
	{ "\xE2\x80\xAE"
	  "evil",
	  "<U+202E>evil" }, /* bidi override */
	{ "\xE2\x80\x8B|\xEF\xBB\xBF", "<U+200B>|<U+FEFF>" },
	{ "\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD" },                 /* overlong */
	{ "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" }, /* surrogate */
	{ "\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD" },                 /* cut */
	{ "\xFF", "\xEF\xBF\xBD" },
	{ "e\xCC\x81\xCC\x81\xCC\x81\xCC\x81", "e\xCC\x81\xCC\x81" },
};

START_TEST(foreign_text_is_made_harmless)
{
	struct buf b = BUF_EMPTY;
	text_safe(&b, safe[_i].in, strlen(safe[_i].in));
	ck_assert_str_eq(buf_str(&b), safe[_i].out);
	ck_assert_int_eq(text_is_safe(safe[_i].in, strlen(safe[_i].in)),
	                 strcmp(safe[_i].in, safe[_i].out) == 0);
	ck_assert(text_is_safe(b.s, b.len));
	buf_free(&b);
}
END_TEST

static const struct query_param params[] = { { "a", "str" }, { "n", "int" }, { "d", "dec" } };
static const struct query query = { "test/q", "-- About.\nSELECT :a, ':a', `:a`, :n /* :n */, :d -- :d\n;",
	                            params, 3 };

START_TEST(values_are_quoted)
{
	struct buf b = BUF_EMPTY;
	struct err e = { 0 };
	struct arg args[] = { arg_strn("a", "x'\\\"\n\0z", 7), arg_int("n", -5), arg_dec("d", "1.50") };
	ck_assert_msg(query_bind(&b, &query, args, 3, &e), "%s", e.text);
	ck_assert_str_eq(buf_str(&b) + strspn(buf_str(&b), " \n"),
	                 "SELECT 'x\\'\\\\\\\"\\n\\0z', ':a', `:a`, -5 , 1.50");
	buf_free(&b);
}
END_TEST

START_TEST(a_value_of_another_type_is_refused)
{
	struct arg bad[] = { arg_str("n", "1 OR 1=1"), arg_dec("d", "1e5"), arg_dec("d", "1;x"),
		             arg_int("z", 1) };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct buf b = BUF_EMPTY;
		struct err e = { 0 };
		ck_assert(!query_bind(&b, &query, &bad[i], 1, &e));
		ck_assert_int_eq((int)e.code, ERR_INTERNAL);
		buf_free(&b);
	}
}
END_TEST

static bool gather(void *ctx, const char *stmt, size_t n, int line, struct err *e)
{
	(void)e;
	buf_addf(ctx, "%d[%.*s]", line, (int)n, stmt);
	return true;
}

START_TEST(a_script_is_cut_at_its_delimiters)
{
	struct buf b = BUF_EMPTY;
	ck_assert(script_each("-- head;\nSELECT ';';\nDELIMITER //\nBEGIN a; b; END//\nDELIMITER ;\nX;",
	                      gather, &b, NULL));
	ck_assert_str_eq(buf_str(&b), "2[SELECT ';']4[BEGIN a; b; END]6[X]");
	buf_free(&b);
}
END_TEST

#define NOW 1795435200000 /* 2026-11-23T12:00:00Z */
START_TEST(times_are_read)
{
	static const struct {
		const char *in, *iso;
	} good[] = { { "2026-11-22T02:41:00Z", "2026-11-22T02:41:00.000Z" },
		     { "2026-11-22T02:41:07.25+02:00", "2026-11-22T00:41:07.250Z" },
		     { "2026-11-22", "2026-11-22T00:00:00.000Z" },
		     { "02:41", "2026-11-23T02:41:00.000Z" },
		     { "13:00:05", "2026-11-22T13:00:05.000Z" },
		     { "-90m", "2026-11-23T10:30:00.000Z" },
		     { "now", "2026-11-23T12:00:00.000Z" } };
	static const char *const bad[] = { "",  "25:00", "2026-02-30",  "2026-11-22T",
		                           "-", "-8x",   "yesterdayish" };
	int64_t t;
	char iso[32];
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		ck_assert_msg(time_parse(good[i].in, NOW, &t, NULL), "%s", good[i].in);
		time_iso(t, iso);
		ck_assert_str_eq(iso, good[i].iso);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_msg(!time_parse(bad[i], NOW, &t, NULL), "%s", bad[i]);
	ck_assert(duration_parse("1h30m", &t, NULL) && t == 5400000);
	ck_assert(!duration_parse("0s", &t, NULL) && !duration_parse("5y", &t, NULL) &&
	          !duration_parse("99999999999d", &t, NULL));
}
END_TEST

/* Central Europe's clock was an hour ahead of UTC on 2026-11-22 and two on 2026-07-01; what has a zone keeps it. */
START_TEST(what_is_typed_can_be_local)
{
	static const struct {
		const char *in, *iso;
	} local[] = { { "2026-11-22T02:41:00", "2026-11-22T01:41:00.000Z" },
		      { "2026-11-22 02:41", "2026-11-22T01:41:00.000Z" },
		      { "2026-07-01", "2026-06-30T22:00:00.000Z" },
		      { "2026-11-22T02:41:00Z", "2026-11-22T02:41:00.000Z" },
		      { "2026-11-22T02:41:00+00:00", "2026-11-22T02:41:00.000Z" },
		      { "13:00", "2026-11-23T12:00:00.000Z" },    /* it is 13:00 there just now */
		      { "13:00:01", "2026-11-22T12:00:01.000Z" }, /* that was yesterday */
		      { "02:41Z", "2026-11-23T02:41:00.000Z" },
		      { "-90m", "2026-11-23T10:30:00.000Z" },
		      { "2026-03-29T02:30",
		        "2026-03-29T01:30:00.000Z" } /* skipped there: the hour after */ };
	int64_t t;
	char iso[32];
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	time_use_local(true);
	for (size_t i = 0; i < ARRAY_LEN(local); i++) {
		ck_assert_msg(time_parse(local[i].in, NOW, &t, NULL), "%s", local[i].in);
		time_iso(t, iso);
		ck_assert_msg(strcmp(iso, local[i].iso) == 0, "%s is %s, not %s", local[i].in, iso,
		              local[i].iso);
	}
	ck_assert(!time_parse("2026-02-30", NOW, &t, NULL) && !time_parse("2026-02-29T12:00", NOW, &t, NULL));
	time_use_local(false);
	ck_assert(time_parse("2026-11-22T02:41:00", NOW, &t, NULL));
	time_iso(t, iso);
	ck_assert_str_eq(iso, "2026-11-22T02:41:00.000Z");
}
END_TEST

/* What a terminal would obey is escaped; what it means stays. */
START_TEST(json_of_it_steers_nothing)
{
	static const struct {
		const char *s, *want;
	} t[] = {
		{ "plain \"\\", "\"plain \\\"\\\\\"" },
		{ "\x1b[1m\x07", "\"\\u001b[1m\\u0007\"" },
		{ "\xC2\x9B"
		  "2J\xE2\x80\xAE",
		  "\"\\u009b2J\\u202e\"" },
		{ "\xF3\xA0\x80\x81", "\"\\udb40\\udc01\"" }, /* a tag, beyond 16 bits */
		{ "\xF0\x9F\x98\x80", "\"\xF0\x9F\x98\x80\"" },
		{ "a\nb\tc\xFF", "\"a\\nb\\tc\xEF\xBF\xBD\"" },
	};
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct buf b = BUF_EMPTY;
		text_json(&b, t[i].s, strlen(t[i].s));
		ck_assert_str_eq(buf_str(&b), t[i].want);
		buf_cut(&b, 0);
		text_json_line(&b, t[i].want, strlen(t[i].want)); /* is safe already */
		ck_assert_str_eq(buf_str(&b), t[i].want);
		buf_free(&b);
	}
	struct buf b = BUF_EMPTY;
	static const char json[] = "{\n \"a\": \"\\\\\xC2\x85\"}";
	text_json_line(&b, json, sizeof json - 1);
	ck_assert_str_eq(buf_str(&b), "{ \"a\": \"\\\\\\u0085\"}");
	buf_free(&b);
}
END_TEST

/* A price for people: its unit, its sign before it, and what prices differ by. */
START_TEST(prices_have_four_decimals)
{
	static const struct {
		double v;
		const char *price, *change;
	} all[] = {
		{ 0.0376, "$0.0376", "+$0.0376" },         { 0.052999999999999999, "$0.0530", "+$0.0530" },
		{ -0.0103, "-$0.0103", "-$0.0103" },       { -0.00001, "$0.0000", "$0.0000" },
		{ 1234.5, "$1,234.5000", "+$1,234.5000" }, { NAN, "n/a", "n/a" }
	};
	char out[40];
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		ck_assert_str_eq(fmt_price(out, sizeof out, all[i].v), all[i].price);
		ck_assert_str_eq(fmt_price_change(out, sizeof out, all[i].v), all[i].change);
	}
}
END_TEST

Suite *suite_text(void)
{
	Suite *s = suite_create("text");
	TCase *tc = tcase_create("text");
	tcase_add_loop_test(tc, foreign_text_is_made_harmless, 0, (int)ARRAY_LEN(safe));
	tcase_add_test(tc, prices_have_four_decimals);
	tcase_add_test(tc, json_of_it_steers_nothing);
	tcase_add_test(tc, values_are_quoted);
	tcase_add_test(tc, a_value_of_another_type_is_refused);
	tcase_add_test(tc, a_script_is_cut_at_its_delimiters);
	tcase_add_test(tc, times_are_read);
	tcase_add_test(tc, what_is_typed_can_be_local);
	tcase_add_test(tc, json_comes_on_one_line);
	suite_add_tcase(s, tc);
	return s;
}
