/* cmd_db.c - spotop db: the schema made, looked at and checked. */
#include "views/cmd_db.h"
#include "core/base/buf.h"
#include "core/fleet/schema.h"
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

static const struct sub {
	const char *name;
	int (*run)(struct cli *c);
} subs[] = {
	{ "init", run_init },
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

const struct command command_db = {
	.name = "db",
	.usage = "init",
	.about = "Makes the schema, shows its state, checks every promise of it.",
	.run = run_db,
};
