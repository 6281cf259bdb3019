/* cmd_db.c - spotop db: the schema made, looked at and checked; cmd_migrate.c moves an older one in. */
#include "views/cli/cmd_db.h"
#include "core/base/buf.h"
#include "core/fleet/schema.h"
#include "core/fleet/verify.h"
#include <stdio.h>
#include <string.h>

/* The database may not be there yet, so the link opens without one. */
static int run_init(struct cli *c)
{
	struct err e = { 0 };
	struct buf notes = BUF_EMPTY;
	char *database = c->conf.database;
	c->conf.database = NULL;
	struct db *w = cli_db(c, DB_WRITE);
	bool ok = schema_install_noting(w, database, &notes, &e);
	db_close_wait(w);
	c->conf.database = database;
	if (ok) printf("schema %s is in database %s\n", SCHEMA_VERSION, database);
	if (ok && notes.len)
		fprintf(stderr, "spotop db: left to an administrator, or worth knowing:\n%s",
		        buf_str(&notes));
	buf_free(&notes);
	return ok ? 0 : cli_fail(c, &e);
}

static bool print_table(const struct cli *c, const char *schema, const struct table *t)
{
	struct out *o = out_begin(stdout, c->format, schema, NULL, 0);
	out_rows(o, t);
	return out_end(o);
}

static int run_status(struct cli *c)
{
	struct err e = { 0 };
	if (!cli_options(c, NULL, 0, &e)) return cli_fail(c, &e);
	struct db *db = cli_db(c, DB_READ);
	struct table *t = verify_status(db, &e);
	db_close_wait(db);
	if (!t) return cli_fail(c, &e);
	bool ok = print_table(c, "spotop.db_status/1", t);
	table_free(t);
	if (ok) return 0;
	err_set(&e, ERR_IO, "the output could not be written");
	return cli_fail(c, &e);
}

/* Exit 1 when a promise is not kept. */
static int run_verify(struct cli *c)
{
	struct err e = { 0 };
	bool repair = false;
	size_t n_failed = 0;
	struct opt opts[] = { { "repair", OPT_FLAG, &repair } };
	if (!cli_options(c, opts, 1, &e)) return cli_fail(c, &e);
	struct db *w = cli_db(c, DB_WRITE);
	struct table *t = !repair || verify_repair(w, &e) ? verify_run(w, &n_failed, &e) : NULL;
	db_close_wait(w);
	if (!t) return cli_fail(c, &e);
	bool ok = print_table(c, "spotop.db_verify/1", t);
	if (c->format == OUT_TABLE)
		fprintf(stderr, "%zu of %zu promises kept\n", t->n_rows - n_failed, t->n_rows);
	table_free(t);
	return !ok || n_failed ? 1 : 0;
}

static const struct sub {
	const char *name;
	int (*run)(struct cli *c);
} subs[] = {
	{ "init", run_init },
	{ "status", run_status },
	{ "verify", run_verify },
	{ "migrate", cmd_migrate_run },
};

static int run_db(struct cli *c)
{
	if (c->argc < 1) return cli_usage(c, "what to do with the database?");
	for (size_t i = 0; i < sizeof subs / sizeof *subs; i++) {
		if (strcmp(c->argv[0], subs[i].name) != 0) continue;
		memmove(c->argv, c->argv + 1, (size_t)c->argc-- * sizeof *c->argv); /* the NULL comes along */
		return subs[i].run(c);
	}
	return cli_usage(c, "there is no 'db %s'", c->argv[0]);
}

static const char *const options[] = {
	"repair\0verify: counts and partitions are made anew first",
	"from=DATABASE\0migrate: the older database on this server (5.1, 6.0); it is only read",
	"dry-run\0migrate: what would be moved and how long it takes; nothing is",
	"final\0migrate: the source's writers are stopped, compare all of what may have changed",
	"days=N\0migrate: prices older than this stay behind (90)",
	"batch=N\0migrate: rows of a transaction (5000)",
	"tokens-are-hashed\0migrate: client tokens of 64 hex digits are hashes already",
	"again\0migrate: a pass after the final one, which undoes what was written here since",
	"clean\0migrate: throw away the lists of rejected rows and the helpers",
	NULL
};
const struct command command_db = {
	.name = "db",
	.usage = "init | status | verify [--repair] | migrate --from OLD [--dry-run] [--final]",
	.about = "Makes the schema, shows its state, checks every promise of it, moves an older one in.",
	.options = options,
	.run = run_db,
};
