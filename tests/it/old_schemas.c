/* old_schemas.c - on a fleet in another schema (5.1, 6.0, the field's own 7.0) every command that the help lists says which schema that is
 * and what to do, and none shows the server's words for a table that is not there. */
#include "tests/support/migrating.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig rig;

/* What of the field's 7.0 tells it apart: names as ours, ids as text. */
static const char *const field70[] = {
	"CREATE DATABASE field70",
	"CREATE TABLE field70.clients (id CHAR(36) PRIMARY KEY, name VARCHAR(255), client_token "
	"VARCHAR(255))",
	"CREATE TABLE field70.agents (id CHAR(36) PRIMARY KEY, client_id CHAR(36), status VARCHAR(20))",
	"CREATE TABLE field70.instances (id VARCHAR(64) PRIMARY KEY, agent_id CHAR(36))",
	"CREATE TABLE field70.commands (id CHAR(36) PRIMARY KEY, agent_id CHAR(36), status VARCHAR(20))",
	"CREATE TABLE field70.sse_events (id BIGINT PRIMARY KEY AUTO_INCREMENT, client_id CHAR(36))",
};

static void start(void)
{
	rig_start(&rig);
	migrating_load(&rig, "old60.sql");
	migrating_load(&rig, "old51.sql");
	for (size_t i = 0; i < sizeof field70 / sizeof *field70; i++) rig_do(&rig, "%s", field70[i]);
}
static void stop(void) { rig_stop(&rig); }

#define UUID "aaaaaaaa-0000-4000-8000-000000000001"
/* What a command cannot do without. says: where it does not refuse, because it is not about a fleet. */
static const struct {
	const char *name, *argv[8];
	bool is_free;
} how[] = {
	{ "switch", { "switch", "agent-1", "--ondemand", "--yes" }, false },
	{ "launch", { "launch", "agent-1", "--ondemand", "--yes" }, false },
	{ "promote", { "promote", "i-1", "--yes" }, false },
	{ "terminate", { "terminate", "i-1", "--yes" }, false },
	{ "config", { "config", "agent-1", "min_savings_percent=3", "--yes" }, false },
	{ "cordon", { "cordon", "r3.large.us-east-1a", "--for=1h", "--reason=r", "--yes" }, false },
	{ "uncordon", { "uncordon", "r3.large.us-east-1a", "--yes" }, false },
	{ "cancel", { "cancel", UUID, "--yes" }, false },
	{ "ack", { "ack", UUID, "--yes" }, false },
	{ "claim", { "claim", UUID, "--yes" }, false },
	{ "release", { "release", UUID, "--yes" }, false },
	{ "snooze", { "snooze", UUID, "--for=1h", "--yes" }, false },
	{ "note", { "note", UUID, "text", "--yes" }, false },
	{ "drop-part", { "drop-part", UUID, "--reason=r", "--yes" }, false },
	{ "accept-part", { "accept-part", UUID, "--reason=r", "--yes" }, false },
	{ "freeze", { "freeze", "agent-1", "--for=1h", "--reason=r", "--yes" }, false },
	{ "thaw", { "thaw", "agent-1", "--yes" }, false },
	{ "self-destruct", { "self-destruct", "agent-1", "--reason=r", "--yes" }, false },
	{ "evacuate", { "evacuate", "us-east-1a", "--dry-run" }, false },
	{ "void", { "void", UUID }, false },
	{ "import", { "import", "notices", "/dev/null" }, false },
	{ "db", { "db", "status" }, false },
	{ "db", { "db", "init" }, false },
	{ "db", { "db", "upgrade" }, false },
	{ "db", { "db", "verify" }, false },
	{ "db", { "db", "verify", "--repair" }, false },
	{ "sim", { "sim", "--i-know" }, false },
	{ "worker", { "worker", "--once" }, false },
	{ "job", { "job", "list" }, false },
	{ "job", { "job", "history" }, false },
	{ "job", { "job", "run", "alerts" }, false },
	{ "serve", { "serve", "--listen=127.0.0.1:0" }, false },
	{ "audit", { "audit" }, false },
	{ "audit", { "audit", "verify" }, false },
	{ "prices", { "prices" }, false },
	{ "prices", { "prices", "--pool=r3.large.us-east-1a", "--tier=raw" }, false },
	{ "timeline", { "timeline", "agent-1" }, false },
	{ "why", { "why", "agent-1" }, false },
	{ "doctor", { "doctor" }, false },
	/* of servers, of the program, or with a server of their own */
	{ "hosts", { "hosts" }, true },
	{ "info", { "info" }, true },
	{ "completion", { "completion", "bash" }, true },
	{ "version", { "version" }, true },
	{ "local", { "version" }, true },
	{ "demo", { "version" }, true },
};

static void says_which(const char *database, const char *schema, const char *const *argv, bool is_free)
{
	const char *all[14] = { "-D", database };
	char want[100], said[100] = "";
	size_t n = 2;
	for (size_t i = 0; i < 8 && argv[i]; i++) {
		all[n++] = argv[i];
		strncat(said, argv[i], sizeof said - strlen(said) - 2), strcat(said, " ");
	}
	struct rig_run r = rig_spotop(&rig, false, all);
	snprintf(want, sizeof want, "holds an older schema (%s", schema);
	ck_assert_msg(!strstr(r.out, "1146") && !strstr(r.err, "1146") && !strstr(r.out, "doesn't exist") &&
	                      !strstr(r.err, "doesn't exist"),
	              "%s%s: %s%s", said, database, r.out, r.err);
	if (!is_free) {
		ck_assert_msg(strstr(r.out, want) || strstr(r.err, want), "%s%s: %s%s", said, database, r.out,
		              r.err);
		ck_assert_msg(strstr(r.out, "db migrate --from") || strstr(r.err, "db migrate --from"),
		              "%s%s: %s%s", said, database, r.out, r.err);
		ck_assert_msg(r.code == 3 || strcmp(argv[0], "doctor") == 0, "%s%s: %d", said, database,
		              r.code);
	}
	rig_run_free(&r);
}

static const struct {
	const char *database, *schema;
} olds[] = { { "old51", "5.1" }, { "old60", "6.0" }, { "field70", "7.0 of another make" } };

START_TEST(every_command_says_which_schema_it_is)
{
	const char *help[] = { "--help", NULL };
	struct rig_run r = rig_spotop(&rig, false, help);
	char *rest = NULL;
	size_t n = 0;
	char *before = migrating_checksum(&rig, olds[_i].database);
	for (char *line = strtok_r(r.out, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char name[40];
		if (line[0] != ' ' || line[1] != ' ' || line[2] < 'a' || line[2] > 'z' ||
		    sscanf(line, " %39s", name) != 1)
			continue;
		bool is_known = false;
		for (size_t i = 0; i < sizeof how / sizeof *how; i++)
			if (strcmp(how[i].name, name) == 0) {
				is_known = true;
				says_which(olds[_i].database, olds[_i].schema, how[i].argv, how[i].is_free);
			}
		const char *plain[] = { name, NULL };
		if (!is_known) says_which(olds[_i].database, olds[_i].schema, plain, false);
		n++;
	}
	ck_assert_msg(n > 50, "%zu commands in the help", n);
	char *after = migrating_checksum(&rig, olds[_i].database);
	ck_assert_str_eq(before, after);
	free(before), free(after);
	rig_run_free(&r);
}
END_TEST

Suite *suite_old_schemas(void);
Suite *suite_old_schemas(void)
{
	Suite *s = suite_create("old_schemas");
	TCase *t = tcase_create("old_schemas");
	tcase_set_timeout(t, 300);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_loop_test(t, every_command_says_which_schema_it_is, 0, 3);
	suite_add_tcase(s, t);
	return s;
}
