/* conf.c - option files give what my_print_defaults gives, and TLS is not lost on the way. */
#include "core/db/conf.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include <check.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Suite *suite_conf(void);
static char dir[64];

static void setup(void)
{
	snprintf(dir, sizeof dir, "/tmp/spotop-conf.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown(void)
{
	char cmd[100];
	snprintf(cmd, sizeof cmd, "rm -rf %s", dir);
	ck_assert_int_eq(system(cmd), 0);
}

static const char *put(const char *name, const char *text)
{
	static char path[128];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
	return path;
}

static void theirs(struct buf *out, const char *path, const char *suffix)
{
	char cmd[300], piece[512];
	snprintf(cmd, sizeof cmd, "my_print_defaults --defaults-file=%s %s%s client spotop 2>/dev/null", path,
	         *suffix ? "--defaults-group-suffix=" : "", suffix);
	FILE *f = popen(cmd, "r");
	for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;) buf_add(out, piece, n);
	ck_assert_int_eq(pclose(f), 0);
}

static void ours(struct buf *out, const char *path, const char *suffix)
{
	static const char *const groups[] = { "client", "spotop", NULL };
	struct conf_files files = { .defaults_file = path, .group_suffix = *suffix ? suffix : NULL };
	struct conf_item *items;
	size_t n;
	struct err e = { 0 };
	ck_assert_msg(conf_read_items(&files, groups, &items, &n, NULL, &e), "%s", e.text);
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "--%s%s%s\n", items[i].name, items[i].value ? "=" : "",
		         items[i].value ? items[i].value : "");
	conf_items_free(items, n);
}

static const struct {
	const char *text, *suffix;
} files[] = {
	{ "[client]\nhost=a\nuser = b \n\n# no\n; no\n[mysqld]\nport=1\n[spotop]\nssl\n", "" },
	{ "[client]\npassword=p#w\nuser='q#w'\nhost=\"two words\"\n", "" },
	{ "[client]\npassword=a\\tb\\nc\\\\d\\se\\'f\nuser=\"x\\\"y\"\n", "" },
	{ "[client]\nhost=a=b\nuser=\nsocket='\n  [ client ]  \nport=5\n", "" },
	{ "[client]\nhost=a\n[client_test]\nhost=b\n[client_other]\nhost=c\n", "_test" },
	{ "[client]\r\nhost=crlf\r\n[spotop]\r\nenv-name = prod-use1 # mark\r\n", "" },
	{ "[client]\nhost=last-line-without-end", "" },
};

START_TEST(files_are_read_as_the_client_reads_them)
{
	struct buf a = BUF_EMPTY, b = BUF_EMPTY;
	const char *path = put("my.cnf", files[_i].text);
	theirs(&a, path, files[_i].suffix);
	ours(&b, path, files[_i].suffix);
	ck_assert_str_eq(buf_str(&b), buf_str(&a));
	ck_assert_uint_gt(a.len, 0);
	buf_free(&a);
	buf_free(&b);
}
END_TEST

START_TEST(includes_are_followed)
{
	char text[300];
	struct buf a = BUF_EMPTY, b = BUF_EMPTY;
	put("z.cnf", "[client]\nuser=z\n");
	put("b.cnf", "[client]\nuser=b\n");
	put("c.txt", "[client]\nuser=no\n");
	put("one", "[spotop]\nhost=one\n");
	snprintf(text, sizeof text, "[client]\nport=7\n!include %s/one\n!includedir %s\n[client]\nport=8\n",
	         dir, dir);
	const char *path = put("main", text);
	theirs(&a, path, "");
	ours(&b, path, "");
	ck_assert_str_eq(buf_str(&b), buf_str(&a));
	ck_assert_ptr_nonnull(strstr(buf_str(&a), "--user=z"));
	buf_free(&a);
	buf_free(&b);
}
END_TEST

START_TEST(faults_are_named)
{
	static const char *const groups[] = { "client", NULL };
	struct conf_item *items;
	size_t n;
	struct err e = { 0 };
	struct buf notes = BUF_EMPTY;
	struct conf_files f = { .defaults_file = put("bad", "\nhost=a\n") };
	ck_assert(!conf_read_items(&f, groups, &items, &n, NULL, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "bad:2:"));
	f.defaults_file = put("open", "[client]\nhost=a\n");
	chmod(f.defaults_file, 0666);
	ck_assert(conf_read_items(&f, groups, &items, &n, &notes, &e));
	ck_assert_uint_eq(n, 0);
	ck_assert_ptr_nonnull(strstr(buf_str(&notes), "open"));
	buf_free(&notes);
}
END_TEST

START_TEST(clear_text_to_another_host_needs_a_word)
{
	static const struct {
		const char *host, *option;
		bool ok;
	} cases[] = { { "db.example.org", NULL, false },
		      { "db.example.org", "insecure", true },
		      { "db.example.org", "ssl", true },
		      { "127.0.0.1", NULL, true },
		      { "127.example.org", NULL, false },
		      { "localhost", NULL, true },
		      { "::1", NULL, true } };
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct db_conf c;
		struct err e = { 0 };
		conf_init(&c);
		ck_assert(conf_set(&c, "host", cases[i].host, "test", &e));
		if (cases[i].option) ck_assert(conf_set(&c, cases[i].option, NULL, "test", &e));
		ck_assert_msg(conf_check(&c, &e) == cases[i].ok, "%s", cases[i].host);
		conf_free(&c);
	}
}
END_TEST

static void want_login(const char *name)
{
	struct db_conf c;
	struct err e = { 0 };
	conf_init(&c);
	ck_assert(conf_check(&c, &e));
	ck_assert_str_eq(c.user, name);
	conf_free(&c);
}

START_TEST(the_login_is_the_effective_users_whatever_the_environment_says)
{
	const struct passwd *other = getpwnam("nobody");
	setenv("USER", "somebody", 1);
	setenv("LOGNAME", "somebody", 1);
	want_login(geteuid() == 0 ? "root" : getpwuid(geteuid())->pw_name);
	if (geteuid() != 0 || !other) return;
	ck_assert_int_eq(seteuid(other->pw_uid), 0); /* as after sudo -u */
	want_login("nobody");
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(seteuid(54321), 0);
	want_login("somebody"); /* the system has no name for this one */
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* What the journal keeps: known again when the list has changed, and never taken for another database. */
START_TEST(a_database_is_known_by_any_server_that_both_lists_have)
{
	static const struct {
		const char *host, *port, *said;
	} lists[] = {
		{ "db1", "0", "me@db1:3306/fleet" },
		{ "db1,db2", "0", "me@db1,db2/fleet" },
		{ "db1,db2:3307", "3308", "me@db1:3308,db2:3307/fleet" },
		{ "::1,[::2],/run/a.sock", "3308", "me@[::1]:3308,[::2]:3308,/run/a.sock/fleet" },
	};
	static const struct {
		const char *a, *b;
		bool is_same;
	} pairs[] = {
		{ "me@db1:3306/fleet", "you@db1,db2/fleet", true },
		{ "me@db1,db2/fleet", "me@db3,DB2:3306/fleet", true },
		{ "me@/run/a.sock/fleet", "me@db1,/run/a.sock/fleet", true },
		{ "me@[::1]:3306,db1/fleet", "me@::1,db2/fleet", true },
		{ "me@db1,db2/fleet", "me@db1,db2/staging", false },
		{ "me@db1,db2/fleet", "me@db1:3307,db2:3307/fleet", false },
		{ "me@db1:3306/fleet", "me@db2:3306/fleet", false },
		{ "me@/run/a.sock/fleet", "me@/run/b.sock/fleet", false },
		{ "me@db1", "me@db1", false },
		{ "", "me@db1/fleet", false },
	};
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct db_conf c;
		struct err e = { 0 };
		char said[CONF_SAID];
		conf_init(&c);
		ck_assert(conf_set(&c, "host", lists[i].host, "here", &e) &&
		          conf_set(&c, "user", "me", "here", &e) &&
		          conf_set(&c, "database", "fleet", "here", &e) &&
		          conf_set(&c, "port", lists[i].port, "here", &e));
		c.is_tcp = true;
		ck_assert_str_eq(conf_describe(&c, said, sizeof said), lists[i].said);
		ck_assert(conf_is_same_database(said, said));
		conf_free(&c);
	}
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		ck_assert_msg(conf_is_same_database(pairs[i].a, pairs[i].b) == pairs[i].is_same, "%s and %s",
		              pairs[i].a, pairs[i].b);
		ck_assert(conf_is_same_database(pairs[i].b, pairs[i].a) == pairs[i].is_same);
	}
}
END_TEST

Suite *suite_conf(void)
{
	Suite *s = suite_create("conf");
	TCase *tc = tcase_create("conf");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, files_are_read_as_the_client_reads_them, 0, (int)ARRAY_LEN(files));
	tcase_add_test(tc, includes_are_followed);
	tcase_add_test(tc, faults_are_named);
	tcase_add_test(tc, the_login_is_the_effective_users_whatever_the_environment_says);
	tcase_add_test(tc, a_database_is_known_by_any_server_that_both_lists_have);
	tcase_add_test(tc, clear_text_to_another_host_needs_a_word);
	suite_add_tcase(s, tc);
	return s;
}
