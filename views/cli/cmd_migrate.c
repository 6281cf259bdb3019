/* cmd_migrate.c - spotop db migrate: a fleet of an older schema migrated into this one, with a bar while it
 * goes and, at the end, what became of each table. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/db/db.h"
#include "core/fleet/migrate.h"
#include "core/fleet/schema.h"
#include "core/fleet/verify.h"
#include "sql.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR     30
#define STEP_MS 100
#define LINE_MS 5000 /* where it is no terminal */

/* What is told while it goes. */
struct telling {
	struct out *out; /* the lag, where a program reads it */
	int64_t painted_ms;
	int64_t done, total, told_done; /* rows of the pass */
	bool is_tty;
};

/* Where the output is no terminal: a line now and then, and one at the end of a pass. */
static void paint_line(struct telling *told, const struct migrate_progress *p, int64_t per_s, int64_t left_ms)
{
	char done[32], rate[32], left[32];
	if (p->source_table)
		told->done = p->done, told->total = p->total;
	else if (told->done == told->told_done)
		return;
	told->told_done = told->done;
	fprintf(stderr, "%s of %s", fmt_count(done, sizeof done, told->done),
	        COUNTED(told->total, "row", "rows"));
	if (p->source_table)
		fprintf(stderr, ", %s rows/s, %s left, %s%s", fmt_count(rate, sizeof rate, per_s),
		        fmt_clock(left, sizeof left, left_ms), p->pass ? "again " : "", p->source_table);
	fputs("\n", stderr);
}

static void paint(void *ctx, const struct migrate_progress *p)
{
	struct telling *told = ctx;
	int64_t now = clock_mono_ms();
	char done[32], total[32], rate[32], left[32];
	int64_t per_s = p->elapsed_ms > 0 ? p->done_here * 1000 / p->elapsed_ms : 0;
	int64_t left_ms = per_s && p->total > p->done ? (p->total - p->done) * 1000 / per_s : 0;
	if (p->source_table && now - told->painted_ms < (told->is_tty ? STEP_MS : LINE_MS)) {
		told->done = p->done, told->total = p->total;
		return;
	}
	told->painted_ms = now;
	if (!told->is_tty) {
		if (per_s || !p->source_table) paint_line(told, p, per_s, left_ms);
		return;
	}
	if (!p->source_table) {
		fputs("\r\033[K", stderr);
		return;
	}
	int filled = p->total > 0 ? (int)((p->done < p->total ? p->done : p->total) * BAR / p->total) : 0;
	fprintf(stderr, "\r[%.*s%.*s] %s of %s rows, %s rows/s, %s left, %s%s\033[K", filled,
	        "##############################", BAR - filled, "..............................",
	        fmt_count(done, sizeof done, p->done), fmt_count(total, sizeof total, p->total),
	        fmt_count(rate, sizeof rate, per_s), fmt_clock(left, sizeof left, left_ms),
	        p->pass ? "again " : "", p->source_table);
	fflush(stderr);
}

/* A link with this database as its own; NULL: none, for one that may have to be made. */
static struct db *open_with(struct cli *c, char *name)
{
	char *database = c->conf.database;
	c->conf.database = name;
	struct db *w = cli_db(c, DB_WRITE);
	c->conf.database = database;
	return w;
}

static void tell_plan(const struct table *t)
{
	int64_t rows = 0, bytes = 0, seconds = 0;
	char b[32], d[32];
	for (size_t i = 0; i < t->n_rows; i++) {
		if (!table_get(t, i, "target")) continue;
		rows += table_int(t, i, "row_count", 0);
		bytes += table_int(t, i, "bytes", 0);
		seconds += table_int(t, i, "seconds", 0);
	}
	fprintf(stderr,
	        "%s to move; about %s by the rate of the sample; %s of disk at most, besides the "
	        "source\n"
	        "a dry run: nothing was migrated\n",
	        COUNTED(rows, "row", "rows"), fmt_clock(b, sizeof b, seconds * 1000),
	        fmt_bytes(d, sizeof d, bytes));
}

/* The sample is really migrated, into a scratch database that goes away again. */
static int run_dry(struct cli *c, const struct migrate_opts *o)
{
	struct err e = { 0 };
	struct migrate_result r = { 0 };
	char scratch[80];
	snprintf(scratch, sizeof scratch, "%.55s_dry", c->conf.database);
	struct db *bare = open_with(c, NULL);
	bool ok = migrate_check_source(bare, o->from, c->conf.database, &e) &&
	          migrate_scratch_drop(bare, scratch, &e) && schema_install_scratch(bare, scratch, &e);
	bool is_made = ok;
	struct db *w = ok ? open_with(c, scratch) : NULL;
	ok = ok && migrate_sample(w, o, &r, &e);
	if (w) db_close_wait(w);
	if (is_made) {
		struct err mine = { 0 };
		if (!migrate_scratch_drop(bare, scratch, &mine) && ok) ok = false, e = mine;
	}
	db_close_wait(bare);
	if (!ok) return cli_fail(c, &e);
	cli_print(c, "spotop.db_migrate_plan/1", r.rows);
	if (c->format == OUT_TABLE) tell_plan(r.rows);
	table_free(r.rows);
	return 0;
}

/* Promises that say nothing about what was migrated. */
static bool is_of_the_server(const char *name)
{
	return strcmp(name, "event scheduler") == 0 || strncmp(name, "event ", 6) == 0;
}

static bool tell_verify(struct db *w, size_t *n_broken, struct err *e)
{
	struct table *t = verify_run(w, NULL, e);
	if (!t) return false;
	*n_broken = 0;
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *name = table_get(t, i, "name"), *evidence = table_get(t, i, "evidence");
		if (table_int(t, i, "ok", 0)) continue;
		*n_broken += !is_of_the_server(name);
		fprintf(stderr, "spotop db: %s: %s\n", name, evidence ? evidence : "");
	}
	fprintf(stderr, "verified: %s, %zu broken\n", COUNTED(t->n_rows, "promise", "promises"), *n_broken);
	table_free(t);
	return true;
}

/* A migrated agent is nobody's: it could be spoken for by whoever knows its id. */
static bool tell_unbound(struct db *w, struct err *e)
{
	struct table *t;
	if (!db_call(w, &sql_queries_agents_unbound, NULL, 0, NULL, &t, e)) return false;
	int64_t n = table_int(t, 0, "n", 0), n_clients = table_int(t, 0, "n_clients", 0);
	if (n > 0)
		fprintf(stderr,
		        "%s of %s, bound to no login: none obeys before it registers with its "
		        "client's token; after the last pass an administrator binds a client's at "
		        "once: CALL agent_bind('CLIENT', "
		        "'LOGIN'), for %s%s\n",
		        COUNTED(n, "agent", "agents"), COUNTED(n_clients, "client", "clients"),
		        table_get(t, 0, "clients"), n_clients > 5 ? ", ..." : "");
	table_free(t);
	return true;
}

static void tell_result(const struct cli *c, const struct migrate_opts *o, const struct migrate_result *r)
{
	char b[32];
	fprintf(stderr,
	        "%s of schema %s migrated from %s to %s, %s rejected, %s changed on the way; up to %s\n",
	        COUNTED(r->n_migrated, "row", "rows"), r->version, o->from, c->conf.database,
	        fmt_count(b, sizeof b, r->n_rejects), COUNTED(r->n_notes, "value", "values"), r->watermark);
	if (r->n_rejects || r->n_notes)
		fprintf(stderr, "which and why: tables migration_rejects and migration_notes of %s\n",
		        c->conf.database);
	if (o->final)
		fputs("that was the last pass: let the back end and the agents use the new database now; the "
		      "source is as it was\n",
		      stderr);
	else
		fputs("run it again to take over what changes meanwhile; to switch over stop the source's "
		      "writers and run it with --final\n",
		      stderr);
}

/* The schema, where it is not there yet. */
static bool make_ready(struct cli *c, const struct migrate_opts *o, struct err *e)
{
	struct db *bare = open_with(c, NULL);
	struct err mine = { 0 };
	struct buf notes = BUF_EMPTY;
	struct schema_options so = { .notes = &notes };
	bool ok = migrate_check_source(bare, o->from, c->conf.database, e);
	if (ok) {
		struct db *w = open_with(c, c->conf.database);
		bool is_there = schema_check(w, &mine);
		db_close_wait(w);
		ok = is_there || schema_install(bare, c->conf.database, &so, e);
	}
	db_close_wait(bare);
	if (ok && notes.len)
		fprintf(stderr, "spotop db: left to an administrator, or worth knowing:\n%s",
		        buf_str(&notes));
	buf_free(&notes);
	return ok;
}

static int run_migration(struct cli *c, const struct migrate_opts *o)
{
	struct err e = { 0 };
	struct migrate_result r = { 0 };
	size_t n_broken = 0;
	if (!make_ready(c, o, &e)) return cli_fail(c, &e);
	struct db *w = open_with(c, c->conf.database);
	bool ok = migrate_run(w, o, &r, &e);
	if (ok) cli_print(c, "spotop.db_migrate/1", r.rows);
	if (ok) ok = tell_verify(w, &n_broken, &e) && tell_unbound(w, &e);
	db_close_wait(w);
	if (ok) tell_result(c, o, &r);
	table_free(r.rows);
	if (!ok) return cli_fail(c, &e);
	return r.n_rejects || n_broken ? err_exit_code(ERR_NO) : 0;
}

static void out_lag(struct out *out, int64_t lag_ms, int64_t n_waiting, int64_t n_taken)
{
	static const char *const names[] = { "lag_ms", "waiting", "taken_over" };
	const int64_t values[] = { lag_ms, n_waiting, n_taken };
	char texts[3][24];
	struct table *t = table_new(3);
	struct cell *row = table_add_row(t);
	for (int i = 0; i < 3; i++) {
		int n = snprintf(texts[i], sizeof texts[i], "%lld", (long long)values[i]);
		t->names[i] = names[i];
		t->types[i] = CELL_INT;
		row[i] = (struct cell){ texts[i], (size_t)n };
	}
	out_rows(out, t);
	fflush(stdout);
	table_free(t);
}

static void tell_lag(void *ctx, int64_t lag_ms, int64_t n_waiting, int64_t n_taken)
{
	char a[32], b[32];
	struct telling *told = ctx;
	if (told->out) out_lag(told->out, lag_ms, n_waiting, n_taken);
	bool is_tty = isatty(STDERR_FILENO);
	fprintf(stderr, "%slag %lld.%lld s, %s changes wait, %s taken over%s", is_tty ? "\r" : "",
	        (long long)lag_ms / 1000, (long long)lag_ms % 1000 / 100, fmt_count(a, sizeof a, n_waiting),
	        fmt_count(b, sizeof b, n_taken), is_tty ? "\033[K" : "\n");
	fflush(stderr);
}

static void tell_held(void *ctx, int64_t lag_ms)
{
	(void)ctx;
	fprintf(stderr, "waits for the source: a statement there has been running for %lld.%lld s\n",
	        (long long)lag_ms / 1000, (long long)lag_ms % 1000 / 100);
}

static int run_follow(struct cli *c, struct migrate_opts *o)
{
	struct err e = { 0 };
	struct telling *told = o->ctx;
	o->lag = tell_lag;
	if (!make_ready(c, o, &e)) return cli_fail(c, &e);
	struct db *w = open_with(c, c->conf.database);
	if (c->format != OUT_TABLE)
		told->out = out_begin(stdout, c->format, "spotop.db_migrate_follow/1", NULL, 0);
	bool ok = migrate_follow(w, o, &e);
	db_close_wait(w);
	if (told->out) out_end(told->out);
	return ok ? 0 : cli_fail(c, &e);
}

/* The old database kept current from the new one; with --final in use again. */
static int run_back(struct cli *c, struct migrate_opts *o)
{
	struct err e = { 0 };
	struct table *rows = NULL;
	o->lag = tell_lag;
	struct db *w = open_with(c, c->conf.database);
	bool ok = migrate_check_source(w, o->from, c->conf.database, &e) && migrate_back(w, o, &rows, &e);
	db_close_wait(w);
	if (!ok) return cli_fail(c, &e);
	cli_print(c, "spotop.db_migrate_back/1", rows);
	table_free(rows);
	if (o->final)
		fprintf(stderr,
		        "turned back: %s is in use again and takes its writers; %s is a copy and takes no "
		        "actions\n",
		        o->from, c->conf.database);
	return 0;
}

/* A database for back ends of 6.0 on the rows of the new one. */
static int run_as60(struct cli *c, const struct migrate_opts *o, const char *name)
{
	struct err e = { 0 };
	struct table *rows = NULL;
	struct db *w = open_with(c, c->conf.database);
	bool ok = migrate_check_source(w, o->from, c->conf.database, &e) && migrate_as60(w, name, &rows, &e);
	db_close_wait(w);
	if (!ok) return cli_fail(c, &e);
	cli_print(c, "spotop.db_migrate_as60/1", rows);
	table_free(rows);
	fprintf(stderr,
	        "%s is there for back ends of schema 6.0: GRANT SELECT, INSERT, UPDATE, DELETE ON %s.* TO "
	        "their login; when a client speaks to the procedures: CALL %s.cut_over('CLIENT')\n",
	        name, name, name);
	return 0;
}

/* What is left of a migration, where a program reads it. */
static bool print_left(struct cli *c, struct db *w, struct err *e)
{
	struct table *t;
	if (c->format == OUT_TABLE) return true;
	if (!db_call(w, &sql_migrations_left, NULL, 0, NULL, &t, e)) return false;
	cli_print(c, "spotop.db_migrate_left/1", t);
	table_free(t);
	return true;
}

static int run_unfence(struct cli *c)
{
	struct err e = { 0 };
	struct db *w = open_with(c, c->conf.database);
	bool ok = migrate_unfence(w, &e) && print_left(c, w, &e);
	db_close_wait(w);
	if (ok) fputs("the source takes writes again\n", stderr);
	return ok ? 0 : cli_fail(c, &e);
}

/* Exit 1 when a value is not what the rule makes of the source. */
static int run_compare(struct cli *c, const struct migrate_opts *o)
{
	struct err e = { 0 };
	struct migrate_comparison r = { 0 };
	struct db *w = open_with(c, c->conf.database);
	bool ok = migrate_check_source(w, o->from, c->conf.database, &e) && migrate_compare(w, o, &r, &e);
	db_close_wait(w);
	if (!ok) {
		table_free(r.rows);
		return cli_fail(c, &e);
	}
	cli_print(c, "spotop.db_migrate_compare/1", r.rows);
	fprintf(stderr, "%s of %s compared with %s in %s: %s\n", COUNTED(r.n_rows, "row", "rows"), o->from,
	        c->conf.database, COUNTED(r.n_ranges, "range", "ranges"),
	        r.n_differ ? "they differ" : "nothing differs");
	if (r.n_differ)
		fprintf(stderr,
		        "%s: by key and column in table migration_differences of %s; what "
		        "the source has changed since the last pass differs until the next one\n",
		        COUNTED(r.n_differ, "row differs", "rows differ"), c->conf.database);
	table_free(r.rows);
	return r.n_differ ? err_exit_code(ERR_NO) : 0;
}

static int run_clean(struct cli *c)
{
	struct err e = { 0 };
	if (!cli_confirm(c, &e, "Throw away what database %s knows of its move, rejected rows too?",
	                 c->conf.database))
		return cli_fail(c, &e);
	struct db *w = open_with(c, c->conf.database);
	bool ok = migrate_clean(w, &e) && print_left(c, w, &e);
	db_close_wait(w);
	return ok ? 0 : cli_fail(c, &e);
}

int cmd_migrate(struct cli *c)
{
	struct err e = { 0 };
	struct telling told = { .painted_ms = clock_mono_ms(), .is_tty = isatty(STDERR_FILENO) };
	if (!cli_words(c, 0, &e)) return cli_fail(c, &e);
	if (cli_has(c, "clean")) return run_clean(c);
	struct migrate_opts o = { .from = cli_text(c, "from"),
		                  .days = (unsigned)cli_number(c, "days"),
		                  .raw_days = (unsigned)cli_number(c, "raw-days"),
		                  .max_lag_ms = (unsigned)cli_number(c, "max-lag-ms"),
		                  .held = tell_held,
		                  .batch = (unsigned)cli_number(c, "batch"),
		                  .tokens_are_hashed = cli_has(c, "tokens-are-hashed"),
		                  .final = cli_has(c, "final"),
		                  .fence = cli_has(c, "fence"),
		                  .once = cli_has(c, "once"),
		                  .back = cli_has(c, "back"),
		                  .changed = cli_has(c, "changed"),
		                  .again = cli_has(c, "again"),
		                  .progress = paint,
		                  .ctx = &told };
	if (o.fence && !o.final) {
		err_set(&e, ERR_USAGE,
		        "--fence goes with --final: it ends the writers' part just before the last pass");
		return cli_fail(c, &e);
	}
	if (cli_has(c, "compare")) return run_compare(c, &o);
	if (cli_text(c, "as60")) return run_as60(c, &o, cli_text(c, "as60"));
	if (o.back) return run_back(c, &o);
	if (cli_has(c, "follow")) return run_follow(c, &o);
	if (cli_has(c, "unfence")) return run_unfence(c);
	return cli_has(c, "dry-run") ? run_dry(c, &o) : run_migration(c, &o);
}
