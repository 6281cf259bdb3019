/* money.c - a price touches one row and moves every figure that it is in; what stays as it is costs nothing more; where there
 * is much to add up the leading worker does it once for all, and what it kept is dated. */
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/db/table.h"
#include "sql.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

Suite *suite_money(void);

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

#define ME "(SELECT id FROM agents WHERE logical_agent_id = 'agent-001')"
/* Everything but the pools and the snapshots that a price could be written through to. */
#define OTHERS                                                                                         \
	"CHECKSUM TABLE instances, agents, spotop_agent_counts, spotop_pool_counts, ondemand_prices, " \
	"clients, "                                                                                    \
	"replica_instances, system_events, sse_events"

/* How many rows the server changed, wrote and deleted while the statement ran, of all tables but its own temporary ones. */
static void handled(const char *statement)
{
	rig_do(&rig, "CREATE OR REPLACE TABLE t_handled (updated INT, written INT, deleted INT)");
	rig_do(&rig,
	       "CREATE OR REPLACE FUNCTION t_n(p VARCHAR(20)) RETURNS INT RETURN (SELECT VARIABLE_VALUE "
	       "FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = CONCAT('HANDLER_', p))");
	rig_do(&rig,
	       "BEGIN NOT ATOMIC SET @u = t_n('UPDATE'), @w = t_n('WRITE'), @d = t_n('DELETE'); %s; SET @u = "
	       "t_n('UPDATE') - @u, @w = t_n('WRITE') - @w, @d = t_n('DELETE') - @d; "
	       "INSERT INTO t_handled VALUES (@u, @w, @d); END",
	       statement);
}

static char *sums(void)
{
	struct table *t = rig_table(&rig, OTHERS);
	char *all = mem_dup("");
	for (size_t i = 0; i < t->n_rows; i++) {
		char *more = mem_printf("%s%s ", all, table_get(t, i, "Checksum"));
		free(all);
		all = more;
	}
	table_free(t);
	return all;
}

static double cost(void)
{
	char *usd = rig_text(&rig, "SELECT cost_usd_per_hour FROM v_client_money");
	ck_assert_ptr_nonnull(usd);
	double v = strtod(usd, NULL);
	free(usd);
	return v;
}

/* 40 agents run in the pool; its price goes up by a third. */
START_TEST(a_price_touches_one_row)
{
	rig_fresh(&rig);
	rig_do(&rig, "UPDATE spot_pools SET last_price_at = NOW() - INTERVAL 1 MINUTE");
	double was = cost();
	char *before = sums();
	handled("CALL agent_report_prices(" ME ", 'i-001', 'primary', "
	        "'[{\"pool\":\"r3.large.us-east-1b\",\"price\":0.0441}]')");
	ck_assert_int_eq(rig_number(&rig, "SELECT updated FROM t_handled"), 1); /* the pool */
	ck_assert_int_eq(rig_number(&rig, "SELECT written FROM t_handled"),
	                 2); /* the snapshot, and its partition */
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spot_price_snapshots"), 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT deleted FROM t_handled"), 0);
	char *after = sums();
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	ck_assert_double_eq_tol(cost() - was, 40 * (0.0441 - 0.0331), 1e-6);
}
END_TEST

static struct table *targets(char *agent)
{
	struct err e = { 0 };
	struct table *t = NULL;
	struct arg arg = arg_str("agent", agent);
	struct db_conf conf;
	server_conf(rig.server, &conf);
	free(conf.database);
	conf.database = mem_dup("spot_optimizer");
	struct db *db = db_open(uv_default_loop(), &conf, DB_READ, "test");
	ck_assert_msg(db_call(db, &sql_queries_switch_targets, &arg, 1, NULL, &t, &e), "%s", e.text);
	db_close_wait(db);
	conf_free(&conf);
	return t;
}

/* What a screen says that an instance costs, and what a step would add, are of the same prices: to stay costs nothing. */
START_TEST(who_stays_pays_nothing_more)
{
	static const char *const argv[] = { "switch",    "agent-002", "--to", "r3.large.us-east-1e",
		                            "--dry-run", "-o",        "json", NULL };
	rig_fresh(&rig);
	rig_do(&rig, "UPDATE instances SET spot_price = 0.09, ondemand_price = 0.3, last_switch_at = NOW() - "
	             "INTERVAL 5 HOUR");
	struct rig_run run = rig_spotop(&rig, false, argv);
	ck_assert_msg(run.code == 0, "%s%s", run.out, run.err);
	ck_assert_msg(strstr(run.out, "-0.0103") != NULL, "%s", run.out); /* 0.0228 - 0.0331, not - 0.09 */
	ck_assert_msg(strstr(run.out, "-7.42") != NULL, "%s", run.out);   /* of 720 h */
	rig_run_free(&run);
	char *agent =
	        rig_text(&rig, "SELECT CAST(id AS CHAR) FROM agents WHERE logical_agent_id = 'agent-002'");
	struct table *t = targets(agent);
	size_t n = 0;
	for (size_t i = 0; i < t->n_rows; i++)
		if (table_int(t, i, "is_current", 0)) {
			n++;
			ck_assert_double_eq(table_dec(t, i, "usd_per_hour_vs_current", 1), 0);
			ck_assert_double_eq(table_dec(t, i, "usd_per_month_vs_current", 1), 0);
		}
	ck_assert_uint_eq(n, 1);
	table_free(t);
	free(agent);
}
END_TEST

/* --- many clients in many pools --- */
#define WEST "region = 'us-west-1'"
static void make_many(int clients, int pools)
{
	rig_fresh(&rig);
	rig_do(&rig,
	       "INSERT INTO clients (name, email, client_token) SELECT CONCAT('many-', seq), "
	       "CONCAT('many-', seq, '@many.example'), SHA2(CONCAT('many-', seq), 256) FROM seq_1_to_%d",
	       clients);
	rig_do(&rig,
	       "INSERT INTO spot_pools (id, pool_name, instance_type, region, az, last_price, "
	       "last_price_at) SELECT CONCAT('m5.large.us-west-1', seq), seq, 'm5.large', 'us-west-1', "
	       "CONCAT('us-west-1', seq), 0.01 + seq / 10000, NOW() - INTERVAL 1 MINUTE FROM seq_1_to_%d",
	       pools);
	rig_do(&rig, "INSERT INTO ondemand_prices (instance_type, region, price, recorded_at) VALUES "
	             "('m5.large', 'us-west-1', 0.112, NOW() - INTERVAL 1 DAY)");
}
/* Of each client an instance in each pool: its count alone, or itself. */
static void count_many(void)
{
	rig_do(&rig,
	       "INSERT INTO spotop_pool_counts (client_id, pool_id, current_mode, instance_type, region, "
	       "share, total_instances, primary_count) SELECT c.id, p.id, 'spot', p.instance_type, "
	       "p.region, 0, 1, 1 FROM clients c JOIN spot_pools p ON p." WEST
	       " WHERE c.name LIKE 'many-%%'");
}
static void run_many(void)
{
	rig_do(&rig,
	       "INSERT INTO instances (id, client_id, instance_type, region, az, current_mode, "
	       "current_pool_id, instance_status, launch_confirmed_at) SELECT CONCAT('i-', "
	       "LEFT(MD5(CONCAT(c.id, p.id)), 16)), c.id, p.instance_type, p.region, p.az, 'spot', p.id, "
	       "'running_replica', NOW() FROM clients c JOIN spot_pools p ON p." WEST " WHERE c.name LIKE "
	       "'many-%%'");
}
static void drop_many(void)
{
	rig_do(&rig, "DELETE FROM instances WHERE " WEST);
	rig_do(&rig, "DELETE FROM spotop_pool_counts WHERE " WEST);
	rig_do(&rig, "DELETE FROM clients WHERE name LIKE 'many-%%'");
	rig_do(&rig, "DELETE FROM spot_pools WHERE " WEST);
	rig_do(&rig, "DELETE FROM ondemand_prices WHERE " WEST);
}

/* What each of them costs, from the rows alone. */
#define MANY_COST "(SELECT SUM(p.last_price) FROM spot_pools p WHERE p." WEST ")"
#define AS_MANY                                                                                              \
	"SELECT COUNT(*) AS n FROM v_client_money m JOIN clients c ON c.id = m.client_id WHERE c.name LIKE " \
	"'many-%' AND ABS(m.cost_usd_per_hour - " MANY_COST ") < 0.000001 AND m.priced_at = (SELECT "        \
	"MIN(last_price_at) FROM spot_pools WHERE " WEST ")"

static struct table *said(struct db *db, const char *sql)
{
	struct err e = { 0 };
	struct table *t = NULL;
	struct db_opts o = { .is_write = true };
	ck_assert_msg(db_call_text(db, sql, strlen(sql), &o, &t, &e), "%s: %s", sql, e.text);
	return t;
}
static void does(struct db *db, const char *sql) { table_free(said(db, sql)); }

/* How many keys and rows a look reads, but for what it costs to ask for that. */
static int64_t reads(struct db *db, const char *sql)
{
	static const char n[] =
	        "SELECT SUM(VARIABLE_VALUE) AS n FROM information_schema.SESSION_STATUS WHERE "
	        "VARIABLE_NAME IN ('HANDLER_READ_KEY', 'HANDLER_READ_NEXT', 'HANDLER_READ_PREV', "
	        "'HANDLER_READ_FIRST', 'HANDLER_READ_LAST')";
	int64_t at[3];
	for (int i = 0; i < 3; i++) {
		struct table *t = said(db, n);
		at[i] = table_int(t, 0, "n", 0);
		table_free(t);
		if (i == 1) does(db, sql);
	}
	return at[2] - at[1] - (at[1] - at[0]);
}

/* 1,000 clients in 200 pools each: what one costs is a few keys away, and so is what all do. */
START_TEST(sums_of_many_are_a_few_keys_away)
{
	static const char one[] =
	        "SELECT * FROM v_client_money WHERE client_id = (SELECT id FROM clients WHERE name = "
	        "'many-500')",
	                  all[] = "SELECT * FROM v_fleet_money";
	struct err e = { 0 };
	struct db_conf conf;
	struct db_opts o = { .is_write = true };
	make_many(1000, 200);
	count_many();
	rig_do(&rig, "INSERT INTO job_schedules (name, kind, holder, fence, lease_until) VALUES ('leader', "
	             "'lease', "
	             "'me', 7, NOW(3) + INTERVAL 100 SECOND)");
	server_conf(rig.server, &conf);
	ck_assert(conf_set(&conf, "database", "spot_optimizer", "test", &e));
	struct db *db = db_open(uv_default_loop(), &conf, DB_WRITE, "test");
	conf_free(&conf);
	struct table *clock = said(db, "SELECT CONCAT('SET timestamp = ', UNIX_TIMESTAMP()) AS held");
	does(db, table_get(clock, 0, "held")); /* however long it takes to add up here */
	table_free(clock);
	struct arg args[] = { arg_str("holder", "me"), arg_int("fence", 6), arg_int("least", 5000) };
	ck_assert_msg(db_call(db, &sql_jobs_sums, args, ARRAY_LEN(args), &o, NULL, &e), "%s", e.text);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spotop_sums"), 0); /* who leads no more */
	args[1] = arg_int("fence", 7);
	ck_assert_msg(db_call(db, &sql_jobs_sums, args, ARRAY_LEN(args), &o, NULL, &e), "%s", e.text);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM spotop_sums"), 1002); /* acme, and all */
	int64_t client = reads(db, one), fleet = reads(db, all);
	ck_assert_msg(client <= 10 && fleet <= 10, "one client: %lld keys, all: %lld", (long long)client,
	              (long long)fleet);
	struct table *t = said(db, AS_MANY);
	ck_assert_int_eq(table_int(t, 0, "n", 0), 1000);
	table_free(t);
	does(db, "UPDATE spotop_sums SET summed_at = NOW(3) - INTERVAL 5100000 MICROSECOND WHERE summed_at "
	         "IS NOT NULL");
	t = said(db, "SELECT summed_at FROM v_fleet_money"); /* older than 5 s is not told */
	ck_assert_ptr_null(table_get(t, 0, "summed_at"));
	table_free(t);
	db_close_wait(db);
	rig_do(&rig, "DELETE FROM job_schedules");
	drop_many();
}
END_TEST

static void await_sum(const char *what, const char *is)
{
	for (int i = 0; i < 600; i++) {
		if (rig_number(&rig, "SELECT COALESCE(%s, 0)", is)) return;
		usleep(100000);
	}
	ck_abort_msg("%s: never", what);
}

/* The leading worker keeps them where there are many, dated, and a price is in them with the next. */
START_TEST(the_leader_keeps_the_sums_of_many)
{
	static const char *const argv[] = { "worker", NULL };
	int out, err, status;
	make_many(60, 100);
	run_many();
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(summed_at) FROM v_fleet_money"),
	                 0); /* none leads: of now */
	pid_t pid = rig_spawn(&rig, false, argv, &out, &err);
	await_sum("the worker sums up", "(SELECT summed_at IS NOT NULL FROM v_fleet_money)");
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM v_fleet_money WHERE summed_at < "
		                                  "NOW(3) - INTERVAL 5 SECOND"),
		                 0);
		usleep(100000);
	}
	ck_assert_int_eq(rig_number(&rig, "SELECT n FROM (%s) x", AS_MANY), 60);
	rig_do(&rig, "UPDATE spot_pools SET last_price = last_price + 1, last_price_at = NOW() WHERE id = "
	             "'m5.large.us-west-17'");
	await_sum("a price moves them", "(SELECT n = 60 FROM (" AS_MANY ") x)");
	kill(pid, SIGTERM);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(out), close(err);
	await_sum("without a worker they are of now", "(SELECT summed_at IS NULL FROM v_fleet_money)");
	ck_assert_int_eq(rig_number(&rig, "SELECT n FROM (%s) x", AS_MANY), 60);
	drop_many();
}
END_TEST

Suite *suite_money(void)
{
	Suite *s = suite_create("money");
	TCase *t = tcase_create("money");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_price_touches_one_row);
	tcase_add_test(t, who_stays_pays_nothing_more);
	tcase_add_test(t, sums_of_many_are_a_few_keys_away);
	tcase_add_test(t, the_leader_keeps_the_sums_of_many);
	suite_add_tcase(s, t);
	return s;
}
