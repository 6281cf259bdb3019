/* cnf.c - option files give what my_print_defaults gives, and let in where the mariadb client is let in. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/conf_names.h"
#include "core/db/db.h"
#include "tests/support/loop.h"
#include "tests/support/server.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

Suite *suite_cnf(void);

static struct server *server;
static char dir[64];
static struct err e;

static void start(void)
{
	struct server_opts o = { .tcp = true, .tls = true };
	server = server_start(&o, &e);
	bool ok = server && server_sql(server, "CREATE USER alice IDENTIFIED BY 'secret1'", NULL, 0, &e) &&
	          server_sql(server, "CREATE USER bob IDENTIFIED BY 'p#w'", NULL, 0, &e) &&
	          server_sql(server, "CREATE USER tess IDENTIFIED BY 'secret1' REQUIRE SSL", NULL, 0, &e) &&
	          server_sql(server, "CREATE USER dave IDENTIFIED BY 'a b\\tc\"d'", NULL, 0, &e);
	ok = ok && server_sql(server, "CREATE DATABASE spot_optimizer", NULL, 0, &e) &&
	     server_sql(server, "GRANT ALL ON spot_optimizer.* TO alice, tess", NULL, 0, &e);
	if (!ok) fprintf(stderr, "%s\n", e.text);
	if (!ok) exit(1);
}
static void stop(void) { server_stop(server); }
static void setup(void)
{
	strcpy(dir, "/tmp/spotop-cnf.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}
static void teardown(void)
{
	char command[100];
	snprintf(command, sizeof command, "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

/* A text with SOCK, PORT, CAFILE and DIR filled in, into a file of the folder. */
static void put(const char *name, const char *text)
{
	static const char *const words[] = { "SOCK", "PORT", "CAFILE", "DIR" };
	char path[128], port[16];
	snprintf(port, sizeof port, "%u", server_port(server));
	const char *values[] = { server_socket(server), port, server_ca(server), dir };
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	for (const char *p = text; *p;) {
		size_t i = 0;
		while (i < ARRAY_LEN(words) && strncmp(p, words[i], strlen(words[i])) != 0) i++;
		if (i == ARRAY_LEN(words)) {
			fputc(*p++, f);
			continue;
		}
		fputs(values[i], f);
		p += strlen(words[i]);
	}
	fclose(f);
}

static int run(const char *command, struct buf *out)
{
	char piece[512];
	FILE *f = popen(command, "r");
	for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;) buf_add(out, piece, n);
	return pclose(f);
}

/* The client's options of the file: false when it gives up on it. */
static bool theirs(struct buf *out)
{
	char command[300];
	snprintf(command, sizeof command,
	         "my_print_defaults --defaults-file=%s/my.cnf client client-server client-mariadb "
	         "2>/dev/null",
	         dir);
	return run(command, out) == 0;
}
static bool ours(struct buf *out)
{
	static const char *const groups[] = { "client", "client-server", "client-mariadb", NULL };
	char path[128];
	struct conf_files files = { .defaults_file = path };
	struct conf_item *items;
	size_t n;
	snprintf(path, sizeof path, "%s/my.cnf", dir);
	if (!conf_read_items(&files, groups, &items, &n, NULL, &e)) return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(items[i].group, CONF_NOT_READ) != 0)
			buf_addf(out, "--%s%s%s\n", items[i].name, items[i].value ? "=" : "",
			         items[i].value ? items[i].value : "");
	conf_items_free(items, n);
	return true;
}

/* Who one is on the server, and how one came there; "" when not let in. */
#define WHO                                                                                \
	"SELECT CONCAT(CURRENT_USER(), ' ', IF(LOCATE(':', HOST), 'tcp', 'socket')) FROM " \
	"information_schema.PROCESSLIST WHERE ID = CONNECTION_ID()"
static void client_login(struct buf *out)
{
	char command[600];
	snprintf(command, sizeof command,
	         "HOME=%s USER=nobody mariadb --defaults-file=%s/my.cnf -NBe \"" WHO
	         "\" 2>/dev/null </dev/null",
	         dir, dir);
	if (run(command, out) != 0) buf_cut(out, 0);
}
static void our_login(struct buf *out)
{
	char path[128];
	struct db_conf c;
	struct conf_files files = { .defaults_file = path };
	struct table *t = NULL;
	uv_loop_t loop;
	snprintf(path, sizeof path, "%s/my.cnf", dir);
	conf_init(&c);
	setenv("USER", "nobody", 1);
	if (!conf_load(&c, &files, NULL, &e) || !conf_check(&c, &e)) goto out;
	free(c.database);
	c.database = mem_dup("information_schema");
	uv_loop_init(&loop);
	struct db *db = db_open(&loop, &c, DB_READ, "cnf");
	if (db_call_text(db, WHO, strlen(WHO), NULL, &t, &e)) buf_addf(out, "%s\n", t->cells[0].s);
	table_free(t);
	db_close_wait(db);
	loop_end(&loop);
out:
	conf_free(&c);
}

#define B "[client]\nuser=alice\nsocket=SOCK\n"
#define P B "password=secret1\n"
#define T "[client]\nhost=127.0.0.1\nport=PORT\nuser=tess\npassword=secret1\n"
/* TOLD: the client refuses the whole file, we leave out what neither of us knows and say so. */
enum { SAME, TOLD };
static const struct {
	const char *text;
	int how;
} files[] = {
	{ P, SAME },
	{ B "pass=secret1\n", SAME },
	{ B "pas = secret1\n", SAME },
	{ B "p=secret1\n", SAME }, /* ambiguous */
	{ "[client]\nuse=alice\nsock=SOCK\npassw=secret1\n", SAME },
	{ "[client]\nu=alice\nsocket=SOCK\npassword=secret1\n", SAME }, /* ambiguous */
	{ "[Client]\nuser=alice\nsocket=SOCK\npassword=secret1\n", SAME },
	{ "[CLIENT-MariaDB]\nuser=alice\nsocket=SOCK\npassword=secret1\n", SAME },
	{ B "PASSWORD=secret1\n", SAME },
	{ "[client]\nUser=alice\nSocket=SOCK\nPassword=secret1\n", SAME },
	{ P "ssl-mode=REQUIRED\n", TOLD },
	{ P "unknown-thing=1\n", TOLD },
	{ P "unknown-thing\n", TOLD },
	{ P "passwor d=x\n", TOLD },
	{ P "--user=x\n", TOLD },
	{ P "loose-unknown-thing=1\n", SAME },
	{ P "loose-unknown-thing\n", SAME },
	{ "[client]\nloose-user=alice\nsocket=SOCK\nloose_password=secret1\n", SAME },
	{ P "!include /nonexist/none.cnf\n", SAME },
	{ P "!include DIR/there.cnf\n", SAME },
	{ P "!includedir /nonexist\n", SAME }, /* both refuse */
	{ P "!includedir DIR\n", SAME },
	{ P "!bogus x\n", SAME },
	{ "!include DIR/there.cnf\n" P, SAME },
	{ P "ssl=no\n", SAME },
	{ P "ssl=maybe\n", SAME },
	{ P "skip-ssl\n", SAME },
	{ P "disable_ssl\n", SAME },
	{ P "enable-ssl=0\n", SAME },
	{ T "ssl-ca=CAFILE\n", SAME },
	{ T "ssl-ca=CAFILE\nssl-verify-server-cert=0\n", SAME },
	{ T "ssl\nskip-ssl-verify-server-cert\n", SAME },
	{ T "ssl\ndisable-ssl-verify-server-cert\n", SAME },
	{ T "ssl-ca=CAFILE\nssl-ver\n", SAME },
	{ T "ssl-ca=CAFILE\nssl=0\n", SAME }, /* the account requires TLS */
	{ T "ssl-ca=/nonexist.pem\n", SAME },
	{ P "connect_timeout=28800\n", SAME },
	{ P "connect-timeout=1K\n", SAME },
	{ P "connect_timeout=1.5\n", SAME },
	{ P "connect_timeout=1x\n", SAME },
	{ P "connect_timeout\n", SAME },
	{ P "connect_timeout=\n", SAME },
	{ P "port=3K\n", SAME },
	{ P "port=99999\n", SAME },
	{ P "port=abc\n", SAME },
	{ P "port=-1\n", SAME },
	{ P "port=\n", SAME },
	{ P "max_allowed_packet=1G\ninit-command=SET @a=1\nskip-auto-rehash\nno-beep\nprompt=x\n", SAME },
	{ P "skip-password\n", SAME },
	{ P "skip-host\n", SAME },
	{ P "protocol=socket\n", SAME },
	{ P "protocol=sock\n", SAME },
	{ P "protocol=tcp\nport=PORT\n", SAME },
	{ P "protocol=tc\nport=PORT\n", SAME },
	{ P "protocol=foo\n", SAME },
	{ P "protocol=pipe\n", SAME },
	{ P "host=localhost\nport=1\n", SAME }, /* the socket all the same */
	{ P "host=127.0.0.1\nport=PORT\n", SAME },
	{ P "host=\n", SAME },
	{ B "password=\"secret1\"\n", SAME },
	{ B "password='secret1' # comment\n", SAME },
	{ B "password=secret1#comment\n", SAME },
	{ "[client]\nuser=bob\nsocket=SOCK\npassword=p#w\n", SAME },
	{ "[client]\nuser=bob\nsocket=SOCK\npassword='p#w'\n", SAME },
	{ "[client]\nuser=bob\nsocket=SOCK\npassword=p\\#w\n", SAME },
	{ "[client]\nuser=dave\nsocket=SOCK\npassword=\"a b\\tc\\\"d\"\n", SAME },
	{ "[client]\nuser=dave\nsocket=SOCK\npassword=a\\sb\\tc\"d\n", SAME },
	{ "[client]\r\nuser=alice\r\nsocket=SOCK\r\npassword=secret1\r\n", SAME },
	{ B " password\t=\tsecret1\t\n", SAME },
	{ B "password=wrong\npassword=secret1\n", SAME },
	{ P "password=wrong\n", SAME },
	{ "[client_x]\nuser=bob\n" P "[clientx]\nuser=bob\n", SAME },
	{ "[mysqld]\nbogus=1\nuser=bob\n" P, SAME },
	{ "bogus=1\n" P, SAME },
	{ "[client\nuser=alice\n", SAME },
	{ "[ client ]\nuser=alice\nsocket=SOCK\npassword=secret1\n", SAME },
	{ "[client ]\nuser=alice\nsocket=SOCK\npassword=secret1\n", SAME },
	{ P "user\n", SAME },
	{ P "user=\n", SAME },
	{ P ";user=x\n#user=y\n\n", SAME },
	{ "\xEF\xBB\xBF" P, SAME },
	{ P "user=bob\n[client-server]\nuser=alice\n", SAME },
};

START_TEST(a_file_is_read_as_the_client_reads_it)
{
	struct buf a = BUF_EMPTY, b = BUF_EMPTY, let_in = BUF_EMPTY, they = BUF_EMPTY;
	put("my.cnf", files[_i].text);
	put("there.cnf", "[client]\nuser=alice\n");
	bool they_read = theirs(&a), we_read = ours(&b);
	ck_assert_msg(they_read == we_read, "%s\nread by the client: %d, by us: %d (%s)", files[_i].text,
	              they_read, we_read, e.text);
	if (we_read) ck_assert_str_eq(buf_str(&b), buf_str(&a));
	client_login(&they);
	our_login(&let_in);
	if (files[_i].how == SAME)
		ck_assert_msg(strcmp(buf_str(&let_in), buf_str(&they)) == 0, "%s\nclient '%s', we '%s' (%s)",
		              files[_i].text, buf_str(&they), buf_str(&let_in), e.text);
	else
		ck_assert_msg(!they.len && let_in.len, "%s\nclient '%s', we '%s' (%s)", files[_i].text,
		              buf_str(&they), buf_str(&let_in), e.text);
	buf_free(&a);
	buf_free(&b);
	buf_free(&let_in);
	buf_free(&they);
}
END_TEST

/* The client's own list: an option that is new there would make our prefixes others than its. */
static const char *no_option(size_t i) { return (void)i, NULL; }
START_TEST(each_option_of_the_client_is_known_by_name)
{
	static const char *const of_files[] = { "defaults-file", "defaults-extra-file",
		                                "defaults-group-suffix", "no-defaults", "print-defaults" };
	static const char *const ours_too[] = {
		"host",   "user",       "password",        "socket",  "database",
		"port",   "protocol",   "connect-timeout", "ssl",     "ssl-verify-server-cert",
		"ssl-ca", "ssl-capath", "ssl-cert",        "ssl-key", "ssl-cipher",
		"ssl-crl"
	};
	struct buf out = BUF_EMPTY;
	size_t n = 0;
	run("mariadb --no-defaults --help | sed -nE 's/^ *(-., )?--([a-z][a-z0-9-]+).*/\\2/p; "
	    "/^-----/,$s/^([a-z][a-z0-9-]+) .*/\\1/p' | sort -u",
	    &out);
	char *save = NULL, *text = buf_detach(&out);
	for (char *name = strtok_r(text, "\n", &save); name; name = strtok_r(NULL, "\n", &save), n++) {
		bool is_known = conf_name_of(name, no_option).found == NAME_CLIENTS;
		for (size_t i = 0; i < ARRAY_LEN(of_files); i++) is_known |= strcmp(name, of_files[i]) == 0;
		for (size_t i = 0; i < ARRAY_LEN(ours_too); i++) is_known |= strcmp(name, ours_too[i]) == 0;
		ck_assert_msg(is_known, "%s", name);
	}
	ck_assert_uint_gt(n, 60);
	free(text);
}
END_TEST

/* spotop with the file: what it printed, both streams. */
static int spotop(const char *command, struct buf *out)
{
	char line[512];
	snprintf(line, sizeof line,
	         "XDG_STATE_HOME=%s XDG_CONFIG_HOME=%s HOME=%s %s --defaults-file=%s/my.cnf %s 2>&1 "
	         "</dev/null",
	         dir, dir, dir, getenv("SPOTOP_BIN"), dir, command);
	buf_cut(out, 0);
	return run(line, out);
}
static void has(const struct buf *out, const char *text)
{
	ck_assert_msg(strstr(buf_str(out), text) != NULL, "no '%s' in: %s", text, buf_str(out));
}
static void has_not(const struct buf *out, const char *text)
{
	ck_assert_msg(!strstr(buf_str(out), text), "'%s' in: %s", text, buf_str(out));
}

START_TEST(what_is_left_out_is_told)
{
	struct buf out = BUF_EMPTY;
	put("my.cnf",
	    P "init-command=SET @a=1\nunknown-thing=1\nloose-other=2\n!include /nonexist/none.cnf\n");
	spotop("info", &out);
	has(&out, "my.cnf:6: unknown option 'unknown-thing' is left out\n");
	has(&out, "init-command     left out: the mariadb client's, of no use here");
	has(&out, "unknown-thing    left out: unknown here and to the mariadb client");
	has(&out, "loose-other      left out: unknown");
	has(&out, "!include /nonexist/none.cnf left out: No such file or directory");
	has(&out, "my.cnf:8)");
	spotop("doctor", &out);
	has(&out, "warn option: ");
	has(&out, "my.cnf:8: !include /nonexist/none.cnf is left out: No such file or directory");
	has_not(&out, "init-command");
	put("my.cnf", P);
	spotop("doctor", &out);
	has(&out, "ok   options: all of the option files is understood");
	buf_free(&out);
}
END_TEST

START_TEST(a_file_that_will_not_do_is_named_with_its_line)
{
	static const struct {
		const char *text, *said;
	} bad[] = { { P "ssl-mode=PREFERRED\n",
		      "my.cnf:5: ssl-mode is REQUIRED, VERIFY_CA or VERIFY_IDENTITY, not 'PREFERRED'" },
		    { P "u=x\n", "my.cnf:5: 'u' could be user or unbuffered; write it in full" },
		    { P "connect-timeout=1.5\n", "my.cnf:5: connect-timeout is seconds, not '1.5'" },
		    { P "user\n", "my.cnf:5: user needs a value" },
		    { P "[spotop]\nenv-nam=x\nenv-nme=y\n", "my.cnf:7: no option 'env-nme'" },
		    { P "ssl-mode=VERIFY_CA\n", "ssl-mode=VERIFY_CA needs the CA: give --ssl-ca=FILE" } };
	struct buf out = BUF_EMPTY;
	put("my.cnf", bad[_i].text);
	ck_assert_int_eq(WEXITSTATUS(spotop("info", &out)), 2);
	has(&out, bad[_i].said);
	buf_free(&out);
}
END_TEST

/* Unverified TLS is honoured and never silent; another server's certificate is told by its names. */
START_TEST(tls_is_as_far_verified_as_it_says)
{
	struct buf out = BUF_EMPTY;
	put("my.cnf", T "ssl-ca=CAFILE\n");
	spotop("doctor", &out);
	has_not(&out, "warning");
	has(&out, "certificate verified");
	put("my.cnf", T "ssl\nssl-verify-server-cert=0\n");
	spotop("doctor", &out);
	has(&out, "spotop: warning: TLS without a look at the certificate");
	has(&out, "warn tls: TLSv1.3, TLS without a look at the certificate");
	put("my.cnf", T "ssl-mode=required\n");
	spotop("doctor", &out);
	has(&out, "warn tls: TLSv1.3, TLS without a look at the certificate");
	put("my.cnf", T "ssl-mode=VERIFY_CA\nssl-ca=CAFILE\n");
	spotop("doctor", &out);
	has(&out, "warn tls: TLSv1.3, TLS, but any name in the certificate will do");
	put("my.cnf", T "ssl-mode=VERIFY_IDENTITY\nssl-ca=CAFILE\n");
	spotop("doctor", &out);
	has(&out, "ok   tls: TLSv1.3, certificate verified");
	buf_free(&out);
}
END_TEST

/* Certificates of a CA of their own: of another name, over, and of a CA that nobody gave. */
START_TEST(a_certificate_that_will_not_do_is_told_by_its_names)
{
	struct buf out = BUF_EMPTY;
	char command[1200];
	struct server_opts o = { .tcp = true };
	char cert[128], key[128];
	snprintf(command, sizeof command,
	         "cd %s && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca.example -keyout "
	         "ca.key -out ca.pem 2>/dev/null && "
	         "openssl req -newkey rsa:2048 -nodes -subj /CN=db1.example -keyout key.pem -out req.pem "
	         "2>/dev/null && "
	         "printf 'subjectAltName=DNS:db1.example,DNS:db2.example,IP:10.9.8.7' > ext && "
	         "openssl x509 -req -in req.pem -CA ca.pem -CAkey ca.key -CAcreateserial -extfile ext "
	         "-out cert.pem %s && "
	         "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other.example -keyout o.key "
	         "-out other.pem 2>/dev/null",
	         dir,
	         _i == 2 ? "-days -1 2>/dev/null || openssl x509 -req -in req.pem -CA ca.pem -CAkey ca.key "
	                   "-extfile ext "
	                   "-out cert.pem -not_before 20200101000000Z -not_after 20200102000000Z 2>/dev/null"
	                 : "-days 2 2>/dev/null");
	ck_assert_int_eq(system(command), 0);
	snprintf(cert, sizeof cert, "--ssl-cert=%s/cert.pem", dir);
	snprintf(key, sizeof key, "--ssl-key=%s/key.pem", dir);
	o.extra = cert;
	o.extra2 = key;
	/* newer client libraries take any name of 127.0.0.1 itself */
	setenv("SPOTOP_SERVER_OPTS", "--bind-address=127.0.0.2", 1);
	struct server *s = server_start(&o, &e);
	ck_assert_msg(s != NULL, "%s", e.text);
	snprintf(command, sizeof command, "[client]\nhost=127.0.0.2\nport=%u\nuser=root\nssl-ca=%s/%s\n",
	         server_port(s), dir, _i == 1 ? "other.pem" : "ca.pem");
	put("my.cnf", command);
	int code = spotop("agents", &out);
	server_stop(s);
	ck_assert_int_eq(WEXITSTATUS(code), 3);
	if (_i == 0)
		has(&out, "the server's certificate is for db1.example, db2.example, 10.9.8.7, and "
		          "'127.0.0.2' was expected; connect "
		          "by a name it has (-h), or have it issued for this one\n");
	if (_i == 1) {
		has(&out, "the server's certificate is issued by '/CN=ca.example', which ");
		has(&out, "/other.pem does not vouch for (");
		has(&out, "; give the CA that signed it with --ssl-ca=FILE\n");
	}
	if (_i == 2) has(&out, "the server's certificate expired on ");
	buf_free(&out);
}
END_TEST

START_TEST(a_server_that_takes_tls_only_says_so)
{
	struct buf out = BUF_EMPTY;
	struct server_opts o = { .tcp = true, .tls = true, .extra = "--require-secure-transport=ON" };
	char command[200];
	struct server *s = server_start(&o, &e);
	ck_assert_msg(s != NULL, "%s", e.text);
	ck_assert_msg(server_sql(s, "CREATE USER alice IDENTIFIED BY 'secret1'", NULL, 0, &e), "%s", e.text);
	snprintf(command, sizeof command, "[client]\nhost=127.0.0.1\nport=%u\nuser=alice\npassword=secret1\n",
	         server_port(s));
	put("my.cnf", command);
	int code = spotop("agents", &out);
	server_stop(s);
	ck_assert_int_eq(WEXITSTATUS(code), 3);
	/* 11.8 says the first, 10.11 the second */
	ck_assert_msg(strstr(buf_str(&out), "takes connections over TLS only; give --ssl-ca=FILE") ||
	                      strstr(buf_str(&out),
	                             "whether server or account take TLS only (--ssl-ca=FILE)"),
	              "%s", buf_str(&out));
	put("my.cnf", T); /* an account that does */
	ck_assert_int_eq(WEXITSTATUS(spotop("agents", &out)), 3);
	has(&out, "check user and password, and whether server or account take TLS only (--ssl-ca=FILE) "
	          "(error 1045)");
	buf_free(&out);
}
END_TEST

Suite *suite_cnf(void)
{
	Suite *s = suite_create("cnf");
	TCase *t = tcase_create("server");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_file_is_read_as_the_client_reads_it, 0, (int)ARRAY_LEN(files));
	tcase_add_test(t, each_option_of_the_client_is_known_by_name);
	tcase_add_test(t, what_is_left_out_is_told);
	tcase_add_loop_test(t, a_file_that_will_not_do_is_named_with_its_line, 0, 6);
	tcase_add_test(t, tls_is_as_far_verified_as_it_says);
	tcase_add_loop_test(t, a_certificate_that_will_not_do_is_told_by_its_names, 0, 3);
	tcase_add_test(t, a_server_that_takes_tls_only_says_so);
	suite_add_tcase(s, t);
	return s;
}
