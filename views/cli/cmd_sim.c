/* cmd_sim.c - `spotop sim`: a simulated fleet on the database in use. */
#include "core/sim/sim.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include <stdio.h>
#include <unistd.h>

/* One line on a terminal, nothing elsewhere. */
static void show(void *ctx, int done, int total, const char *what)
{
	FILE *f = ctx;
	fprintf(f, "\r\033[K%s %d/%d", what, done, total);
	if (done == total) fprintf(f, "\r\033[K");
	fflush(f);
}

static bool check_demo(struct cli *c, struct db *db, bool i_know, struct err *e)
{
	bool is_demo = false;
	if (!sim_is_demo(db, &is_demo, e)) return false;
	if (is_demo || i_know) return true;
	char where[300];
	return err_set(e, ERR_REFUSED,
	               "%s is not a demo: simulated agents would speak for real ones (--i-know does it all "
	               "the same)",
	               conf_describe(&c->conf, where, sizeof(where)));
}

static bool make(const struct cli *c, struct db *db, bool is_tty, struct err *e)
{
	sim_progress progress = is_tty ? show : NULL;
	int64_t agents = cli_number(c, "agents"), seed = cli_number(c, "seed");
	if (cli_has(c, "load"))
		return sim_load(db, agents, (int)cli_number(c, "instances-per-agent"), (uint64_t)seed,
		                progress, stderr, e);
	struct sim_seed_opts o = { .n_agents = (int)agents,
		                   .n_clients = (int)cli_number(c, "clients"),
		                   .days = (int)cli_number(c, "days"),
		                   .seed = (uint64_t)seed };
	return sim_seed(db, &o, progress, stderr, e);
}

static void live(void *ctx)
{
	(void)ctx;
	puts("live");
	fflush(stdout);
}

int cmd_sim(struct cli *c)
{
	struct sim_run_opts o = { .live = live,
		                  .n_agents = (int)cli_number(c, "agents"),
		                  .seed = (uint64_t)cli_number(c, "seed"),
		                  .is_storm = cli_has(c, "storm"),
		                  .is_quiet = cli_has(c, "quiet"),
		                  .speed = cli_real(c, "speed"),
		                  .failures = cli_real(c, "failures"),
		                  .empty = cli_real(c, "empty"),
		                  .lies = cli_real(c, "lies"),
		                  .troubles = cli_real(c, "troubles") };
	struct err e = { 0 };
	bool fill = cli_has(c, "fill"), load = cli_has(c, "load"), ok;
	if (!cli_words(c, 0, &e)) return cli_fail(c, &e);
	if (fill && load) return cli_usage(c, "--load and --fill exclude each other");
	struct db *db = cli_db(c, DB_WRITE);
	if (fill || load) {
		bool is_tty = isatty(STDERR_FILENO);
		ok = make(c, db, is_tty, &e);
		if (!ok && is_tty) fputc('\n', stderr);
	} else {
		ok = check_demo(c, db, cli_has(c, "i-know"), &e);
	}
	db_close_wait(db);
	if (ok && !fill && !load) ok = sim_run(cli_loop(c), &c->conf, &o, &e);
	return ok ? 0 : cli_fail(c, &e);
}
