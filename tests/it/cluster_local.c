/* cluster_local.c - `spotop local start --replica-of`: a private server and its replica server. */
#include "core/base/err.h"
#include "core/local/local.h"
#include "core/local/local_int.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

Suite *suite_cluster_local(void)
{
	Suite *s = suite_create("cluster_local");
	TCase *t = tcase_create("local");
	tcase_add_checked_fixture(t, home_begin, home_end);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_private_server_gets_a_replica_with_all_it_had);
	tcase_add_test(t, what_cannot_be_a_replica_is_said);
	suite_add_tcase(s, t);
	return s;
}
