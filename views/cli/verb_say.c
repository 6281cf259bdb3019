/* verb_say.c - a verb's preview for people at a terminal: what it would change, the guardrails, the targets
 * of a switch ranked. Programs get JSON (verb_print.c). */
#include "views/cli/verb_say.h"
#include "core/base/buf.h"
#include "core/base/fmt.h"
#include "core/base/text.h"
#include "core/db/db.h"
#include "views/model/effect.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool run_is_for_people(const struct verb_run *r)
{
	return r->c->has_format ? r->c->format == OUT_TABLE : isatty(STDOUT_FILENO) == 1;
}

static void put(FILE *f, const char *left, int width, const char *name, const char *text)
{
	struct buf b = BUF_EMPTY;
	text_safe(&b, text, strlen(text));
	fprintf(f, "  %-10s %-*s%s%s\n", left, width, name, width ? " " : "", buf_str(&b));
	buf_free(&b);
}

void run_say(FILE *f, const char *verb, const char *before, const char *after,
             const struct verb_guard *guards, size_t n_guards)
{
	struct word w[MAX_WORDS];
	size_t n = effect_words(verb, before, after, w);
	for (size_t i = 0; i < n; i++) put(f, w[i].title, 0, "", w[i].text);
	for (int pass = 0; pass < 2; pass++) /* what fails stands first */
		for (size_t i = 0; i < n_guards; i++) {
			const struct verb_guard *g = &guards[i];
			if (g->is_ok != (pass == 1)) continue;
			put(f,
			    g->is_ok           ? "ok"
			    : g->is_overridden ? "overridden"
			                       : "FAIL",
			    20, g->name, g->detail ? g->detail : "");
		}
}

static const char *or_na(const struct table *t, size_t i, const char *col)
{
	const char *v = table_get(t, i, col);
	return v ? v : "n/a";
}

/* "72 s n=40" */
static const char *with_n(const struct table *t, size_t i, const char *col, const char *n_col, char *out,
                          size_t size)
{
	const char *v = table_get(t, i, col), *n = table_get(t, i, n_col);
	if (v)
		snprintf(out, size, "%.0f s n=%s", strtod(v, NULL), n ? n : "0");
	else
		snprintf(out, size, "n/a n=%s", n ? n : "0");
	return out;
}

void run_say_targets(const struct table *t)
{
	printf("\n  %-24s %8s %10s %12s %12s %14s %8s %s\n", "target", "$/h", "+$/month", "boot p95",
	       "down p95", "breaks/day", "siblings", "fails");
	for (size_t i = 0; i < t->n_rows; i++) {
		char usd[24] = "n/a", month[24] = "n/a", boot[32], down[32], risk[40];
		const char *v = table_get(t, i, "usd_per_hour"),
		           *m = table_get(t, i, "usd_per_month_vs_current"),
		           *breaks = table_get(t, i, "notices_per_instance_day");
		if (v) fmt_usd(usd, sizeof usd, strtod(v, NULL), 4);
		if (m) snprintf(month, sizeof month, "%+.2f", strtod(m, NULL));
		if (breaks)
			snprintf(risk, sizeof risk, "%.2f n=%s", strtod(breaks, NULL),
			         or_na(t, i, "instance_days_n"));
		else
			snprintf(risk, sizeof risk, "n/a n=0");
		const char *pool = table_get(t, i, "pool"), *fails = table_get(t, i, "guardrails_failing");
		printf("  %-24s %8s %10s %12s %12s %14s %8s %s\n", pool ? pool : "on-demand", usd, month,
		       with_n(t, i, "boot_p95_s", "boot_n", boot, sizeof boot),
		       with_n(t, i, "downtime_p95_s", "downtime_n", down, sizeof down), risk,
		       or_na(t, i, "siblings"), fails ? fails : "");
	}
}
