/* cmd_check.c - `spotop check`: a plugin for Nagios and its kin. One line, then perfdata; the same
 * conditions that the worker turns into alerts, read live, so that a dead worker hides nothing. The gravest in the
 * order of impact comes first; "nothing wrong" is said only when no agent is unhealthy and no alert snoozed. */
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/fleet/schema.h"
#include "sql.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include "views/cli/command.h"
#include <stdio.h>
#include <string.h>

/* v_alert_kinds has the same, in the same order: a test holds them together. */
const char check_notes[] =
        "Critical and error are exit 2, warning is exit 1. What it looks at, the gravest first:\n"
        "  no_primary           critical  an agent has no primary instance\n"
        "  two_primaries        critical  an agent has more than one primary instance\n"
        "  deadline_missed      critical  a termination deadline passed and no other instance is the "
        "primary\n"
        "  deadline_at_risk     critical  no replacement makes a termination deadline, or it is not known "
        "whether one does\n"
        "  agent_dead           critical  an agent is offline or missed 10 heartbeats\n"
        "  fleet_silent         critical  over 5 % of the enabled agents, and 3 at least, are silent; they "
        "are not listed one "
        "by one then\n"
        "  agent_silent         error     an agent is silent for over 3 intervals or 90 s, or sent no first "
        "heartbeat in 300 s\n"
        "  launch_overdue       error     a launch takes over 300 s\n"
        "  termination_overdue  error     a termination takes over 300 s\n"
        "  zone_notice          error     a quarter of a client's agents in a zone, and 3 at least, have a "
        "Spot interruption notice\n"
        "  pool_notice          error     a quarter of a client's agents in a pool, and 3 at least, have a "
        "Spot interruption notice\n"
        "  worker_dead          error     no worker has led for a minute\n"
        "  job_failed           error     a job failed\n"
        "  tier_late            error     a price tier is over an hour behind its schedule\n"
        "  counts_drift         error     kept counts differed from the instances and were counted anew\n"
        "  audit_broken         error     the audit log was emptied, or nothing keeps its rows from being "
        "changed\n"
        "  termination_notice   warning   a Spot interruption notice that is met: another instance is the "
        "primary "
        "or makes it in time\n"
        "  zombies              warning   a client has over 100 zombies\n"
        "  rebalance            warning   an agent has a rebalance recommendation\n"
        "  scheduler_off        warning   the server's event scheduler is off, or nothing maintains the "
        "database\n";

enum { OK, WARNING, CRITICAL };
static const char *const words[] = { "OK", "WARNING", "CRITICAL" };

/* A name could hold what ends the line or starts the perfdata. */
static void print_safe(const char *s)
{
	for (; s && *s; s++) putchar(*s == '|' || (unsigned char)*s < ' ' || *s == 127 ? '?' : *s);
}

static int64_t sum(const struct table *kinds, const char *severity, const char *of)
{
	int64_t n = 0;
	for (size_t i = 0; i < kinds->n_rows; i++)
		if (!severity || strcmp(table_get(kinds, i, "severity"), severity) == 0)
			n += table_int(kinds, i, of, 0);
	return n;
}

/* Counts by severity, the fleet's figures, and how many conditions there are of each kind. What is not known is left
 * out: the guidelines have U for it, which Icinga's parser refuses. */
static void print_perfdata(const struct table *t)
{
	printf(" critical=%lld errors=%lld warnings=%lld snoozed=%lld", (long long)sum(t, "critical", "n"),
	       (long long)sum(t, "error", "n"), (long long)sum(t, "warning", "n"),
	       (long long)sum(t, NULL, "snoozed"));
	for (size_t i = (size_t)table_col(t, "agents"); i < t->n_cols; i++) { /* the fleet's begin there */
		const char *v = table_get(t, 0, t->names[i]);
		if (v && strcmp(t->names[i], "worst") != 0) printf(" %s=%s", t->names[i], v);
	}
	for (size_t i = 0; i < t->n_rows; i++)
		printf(" alert_%s=%s", table_get(t, i, "kind"), table_get(t, i, "n"));
}

/* "2 without primary, 1 deadline missed" */
static void print_counts(const struct table *kinds)
{
	const char *sep = "";
	for (size_t i = 0; i < kinds->n_rows; i++) {
		if (!table_int(kinds, i, "n", 0)) continue;
		printf("%s%s", sep, table_get(kinds, i, "words"));
		sep = ", ";
	}
}

/* The first row of a kind of which some hold, or are snoozed; n_rows: none. */
static size_t gravest(const struct table *kinds, const char *of)
{
	size_t i = 0;
	while (i < kinds->n_rows && table_int(kinds, i, of, 0) == 0) i++;
	return i;
}

static void print_time(const char *word, const struct table *kinds, size_t i, const char *col)
{
	char iso[32];
	int64_t at;
	const char *v = table_get(kinds, i, col);
	if (!v || !time_from_sql(v, &at)) return;
	time_iso(at, iso);
	printf(" %s %.19sZ", word, iso);
}

/* What a replica server tells is as of its data: over ten seconds, or an unknown age, is a warning of its own. */
static bool is_behind(const struct db_status *s)
{
	return s->is_replica && (s->lag_ms < 0 || s->lag_ms > 10000);
}

static void print_lag(const struct db_status *s)
{
	char age[32];
	if (!is_behind(s)) return;
	fputs("replica server ", stdout);
	print_safe(s->where);
	if (s->lag_ms < 0)
		fputs(", how far behind is not known: ", stdout);
	else
		printf(" %s behind, all is as of then: ", fmt_age(age, sizeof age, s->lag_ms));
}

/* The gravest first, with who and since when; then the counts; and whatever else is not as it should be. t: a row a kind,
 * the fleet's figures in each. */
static int print(const struct db_status *st, const struct table *t)
{
	size_t i = gravest(t, "n"), s = gravest(t, "snoozed");
	int64_t unhealthy = table_int(t, 0, "unhealthy", 0);
	int code = sum(t, "critical", "n") + sum(t, "error", "n") ? CRITICAL
	           : i < t->n_rows || is_behind(st)               ? WARNING
	                                                          : OK;
	printf("SPOTOP %s - ", words[code]);
	print_lag(st);
	if (i < t->n_rows) {
		print_safe(table_get(t, i, "message"));
		print_time("since", t, i, "since");
		fputs(": ", stdout);
		print_counts(t);
		fputs("; ", stdout);
	}
	printf("%s", COUNTED(table_int(t, 0, "agents", 0), "agent", "agents"));
	if (table_int(t, 0, "agents_off", 0))
		printf(" (%lld more are off)", (long long)table_int(t, 0, "agents_off", 0));
	if (unhealthy) printf(", %lld unhealthy", (long long)unhealthy);
	if (unhealthy && code == OK) {
		fputs(" (", stdout);
		print_safe(table_get(t, 0, "worst"));
		putchar(')');
	}
	if (s < t->n_rows) {
		printf(", %lld snoozed (", (long long)sum(t, NULL, "snoozed"));
		print_safe(table_get(t, s, "snoozed_message"));
		print_time("until", t, s, "snoozed_until");
		putchar(')');
	} else if (code == OK && !unhealthy)
		fputs(", nothing wrong", stdout);
	fputs(" |", stdout);
	print_perfdata(t);
	if (st->is_replica && st->lag_ms >= 0) printf(" replica_lag=%.3fs;10", (double)st->lag_ms / 1000);
	putchar('\n');
	return code;
}

/* For programs: each condition by itself, snoozed ones too; the code is that of the line. */
static int print_conditions(const struct cli *c, const struct db_status *st, const struct table *t)
{
	static const char *const bools[] = { "is_snoozed" };
	int code = is_behind(st) ? WARNING : OK;
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *severity = table_get(t, i, "severity");
		bool is_bad = strcmp(severity, "critical") == 0 || strcmp(severity, "error") == 0;
		if (!table_int(t, i, "is_snoozed", 0) && code < CRITICAL) code = is_bad ? CRITICAL : WARNING;
	}
	struct out *o = out_begin(stdout, c->format, "spotop.check/1", NULL, 0);
	cli_shows(o, NULL);
	out_set_bools(o, bools, 1);
	out_rows(o, t);
	out_end(o);
	return code;
}

int cmd_check(struct cli *c)
{
	struct err e = { 0 };
	struct table *t = NULL;
	bool is_rows = c->has_format && c->format != OUT_TABLE;
	if (!cli_words(c, 0, &e)) return cli_fail(c, &e);
	struct db *db = cli_db(c, DB_READ);
	bool ok = schema_check(db, &e);
	/* one statement: of two, the second would be of a later second, in which an agent may have fallen silent */
	ok = ok && db_call(db, is_rows ? &sql_queries_check_conditions : &sql_queries_check_line, NULL, 0,
	                   NULL, &t, &e);
	struct db_status st = db_status(db);
	db_close_wait(db);
	int code = !ok ? cli_fail(c, &e) : is_rows ? print_conditions(c, &st, t) : print(&st, t);
	table_free(t);
	return code;
}
