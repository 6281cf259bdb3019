/* complete.c - what may come next while one types: the arguments of what stands after `:`, and the columns
 * and values of a filter. */
#include "views/app/complete.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "sql.h"
#include "tui/term.h"
#include "views/app/app.h"
#include "views/app/saved.h"
#include "views/model/names.h"
#include "views/nav/ask.h"
#include "views/nav/layers.h"
#include "views/nav/session.h"
#include "views/table/sheet_data.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_VALUES = 24 };

/* --- times for :at --- */

static void offer_time(struct app *a, struct candidates *l, const char *typed, const char *when,
                       const char *about)
{
	int64_t t;
	char iso[32], told[80];
	if (!time_parse(when, nav_now_ms(a->nav), &t, NULL)) return;
	time_iso(t, iso);
	snprintf(told, sizeof told, "%.10s %.8sZ%s%s", iso, iso + 11, *about ? "  " : "", about);
	candidate_offer(l, typed, "at ", when, NULL, NULL, told);
}

/* The times that stand in the row under the cursor, and round ones. */
static void offer_times(struct app *a, struct candidates *l, const char *typed)
{
	static const char *const ago[] = { "-5m", "-15m", "-1h", "-4h", "-8h", "-24h" };
	struct screen *s = nav_top(a->nav);
	size_t row;
	struct table *t = s && s->ops->row ? s->ops->row(s, &row) : NULL;
	if (nav_is_past(a->nav)) candidate_offer(l, typed, "at ", "now", NULL, NULL, "back to the present");
	for (size_t c = 0; t && c < t->n_cols; c++) {
		const char *value = t->cells[row * t->n_cols + c].s;
		int64_t ms;
		char iso[32], about[80], age[32];
		if (t->types[c] != CELL_TIME || !value || !time_from_sql(value, &ms) ||
		    ms >= nav_now_ms(a->nav))
			continue;
		time_iso(ms, iso);
		iso[19] = 'Z', iso[20] = 0;
		snprintf(about, sizeof about, "%.30s of this row, %s ago", t->names[c],
		         fmt_age(age, sizeof age, nav_now_ms(a->nav) - ms));
		candidate_offer(l, typed, "at ", iso, NULL, NULL, about);
	}
	for (size_t i = 0; i < ARRAY_LEN(ago); i++) offer_time(a, l, typed, ago[i], "");
}

/* --- other arguments --- */

static void offer_columns(struct app *a, struct candidates *l, const char *before, const char *typed)
{
	struct sheet *s = nav_sheet(a->nav);
	/* of a list by commas the last one is being typed */
	const char *comma = strrchr(typed, ',');
	char head[300];
	snprintf(head, sizeof head, "%s%.*s", before, comma ? (int)(comma + 1 - typed) : 0, typed);
	for (size_t i = 0; s && i < s->view->n_cols; i++)
		candidate_offer(l, comma ? comma + 1 : typed, head, s->view->cols[i].name, NULL, NULL,
		                s->view->cols[i].about);
}

static void offer_cells(struct app *a, struct candidates *l, const char *typed)
{
	struct screen *s = nav_top(a->nav);
	size_t row;
	struct table *t = s && s->ops->row ? s->ops->row(s, &row) : NULL;
	for (size_t c = 0; t && c < t->n_cols; c++)
		candidate_offer(l, typed, "copy ", t->names[c], NULL, NULL, t->cells[row * t->n_cols + c].s);
}

static void offer_environments(struct app *a, struct candidates *l, const char *typed)
{
	static const char *const all[] = { "*", NULL };
	struct conf_files files = *nav_session(a->nav)->files;
	struct conf_item *items;
	size_t n;
	struct err e;
	files.group_suffix = NULL;
	if (!conf_read_items(&files, all, &items, &n, NULL, &e)) return;
	for (size_t i = 0; i < n; i++) {
		const char *name = strchr(items[i].group, '_');
		bool is_known = !name || !name[1];
		for (size_t k = 0; k < l->n && !is_known; k++)
			is_known = strcmp(l->out[k].show, name + 1) == 0;
		if (!is_known) candidate_offer(l, typed, "env ", name + 1, NULL, NULL, items[i].origin);
	}
	conf_items_free(items, n);
}

/* --- names of the fleet's things --- */

static const char *kinds_of(const char *word)
{
	const struct view *v = view_find(word);
	return v && v->param && v->param_help ? names_of_word(v->param_help) : "";
}

static void got_names(void *owner, struct table *t, const struct err *e)
{
	struct app *a = owner;
	if (e) return; /* nothing is offered */
	table_free(a->names);
	a->names = t;
	nav_dirty(a->nav);
}

void complete_ask(struct app *a)
{
	char word[64] = "", rest[128] = "";
	struct view_args args = { 0 };
	const char *line = buf_str(&a->prompt.edit.text);
	if (a->prompt.kind != PROMPT_PALETTE || !strchr(line, ' ')) return;
	sscanf(line, " %63s %127[^\n]", word, rest);
	const char *kinds = kinds_of(word);
	if (!*kinds || strcmp(line, a->names_for) == 0) return;
	ask_free(a->names_ask); /* an answer to what was typed before is not wanted */
	a->names_ask = ask_new(a->nav, a, got_names);
	view_args_set(&args, "kinds", kinds);
	view_args_set(&args, "begins", rest);
	view_args_set(&args, "most", "40");
	nav_by_hand(a->nav, true);
	if (ask_query(a->names_ask, &sql_queries_names, &args))
		snprintf(a->names_for, sizeof a->names_for, "%.270s", line);
	nav_by_hand(a->nav, false);
}

static void offer_names(struct app *a, struct candidates *l, const char *before, const char *typed)
{
	for (size_t i = 0; a->names && i < a->names->n_rows; i++) {
		const char *name = table_get(a->names, i, "name");
		if (name && strncmp(name, typed, strlen(typed)) == 0)
			candidate_offer(l, typed, before, name, NULL, NULL, table_get(a->names, i, "about"));
	}
}

void complete_arguments(struct app *a, struct candidates *l, const char *word, const char *rest)
{
	char before[80], name[64];
	snprintf(before, sizeof before, "%s ", word);
	if (strcmp(word, "at") == 0) offer_times(a, l, rest);
	if (strcmp(word, "env") == 0) offer_environments(a, l, rest);
	if (strcmp(word, "copy") == 0) offer_cells(a, l, rest);
	if (strcmp(word, "sort") == 0 || strcmp(word, "columns") == 0) offer_columns(a, l, before, rest);
	if (strcmp(word, "filter") == 0 || strcmp(word, "mark") == 0 || strcmp(word, "find") == 0)
		complete_filter(a, l, before, rest);
	if (*kinds_of(word)) offer_names(a, l, before, rest);
	for (const char *const *t = theme_names(); strcmp(word, "theme") == 0 && *t; t++)
		candidate_offer(l, rest, before, *t, NULL, NULL, NULL);
	for (size_t i = 0; strcmp(word, "view") == 0 && saved_name(i, name, sizeof name); i++)
		candidate_offer(l, rest, before, name, NULL, NULL, NULL);
}

/* --- the filter --- */

static bool is_number(const struct col *c)
{
	return c->as != AS_TIME && c->as != AS_UNTIL && (cell_is_right(c) || c->as == AS_AGE);
}

/* What stands in a column of the rows that are here, the most frequent first. */
static void offer_values(const struct sheet *s, struct candidates *l, const char *head, const char *col,
                         const char *typed)
{
	struct value {
		const char *s;
		size_t n;
	} values[MAX_VALUES];
	size_t n = 0;
	int c = s->t ? table_col(s->t, col) : -1;
	for (size_t row = 0; c >= 0 && row < s->t->n_rows; row++) {
		const char *v = s->t->cells[row * s->t->n_cols + (size_t)c].s;
		size_t i = 0;
		if (!v || !*v) continue;
		while (i < n && strcmp(values[i].s, v) != 0) i++;
		if (i == n && n < MAX_VALUES) values[n++] = (struct value){ v, 0 };
		if (i < n) values[i].n++;
		for (; i && i < n && values[i].n > values[i - 1].n; i--) {
			struct value tmp = values[i];
			values[i] = values[i - 1];
			values[i - 1] = tmp;
		}
	}
	for (size_t i = 0; i < n; i++) {
		char about[40], quoted[120];
		snprintf(about, sizeof about, "%s", COUNTED(values[i].n, "row", "rows"));
		bool has_blank = strpbrk(values[i].s, " |\"") != NULL;
		snprintf(quoted, sizeof quoted, has_blank ? "\"%.100s\"" : "%.100s", values[i].s);
		candidate_offer(l, typed, head, quoted, NULL, NULL, about);
	}
}

void complete_filter(struct app *a, struct candidates *l, const char *before, const char *text)
{
	struct sheet *s = nav_sheet(a->nav);
	const char *word = text;
	bool is_quoted = false;
	for (const char *p = text; *p; p++) {
		if (*p == '"') is_quoted = !is_quoted;
		if (!is_quoted && (*p == ' ' || *p == '|' || *p == '!')) word = p + 1;
	}
	if (!s || !*word) return;
	char head[300], name[64];
	const char *op = strpbrk(word, ":=<>~");
	if (op) {
		snprintf(name, sizeof name, "%.*s", (int)(op - word), word);
		if ((*op == ':' || *op == '=') && view_col(s->view, name)) {
			snprintf(head, sizeof head, "%s%.*s", before, (int)(op + 1 - text), text);
			offer_values(s, l, head, name, op + 1);
		}
		return;
	}
	snprintf(head, sizeof head, "%s%.*s", before, (int)(word - text), text);
	for (size_t i = 0; i < s->view->n_cols; i++) {
		const struct col *c = &s->view->cols[i];
		if (strncmp(c->name, word, strlen(word)) != 0)
			continue; /* plain words are looked for in every column */
		snprintf(name, sizeof name, "%s%c", c->name, is_number(c) ? '>' : ':');
		candidate_offer(l, word, head, name, NULL, NULL, c->about ? c->about : c->header);
	}
}
