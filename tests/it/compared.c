/* compared.c - what is compared and counted with what: zones within a client, agents that are on and off, and times that
 * a clock ahead wrote down. */
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/db/table.h"
#include "sql.h"
#include "tests/support/rig.h"
#include "tests/support/said.h"
#include "tests/support/server.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

static void fresh(void)
{
	rig_fresh(&rig);
	rig_do(&rig, "SET GLOBAL event_scheduler = ON");
	rig_do(&rig, "DELETE FROM alerts");
	rig_do(&rig, "DELETE FROM job_schedules");
}

#define RUN(code, ...) said(&rig, code, (const char *const[]){ __VA_ARGS__, NULL })

#define NAMED(a) "logical_agent_id = '" a "'"
#define NOTICE(a, deadline)                                                                                  \
	"UPDATE agents SET notice_status = 'termination', notice_received_at = NOW() - INTERVAL 60 SECOND, " \
	"notice_deadline = NOW() " deadline " WHERE " NAMED(a)

/* One's us-east-1b is not another's, unless the zone's id says so. */
START_TEST(zones_are_compared_within_a_client)
{
	rig_do(&rig, "INSERT INTO clients (name, email, client_token) VALUES ('other', 'o@b.c', "
	             "SHA2('other', 256))");
	rig_do(&rig, "INSERT INTO agents (client_id, logical_agent_id, az, notice_status, last_heartbeat_at) "
	             "SELECT c.id, CONCAT('o-', seq), 'us-east-1b', 'termination', NOW() FROM seq_1_to_60 "
	             "JOIN clients c ON c.name = 'other'");
	rig_do(&rig, NOTICE("agent-020", "+ INTERVAL 60 SECOND"));
	char *out = RUN(0, "why", "agent-020");
	lacks(out, "the zone is being emptied");
	free(out);
	out = RUN(0, "switch", "agent-005", "--to", "r3.large.us-east-1e", "--dry-run", "-o", "json");
	holds(out, "1 of 40 agents of us-east-1b at once");
	free(out);
	rig_do(&rig, "UPDATE agents SET az = 'use1-az1'");
	out = RUN(0, "why", "agent-020");
	holds(out, "61 of 100 agents in use1-az1 are under notice: the zone is being emptied");
	free(out);
	out = RUN(0, "switch", "agent-005", "--to", "r3.large.us-east-1e", "--dry-run", "-o", "json");
	holds(out, "1 of 100 agents of use1-az1 at once");
	free(out);
	rig_do(&rig, "DELETE FROM clients WHERE name = 'other'");
}
END_TEST

/* Who is off counts as an agent of its client, and says so; the header and check count the others. */
START_TEST(it_is_said_which_agents_are_counted)
{
	rig_do(&rig, "UPDATE agents SET enabled = FALSE WHERE " NAMED("agent-040"));
	char *out = RUN(0, "check");
	holds(out, "SPOTOP OK - 39 agents (1 more are off), nothing wrong |");
	holds(out, " agents=39 agents_off=1 ");
	free(out);
	out = RUN(0, "clients", "-o", "json");
	holds(out, "\"agents\":40,\"agents_off\":1,");
	free(out);
	/* its sums are the whole fleet's, and it takes no word that says otherwise */
	free(RUN(2, "overview", "--client", "acme"));
	free(RUN(2, "overview", "--agent", "agent-001"));
	free(RUN(2, "zones", "--agent", "agent-001"));
}
END_TEST

/* What a bulk action touches is a share of the same agents that are counted: never more than all of them. */
START_TEST(a_share_is_of_what_it_says)
{
	static const struct {
		const char *agents, *says;
	} bulks[] = {
		{ "[\"agent-001\",\"agent-040\"]",
		  "2 of 40 5.0" }, /* 040 is off: it counts where it is touched */
		{ "[\"agent-001\",\"agent-002\"]", "2 of 39 5.1" },
		{ NULL, "40 of 40 100.0" },
	};
	struct db_conf conf;
	rig_do(&rig, "UPDATE agents SET enabled = FALSE WHERE " NAMED("agent-040"));
	char *all = rig_text(&rig, "SELECT JSON_ARRAYAGG(logical_agent_id) FROM agents");
	server_conf(rig.server, &conf);
	free(conf.database);
	conf.database = mem_dup("spot_optimizer");
	struct db *db = db_open(uv_default_loop(), &conf, DB_READ, "test");
	for (size_t k = 0; k < ARRAY_LEN(bulks); k++) {
		struct err e = { 0 };
		struct table *t = NULL;
		struct arg arg = arg_str("agents", bulks[k].agents ? bulks[k].agents : all);
		ck_assert_msg(db_call(db, &sql_queries_blast_radius, &arg, 1, NULL, &t, &e), "%s", e.text);
		ck_assert_uint_eq(t->n_rows, 3); /* zone, pool, client: all of them are in one */
		for (size_t i = 0; i < t->n_rows; i++) {
			char says[60];
			snprintf(says, sizeof says, "%s of %s %s", table_get(t, i, "touched"),
			         table_get(t, i, "total"), table_get(t, i, "share_percent"));
			ck_assert_str_eq(says, bulks[k].says);
		}
		table_free(t);
	}
	/* another client's zone of that name is another zone; the pool is everybody's */
	rig_do(&rig, "INSERT INTO clients (name, email, client_token) VALUES ('beta', 'ops@beta.example', "
	             "SHA2('beta', 256))");
	rig_do(&rig,
	       "INSERT INTO agents (client_id, logical_agent_id, instance_type, region, az, "
	       "current_mode, current_pool_id) SELECT c.id, 'beta-1', a.instance_type, a.region, a.az, "
	       "a.current_mode, a.current_pool_id FROM clients c JOIN agents a WHERE c.name = 'beta' AND "
	       "a." NAMED("agent-001"));
	static const char *const names[] = { "us-east-1b of acme", "r3.large.us-east-1b", "acme" },
	                         *const totals[] = { "39", "40", "39" };
	struct err e = { 0 };
	struct table *t = NULL;
	struct arg arg = arg_str("agents", bulks[1].agents);
	ck_assert_msg(db_call(db, &sql_queries_blast_radius, &arg, 1, NULL, &t, &e), "%s", e.text);
	ck_assert_uint_eq(t->n_rows, 3);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_str_eq(table_get(t, i, "name"), names[i]);
		ck_assert_str_eq(table_get(t, i, "total"), totals[i]);
	}
	table_free(t);
	rig_do(&rig, "DELETE FROM clients WHERE name = 'beta'");
	db_close_wait(db);
	conf_free(&conf);
	free(all);
}
END_TEST

/* The clock was put back: what a heartbeat of a time to come says is not known, and never that all is well. */
START_TEST(a_heartbeat_ahead_of_the_clock_tells_nothing)
{
	rig_do(&rig,
	       "UPDATE agents SET last_heartbeat_at = NOW() + INTERVAL 1 HOUR WHERE " NAMED("agent-031"));
	rig_do(&rig,
	       "UPDATE agents SET last_heartbeat_at = NOW() + INTERVAL 10 SECOND WHERE " NAMED("agent-032"));
	char *out = RUN(2, "check");
	holds(out, "SPOTOP CRITICAL - agent-031 is silent since before the clock was put back: 1 agent "
	           "silent; 40 agents, 1 unhealthy |");
	free(out);
	out = RUN(0, "agents", "--limit", "1", "-o", "json");
	column_is(out, NULL, "health", "unknown");
	column_is(out, NULL, "cause", "heartbeat_ahead");
	holds(out, "\"seconds_since_heartbeat\":null");
	free(out);
	out = RUN(4, "switch", "agent-031", "--to", "r3.large.us-east-1e", "--dry-run");
	holds(out, "agent_silent");
	free(out);
	rig_do(&rig, "DELETE FROM system_events");
	rig_do(&rig, "INSERT INTO system_events (event_type, severity, message, created_at) VALUES ('a', "
	             "'info', 'first', NOW() - INTERVAL 60 SECOND), ('b', 'info', 'ahead', NOW() + INTERVAL "
	             "1 HOUR), ('c', 'info', 'last', NOW() - INTERVAL 5 SECOND)");
	out = RUN(0, "events", "--filter", "source=system", "--limit", "3", "-o", "json");
	column_is(out, NULL, "message", "last ahead first");
	free(out);
}
END_TEST

Suite *suite_compared(void);
Suite *suite_compared(void)
{
	Suite *s = suite_create("compared");
	TCase *t = tcase_create("compared");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, zones_are_compared_within_a_client);
	tcase_add_test(t, it_is_said_which_agents_are_counted);
	tcase_add_test(t, a_share_is_of_what_it_says);
	tcase_add_test(t, a_heartbeat_ahead_of_the_clock_tells_nothing);
	suite_add_tcase(s, t);
	return s;
}
