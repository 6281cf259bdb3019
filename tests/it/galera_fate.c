/* galera_fate.c - a request whose link to one node of a cluster was cut while that node had it in hands: another node does
 * it or voids it, the first may still get to its commit, and of the two one wins, whichever it is. */
#include "core/base/mem.h"
#include "core/base/uuid.h"
#include "core/local/local_int.h"
#include "tests/support/cluster.h"
#include "tests/support/galera.h"
#include "tests/support/rig.h"
#include "tests/support/server.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_galera_fate(void);

static struct galera g;
static struct rig rigs[GALERA_NODES];
static char id[37];

static void begin(void)
{
	galera_start(&g);
	for (int i = 0; i < GALERA_NODES; i++) {
		struct rig *r = &rigs[i];
		r->server = g.node[i];
		snprintf(r->socket, sizeof r->socket, "%s", server_socket(g.node[i]));
		snprintf(r->proxy, sizeof r->proxy, "%s/p.sock", g.dir);
		snprintf(r->state, sizeof r->state, "%s/state", g.dir);
	}
	rig_fresh(&rigs[0]);
}
static void end(void) { galera_stop(&g); }

/* The path to the first node; the others are reached without it. */
static void open_path(void)
{
	rig_do(&rigs[0], "UPDATE agents SET last_heartbeat_at = NOW()");
	rig_do(&rigs[0], "UPDATE spot_pools SET last_price_at = NOW()");
	rig_start_proxy(&rigs[0]);
	uuid_make(id);
}

/* Who does the deed on the first node sleeps there for so long before its commit, who does it on another for so long. */
static void make_slow(double first, double others)
{
	static const char *const tables[] = { "commands", "automation_freezes" };
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		rig_do(&rigs[0],
		       "CREATE OR REPLACE TRIGGER slow_%s BEFORE INSERT ON %s FOR EACH ROW DO "
		       "SLEEP(IF(@@socket = '%s', "
		       "%g, "
		       "%g))",
		       tables[i], tables[i], rigs[0].socket, first, others);
}

static void make_fast(void)
{
	rig_do(&rigs[0], "DROP TRIGGER slow_commands");
	rig_do(&rigs[0], "DROP TRIGGER slow_automation_freezes");
}

static long sleepers(int node)
{
	return rig_number(&rigs[node], "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE = "
	                               "'User sleep'");
}

static void until_it_sleeps(void)
{
	for (int i = 0; i < 400; i++, proc_sleep_ms(25))
		if (sleepers(0)) return;
	ck_abort_msg("it never came to its deed");
}

static void until_nothing_comes_any_more(void)
{
	for (int i = 0; i < GALERA_NODES; i++)
		while (sleepers(i)) proc_sleep_ms(50);
	proc_sleep_ms(300);
}

/* Each node says the same of it: done n times, settled once. */
static void hold(long n, const char *table, const char *settled_as)
{
	until_nothing_comes_any_more();
	for (int i = 0; i < GALERA_NODES; i++) {
		ck_assert_int_eq(rig_number(&rigs[i], "SELECT COUNT(*) FROM %s WHERE request_id = '%s'",
		                            table, id),
		                 n);
		ck_assert_int_eq(rig_number(&rigs[i],
		                            "SELECT COUNT(*) FROM audit_log WHERE request_id = '%s' AND "
		                            "result IN "
		                            "('done', 'void')",
		                            id),
		                 1);
		ck_assert_int_eq(rig_number(&rigs[i],
		                            "SELECT COUNT(*) FROM audit_log WHERE request_id = '%s' AND "
		                            "result = '%s'",
		                            id, settled_as),
		                 1);
		ck_assert_int_eq(rig_number(&rigs[i], "SELECT COUNT(*) FROM v_audit_faults"), 0);
	}
}

static const struct verb {
	const char *table;
	const char *words[5];
} verbs[] = {
	{ "commands", { "switch", "agent-00%d", "--to", "r3.large.us-east-1e", NULL } },
	{ "automation_freezes", { "freeze", "agent:agent-01%d", "--for", "1h", NULL } },
};

/* Through the path to the first node; the others are next on its list. */
static pid_t issue(const struct verb *v, int agent, int *out, int *err)
{
	char hosts[400], target[40];
	const char *argv[12] = { hosts };
	size_t n = 1;
	snprintf(hosts, sizeof hosts, "--host=%s,%s,%s", rigs[0].proxy, rigs[1].socket, rigs[2].socket);
	snprintf(target, sizeof target, "%s%d", v->table[0] == 'c' ? "agent-00" : "agent:agent-01", agent);
	for (size_t i = 0; v->words[i]; i++) argv[n++] = i == 1 ? target : v->words[i];
	argv[n++] = "--yes";
	argv[n++] = "--reason=a cut";
	argv[n++] = "--request-id";
	argv[n++] = id;
	return rig_spawn(&rigs[0], true, argv, out, err);
}

static struct said {
	int code;
	char out[4000], err[4000];
} said;

static void slurp(int fd, char *to, size_t size)
{
	size_t n = 0;
	for (ssize_t k; n + 1 < size && (k = read(fd, to + n, size - 1 - n)) > 0;) n += (size_t)k;
	to[n] = 0;
	close(fd);
}

static void wait_end(pid_t pid, int out, int err)
{
	int status;
	slurp(out, said.out, sizeof said.out);
	slurp(err, said.err, sizeof said.err);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	said.code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* Sent again, it reaches another node: the last two of the four are those in which the first node is sooner. */
START_TEST(what_was_cut_at_one_node_is_done_once_by_whichever_is_sooner)
{
	const struct verb *v = &verbs[_i % 2];
	int out, err;
	make_slow(_i < 2 ? 6 : 1, _i < 2 ? 0 : 4);
	pid_t pid = issue(v, 2 + _i, &out, &err);
	until_it_sleeps();
	rig_stop_proxy(&rigs[0]);
	wait_end(pid, out, err);
	ck_assert_msg(said.code == 0 && strstr(said.err, "outcome unknown, checking") &&
	                      strstr(said.out, "\"status\":\"done\""),
	              "%d: %s%s", said.code, said.out, said.err);
	hold(1, v->table, "done");
	make_fast();
}
END_TEST

static void void_at(int node)
{
	int out, err;
	const char *argv[] = { "void", id, "--reason=it was cut", "-o", "json", NULL };
	pid_t pid = rig_spawn(&rigs[node], false, argv, &out, &err);
	wait_end(pid, out, err);
}

/* Whoever issued it is gone and the first node is in the middle of it. */
START_TEST(a_void_at_another_node_undoes_what_the_first_has_in_hands)
{
	const struct verb *v = &verbs[_i % 2];
	int out, err;
	make_slow(4, 0);
	pid_t pid = issue(v, 6 + _i, &out, &err);
	until_it_sleeps();
	kill(pid, SIGKILL);
	wait_end(pid, out, err);
	rig_stop_proxy(&rigs[0]);
	void_at(1 + _i);
	ck_assert_msg(said.code == 0 && strstr(said.out, "\"void\""), "%d: %s%s", said.code, said.out,
	              said.err);
	hold(0, v->table, "void");
	make_fast();
	void_at(0);
	ck_assert_msg(said.code == 0 && strstr(said.out, "\"void\""), "%d: %s%s", said.code, said.out,
	              said.err);
	rig_start_proxy(&rigs[0]);
	wait_end(issue(v, 6 + _i, &out, &err), out, err);
	ck_assert_msg(said.code == 4 && strstr(said.out, "voided"), "%d: %s%s", said.code, said.out,
	              said.err);
	hold(0, v->table, "void");
	rig_stop_proxy(&rigs[0]);
}
END_TEST

/* At any moment around its commit; the program that issued it lives on and is told the truth too. */
START_TEST(of_a_request_and_its_void_at_another_node_one_wins)
{
	enum { TRIES = 16, DEED_MS = 300 };
	const struct verb *v = &verbs[1];
	int n_void = 0;
	make_slow(DEED_MS / 1000.0, 0);
	for (int i = 0; i < TRIES; i++) {
		int out, err;
		uuid_make(id);
		rig_do(&rigs[0], "UPDATE automation_freezes SET thawed_at = NOW()");
		pid_t pid = issue(v, i % 10, &out, &err);
		until_it_sleeps();
		proc_sleep_ms(i * DEED_MS * 3 / 2 / TRIES);
		void_at(1 + i % 2);
		bool is_void = said.code == 0;
		ck_assert_msg(strstr(said.out, is_void ? "\"void\"" : "\"replayed\"") && said.code <= 1,
		              "%d: %d: %s%s", i, said.code, said.out, said.err);
		wait_end(pid, out, err);
		ck_assert_msg(said.code == (is_void ? 4 : 0), "%d, void %d: %d: %s%s", i, is_void, said.code,
		              said.out, said.err);
		hold(!is_void, v->table, is_void ? "void" : "done");
		n_void += is_void;
	}
	printf("galera_fate: %d of %d were voided, the others done\n", n_void, TRIES);
	make_fast();
	rig_stop_proxy(&rigs[0]);
}
END_TEST

Suite *suite_galera_fate(void)
{
	Suite *s = suite_create("galera_fate");
	TCase *t = tcase_create("fate");
	if (!galera_is_here()) return s;
	tcase_add_unchecked_fixture(t, begin, end);
	tcase_add_checked_fixture(t, open_path, NULL);
	tcase_set_timeout(t, 180);
	tcase_add_loop_test(t, what_was_cut_at_one_node_is_done_once_by_whichever_is_sooner, 0, 4);
	tcase_add_loop_test(t, a_void_at_another_node_undoes_what_the_first_has_in_hands, 0, 2);
	tcase_add_test(t, of_a_request_and_its_void_at_another_node_one_wins);
	suite_add_tcase(s, t);
	return s;
}
