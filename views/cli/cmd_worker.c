/* cmd_worker.c - `spotop worker`: runs the schedule until it is told to stop. */
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/jobs/job.h"
#include "core/jobs/worker.h"
#include "views/cli/cmd_job.h"
#include <stdio.h>

static int run_worker(struct cli *c)
{
	struct worker_conf w = { 0 };
	int64_t links = JOB_LINKS;
	struct opt opts[] = { { "once", OPT_FLAG, &w.once }, { "connections", OPT_INT, &links } };
	struct err e = { 0 };
	char server[400];
	if (!cli_options(c, opts, ARRAY_LEN(opts), &e)) return cli_fail(c, &e);
	if (c->argc) return cli_usage(c, "one word too many: '%s'", c->argv[0]);
	if (links < 1 || links > JOB_LINKS_MAX)
		return cli_usage(c, "--connections is 1 to %d", JOB_LINKS_MAX);
	conf_describe(&c->conf, server, sizeof server);
	log_open(NULL, LOG_INFO_);
	w.loop = cli_loop(c);
	w.db = cli_db(c, DB_WRITE);
	w.conf = &c->conf;
	w.links = (int)links;
	w.server = server;
	w.hook = settings_get("worker", "alert_hook");
	bool ok = worker_run(&w, &e);
	db_close_wait(w.db);
	return ok ? 0 : cli_fail(c, &e);
}

static const char *const options[] = {
	"once\0run what is due and end; beside a worker that leads there is nothing to do",
	"connections=N\0how many parts of a price tier are done at once, each on its own connection (2)", NULL
};
const struct command command_worker = {
	.name = "worker",
	.usage = "[--once] [--connections N]",
	.about = "Runs the scheduled jobs: price tiers, retention, alerts; several may run, one leads.",
	.options = options,
	.run = run_worker,
};
