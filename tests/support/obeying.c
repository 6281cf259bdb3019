/* obeying.c - a fleet whose simulated agents carry out what they are told, and a console over it. */
#include "tests/support/obeying.h"
#include "core/base/err.h"
#include "tests/support/eyes.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct obeying obeying;
const char *const obeying_env[] = { "LC_ALL=C.UTF-8", "TERM=xterm-256color", "TZ=UTC", NULL };

/* --- the fleet --- */

const char *obeying_ask(const char *fmt, const char *a)
{
	static char value[300];
	char sql[900];
	struct err e = { 0 };
	const char *at = strstr(fmt, "%s");
	if (at)
		snprintf(sql, sizeof sql, "%.*s%s%s", (int)(at - fmt), fmt, a, at + 2);
	else
		snprintf(sql, sizeof sql, "%s", fmt);
	/* what locks many rows beside a fleet at work may be undone by the server, and is said again */
	for (int tries = 0; tries < 20; tries++) {
		if (server_sql(obeying.server, sql, value, sizeof value, &e)) return value;
		if (!strstr(e.text, "Deadlock")) break;
		usleep(100000);
	}
	ck_abort_msg("%s: %s", sql, e.text);
	return value;
}

pid_t obeying_spotop(const char *const *words)
{
	const char *argv[16] = { getenv("SPOTOP_BIN"), obeying.cnf };
	size_t n = 2;
	while (*words) argv[n++] = *words++;
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (freopen("/dev/null", "w", stdout) && freopen("/dev/null", "w", stderr))
			execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	return pid;
}

void obeying_start(void)
{
	struct err e = { 0 };
	int status;
	obeying.server = server_start_whole(NULL, &e);
	ck_assert_msg(obeying.server != NULL, "%s", e.text);
	snprintf(obeying.cnf, sizeof obeying.cnf, "--defaults-file=%s/obeying.cnf",
	         server_dir(obeying.server));
	FILE *f = fopen(strchr(obeying.cnf, '=') + 1, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "[client]\nsocket=%s\nuser=root\n[spotop]\nenv-name=obeying\n",
	        server_socket(obeying.server));
	ck_assert_int_eq(fclose(f), 0);
	setenv("XDG_STATE_HOME", server_dir(obeying.server), 1);
	setenv("XDG_CONFIG_HOME", server_dir(obeying.server), 1);
	pid_t fill = obeying_spotop(
	        (const char *[]){ "sim", "--fill", "--agents", "40", "--clients", "1", "--days", "2", NULL });
	ck_assert_int_eq(waitpid(fill, &status, 0), fill);
	ck_assert_int_eq(status, 0);
	obeying_ask("UPDATE " DB
	            "agent_configs SET min_pool_duration_hours = 0, max_switches_per_week = 200, "
	            "blacklist_pools = NULL",
	            NULL);
	obeying_ask("UPDATE " DB "clients SET metadata = JSON_OBJECT('max_touched_share', 1)", NULL);
	obeying_ask("UPDATE " DB "spot_pools SET is_cordoned = FALSE, cordoned_until = NULL", NULL);
	obeying_ask("DELETE FROM " DB "automation_freezes", NULL);
	/* whatever the prices do, one pool of each kind is the cheapest by far */
	obeying_ask("CREATE TABLE " DB "cheap AS SELECT MAX(id) AS id FROM " DB
	            "spot_pools GROUP BY instance_type, region",
	            NULL);
	obeying_ask("CREATE TRIGGER " DB "cheap_ones BEFORE UPDATE ON " DB
	            "spot_pools FOR EACH ROW SET NEW.last_price = "
	            "IF(NEW.last_price <> OLD.last_price AND EXISTS (SELECT 1 FROM " DB
	            "cheap c WHERE c.id = NEW.id), NEW.last_price / 9, NEW.last_price)",
	            NULL);
	obeying_ask("UPDATE " DB "spot_pools SET last_price_at = NOW(), last_price = last_price + 0.0001",
	            NULL);
	obeying_ask("UPDATE " DB "agents SET notice_status = 'none', notice_deadline = NULL", NULL);
	obeying.sim = obeying_spotop((const char *[]){ "sim", "--quiet", "--speed", "20", "--failures", "0",
	                                               "--lies", "0", NULL });
}

void obeying_stop(void)
{
	int status;
	kill(obeying.sim, SIGCONT);
	kill(obeying.sim, SIGTERM);
	waitpid(obeying.sim, &status, 0);
	server_stop(obeying.server);
}

/* Three agents that are well, have not been touched yet, and end their old instances by themselves. */
static void choose(void)
{
	for (int i = 0; i < 3; i++) {
		char sql[700];
		snprintf(sql, sizeof sql,
		         "SELECT a.logical_agent_id FROM " DB
		         "agents a WHERE a.metadata NOT LIKE '%%role%%' AND a.enabled AND "
		         "a.auto_terminate_enabled AND a.current_mode = 'spot' AND a.current_pool_id NOT IN "
		         "(SELECT id FROM " DB "cheap) AND NOT EXISTS (SELECT 1 "
		         "FROM " DB "commands c WHERE c.agent_id = a.id AND c.created_at > NOW() - INTERVAL "
		         "10 MINUTE) ORDER BY "
		         "a.logical_agent_id LIMIT 1 OFFSET %d",
		         i);
		snprintf(obeying.three[i], sizeof obeying.three[i], "%s", obeying_ask(sql, NULL));
		ck_assert_str_ne(obeying.three[i], "");
	}
}

void obeying_begin(void)
{
	choose();
	const char *argv[] = { getenv("SPOTOP_BIN"), obeying.cnf, "--write", NULL };
	p = pty_spawn(32, 120, argv, obeying_env);
}

void obeying_end(void)
{
	kill(obeying.sim, SIGCONT);
	pty_free(p);
	p = NULL;
}

/* --- hands --- */

/* A dialog is deaf for a moment after each of its steps. */
void obeying_press(const char *keys)
{
	pty_settle(p, 450);
	pty_keys(p, keys);
}
void obeying_filter(const char *expr, const char *until)
{
	char keys[200];
	want("RW");
	pty_keys(p, "2");
	want("agents  40");
	snprintf(keys, sizeof keys, "/%s\r", expr);
	pty_keys(p, keys);
	want(until);
}
void obeying_confirm(void)
{
	want("to issue, Esc leaves");
	pty_settle(p, 450);
	const char *at = strstr(pty_screen(p), "type "), *stop = at ? strstr(at, " to issue") : NULL;
	ck_assert_ptr_nonnull(stop);
	char word[64];
	snprintf(word, sizeof word, "%.*s", (int)(stop - at - 5), at + 5);
	pty_keys(p, word);
}
int obeying_commands(void)
{
	return atoi(obeying_ask("SELECT COUNT(*) FROM " DB
	                        "commands WHERE trigger_type = 'manual' AND created_by LIKE 'root%'",
	                        NULL));
}
void obeying_mark_three(void)
{
	char expr[150];
	snprintf(expr, sizeof expr, "%s|%s|%s", obeying.three[0], obeying.three[1], obeying.three[2]);
	obeying_filter(expr, "3 of 40");
	pty_keys(p, "*");
	want("3 marked");
}
