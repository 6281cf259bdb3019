/* revisions.c - what a program of another revision may do here, and that what it reads by an old name is true. The program of
 * the revision before itself is run by tests/revision.sh. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "core/fleet/schema.h"
#include "tests/support/rig.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

static const struct {
	int apart;
	bool may;
} revisions[] = { { -2, false }, { -1, true }, { 0, true }, { 1, true }, { 2, false } };

static void at_revision(int n)
{
	rig_do(&rig, "DELETE FROM schema_migrations WHERE version LIKE '7.0.%%'");
	if (n > 0) rig_do(&rig, "INSERT INTO schema_migrations (version) VALUES ('7.0.%d')", n);
}

START_TEST(a_program_writes_to_its_revision_and_the_next)
{
	static const char *const writers[][8] = {
		{ "freeze", "fleet", "--for", "1m", "--reason", "r", "--yes", NULL },
		{ "worker", "--once", NULL },
		{ "job", "run", "partitions", NULL },
		{ "cordon", "r3.large.us-east-1a", "--for", "1m", "--reason", "r", "--yes", NULL },
		{ "config", "agent-001", "replica_count=1", "--yes", NULL },
		{ "import", "prices", "tests/cases/import/a01-pretty.json", NULL },
	};
	rig_fresh(&rig);
	at_revision(schema_revision() + revisions[_i].apart);
	for (size_t w = 0; w < ARRAY_LEN(writers); w++) {
		const char *argv[12] = { "-D", "spot_optimizer" };
		for (size_t i = 0; writers[w][i]; i++) argv[2 + i] = writers[w][i];
		struct rig_run run = rig_spotop(&rig, false, argv);
		ck_assert_msg(run.code == (revisions[_i].may ? 0 : 3), "%s at %d: %d %s%s", writers[w][0],
		              revisions[_i].apart, run.code, run.out, run.err);
		if (!revisions[_i].may)
			ck_assert_msg(strstr(run.err, revisions[_i].apart > 0 ? "use the newer spotop"
			                                                      : "run spotop db upgrade"),
			              "%s", run.err);
		rig_run_free(&run);
	}
	ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM automation_freezes"), revisions[_i].may);
	const char *read[] = { "-D", "spot_optimizer", "agents", NULL };
	struct rig_run run = rig_spotop(&rig, false, read);
	ck_assert_int_eq(run.code, 0);
	rig_run_free(&run);
	at_revision(schema_revision());
}
END_TEST

/* What programs of revision 4 ask of their table of counts: a fleet's instances and cost, a pool's instances, what a client
 * costs. They are more than one revision away and write nothing, but what they read is true. */
START_TEST(an_old_name_tells_the_same)
{
	rig_fresh(&rig);
	char *sums =
	        rig_text(&rig, "SELECT CONCAT_WS(' ', SUM(total_instances), SUM(primary_count), "
	                       "SUM(agent_count), SUM(cost_usd_per_hour) = (SELECT cost_usd_per_hour FROM "
	                       "v_fleet_money)) FROM instance_counts WHERE agent_id = "
	                       "'00000000-0000-0000-0000-000000000000' AND slot > 0 AND slot < 17");
	ck_assert_str_eq(sums, "41 40 40 1");
	free(sums);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT SUM(k.total_instances) FROM instance_counts k WHERE k.agent_id "
	                            "= CAST(INSERT(INSERT(MD5('r3.large.us-east-1b'), 13, 1, '4'), 17, "
	                            "1, '8') AS UUID) AND k.slot > 16"),
	                 rig_number(&rig, "SELECT COUNT(*) FROM instances WHERE is_active AND "
	                                  "current_pool_id = 'r3.large.us-east-1b'"));
	ck_assert_int_eq(rig_number(&rig, "SELECT SUM(t.cost_usd_per_hour = m.cost_usd_per_hour) FROM "
	                                  "v_client_totals t JOIN v_client_money m USING (client_id)"),
	                 1);
	ck_assert_int_eq(rig_number(&rig, "SELECT t.cost_usd_per_hour = m.cost_usd_per_hour FROM "
	                                  "v_fleet_totals t JOIN v_fleet_money m"),
	                 1);
}
END_TEST

/* Over and over the routine is gone for 30 ms, as it is for an instant in an upgrade. */
static pid_t made_anew(void)
{
	struct table *t = rig_table(&rig, "SHOW CREATE FUNCTION agent_overdue");
	char path[160], cmd[400];
	snprintf(path, sizeof path, "%s.anew.sql", rig.socket);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "DELIMITER //\n");
	for (int i = 0; i < 25; i++)
		fprintf(f, "DROP FUNCTION agent_overdue//\nDO SLEEP(0.03)//\n%s//\nDO SLEEP(0.07)//\n",
		        table_get(t, 0, "Create Function"));
	fclose(f);
	table_free(t);
	snprintf(cmd, sizeof cmd, "exec mariadb --no-defaults -S %s spot_optimizer <%s >/dev/null",
	         rig.socket, path);
	pid_t pid = fork();
	if (pid == 0) execl("/bin/sh", "sh", "-c", cmd, (char *)NULL), _exit(127);
	return pid;
}

START_TEST(who_reads_waits_while_a_routine_is_made_anew)
{
	int status, n = 0;
	rig_fresh(&rig);
	pid_t pid = made_anew();
	for (; waitpid(pid, &status, WNOHANG) == 0; n++) {
		const char *argv[] = { "-D", "spot_optimizer", n % 2 ? "agents" : "why",
			               n % 2 ? NULL : "agent-001", NULL };
		struct rig_run run = rig_spotop(&rig, false, argv);
		ck_assert_msg(run.code == 0, "%s: %d %s%s", argv[2], run.code, run.out, run.err);
		rig_run_free(&run);
	}
	ck_assert_int_eq(status, 0);
	ck_assert_int_gt(n, 5);
}
END_TEST

Suite *suite_revisions(void);
Suite *suite_revisions(void)
{
	Suite *s = suite_create("revisions");
	TCase *t = tcase_create("revisions");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_loop_test(t, a_program_writes_to_its_revision_and_the_next, 0, (int)ARRAY_LEN(revisions));
	tcase_add_test(t, who_reads_waits_while_a_routine_is_made_anew);
	tcase_add_test(t, an_old_name_tells_the_same);
	suite_add_tcase(s, t);
	return s;
}
