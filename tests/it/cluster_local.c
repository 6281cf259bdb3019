/* cluster_local.c - `spotop local start --replica-of` and `--galera`: a private server and its replica server, a cluster. */
#include "core/base/err.h"
#include "core/local/local.h"
#include "core/local/local_int.h"
#include "tests/support/galera.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Suite *suite_cluster_local(void);

static char home[64], dir[PATH_MAX], copy[PATH_MAX];

static void home_begin(void)
{
	strcpy(home, "/tmp/spotop-two.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(home));
	snprintf(dir, sizeof dir, "%s/one", home);
	snprintf(copy, sizeof copy, "%s/two", home);
}

static void home_end(void)
{
	local_stop(copy, NULL);
	local_stop(dir, NULL);
	dir_remove_tree(home, NULL);
}

/* What mariadb prints of it, without line breaks. */
static const char *say(const struct local *l, const char *login, const char *sql)
{
	static char out[1024];
	char command[PATH_MAX + 512];
	snprintf(command, sizeof command, "mariadb --defaults-file=%s %s -BNe \"%s\" 2>&1 | tr '\\n\\t' '  '",
	         l->cnf, login, sql);
	FILE *f = popen(command, "r");
	out[fread(out, 1, sizeof out - 1, f)] = 0;
	pclose(f);
	return out;
}

static void see(const struct local *l, const char *sql, const char *wanted)
{
	for (int i = 0; i < 500 && strcmp(say(l, "", sql), wanted) != 0; i++) proc_sleep_ms(20);
	ck_assert_str_eq(say(l, "", sql), wanted);
}

START_TEST(a_private_server_gets_a_replica_with_all_it_had)
{
	struct local one, two;
	struct err e = { 0 };
	char login[64];
	ck_assert_msg(local_start(dir, LOCAL_DAEMON, &one, &e), "%s", e.text);
	say(&one, "", "CREATE DATABASE x; CREATE TABLE x.t (a INT PRIMARY KEY); INSERT INTO x.t VALUES (1)");
	ck_assert_msg(local_start_replica(copy, dir, LOCAL_DAEMON, &one, &two, &e), "%s", e.text);
	say(&one, "", "INSERT INTO x.t VALUES (2)");
	see(&two, "SELECT (SELECT GROUP_CONCAT(a) FROM x.t), @@read_only", "1,2 1 ");
	/* both again, the replica server's data as they were */
	ck_assert(local_stop(copy, &e) && local_stop(dir, &e));
	ck_assert_msg(local_start_replica(copy, dir, LOCAL_DAEMON, &one, &two, &e), "%s", e.text);
	ck_assert(!two.is_new);
	say(&one, "", "INSERT INTO x.t VALUES (3)");
	see(&two, "SELECT (SELECT GROUP_CONCAT(a) FROM x.t), @@read_only", "1,2,3 1 ");
	/* its port is everybody's on this machine: only who replicates gets in, and root by the socket alone */
	snprintf(login, sizeof login, "-h 127.0.0.1 -P %.16s", say(&one, "", "SELECT @@port"));
	ck_assert_ptr_nonnull(strstr(say(&one, login, "SELECT 'in'"), "Access denied"));
	ck_assert_ptr_nonnull(
	        strstr(say(&one, strcat(login, " -u replicator"), "SELECT 'in'"), "Access denied"));
}
END_TEST

START_TEST(what_cannot_be_a_replica_is_said)
{
	struct local one, two;
	struct err e = { 0 };
	ck_assert(!local_start_replica(copy, dir, LOCAL_DAEMON, &one, &two, &e));
	ck_assert_int_eq(e.code, ERR_NO);
	ck_assert_msg(local_start(dir, LOCAL_CHILD, &one, &e), "%s", e.text);
	ck_assert(!local_start_replica(dir, dir, LOCAL_DAEMON, &one, &two, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "of itself"));
	ck_assert_msg(local_start(copy, LOCAL_CHILD, &two, &e), "%s", e.text);
	ck_assert(!local_start_replica(copy, dir, LOCAL_DAEMON, &one, &two, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "of its own"));
}
END_TEST

/* A frozen or killed node joins again, and a cluster that was stopped begins anew with what it had. */
START_TEST(a_private_server_becomes_a_cluster)
{
	static const char size[] =
	        "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = "
	        "'WSREP_CLUSTER_SIZE'";
	struct local one, nodes[LOCAL_NODES];
	struct err e = { 0 };
	ck_assert_msg(local_start(dir, LOCAL_DAEMON, &one, &e), "%s", e.text);
	say(&one, "", "CREATE DATABASE x; CREATE TABLE x.t (a INT PRIMARY KEY); INSERT INTO x.t VALUES (1)");
	ck_assert_msg(local_start_galera(dir, 3, LOCAL_DAEMON, nodes, &e), "%s", e.text);
	say(&nodes[1], "", "INSERT INTO x.t VALUES (2)");
	see(&nodes[2], "SELECT GROUP_CONCAT(a) FROM x.t", "1,2 ");
	ck_assert_int_eq(kill(nodes[0].pid, SIGKILL), 0);
	see(&nodes[2], size, "2 ");
	say(&nodes[2], "", "INSERT INTO x.t VALUES (3)");
	ck_assert_msg(local_start_galera(dir, 3, LOCAL_DAEMON, nodes, &e), "%s", e.text);
	see(&nodes[0], "SELECT GROUP_CONCAT(a) FROM x.t", "1,2,3 ");
	/* the first left before the last was written, and all went down hard: the furthest begins */
	ck_assert_int_eq(kill(nodes[0].pid, SIGKILL), 0);
	see(&nodes[1], size, "2 ");
	say(&nodes[1], "", "INSERT INTO x.t VALUES (4)");
	for (int i = 1; i < 3; i++) ck_assert_int_eq(kill(nodes[i].pid, SIGKILL), 0);
	ck_assert_msg(local_start_galera(dir, 3, LOCAL_DAEMON, nodes, &e), "%s", e.text);
	see(&nodes[0], "SELECT GROUP_CONCAT(a) FROM x.t", "1,2,3,4 ");
	ck_assert(!local_start_galera(dir, 2, LOCAL_DAEMON, nodes, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "of 3 nodes"));
	ck_assert(!local_start(dir, LOCAL_DAEMON, &one, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "--galera"));
	ck_assert_msg(local_stop(dir, &e), "%s", e.text);
	ck_assert(!local_stop(dir, &e));
}
END_TEST

/* The copy cannot be made: the one that was to be copied runs again. */
START_TEST(a_primary_server_is_there_again_when_the_copy_fails)
{
	struct local one, two;
	struct err e = { 0 };
	char blocked[PATH_MAX + 16], was[8192];
	ck_assert_msg(local_start(dir, LOCAL_DAEMON, &one, &e), "%s", e.text);
	snprintf(was, sizeof was, "%s", getenv("PATH"));
	snprintf(blocked, sizeof blocked, "%s/bin", home);
	ck_assert_int_eq(mkdir(blocked, 0700), 0);
	strcat(blocked, "/cp");
	FILE *f = fopen(blocked, "w");
	fputs("#!/bin/sh\nexit 1\n", f);
	fclose(f);
	chmod(blocked, 0700);
	*strrchr(blocked, '/') = 0;
	setenv("PATH", blocked, 1);
	ck_assert(!local_start_replica(copy, dir, LOCAL_DAEMON, &one, &two, &e));
	setenv("PATH", was, 1);
	ck_assert_ptr_nonnull(strstr(e.text, "cannot copy"));
	see(&one, "SELECT 1", "1 ");
}
END_TEST

Suite *suite_cluster_local(void)
{
	Suite *s = suite_create("cluster_local");
	TCase *t = tcase_create("local");
	tcase_add_checked_fixture(t, home_begin, home_end);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_private_server_gets_a_replica_with_all_it_had);
	tcase_add_test(t, what_cannot_be_a_replica_is_said);
	tcase_add_test(t, a_primary_server_is_there_again_when_the_copy_fails);
	if (galera_is_here()) tcase_add_test(t, a_private_server_becomes_a_cluster);
	suite_add_tcase(s, t);
	return s;
}
