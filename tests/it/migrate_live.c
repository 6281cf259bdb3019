/* migrate_live.c - a fleet of the field, of every column it has, migrated while it is written to: program and server
 * killed with -9 on the way, then fenced; what is here is what the source says, by --compare and by two looks of our own:
 * a copy made afresh, and statements that know nothing of the migration. */
#include "core/base/clock.h"
#include "tests/support/field.h"
#include "tests/support/migrating.h"
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct rig rig;
static struct field field;

static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

static unsigned rows_wanted(void)
{
	const char *n = getenv("SPOTOP_MIGRATE_ROWS");
	return n ? (unsigned)atoi(n) : 3000;
}

/* A back end in a process of its own, which dials again when the server went away. */
static pid_t spawn_writer(const char *database, unsigned seed)
{
	char path[200], cmd[700];
	snprintf(path, sizeof path, "%s.writes%u", rig.socket, seed);
	field_write(&field, database, rows_wanted(), seed, 6000, path);
	snprintf(cmd, sizeof cmd,
	         "while :; do mariadb --no-defaults --force -u root -S %s %s < %s >/dev/null 2>&1; sleep "
	         "0.3; done",
	         rig.socket, database, path);
	pid_t pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		execl("/bin/sh", "sh", "-c", cmd, (char *)NULL);
		_exit(127);
	}
	setpgid(pid, pid);
	return pid;
}

static void end_writer(pid_t pid)
{
	int status;
	kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
}

struct program {
	pid_t pid;
	int out, err;
};

static struct program spawn_migrate(const char *a, const char *b)
{
	struct program p;
	const char *argv[] = { "-D",         "moved", "db", "migrate", "--from", "live",
		               "--raw-days", "90",    a,    b,         NULL };
	p.pid = rig_spawn(&rig, false, argv, &p.out, &p.err);
	return p;
}

static void kill_program(struct program *p)
{
	int status;
	kill(p->pid, SIGKILL);
	waitpid(p->pid, &status, 0);
	close(p->out), close(p->err);
}

/* Until the number is there; 0 as long as its table is not. */
static void wait_for(const char *table, const char *what, long want)
{
	for (int64_t until = clock_mono_ms() + 240000 + 2 * rows_wanted(); clock_mono_ms() < until;
	     poll(NULL, 0, 50))
		if (rig_number(&rig,
		               "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'moved' "
		               "AND TABLE_NAME = '%s'",
		               table) &&
		    rig_number(&rig, "SELECT COALESCE(%s, 0) FROM moved.%s", what, table) >= want)
			return;
	ck_abort_msg("%s of %s never was %ld", what, table, want);
}

/* The program in the copy, the server in the copy, the program while it follows, and in its last pass. */
static void kill_at_seeded_points(unsigned seed)
{
	long rows = rows_wanted();
	struct program p = spawn_migrate("--follow", NULL);
	wait_for("migration_rules", "SUM(rows_read)", rows * (10 + rand_r(&seed) % 30) / 100);
	kill_program(&p);
	p = spawn_migrate("--follow", NULL);
	wait_for("migration_rules", "SUM(rows_read)", rows * (50 + rand_r(&seed) % 50) / 100);
	rig_kill_server(&rig);
	rig_start_server(&rig);
	wait_for("migration_run", "log_state = 'whole'", 1);
	poll(NULL, 0, rand_r(&seed) % 2000);
	kill_program(&p);
	p = spawn_migrate("--follow", "--once");
	poll(NULL, 0, 200 + rand_r(&seed) % 2000);
	kill_program(&p);
}

static void run(const char *a, const char *b, const char *says)
{
	struct rig_run r = migrating_run(&rig, "live", "moved", a, b);
	size_t n = strlen(r.err);
	ck_assert_msg((r.code == 0 || r.code == 1) && strstr(r.err, says), "%s %s: %d: %.900s", a, b ? b : "",
	              r.code, n > 800 ? r.err + n - 800 : r.err);
	rig_run_free(&r);
}

static void compare(void)
{
	struct rig_run r = migrating_run(&rig, "live", "moved", "--compare", NULL);
	char *what = rig_text(
	        &rig, "SELECT GROUP_CONCAT(one SEPARATOR '; ') FROM (SELECT CONCAT_WS(' ', rule, col, "
	              "COUNT(*), 'as', MIN(source_key), MIN(LEFT(expected, 60)), 'became', MIN(LEFT(found, "
	              "60))) AS one FROM moved.migration_differences GROUP BY rule, col) x");
	size_t n = strlen(r.err); /* its last words say why; before them is how far it was */
	ck_assert_msg(r.code == 0, "%d: %.1500s %s", r.code, what ? what : "",
	              r.err + (n > 900 ? n - 900 : 0));
	free(what);
	rig_run_free(&r);
}

/* Every row of a copy that knows of no log is here. Left out: pools that only their names made, columns that come from no source, ids and dates that are drawn where it has
 * none, and what is taken from rows that the source has no longer: they stay here as history. */
static const struct {
	const char *table, *but, *where;
} copied[] = {
	{ "clients", "", "" },
	{ "users", "", "" },
	{ "spot_pools", "avg_boot_time_seconds,boot_sample_count",
	  "AND id NOT IN (SELECT CONVERT(n.value USING ascii) FROM fresh.migration_notes n WHERE n.rule = "
	  "'pools_named')" },
	{ "agents", "version", "" },
	{ "agent_configs", "", "" },
	{ "instances", "", "" },
	{ "commands", "", "" },
	{ "switches",
	  "old_instance_type,old_region,old_az,old_pool_id,new_instance_type,new_region,new_az,new_pool_id",
	  "" },
	{ "replica_instances", "", "" },
	{ "ml_models", "", "" },
	{ "ml_training_datasets", "", "" },
	{ "ml_decisions", "", "" },
	{ "system_events", "", "AND event_type <> 'snapshot_archive_triggered'" },
	{ "notifications", "", "" },
	{ "client_savings_daily", "", "" },
	/* those of types that no list of the source has come from its instances */
	{ "ondemand_prices", "", "AND id <> CAST(fresh.migration_list_id(instance_type, region) AS UUID)" },
	{ "spot_price_snapshots", "", "" },
	{ "pricing_consolidated", "", "" },
	{ "pricing_canonical", "", "" },
};

/* A row that names an agent or a client that is gone goes on naming it where that is known as history. A copy made afresh knows
 * nothing of him; such rows of it are left out. */
static void leave_out_history(const char *table, char *out, size_t n)
{
	static const char *const cols[] = { "agent_id", "client_id" };
	static const char *const parents[] = { "agents", "clients" };
	size_t len = 0;
	out[0] = '\0';
	for (size_t i = 0; i < sizeof cols / sizeof *cols; i++)
		if (rig_number(&rig,
		               "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'fresh' "
		               "AND TABLE_NAME = '%s' AND COLUMN_NAME IN ('id', '%s')",
		               table, cols[i]) == 2)
			len += (size_t)snprintf(
			        out + len, n - len,
			        " AND NOT EXISTS (SELECT 1 FROM moved.%s m JOIN moved.%s g ON g.id = m.%s "
			        "WHERE m.id = f.id AND NOT (%s) AND g.id NOT IN (SELECT id FROM fresh.%s))",
			        table, parents[i], cols[i],
			        i ? "g.is_active"
			          : "g.enabled AND g.client_id IN (SELECT id FROM moved.clients WHERE "
			            "is_active)",
			        parents[i]);
}

static void has_all_of_a_fresh_copy(void)
{
	rig_do(&rig, "DROP DATABASE IF EXISTS fresh");
	struct rig_run r = migrating_run(&rig, "live", "fresh", NULL, NULL);
	ck_assert_msg(r.code == 0 || r.code == 1, "%d: %.600s", r.code, r.err);
	rig_run_free(&r);
	for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
		char *cols =
		        rig_text(&rig,
		                 "SELECT GROUP_CONCAT(COLUMN_NAME) FROM information_schema.COLUMNS WHERE "
		                 "TABLE_SCHEMA = 'fresh' AND TABLE_NAME = '%s' AND (TABLE_NAME, COLUMN_NAME) "
		                 "IN (SELECT "
		                 "r.target, m.col FROM fresh.migration_rules r JOIN fresh.migration_columns "
		                 "m ON m.rule = "
		                 "r.rule) AND "
		                 "COALESCE(COLUMN_DEFAULT, '') NOT LIKE '%%current_timestamp%%' AND "
		                 "COALESCE(COLUMN_DEFAULT, '') NOT LIKE '%%uuid%%' AND NOT "
		                 "FIND_IN_SET(COLUMN_NAME, "
		                 "'%s')",
		                 copied[i].table, copied[i].but);
		char but[1500];
		leave_out_history(copied[i].table, but, sizeof but);
		char *alone =
		        rig_text(&rig,
		                 "SELECT CONCAT_WS('|', COUNT(*) OVER (), %s) FROM (SELECT %s FROM "
		                 "fresh.%s f WHERE TRUE %s %s EXCEPT SELECT %s FROM moved.%s) x LIMIT 1",
		                 cols, cols, copied[i].table, copied[i].where, but, cols, copied[i].table);
		char *here = rig_text(&rig,
		                      "SELECT CONCAT_WS('|', COUNT(*) OVER (), %s) FROM (SELECT %s FROM "
		                      "moved.%s EXCEPT SELECT %s FROM fresh.%s f WHERE TRUE %s) x LIMIT 1",
		                      cols, cols, copied[i].table, cols, copied[i].table, copied[i].where);
		ck_assert_msg(!alone, "rows of %s in a fresh copy alone: %s; here alone: %s", copied[i].table,
		              alone, here ? here : "none");
		free(alone), free(here), free(cols);
	}
}

/* Rows with one id whose value is not the one there: read without any of the migration's own routines. */
static const struct {
	const char *what, *sql;
} looks[] = {
	{ "prices of snapshots",
	  "SELECT COUNT(*) FROM live.spot_price_snapshots s JOIN moved.spot_price_snapshots t ON t.id = s.id "
	  "AND "
	  "t.pool_id = s.pool_id AND t.observed_at = s.captured_at WHERE t.price <> s.price" },
	{ "agents' names and hosts", "SELECT COUNT(*) FROM live.agents s JOIN moved.agents t ON t.id = "
	                             "CAST(s.id AS UUID) WHERE NOT (LEFT(s.hostname, "
	                             "255) <=> t.hostname COLLATE utf8mb4_unicode_ci)" },
	{ "instances that run there and not here",
	  "SELECT COUNT(*) FROM live.instances s JOIN moved.instances t ON t.id = CONVERT(s.id USING ascii) "
	  "WHERE "
	  "s.instance_status = 'terminated' AND t.instance_status <> 'terminated'" },
	{ "commands' messages", "SELECT COUNT(*) FROM live.commands s JOIN moved.commands t ON t.id = "
	                        "CAST(s.id AS UUID) WHERE NOT (s.message "
	                        "<=> t.message COLLATE utf8mb4_unicode_ci)" },
	{ "events that are missing",
	  "SELECT COUNT(*) FROM live.system_events s WHERE s.created_at IS NOT NULL AND NOT EXISTS (SELECT 1 "
	  "FROM "
	  "moved.system_events t WHERE t.id = s.id AND t.message <=> s.message COLLATE utf8mb4_general_ci)" },
	{ "what is gone and can act",
	  "SELECT COUNT(*) FROM moved.instances t WHERE t.instance_status <> 'terminated' AND NOT EXISTS "
	  "(SELECT 1 FROM "
	  "live.instances s WHERE s.id = CONVERT(t.id USING utf8mb4) COLLATE utf8mb4_unicode_ci)" },
};

START_TEST(whatever_is_killed_when_nothing_differs)
{
	const char *version = _i ? "5.1" : "6.0", *seed = getenv("SPOTOP_SEED");
	unsigned n = (seed ? (unsigned)atoi(seed) : 4711) + (unsigned)_i;
	rig_do(&rig, "DROP DATABASE IF EXISTS moved");
	field_read(&field, version);
	field_make(&rig, &field, "live", rows_wanted());
	pid_t writers[2] = { spawn_writer("live", n * 2), spawn_writer("live", n * 2 + 1) };
	kill_at_seeded_points(n);
	/* whoever the writers have let live until now: an agent and a client whose rows stay without them */
	rig_do(&rig, "DELETE FROM live.agents WHERE id = 'aaaaaaaa-0000-0000-0000-000000000035'");
	rig_do(&rig, "DELETE FROM live.clients WHERE id = '11111111-0000-0000-0000-000000000002'");
	run("--follow", "--once", "taken over");
	struct program p = spawn_migrate("--final", "--fence");
	poll(NULL, 0, rand_r(&n) % 3000);
	kill_program(&p);
	struct rig_run r = migrating_run(&rig, "live", "moved", "--final", "--fence");
	ck_assert_msg(strstr(r.err, "that was the last pass") || strstr(r.err, "had its last pass"), "%d: %s",
	              r.code, r.err);
	rig_run_free(&r);
	end_writer(writers[0]), end_writer(writers[1]);
	compare();
	has_all_of_a_fresh_copy();
	for (size_t i = 0; i < (_i ? 0 : sizeof looks / sizeof *looks); i++) {
		long found = rig_number(&rig, "%s", looks[i].sql);
		ck_assert_msg(found == 0, "%s: %ld", looks[i].what, found);
	}
}
END_TEST

Suite *suite_migrate_live(void);
Suite *suite_migrate_live(void)
{
	Suite *s = suite_create("migrate_live");
	TCase *t = tcase_create("migrate_live");
	tcase_set_timeout(t, rows_wanted() > 20000 ? 7200 : 600);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_loop_test(t, whatever_is_killed_when_nothing_differs, 0, 2);
	suite_add_tcase(s, t);
	return s;
}
