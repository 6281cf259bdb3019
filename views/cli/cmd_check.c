/* cmd_check.c - `spotop check`: a plugin for Nagios and its kin. One line, then perfdata; the same
 * conditions that the worker turns into alerts, read live, so that a dead worker hides nothing. */
#include "core/base/mem.h"
#include "core/fleet/schema.h"
#include "sql.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include "views/cli/command.h"
#include <stdio.h>
#include <string.h>

enum { OK, WARNING, CRITICAL };
static const char *const words[] = { "OK", "WARNING", "CRITICAL" };

static void print_perfdata(const struct table *t)
{
	for (size_t i = 0; i < t->n_cols; i++) {
		const char *v = table_get(t, 0, t->names[i]);
		printf(" %s=%s", t->names[i], v ? v : "U");
	}
}

static int print(const struct table *t, const struct table *first)
{
	int64_t bad = table_int(t, 0, "critical", 0) + table_int(t, 0, "errors", 0);
	int64_t warn = table_int(t, 0, "warnings", 0);
	int code = bad ? CRITICAL : warn ? WARNING : OK;
	printf("SPOTOP %s - ", words[code]);
	if (code == OK)
		printf("%lld agents, nothing wrong", (long long)table_int(t, 0, "agents", 0));
	else
		printf("%lld critical, %lld errors, %lld warnings", (long long)table_int(t, 0, "critical", 0),
		       (long long)table_int(t, 0, "errors", 0), (long long)warn);
	for (size_t i = 0; i < first->n_rows; i++) {
		/* a name could hold what ends the line or starts the perfdata */
		putchar(i ? ',' : ':');
		putchar(' ');
		for (const char *s = table_get(first, i, "message"); s && *s; s++)
			putchar(*s == '|' || (unsigned char)*s < ' ' || *s == 127 ? '?' : *s);
	}
	fputs(" |", stdout);
	print_perfdata(t);
	putchar('\n');
	return code;
}

/* For programs: each condition by itself, snoozed ones too; the code is that of the line. */
static int print_conditions(const struct cli *c, const struct table *t)
{
	static const char *const bools[] = { "is_snoozed" };
	int code = OK;
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *severity = table_get(t, i, "severity");
		bool is_bad = strcmp(severity, "critical") == 0 || strcmp(severity, "error") == 0;
		if (!table_int(t, i, "is_snoozed", 0) && code < CRITICAL) code = is_bad ? CRITICAL : WARNING;
	}
	struct out *o = out_begin(stdout, c->format, "spotop.check/1", NULL, 0);
	out_set_bools(o, bools, 1);
	out_rows(o, t);
	out_end(o);
	return code;
}

int cmd_check(struct cli *c)
{
	struct err e = { 0 };
	struct table *t = NULL, *first = NULL;
	bool is_rows = c->has_format && c->format != OUT_TABLE;
	if (!cli_words(c, 0, &e)) return cli_fail(c, &e);
	struct db *db = cli_db(c, DB_READ);
	bool ok = schema_check(db, &e);
	if (is_rows)
		ok = ok && db_call(db, &sql_queries_check_conditions, NULL, 0, NULL, &t, &e);
	else
		ok = ok && db_call(db, &sql_queries_check, NULL, 0, NULL, &t, &e) &&
		     db_call(db, &sql_queries_check_first, NULL, 0, NULL, &first, &e);
	db_close_wait(db);
	int code = !ok ? cli_fail(c, &e) : is_rows ? print_conditions(c, t) : print(t, first);
	table_free(t);
	table_free(first);
	return code;
}
