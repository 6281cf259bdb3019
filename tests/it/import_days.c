/* import_days.c - days that hold no rows yet are filled aside: the same rows come of it as row by row, whatever stands in the way;
 * and a server gets no file of this machine. */
#include "core/db/db.h"
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
#include <uv.h>

Suite *suite_import_days(void);

enum { FULL = 2400, SPARSE = 50, FIRST = 1426032000 /* 2015-03-11 */ };
static struct server *server;
static uv_loop_t loop;
static struct db *db;
static struct err e;
static struct import_result r;
static char path[64];

static void open_db(bool serves_rows)
{
	struct db_conf c;
	server_conf(server, &c);
	c.database = strdup("spot_optimizer");
	c.serves_rows = serves_rows;
	uv_loop_init(&loop);
	db = db_open(&loop, &c, DB_WRITE, "import");
	conf_free(&c);
}
static void close_db(void)
{
	db_close_wait(db);
	loop_end(&loop);
}
static void stop(void) { server_stop(server); }

static void text_of(const char *sql, char *out, size_t n)
{
	ck_assert_msg(server_sql(server, sql, out, n, &e), "%s: %s", sql, e.text);
}
static long number(const char *sql)
{
	char text[64];
	text_of(sql, text, sizeof text);
	return strtol(text, NULL, 10);
}
static void empty(void)
{
	number("DELETE FROM spot_optimizer.spot_price_snapshots");
	number("DELETE FROM spot_optimizer.spot_pools");
}

static void line(FILE *f, int at, char zone, int price)
{
	char text[32];
	price_time_text(FIRST + at, true, text);
	text[10] = 'T';
	fprintf(f, "%sZ,r3.large,us-east-1,us-east-1%c,%d.%06d\n", text, zone, price / 1000000,
	        price % 1000000);
}
/* Two full days, whose rows alternate, and a sparse one. In the first the last rows come twice: with the same price,
 * and with another. */
static void write_days(void)
{
	FILE *f = fopen(path, "we");
	fputs("timestamp,instance_type,region,availability_zone,spot_price\n", f);
	for (int i = 0; i < FULL; i++) {
		line(f, i * 30, (char)('a' + i % 3), i);
		line(f, 86400 + i * 30, (char)('a' + i % 2), 9999000000 % 1000000 + i);
	}
	for (int i = 0; i < SPARSE; i++) line(f, 2 * 86400 + i, 'a', i);
	line(f, 30, 'b', 1);
	line(f, 60, 'c', 777);
	fclose(f);
}
enum { ROWS = 2 * FULL + SPARSE + 2, ADDED = ROWS - 2 };

static void setup(void)
{
	strcpy(path, "/tmp/spotop-import.XXXXXX");
	close(mkstemp(path));
	empty();
	write_days();
	open_db(true);
}
static void teardown(void)
{
	close_db();
	unlink(path);
}

static long loads(void)
{
	return number("SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = "
	              "'COM_LOAD'");
}
static void sum(char out[64])
{
	text_of("SELECT SHA2(GROUP_CONCAT(pool_id, price, observed_at, id, COALESCE(agent_id, '-'), "
	        "is_duplicate ORDER BY "
	        "pool_id, observed_at, id), 224) FROM spot_optimizer.spot_price_snapshots",
	        out, 64);
}
static void import(unsigned batch, void (*progress)(void *, const struct import_progress *))
{
	struct import_opts o = { .path = path, .batch = batch, .progress = progress };
	ck_assert_msg(import_prices(db, &o, &r, &e), "%s", e.text);
}
static void nothing_is_left(void)
{
	ck_assert_int_eq(number("SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_NAME LIKE "
	                        "'importing%'"),
	                 0);
}
/* All of it is there, counted and told as row by row. */
static void all_came(const char *as)
{
	char is[64];
	sum(is);
	ck_assert_str_eq(is, as);
	ck_assert_uint_eq(r.rows, ROWS);
	ck_assert_uint_eq(r.conflicts, 1);
	ck_assert_uint_eq(r.faults[0].line, ROWS + 1);
	ck_assert_str_eq(r.faults[0].why,
	                 "conflict: r3.large.us-east-1c has a price of 2015-03-11 00:01:00 already, "
	                 "0.000002; this one is left out: 0.000777");
	nothing_is_left();
}
/* What comes of it row by row, on a link that serves no rows. */
static char as[64];
static void row_by_row(void)
{
	strcpy(path, "/tmp/spotop-import.XXXXXX");
	close(mkstemp(path));
	write_days();
	open_db(false);
	import(0, NULL);
	ck_assert_int_eq(loads(), 0);
	ck_assert_uint_eq(r.added, ADDED);
	sum(as);
	all_came(as);
	teardown();
}
static void start(void)
{
	server = server_start_whole(NULL, &e);
	ck_assert_msg(server != NULL, "%s", e.text);
	row_by_row();
}

START_TEST(a_day_filled_aside_has_the_same_rows)
{
	static const unsigned batches[] = { 0, 700 };
	long before = loads();
	import(batches[_i], NULL);
	ck_assert_int_ge(loads(), before + 1);
	ck_assert_uint_eq(r.added, ADDED);
	all_came(as);
	ck_assert_int_eq(number("SELECT COUNT(*) FROM spot_optimizer.spot_price_snapshots PARTITION "
	                        "(p_2015_03_11)"),
	                 FULL);
	ck_assert_int_eq(number("SELECT last_price * 1000000 FROM spot_optimizer.spot_pools WHERE id = "
	                        "'r3.large.us-east-1a'"),
	                 SPARSE - 1);
	before = loads();
	import(batches[_i], NULL); /* the days hold rows now */
	ck_assert_int_eq(loads(), before);
	ck_assert_uint_eq(r.added, 0);
	all_came(as);
}
END_TEST

/* Each of them alone makes a day go row by row. */
START_TEST(what_stands_in_the_way_costs_time_only)
{
	static const char *const ways[][2] = {
		{ "SET GLOBAL local_infile = 0", "SET GLOBAL local_infile = 1" },
		{ "CREATE TRIGGER spot_optimizer.listener AFTER INSERT ON "
		  "spot_optimizer.spot_price_snapshots FOR EACH ROW SET "
		  "@heard = 1",
		  "DROP TRIGGER spot_optimizer.listener" },
	};
	long before = loads();
	number(ways[_i][0]);
	import(0, NULL);
	number(ways[_i][1]);
	ck_assert_int_eq(loads(), before);
	ck_assert_uint_eq(r.added, ADDED);
	all_came(as);
}
END_TEST

static void let_an_agent_write(void *ctx, const struct import_progress *p)
{
	(void)ctx;
	if (p->done != 1400) return;
	number("INSERT INTO spot_optimizer.spot_price_snapshots (id, pool_id, price, observed_at) VALUES "
	       "(99999999999, 'r3.large.us-east-1a', 5, FROM_UNIXTIME(1426032000))");
}
/* Somebody wrote into a day while it was filled: that row stays, and the day goes row by row. */
START_TEST(a_day_that_has_rows_by_then_keeps_them)
{
	import(700, let_an_agent_write);
	ck_assert_uint_eq(r.added, ADDED);
	ck_assert_uint_eq(r.conflicts, 1);
	ck_assert_int_eq(number("SELECT COUNT(*) FROM spot_optimizer.spot_price_snapshots"), ADDED + 1);
	ck_assert_int_eq(
	        number("SELECT COUNT(*) FROM spot_optimizer.spot_price_snapshots WHERE id = 99999999999"), 1);
	nothing_is_left();
}
END_TEST

static int n_lost;
static void lose_the_tables(void *ctx, const struct import_progress *p)
{
	(void)ctx;
	if (p->done != ROWS - SPARSE || n_lost++) return;
	number("DROP TABLE spot_optimizer.importing_day");
}
/* What was filled cannot be exchanged: it goes row by row, and a conflict is counted once. */
START_TEST(days_that_cannot_take_their_place_go_row_by_row)
{
	n_lost = 0;
	import(0, lose_the_tables);
	ck_assert_int_eq(n_lost, 1);
	ck_assert_uint_eq(r.added, ADDED);
	all_came(as);
}
END_TEST

static int n_restarts;
static void restart_server(void *ctx, const struct import_progress *p)
{
	(void)ctx;
	if (p->done != 1400 || n_restarts++) return;
	server_kill(server);
	ck_assert_msg(server_restart(server, &e), "%s", e.text);
}
START_TEST(a_server_that_dies_while_a_day_is_filled_costs_no_row)
{
	n_restarts = 0;
	import(700, restart_server);
	ck_assert_int_eq(n_restarts, 1);
	ck_assert_int_eq(number("SELECT COUNT(*) FROM spot_optimizer.spot_price_snapshots"), ADDED);
	nothing_is_left();
}
END_TEST

/* An import died while a day was between two tables: its rows go back. */
START_TEST(what_a_dead_import_left_goes_back)
{
	import(0, NULL);
	number("DELETE FROM spot_optimizer.spot_price_snapshots WHERE observed_at < FROM_UNIXTIME(1426032000 "
	       "+ 86400)");
	number("CREATE TABLE spot_optimizer.importing_prices LIKE spot_optimizer.spot_price_snapshots");
	number("CREATE TABLE spot_optimizer.importing_day LIKE spot_optimizer.spot_price_snapshots");
	number("ALTER TABLE spot_optimizer.importing_day REMOVE PARTITIONING");
	number("INSERT INTO spot_optimizer.importing_day (id, pool_id, price, observed_at) VALUES "
	       "(99999999999, "
	       "'r3.large.us-east-1a', 5, FROM_UNIXTIME(1426032000))");
	import(0, NULL);
	ck_assert_uint_eq(r.added, FULL);
	ck_assert_int_eq(number("SELECT COUNT(*) FROM spot_optimizer.spot_price_snapshots"), ADDED + 1);
	nothing_is_left();
}
END_TEST

/* Another import works: it keeps its tables, and this one goes row by row. */
START_TEST(two_imports_do_not_meet)
{
	long before = loads();
	uv_loop_t other_loop;
	struct db_conf c;
	uv_loop_init(&other_loop);
	server_conf(server, &c);
	struct db *other = db_open(&other_loop, &c, DB_WRITE, "other");
	static const char lock[] = "DO GET_LOCK('spotop:importing:spot_optimizer', 0)";
	ck_assert_msg(db_call_text(other, lock, strlen(lock), NULL, NULL, &e), "%s", e.text);
	import(0, NULL);
	ck_assert_int_eq(loads(), before);
	all_came(as);
	db_close_wait(other);
	conf_free(&c);
	loop_end(&other_loop);
}
END_TEST

/* A server may ask for any file of who is connected to it. */
START_TEST(a_server_gets_no_file)
{
	char text[200];
	struct db_opts o = {
		.is_write = true, .local_name = "spotop prices", .local = "x\n", .local_len = 2
	};
	number("CREATE OR REPLACE TABLE spot_optimizer.got (line VARCHAR(200))");
	snprintf(text, sizeof text, "LOAD DATA LOCAL INFILE '%s' INTO TABLE got (line)", path);
	for (int serves = 0; serves < 2; serves++) {
		close_db();
		open_db(serves == 1);
		e.code = ERR_NONE;
		ck_assert(!db_call_text(db, text, strlen(text), &o, NULL, &e));
		ck_assert_int_ne(e.code, ERR_NONE);
		ck_assert_int_eq(number("SELECT COUNT(*) FROM spot_optimizer.got"), 0);
	}
	static const char named[] = "LOAD DATA LOCAL INFILE 'spotop prices' INTO TABLE got (line)";
	struct db_opts none = { .is_write = true };
	ck_assert(!db_call_text(db, named, strlen(named), &none, NULL, &e));
	close_db(); /* such a server is left */
	open_db(true);
	ck_assert_msg(db_call_text(db, named, strlen(named), &o, NULL, &e), "%s", e.text);
	ck_assert_int_eq(number("SELECT COUNT(*) FROM spot_optimizer.got WHERE line = 'x'"), 1);
	number("DROP TABLE spot_optimizer.got");
}
END_TEST

Suite *suite_import_days(void)
{
	Suite *s = suite_create("import_days");
	TCase *t = tcase_create("database");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_day_filled_aside_has_the_same_rows, 0, 2);
	tcase_add_loop_test(t, what_stands_in_the_way_costs_time_only, 0, 2);
	tcase_add_test(t, a_day_that_has_rows_by_then_keeps_them);
	tcase_add_test(t, days_that_cannot_take_their_place_go_row_by_row);
	tcase_add_test(t, a_server_that_dies_while_a_day_is_filled_costs_no_row);
	tcase_add_test(t, what_a_dead_import_left_goes_back);
	tcase_add_test(t, two_imports_do_not_meet);
	tcase_add_test(t, a_server_gets_no_file);
	suite_add_tcase(s, t);
	return s;
}
