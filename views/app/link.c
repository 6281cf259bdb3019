/* link.c - the command line that shows what a screen shows. */
#include "views/app/link.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/db/conf.h"
#include "views/nav/layers.h"
#include "views/nav/session.h"
#include "views/table/sheet_data.h"
#include <stdio.h>
#include <string.h>

/* As a shell reads it back: whatever is no plain word stands in quotes. */
static void add_word(struct buf *out, const char *s)
{
	static const char plain[] =
	        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.,:/=@+%";
	if (*s && s[strspn(s, plain)] == 0) {
		buf_adds(out, s);
		return;
	}
	buf_addc(out, '\'');
	for (; *s; s++)
		if (*s == '\'')
			buf_adds(out, "'\\''");
		else
			buf_addc(out, *s);
	buf_addc(out, '\'');
}

static void add_option(struct buf *out, const char *name, const char *value)
{
	if (!value || !*value) return;
	buf_addf(out, " --%s ", name);
	add_word(out, value);
}

/* The timeline goes back as far as it was read. */
static void add_since(struct buf *out, const struct sheet *s)
{
	const char *oldest = NULL;
	int64_t ms;
	char iso[32];
	for (size_t i = 0; s && i < s->n; i++) {
		const char *at = table_get(s->t, s->order[i], "at");
		if (at && (!oldest || strcmp(at, oldest) < 0)) oldest = at;
	}
	if (!oldest || !time_from_sql(oldest, &ms)) return;
	time_iso(ms, iso);
	snprintf(iso + 19, sizeof iso - 19, "Z");
	add_option(out, "since", iso);
}

/* What the screen is of: the word behind the command, or an option by its name. */
static void add_scope(struct buf *out, const struct view *v, const struct view_args *args)
{
	bool has_word = false;
	for (size_t i = 0; i < args->n; i++) {
		const char *name = args->a[i].name, *value = args->a[i].value;
		bool is_scope = strcmp(name, "agent") == 0 || strcmp(name, "pool") == 0 ||
		                strcmp(name, "client") == 0;
		bool is_word = v->param && (strcmp(name, v->param) == 0 || (v->resolve && is_scope));
		if (is_word && !has_word) {
			has_word = true;
			buf_addc(out, ' ');
			add_word(out, value);
		} else if (is_scope)
			add_option(out, name, value);
	}
}

bool link_of_screen(struct nav *nav, struct buf *out)
{
	struct screen *top = nav_top(nav);
	struct sheet *s = nav_sheet(nav);
	const struct view *v = top ? top->view : NULL;
	char iso[32], sort[80];
	if (!v || v->is_hidden || !v->query || !v->row_key) return false;
	buf_adds(out, "spotop");
	add_option(out, "defaults-group-suffix", nav_session(nav)->files->group_suffix);
	buf_addf(out, " %s", v->name);
	add_scope(out, v, &top->args);
	if (s && s->view == v) {
		add_option(out, "filter", s->filter_text);
		snprintf(sort, sizeof sort, "%s%s", s->sort, s->is_desc ? ",desc" : "");
		if (s->sort[0] && (!v->sort || strcmp(s->sort, v->sort) != 0 || s->is_desc != v->is_desc))
			add_option(out, "sort", sort);
	}
	if (strcmp(v->name, "timeline") == 0) add_since(out, s);
	if (!v->query_at) return true;
	time_iso(nav_is_past(nav) ? nav_env(nav).now_ms : nav_now_ms(nav), iso);
	snprintf(iso + 19, sizeof iso - 19, "Z");
	add_option(out, "at", iso);
	return true;
}
