/* cmd_db.c - spotop db: the schema made, looked at and checked; cmd_migrate.c migrates an older one. */
#include "core/base/buf.h"
#include "core/base/fmt.h"
#include "core/db/db.h"
#include "core/fleet/schema.h"
#include "core/fleet/verify.h"
#include "sql.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include <stdio.h>
#include <string.h>

static void tell_notes(struct buf *notes)
{
	if (notes->len)
		fprintf(stderr, "spotop db: left to an administrator, or worth knowing:\n%s", buf_str(notes));
	buf_free(notes);
}

static void tell_step(void *ctx, const char *name, int64_t ms)
{
	(void)ctx;
	printf("step %s: %lld.%03lld s\n", name, (long long)ms / 1000, (long long)ms % 1000);
	fflush(stdout);
}

static bool no_roles(bool lacks_roles, struct err *e)
{
	return lacks_roles &&
	       !err_set(e, ERR_REFUSED,
	                "the roles are not made, or lack rights: this login may not give them; an "
	                "administrator runs what is printed above");
}

/* The database may not be there yet, so the link opens without one. */
int cmd_db_init(struct cli *c)
{
	struct err e = { 0 };
	if (!cli_words(c, 0, &e)) return cli_fail(c, &e);
	struct buf notes = BUF_EMPTY;
	bool lacks_roles = false;
	struct schema_options o = { .notes = &notes, .lacks_roles = &lacks_roles };
	char *database = c->conf.database;
	c->conf.database = NULL;
	struct db *w = cli_db(c, DB_WRITE);
	bool ok = schema_install(w, database, &o, &e);
	db_close_wait(w);
	c->conf.database = database;
	if (ok) printf("schema %s is in database %s\n", SCHEMA_VERSION, database);
	tell_notes(&notes);
	return ok && !no_roles(lacks_roles, &e) ? 0 : cli_fail(c, &e);
}

int cmd_db_upgrade(struct cli *c)
{
	struct err e = { 0 };
	struct buf notes = BUF_EMPTY;
	bool lacks_roles = false;
	struct schema_options o = { .notes = &notes, .step = tell_step, .lacks_roles = &lacks_roles };
	struct schema_state was;
	if (!cli_words(c, 0, &e)) return cli_fail(c, &e);
	struct db *w = cli_db(c, DB_WRITE);
	bool ok = schema_read(w, &was, &e) && schema_upgrade(w, &o, &e);
	db_close_wait(w);
	if (ok && was.revision == schema_revision())
		printf("database %s is at revision %d already; what runs in it is this program's now\n",
		       was.database, was.revision);
	else if (ok)
		printf("database %s went from revision %d to %d\n", was.database, was.revision,
		       schema_revision());
	tell_notes(&notes);
	return ok && !no_roles(lacks_roles, &e) ? 0 : cli_fail(c, &e);
}

/* Before anybody is let in again. */
int cmd_db_restored(struct cli *c)
{
	struct err e = { 0 };
	struct db_opts o = { .is_write = true };
	struct table *t = NULL;
	if (!cli_words(c, 0, &e)) return cli_fail(c, &e);
	if (!cli_confirm(c, &e, "every command and plan that is under way is cancelled:"))
		return cli_fail(c, &e);
	struct db *w = cli_db(c, DB_WRITE);
	bool ok = db_call(w, &sql_queries_schema_restored, NULL, 0, &o, &t, &e);
	db_close_wait(w);
	if (!ok) return cli_fail(c, &e);
	printf("cancelled, since they may have been carried out after the backup: %s, %s\n",
	       COUNTED(table_int(t, 0, "commands", 0), "command", "commands"),
	       COUNTED(table_int(t, 0, "plans", 0), "plan", "plans"));
	table_free(t);
	return 0;
}

int cmd_db_status(struct cli *c)
{
	struct err e = { 0 };
	if (!cli_words(c, 0, &e)) return cli_fail(c, &e);
	struct db *db = cli_db(c, DB_READ);
	struct table *t = schema_not_old(db, &e) ? verify_status(db, &e) : NULL;
	db_close_wait(db);
	if (!t) return cli_fail(c, &e);
	cli_print(c, "spotop.db_status/1", t);
	table_free(t);
	return 0;
}

/* What a login may not see is neither kept nor broken. */
static void tell_sum(const struct table *t, size_t n_failed, bool is_repaired)
{
	size_t unseen = 0;
	for (size_t i = 0; i < t->n_rows; i++) unseen += table_get(t, i, "ok") == NULL;
	fprintf(stderr, "%zu of %s kept", t->n_rows - n_failed - unseen,
	        COUNTED(t->n_rows, "promise", "promises"));
	if (unseen) fprintf(stderr, ", %zu could not be checked by this login", unseen);
	fputs(n_failed && !is_repaired ? "; spotop db verify --repair makes again what can be made\n" : "\n",
	      stderr);
}

/* Exit 1 when a promise is not kept. */
int cmd_db_verify(struct cli *c)
{
	struct err e = { 0 };
	bool repair = cli_has(c, "repair");
	size_t n_failed = 0;
	if (!cli_words(c, 0, &e)) return cli_fail(c, &e);
	struct db *w = cli_db(c, DB_WRITE);
	struct buf notes = BUF_EMPTY;
	/* Another schema's fleet is not mended into ours. */
	bool ok = schema_not_old(w, &e) && (!repair || verify_repair(w, &notes, &e));
	struct table *t = ok ? verify_run(w, &n_failed, &e) : NULL;
	db_close_wait(w);
	tell_notes(&notes);
	if (!t) return cli_fail(c, &e);
	cli_print(c, "spotop.db_verify/1", t);
	if (c->format == OUT_TABLE) tell_sum(t, n_failed, repair);
	table_free(t);
	return n_failed ? err_exit_code(ERR_NO) : 0;
}
