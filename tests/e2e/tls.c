/* tls.c - what a connection leaves open to others stays on screen. */
#include "core/base/err.h"
#include "tests/support/eyes.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_tls(void);
static struct server *server;

static void start(void)
{
	struct err e = { 0 };
	struct server_opts o = { .tcp = true, .tls = true };
	server = server_start_whole(&o, &e);
	ck_assert_msg(server != NULL, "%s", e.text);
	ck_assert(server_sql(server, "CREATE USER tess IDENTIFIED BY 'x' REQUIRE SSL", NULL, 0, &e));
	ck_assert(server_sql(server, "GRANT ALL ON *.* TO tess", NULL, 0, &e));
	setenv("XDG_STATE_HOME", server_dir(server), 1);
	setenv("XDG_CONFIG_HOME", server_dir(server), 1);
}
static void stop(void) { server_stop(server); }

static const struct {
	const char *options, *word;
} cases[] = { { "ssl-ca=CA\n", NULL },
	      { "ssl\nssl-verify-server-cert=0\n", "TLS UNVERIFIED" },
	      { "ssl-mode=REQUIRED\n", "TLS UNVERIFIED" },
	      { "ssl-ca=CA\nssl-mode=VERIFY_CA\n", "TLS NAME UNVERIFIED" } };

START_TEST(an_unverified_connection_says_so_on_every_screen)
{
	static const char *const env[] = { "LC_ALL=C.UTF-8", "TERM=xterm-256color", "TZ=UTC", NULL };
	char cnf[300];
	const char *options = cases[_i].options, *ca = strstr(options, "CA\n");
	snprintf(cnf, sizeof cnf, "--defaults-file=%s/tls.cnf", server_dir(server));
	FILE *f = fopen(strchr(cnf, '=') + 1, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "[client]\nhost=127.0.0.1\nport=%u\nuser=tess\npassword=x\n", server_port(server));
	if (ca)
		fprintf(f, "%.*s%s%s", (int)(ca - options), options, server_ca(server), ca + 2);
	else
		fputs(options, f);
	ck_assert_int_eq(fclose(f), 0);
	const char *argv[] = { getenv("SPOTOP_BIN"), cnf, NULL };
	p = pty_spawn(30, 110, argv, env);
	want(" tls");
	pty_resize(p, 24, 60); /* narrow: the rest makes way */
	if (cases[_i].word) want(cases[_i].word);
	pty_resize(p, 30, 110);
	want(" tls");
	for (int i = 0; i < 2; i++) {
		if (cases[_i].word)
			want(cases[_i].word);
		else
			ck_assert_msg(!strstr(pty_screen(p), "UNVERIFIED"), "%s", pty_screen(p));
		if (!i) pty_keys(p, ":pools\r");
		if (!i) want("no pool yet");
	}
	pty_free(p);
	p = NULL;
}
END_TEST

Suite *suite_tls(void)
{
	Suite *s = suite_create("tls");
	TCase *t = tcase_create("console");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_loop_test(t, an_unverified_connection_says_so_on_every_screen, 0, 4);
	suite_add_tcase(s, t);
	return s;
}
