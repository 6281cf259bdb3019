/* cmd_report.c - `spotop report`: the handover of a shift. What is wrong now, what fired, who did what and
 * with which outcome, what is under way, money, prices, and how old each of it is. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/output.h"
#include "core/db/db.h"
#include "core/fleet/schema.h"
#include "sql.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include "views/model/scope.h"
#include "views/model/view.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct report {
	struct cli *c;
	struct db *db;
	const char *client;
	int64_t now_ms, since_ms;
	char now[32], since[32];
	FILE *f;
	bool has_section; /* JSON: a comma is due */
};
enum when { AT_END, AT_BOTH /* a line of the start, a line of the end */ };
static const struct section {
	const char *name, *title, *none;
	const struct query *query, *query_at; /* query_at: for --at; NULL: the same */
	enum when when;
	bool is_of_all;       /* there is no client in it */
	bool is_for_programs; /* what another section tells people too */
	const char *cols[7];  /* for eyes; none: all */
} sections[] = {
	// clang-format off
	{ "ages",        "How old this is",          "nothing is known",                   &sql_queries_report_ages,        NULL, AT_END, true, .cols = { NULL } },
	{ "unhealthy",   "Unhealthy",                "no agent is unhealthy",              &sql_queries_report_unhealthy,   &sql_queries_report_unhealthy_at, AT_END, false, .cols = { NULL } },
	{ "alerts_open", "Open alerts",              "no alert is open",                   &sql_queries_report_alerts_open, NULL, AT_END, false, .cols = { NULL } },
	{ "under_way",   "Commands under way",       "no command is under way",            &sql_queries_report_under_way,   NULL, AT_END, false, .cols = { NULL }, .is_for_programs = true },
	{ "in_flight",   "In flight",                "nothing is in flight",               &sql_queries_in_flight,          &sql_queries_in_flight_at, AT_END, false, .cols = { "what", "agent", "detail", "since", "seconds", "client" } },
	{ "held",        "Held by decision",         "nothing is frozen or cordoned",      &sql_queries_report_held,        NULL, AT_END, true, .cols = { NULL } },
	{ "fired",       "What fired",               "no alert was raised",                &sql_queries_report_fired,       NULL, AT_END, false, .cols = { NULL } },
	{ "notices",     "Notices of the cloud",     "no notice came",                     &sql_queries_report_notices,     NULL, AT_END, false, .cols = { NULL } },
	{ "acts",        "Who did what",             "nobody did anything by spotop",      &sql_queries_report_actions,        NULL, AT_END, false, .cols = { NULL } },
	{ "outages",     "Outages",                  "no agent was without a primary",     &sql_queries_report_outages,     NULL, AT_END, false, .cols = { NULL } },
	{ "switches",    "Switches",                 "nothing was switched",               &sql_queries_report_switches,    NULL, AT_END, false, .cols = { NULL } },
	{ "money",       "Money at the start and the end", "no client",                    &sql_queries_report_money,       NULL, AT_BOTH, false, .cols = { NULL } },
	{ "prices",      "Prices that moved by more than a tenth", "no price moved by more than a tenth", &sql_queries_report_prices, NULL, AT_END, true, .cols = { NULL } },
	{ "jobs",        "Jobs that failed",         "no job failed",                      &sql_queries_report_jobs,        NULL, AT_END, true, .cols = { NULL } },
	// clang-format on
};

static bool ask(struct report *r, const struct query *q, const char *at, struct table **t, struct err *e)
{
	struct view_args va = { 0 };
	struct arg args[8];
	struct db_opts o = { .deadline_ms = 60000, .max_rows = 2000 };
	view_args_set(&va, "at", at);
	view_args_set(&va, "since", r->since);
	view_args_set(&va, "client", r->client);
	return db_call(r->db, q, args, view_args_bind(&va, q, args, ARRAY_LEN(args)), &o, t, e);
}

static void head(struct report *r)
{
	char server[CONF_SAID], now[32], since[32];
	conf_describe(&r->c->conf, server, sizeof server);
	time_iso(r->now_ms, now);
	time_iso(r->since_ms, since);
	switch (r->c->format) {
	case OUT_JSON:
		fprintf(r->f, "{\"schema\":\"spotop.report/1\",\"at\":\"%s\",\"since\":\"%s\"", now, since);
		break;
	case OUT_MD:
		fprintf(r->f, "# Handover %.16sZ\n\nSince %.16sZ%s%s. Read from %s%s.\n", now, since,
		        r->client ? ", client " : "", r->client ? r->client : "", server,
		        r->c->at_ms != TIME_NONE ? "; all as it was then" : "");
		break;
	default:
		fprintf(r->f, "HANDOVER %.19sZ since %.19sZ%s%s, %s%s\n", now, since,
		        r->client ? ", client " : "", r->client ? r->client : "", server,
		        r->c->at_ms != TIME_NONE ? ", all as it was then" : "");
	}
}

static void section_head(struct report *r, const struct section *s, size_t n)
{
	const char *whole = r->client && s->is_of_all ? " (of all clients)" : "";
	if (r->c->format == OUT_MD)
		fprintf(r->f, "\n## %s%s\n\n", s->title, whole);
	else if (r->c->format == OUT_TABLE)
		fprintf(r->f, "\n%s%s\n", s->title, whole);
	if (!n && r->c->format != OUT_JSON)
		fprintf(r->f, r->c->format == OUT_MD ? "%s.\n" : "  %s\n", s->none);
}

/* The rows of a section as a JSON array: one object a line, commas between. */
static bool json_section(struct report *r, const struct section *s, struct table *const *t, int n)
{
	char *text = NULL;
	size_t len = 0;
	FILE *mem = open_memstream(&text, &len);
	if (!mem) return false;
	struct out *o = out_begin(mem, OUT_JSONL, s->name, NULL, 0);
	for (int i = 0; i < n; i++) out_rows(o, t[i]);
	bool ok = out_end(o);
	ok = fclose(mem) == 0 && ok;
	fprintf(r->f, ",\n\"%s\":[", s->name);
	for (size_t i = 0; ok && i < len; i++) {
		if (text[i] != '\n') fputc(text[i], r->f);
		if (text[i] == '\n' && i + 1 < len) fputs(",\n", r->f);
	}
	fputc(']', r->f);
	free(text);
	return ok;
}

static bool put_section(struct report *r, const struct section *s, struct err *e)
{
	const struct query *q = r->c->at_ms != TIME_NONE && s->query_at ? s->query_at : s->query;
	struct table *t[2] = { NULL, NULL };
	int n = 0;
	bool ok = true;
	if (s->is_for_programs && r->c->format != OUT_JSON) return true;
	if (s->when == AT_BOTH) ok = ask(r, q, r->since, &t[n++], e);
	if (ok) ok = ask(r, q, r->now, &t[n++], e);
	if (ok) {
		size_t rows = t[0]->n_rows + (n > 1 ? t[1]->n_rows : 0);
		section_head(r, s, rows);
		if (r->c->format == OUT_JSON)
			json_section(r, s, t, n);
		else if (rows) {
			size_t n_cols = 0;
			while (s->cols[n_cols]) n_cols++;
			struct out *o =
			        out_begin(r->f, r->c->format, s->name, n_cols ? s->cols : NULL, n_cols);
			cli_shows(o, NULL);
			for (int i = 0; i < n; i++) out_rows(o, t[i]);
			out_end(o);
		}
		if (t[n - 1]->is_cut && r->c->format != OUT_JSON)
			fprintf(r->f, "\nonly the first %zu are told\n", t[n - 1]->n_rows);
	}
	for (int i = 0; i < 2; i++) table_free(t[i]);
	return ok;
}

static bool window(struct report *r, const char *since, struct err *e)
{
	int64_t span = 8 * 3600 * 1000LL;
	struct table *t = NULL;
	if (!db_call(r->db, &sql_queries_timeline_begin, NULL, 0, NULL, &t, e))
		return false; /* the link is up: whose clock counts */
	table_free(t);
	r->now_ms = r->c->at_ms != TIME_NONE ? r->c->at_ms : clock_wall_ms() + db_status(r->db).clock_skew_ms;
	r->since_ms = r->now_ms - span;
	if (since && duration_parse(since, &span, NULL))
		r->since_ms = r->now_ms - span;
	else if (since && !time_parse(since, r->now_ms, &r->since_ms, NULL))
		return err_set(e, ERR_USAGE, "--since takes 8h, 02:41 or 2026-11-22T02:41:00Z, not '%s'",
		               since);
	if (r->since_ms >= r->now_ms)
		return err_set(e, ERR_USAGE, "--since %s is not before the report's end", since);
	time_to_sql(r->now_ms, r->now);
	time_to_sql(r->since_ms, r->since);
	return true;
}

int cmd_report(struct cli *c)
{
	struct report r = { .c = c, .f = stdout, .client = cli_text(c, "client") };
	const char *since = cli_text(c, "since");
	struct err e = { 0 };
	if (!cli_words(c, 0, &e)) return cli_fail(c, &e);
	if (cli_is_csv(c) || c->format == OUT_JSONL) return cli_usage(c, "a report is md, table or json");
	if (!c->has_format) c->format = OUT_MD;
	r.db = cli_db(c, DB_READ);
	struct scope of;
	bool ok = schema_not_old(r.db, &e) && window(&r, since, &e) &&
	          (!r.client || scope_find(r.db, "client", r.client, &of, &e));
	if (ok && r.client) r.client = of.name;
	if (ok) head(&r);
	for (size_t i = 0; ok && !output_is_lost() && i < ARRAY_LEN(sections); i++)
		ok = put_section(&r, &sections[i], &e);
	if (ok && c->format == OUT_JSON) fputs("}\n", r.f);
	db_close_wait(r.db);
	return ok ? 0 : cli_fail(c, &e);
}
