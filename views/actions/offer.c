/* offer.c - completion in a prompt. */
#include "views/actions/offer.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/table.h"
#include "sql.h"
#include "views/model/view.h"
#include "views/nav/ask.h"
#include <stdio.h>
#include <string.h>

static void add(struct offer *o, const char *name, const char *about)
{
	if (o->n == OFFER_MOST || strncmp(name, o->word, strlen(o->word)) != 0) return;
	for (size_t i = 0; i < o->n; i++)
		if (strcmp(o->of[i].name, name) == 0) return;
	struct named *k = &o->of[o->n++];
	snprintf(k->name, sizeof k->name, "%s", name);
	snprintf(k->about, sizeof k->about, "%s", about ? about : "");
}

static void put(struct offer *o, const char *word, size_t n)
{
	char line[440];
	snprintf(line, sizeof line, "%s%.*s", o->before, (int)n, word);
	edit_set(o->edit, line);
}

/* What they all begin with is written; where that is no more than was typed, the first one. */
static void begin(struct offer *o)
{
	size_t same = o->n ? strlen(o->of[0].name) : 0;
	for (size_t i = 1; i < o->n; i++) {
		size_t k = 0;
		while (k < same && o->of[i].name[k] == o->of[0].name[k]) k++;
		same = k;
	}
	o->at = o->n;
	if (!o->n)
		snprintf(o->note, sizeof o->note, "nothing here begins with '%.60s'", o->word);
	else if (o->n == 1) {
		put(o, o->of[0].name, strlen(o->of[0].name));
		o->n = o->at = 0; /* the next Tab goes on behind it */
	} else if (same == strlen(o->word))
		o->at = 0, put(o, o->of[0].name, strlen(o->of[0].name));
	else
		put(o, o->of[0].name, same);
}

static void got_names(void *owner, struct table *t, const struct err *e)
{
	struct offer *o = owner;
	if (e) {
		snprintf(o->note, sizeof o->note, "%.150s", e->text);
		return;
	}
	for (size_t i = 0; i < t->n_rows; i++)
		if (table_get(t, i, "name")) add(o, table_get(t, i, "name"), table_get(t, i, "about"));
	table_free(t);
	begin(o);
}

static void split(struct offer *o, const char *marks)
{
	const char *line = buf_str(&o->edit->text), *word = line;
	for (const char *p = line; *p; p++)
		if (strchr(marks, *p)) word = p + 1;
	snprintf(o->before, sizeof o->before, "%.*s", (int)(word - line), line);
	snprintf(o->word, sizeof o->word, "%s", word);
}

void offer_tab(struct offer *o, struct nav *nav, struct edit *edit, const char *marks, const char *words,
               const char *kinds)
{
	char one[64], most[8];
	struct view_args args = { 0 };
	if (o->n) {
		o->at = o->at >= o->n ? 0 : (o->at + 1) % o->n;
		put(o, o->of[o->at].name, strlen(o->of[o->at].name));
		return;
	}
	offer_drop(o);
	o->edit = edit;
	split(o, marks);
	for (size_t n; words && *words; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		snprintf(one, sizeof one, "%.*s", (int)n, words);
		add(o, one, NULL);
	}
	if (!*kinds) {
		begin(o);
		return;
	}
	o->ask = ask_new(nav, o, got_names);
	snprintf(most, sizeof most, "%d", OFFER_MOST);
	view_args_set(&args, "kinds", kinds);
	view_args_set(&args, "begins", o->word);
	view_args_set(&args, "most", most);
	nav_by_hand(nav, true);
	ask_query(o->ask, &sql_queries_names, &args);
	nav_by_hand(nav, false);
}

void offer_drop(struct offer *o)
{
	ask_free(o->ask); /* an answer to what was typed before is not wanted */
	o->ask = NULL;
	o->n = o->at = 0;
	o->note[0] = 0;
}

int offer_paint(const struct offer *o, struct grid *g, struct rect r, int y, int stop)
{
	if (o->note[0] && y < stop) y += grid_wrap(g, y, r.x + 2, r.w - 4, stop - y, ST_WARN, o->note);
	size_t room = y < stop ? (size_t)(stop - y) : 0, from = 0;
	if (o->n < 2) return y;
	if (o->at < o->n && o->at >= room) from = o->at - room + 1;
	for (size_t i = from; i < o->n && y < stop; i++, y++) {
		bool is_here = i == o->at, is_last = y + 1 == stop && i + 1 < o->n;
		if (is_last && !is_here && from == 0) {
			grid_textf(g, y, r.x + 4, r.w - 6, ST_DIM, "%zu more", o->n - i);
			continue;
		}
		int w = grid_text(g, y, r.x + 4, r.w - 6, is_here ? ST_ACCENT : ST_TEXT, o->of[i].name);
		if (w < 24) w = 24;
		if (r.w - w - 8 > 8) grid_text(g, y, r.x + 4 + w + 2, r.w - w - 8, ST_DIM, o->of[i].about);
	}
	return y;
}

void offer_free(struct offer *o) { ask_free(o->ask); }
