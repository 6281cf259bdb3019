/* cmd_worker.c - `spotop worker`: runs the schedule until it is told to stop. */
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/jobs/worker.h"
#include "views/cmd_job.h"
#include <stdio.h>

static int run_worker(struct cli *c)
{
	struct worker_conf w = { 0 };
	struct opt opts[] = { { "once", OPT_FLAG, &w.once } };
	struct err e = { 0 };
	char server[400];
	if (!cli_options(c, opts, ARRAY_LEN(opts), &e)) return cli_fail(c, &e);
	if (c->argc) return cli_usage(c, "one word too many: '%s'", c->argv[0]);
	conf_describe(&c->conf, server, sizeof server);
	log_open(NULL, LOG_INFO_);
	w.loop = cli_loop(c);
	w.db = cli_db(c, DB_WRITE);
	w.server = server;
	w.hook = settings_get("worker", "alert_hook");
	bool ok = worker_run(&w, &e);
	db_close_wait(w.db);
	return ok ? 0 : cli_fail(c, &e);
}

static const char *const options[] = {
	"once\0run what is due and end; beside a worker that leads there is nothing to do", NULL
};
const struct command command_worker = {
	.name = "worker",
	.usage = "[--once]",
	.about = "Runs the scheduled jobs: price tiers, retention, alerts; several may run, one leads.",
	.options = options,
	.run = run_worker,
};
