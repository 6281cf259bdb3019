/* claims.c - commands in agents' hands: each is claimed once, by whom it is for, in order; a lease that ran
 * out lets it be claimed anew, and whoever held it before is refused. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "tests/support/loop.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

static struct rig rig;
static char *agent;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }
static void fresh(void)
{
	rig_fresh(&rig);
	free(agent);
	agent = rig_text(&rig, "SELECT id FROM agents WHERE logical_agent_id = 'agent-001'");
}

/* n commands of a type for agent-001, in three priorities. */
static void order(int n, const char *type)
{
	rig_do(&rig,
	       "INSERT INTO commands (client_id, agent_id, command_type, priority) SELECT client_id, id, "
	       "'%s', 10 + seq %% 3 "
	       "FROM agents JOIN seq_1_to_%d WHERE logical_agent_id = 'agent-001'",
	       type, n);
}

/* Ends the children; how many of them said 1, none anything but 0 or 1. */
static int count_ones(void)
{
	int ones = 0, status;
	while (wait(&status) > 0) {
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) < 2, "a child ended with %d", status);
		ones += WEXITSTATUS(status);
	}
	return ones;
}

START_TEST(thirty_two_claimers_take_each_command_once)
{
	enum { COMMANDS = 96 };
	int pipes[2];
	ck_assert_int_eq(pipe(pipes), 0);
	order(COMMANDS, "APPLY_CONFIG");
	for (int i = 0; i < 32; i++)
		if (fork() == 0) {
			for (;;) {
				struct table *t = rig_table(&rig, "CALL agent_claim('%s', 600)", agent);
				/* No row may also mean: others hold what is left this very moment. */
				if (!t->n_rows &&
				    rig_number(&rig,
				               "SELECT COUNT(*) FROM commands WHERE status = 'pending'") == 0)
					_exit(0);
				if (t->n_rows && write(pipes[1], table_get(t, 0, "command_id"), 36) != 36)
					_exit(9);
				table_free(t);
			}
		}
	close(pipes[1]);
	char ids[2 * COMMANDS][37] = { { 0 } };
	size_t n = 0;
	for (size_t at = 0; n < ARRAY_LEN(ids);) {
		ssize_t got = read(pipes[0], ids[n] + at, 36 - at);
		if (got <= 0) break;
		at += (size_t)got;
		if (at == 36) at = 0, n++;
	}
	ck_assert_int_eq(count_ones(), 0);
	ck_assert_uint_eq(n, COMMANDS);
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++) ck_assert_str_ne(ids[i], ids[k]);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands WHERE status = 'executing' AND "
	                                  "attempts = 1 AND fence = 1"),
	                 COMMANDS);
}
END_TEST

/* The fence of what is claimed, its id in id; 0: no row. */
static long claim(char id[37])
{
	struct table *t = rig_table(&rig, "CALL agent_claim('%s', 60)", agent);
	long fence = t->n_rows ? (long)table_int(t, 0, "fence", 0) : 0;
	snprintf(id, 37, "%s", t->n_rows ? table_get(t, 0, "command_id") : "");
	table_free(t);
	return fence;
}

START_TEST(the_most_urgent_is_claimed_first_and_nobody_elses)
{
	char id[37];
	long last = 100;
	order(9, "APPLY_CONFIG");
	rig_do(&rig, "INSERT INTO commands (client_id, agent_id, command_type, priority) SELECT client_id, "
	             "id, 'APPLY_CONFIG', 100 "
	             "FROM agents WHERE logical_agent_id = 'agent-002'");
	for (int i = 0; i < 9; i++) {
		ck_assert_int_eq(claim(id), 1);
		long priority = rig_number(&rig, "SELECT priority FROM commands WHERE id = '%s'", id);
		ck_assert_int_le(priority, last);
		last = priority;
	}
	ck_assert_int_eq(claim(id), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands WHERE status = 'pending' AND "
	                                  "priority = 100"),
	                 1);
}
END_TEST

START_TEST(whoever_holds_an_older_fence_is_refused_with_every_word)
{
	static const struct {
		const char *call, *rest;
	} words[] = { { "agent_progress", "'ready', NULL" },
		      { "agent_complete", "'{}'" },
		      { "agent_fail", "'it broke', NULL" } };
	char id[37];
	order(1, "SELF_DESTRUCT");
	ck_assert_int_eq(claim(id), 1);
	ck_assert_int_eq(claim(id), 0); /* it is held */
	rig_do(&rig, "UPDATE commands SET lease_until = NOW(3) - INTERVAL 1 SECOND");
	ck_assert_int_eq(claim(id), 2);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		ck_assert_uint_eq(rig_try(&rig, "CALL %s('%s', '%s', 1, %s)", words[i].call, agent, id,
		                          words[i].rest),
		                  30002);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands WHERE status = 'executing' AND "
	                                  "stage = 'claimed'"),
	                 1);
	rig_do(&rig, "CALL agent_progress('%s', '%s', 2, 'ready', NULL)", agent, id);
	rig_do(&rig, "CALL agent_complete('%s', '%s', 2, '{}')", agent, id);
	rig_do(&rig, "CALL agent_complete('%s', '%s', 2, '{}')", agent,
	       id); /* its answer was lost: the same */
	ck_assert_uint_eq(rig_try(&rig, "CALL agent_fail('%s', '%s', 2, 'no', NULL)", agent, id), 30002);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM commands WHERE status = 'completed' AND success"),
	                 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT enabled FROM agents WHERE id = '%s'", agent), 0);
}
END_TEST

START_TEST(a_heartbeat_renews_the_lease_and_five_claims_are_enough)
{
	char id[37];
	order(1, "switch");
	ck_assert_int_eq(claim(id), 1);
	rig_do(&rig, "UPDATE commands SET lease_until = NOW(3) + INTERVAL 1 SECOND");
	rig_do(&rig, "CALL agent_heartbeat('%s', 'online', NULL)", agent);
	ck_assert_int_gt(rig_number(&rig, "SELECT TIMESTAMPDIFF(SECOND, NOW(3), lease_until) FROM commands"),
	                 30);
	for (long fence = 2; fence <= 5; fence++) {
		rig_do(&rig, "UPDATE commands SET lease_until = NOW(3) - INTERVAL 1 SECOND");
		ck_assert_int_eq(claim(id), fence);
	}
	rig_do(&rig, "UPDATE commands SET lease_until = NOW(3) - INTERVAL 1 SECOND");
	ck_assert_int_eq(claim(id), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands WHERE status = 'failed' AND message "
	                                  "LIKE 'claimed 5 times%%'"),
	                 1);
}
END_TEST

START_TEST(what_comes_late_expires_and_is_never_carried_out)
{
	char id[37];
	order(2, "APPLY_CONFIG");
	rig_do(&rig,
	       "UPDATE commands SET expires_at = NOW() - INTERVAL 1 SECOND ORDER BY priority DESC LIMIT 1");
	ck_assert_int_eq(claim(id), 1);
	ck_assert_int_eq(claim(id), 0);
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM commands WHERE status = 'expired' AND "
	                                  "executed_at IS NULL"),
	                 1);
}
END_TEST

/* The error of a statement of a gateway's login, 0: it went. */
static unsigned as_login(const char *login, const char *sql)
{
	struct db_conf conf;
	struct err e = { 0 };
	uv_loop_t loop;
	struct db_opts opts = { .is_write = true };
	server_conf(rig.server, &conf);
	ck_assert(conf_set(&conf, "user", login, "test", &e) && conf_set(&conf, "password", "x", "test", &e));
	uv_loop_init(&loop);
	struct db *db = db_open(&loop, &conf, DB_WRITE, "gateway");
	conf_free(&conf);
	bool ok = db_call_text(db, sql, strlen(sql), &opts, NULL, &e);
	db_close_wait(db);
	loop_end(&loop);
	ck_assert_msg(ok || e.sql_errno, "%s as %s: %s", sql, login, e.text);
	return ok ? 0 : e.sql_errno;
}

START_TEST(an_agent_takes_its_words_from_the_login_that_registered_it)
{
	static const char *const logins[] = { "gateway_1", "gateway_2" };
	static const char *const words[] = {
		"CALL spot_optimizer.agent_heartbeat('%s', 'online', NULL)",
		"CALL spot_optimizer.agent_claim('%s', 60)",
		"CALL spot_optimizer.agent_notice('%s', 'none', NULL)",
		"CALL spot_optimizer.agent_report_prices('%s', NULL, 'primary', '[]')",
	};
	struct buf sql = BUF_EMPTY;
	for (size_t i = 0; i < 2; i++) {
		rig_do(&rig, "CREATE OR REPLACE USER %s IDENTIFIED BY 'x'", logins[i]);
		rig_do(&rig, "GRANT spotop_agent TO %s", logins[i]);
		rig_do(&rig, "SET DEFAULT ROLE spotop_agent FOR %s", logins[i]);
	}
	rig_do(&rig, "UPDATE clients SET client_token = SHA2('secret', 256)");
	for (size_t owner = 0; owner < 2; owner++) {
		ck_assert_uint_eq(as_login(logins[owner], "CALL spot_optimizer.agent_register('secret', "
		                                          "'agent-001', NULL)"),
		                  0);
		for (size_t i = 0; i < ARRAY_LEN(words); i++) {
			buf_cut(&sql, 0);
			const char *at = strstr(words[i], "%s");
			buf_addf(&sql, "%.*s%s%s", (int)(at - words[i]), words[i], agent, at + 2);
			ck_assert_uint_eq(as_login(logins[owner], buf_str(&sql)), 0);
			ck_assert_uint_eq(as_login(logins[1 - owner], buf_str(&sql)), 30001);
		}
	}
	ck_assert_uint_eq(as_login(logins[0], "CALL spot_optimizer.agent_register('guess', "
	                                      "'agent-001', NULL)"),
	                  30001);
	/* what the database keeps of the token is not the token */
	ck_assert_uint_eq(as_login(logins[0], "CALL spot_optimizer.agent_register(SHA2('secret', 256), "
	                                      "'agent-001', NULL)"),
	                  30001);
	buf_free(&sql);
}
END_TEST

Suite *suite_claims(void);
Suite *suite_claims(void)
{
	Suite *s = suite_create("claims");
	TCase *t = tcase_create("claims");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_add_test(t, thirty_two_claimers_take_each_command_once);
	tcase_add_test(t, the_most_urgent_is_claimed_first_and_nobody_elses);
	tcase_add_test(t, whoever_holds_an_older_fence_is_refused_with_every_word);
	tcase_add_test(t, a_heartbeat_renews_the_lease_and_five_claims_are_enough);
	tcase_add_test(t, what_comes_late_expires_and_is_never_carried_out);
	tcase_add_test(t, an_agent_takes_its_words_from_the_login_that_registered_it);
	suite_add_tcase(s, t);
	return s;
}
