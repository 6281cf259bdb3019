/* words.c - filters, cursors, option files, price files and journals: any bytes give a value or one clear
 * sentence. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "core/db/conf.h"
#include "core/db/filter.h"
#include "core/db/table.h"
#include "core/fleet/cursor.h"
#include "core/fleet/import_notices.h"
#include "core/fleet/import_read.h"
#include "core/fleet/import_source.h"
#include "core/fleet/intent.h"
#include "tests/support/bytes.h"
#include "tests/support/fuzz.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *suite_words(void);

/* One sentence, safe to print. */
static void is_clear(const struct err *e)
{
	ck_assert_int_ne((int)e->code, ERR_NONE);
	ck_assert_str_ne(e->text, "");
	ck_assert_msg(text_is_safe(e->text, strlen(e->text)), "%s", e->text);
}

/* --- filters --- */

/* Outside of strings the parentheses match and nothing ends the statement; every string is closed. */
static void is_one_condition(const char *sql)
{
	int depth = 0;
	bool is_quoted = false;
	for (const char *p = sql; *p; p++) {
		if (is_quoted) {
			if (*p == '\\' && p[1])
				p++;
			else if (*p == '\'' && p[1] == '\'')
				p++;
			else if (*p == '\'')
				is_quoted = false;
			continue;
		}
		if (*p == '\'') is_quoted = true;
		depth += *p == '(' ? 1 : *p == ')' ? -1 : 0;
		ck_assert_msg(depth >= 0 && *p != ';' && *p != '#', "%s", sql);
	}
	ck_assert_msg(!depth && !is_quoted, "%s", sql);
}

static void filtered(const char *s, size_t n, struct rng *r)
{
	static const struct filter_col cols[] = { { "agent", CELL_TEXT, true },
		                                  { "health", CELL_TEXT, true },
		                                  { "silent_s", CELL_INT, true },
		                                  { "price", CELL_DEC, false },
		                                  { "at", CELL_TIME, true } };
	static struct table *t;
	(void)n, (void)r;
	if (!t) {
		t = table_new(5);
		for (size_t i = 0; i < 5; i++) t->names[i] = cols[i].name, t->types[i] = cols[i].type;
		struct cell *c = table_add_row(t);
		c[0] = (struct cell){ "agent-1", 7 }, c[1] = (struct cell){ "ok", 2 },
		c[2] = (struct cell){ "95", 2 };
		c[4] = (struct cell){ "2026-11-22 12:00:00", 19 };
		table_add_row(t); /* nothing but NULL */
	}
	struct err e = { 0 };
	struct filter *f = filter_parse(s, cols, 5, &e);
	if (!f) {
		is_clear(&e);
		return;
	}
	struct buf sql = BUF_EMPTY;
	filter_match(f, t, 0);
	filter_match(f, t, 1);
	filter_to_sql(f, &sql);
	is_one_condition(buf_str(&sql));
	buf_free(&sql);
	filter_free(f);
}

static const char *const filters[] = { "health=crit",       "silent_s>90 !ok", "agent~^a.*[0-9]+$",
	                               "a|b \"two words\"", "price<=0.05",     "at>2026-11-22",
	                               "silent_s>2h",       "health:o'k\\'--", "!!a|!b",
	                               "agent:\"x" };

/* --- cursors --- */

static void resumed(const char *s, size_t n, struct rng *r)
{
	struct cursor c = { 0 }, again = { 0 };
	struct err e = { 0 };
	struct buf a = BUF_EMPTY, b = BUF_EMPTY;
	(void)n;
	if (!cursor_parse(&c, s, 0, &e)) {
		is_clear(&e);
		return;
	}
	for (int k = 0; k < 8; k++) {
		uint64_t id = c.high + (uint64_t)rng_int(r, -20, 20);
		if (!id || id == UINT64_MAX) continue; /* never handed out */
		bool is_late = false, was_late, is_news = cursor_take(&c, id, 0, &is_late);
		ck_assert(!cursor_take(&c, id, 0, &was_late)); /* the second time it is no news */
		ck_assert(is_news || !is_late);
	}
	cursor_format(&c, false, &a);
	ck_assert_msg(cursor_parse(&again, buf_str(&a), 0, &e), "%s: %s", buf_str(&a), e.text);
	cursor_format(&again, false, &b);
	ck_assert_str_eq(buf_str(&a), buf_str(&b));
	buf_free(&a);
	buf_free(&b);
	cursor_free(&c);
	cursor_free(&again);
}

static const char *const cursors[] = { "1203",
	                               "1203/1188,1190-1192",
	                               "0",
	                               "18446744073709551615",
	                               "50/1-49",
	                               "9/3,5,7",
	                               "90/1-88~3,2-86~3",
	                               "1203/1188,+2-2,+4",
	                               "1203/1188@5f0c00aa00000001",
	                               "7@0000000000000000" };

/* --- price files --- */

static bool is_good(void *ctx, const struct price_row *row)
{
	unsigned long *line = ctx;
	ck_assert_uint_ge(row->line, 1);
	*line = row->line;
	if (row->got != PRICE_ROW) {
		ck_assert_str_ne(row->why, "");
		ck_assert_msg(text_is_safe(row->why, strlen(row->why)), "%s", row->why);
		return true;
	}
	ck_assert_int_ge(row->micro_usd, 0);
	ck_assert_int_lt(row->micro_usd, 10000 * 1000000LL);
	ck_assert_uint_eq(strspn(row->type, "abcdefghijklmnopqrstuvwxyz0123456789.-"), strlen(row->type));
	ck_assert_uint_eq(strspn(row->az, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(row->az));
	ck_assert_uint_eq(strspn(row->region, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(row->region));
	ck_assert_uint_eq(strspn(row->instance, "i-0123456789abcdef"), strlen(row->instance));
	ck_assert_uint_eq(strspn(row->confidence, "0123456789."), strlen(row->confidence));
	return true;
}

static void imported(const char *s, size_t n, struct rng *r)
{
	struct bytes b = { s, n, 0, (size_t)rng_int(r, 1, 64) };
	struct price_want want = { rng_chance(r, 0.4) ? PRICE_ONDEMAND : PRICE_SPOT,
		                   rng_chance(r, 0.5) ? "us-east-1" : NULL };
	struct err e = { 0 };
	unsigned long line = 0;
	if (!price_read(bytes_give, &b, &want, is_good, &line, &e)) is_clear(&e);
}

static const char *const price_files[] = {
	"timestamp,instance_type,region,availability_zone,spot_price\n2015-03-11T10:34:42Z,r3.large,us-east-"
	"1,us-east-1e,0.0161\n"
	"2015-03-11T10:35:42Z,r3.large,us-east-1,us-east-1a,0.0200\r\n",
	"\xef\xbb\xbfspot_price,\"timestamp\",instance_type,availability_zone,region\n0.1,\"2015-03-11 "
	"10:34:42+01:00\",c3.xlarge,eu-west-1a,eu-west-1\n",
	"{\"SpotPriceHistory\":[{\"AvailabilityZone\":\"us-east-1a\",\"InstanceType\":\"m5.large\","
	"\"ProductDescription\":\"Linux/UNIX\","
	"\"SpotPrice\":\"0.035000\",\"Timestamp\":\"2026-11-22T12:00:00+00:00\"}]}",
	"{\"products\":{\"A\":{\"sku\":\"A\",\"productFamily\":\"Compute "
	"Instance\",\"attributes\":{\"instanceType\":"
	"\"m5.large\",\"regionCode\":\"us-east-1\",\"operatingSystem\":\"Linux\",\"tenancy\":\"Shared\"}}},"
	"\"terms\":{"
	"\"OnDemand\":{\"A\":{\"A.J\":{\"sku\":\"A\",\"priceDimensions\":{\"A.J.6\":{\"unit\":\"Hrs\","
	"\"pricePerUnit\":{"
	"\"USD\":\"0.0960000000\"}}}}}}}}",
	"{\"PriceList\":[\"{\\\"product\\\":{\\\"sku\\\":\\\"A\\\",\\\"attributes\\\":{\\\"instanceType\\\":"
	"\\\"a.b\\\",\\\"region"
	"Code\\\":\\\"r-1\\\"}},\\\"terms\\\":{}}\"]}",
	"[{\"instance_type\":\"m5.large\",\"pricing\":{\"us-east-1\":{\"linux\":{\"ondemand\":\"0.096\"}}}}]",
	"SPOTPRICEHISTORY\tus-east-1a\tm5.large\tLinux/UNIX\t0.035\t2026-11-22T12:00:00+00:00\n",
	"observed_at;pool;usd_per_hour;is_duplicate;role;instance_id\n2026-11-22T12:00:00.000Z;m5.large.us-"
	"east-1a;0.1;0;primary;i-0a\n",
	"\xff\xfet\0i\0m\0e\0,\0p\0o\0o\0l\0,\0s\0p\0o\0t\0p\0r\0i\0c\0e\0\n\0",
	"[{\"SpotPrice\":\"1\",\"Timestamp\":\"2026-11-22T12:00:00Z\",\"InstanceType\":\"m5.large\","
	"\"AvailabilityZone\":\"us-east-1a\"}]",
};

/* --- notices --- */

static bool is_notice(void *ctx, const struct notice *n)
{
	(void)ctx;
	ck_assert_uint_ge(n->line, 1);
	if (n->kind == NOTICE_NONE) {
		ck_assert_str_ne(n->why, "");
		ck_assert_msg(text_is_safe(n->why, strlen(n->why)), "%s", n->why);
	} else {
		ck_assert_uint_eq(strspn(n->instance, "i-0123456789abcdef"), strlen(n->instance));
		ck_assert_int_ne(n->at_s, PRICE_NO_TIME);
	}
	return true;
}

static void noticed(const char *s, size_t n, struct rng *r)
{
	struct bytes b = { s, n, 0, (size_t)rng_int(r, 1, 64) };
	struct err e = { 0 };
	if (!notices_read(bytes_give, &b, rng_chance(r, 0.5) ? "i-0a" : NULL, is_notice, NULL, &e))
		is_clear(&e);
}

static const char *const notice_files[] = {
	"{\"detail-type\":\"EC2 Spot Instance Interruption "
	"Warning\",\"time\":\"2026-11-20T04:11:09Z\",\"detail\":{"
	"\"instance-id\":\"i-0b66\",\"instance-action\":\"terminate\"}}\n",
	"{\"Messages\":[{\"Body\":\"{\\\"detail-type\\\":\\\"EC2 Instance Rebalance "
	"Recommendation\\\",\\\"time\\\":\\\"2026-11-20\\\",\\\"detail\\\":{\\\"instance-id\\\":\\\"i-0\\\"}}"
	"\"}]}",
	"{\"action\":\"stop\",\"time\":\"2026-11-20T04:13:09Z\"}\n{\"noticeTime\":\"2026-11-20T04:10:00Z\"}"
	"\n",
};

/* --- files on disk --- */

static char path[64];

static void put(const char *s, size_t n)
{
	if (!path[0]) {
		snprintf(path, sizeof path, "/tmp/spotop-fuzz.XXXXXX");
		close(mkstemp(path));
	}
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fwrite(s, 1, n, f);
	fclose(f);
}

/* A packed file with a few bytes bent, or cut short; the bytes are not the input but made of its dice. */
static void unpacked(const char *s, size_t n, struct rng *r)
{
	static const char *const of[] = { "prices.csv.gz",  "prices.csv.xz", "prices.csv.zst",
		                          "prices.csv.bz2", "one.zip",       "two.zip" };
	char name[128], bytes[FUZZ_MAX];
	struct price_want want = { PRICE_SPOT, NULL };
	struct err e = { 0 };
	unsigned long line = 0;
	(void)s;
	snprintf(name, sizeof name, "tests/cases/packed/%s", of[rng_int(r, 0, 5)]);
	FILE *f = fopen(name, "r");
	ck_assert_ptr_nonnull(f);
	n = fread(bytes, 1, sizeof bytes, f);
	fclose(f);
	for (int64_t i = rng_int(r, 0, 4); i > 0; i--)
		bytes[rng_int(r, 0, (int64_t)n - 1)] = (char)rng_int(r, 0, 255);
	if (rng_chance(r, 0.3)) n = (size_t)rng_int(r, 0, (int64_t)n);
	put(bytes, n);
	struct source *source = source_open(path, &e);
	if (!source || !price_read(source_bytes, source, &want, is_good, &line, &e)) is_clear(&e);
	source_close(source);
}

static void configured(const char *s, size_t n, struct rng *r)
{
	struct db_conf c;
	struct buf notes = BUF_EMPTY;
	struct err e = { 0 };
	(void)r;
	put(s, n);
	conf_init(&c);
	if (!conf_load(&c, &(struct conf_files){ .defaults_file = path }, &notes, &e) || !conf_check(&c, &e))
		is_clear(&e);
	conf_free(&c);
	buf_free(&notes);
}

static const char *const configs[] = {
	"[client]\nhost=db.example.net\nuser = 'al ice'\npassword=\"a\\\"b#c\"\nport=3307 # comment\n",
	"[spotop]\nenv-name=prod\nenv-color=red\nssl\nssl-ca=/x\n!include /nonexistent\n!includedir "
	"/nonexistent\n",
	"[Client]\npass=x\nenable-ssl=0\nssl-mode=VERIFY_CA\nconnect_timeout=1K\nloose-skip_ssl=0\np=1\n!"
	"bogus\n"
	"maximum-max-allowed-packet=1G\nssl-verify-server-cert=0\nprotocol=t\n[spotop]\nport=3306M\n",
	"[client-mariadb]\nloose-unknown=1\nskip-ssl\nuser=\\x\\n\\s\n;c\n\n["
};

static void journalled(const char *s, size_t n, struct rng *r)
{
	struct intent_list list = { 0 };
	struct err e = { 0 };
	(void)r;
	put(s, n);
	if (!intent_read(path, true, &list, &e)) {
		is_clear(&e);
		return;
	}
	for (size_t i = 0; i < list.n; i++) {
		ck_assert_ptr_nonnull(list.items[i].in.request_id);
		ck_assert_ptr_nonnull(list.items[i].in.verb);
		ck_assert_ptr_nonnull(list.items[i].in.target);
	}
	intent_list_free(&list);
}

static const char *journals[3];

/* Samples as the journal itself writes them. */
static void journal_samples(void)
{
	static char texts[3][FUZZ_MAX];
	struct err e = { 0 };
	const struct intent in = { .request_id = "1437d597-c8c9-4406-b031-1bd9ccd4d8aa",
		                   .verb = "switch",
		                   .target = "agent-031",
		                   .args = "{\"pool\":\"best\"}",
		                   .seen = "{\"version\":4}",
		                   .override = "[]",
		                   .reason = "t\xc3\xa9st",
		                   .server = "root@/s" };
	const struct intent_target targets[] = { { "agent-1", "00000000-0000-4000-8000-000000000001",
		                                   NULL } };
	const struct intent_plan plan = { .bulk_id = "00000000-0000-4000-8000-000000000002",
		                          .verb = "switch",
		                          .args = "{}",
		                          .override = "[]",
		                          .batch = 2,
		                          .targets = targets,
		                          .n = 1,
		                          .server = "s" };
	put("", 0);
	ck_assert_msg(intent_write(path, &in, &e) && intent_write_plan(path, &plan, &e), "%s", e.text);
	ck_assert(intent_resolve(path, in.request_id, "done", "issued", NULL, &e));
	FILE *f = fopen(path, "r");
	for (size_t i = 0; i < 3; i++) {
		ck_assert_ptr_nonnull(fgets(texts[i], FUZZ_MAX, f));
		journals[i] = texts[i];
	}
	fclose(f);
}

static void remove_file(void)
{
	unlink(path);
	path[0] = '\0';
}

START_TEST(a_filter_is_a_condition_or_a_sentence)
{
	fuzz_run(filtered, filters, sizeof filters / sizeof *filters, 1);
}
END_TEST
START_TEST(a_cursor_comes_back_the_same) { fuzz_run(resumed, cursors, sizeof cursors / sizeof *cursors, 1); }
END_TEST
START_TEST(a_price_is_good_or_a_fault_with_its_line)
{
	fuzz_run(imported, price_files, sizeof price_files / sizeof *price_files, 1);
}
END_TEST
START_TEST(a_notice_is_good_or_a_fault_with_its_line)
{
	fuzz_run(noticed, notice_files, sizeof notice_files / sizeof *notice_files, 2);
}
END_TEST
START_TEST(a_packed_file_is_read_or_named)
{
	static const char *const none[] = { "" };
	fuzz_run(unpacked, none, 1, 8);
	remove_file();
}
END_TEST
START_TEST(an_option_file_is_read_or_named)
{
	fuzz_run(configured, configs, sizeof configs / sizeof *configs, 4);
	remove_file();
}
END_TEST
START_TEST(a_journal_is_read_around_its_wounds)
{
	journal_samples();
	fuzz_run(journalled, journals, 3, 4);
	remove_file();
}
END_TEST

Suite *suite_words(void)
{
	Suite *s = suite_create("words");
	TCase *t = tcase_create("words");
	tcase_set_timeout(t, 3600);
	tcase_add_test(t, a_filter_is_a_condition_or_a_sentence);
	tcase_add_test(t, a_cursor_comes_back_the_same);
	tcase_add_test(t, a_price_is_good_or_a_fault_with_its_line);
	tcase_add_test(t, a_notice_is_good_or_a_fault_with_its_line);
	tcase_add_test(t, a_packed_file_is_read_or_named);
	tcase_add_test(t, an_option_file_is_read_or_named);
	tcase_add_test(t, a_journal_is_read_around_its_wounds);
	suite_add_tcase(s, t);
	return s;
}
