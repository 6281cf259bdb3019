/* galera.c - a Galera cluster of three nodes. */
#include "tests/support/galera.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/local/local.h"
#include "core/local/local_int.h"
#include "tests/support/cluster.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { WAIT_MS = 60000 };

bool galera_is_here(void)
{
	struct err e = { 0 };
	if (!getenv("SPOTOP_CLUSTER")) {
		fprintf(stderr, "left out: clusters of three nodes (make check-cluster)\n");
		return false;
	}
	if (local_galera_check(&e)) return true;
	fprintf(stderr, "%s\n", e.text);
	exit(1);
}

static void start_nodes(struct galera *g)
{
	struct local nodes[LOCAL_NODES];
	struct err e = { 0 };
	/* On a busy machine the others may not be one group yet within the time that a node asks them for. */
	bool ok = false;
	for (int i = 0; i < 3 && !ok; i++)
		ok = local_start_galera(g->dir, GALERA_NODES, LOCAL_DAEMON, nodes, &e);
	ck_assert_msg(ok, "%s", e.text);
	for (int i = 0; i < GALERA_NODES; i++) {
		if (!g->node[i])
			g->node[i] = server_adopt(nodes[i].dir, nodes[i].socket, nodes[i].pid);
		else
			server_again(g->node[i], nodes[i].pid);
		ck_assert_ptr_nonnull(g->node[i]);
	}
}

void galera_start(struct galera *g)
{
	struct err e = { 0 };
	struct local one;
	char template[4096], command[9000];
	const char *tmp = getenv("SPOTOP_TMP");
	memset(g, 0, sizeof *g);
	snprintf(g->dir, sizeof g->dir, "%s/ga.XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(g->dir));
	ck_assert_msg(server_template(template, sizeof template, &e), "%s", e.text);
	ck_assert_msg(dir_take(g->dir, &one, &e), "%s", e.text);
	snprintf(command, sizeof command, "cp -a '%s' %s/data", template, g->dir);
	ck_assert_int_eq(system(command), 0);
	start_nodes(g);
	ck_assert_msg(server_load_schema(g->node[0], &e), "%s", e.text);
	galera_wait_all(g);
}

void galera_stop(struct galera *g)
{
	for (int i = 0; i < GALERA_NODES; i++) server_stop(g->node[i]);
	dir_remove_tree(g->dir, NULL);
}

void galera_rejoin(struct galera *g) { start_nodes(g); }

void galera_isolate(const struct galera *g, int node, bool is_alone)
{
	cluster_do(g->node[node], "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=%d'", is_alone);
}

static void wait_status(const struct galera *g, int node, const char *name, const char *wanted)
{
	const char *is = "";
	for (int64_t until = clock_mono_ms() + WAIT_MS; clock_mono_ms() < until; proc_sleep_ms(50)) {
		is = cluster_ask(g->node[node],
		                 "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE "
		                 "VARIABLE_NAME = '%s'",
		                 name);
		if (strcmp(is, wanted) == 0) return;
	}
	ck_abort_msg("%s of node %d is %s, not %s", name, node, is, wanted);
}

void galera_wait_ready(const struct galera *g, int node, bool is_ready)
{
	wait_status(g, node, "WSREP_READY", is_ready ? "ON" : "OFF");
}

void galera_wait_size(const struct galera *g, int node, int size)
{
	char n[12];
	snprintf(n, sizeof n, "%d", size);
	wait_status(g, node, "WSREP_CLUSTER_SIZE", n);
}

static long committed(const struct server *s)
{
	return strtol(cluster_ask(s, "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE "
	                             "VARIABLE_NAME = 'WSREP_LAST_COMMITTED'"),
	              NULL, 10);
}

void galera_wait_all(const struct galera *g)
{
	long wanted = 0, is = 0;
	for (int i = 0; i < GALERA_NODES; i++)
		if ((is = committed(g->node[i])) > wanted) wanted = is;
	for (int i = 0; i < GALERA_NODES; i++) {
		for (int64_t until = clock_mono_ms() + WAIT_MS; clock_mono_ms() < until; proc_sleep_ms(20))
			if ((is = committed(g->node[i])) >= wanted) break;
		ck_assert_msg(is >= wanted, "node %d has %ld of %ld", i, is, wanted);
	}
}

const char *galera_hosts(const struct galera *g, int first)
{
	static char all[4][400];
	static int turn;
	char *to = all[turn++ % 4];
	const struct server *const *n = (const struct server *const *)g->node;
	snprintf(to, sizeof all[0], "--host=%s,%s,%s", server_socket(n[first % 3]),
	         server_socket(n[(first + 1) % 3]), server_socket(n[(first + 2) % 3]));
	return to;
}
