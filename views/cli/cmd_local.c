/* cmd_local.c - `spotop local start|stop|status`: the private MariaDB by hand. */
#include "views/cli/cmd_local.h"
#include "core/local/local.h"
#include <stdio.h>
#include <string.h>

static int start(struct cli *c, const char *dir)
{
	struct local l;
	struct err e;
	if (!local_start(dir, LOCAL_DAEMON, &l, &e)) return cli_fail(c, &e);
	fprintf(stderr, "%s: process %d in %s\n", l.is_ours ? "started" : "already running", (int)l.pid,
	        l.dir);
	puts(l.cnf);
	return 0;
}

static int stop(struct cli *c, const char *dir)
{
	struct err e;
	if (!local_stop(dir, &e)) return cli_fail(c, &e);
	fprintf(stderr, "stopped\n");
	return 0;
}

/* Exit 1 when nothing answers there, so that a script can ask. */
static int status(struct cli *c, const char *dir)
{
	struct local l;
	struct err e;
	if (!local_status(dir, &l, &e)) return cli_fail(c, &e);
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

static int run(struct cli *c)
{
	static const struct {
		const char *name;
		int (*run)(struct cli *c, const char *dir);
	} verbs[] = { { "start", start }, { "stop", stop }, { "status", status } };
	char *given = NULL, dir[PATH_MAX];
	const struct opt opts[] = { { "dir", OPT_STR, &given } };
	struct err e;
	if (!cli_options(c, opts, 1, &e)) return cli_fail(c, &e);
	if (given)
		snprintf(dir, sizeof dir, "%s", given);
	else if (!local_default_dir(dir, sizeof dir, &e))
		return cli_fail(c, &e);
	for (size_t i = 0; c->argc == 1 && i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(c->argv[0], verbs[i].name) == 0) return verbs[i].run(c, dir);
	return cli_usage(c, "say what to do: start, stop or status");
}

static const char *const options[] = { "dir=DIR\0where it lives (default: ~/.local/share/spotop/local)",
	                               NULL };
const struct command command_local = {
	.name = "local",
	.usage = "start|stop|status [--dir DIR]",
	.about = "Starts, stops or shows a private MariaDB: a socket, no network, no service.",
	.options = options,
	.run = run,
	.needs_no_conf = true,
};
