/* cmd_prices.c - `spotop prices --pool P --tier T …`: one pool's series, streamed row by row, so that
 * months of it need no more memory than a day. Without --pool it is the view of all pools. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "sql.h"
#include "views/cmd_job.h"
#include "views/cmd_view.h"
#include <stdio.h>
#include <string.h>

struct series {
	int64_t now_ms; /* or the time of --at: nothing after it is told */
	bool is_past;
	const char *pool, *tier, *since, *from, *to, *min_confidence;
};
struct stream {
	struct out *out;
	uint64_t n;
};

static bool on_row(void *ctx, const struct table *shape, const struct cell *cells)
{
	struct stream *s = ctx;
	out_row(s->out, shape, cells);
	s->n++;
	return !ferror(stdout);
}

static const struct query *query_of(const struct series *s, struct err *e)
{
	const char *t = s->tier ? s->tier : "canonical";
	if (s->min_confidence && strcmp(t, "canonical") != 0) {
		err_set(e, ERR_USAGE, "--min-confidence is for --tier canonical: the other tiers have none");
		return NULL;
	}
	if (strcmp(t, "raw") == 0) return &sql_queries_price_export_raw;
	if (strcmp(t, "consolidated") == 0) return &sql_queries_price_export_consolidated;
	if (strcmp(t, "canonical") == 0) return &sql_queries_price_export_canonical;
	err_set(e, ERR_USAGE, "--tier takes raw, consolidated or canonical, not '%s'", t);
	return NULL;
}

/* --since 24h and --from T say the same; without either the last day. */
static bool window(const struct series *s, char from[32], char to[32], struct err *e)
{
	int64_t now = s->now_ms, a = now - 86400000, b = s->is_past ? now + 1 : now + 60000, ms;
	if (s->since && s->from) return err_set(e, ERR_USAGE, "--since or --from, not both");
	if (s->since) {
		if (!duration_parse(s->since, &ms, e)) return err_prefix(e, "--since");
		a = now - ms;
	}
	if (s->from && !time_parse(s->from, now, &a, e)) return err_prefix(e, "--from");
	if (s->to && !time_parse(s->to, now, &b, e)) return err_prefix(e, "--to");
	if (s->is_past && b > now + 1) b = now + 1;
	if (a >= b) return err_set(e, ERR_USAGE, "--from is not before --to");
	time_to_sql(a, from);
	time_to_sql(b, to);
	from[19] = to[19] = 0;
	return true;
}

static bool is_decimal(const char *s)
{
	return s[0] && strlen(s) < 12 && strspn(s, "0123456789.") == strlen(s) &&
	       strchr(s, '.') == strrchr(s, '.');
}

static bool export(struct cli *c, const struct series *s, struct stream *st, struct err *e)
{
	char from[32], to[32];
	const struct query *q = query_of(s, e);
	if (!q || !window(s, from, to, e)) return false;
	if (s->min_confidence && !is_decimal(s->min_confidence))
		return err_set(e, ERR_USAGE, "--min-confidence takes a number from 0 to 1, not '%s'",
		               s->min_confidence);
	struct arg a[] = { arg_str("pool", s->pool), arg_str("from", from), arg_str("to", to),
		           s->min_confidence ? arg_dec("min_confidence", s->min_confidence)
		                             : arg_null("min_confidence") };
	size_t n = q == &sql_queries_price_export_canonical ? 4 : 3;
	struct db_opts o = { .deadline_ms = 3600000, .on_row = on_row, .ctx = st };
	struct db *db = cli_db(c, DB_READ);
	struct db_opts limit = { .is_write = true };
	struct table *t = NULL;
	/* The sentence of the pool that is not there is worth a probe. */
	bool ok = db_call(db, &sql_queries_price_session, NULL, 0, &limit, NULL, e) &&
	          db_call(db, &sql_queries_price_pool, a, 1, NULL, &t, e);
	if (ok && !t->n_rows) ok = err_set(e, ERR_NO, "there is no pool %s", s->pool);
	table_free(t);
	if (ok) {
		st->out = out_begin(stdout, c->format, "spotop.prices/1", NULL, 0);
		ok = db_call(db, q, a, n, &o, NULL, e);
		if (!out_end(st->out) && ok) ok = err_set(e, ERR_IO, "the output was closed");
	}
	db_close_wait(db);
	return ok;
}

static bool has_pool(const struct cli *c)
{
	for (int i = 0; i < c->argc; i++)
		if (strcmp(c->argv[i], "--pool") == 0 || strncmp(c->argv[i], "--pool=", 7) == 0) return true;
	return false;
}

static int run_prices(struct cli *c)
{
	struct series s = { 0 };
	struct stream st = { 0 };
	struct err e = { 0 };
	struct opt opts[] = {
		{ "pool", OPT_STR, &s.pool },   { "tier", OPT_STR, &s.tier },
		{ "since", OPT_STR, &s.since }, { "from", OPT_STR, &s.from },
		{ "to", OPT_STR, &s.to },       { "min-confidence", OPT_STR, &s.min_confidence }
	};
	const struct command *view = view_command("prices");
	if (!has_pool(c) && view) return view->run(c);
	if (!cli_options(c, opts, ARRAY_LEN(opts), &e)) return cli_fail(c, &e);
	s.is_past = c->at_ms != TIME_NONE;
	s.now_ms = s.is_past ? c->at_ms : clock_wall_ms();
	if (!s.pool) return cli_usage(c, "give a pool with --pool");
	if (c->argc) return cli_usage(c, "one word too many: '%s'", c->argv[0]);
	if (!export(c, &s, &st, &e)) return cli_fail(c, &e);
	return c->fail_empty && !st.n ? 1 : 0;
}

static const char *const options[] = { "pool=P\0one pool's series instead of all pools",
	                               "tier=T\0raw, consolidated or canonical (canonical)",
	                               "since=24h\0so long back",
	                               "from=T\0from then on",
	                               "to=T\0and before then",
	                               "min-confidence=X\0canonical: only rows that can be trusted so far",
	                               NULL };
const struct command command_prices = {
	.name = "prices",
	.usage = "[--pool P --tier T (--since 24h | --from T --to T) --min-confidence X] [-o csv]",
	.about = "Pools by price; with --pool one pool's series of a tier, streamed.",
	.options = options,
	.run = run_prices,
	.has_past = true,
};
