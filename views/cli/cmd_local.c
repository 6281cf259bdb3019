/* cmd_local.c - `spotop local start|stop|status`: the private MariaDB by hand. */
#include "core/local/local.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include <limits.h>
#include <stdio.h>

/* --dir or the usual one. */
static bool find_dir(const struct cli *c, char *dir, size_t n, struct err *e)
{
	const char *given = cli_text(c, "dir");
	if (!cli_words(c, 0, e)) return false;
	if (!given) return local_default_dir(dir, n, e);
	snprintf(dir, n, "%s", given);
	return true;
}

static void say_started(const struct local *l)
{
	fprintf(stderr, "%s: process %d in %s\n", l->is_ours ? "started" : "already running", (int)l->pid,
	        l->dir);
}

static int start_galera(struct cli *c, const char *dir, int n)
{
	struct local nodes[LOCAL_NODES];
	struct err e;
	if (!local_start_galera(dir, n, LOCAL_DAEMON, nodes, &e)) return cli_fail(c, &e);
	for (int i = 0; i < n; i++) say_started(&nodes[i]);
	puts(nodes[0].both);
	return 0;
}

int cmd_local_start(struct cli *c)
{
	struct local l, primary;
	struct err e;
	char dir[PATH_MAX];
	const char *of = cli_text(c, "replica-of");
	int n = (int)cli_number(c, "galera");
	if (n && of) {
		err_set(&e, ERR_USAGE, "--galera and --replica-of exclude each other");
		return cli_fail(c, &e);
	}
	if (n && find_dir(c, dir, sizeof dir, &e)) return start_galera(c, dir, n);
	if (n || !find_dir(c, dir, sizeof dir, &e) ||
	    !(of ? local_start_replica(dir, of, LOCAL_DAEMON, &primary, &l, &e)
	         : local_start(dir, LOCAL_DAEMON, &l, &e)))
		return cli_fail(c, &e);
	if (of) say_started(&primary);
	say_started(&l);
	puts(of ? l.both : l.cnf);
	return 0;
}

int cmd_local_stop(struct cli *c)
{
	struct err e;
	char dir[PATH_MAX];
	if (!find_dir(c, dir, sizeof dir, &e) || !local_stop(dir, &e)) return cli_fail(c, &e);
	fprintf(stderr, "stopped\n");
	return 0;
}

/* Exit 1 when nothing answers there, so that a script can ask. */
int cmd_local_status(struct cli *c)
{
	struct local l;
	struct err e;
	char dir[PATH_MAX];
	if (!find_dir(c, dir, sizeof dir, &e) || !local_status(dir, &l, &e)) return cli_fail(c, &e);
	printf("dir      %s\nmy.cnf   %s\nsocket   %s\n", l.dir, l.cnf, l.socket);
	if (!l.pid) {
		printf("server   none\n");
		return 1;
	}
	printf("server   process %d, %s\n", (int)l.pid, l.is_answering ? "answers" : "does not answer");
	if (l.owner) printf("owner    process %d, it ends with it\n", (int)l.owner);
	printf("command  %s\n", l.command);
	return l.is_answering ? 0 : 1;
}
