/* field.c - a database as the field has them, filled and written to at random, from the list of its columns. */
#include "tests/support/field.h"
#include "core/base/buf.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	N_CLIENTS = 6,
	N_AGENTS = 60,
	N_INSTANCES = 240,
	N_OTHERS = 300,
};

static struct field_table *table_of(struct field *f, const char *name)
{
	for (size_t i = 0; i < f->n_tables; i++)
		if (strcmp(f->tables[i].name, name) == 0) return &f->tables[i];
	ck_assert_uint_lt(f->n_tables, sizeof f->tables / sizeof *f->tables);
	struct field_table *t = &f->tables[f->n_tables++];
	snprintf(t->name, sizeof t->name, "%s", name);
	return t;
}

void field_read(struct field *f, const char *version)
{
	char line[400];
	*f = (struct field){ 0 };
	FILE *in = fopen("tests/it/sql/field-columns.tsv", "r");
	ck_assert_ptr_nonnull(in);
	time_t then = time(NULL) - 2 * 86400;
	strftime(f->from, sizeof f->from, "%Y-%m-%d %H:%M:%S", gmtime(&then));
	while (fgets(line, sizeof line, in)) {
		char *save, *schema = strtok_r(line, "\t\n", &save), *table = strtok_r(NULL, "\t\n", &save),
		            *col = strtok_r(NULL, "\t\n", &save), *type = strtok_r(NULL, "\t\n", &save);
		if (!type || strcmp(schema, version) != 0) continue;
		struct field_table *t = table_of(f, table);
		ck_assert_uint_lt(t->n_cols, sizeof t->cols / sizeof *t->cols);
		if (strcmp(col, "id") == 0) t->pk = t->n_cols;
		struct field_column *c = &t->cols[t->n_cols++];
		snprintf(c->name, sizeof c->name, "%s", col);
		snprintf(c->type, sizeof c->type, "%s", type);
	}
	fclose(in);
	ck_assert_uint_gt(f->n_tables, 10);
}

static bool is_price(const char *table)
{
	static const char *const names[] = { "spot_price_snapshots", "spot_prices",
		                             "pricing_submissions_raw" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(table, names[i]) == 0) return true;
	return false;
}

static bool ends(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);
	return n >= m && strcmp(s + n - m, end) == 0;
}

static bool starts(const char *s, const char *start) { return strncmp(s, start, strlen(start)) == 0; }

/* What is told from the name: whose it is, which pool, which state. `s` is the row's number, or an expression. */
static const char *by_name(const struct field_table *t, const struct field_column *c, const char *s)
{
	static _Thread_local char out[900];
	const char *n = c->name;
	if (strcmp(n, "client_id") == 0 || (strcmp(n, "id") == 0 && strcmp(t->name, "clients") == 0))
		snprintf(out, sizeof out,
		         "IF((%s) MOD %d = 3, 'client-3', CONCAT('11111111-0000-0000-0000-', LPAD((%s) MOD "
		         "%d, 12, "
		         "'0')))",
		         s, N_CLIENTS, s, strcmp(n, "id") == 0 ? 100000 : N_CLIENTS);
	else if (ends(n, "agent_id") || (strcmp(n, "id") == 0 && strcmp(t->name, "agents") == 0))
		snprintf(out, sizeof out, "CONCAT('aaaaaaaa-0000-0000-0000-', LPAD((%s) MOD %d, 12, '0'))", s,
		         strcmp(n, "id") == 0 ? 100000 : N_AGENTS + 3);
	else if (strcmp(n, "instance_id") == 0 || ends(n, "_instance_id") ||
	         (strcmp(n, "id") == 0 && strcmp(t->name, "instances") == 0))
		snprintf(out, sizeof out, "CONCAT('i-', LPAD((%s) MOD %d, 8, '0'))", s,
		         strcmp(n, "id") == 0 ? 100000 : N_INSTANCES);
	else if (ends(n, "pool_id") || (strcmp(n, "id") == 0 && starts(t->name, "spot_pools")))
		snprintf(out, sizeof out,
		         "CONCAT(ELT(1 + (%s) MOD 3, 'r3', 'c3', 'm4'), '.large.', ELT(1 + (%s) MOD 2, "
		         "'us-east-1', "
		         "'eu-west-1'), ELT(1 + (%s) MOD 5, 'a', 'b', 'c', 'd', 'e'))",
		         s, s, s);
	else if (ends(n, "status") && starts(c->type, "VARCHAR"))
		snprintf(out, sizeof out,
		         "ELT(1 + (%s) MOD 13, 'running', 'online', 'pending', 'completed', 'terminated', "
		         "'running_primary', 'executing', 'failed', 'never heard of', 'terminating', "
		         "'promoting', 'zombie', 'running_replica')",
		         s);
	else if (ends(n, "mode"))
		snprintf(out, sizeof out, "ELT(1 + (%s) MOD 4, 'spot', 'ondemand', 'on-demand', NULL)", s);
	else if (strcmp(n, "command_type") == 0)
		snprintf(out, sizeof out, "ELT(1 + (%s) MOD 4, 'switch', 'launch', 'terminate', 'dance')", s);
	else
		return NULL;
	return out;
}

static void add_enum(struct buf *b, const char *type, const char *s)
{
	const char *from = strchr(type, '(') + 1;
	size_t n = 1, len = strlen(from) - 1;
	for (size_t i = 0; i < len; i++) n += from[i] == ',';
	buf_addf(b, "ELT(1 + (%s) MOD %zu, %.*s)", s, n, (int)len, from);
}

/* The value of one column in row `s`. */
static void add_value(struct buf *b, const struct field *f, const struct field_table *t, size_t col,
                      const char *s)
{
	const struct field_column *c = &t->cols[col];
	const char *known = by_name(t, c, s);
	bool is_key = col == t->pk;
	if (!is_key) buf_addf(b, "IF((%s) MOD %d = 0, NULL, ", s, 61 + (int)(col % 13));
	if (starts(c->type, "ENUM"))
		add_enum(b, c->type, s);
	else if (known)
		buf_adds(b, known);
	else if (is_key && starts(c->type, "CHAR"))
		buf_addf(b, "CONCAT(LEFT(MD5('%s'), 8), '-0000-0000-0000-', LPAD(%s, 12, '0'))", t->name, s);
	else if (is_key && starts(c->type, "VARCHAR"))
		buf_addf(b, "CONCAT('%.12s-', %s)", t->name, s);
	else if (is_key)
		buf_adds(b, s);
	else if (starts(c->type, "TIMESTAMP"))
		buf_addf(b, "'%s' + INTERVAL ((%s) * 977 + %zu) MOD 170000 SECOND", f->from, s, col);
	else if (starts(c->type, "DATE"))
		buf_addf(b, "DATE('%s') - INTERVAL (%s) MOD 28 DAY", f->from, s);
	else if (starts(c->type, "DECIMAL"))
		buf_addf(b, "((%s) * 7 + %zu) MOD 97 / 100", s, col);
	else if (starts(c->type, "BOOLEAN") || starts(c->type, "TINYINT"))
		buf_addf(b, "(%s + %zu) MOD 2", s, col);
	else if (ends(c->type, "INT"))
		buf_addf(b, "((%s) * 31 + %zu) MOD 500", s, col);
	else if (starts(c->type, "JSON"))
		buf_addf(b, "CONCAT('{\"n\": ', %s, '}')", s);
	else if (ends(c->name, "_name") || ends(c->name, "email") || ends(c->name, "token") ||
	         ends(c->name, "request_id"))
		buf_addf(b, "CONCAT('%s-', %s)", c->name, s);
	else
		buf_addf(b,
		         "CONCAT(ELT(1 + (%s) MOD 7, 'plain', 'Ünïcødé', '\\'; --', '0000-00-00', '', 'x', "
		         "'\\n'), '-', (%s) MOD 50)",
		         s, s);
	if (!is_key) buf_addc(b, ')');
}

static unsigned rows_of(const char *table, unsigned n_rows)
{
	if (is_price(table)) return n_rows / 2;
	if (starts(table, "pricing_")) return n_rows / 12;
	if (strcmp(table, "clients") == 0) return N_CLIENTS;
	if (strcmp(table, "agents") == 0) return N_AGENTS;
	if (strcmp(table, "instances") == 0) return N_INSTANCES;
	if (strcmp(table, "spot_pools") == 0) return 20;
	return N_OTHERS < n_rows / 200 ? n_rows / 200 : N_OTHERS;
}

void field_make(const struct rig *r, const struct field *f, const char *database, unsigned n_rows)
{
	rig_do(r, "DROP DATABASE IF EXISTS %s", database);
	rig_do(r, "CREATE DATABASE %s CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", database);
	for (size_t i = 0; i < f->n_tables; i++) {
		const struct field_table *t = &f->tables[i];
		struct buf b = BUF_EMPTY;
		for (size_t c = 0; c < t->n_cols; c++)
			buf_addf(&b, "`%s` %s%s, ", t->cols[c].name, t->cols[c].type,
			         c == t->pk                             ? " NOT NULL"
			         : starts(t->cols[c].type, "TIMESTAMP") ? " NULL DEFAULT NULL"
			                                                : " NULL");
		rig_do(r, "CREATE TABLE %s.%s (%sPRIMARY KEY (`%s`)) ROW_FORMAT=DYNAMIC", database, t->name,
		       buf_str(&b), t->cols[t->pk].name);
		buf_cut(&b, 0);
		for (size_t c = 0; c < t->n_cols; c++) {
			if (c) buf_adds(&b, ", ");
			add_value(&b, f, t, c, "seq");
		}
		rig_do(r,
		       "SET STATEMENT sql_mode = '' FOR INSERT IGNORE INTO %s.%s SELECT %s FROM seq_1_to_%u",
		       database, t->name, buf_str(&b), rows_of(t->name, n_rows));
		buf_free(&b);
	}
}

void field_write(const struct field *f, const char *database, unsigned n_rows, unsigned seed, unsigned n,
                 const char *path)
{
	FILE *out = fopen(path, "w");
	ck_assert_ptr_nonnull(out);
	fprintf(out, "SET sql_mode = '', time_zone = '+00:00';\n");
	for (unsigned i = 0; i < n; i++) {
		const struct field_table *t = &f->tables[(unsigned)rand_r(&seed) % f->n_tables];
		char s[24];
		struct buf b = BUF_EMPTY;
		unsigned kind = (unsigned)rand_r(&seed) % 10, rows = rows_of(t->name, n_rows);
		/* who comes, goes and gets another name is rare, and takes what is its along */
		bool is_parent = strcmp(t->name, "agents") == 0 || strcmp(t->name, "clients") == 0;
		if (is_parent && (unsigned)rand_r(&seed) % 20) kind = 5;
		snprintf(s, sizeof s, "%u",
		         kind < 3 ? rows + (unsigned)rand_r(&seed) % rows
		                  : 1 + (unsigned)rand_r(&seed) % rows);
		if (kind < 4) {
			buf_addf(&b, "%s INTO %s.%s VALUES (", kind == 3 ? "REPLACE" : "INSERT IGNORE",
			         database, t->name);
			for (size_t c = 0; c < t->n_cols; c++) {
				if (c) buf_adds(&b, ", ");
				add_value(&b, f, t, c, s);
			}
			buf_addc(&b, ')');
		} else {
			size_t col = (t->pk + 1 + (unsigned)rand_r(&seed) % (t->n_cols - 1)) % t->n_cols;
			if (is_parent &&
			    (ends(t->cols[col].name, "_id") || ends(t->cols[col].name, "name")) &&
			    (unsigned)rand_r(&seed) % 20) {
				buf_free(&b);
				continue;
			}
			char other[24];
			snprintf(other, sizeof other, "%u", (unsigned)rand_r(&seed) % 5000);
			if (kind == 9)
				buf_addf(&b, "DELETE FROM %s.%s", database, t->name);
			else {
				buf_addf(&b, "UPDATE IGNORE %s.%s SET `%s` = ", database, t->name,
				         t->cols[col].name);
				add_value(&b, f, t, col, other);
			}
			buf_addf(&b, " WHERE `%s` = ", t->cols[t->pk].name);
			add_value(&b, f, t, t->pk, s);
		}
		fprintf(out, "%s;\n", buf_str(&b));
		if (i % 4 == 3) fprintf(out, "DO SLEEP(0.005);\n");
		buf_free(&b);
	}
	fclose(out);
}
