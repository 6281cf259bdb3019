/* production.c - views/production.md, run: its commands, in their order, as the logins that they are for, on a server with
 * TLS, the binary log and two schemas (tests/production.sh); then what it promises of roles, of rights and of who may go. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "tests/support/endpoint.h"
#include "tests/support/server.h"
#include "tests/support/standin.h"
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

Suite *suite_production(void);

static struct server *server;
static char root[100];

static unsigned free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert(bind(fd, (struct sockaddr *)&a, len) == 0 &&
	          getsockname(fd, (struct sockaddr *)&a, &len) == 0);
	close(fd);
	return ntohs(a.sin_port);
}

static void set_number(const char *name, const char *before, unsigned n)
{
	char text[80];
	snprintf(text, sizeof text, "%s%u", before, n);
	setenv(name, text, 1);
}

static void start(void)
{
	struct server_opts o = {
		.tcp = true, .tls = true, .extra = "--log-bin", .extra2 = "--require-secure-transport=ON"
	};
	struct err e;
	server = server_start(&o, &e);
	ck_assert_msg(server != NULL, "%s", e.text);
	snprintf(root, sizeof root, "%.80s/production", server_dir(server));
	setenv("SOCKET", server_socket(server), 1);
	setenv("CA", server_ca(server), 1);
	set_number("PORT", "", server_port(server));
	set_number("LISTEN", "", free_port());
}

static const char *shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static const char *shell(const char *fmt, ...)
{
	struct buf cmd = BUF_EMPTY;
	va_list ap;
	va_start(ap, fmt);
	buf_vaddf(&cmd, fmt, ap);
	va_end(ap);
	const char *said = endpoint_printed(buf_str(&cmd));
	buf_free(&cmd);
	return said;
}

static void stop(void)
{
	shell("tests/production.sh %s stop 2>&1", root);
	server_stop(server);
}

/* spotop as one of the document's logins: its output and, on a line of its own, its exit status. */
static const char *as(const char *login, const char *line)
{
	return shell("HOME=%s/home/none MYSQL_TCP_PORT=%u %s --defaults-file=%s/home/admin/%s.cnf %s 2>&1; "
	             "echo \"exit $?\"",
	             root, server_port(server), getenv("SPOTOP_BIN"), root, login, line);
}

static void ends(const char *login, const char *line, int status)
{
	char want[20];
	snprintf(want, sizeof want, "exit %d\n", status);
	const char *said = as(login, line), *end = strstr(said, "exit ");
	for (const char *next; end && (next = strstr(end + 1, "exit "));) end = next;
	ck_assert_msg(end && strcmp(end, want) == 0, "%s, %s: %s", login, line, said);
}

/* --- the document --- */

static void each_block_was_run(const char *said)
{
	int n = 0;
	char *doc = strdup(shell("cat views/production.md"));
	for (char *at = strstr(doc, "\n## "); at; at = strstr(at + 1, "\n## ")) {
		char ok[200];
		const char *block = strstr(at, "\n```sh "), *next = strstr(at + 1, "\n## ");
		if (!block || (next && block > next)) continue; /* the table of rights */
		snprintf(ok, sizeof ok, "ok %.*s\n", (int)strcspn(at + 4, "\n"), at + 4);
		ck_assert_msg(strstr(said, ok) != NULL, "not run: %s%s", ok,
		              strlen(said) > 3000 ? said + strlen(said) - 3000 : said);
		n++;
	}
	free(doc);
	ck_assert_int_ge(n, 13);
}

/* A login without our roles is told the grant by its name; one that sees no table is not told that they are missing. */
static void who_may_not_is_told_what_is_missing(void)
{
	struct err e = { 0 };
	ck_assert_msg(server_sql(server, "CREATE USER plain IDENTIFIED BY 'p'", NULL, 0, &e) &&
	                      server_sql(server, "GRANT SELECT, EXECUTE ON spot_optimizer.* TO plain", NULL,
	                                 0, &e),
	              "%s", e.text);
	shell("cd %s/home/admin && sed 's/^user=.*/user=plain/; s/^password=.*/password=p/' alice.cnf "
	      ">plain.cnf",
	      root);
	ends("plain", "statements", 4);
	ck_assert(strstr(as("plain", "statements"),
	                 "GRANT SELECT ON performance_schema.events_statements_summary_by_digest TO"));
	ends("alice", "statements", 0);
	static const char *const blind[] = { "agents", "db upgrade", "check",
		                             "import prices tests/cases/import/a01-pretty.json" };
	for (size_t i = 0; i < sizeof blind / sizeof *blind; i++) {
		const char *said = as("acme_agents", blind[i]);
		ck_assert_msg(!strstr(said, "db init") &&
		                      (strstr(said, "spotop_viewer") || strstr(said, "denied")),
		              "%s: %s", blind[i], said);
	}
	const char *verified = as("acme_agents", "db verify -o jsonl");
	ck_assert_msg(!strstr(verified, "\"ok\":false") && strstr(verified, "\"ok\":null"), "%.2000s",
	              verified);
}

/* A viewer reads all and changes nothing, an operator acts, and staging's operator is nobody here. */
static void the_rights_are_as_the_table_says(void)
{
	static const char *const reads[] = { "agents",    "why web-17",   "timeline web-17", "report",
		                             "check",     "audit verify", "job list",        "job history",
		                             "db verify", "overview",     "alerts",          "pools" };
	static const char *const acts[] = { "switch web-17 --ondemand",
		                            "launch web-17 --pool best",
		                            "terminate i-0a1",
		                            "promote i-0a1",
		                            "config web-17 replica_count=1",
		                            "self-destruct web-17 --reason r",
		                            "cancel 00000000-0000-4000-8000-000000000000",
		                            "freeze acme --for 1h --reason r",
		                            "thaw acme",
		                            "cordon r3.large.us-east-1a --for 1h --reason r",
		                            "uncordon r3.large.us-east-1a",
		                            "ack 1",
		                            "claim 1",
		                            "release 1",
		                            "snooze 1 --for 1h",
		                            "note 1 text",
		                            "void 00000000-0000-4000-8000-000000000000",
		                            "job run hourly",
		                            "job cancel hourly" };
	char line[200];
	for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) ends("fleet_check", reads[i], 0);
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
		snprintf(line, sizeof line, "%s --yes", acts[i]);
		ends("fleet_check", line, 4);
	}
	ends("alice", "cordon r3.large.us-east-1a --for 1h --reason r --yes", 0);
	ends("alice", "uncordon r3.large.us-east-1a --reason r --yes", 0);
	ends("alice", "job run hourly --from -2h", 4);
	ends("fleet_worker", "job run hourly", 0);
	ends("alice", "job run hourly -o json", 0);
	ends("alice", "job run nosuch", 2);
	for (int i = 0; i < 2; i++)
		ends(i ? "fleet_check" : "alice", "import prices tests/cases/import/a01-pretty.json", 4);
	ends("fleet_worker", "import prices tests/cases/import/a01-pretty.json", 0);
	ends("bob", "-D spot_optimizer_staging agents", 0);
	ends("bob", "agents", 4);
	ends("bob", "freeze all --for 1h --reason r --yes", 4);
}

START_TEST(the_document_works_as_it_stands)
{
	static const int fine[] = { 200, 0 };
	struct standin *s = standin_start(fine);
	bool has_test = false;
	set_number("HOOK", "http://127.0.0.1:", standin_port(s));
	char *said = strdup(shell("tests/production.sh %s 2>&1", root));
	each_block_was_run(said);
	ck_assert_msg(strstr(said, "whole: ") && strstr(said, " 0 faults"), "%s", said);
	for (int i = 0; i < standin_count(s); i++)
		has_test |= strstr(standin_get(s, i)->body, "a test of the hook") != NULL;
	ck_assert(has_test);
	the_rights_are_as_the_table_says();
	who_may_not_is_told_what_is_missing();

	/* Who set it up may go: nothing of it is his. */
	struct err e = { 0 };
	ck_assert_msg(server_sql(server, "DROP USER fleet_admin", NULL, 0, &e), "%s", e.text);
	ends("alice", "freeze acme --for 1h --reason r --yes", 0);
	ends("alice", "job run hourly", 0);
	ends("fleet_check", "check", 0);
	said = strdup(shell("MYSQL_TCP_PORT=%u mariadb --defaults-file=%s/home/admin/acme_agents.cnf "
	                    "spot_optimizer -N -e "
	                    "\"CALL agent_register('$(cat %s/home/admin/acme.token)', 'web-18', '{}')\" 2>&1",
	                    server_port(server), root, root));
	ck_assert_msg(!strstr(said, "ERROR"), "%s", said);
	standin_stop(s);
}
END_TEST

Suite *suite_production(void)
{
	Suite *s = suite_create("production");
	TCase *t = tcase_create("production");
	tcase_set_timeout(t, 180);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_test(t, the_document_works_as_it_stands);
	suite_add_tcase(s, t);
	return s;
}
