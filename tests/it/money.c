/* money.c - a price touches one row and moves every figure that it is in; what stays as it is costs nothing more. */
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/db/table.h"
#include "sql.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>
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

Suite *suite_money(void)
{
	Suite *s = suite_create("money");
	TCase *t = tcase_create("money");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_price_touches_one_row);
	tcase_add_test(t, who_stays_pays_nothing_more);
	suite_add_tcase(s, t);
	return s;
}
