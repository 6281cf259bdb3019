/* schema_objects.c - statements taken apart as far as their names, and two lists of objects compared. */
#include "core/fleet/schema_objects.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/db/rights.h"
#include "sql.h"
#include <ctype.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LONG_MS = 60000, MAX_OBJECTS = 20000, HASH_CHARS = 16 };

/* --- statements --- */
static const char *const kinds[] = { "procedure", "function", "trigger", "view", "event" };

static const char *word_end(const char *s, const char *end)
{
	while (s < end && (isalnum((unsigned char)*s) || *s == '_')) s++;
	return s;
}

static const char *skip_spaces(const char *s, const char *end)
{
	while (s < end && isspace((unsigned char)*s)) s++;
	return s;
}

static bool is_word(const char *s, const char *e, const char *word)
{
	return (size_t)(e - s) == strlen(word) && strncasecmp(s, word, strlen(word)) == 0;
}

static void hash_of(const char *text, size_t n, char out[HASH_CHARS + 1])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	EVP_Digest(text, n, sum, &len, EVP_sha256(), NULL);
	for (unsigned i = 0; i < HASH_CHARS / 2; i++) snprintf(out + 2 * i, 3, "%02x", sum[i]);
}

bool schema_source_of(const char *stmt, size_t n, struct schema_source *out)
{
	const char *end = stmt + n, *s = skip_spaces(stmt, end), *e = word_end(s, end);
	const char *kind = NULL;
	if (!is_word(s, e, "create")) return false;
	out->at = (size_t)(e - stmt);
	for (int i = 0; i < 8 && !kind; i++) {
		s = skip_spaces(e, end), e = word_end(s, end);
		if (s == e) return false;
		if (is_word(s, e, "algorithm")) { /* = MERGE; the owner comes after it */
			s = skip_spaces(e, end);
			s = skip_spaces(s < end && *s == '=' ? s + 1 : s, end), e = word_end(s, end);
			out->at = (size_t)(e - stmt);
		}
		if (is_word(s, e, "replace")) out->at = (size_t)(e - stmt);
		for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
			if (is_word(s, e, kinds[k])) kind = kinds[k];
	}
	if (!kind) return false;
	s = skip_spaces(e, end), e = word_end(s, end);
	snprintf(out->kind, sizeof out->kind, "%s", kind);
	snprintf(out->name, sizeof out->name, "%.*s", (int)(e - s), s);
	hash_of(stmt, n, out->hash);
	return s < e;
}

/* --- the objects of a database --- */
struct objects {
	struct db *db;
	struct table *have, *grants; /* grants: only where the login looks with its own eyes */
	const char *database;
	struct err owner_gone; /* the owner of schema_objects is no login any more */
};

static bool may_not(const struct err *e)
{
	return e->sql_errno == 1305 || e->sql_errno == 1449 || e->sql_errno == 1370 || e->sql_errno == 1142 ||
	       e->sql_errno == 1044;
}

static bool read_objects(struct db *db, struct objects *o, struct err *e)
{
	struct db_opts opts = { .deadline_ms = LONG_MS, .max_rows = MAX_OBJECTS };
	struct err mine = { 0 };
	*o = (struct objects){ .db = db };
	if (db_call(db, &sql_queries_schema_objects, NULL, 0, &opts, &o->have, &mine)) return true;
	if (mine.sql_errno == 1449) o->owner_gone = mine;
	if (may_not(&mine))
		return db_call(db, &sql_queries_verify_objects, NULL, 0, &opts, &o->have, e) &&
		       db_call(db, &sql_queries_doctor_grants, NULL, 0, &opts, &o->grants, e);
	if (e) *e = mine;
	return false;
}

static void free_objects(struct objects *o)
{
	table_free(o->have);
	table_free(o->grants);
}

/* The row of an object, or -1. */
static long find(const struct table *t, const char *kind, const char *name)
{
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *k = table_get(t, i, "kind"), *n = table_get(t, i, "name");
		if (k && n && strcmp(k, kind) == 0 && strcasecmp(n, name) == 0) return (long)i;
	}
	return -1;
}

/* Would a login with these grants see such an object if it were there? */
static bool is_visible(const struct objects *o, const char *kind, const char *name)
{
	static const struct {
		const char *kind, *privilege;
	} needs[] = {
		{ "foreign key", "ALTER" },        { "check", "ALTER" },
		{ "trigger", "TRIGGER" },          { "event", "EVENT" },
		{ "procedure", "CREATE ROUTINE" }, { "function", "CREATE ROUTINE" },
		{ "view columns", "EXECUTE" }, /* none are listed of a view that calls what one may not call */
	};
	const char *privilege = "SELECT";
	char table[65];
	if (!o->grants) return true;
	for (size_t i = 0; i < ARRAY_LEN(needs); i++)
		if (strcmp(needs[i].kind, kind) == 0) privilege = needs[i].privilege;
	snprintf(table, sizeof table, "%.*s", (int)strcspn(name, "."), name);
	return rights_allow(o->grants, privilege, "TABLE", o->database ? o->database : "", table);
}

/* Each statement of the scripts that makes such an object. */
struct walk {
	void (*each)(void *ctx, const struct schema_source *s);
	void *ctx;
};

static bool walk_statement(void *ctx, const char *stmt, size_t n, int line, struct err *e)
{
	struct walk *w = ctx;
	struct schema_source s;
	(void)line, (void)e;
	if (schema_source_of(stmt, n, &s)) w->each(w->ctx, &s);
	return true;
}

static void each_source(void (*each)(void *ctx, const struct schema_source *s), void *ctx)
{
	struct walk w = { each, ctx };
	for (size_t i = 0; sql_all[i]; i++)
		if (strncmp(sql_all[i]->name, "schema/", 7) == 0)
			script_each(sql_all[i]->text, walk_statement, &w, NULL);
}

/* --- whose they are --- */
static bool owner_name(struct db *db, char *out, size_t n, struct err *e)
{
	struct table *t;
	*out = 0;
	if (!db_call(db, &sql_queries_schema_owner, NULL, 0, NULL, &t, e)) return false;
	for (size_t i = 0; i < t->n_rows; i++)
		if (strcmp(table_get(t, i, "step"), "name") == 0)
			snprintf(out, n, "%s", table_get(t, i, "statement"));
	table_free(t);
	return true;
}

/* Of what the scripts make: somebody else's own procedure in this database is his. */
struct tally {
	const struct objects *o;
	const char *ours, *home; /* home: ours, if anything is; else whose the first is */
	size_t n, n_other, other;
};

static const char *owner_here(const struct tally *t, const struct schema_source *s, size_t *row)
{
	long at = find(t->o->have, s->kind, s->name);
	*row = at < 0 ? 0 : (size_t)at;
	return at < 0 ? NULL : table_get(t->o->have, (size_t)at, "owner");
}

static void find_home(void *ctx, const struct schema_source *s)
{
	struct tally *t = ctx;
	size_t row;
	const char *owner = owner_here(t, s, &row);
	if (owner && (!t->home || strcmp(owner, t->ours) == 0)) t->home = owner;
}

static void count_owner(void *ctx, const struct schema_source *s)
{
	struct tally *t = ctx;
	size_t row;
	const char *owner = owner_here(t, s, &row);
	t->n += owner != NULL;
	if (owner && strcmp(owner, t->home) != 0) t->n_other++, t->other = row;
}

static enum schema_verdict owner_of(const struct objects *o, const char *ours, bool *is_locked,
                                    struct buf *text)
{
	*is_locked = false;
	if (o->owner_gone.code) {
		buf_addf(text, "%s: agents and operators are refused; spotop db init mends it",
		         o->owner_gone.text);
		return SCHEMA_BROKEN;
	}
	struct tally all = { .o = o, .ours = ours };
	each_source(find_home, &all);
	if (!all.home) {
		buf_adds(text, "not visible to you");
		return SCHEMA_UNSEEN;
	}
	each_source(count_owner, &all);
	const char *home = all.home;
	size_t n = all.n, n_other = all.n_other, other = all.other;
	*is_locked = !n_other && strcmp(home, ours) == 0;
	if (n_other)
		buf_addf(text, "%zu of %zu are not %s's, as %s %s, which is %s's: spotop db init mends it",
		         n_other, n, home, table_get(o->have, other, "kind"),
		         table_get(o->have, other, "name"), table_get(o->have, other, "owner"));
	else if (*is_locked)
		buf_addf(text, "%s, all %zu%s", home, n, o->grants ? " that this login sees" : "");
	else
		buf_addf(text,
		         "%s, all %zu: it fails for everybody when that login goes; spotop db init by one "
		         "with CREATE "
		         "USER and SET USER gives it to %s",
		         home, n, ours);
	return n_other ? SCHEMA_BROKEN : SCHEMA_KEPT;
}

bool schema_owner(struct db *db, enum schema_verdict *v, bool *is_locked, struct buf *text, struct err *e)
{
	struct objects o;
	char ours[120];
	bool ok = read_objects(db, &o, e) && owner_name(db, ours, sizeof ours, e);
	if (ok) *v = owner_of(&o, ours, is_locked, text);
	free_objects(&o);
	return ok;
}

/* --- what was written down --- */

struct record {
	const struct table *have;
	json_t *all;
};

static void record_one(void *ctx, const struct schema_source *s)
{
	struct record *r = ctx;
	long at = find(r->have, s->kind, s->name);
	const char *body = at < 0 ? NULL : table_get(r->have, (size_t)at, "definition");
	char key[80];
	if (!body) return;
	snprintf(key, sizeof key, "%s %s", s->kind, s->name);
	json_object_set_new(r->all, key, json_sprintf("%s %s", s->hash, body));
}

bool schema_record(struct db *w, struct buf *json, struct err *e)
{
	struct objects o;
	struct record r = { 0 };
	if (!read_objects(w, &o, e)) {
		free_objects(&o);
		return false;
	}
	r.have = o.have, r.all = json_object();
	each_source(record_one, &r);
	char *text = json_dumps(r.all, JSON_COMPACT | JSON_SORT_KEYS);
	buf_adds(json, text ? text : "{}");
	free(text);
	json_decref(r.all);
	free_objects(&o);
	return true;
}

/* --- the comparison --- */
struct compare {
	struct objects o;
	const char *home; /* whose all of it is */
	const struct table *want;
	json_t *recorded;
	schema_promise promise;
	void *ctx;
};

static void tell(struct compare *c, const char *kind, const char *name, enum schema_verdict v,
                 const char *evidence)
{
	char full[200];
	snprintf(full, sizeof full, "%s %s", kind, name);
	c->promise(c->ctx, full, v, evidence);
}

static void tell_missing(struct compare *c, const char *kind, const char *name)
{
	bool seen = is_visible(&c->o, kind, name);
	tell(c, kind, name, seen ? SCHEMA_BROKEN : SCHEMA_UNSEEN,
	     seen ? "is not there" : "not visible to you");
}

/* 1: it is as it should be; columns are told only where they are not. */
static size_t compare_structure(struct compare *c, size_t i, bool is_told)
{
	const char *kind = table_get(c->want, i, "kind"), *name = table_get(c->want, i, "name"),
	           *want = table_get(c->want, i, "definition");
	long at = find(c->o.have, kind, name);
	if (at < 0) {
		tell_missing(c, kind, name);
		return 0;
	}
	const char *have = table_get(c->o.have, (size_t)at, "definition");
	bool same = have && want && strcmp(have, want) == 0;
	struct buf text = BUF_EMPTY;
	buf_addf(&text, same ? "%s" : "%s, not %s", have ? have : "?", want ? want : "?");
	if (!same || is_told) tell(c, kind, name, same ? SCHEMA_KEPT : SCHEMA_BROKEN, buf_str(&text));
	buf_free(&text);
	return same;
}

static bool is_of_table(const char *column, const char *table)
{
	size_t n = strlen(table);
	return strncmp(column, table, n) == 0 && column[n] == '.';
}

static void compare_columns(struct compare *c, const char *table)
{
	size_t n = 0, good = 0;
	for (size_t i = 0; i < c->want->n_rows; i++) {
		const char *kind = table_get(c->want, i, "kind"), *name = table_get(c->want, i, "name");
		if (strcmp(kind, "column") != 0 || !is_of_table(name, table)) continue;
		n++;
		good += compare_structure(c, i, false);
	}
	char text[60];
	snprintf(text, sizeof text, "%zu", n);
	if (n && good == n) tell(c, "columns of", table, SCHEMA_KEPT, text);
}

static void compare_source(void *ctx, const struct schema_source *s)
{
	struct compare *c = ctx;
	long at = find(c->o.have, s->kind, s->name);
	char key[80];
	if (at < 0) {
		tell_missing(c, s->kind, s->name);
		return;
	}
	snprintf(key, sizeof key, "%s %s", s->kind, s->name);
	const char *have = table_get(c->o.have, (size_t)at, "definition"),
	           *was = json_string_value(json_object_get(c->recorded, key));
	const char *owner = table_get(c->o.have, (size_t)at, "owner");
	if (!have && owner && c->home && strcmp(owner, c->home) != 0)
		tell(c, s->kind, s->name,
		     SCHEMA_BROKEN, /* so even who made the others does not see its text */
		     "was changed after it was made: spotop db init makes it anew");
	else if (!have)
		tell(c, s->kind, s->name, SCHEMA_UNSEEN, "is there; its text is not visible to you");
	else if (!was)
		tell(c, s->kind, s->name, SCHEMA_UNSEEN,
		     "is there; nothing was written down of it when it was made");
	else if (strncmp(was, s->hash, HASH_CHARS) != 0)
		tell(c, s->kind, s->name, SCHEMA_BROKEN,
		     "is not this program's, but another build's: spotop db init makes it anew");
	else if (strcmp(was + HASH_CHARS + 1, have) != 0)
		tell(c, s->kind, s->name, SCHEMA_BROKEN,
		     strstr(have, " disabled") && strcmp(s->kind, "event") == 0
		             ? "is disabled"
		             : "was changed after it was made: spotop db init makes it anew");
	else
		tell(c, s->kind, s->name, SCHEMA_KEPT, "is as it was made");
}

static bool read_recorded(struct db *db, json_t **out, struct err *e)
{
	struct table *t;
	struct err mine = { 0 };
	*out = NULL;
	if (!db_call(db, &sql_queries_schema_recorded, NULL, 0, NULL, &t, &mine)) {
		if (mine.sql_errno == 1146 || mine.sql_errno == 1142)
			return true; /* no such table, or not for us */
		if (e) *e = mine;
		return false;
	}
	const char *details = table_get(t, 0, "details");
	if (details) *out = json_loads(details, 0, NULL);
	table_free(t);
	return true;
}

/* --- what is too many --- */
static void add_source(void *ctx, const struct schema_source *s)
{
	char key[80];
	snprintf(key, sizeof key, "%s %s", s->kind, s->name);
	json_object_set_new(ctx, key, json_true());
}

/* A migration's, a dropped day's and an import's own come and go. */
static bool is_passing(const char *name)
{
	return strncmp(name, "migration_", 10) == 0 || strncmp(name, "dropping_", 9) == 0 ||
	       strncmp(name, "importing_", 10) == 0;
}

static void tell_extra(struct compare *c, json_t *sources, size_t i)
{
	const char *kind = table_get(c->o.have, i, "kind"), *name = table_get(c->o.have, i, "name"),
	           *definition = table_get(c->o.have, i, "definition");
	if (!kind || !name) return;
	bool is_key = strcmp(kind, "foreign key") == 0;
	const char *of = is_key && definition ? definition : name;
	char table[65], key[200];
	snprintf(key, sizeof key, "%s %s", kind, name);
	snprintf(table, sizeof table, "%.*s", (int)strcspn(of, ". "), of);
	bool is_part = is_key || strchr(name, '.');
	if (strcmp(kind, "view columns") == 0 || find(c->want, kind, name) >= 0 ||
	    json_object_get(sources, key) || is_passing(name) ||
	    (is_part && find(c->want, "table", table) < 0)) /* its table is told */
		return;
	if (strcmp(kind, "index") == 0 && definition && strncmp(definition, "UNIQUE ", 7) != 0)
		tell(c, kind, name, SCHEMA_KEPT,
		     "is not of this schema: it costs each write, and forbids nothing");
	else
		tell(c, kind, name, SCHEMA_BROKEN,
		     "is not of this schema: whoever made it drops it, or has it in another database");
}

static void compare_extra(struct compare *c)
{
	json_t *sources = json_object();
	each_source(add_source, sources);
	for (size_t i = 0; i < c->o.have->n_rows; i++) tell_extra(c, sources, i);
	json_decref(sources);
}

bool schema_compare(struct db *db, schema_promise promise, void *ctx, struct err *e)
{
	struct compare c = { .promise = promise, .ctx = ctx };
	struct table *want = NULL, *present = NULL;
	struct buf whose = BUF_EMPTY;
	char ours[120];
	bool is_locked;
	struct db_opts opts = { .deadline_ms = LONG_MS, .max_rows = MAX_OBJECTS };
	bool ok = read_objects(db, &c.o, e) && owner_name(db, ours, sizeof ours, e) &&
	          read_recorded(db, &c.recorded, e) &&
	          db_call(db, &sql_queries_schema_present, NULL, 0, NULL, &present, e) &&
	          db_call(db, &sql_queries_verify_structure, NULL, 0, &opts, &want, e);
	if (ok) {
		struct tally all = { .o = &c.o, .ours = ours };
		each_source(find_home, &all);
		c.want = want;
		c.home = all.home;
		c.o.database = table_get(present, 0, "name");
		enum schema_verdict v = owner_of(&c.o, ours, &is_locked, &whose);
		promise(ctx, "owner of what runs", v, buf_str(&whose));
		for (size_t i = 0; i < want->n_rows; i++) {
			const char *kind = table_get(want, i, "kind"), *name = table_get(want, i, "name");
			if (strcmp(kind, "column") == 0) continue;
			compare_structure(&c, i, true);
			if (strcmp(kind, "table") == 0) compare_columns(&c, name);
		}
		each_source(compare_source, &c);
		compare_extra(&c);
	}
	json_decref(c.recorded);
	table_free(want);
	table_free(present);
	free_objects(&c.o);
	buf_free(&whose);
	return ok;
}
