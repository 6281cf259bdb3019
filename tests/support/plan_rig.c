/* plan_rig.c - a fleet that is evacuated: the program, the leading worker, and agents that carry out or fail. */
#include "tests/support/plan_rig.h"
#include "core/base/mem.h"
#include "core/db/table.h"
#include <check.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct rig plan_rig;
static pid_t worker;

static void start(void) { rig_start(&plan_rig); }
static void stop(void) { rig_stop(&plan_rig); }

void plan_worker_start(void)
{
	static const char *const argv[] = { "worker", NULL };
	int out, err;
	worker = rig_spawn(&plan_rig, false, argv, &out, &err);
	close(out), close(err);
	for (int i = 0; i < 600 && rig_number(&plan_rig, "SELECT COUNT(*) FROM job_schedules WHERE name = "
	                                                 "'leader' AND lease_until > NOW(3)") != 1;
	     i++)
		usleep(50000);
}

void plan_worker_end(int signo)
{
	int status;
	if (worker) kill(worker, signo), waitpid(worker, &status, 0);
	worker = 0;
}

/* Ten agents, so that a share of all is two at once; boots of 40 s were seen in both pools, and on demand of 20 s. */
static void fresh(void)
{
	rig_fresh(&plan_rig);
	rig_do(&plan_rig, "DELETE FROM spotop_plans");
	rig_do(&plan_rig, "DELETE FROM job_schedules");
	rig_do(&plan_rig, "DELETE FROM agents WHERE logical_agent_id > 'agent-010'");
	rig_do(&plan_rig,
	       "INSERT INTO switches (client_id, agent_id, new_pool_id, new_region, new_instance_type, "
	       "new_mode, success, boot_seconds, downtime_seconds, initiated_at, switched_at) "
	       "SELECT a.client_id, a.id, p.pool, 'us-east-1', 'r3.large', IF(p.pool IS NULL, 'ondemand', "
	       "'spot'), TRUE, IF(p.pool IS NULL, 20, 40), 2, NOW() - INTERVAL 9 DAY, NOW() - INTERVAL 9 DAY "
	       "FROM agents a JOIN (SELECT '" A "' AS pool UNION ALL SELECT '" E
	       "' UNION ALL SELECT NULL) p JOIN seq_1_to_3 WHERE a.logical_agent_id <= 'agent-010'");
}
static void end(void) { plan_worker_end(SIGTERM); }

/* --- the program --- */
struct rig_run plan_spotop(const char *first, ...)
{
	const char *argv[24] = { "evacuate", first };
	va_list ap;
	int n = 2;
	va_start(ap, first);
	while (n < 22 && (argv[n] = va_arg(ap, const char *))) n++;
	va_end(ap);
	argv[n] = NULL;
	return rig_spotop(&plan_rig, false, argv);
}

void plan_want(struct rig_run r, int code, const char *said)
{
	ck_assert_msg(r.code == code, "exit %d, not %d: %s%s", r.code, code, r.out, r.err);
	ck_assert_msg(!said || strstr(r.out, said) || strstr(r.err, said), "'%s' is not in: %s%s",
	              said ? said : "", r.out, r.err);
	rig_run_free(&r);
}

json_t *plan_made(struct rig_run r)
{
	ck_assert_msg(r.code == 0, "%d: %s%s", r.code, r.out, r.err);
	json_t *j = json_loads(r.out, 0, NULL);
	ck_assert_msg(json_is_object(j), "no plan: %s", r.out);
	rig_run_free(&r);
	return j;
}

const char *plan_text(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));
	return s ? s : "";
}

void plan_id(const json_t *plan, char id[40]) { snprintf(id, 40, "%s", plan_text(plan, "plan_id")); }
long plan_sum(const json_t *plan, const char *key)
{
	return (long)json_integer_value(json_object_get(json_object_get(plan, "after_state"), key));
}

long plan_rows(const char *state)
{
	return rig_number(&plan_rig, "SELECT COUNT(*) FROM spotop_plan_rows WHERE state = '%s'", state);
}
long plan_moving(void)
{
	return rig_number(&plan_rig, "SELECT COUNT(*) FROM commands WHERE status = 'pending'");
}

void plan_wait(const char *what, long n)
{
	for (int i = 0; i < 400; i++) {
		if (rig_number(&plan_rig, "%s", what) == n) return;
		usleep(50000);
	}
	char *rows =
	        rig_text(&plan_rig, "SELECT GROUP_CONCAT(CONCAT_WS(' ', a.logical_agent_id, r.what, "
	                            "r.target_pool_id, r.state, r.message) ORDER BY r.place SEPARATOR '\n') "
	                            "FROM spotop_plan_rows r JOIN agents a ON a.id = r.agent_id");
	ck_abort_msg("never %ld: %s\n%s", n, what, rows ? rows : "");
}

/* --- the agents --- */
void plan_notice(const char *agent, int seconds)
{
	rig_do(&plan_rig,
	       "CALL agent_notice((SELECT id FROM agents WHERE logical_agent_id = '%s'), 'termination', "
	       "NOW() + INTERVAL %d SECOND)",
	       agent, seconds);
}

/* One agent claims what waits for it and carries it out, or fails with that. */
void plan_carry_out(const char *agent, const char *error)
{
	char *id = rig_text(&plan_rig, "SELECT id FROM agents WHERE logical_agent_id = '%s'", agent);
	rig_do(&plan_rig, "CALL agent_claim('%s', 600)", id);
	char *command =
	        rig_text(&plan_rig, "SELECT id FROM commands WHERE agent_id = '%s' AND status = 'executing'",
	                 id);
	ck_assert_msg(command != NULL, "%s has nothing to do", agent);
	char *type = rig_text(&plan_rig,
	                      "SELECT CONCAT(command_type, ' ', COALESCE(target_mode, '')) FROM commands "
	                      "WHERE id = '%s'",
	                      command);
	long fence = rig_number(&plan_rig, "SELECT fence FROM commands WHERE id = '%s'", command);
	if (error) {
		rig_do(&plan_rig, "CALL agent_fail('%s', '%s', %ld, '%s', NULL)", id, command, fence, error);
	} else if (strncmp(type, "switch", 6) == 0) {
		char *pool =
		        rig_text(&plan_rig, "SELECT target_pool_id FROM commands WHERE id = '%s'", command);
		rig_do(&plan_rig, "CALL instance_launching('%s', 'n-%s', %s%s%s, '%s', 'replica', '%s')", id,
		       agent + 6, pool ? "'" : "", pool ? pool : "NULL", pool ? "'" : "",
		       pool ? "spot" : "ondemand", command);
		rig_do(&plan_rig, "CALL instance_running('n-%s')", agent + 6);
		rig_do(&plan_rig, "CALL agent_progress('%s', '%s', %ld, 'ready', NULL)", id, command, fence);
		rig_do(&plan_rig, "CALL promote_instance_to_primary('n-%s', NULL)", agent + 6);
		rig_do(&plan_rig,
		       "CALL agent_complete('%s', '%s', %ld, "
		       "'{\"new_instance_id\":\"n-%s\",\"boot_seconds\":40,\"downtime_seconds\":2}')",
		       id, command, fence, agent + 6);
		free(pool);
	} else {
		rig_do(&plan_rig, "CALL promote_instance_to_primary('r-001', NULL)");
		rig_do(&plan_rig, "CALL agent_complete('%s', '%s', %ld, NULL)", id, command, fence);
	}
	free(id), free(command), free(type);
}

void plan_all_carry_out(void)
{
	struct table *t =
	        rig_table(&plan_rig, "SELECT DISTINCT a.logical_agent_id AS agent FROM commands c JOIN "
	                             "agents a ON a.id = c.agent_id WHERE c.status = 'pending'");
	for (size_t i = 0; i < t->n_rows; i++) plan_carry_out(table_get(t, i, "agent"), NULL);
	table_free(t);
}

void plan_make_and_run(char id[40], const char *override)
{
	json_t *p = plan_made(override ? plan_spotop(ZONE, "--dry-run", "--override", override, "--reason",
	                                             "the zone dies", "-o", "json", NULL)
	                               : plan_spotop(ZONE, "--dry-run", "-o", "json", NULL));
	plan_id(p, id);
	json_decref(p);
	plan_worker_start();
	plan_want(plan_spotop("--run", id, "--yes", NULL), 0, NULL);
}

TCase *plan_case(Suite *s, const char *name)
{
	TCase *t = tcase_create(name);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, fresh, end);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return t;
}
