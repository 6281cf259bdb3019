/* schema_mend.c - tables, columns, keys and checks that are not as the scripts make them, made so again. */
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/schema_int.h"
#include "sql.h"
#include <stdio.h>
#include <string.h>

enum { LONG_MS = 3600000, MAX_OBJECTS = 20000, ROUNDS = 3, TRIES = 3 };

struct thing {
	const char *kind, *name, *want, *have; /* have NULL: it is not there */
	char table[65];
	const char *part; /* the name behind the table's; the whole name where there is none */
};

struct mend {
	struct install *in;
	const struct table *want, *have;
	size_t n_mended;
	bool is_told; /* what cannot be mended is noted in the last round */
};

static const char *definition(const struct table *t, const char *kind, const char *name)
{
	for (size_t i = 0; i < t->n_rows; i++)
		if (strcmp(table_get(t, i, "kind"), kind) == 0 &&
		    strcasecmp(table_get(t, i, "name"), name) == 0)
			return table_get(t, i, "definition");
	return NULL;
}

/* A change of a table waits a few seconds for who uses it, and is tried again. */
static bool run(struct mend *m, const struct query *q, const struct arg *args, size_t n, struct err *e)
{
	struct db_opts o = { .is_write = true, .deadline_ms = LONG_MS };
	for (int tries = 1;; tries++) {
		*e = (struct err){ 0 };
		if (db_call(m->in->w, q, args, n, &o, NULL, e)) return true;
		if (!db_lost_to_another(e) || tries == TRIES) return false;
	}
}

static bool mend_table(struct mend *m, const struct thing *t, struct err *e)
{
	struct arg args[] = { arg_str("table", t->table), arg_str("definition", t->want),
		              arg_bool("is_parted", t->have && strstr(t->have, " partitioned")) };
	return run(m, &sql_queries_repair_table, args, ARRAY_LEN(args), e);
}

/* A column's own check goes with each change of the column. */
static bool mend_column(struct mend *m, const struct thing *t, struct err *e)
{
	struct arg args[] = { arg_str("table", t->table), arg_str("column", t->part),
		              arg_str("definition", t->want),
		              arg_str("check", definition(m->want, "check", t->name)),
		              arg_bool("is_there", t->have != NULL) };
	return run(m, &sql_queries_repair_column, args, ARRAY_LEN(args), e);
}

static bool mend_check(struct mend *m, const struct thing *t, struct err *e)
{
	struct thing column = *t;
	column.kind = "column", column.want = definition(m->want, "column", t->name);
	column.have = definition(m->have, "column", t->name);
	if (column.want) return mend_column(m, &column, e);
	struct arg args[] = { arg_str("table", t->table), arg_str("name", t->part),
		              arg_str("definition", t->want) };
	return run(m, &sql_queries_repair_check, args, ARRAY_LEN(args), e);
}

static bool mend_index(struct mend *m, const struct thing *t, struct err *e)
{
	struct arg args[] = { arg_str("table", t->table), arg_str("name", t->part),
		              arg_str("definition", t->want), arg_bool("is_there", t->have != NULL) };
	return run(m, &sql_queries_repair_index, args, ARRAY_LEN(args), e);
}

static bool mend_foreign_key(struct mend *m, const struct thing *t, struct err *e)
{
	struct arg args[] = { arg_str("name", t->name), arg_str("definition", t->want) };
	return run(m, &sql_queries_repair_foreign_key, args, ARRAY_LEN(args), e);
}

/* What another needs comes before it. */
static const struct {
	const char *kind;
	bool (*mend)(struct mend *m, const struct thing *t, struct err *e);
} kinds[] = {
	{ "table", mend_table }, { "column", mend_column },           { "check", mend_check },
	{ "index", mend_index }, { "foreign key", mend_foreign_key },
};

static void mend_one(struct mend *m, size_t kind, const char *name, const char *want)
{
	struct thing t = { .kind = kinds[kind].kind, .name = name, .want = want };
	struct err e = { 0 };
	const char *dot = strchr(name, '.');
	t.have = definition(m->have, t.kind, name);
	if (!want || (t.have && strcmp(t.have, want) == 0)) return;
	snprintf(t.table, sizeof t.table, "%.*s", (int)strcspn(name, "."), name);
	t.part = dot ? dot + 1 : name;
	if (kinds[kind].mend(m, &t, &e)) {
		m->n_mended++;
		if (!t.have && strcmp(t.kind, "column") == 0 && !strstr(want, " GENERATED AS "))
			schema_note(m->in,
			            "column %s was not there and is made again: what it held is lost, each "
			            "row has its "
			            "default",
			            name);
	} else if (m->is_told) {
		schema_note(m->in, "%s %s cannot be mended: %s", t.kind, name, e.text);
	}
}

static bool mend_round(struct mend *m, struct err *e)
{
	struct table *have = NULL;
	struct db_opts o = { .is_write = true, .deadline_ms = LONG_MS, .max_rows = MAX_OBJECTS };
	if (!db_call(m->in->w, &sql_queries_verify_objects, NULL, 0, &o, &have, e)) return false;
	m->have = have, m->n_mended = 0;
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
		for (size_t i = 0; i < m->want->n_rows; i++)
			if (strcmp(table_get(m->want, i, "kind"), kinds[k].kind) == 0)
				mend_one(m, k, table_get(m->want, i, "name"),
				         table_get(m->want, i, "definition"));
	table_free(have);
	return true;
}

/* Several rounds: a computed column takes its index along, which the next one makes again. */
bool schema_mend_structure(struct install *in, struct err *e)
{
	struct mend m = { .in = in };
	struct table *want = NULL;
	struct db_opts o = { .is_write = true, .deadline_ms = LONG_MS, .max_rows = MAX_OBJECTS };
	bool ok = db_call(in->w, &sql_queries_verify_structure, NULL, 0, &o, &want, e);
	m.want = want;
	for (int round = 1; ok && round <= ROUNDS; round++) {
		m.is_told = round == ROUNDS;
		ok = mend_round(&m, e);
		if (ok && !m.n_mended && !m.is_told) round = ROUNDS - 1;
	}
	table_free(want);
	return ok;
}
