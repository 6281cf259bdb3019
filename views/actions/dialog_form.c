/* dialog_form.c - an agent's settings with their values and ranges. */
#include "views/actions/dialog_form.h"
#include "core/base/mem.h"
#include "sql.h"
#include "tui/key.h"
#include "views/model/names.h"
#include "views/model/view.h"
#include "views/nav/ask.h"
#include <stdio.h>
#include <string.h>

bool dialog_has_form(const struct dialog *d)
{
	return d->step == DIALOG_ARGS && d->verb->args[d->arg_at].kind == VERB_KEYVALUE;
}

static size_t n_settings(void)
{
	size_t n = 0;
	while (settings_of_agent[n].name) n++;
	return n;
}

static void got(void *owner, struct table *t, const struct err *e)
{
	struct dialog *d = owner;
	if (e) {
		snprintf(d->note, sizeof d->note, "%.400s", e->text);
		return;
	}
	table_free(d->settings);
	d->settings = t;
}

/* Several agents have several values: then none is shown. */
void dialog_form_begin(struct dialog *d)
{
	struct view_args args = { 0 };
	d->setting_at = SIZE_MAX;
	if (d->bulk || !d->target.agent_id[0]) return;
	if (!d->settings_ask) d->settings_ask = ask_new(d->popup.nav, d, got);
	view_args_set(&args, "agent", d->target.agent_id);
	nav_by_hand(d->popup.nav, true);
	ask_query(d->settings_ask, &sql_queries_agent_settings, &args);
	nav_by_hand(d->popup.nav, false);
}

static const char *now(const struct dialog *d, const char *name)
{
	return d->settings && d->settings->n_rows ? table_get(d->settings, 0, name) : NULL;
}

bool dialog_form_is_now(const struct dialog *d, const char *key, const char *value)
{
	const char *is = now(d, key);
	return is && strcmp(is, value) == 0;
}

/* The last word of the line, and what stands before it. */
static const char *last_word(const struct dialog *d)
{
	const char *line = buf_str(&d->edit.text), *blank = strrchr(line, ' ');
	return blank ? blank + 1 : line;
}

/* What was brought in and not changed goes again as the next one comes. */
bool dialog_form_key(struct dialog *d, int key)
{
	size_t n = n_settings(), at = d->setting_at;
	char line[440];
	if (key == KEY_DOWN_ || key == KEY_CTRL('n'))
		at = at >= n - 1 ? 0 : at + 1;
	else if (key == KEY_UP_ || key == KEY_CTRL('p'))
		at = at == 0 || at >= n ? n - 1 : at - 1;
	else
		return false;
	const char *text = buf_str(&d->edit.text), *word = last_word(d), *eq = strchr(word, '=');
	char name[64];
	snprintf(name, sizeof name, "%.*s", eq ? (int)(eq - word) : 0, word);
	bool is_untouched = !*word || (eq && dialog_form_is_now(d, name, eq + 1)) || (eq && !eq[1]);
	const char *value = now(d, settings_of_agent[at].name);
	snprintf(line, sizeof line, "%.*s%s%s=%s", is_untouched ? (int)(word - text) : (int)strlen(text),
	         text, is_untouched ? "" : " ", settings_of_agent[at].name, value ? value : "");
	edit_set(&d->edit, line);
	d->setting_at = at;
	return true;
}

static const struct setting *setting_in_line(const struct dialog *d)
{
	const char *word = last_word(d), *eq = strchr(word, '=');
	for (const struct setting *s = settings_of_agent; eq && s->name; s++)
		if (strlen(s->name) == (size_t)(eq - word) && strncmp(s->name, word, strlen(s->name)) == 0)
			return s;
	return NULL;
}

void dialog_form_tab(struct dialog *d)
{
	const struct setting *s = setting_in_line(d);
	struct buf words = BUF_EMPTY;
	if (!s) {
		for (s = settings_of_agent; s->name; s++)
			buf_addf(&words, "%s%s=", words.len ? " " : "", s->name);
		offer_tab(&d->offer, d->popup.nav, &d->edit, " ", buf_str(&words), "");
	} else if (strcmp(s->takes, "on or off") == 0) {
		bool is_on = strcmp(strchr(last_word(d), '=') + 1, "on") == 0;
		char line[440];
		const char *text = buf_str(&d->edit.text);
		snprintf(line, sizeof line, "%.*s=%s", (int)(strrchr(text, '=') - text), text,
		         is_on ? "off" : "on");
		edit_set(&d->edit, line);
	} else
		offer_tab(&d->offer, d->popup.nav, &d->edit, "=,", NULL,
		          strncmp(s->takes, "pools", 5) == 0   ? "pool"
		          : strncmp(s->takes, "zones", 5) == 0 ? "zone"
		                                               : "");
	buf_free(&words);
}

int dialog_form_hint(const struct dialog *d, struct grid *g, struct rect r, int y)
{
	const struct setting *here = setting_in_line(d);
	if (r.w >= 60 || !here)
		return grid_wrap(g, y, r.x + 2, r.w - 4, 2, ST_DIM,
		                 r.w < 60 ? "Up Down bring one, Tab completes"
		                          : "Up and Down bring a setting here, Tab completes");
	char line[200];
	snprintf(line, sizeof line, "%s: %s", here->takes, here->about);
	return grid_wrap(g, y, r.x + 2, r.w - 4, 3, ST_DIM, line);
}

void dialog_form_paint(struct dialog *d, struct grid *g, struct rect r, int y, int stop)
{
	size_t n = n_settings(), room = y < stop ? (size_t)(stop - y) : 0, from = 0;
	const struct setting *here = setting_in_line(d);
	size_t at = here ? (size_t)(here - settings_of_agent) : 0;
	if (at >= room && room) from = at - room + 1;
	for (size_t i = from; i < n && y < stop; i++, y++) {
		const struct setting *s = &settings_of_agent[i];
		const char *value = now(d, s->name);
		bool is_here = s == here;
		int x = r.x + 2, wide = r.w >= 60;
		grid_text(g, y, x, 27, is_here ? ST_ACCENT : ST_TEXT, s->name);
		grid_text(g, y, x + 27, wide ? 16 : r.w - 31, ST_STRONG,
		          value                                        ? *value        ? value
		                                                         : g->is_ascii ? "-"
		                                                                       : "–"
		          : d->bulk || !d->settings_ask || d->settings ? ""
		                                                       : "reading");
		if (wide) grid_text(g, y, x + 44, r.w - 48, ST_DIM, s->takes);
		if (r.w >= 100) grid_text(g, y, x + 68, r.w - 72, ST_DIM, s->about);
	}
}
