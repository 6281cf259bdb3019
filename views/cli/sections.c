/* sections.c - the overview in sections. */
#include "views/cli/sections.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/columns.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/db/table.h"
#include "views/cli/cli.h"
#include "views/cli/fit.h"
#include "views/model/cell.h"
#include "views/model/view.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the lists --- */

// clang-format off
static const struct section {
	const char *name;
	struct col fields[6]; /* the first heading is the section's title */
} lists[] = {
	{ "condition",   { { "state", "CONDITION", .as = AS_TEXT }, { "seconds", "since", .as = AS_DURATION }, { "detail", "what", .min = 20, .is_message = true } } },
	{ "deadline",    { { "state", "DEADLINE", .as = AS_TEXT }, { "seconds", "left", .as = AS_DURATION }, { "agent", "agent", .as = AS_TEXT }, { "detail", "counts on", .min = 20, .is_message = true } } },
	{ "unhealthy",   { { "agent", "UNHEALTHY", .as = AS_TEXT }, { "state", "health", .as = AS_TEXT }, { "seconds", "silent", .as = AS_DURATION }, { "detail", "cause", .as = AS_TEXT } } },
	{ "in flight",   { { "state", "IN FLIGHT", .as = AS_TEXT }, { "seconds", "for", .as = AS_DURATION }, { "agent", "agent", .as = AS_TEXT }, { "item", "instance", .rank = 2 },
	                   { "detail", "where", .min = 20, .is_message = true } } },
	{ "command",     { { "state", "COMMAND", .as = AS_TEXT }, { "seconds", "since", .as = AS_DURATION }, { "agent", "agent", .as = AS_TEXT }, { "detail", "what", .min = 20, .is_message = true },
	                   { "item", "id", .rank = 2 } } },
	{ "job",         { { "item", "JOB", .as = AS_TEXT }, { "state", "state", .as = AS_TEXT }, { "seconds", "last good end", .as = AS_DURATION }, { "detail", "error", .min = 20, .is_message = true } } },
	{ "saved a day", { { "item", "SAVED A DAY", .as = AS_TEXT }, { "value", "saved", .as = AS_USD2 }, { "detail", "of", .as = AS_TEXT } } },
};
// clang-format on

static bool is_of(const struct table *t, size_t row, const char *section)
{
	const char *its = table_get(t, row, "section");
	return its && strcmp(its, section) == 0;
}

static void put_cell(const struct col *f, const char *value, struct buf *b)
{
	buf_cut(b, 0);
	if (!value)
		buf_adds(b, strcmp(f->name, "detail") == 0 ? "" : "n/a");
	else if (!cell_for_line(b, f, value))
		text_safe(b, value, strlen(value));
}

static void print_list(struct fit *fit, const struct table *t, const struct section *s)
{
	struct buf texts[ARRAY_LEN(s->fields)] = { 0 };
	const char *shown[ARRAY_LEN(s->fields)];
	struct columns *c = NULL;
	size_t n = 0;
	while (n < ARRAY_LEN(s->fields) && s->fields[n].name) n++;
	for (size_t row = 0; row < t->n_rows; row++) {
		if (!is_of(t, row, s->name)) continue;
		if (!c) {
			putchar('\n');
			c = columns_new(stdout, n);
			for (size_t i = 0; i < n; i++) columns_of(c)[i].name = s->fields[i].header;
			fit_columns(fit, c);
		}
		for (size_t i = 0; i < n; i++) {
			put_cell(&s->fields[i], table_get(t, row, s->fields[i].name), &texts[i]);
			shown[i] = buf_str(&texts[i]);
		}
		columns_row(c, shown);
	}
	if (c) columns_end(c);
	for (size_t i = 0; i < n; i++) buf_free(&texts[i]);
}

/* --- the few lines before them --- */

static void add_value(const struct table *t, size_t row, struct buf *b)
{
	char tmp[64];
	const char *value = table_get(t, row, "value"), *item = table_get(t, row, "item");
	if (!value)
		buf_adds(b, "n/a");
	else if (strstr(item, "usd"))
		buf_addf(b, "$%s", fmt_usd(tmp, sizeof tmp, strtod(value, NULL), 2));
	else
		buf_adds(b, fmt_count(tmp, sizeof tmp, (int64_t)strtod(value, NULL)));
}

/* "3 critical, 2 errors", "$13.49 cost per hour". */
static void add_figure(const struct table *t, size_t row, struct buf *b)
{
	const char *seconds = table_get(t, row, "seconds"), *section = table_get(t, row, "section");
	if (b->len) buf_adds(b, ", ");
	add_value(t, row, b);
	buf_addc(b, ' ');
	for (const char *s = table_get(t, row, "item"); *s;) {
		bool is_unit = strncmp(s, "_usd", 4) == 0;
		if (is_unit) s += 4;
		if (*s) buf_addc(b, *s == '_' ? ' ' : *s), s++;
	}
	struct col as = { .as = AS_DURATION };
	if (!seconds || strcmp(section, "outages") != 0 || strtod(seconds, NULL) == 0) return;
	buf_adds(b, " (");
	cell_for_line(b, &as, seconds);
	buf_addc(b, ')');
}

static void put_pair(struct columns *c, const char *title, struct buf *b)
{
	if (b->len) columns_row(c, (const char *[]){ title, buf_str(b) });
	buf_cut(b, 0);
}

/* The alerts of the past are those that the worker had seen by then. */
static void add_look(const struct table *t, struct buf *b)
{
	struct col as = { .as = AS_DURATION };
	const char *seconds = NULL;
	for (size_t row = 0; row < t->n_rows && !seconds; row++)
		if (is_of(t, row, "verdict") && strcmp(table_get(t, row, "item"), "critical") == 0)
			seconds = table_get(t, row, "seconds");
	if (!b->len) return;
	buf_adds(b, seconds ? "; as the worker saw it " : "; when the worker saw it is not kept");
	if (seconds) cell_for_line(b, &as, seconds), buf_adds(b, " before");
}

static void print_figures(struct fit *fit, const struct table *t, bool is_past)
{
	static const char *const figures[] = { "verdict", "health", "fleet", "outages", "money" };
	struct col as = { .as = AS_DURATION };
	struct buf b = BUF_EMPTY, reason = BUF_EMPTY;
	const char *word = NULL;
	size_t n_rows = 0;
	for (size_t row = 0; row < t->n_rows; row++) {
		bool is_word = is_of(t, row, "verdict") && strcmp(table_get(t, row, "item"), "word") == 0;
		for (size_t i = 0; i < ARRAY_LEN(figures); i++) n_rows += is_of(t, row, figures[i]);
		if (!is_word) continue;
		const char *why = table_get(t, row, "detail"), *since = table_get(t, row, "seconds");
		word = table_get(t, row, "state");
		if (why) text_safe(&reason, why, strlen(why));
		if (why && since)
			buf_adds(&reason, " ("), cell_for_line(&reason, &as, since), buf_addc(&reason, ')');
	}
	if (n_rows) {
		struct columns *c = columns_new(stdout, 2);
		columns_of(c)[0].name = word ? word : "OVERVIEW";
		columns_of(c)[1].name = buf_str(&reason);
		fit_columns(fit, c);
		for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
			for (size_t row = 0; row < t->n_rows; row++)
				if (is_of(t, row, figures[i]) &&
				    strcmp(table_get(t, row, "item"), "word") != 0)
					add_figure(t, row, &b);
			if (!i && is_past) add_look(t, &b);
			put_pair(c, i ? figures[i] : "in all", &b);
		}
		columns_end(c);
	}
	buf_free(&b);
	buf_free(&reason);
}

static const struct col *col_of(const char *heading)
{
	static const struct col figures = { .min = 20, .is_message = true };
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (size_t k = 0; k < ARRAY_LEN(lists[i].fields) && lists[i].fields[k].name; k++)
			if (strcmp(lists[i].fields[k].header, heading) == 0) return &lists[i].fields[k];
	return &figures;
}

void sections_print(const struct cli *c, const struct table *t)
{
	struct fit fit = { .col_of = col_of };
	cli_fit(c, &fit);
	print_figures(&fit, t, c->at_ms != TIME_NONE);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) print_list(&fit, t, &lists[i]);
	fit_end(&fit);
}
