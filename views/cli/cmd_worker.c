/* cmd_worker.c - `spotop worker`: runs the schedule until it is told to stop. */
#include "core/base/log.h"
#include "core/jobs/worker.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include <stdio.h>

int cmd_worker(struct cli *c)
{
	struct worker_conf w = { .once = cli_has(c, "once"), .links = (int)cli_number(c, "connections") };
	struct err e = { 0 };
	char server[CONF_SAID];
	if (!cli_words(c, 0, &e)) return cli_fail(c, &e);
	conf_describe(&c->conf, server, sizeof server);
	log_open(NULL, LOG_INFO_);
	w.loop = cli_loop(c);
	w.db = cli_db(c, DB_WRITE);
	w.conf = &c->conf;
	w.server = server;
	bool ok = worker_run(&w, &e);
	db_close_wait(w.db);
	return ok ? 0 : cli_fail(c, &e);
}
