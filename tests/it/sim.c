/* sim.c - the simulated fleet on a real server: the same seed gives the same past; a command is carried
 * out to its end or fails as one; nobody plays agents of a database that is not a demo. */
#include "core/sim/sim.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/fleet/schema.h"
#include "tests/support/loop.h"
#include "tests/support/server.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>
Suite *suite_sim(void);

enum { NOW = 1790000000, AGENTS = 40 };
static struct server *server;

static struct db *open_db(uv_loop_t *loop)
{
	struct db_conf conf;
	server_conf(server, &conf);
	struct db *db = db_open(loop, &conf, DB_WRITE, "test");
	conf_free(&conf);
	return db;
}

static bool fill(const char *database, uint64_t seed, int64_t now_s, struct err *e)
{
	uv_loop_t loop;
	struct sim_seed_opts o = {
		.n_agents = AGENTS, .n_clients = 3, .n_pools = 6, .days = 5, .seed = seed, .now_s = now_s
	};
	uv_loop_init(&loop);
	struct db *db = open_db(&loop);
	bool ok = schema_install(db, database, NULL, e) && sim_seed(db, &o, NULL, NULL, e);
	db_close_wait(db);
	loop_end(&loop);
	return ok;
}

static void start_server(void)
{
	struct err e = { 0 };
	server = server_start(NULL, &e);
	ck_assert_msg(server != NULL, "%s", e.text);
	ck_assert_msg(fill("spot_optimizer", 1, 0, &e), "%s", e.text);
}
static void stop_server(void) { server_stop(server); }

static char value[256];
static const char *ask(const char *fmt, const char *a)
{
	char sql[900];
	struct err e = { 0 };
	char *at = strstr(fmt, "%s");
	if (at)
		snprintf(sql, sizeof(sql), "%.*s%s%s", (int)(at - fmt), fmt, a, at + 2);
	else
		snprintf(sql, sizeof(sql), "%s", fmt);
	ck_assert_msg(server_sql(server, sql, value, sizeof(value), &e), "%s: %s", sql, e.text);
	return value;
}

/* --- the past --- */

/* What tells one past from another: ids, times, prices and outcomes of it. */
static void fingerprint(const char *database, char *out, size_t n)
{
	static const char *const parts[] = {
		"SELECT CONCAT(COUNT(*), ' ', SUM(CRC32(CONCAT(id, instance_status, launch_requested_at)))) "
		"FROM %s.instances",
		"SELECT CONCAT(COUNT(*), ' ', SUM(CRC32(CONCAT(id, switched_at, boot_seconds, success)))) "
		"FROM %s.switches",
		"SELECT CONCAT(COUNT(*), ' ', SUM(CRC32(CONCAT(pool_id, observed_at, price)))) FROM "
		"%s.pricing_canonical",
		"SELECT CONCAT(COUNT(*), ' ', SUM(CRC32(CONCAT(logical_agent_id, id, status)))) FROM "
		"%s.agents",
	};
	out[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		size_t len = strlen(out);
		snprintf(out + len, n - len, "%s; ", ask(parts[i], database));
	}
}

START_TEST(a_seed_gives_the_same_past_and_another_seed_another_one)
{
	struct err e = { 0 };
	char a[900], b[900], c[900];
	ck_assert_msg(fill("one", 7, NOW, &e) && fill("two", 7, NOW, &e) && fill("three", 8, NOW, &e), "%s",
	              e.text);
	fingerprint("one", a, sizeof(a));
	fingerprint("two", b, sizeof(b));
	fingerprint("three", c, sizeof(c));
	ck_assert_str_eq(a, b);
	ck_assert_str_ne(a, c);
	ck_assert_msg(!fill("one", 9, NOW, &e), "a used database was filled again");
	ck_assert_int_eq(e.code, ERR_REFUSED);
	fingerprint("one", b, sizeof(b));
	ck_assert_str_eq(a, b);
}
END_TEST

START_TEST(every_table_of_the_past_has_rows_and_the_counts_agree)
{
	static const char *const tables[] = { "clients",
		                              "users",
		                              "agents",
		                              "agent_configs",
		                              "spotop_agent_counts",
		                              "instances",
		                              "replica_instances",
		                              "commands",
		                              "switches",
		                              "spot_pools",
		                              "pool_price_hourly",
		                              "ondemand_prices",
		                              "spot_price_snapshots",
		                              "pricing_consolidated",
		                              "pricing_canonical",
		                              "consolidation_jobs",
		                              "ml_models",
		                              "ml_decisions",
		                              "ml_training_datasets",
		                              "system_events",
		                              "notifications",
		                              "alerts",
		                              "automation_freezes",
		                              "audit_log",
		                              "client_savings_daily" };
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		ck_assert_msg(atoi(ask("SELECT COUNT(*) FROM spot_optimizer.%s", tables[i])) > 0,
		              "no rows in %s", tables[i]);
	ck_assert_str_eq(ask("SELECT COUNT(*) FROM spot_optimizer.switches WHERE NOT success", NULL)[0] == '0'
	                         ? "none failed"
	                         : "",
	                 "");
	ck_assert_str_eq(ask("SELECT COUNT(*) FROM (SELECT a.id, COUNT(i.id) AS n, MAX(c.total_instances) AS "
	                     "counted FROM spot_optimizer.agents a "
	                     "LEFT JOIN spot_optimizer.instances i ON i.agent_id = a.id AND i.is_active LEFT "
	                     "JOIN spot_optimizer.spotop_agent_counts c "
	                     "ON c.agent_id = a.id AND c.slot = 0 GROUP BY a.id HAVING n <> counted) x",
	                     NULL),
	                 "0");
	ck_assert_str_eq(ask("SELECT MAX(last_price_at) >= NOW() - INTERVAL 2 MINUTE FROM "
	                     "spot_optimizer.spot_pools",
	                     NULL),
	                 "1");
	ck_assert_msg(atoi(ask("SELECT COUNT(*) FROM spot_optimizer.v_agent_status WHERE health IN ('crit', "
	                       "'dead')",
	                       NULL)) >= 2,
	              "all are well");
	/* who has no primary lost it: an outage that goes on, told as one that was seen */
	ck_assert_str_eq(ask("SELECT GROUP_CONCAT(DISTINCT CONCAT_WS(' ', cause, is_planned, instance_id IS "
	                     "NOT "
	                     "NULL)) FROM spot_optimizer.v_outages WHERE ended_at IS NULL",
	                     NULL),
	                 "terminated 0 1");
}
END_TEST

/* --- the present --- */

static pid_t spotop(const char *const *argv)
{
	const char *all[24] = { getenv("SPOTOP_BIN"), "--no-defaults", "-u", "root", "-S",
		                server_socket(server) };
	size_t n = 6;
	ck_assert_ptr_nonnull(all[0]);
	while (*argv) all[n++] = *argv++;
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (freopen("/dev/null", "w", stdout) && freopen("/dev/null", "w", stderr))
			execv(all[0], (char *const *)all);
		_exit(127);
	}
	return pid;
}

static int ended(pid_t pid)
{
	int status;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* A switch for some healthy agent that ends its old instance, as a back end issues it. Its id is returned. */
static const char *issue_switch(void)
{
	static char command[64];
	ask("INSERT INTO spot_optimizer.commands (client_id, agent_id, command_type, target_mode, "
	    "target_pool_id, instance_id, priority) "
	    "SELECT a.client_id, a.id, 'switch', 'pool', p.id, a.instance_id, 75 FROM spot_optimizer.agents "
	    "a "
	    "JOIN spot_optimizer.spot_pools p ON p.region = a.region AND NOT p.id <=> a.current_pool_id "
	    "WHERE a.metadata NOT LIKE '%role%' AND a.auto_terminate_enabled ORDER BY RAND() LIMIT 1",
	    NULL);
	snprintf(command, sizeof(command), "%s",
	         ask("SELECT id FROM spot_optimizer.commands ORDER BY created_at DESC, fence LIMIT 1", NULL));
	return command;
}

/* Waits until the command is over; the stages seen on the way are joined in `stages`. */
static const char *follow(const char *command, char *stages, size_t n)
{
	char last[32] = "";
	stages[0] = '\0';
	for (int i = 0; i < 1200; i++) {
		const char *stage = ask("SELECT stage FROM spot_optimizer.commands WHERE id = '%s'", command);
		if (strcmp(stage, last) != 0) {
			size_t len = strlen(stages);
			snprintf(last, sizeof(last), "%s", stage);
			snprintf(stages + len, n - len, "%s ", stage);
		}
		const char *status =
		        ask("SELECT status FROM spot_optimizer.commands WHERE id = '%s'", command);
		if (strcmp(status, "pending") != 0 && strcmp(status, "executing") != 0) return value;
		usleep(20000);
	}
	ck_abort_msg("the command never ended; stages: %s", stages);
	return "";
}

START_TEST(a_switch_is_carried_out_stage_by_stage)
{
	char stages[200];
	pid_t sim = spotop((const char *[]){ "sim", "--speed", "20", "--quiet", "--failures", "0", "--lies",
	                                     "1", NULL });
	const char *id = issue_switch();
	ck_assert_str_eq(follow(id, stages, sizeof(stages)), "completed");
	ck_assert_msg(strstr(stages, "launching") && strstr(stages, "promoted"), "stages: %s", stages);
	ck_assert_str_eq(ask("SELECT CONCAT(success, ' ', boot_seconds > 0, ' ', downtime_seconds > 0) FROM "
	                     "spot_optimizer.switches WHERE command_id = '%s'",
	                     id),
	                 "1 1 1");
	/* those of the past too */
	ck_assert_str_eq(ask("SELECT CONCAT(SUM(boot_seconds > TIMESTAMPDIFF(SECOND, initiated_at, "
	                     "switched_at)), ' ', COUNT(boot_seconds) > 100) FROM spot_optimizer.switches",
	                     NULL),
	                 "0 1");
	ck_assert_str_eq(ask("SELECT CONCAT(o.instance_status, ' ', n.instance_status) FROM "
	                     "spot_optimizer.switches s JOIN spot_optimizer.instances o "
	                     "ON o.id = s.old_instance_id JOIN spot_optimizer.instances n ON n.id = "
	                     "s.new_instance_id WHERE s.command_id = '%s'",
	                     id),
	                 "terminated running_primary");
	ck_assert_str_eq(ask("SELECT JSON_EXISTS(execution_result, '$.terminate_wait_shortened_to') FROM "
	                     "spot_optimizer.commands WHERE id = '%s'",
	                     id),
	                 "1");
	kill(sim, SIGTERM);
	ck_assert_int_eq(ended(sim), 0);
}
END_TEST

START_TEST(a_switch_that_fails_leaves_the_old_instance_the_primary)
{
	char stages[200];
	pid_t sim = spotop((const char *[]){ "sim", "--speed", "20", "--quiet", "--failures", "1", NULL });
	const char *id = issue_switch();
	ck_assert_str_eq(follow(id, stages, sizeof(stages)), "failed");
	ck_assert_str_eq(ask("SELECT CONCAT(success, ' ', error_message IS NOT NULL) FROM "
	                     "spot_optimizer.switches WHERE command_id = '%s'",
	                     id),
	                 "0 1");
	ck_assert_str_eq(ask("SELECT i.instance_status FROM spot_optimizer.commands c JOIN "
	                     "spot_optimizer.instances i ON i.id = c.instance_id WHERE c.id = '%s'",
	                     id),
	                 "running_primary");
	ck_assert_str_eq(ask("SELECT COUNT(*) FROM spot_optimizer.commands c JOIN spot_optimizer.instances i "
	                     "ON i.agent_id = c.agent_id AND i.instance_status = 'launching' WHERE c.id = "
	                     "'%s'",
	                     id),
	                 "0");
	kill(sim, SIGTERM);
	ck_assert_int_eq(ended(sim), 0);
}
END_TEST

START_TEST(where_there_is_no_capacity_a_launch_fails_and_its_pool_is_closed)
{
	char stages[200];
	pid_t sim = spotop((const char *[]){ "sim", "--speed", "20", "--quiet", "--failures", "0", "--empty",
	                                     "1", NULL });
	const char *id = issue_switch();
	ck_assert_str_eq(follow(id, stages, sizeof(stages)), "failed");
	ck_assert_msg(!strstr(stages, "launching"), "stages: %s", stages);
	ck_assert_str_eq(
	        ask("SELECT CONCAT(k.error, ' ', k.cooled_until > NOW()) FROM spot_optimizer.commands c JOIN "
	            "spot_optimizer.spotop_cooling k ON k.place = c.target_pool_id WHERE c.id = '%s'",
	            id),
	        "InsufficientInstanceCapacity 1");
	kill(sim, SIGTERM);
	ck_assert_int_eq(ended(sim), 0);
}
END_TEST

START_TEST(a_database_that_is_no_demo_is_left_alone)
{
	uv_loop_t loop;
	struct err e = { 0 };
	uv_loop_init(&loop);
	struct db *db = open_db(&loop);
	ck_assert_msg(schema_install(db, "real", NULL, &e), "%s", e.text);
	db_close_wait(db);
	loop_end(&loop);
	ck_assert_int_eq(ended(spotop((const char *[]){ "-D", "real", "sim", NULL })), 4);
	ck_assert_int_eq(ended(spotop((const char *[]){ "sim", "--speed", "nothing", NULL })), 2);
}
END_TEST

Suite *suite_sim(void)
{
	Suite *s = suite_create("sim");
	TCase *c = tcase_create("fleet");
	tcase_set_timeout(c, 120);
	tcase_add_unchecked_fixture(c, start_server, stop_server);
	tcase_add_test(c, every_table_of_the_past_has_rows_and_the_counts_agree);
	tcase_add_test(c, a_seed_gives_the_same_past_and_another_seed_another_one);
	tcase_add_test(c, a_switch_is_carried_out_stage_by_stage);
	tcase_add_test(c, a_switch_that_fails_leaves_the_old_instance_the_primary);
	tcase_add_test(c, where_there_is_no_capacity_a_launch_fails_and_its_pool_is_closed);
	tcase_add_test(c, a_database_that_is_no_demo_is_left_alone);
	suite_add_tcase(s, c);
	return s;
}
