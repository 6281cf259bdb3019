/* cmd_prices.c - `spotop prices [--pool P] --tier T …`: the series of one pool or of each, one after the
 * other, streamed row by row, so that months of it need no more memory than a day. Without any option of a
 * series it is the view of all pools. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/output.h"
#include "core/fleet/schema.h"
#include "sql.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include "views/cli/command.h"
#include "views/cli/options.h"
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
	return !output_is_lost();
}

static const struct query *query_of(const struct series *s, struct err *e)
{
	if (s->min_confidence && strcmp(s->tier, "canonical") != 0) {
		err_set(e, ERR_USAGE, "--min-confidence is for --tier canonical: the other tiers have none");
		return NULL;
	}
	return strcmp(s->tier, "raw") == 0            ? &sql_queries_price_export_raw
	       : strcmp(s->tier, "consolidated") == 0 ? &sql_queries_price_export_consolidated
	                                              : &sql_queries_price_export_canonical;
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
	struct db_opts all = { .max_rows = 10000000 };
	struct table *t = NULL;
	/* The sentence of the pool that is not there is worth a probe. */
	bool ok = schema_not_old(db, e) &&
	          (s->pool ? db_call(db, &sql_queries_price_pool, a, 1, NULL, &t, e)
	                   : db_call(db, &sql_queries_price_pools, NULL, 0, &all, &t, e));
	if (ok && s->pool && !t->n_rows) ok = err_set(e, ERR_NO, "there is no pool %s", s->pool);
	if (ok) {
		st->out = out_begin(stdout, c->format, "spotop.prices/1", NULL, 0);
		cli_shows(st->out, NULL);
		for (size_t i = 0; ok && i < t->n_rows; i++) {
			struct table *shape = NULL;
			if (!s->pool) a[0] = arg_str("pool", table_get(t, i, "id"));
			ok = db_call(db, q, a, n, &o, &shape, e);
			if (ok && !st->n && shape)
				out_rows(st->out, shape); /* the header, though no row came */
			table_free(shape);
		}
		out_end(st->out);
	}
	table_free(t);
	db_close_wait(db);
	return ok;
}

/* An option of a series is there: its rows are wanted, not the view. */
static bool wants_series(const struct cli *c)
{
	for (size_t i = 0; i < c->n_given; i++)
		if (option_is_of(c->given[i].option, c->command, false) && c->given[i].option->of &&
		    c->given[i].option->of[0] != '@')
			return true;
	return false;
}

/* The view's options narrow the view, not a series. */
static bool is_all_series(const struct cli *c, struct err *e)
{
	for (size_t i = 0; i < c->n_given; i++) {
		const struct option *o = c->given[i].option;
		if (o->of && (!o->of[0] || o->of[0] == '@'))
			return err_set(e, ERR_USAGE,
			               "--%s is an option of the view; a series has --pool, --tier, --since, "
			               "--from, --to and --min-confidence",
			               o->name);
	}
	return true;
}

int cmd_prices(struct cli *c)
{
	struct series s = { .pool = cli_text(c, "pool"),
		            .tier = cli_text(c, "tier"),
		            .since = cli_text(c, "since"),
		            .from = cli_text(c, "from"),
		            .to = cli_text(c, "to"),
		            .min_confidence = cli_text(c, "min-confidence") };
	struct stream st = { 0 };
	struct err e = { 0 };
	if (!wants_series(c)) return cmd_view(c);
	if (!is_all_series(c, &e) || !cli_words(c, 0, &e)) return cli_fail(c, &e);
	s.is_past = c->at_ms != TIME_NONE;
	s.now_ms = s.is_past ? c->at_ms : clock_wall_ms();
	if (!export(c, &s, &st, &e)) return cli_fail(c, &e);
	return c->fail_empty && !st.n ? 1 : 0;
}
