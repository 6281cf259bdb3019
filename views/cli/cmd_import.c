/* cmd_import.c - `spotop import prices FILE`: price history in, with a bar while it goes. */
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/fleet/import.h"
#include "core/fleet/import_notices.h"
#include "core/fleet/schema.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR     30
#define STEP_MS 100

static void paint(void *ctx, const struct import_progress *p)
{
	int64_t *painted_ms = ctx, now = clock_mono_ms();
	char done[32], total[32], rate[32], left[32];
	bool is_last = p->done == p->total;
	if (!is_last && now - *painted_ms < STEP_MS) return;
	*painted_ms = now;
	int64_t per_s = p->elapsed_ms > 0 ? (int64_t)p->done * 1000 / p->elapsed_ms : 0;
	int64_t left_ms = per_s ? (int64_t)(p->total - p->done) * 1000 / per_s : 0;
	int filled = p->total ? (int)(p->done * BAR / p->total) : 0;
	fprintf(stderr, "\r[%.*s%.*s] %s of %s rows, %s rows/s, %s left \033[K", filled,
	        "##############################", BAR - filled, "..............................",
	        fmt_count(done, sizeof done, (int64_t)p->done),
	        fmt_count(total, sizeof total, (int64_t)p->total), fmt_count(rate, sizeof rate, per_s),
	        fmt_clock(left, sizeof left, left_ms));
	if (is_last) fprintf(stderr, "\r\033[K");
	fflush(stderr);
}

static void print_result(const struct import_result *r, enum price_kind kind)
{
	char n[3][32], from[32], to[32];
	printf("%s read, %s added, %s there already\n", COUNTED(r->rows, "price", "prices"),
	       fmt_count(n[1], 32, (int64_t)r->added),
	       fmt_count(n[2], 32, (int64_t)(r->rows - r->added - r->conflicts)));
	if (r->last_s != PRICE_NO_TIME) {
		price_time_text(r->first_s, true, from);
		price_time_text(r->last_s, true, to);
		printf("from %s to %s UTC", from, to);
		if (kind == PRICE_SPOT)
			printf(", %s (%u new)", COUNTED(r->pools, "pool", "pools"), r->pools_made);
		putchar('\n');
	}
	if (r->shift_is_old) puts("shifted as the first time these rows were imported");
	if (r->other) {
		uint64_t named = 0;
		printf("%s left out, one product a pool:", fmt_count(n[0], 32, (int64_t)r->other));
		for (unsigned i = 0; i < r->n_others; named += r->others[i++].n)
			printf("%s %s %s", i ? "," : "", fmt_count(n[0], 32, (int64_t)r->others[i].n),
			       r->others[i].product);
		if (named < r->other)
			printf(", %s of others", fmt_count(n[0], 32, (int64_t)(r->other - named)));
		putchar('\n');
	}
	if (r->elapsed_ms > 0 && r->added)
		printf("%s rows/s\n", fmt_count(n[0], 32, (int64_t)r->rows * 1000 / r->elapsed_ms));
}

static void print_faults(const struct import_result *r, const char *path)
{
	char n[2][32];
	uint64_t all = r->bad + r->conflicts;
	for (unsigned i = 0; i < r->n_faults; i++)
		fprintf(stderr, "spotop: %s:%lu: %s\n", strcmp(path, "-") == 0 ? "stdin" : path,
		        r->faults[i].line, r->faults[i].why);
	if (all > r->n_faults)
		fprintf(stderr, "spotop: and %s more\n", fmt_count(n[0], 32, (int64_t)(all - r->n_faults)));
	if (all)
		fprintf(stderr, "spotop: %s malformed, %s in conflict; the others were kept\n",
		        fmt_count(n[0], 32, (int64_t)r->bad), fmt_count(n[1], 32, (int64_t)r->conflicts));
	if (r->is_cut) fprintf(stderr, "spotop: %s; the rows before that were kept\n", r->cut);
}

int cmd_import_prices(struct cli *c)
{
	struct import_result r = { 0 };
	struct err e = { 0 };
	int64_t painted_ms = 0;
	if (c->argc != 1) return cli_usage(c, "give one file; '-' is stdin");
	struct import_opts o = { .path = c->argv[0],
		                 .kind = cli_has(c, "ondemand") ? PRICE_ONDEMAND : PRICE_SPOT,
		                 .region = cli_text(c, "region"),
		                 .shift_to_now = cli_has(c, "shift-to-now"),
		                 .progress = isatty(STDERR_FILENO) ? paint : NULL,
		                 .ctx = &painted_ms };
	c->conf.serves_rows = true;
	struct db *w = cli_db(c, DB_WRITE);
	bool ok = schema_may_write(w, &e) && import_prices(w, &o, &r, &e);
	db_close_wait(w);
	print_faults(&r, o.path);
	if (!ok && e.code == ERR_USAGE && !strstr(e.text, o.path)) err_prefix(&e, "%s", o.path);
	if (!ok) return cli_fail(c, &e);
	print_result(&r, o.kind);
	return r.bad || r.conflicts || r.is_cut ? err_exit_code(ERR_NO) : 0;
}

/* --- notices --- */

static void print_notice(void *ctx, const struct notice_told *t)
{
	static const char *const outcomes[] = { "recorded",     "known already", "not recorded",
		                                "not recorded", "refused",       "" };
	const struct notices_opts *o = ctx;
	const struct notice *n = t->notice;
	char at[32] = "";
	if (n->kind == NOTICE_NONE) {
		fprintf(stderr, "spotop: %s:%lu: %s\n", strcmp(o->path, "-") == 0 ? "stdin" : o->path,
		        n->line, t->why);
		return;
	}
	if (n->deadline_s != PRICE_NO_TIME) price_time_text(n->deadline_s, true, at);
	printf("%s  %s  %s%s%s  %s%s%s\n", n->instance, t->agent[0] ? t->agent : "-",
	       n->kind == NOTICE_TERMINATION ? "interruption at " : "rebalance recommendation", at,
	       at[0] ? "Z" : "", outcomes[t->outcome], t->why[0] ? ": " : "", t->why);
	fflush(stdout);
}

static void print_waiting(void *ctx, const struct err *why)
{
	(void)ctx;
	fprintf(stderr, "spotop: %s; the notice is kept until it answers\n", why->text);
}

int cmd_import_notices(struct cli *c)
{
	struct notices_result r = { 0 };
	struct err e = { 0 };
	bool is_followed = cli_has(c, "follow");
	if (c->argc != 1) return cli_usage(c, "give one file; '-' is stdin");
	if (is_followed && strcmp(c->argv[0], "-") != 0)
		return cli_usage(c, "--follow reads stdin: give '-'");
	struct notices_opts o = { .path = c->argv[0],
		                  .instance = cli_text(c, "instance"),
		                  .is_followed = is_followed,
		                  .told = print_notice,
		                  .waiting = print_waiting };
	o.ctx = &o;
	struct db *w = cli_db(c, DB_WRITE);
	bool ok = schema_may_write(w, &e) && import_notices(w, &o, &r, &e);
	db_close_wait(w);
	if (!ok && e.code == ERR_USAGE) err_prefix(&e, "%s", o.path);
	if (!ok) return cli_fail(c, &e);
	printf("%llu recorded, %llu known already, %llu of unknown instances, %llu left out, %llu refused, "
	       "%llu malformed\n",
	       (unsigned long long)r.recorded, (unsigned long long)r.repeated, (unsigned long long)r.unknown,
	       (unsigned long long)r.left_out, (unsigned long long)r.refused, (unsigned long long)r.bad);
	return r.unknown || r.refused || r.bad ? err_exit_code(ERR_NO) : 0;
}
