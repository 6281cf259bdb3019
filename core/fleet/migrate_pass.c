/* migrate_pass.c - turns the crank of sql/migrations: scripts in, begin, step until nothing is left, finish.
 * All that must not be lost lies in the database; here is only the loop around it. */
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/migrate.h"
#include "core/fleet/migrate_int.h"
#include "sql.h"
#include "version.h"
#include <ctype.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	DAYS = 90,
	RAW_DAYS = 1, /* as long as they are kept here */
	BATCH = 5000,
	WAIT_MS = 600000, /* for a server that went away */
	PAUSE_US = 500000,
	WAIT_FOR_SOURCE_US = 100000,
};

bool migrate_call(struct db *w, const struct query *q, const struct arg *args, size_t n, struct table **t,
                  struct err *e)
{
	struct db_opts o = { .is_write = true, .deadline_ms = MIGRATE_STEP_MS };
	return db_call(w, q, args, n, &o, t, e);
}

static bool is_script(const struct query *q)
{
	return strncmp(q->name, "migrations/", 11) == 0 && isdigit((unsigned char)q->name[11]);
}

/* All scripts as one number: another program has others. */
static bool print_scripts(char out[65], struct err *e)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	EVP_MD_CTX *sha = EVP_MD_CTX_new();
	bool ok = sha && EVP_DigestInit_ex(sha, EVP_sha256(), NULL) == 1;
	for (size_t i = 0; ok && sql_all[i]; i++)
		if (is_script(sql_all[i]))
			ok = EVP_DigestUpdate(sha, sql_all[i]->text, strlen(sql_all[i]->text)) == 1;
	ok = ok && EVP_DigestFinal_ex(sha, sum, &n) == 1;
	EVP_MD_CTX_free(sha);
	for (unsigned i = 0; i < n && i < 32; i++) snprintf(out + i * 2, 3, "%02x", sum[i]);
	return ok || err_set(e, ERR_INTERNAL, "the scripts of a migration could not be summed up");
}

static bool has_scripts(struct db *w, const char *print, bool *has, struct err *e)
{
	struct table *t;
	if (!migrate_call(w, &sql_migrations_scripts_given, NULL, 0, &t, e)) return false;
	const char *given = t->n_rows ? table_get(t, 0, "print") : NULL;
	*has = given && strcmp(given, print) == 0;
	table_free(t);
	return true;
}

/* Given once: they take longer than what waits in a last pass. */
bool migrate_scripts(struct db *w, struct err *e)
{
	char print[65] = "";
	bool has = false;
	if (!print_scripts(print, e) || !has_scripts(w, print, &has, e)) return false;
	if (has) return true;
	struct arg a = arg_str("print", print);
	if (!migrate_call(w, &sql_migrations_scripts_begin, NULL, 0, NULL, e)) return false;
	for (size_t i = 0; sql_all[i]; i++)
		if (is_script(sql_all[i]) && !db_call_script(w, sql_all[i], e))
			return err_prefix(e, "sql/%s.sql", sql_all[i]->name);
	return migrate_call(w, &sql_migrations_scripts_end, &a, 1, NULL, e);
}

bool migrate_lock(struct db *w, struct err *e)
{
	struct table *t;
	struct db_opts o = { .is_write = true, .deadline_ms = 150000 };
	if (!db_call(w, &sql_migrations_lock, NULL, 0, &o, &t, e)) return false;
	bool ok = table_int(t, 0, "ok", 0) == 1;
	table_free(t);
	return ok || err_set(e, ERR_REFUSED, "another migration into this database is running");
}

bool migrate_is_link(const struct err *e)
{
	return e->code == ERR_DB_DOWN || e->code == ERR_UNKNOWN || e->code == ERR_TIMEOUT;
}

/* A batch whose answer was lost is there whole or not at all, and its checkpoint with it. */
bool migrate_take_up(struct db *w, struct err *e)
{
	int64_t until = clock_mono_ms() + WAIT_MS;
	do {
		usleep(PAUSE_US);
		struct err mine = { 0 };
		if (migrate_lock(w, &mine) && migrate_call(w, &sql_migrations_resume, NULL, 0, NULL, &mine))
			return true;
		if (!migrate_is_link(&mine)) {
			if (e) *e = mine;
			return false;
		}
	} while (clock_mono_ms() < until);
	return false;
}

static bool step(struct db *w, const struct migrate_opts *o, struct migrate_progress *p, bool *is_done,
                 struct err *e)
{
	struct table *t;
	struct err mine = { 0 };
	struct arg rows = arg_int("rows", o->batch ? o->batch : BATCH);
	while (!migrate_call(w, &sql_migrations_step, &rows, 1, &t, &mine)) {
		if (migrate_is_link(&mine) && migrate_take_up(w, &mine)) continue;
		if (e) *e = mine;
		return false;
	}
	*is_done = !table_get(t, 0, "rule");
	p->source_table = table_get(t, 0, "source_table");
	p->total = table_int(t, 0, "total_rows", 0);
	int64_t done = table_int(t, 0, "done_rows", 0);
	p->done_here += p->done < done && p->done ? done - p->done : 0;
	p->done = done;
	p->pass = (int)table_int(t, 0, "pass", 0);
	if (o->progress) o->progress(o->ctx, p);
	table_free(t);
	return true;
}

bool migrate_begin(struct db *w, const struct migrate_opts *o, const char *kind, struct err *e)
{
	struct arg args[] = { arg_str("from", o->from),
		              arg_int("days", o->days ? o->days : DAYS),
		              arg_int("raw_days", o->raw_days ? o->raw_days : RAW_DAYS),
		              arg_bool("hashed", o->tokens_are_hashed),
		              arg_str("kind", kind),
		              arg_bool("again", o->again) };
	return migrate_call(w, &sql_migrations_begin, args, ARRAY_LEN(args), NULL, e);
}

/* How long the oldest statement of those runs that the source's own sessions have sent: while that is longer than
 * max_lag_ms, nothing is read from it. */
bool migrate_wait_for_source(struct db *w, const struct migrate_opts *o, struct err *e)
{
	for (int64_t waited_ms = 0; o->max_lag_ms; waited_ms += WAIT_FOR_SOURCE_US / 1000) {
		struct table *t;
		struct err mine = { 0 };
		if (!migrate_call(w, &sql_migrations_source_lag, NULL, 0, &t, &mine)) {
			if (migrate_is_link(&mine)) break; /* the next step waits for the server */
			*e = mine;
			return false;
		}
		int64_t lag_ms = table_int(t, 0, "lag_ms", 0);
		table_free(t);
		if (lag_ms <= o->max_lag_ms) break;
		if (o->held && waited_ms % 1000 == 0) o->held(o->ctx, lag_ms);
		usleep(WAIT_FOR_SOURCE_US);
	}
	return true;
}

bool migrate_pass(struct db *w, const struct migrate_opts *o, const char *kind, struct err *e)
{
	struct migrate_progress p = { 0 };
	bool is_done = false;
	int64_t t0 = clock_mono_ms();
	if (!migrate_begin(w, o, kind, e)) return false;
	while (!is_done) {
		if (!migrate_wait_for_source(w, o, e)) return false;
		p.elapsed_ms = clock_mono_ms() - t0;
		if (!step(w, o, &p, &is_done, e)) return false;
	}
	return true;
}

static void copy_text(char *out, size_t n, const char *s) { snprintf(out, n, "%s", s ? s : ""); }

bool migrate_read_state(struct db *w, struct migrate_result *r, bool *is_copy, struct err *e)
{
	struct table *t;
	if (!migrate_call(w, &sql_migrations_state, NULL, 0, &t, e)) return false;
	const char *kind = table_get(t, 0, "pass_kind");
	*is_copy = !t->n_rows || (kind && strcmp(kind, "copy") == 0 &&
	                          (table_int(t, 0, "n_open", 0) || !table_get(t, 0, "watermark")));
	r->n_rejects = table_int(t, 0, "n_rejects", 0);
	r->n_notes = table_int(t, 0, "n_notes", 0);
	r->n_changed = table_int(t, 0, "n_changed", 0);
	r->n_migrated = table_int(t, 0, "n_migrated", 0);
	r->passes = (int)table_int(t, 0, "pass", 0) + 1;
	copy_text(r->version, sizeof r->version, table_get(t, 0, "source_version"));
	copy_text(r->watermark, sizeof r->watermark, table_get(t, 0, "watermark"));
	table_free(t);
	return true;
}

bool migrate_end_pass(struct db *w, bool is_final, bool is_whole, struct err *e)
{
	struct arg args[] = { arg_str("program", SPOTOP_VERSION), arg_bool("final", is_final),
		              arg_bool("whole", is_whole) };
	return migrate_call(w, &sql_migrations_finish, args, ARRAY_LEN(args), NULL, e);
}

bool migrate_copy(struct db *w, const struct migrate_opts *o, struct err *e)
{
	struct migrate_result r;
	bool is_copy = true;
	return migrate_read_state(w, &r, &is_copy, e) && (!is_copy || migrate_pass(w, o, "", e));
}
