/* console.c - the console as an operator meets it: a real terminal, a real server, keys in, screens out. */
#include "core/base/err.h"
#include "tests/support/pty.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_MS = 15000 };
static struct server *server;
static char cnf[512];
static const char *const env[] = { "LC_ALL=C.UTF-8", "TERM=xterm-256color", "TZ=UTC", NULL };

/* Six agents of two clients: well, without a primary, silent, never heard of, under notice, disabled. */
static const char *const fleet[] = {
	"INSERT INTO spot_optimizer.clients (id, name, email, client_token) VALUES"
	" ('00000000-0000-4000-8000-000000000001', 'acme', 'ops@acme.example', REPEAT('a', 64)),"
	" ('00000000-0000-4000-8000-000000000002', 'zeta', 'ops@zeta.example', REPEAT('b', 64))",
	"INSERT INTO spot_optimizer.spot_pools (id, pool_name, instance_type, region, az, last_price, "
	"last_price_at) VALUES"
	" ('m5.large.us-east-1a', 'm5.large in 1a', 'm5.large', 'us-east-1', 'us-east-1a', 0.0310, NOW()),"
	" ('m5.large.us-east-1b', 'm5.large in 1b', 'm5.large', 'us-east-1', 'us-east-1b', 0.0290, NOW())",
	"INSERT INTO spot_optimizer.agents (id, client_id, logical_agent_id, instance_type, region, az, "
	"current_mode, current_pool_id,"
	" instance_id, spot_price, ondemand_price, status, enabled, last_heartbeat_at, "
	"heartbeat_interval_seconds, notice_status) VALUES"
	" ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000001', 'web-1', "
	"'m5.large', 'us-east-1', 'us-east-1a', 'spot', 'm5.large.us-east-1a', 'i-00000000000000aa1', 0.031, "
	"0.096, 'online', TRUE, NOW(), 30, 'none'),"
	" ('00000000-0000-4000-8000-0000000000a2', '00000000-0000-4000-8000-000000000001', 'web-2', "
	"'m5.large', 'us-east-1', 'us-east-1a', 'spot', 'm5.large.us-east-1a', NULL, 0.031, 0.096, 'online', "
	"TRUE, NOW(), 30, 'none'),"
	" ('00000000-0000-4000-8000-0000000000a3', '00000000-0000-4000-8000-000000000001', 'web-3', "
	"'m5.large', 'us-east-1', 'us-east-1b', 'spot', 'm5.large.us-east-1b', 'i-00000000000000aa3', 0.029, "
	"0.096, 'online', TRUE, NOW() - INTERVAL 2 DAY, 30, 'none'),"
	" ('00000000-0000-4000-8000-0000000000a4', '00000000-0000-4000-8000-000000000002', 'db-1', "
	"'m5.large', 'us-east-1', 'us-east-1b', 'spot', 'm5.large.us-east-1b', 'i-00000000000000aa4', 0.029, "
	"0.096, 'online', TRUE, NULL, 30, 'none'),"
	" ('00000000-0000-4000-8000-0000000000a5', '00000000-0000-4000-8000-000000000002', 'db-2', "
	"'m5.large', 'us-east-1', 'us-east-1b', 'spot', 'm5.large.us-east-1a', 'i-00000000000000aa5', 0.029, "
	"0.096, 'online', TRUE, NOW(), 30, 'rebalance'),"
	" ('00000000-0000-4000-8000-0000000000a6', '00000000-0000-4000-8000-000000000002', 'old-1', "
	"'m5.large', 'us-east-1', 'us-east-1b', 'spot', 'm5.large.us-east-1b', NULL, 0.029, 0.096, 'online', "
	"FALSE, NOW(), 30, 'none')",
	"INSERT INTO spot_optimizer.instances (id, client_id, agent_id, instance_type, region, az, "
	"current_mode, current_pool_id, spot_price, ondemand_price,"
	" instance_status, is_primary, created_at) VALUES"
	" ('i-00000000000000aa1', '00000000-0000-4000-8000-000000000001', "
	"'00000000-0000-4000-8000-0000000000a1', 'm5.large', 'us-east-1', 'us-east-1a', 'spot', "
	"'m5.large.us-east-1a', 0.031, 0.096, 'running_primary', TRUE, NOW() - INTERVAL 9 DAY),"
	" ('i-00000000000000aa3', '00000000-0000-4000-8000-000000000001', "
	"'00000000-0000-4000-8000-0000000000a3', 'm5.large', 'us-east-1', 'us-east-1b', 'spot', "
	"'m5.large.us-east-1b', 0.029, 0.096, 'running_primary', TRUE, NOW() - INTERVAL 9 DAY),"
	" ('i-00000000000000aa4', '00000000-0000-4000-8000-000000000002', "
	"'00000000-0000-4000-8000-0000000000a4', 'm5.large', 'us-east-1', 'us-east-1b', 'spot', "
	"'m5.large.us-east-1b', 0.029, 0.096, 'running_primary', TRUE, NOW() - INTERVAL 9 DAY),"
	" ('i-00000000000000aa5', '00000000-0000-4000-8000-000000000002', "
	"'00000000-0000-4000-8000-0000000000a5', 'm5.large', 'us-east-1', 'us-east-1a', 'spot', "
	"'m5.large.us-east-1a', 0.029, 0.096, 'running_primary', TRUE, NOW() - INTERVAL 9 DAY)",
};

static void must_sql(const char *sql)
{
	struct err e;
	if (!server_sql(server, sql, NULL, 0, &e)) ck_abort_msg("%s", e.text);
}

static void setup(void)
{
	struct err e;
	server = server_start_whole(NULL, &e);
	if (!server) {
		fprintf(stderr, "e2e: %s\n", e.text);
		abort();
	}
	for (size_t i = 0; i < sizeof fleet / sizeof fleet[0]; i++)
		if (!server_sql(server, fleet[i], NULL, 0, &e)) {
			fprintf(stderr, "e2e fleet %zu: %s\n", i, e.text);
			abort();
		}
	snprintf(cnf, sizeof cnf, "--defaults-file=%s/e2e.cnf", server_dir(server));
	FILE *f = fopen(cnf + strlen("--defaults-file="), "w");
	fprintf(f, "[client]\nsocket=%s\nuser=root\n[spotop]\nenv-name=test\nenv-color=green\n",
	        server_socket(server));
	fclose(f);
	setenv("XDG_STATE_HOME", server_dir(server), 1);
	char cmd[300];
	snprintf(cmd, sizeof cmd, "mkdir -p '%s/spotop' && : > '%s/spotop/greeted'", server_dir(server),
	         server_dir(server));
	ck_assert_int_eq(system(cmd), 0); /* nobody is here for the first time */
	setenv("XDG_CONFIG_HOME", server_dir(server), 1);
}

static void teardown(void) { server_stop(server); }

/* Those who are heard of have just been heard of. */
static struct pty *console(const char *option)
{
	must_sql("UPDATE spot_optimizer.agents SET last_heartbeat_at = NOW() WHERE last_heartbeat_at > NOW() "
	         "- "
	         "INTERVAL 1 DAY");
	const char *argv[] = { getenv("SPOTOP_BIN"), cnf, option, NULL };
	struct pty *p = pty_spawn(24, 80, argv, env);
	ck_assert_ptr_nonnull(p);
	return p;
}

static void want(struct pty *p, const char *text)
{
	if (!pty_wait_text(p, text, WAIT_MS))
		ck_abort_msg("'%s' does not come; the screen is\n%s", text, pty_screen(p));
}

static void quit(struct pty *p)
{
	int status = -1;
	pty_settle(p, 150); /* an Esc just before must not become Alt-Q */
	pty_keys(p, "Q");
	if (!pty_wait_exit(p, &status, 1500)) pty_keys(p, "Q"); /* the first names what of mine goes on */
	ck_assert_msg(pty_wait_exit(p, &status, WAIT_MS), "Q Q does not quit\n%s", pty_screen(p));
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_msg(pty_is_canonical(p) && !pty_is_alt(p), "the terminal is not as it was");
	pty_free(p);
}

/* What moves by itself (clock, latency, ages) becomes '#', so that a screen can be written out. */
static char *still(const char *screen)
{
	char *out = malloc(strlen(screen) * 2 + 64), *o = out;
	for (const char *line = screen; *line;) {
		size_t n = strcspn(line, "\n"), keep = n;
		const char *db = line == screen ? strstr(line, "  db ") : NULL;
		if (db && (size_t)(db - line) < n) keep = (size_t)(db - line); /* the header's right end */
		for (size_t i = 0; i < keep; i++) {
			bool is_age = isdigit((unsigned char)line[i]) && i + 2 < n;
			size_t d = i;
			while (is_age && d < n && isdigit((unsigned char)line[d])) d++;
			if (is_age && d + 1 < n && line[d] == ' ' && strchr("smhd", line[d + 1]) &&
			    (d + 2 >= n || line[d + 2] == ' ')) {
				*o++ = '#';
				i = d - 1;
			} else if (line == screen && line[i] == ' ' && i && line[i - 1] == ' ')
				continue; /* the counts are centred in what room there is */
			else
				*o++ = line[i];
		}
		while (o > out && o[-1] == ' ') o--;
		if (o - out > 5 && memcmp(o - 4, "live", 4) == 0) { /* the age of fresh data comes and goes */
			o -= 4;
			while (o > out && o[-1] == ' ') o--;
		} else if (o - out > 7 && memcmp(o - 7, "# s ago", 7) == 0) {
			o -= 7;
			while (o > out && o[-1] == ' ') o--;
		}
		*o++ = '\n';
		line += n + (line[n] == '\n');
	}
	*o = 0;
	return out;
}

static void same_screen(struct pty *p, const char *wanted)
{
	char *got = still(pty_screen(p));
	size_t n = strlen(wanted);
	if (strncmp(got, wanted, n) != 0) ck_abort_msg("the screen is\n%s\nand should be\n%s", got, wanted);
	free(got);
}

static const char agents_80x24[] =
        " spotop test RO 2 clients · 5 agents · 4 instances\n"
        " 1 overview 2 agents 3 inst 4 events 5 cmds 6 switches 7 prices 8 jobs 9 time\n"
        "\n"
        " agents  6\n"
        "  agent         health   cause                silent  reported  prim  repl  zomb\n"
        "  web-2         crit     no_primary              # s  online       0     0     0\n"
        "  web-3         dead     silent_dead            # h  online       1     0     0\n"
        "  db-1          unknown  no_heartbeat              –  online       1     0     0\n"
        "  db-2          warn     rebalance_notice        # s  online       1     0     0\n"
        "  web-1         ok                               # s  online       1     0     0\n"
        "  old-1         off      disabled                # s  online       0     0     0\n"
        "\n\n\n\n\n\n\n\n\n\n\n\n"
        " a actions  Enter open  W why  / filter  : go  ? help  q back\n";

START_TEST(agents_stand_worst_first_with_the_reason)
{
	struct pty *p = console(NULL);
	want(p, "DEADLINES");
	pty_keys(p, "2");
	want(p, "no_heartbeat");
	pty_settle(p, 300);
	same_screen(p, agents_80x24);
	quit(p);
}
END_TEST

START_TEST(enter_goes_in_and_escape_comes_back)
{
	struct pty *p = console("--view=agents");
	want(p, "web-3");
	pty_keys(p, "j\r"); /* the one that lacks its primary stands above it */
	want(p, "agents › web-3");
	want(p, "i-0000");
	pty_keys(p, "\033");
	ck_assert(pty_wait_gone(p, "agents › web-3", WAIT_MS));
	pty_keys(p, "W");
	want(p, "no heartbeat for");
	want(p, "do not  queue a switch for it");
	quit(p);
}
END_TEST

START_TEST(filter_is_live_and_escape_clears_it)
{
	struct pty *p = console("--view=agents");
	want(p, "web-3");
	pty_keys(p, "/client:zeta");
	want(p, "3 of 6");
	ck_assert(pty_wait_gone(p, "web-1", WAIT_MS));
	pty_keys(p, "\r\033");
	want(p, "web-1");
	quit(p);
}
END_TEST

START_TEST(read_only_until_armed)
{
	struct pty *p = console("--view=agents");
	want(p, "web-1");
	pty_keys(p, "a");
	want(p, "read-only; :write arms it");
	pty_keys(p, "s");
	want(p, "switch: read-only");
	pty_keys(p, "\033");
	quit(p);
}
END_TEST

/* From the key to the committed row: the wizard, the preview, the typed confirmation. */
START_TEST(a_switch_is_typed_confirmed_and_stored_once)
{
	struct err e;
	char n[64];
	struct pty *p = console("--write");
	want(p, "RW");
	pty_keys(p, "2");
	want(p, "web-1");
	pty_keys(p, "/web-1\r");
	want(p, "1 of 6");
	pty_keys(p, "a");
	want(p, "switch to another pool");
	pty_keys(p, "s");
	want(p, "m5.large.us-east-1b");
	pty_settle(p, 400);
	pty_keys(p, "\r");
	want(p, "to issue, Esc leaves");
	pty_settle(p, 400);
	pty_keys(p, "\r\r"); /* Enter never confirms */
	pty_settle(p, 300);
	ck_assert(server_sql(server, "SELECT COUNT(*) FROM spot_optimizer.commands", n, sizeof n, &e));
	ck_assert_str_eq(n, "0");
	pty_keys(p, "0aa1");
	want(p, "issued:");
	ck_assert(server_sql(server,
	                     "SELECT CONCAT_WS(' ', command_type, priority, trigger_type, target_pool_id, "
	                     "status) FROM spot_optimizer.commands",
	                     n, sizeof n, &e));
	ck_assert_str_eq(n, "switch 75 manual m5.large.us-east-1b pending");
	pty_keys(p, "\033");
	quit(p);
}
END_TEST

/* The cheapest pool is where the agent is: that is said, and the cursor stands on the first it can go to. */
START_TEST(the_wizard_begins_at_a_pool_that_can_be_had)
{
	must_sql("UPDATE spot_optimizer.spot_pools SET last_price = 0.0100 WHERE id = 'm5.large.us-east-1a'");
	struct pty *p = console("--write");
	want(p, "RW");
	pty_keys(p, "2");
	want(p, "web-1");
	pty_keys(p, "/web-1\r");
	want(p, "1 of 6");
	pty_keys(p, "a");
	want(p, "switch to another pool");
	pty_keys(p, "s");
	want(p, "m5.large.us-east-1a here");
	const char *screen = pty_screen(p), *a = strstr(screen, "m5.large.us-east-1a here"),
	           *b = strstr(screen, "m5.large.us-east-1b");
	ck_assert_msg(b && a < b, "not the cheapest first\n%s", screen);
	pty_settle(p, 400);
	pty_keys(p, "\r");
	want(p, "target_is_current");
	ck_assert_msg(!strstr(pty_screen(p), "FAIL  target_is_current"), "%s", pty_screen(p));
	pty_settle(p, 400);
	pty_keys(p, "\033");
	quit(p);
	must_sql("UPDATE spot_optimizer.spot_pools SET last_price = 0.0310 WHERE id = 'm5.large.us-east-1a'");
}
END_TEST

/* What is typed stays while a price moves within the tolerance, and goes when it moved past it, also by small steps. */
START_TEST(what_is_typed_stays_until_the_price_moved)
{
	struct pty *p = console("--write");
	want(p, "RW");
	pty_keys(p, "2");
	want(p, "web-1");
	pty_keys(p, "/web-1\r");
	want(p, "1 of 6");
	pty_keys(p, "a");
	want(p, "switch to another pool");
	pty_keys(p, "s");
	want(p, "m5.large.us-east-1b");
	pty_settle(p, 400);
	pty_keys(p, "\r");
	want(p, "to issue, Esc leaves");
	pty_settle(p, 400);
	pty_keys(p, "0a");
	must_sql("UPDATE spot_optimizer.spot_pools SET last_price = last_price * 1.03 WHERE id = "
	         "'m5.large.us-east-1b'");
	want(p, "$0.0299");
	ck_assert_msg(!strstr(pty_screen(p), "it changed while you looked"), "%s", pty_screen(p));
	ck_assert_msg(strstr(pty_screen(p), "leaves: 0a") != NULL, "%s", pty_screen(p));
	must_sql("UPDATE spot_optimizer.spot_pools SET last_price = last_price * 1.03 WHERE id = "
	         "'m5.large.us-east-1b'");
	want(p, "it changed while you looked: price was $0.0");
	ck_assert_msg(!strstr(pty_screen(p), "leaves: 0a"), "%s", pty_screen(p));
	pty_keys(p, "\033");
	quit(p);
	must_sql("UPDATE spot_optimizer.spot_pools SET last_price = last_price / 1.0609 WHERE id = "
	         "'m5.large.us-east-1b'");
}
END_TEST

START_TEST(a_paste_is_text_and_never_keys)
{
	struct pty *p = console("--view=agents");
	want(p, "web-1");
	pty_keys(p, "\033[200~QQQy\ny\n\033[201~");
	want(p, "a paste is text, never keys");
	quit(p);
}
END_TEST

START_TEST(an_unknown_key_says_so)
{
	struct pty *p = console("--view=agents");
	want(p, "web-1");
	pty_keys(p, "X");
	want(p, "X does nothing here");
	quit(p);
}
END_TEST

START_TEST(hostile_text_is_shown_and_harmless)
{
	must_sql("UPDATE spot_optimizer.clients SET name = CONCAT('z', CHAR(27), '[2J', CHAR(7)) WHERE name "
	         "= 'zeta'");
	struct pty *p = console("--view=clients");
	want(p, "z<U+001B>[2J<U");
	ck_assert_ptr_nonnull(strstr(pty_screen(p), "acme"));
	quit(p);
	must_sql("UPDATE spot_optimizer.clients SET name = 'zeta' WHERE id = "
	         "'00000000-0000-4000-8000-000000000002'");
}
END_TEST

START_TEST(a_lost_database_leaves_the_data_and_comes_back_by_itself)
{
	struct err e;
	struct pty *p = console("--view=agents");
	want(p, "web-1");
	server_kill(server);
	want(p, "NO DATABASE");
	want(p, "web-1"); /* the last data stays */
	want(p, "data from");
	ck_assert_msg(server_restart(server, &e), "%s", e.text);
	want(p, "connected again");
	ck_assert(pty_wait_gone(p, "NO DATABASE", WAIT_MS));
	quit(p);
}
END_TEST

START_TEST(without_a_database_it_opens_all_the_same)
{
	const char *argv[] = { getenv("SPOTOP_BIN"), "--no-defaults", "-S", "/nonexistent/socket", NULL };
	struct pty *p = pty_spawn(24, 80, argv, env);
	want(p, "NO DATABASE");
	want(p, "/nonexistent/socket");
	pty_keys(p, "?");
	want(p, "help: overview");
	pty_keys(p, "\033");
	quit(p);
}
END_TEST

START_TEST(small_screens_work)
{
	struct pty *p = console("--view=agents");
	want(p, "web-1");
	pty_resize(p, 12, 40);
	pty_settle(p, 500);
	want(p, "web-3");
	want(p, "dead");
	pty_resize(p, 60, 200);
	want(p, "od $/h");
	quit(p);
}
END_TEST

/* What would be cut is not asked: one sentence stands for it, no key but Esc is taken, and on a larger screen it is there again. */
START_TEST(below_40x12_a_dialog_is_one_sentence)
{
	static const struct {
		const char *keys, *shows;
	} dialogs[] = { { "a", "change settings" }, { "y", "its name" }, { "o", "Space shows or hides" } };
	struct pty *p = console("--view=agents");
	want(p, "web-1");
	for (size_t i = 0; i < sizeof dialogs / sizeof *dialogs; i++) {
		pty_keys(p, dialogs[i].keys);
		want(p, dialogs[i].shows);
		pty_resize(p, 10, 33);
		want(p, "33x10 is too small");
		want(p, "Esc leaves");
		ck_assert(strstr(pty_screen(p), dialogs[i].shows) == NULL);
		pty_keys(p, "\r");
		pty_settle(p, 300);
		want(p, "33x10 is too small");
		pty_resize(p, 12, 40);
		want(p, dialogs[i].shows);
		pty_resize(p, 10, 33);
		want(p, "33x10 is too small");
		pty_keys(p, "\033");
		ck_assert_msg(pty_wait_gone(p, "33x10 is too small", 10000), "%s", pty_screen(p));
		pty_resize(p, 24, 100);
		want(p, "web-1");
	}
	quit(p);
}
END_TEST

Suite *suite_console(void);
Suite *suite_console(void)
{
	Suite *s = suite_create("console");
	TCase *t = tcase_create("keys to screens");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, agents_stand_worst_first_with_the_reason);
	tcase_add_test(t, enter_goes_in_and_escape_comes_back);
	tcase_add_test(t, filter_is_live_and_escape_clears_it);
	tcase_add_test(t, read_only_until_armed);
	tcase_add_test(t, what_is_typed_stays_until_the_price_moved);
	tcase_add_test(t, a_switch_is_typed_confirmed_and_stored_once);
	tcase_add_test(t, the_wizard_begins_at_a_pool_that_can_be_had);
	tcase_add_test(t, a_paste_is_text_and_never_keys);
	tcase_add_test(t, an_unknown_key_says_so);
	tcase_add_test(t, hostile_text_is_shown_and_harmless);
	tcase_add_test(t, small_screens_work);
	tcase_add_test(t, below_40x12_a_dialog_is_one_sentence);
	tcase_add_test(t, a_lost_database_leaves_the_data_and_comes_back_by_itself);
	tcase_add_test(t, without_a_database_it_opens_all_the_same);
	suite_add_tcase(s, t);
	return s;
}
