/* cmd_sim.c - `spotop sim`: a simulated fleet on the database in use. */
#include "views/cli/cmd_sim.h"
#include "core/base/mem.h"
#include "core/sim/sim.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const sim_options[] = {
	"agents=N\0how many agents (all of the database's, 200 for --fill)",
	"speed=X\0waits are divided by X (1)",
	"seed=N\0seed of every draw (1)",
	"storm\0play an interruption storm in one zone",
	"troubles=X\0how many interruptions, hanging launches and the like beside the usual (1)",
	"quiet\0no troubles: heartbeats, prices and commands only",
	"failures=X\0share of commands that fail (0.05)",
	"lies=X\0share of commands first answered wrongly (0.02)",
	"fill\0fill an empty database with a fleet and its past, then end",
	"load\0fill an empty database with a large fleet and a short past, then end",
	"clients=N\0for --fill: how many clients (5)",
	"days=N\0for --fill: days of past (14)",
	"instances-per-agent=N\0for --load (10)",
	"i-know\0also on a database that is not a demo",
	NULL
};

struct sim_args {
	int64_t agents, seed, clients, days, per_agent;
	const char *speed, *failures, *lies, *troubles;
	bool storm, quiet, fill, load, i_know;
};

/* One line on a terminal, nothing elsewhere. */
static void show(void *ctx, int done, int total, const char *what)
{
	FILE *f = ctx;
	fprintf(f, "\r\033[K%s %d/%d", what, done, total);
	if (done == total) fprintf(f, "\r\033[K");
	fflush(f);
}

static bool number(const char *name, const char *text, double lo, double hi, double *v, struct err *e)
{
	char *end = NULL;
	if (text == NULL) return true;
	*v = strtod(text, &end);
	if (end == text || *end != '\0' || !(*v >= lo && *v <= hi))
		return err_set(e, ERR_USAGE, "--%s: a number from %g to %g, not '%s'", name, lo, hi, text);
	return true;
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

static bool make(struct cli *c, struct db *db, const struct sim_args *a, bool is_tty, struct err *e)
{
	sim_progress progress = is_tty ? show : NULL;
	(void)c;
	if (a->load)
		return sim_load(db, a->agents, (int)a->per_agent, (uint64_t)a->seed, progress, stderr, e);
	struct sim_seed_opts o = { .n_agents = (int)a->agents,
		                   .n_clients = (int)a->clients,
		                   .days = (int)a->days,
		                   .seed = (uint64_t)a->seed };
	return sim_seed(db, &o, progress, stderr, e);
}

static void live(void *ctx)
{
	(void)ctx;
	puts("live");
	fflush(stdout);
}

static bool parse(struct cli *c, struct sim_args *a, struct sim_run_opts *o, struct err *e)
{
	const struct opt opts[] = {
		{ "agents", OPT_INT, &a->agents },
		{ "speed", OPT_STR, &a->speed },
		{ "seed", OPT_INT, &a->seed },
		{ "storm", OPT_FLAG, &a->storm },
		{ "quiet", OPT_FLAG, &a->quiet },
		{ "failures", OPT_STR, &a->failures },
		{ "troubles", OPT_STR, &a->troubles },
		{ "lies", OPT_STR, &a->lies },
		{ "fill", OPT_FLAG, &a->fill },
		{ "load", OPT_FLAG, &a->load },
		{ "clients", OPT_INT, &a->clients },
		{ "days", OPT_INT, &a->days },
		{ "instances-per-agent", OPT_INT, &a->per_agent },
		{ "i-know", OPT_FLAG, &a->i_know },
	};
	if (!cli_options(c, opts, ARRAY_LEN(opts), e)) return false;
	if (c->argc > 0) return err_set(e, ERR_USAGE, "sim takes no argument '%s'", c->argv[0]);
	if (a->agents < 0 || a->agents > 1000000)
		return err_set(e, ERR_USAGE, "--agents: from 1 to 1,000,000");
	if (a->per_agent < 1 || a->per_agent > 100)
		return err_set(e, ERR_USAGE, "--instances-per-agent: from 1 to 100");
	if (a->load && a->fill) return err_set(e, ERR_USAGE, "--load and --fill exclude each other");
	o->n_agents = (int)a->agents;
	o->seed = (uint64_t)a->seed;
	o->is_storm = a->storm;
	o->is_quiet = a->quiet;
	o->speed = 1;
	o->failures = o->lies = o->troubles = -1;
	return number("speed", a->speed, 0.01, 1000, &o->speed, e) &&
	       number("failures", a->failures, 0, 1, &o->failures, e) &&
	       number("troubles", a->troubles, 0, 20, &o->troubles, e) &&
	       number("lies", a->lies, 0, 1, &o->lies, e);
}

static int run_sim(struct cli *c)
{
	struct sim_args a = { .seed = 1, .per_agent = 10 };
	struct sim_run_opts o = { .live = live };
	struct err e = { 0 };
	if (!parse(c, &a, &o, &e)) return cli_fail(c, &e);
	struct db *db = cli_db(c, DB_WRITE);
	bool ok;
	if (a.fill || a.load) {
		bool is_tty = isatty(STDERR_FILENO);
		ok = make(c, db, &a, is_tty, &e);
		if (!ok && is_tty) fputc('\n', stderr);
	} else {
		ok = check_demo(c, db, a.i_know, &e);
	}
	db_close_wait(db);
	if (ok && !a.fill && !a.load) ok = sim_run(cli_loop(c), &c->conf, &o, &e);
	return ok ? 0 : cli_fail(c, &e);
}

const struct command command_sim = {
	.name = "sim",
	.usage = "[--agents N] [--speed X] [--seed N] [--storm] | --fill | --load",
	.about = "Plays simulated agents on the database in use, or fills it with them.",
	.options = sim_options,
	.run = run_sim,
};
