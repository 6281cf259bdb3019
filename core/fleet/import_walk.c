/* import_walk.c - JSON as events of a streaming parser, with the fields that somebody asked for. */
#include "core/fleet/import_walk.h"
#include "core/base/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

enum { MAX_TOKEN = 1 << 20 };

static int stop(struct walk *w) { return w->is_stopped = true, 0; }

/* What a reader answered. */
static int answer(struct walk *w, bool go_on) { return go_on ? !w->is_stopped : stop(w); }

void walk_plain(const char *name, size_t n, char out[WALK_KEY])
{
	size_t k = 0;
	for (size_t i = 0; i < n && k < WALK_KEY - 1; i++) {
		char c = name[i];
		if (c >= 'A' && c <= 'Z') c = (char)(c + ('a' - 'A'));
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out[k++] = c;
	}
	out[k] = '\0';
}

const char *walk_field(const struct walk *w, const struct level *l, int field)
{
	return l->at[field] ? w->text + l->at[field] : NULL;
}

void walk_keep(struct walk *w, struct level *l, int field, const char *s, size_t n)
{
	if (l->at[field]) {
		l->is_twice = true;
		return;
	}
	if (n >= WALK_VALUE)
		n = WALK_VALUE - 1; /* too long to be any of the values; whoever reads it says so */
	if (w->len + n + 1 > sizeof w->text) return;
	char *to = w->text + w->len;
	l->at[field] = (unsigned short)w->len;
	memcpy(to, s, n);
	for (size_t i = 0; i < n; i++)
		if (!to[i]) to[i] = '?';
	to[n] = '\0';
	w->len += n + 1;
}

void walk_lift(struct walk *w, struct level *l)
{
	char copy[WALK_FIELDS][64];
	if (w->depth < 2) return;
	struct level *up = &w->levels[w->depth - 2];
	for (int f = 0; f < WALK_FIELDS; f++)
		if (l->at[f]) snprintf(copy[f], sizeof copy[f], "%s", w->text + l->at[f]);
	w->len = l->mark;
	for (int f = 0; f < WALK_FIELDS; f++)
		if (l->at[f] && !up->at[f]) walk_keep(w, up, f, copy[f], strlen(copy[f]));
	l->mark = w->len;
}

/* --- the parser's events --- */

static int open_level(struct walk *w, bool is_array)
{
	w->since_token = 0;
	if (w->depth == WALK_DEPTH) {
		err_set(w->e, ERR_USAGE, "line %lu: objects within objects, more than %d deep", w->line,
		        WALK_DEPTH);
		return stop(w);
	}
	struct level *l = &w->levels[w->depth++];
	*l = (struct level){ .is_array = is_array, .mark = w->len, .line = w->line };
	if (w->depth > 1 && !w->levels[w->depth - 2].is_array) memcpy(l->key, w->key, sizeof l->key);
	walk_plain(l->key, strlen(l->key), l->plain);
	return !is_array || !w->reader->list || answer(w, w->reader->list(w, l));
}

static int close_level(struct walk *w)
{
	struct level *l = &w->levels[--w->depth];
	w->since_token = 0;
	w->len = l->mark;
	if (w->depth) w->levels[w->depth - 1].has_rows |= l->has_rows;
	return 1;
}

static int on_open_object(void *ctx) { return open_level(ctx, false); }
static int on_open_array(void *ctx) { return open_level(ctx, true); }
static int on_close_array(void *ctx) { return close_level(ctx); }
static int on_close_object(void *ctx)
{
	struct walk *w = ctx;
	return answer(w, w->reader->object(w, &w->levels[w->depth - 1])) && close_level(w);
}

static int on_key(void *ctx, const unsigned char *key, size_t n)
{
	struct walk *w = ctx;
	size_t fits = n < sizeof w->key ? n : sizeof w->key - 1;
	w->since_token = 0;
	memcpy(w->key, key, fits);
	w->key[fits] = '\0';
	return !w->reader->key || answer(w, w->reader->key(w, w->key));
}

static int value(struct walk *w, const char *s, size_t n)
{
	bool is_done = false;
	w->since_token = 0;
	if (!w->depth) return 1;
	struct level *l = &w->levels[w->depth - 1];
	if (w->reader->value && !answer(w, w->reader->value(w, l, s, n, &is_done))) return 0;
	int f = is_done || l->is_array ? -1 : w->reader->field(w->key);
	if (f >= 0) walk_keep(w, l, f, s, n);
	return 1;
}

static int on_string(void *ctx, const unsigned char *s, size_t n) { return value(ctx, (const char *)s, n); }
static int on_number(void *ctx, const char *s, size_t n) { return value(ctx, s, n); }
static int on_boolean(void *ctx, int is_true)
{
	return is_true ? value(ctx, "true", 4) : value(ctx, "false", 5);
}
static int on_null(void *ctx) { return ((struct walk *)ctx)->since_token = 0, 1; }

static const yajl_callbacks events = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_open_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_close_object,
	.yajl_start_array = on_open_array,
	.yajl_end_array = on_close_array,
};

/* --- feeding it --- */

static yajl_handle parser_new(struct walk *w)
{
	yajl_handle h = yajl_alloc(&events, NULL, w);
	if (h) yajl_config(h, yajl_allow_multiple_values, 1);
	return h;
}

/* A fault of the text itself, in the parser's words. */
static bool tell_broken(struct walk *w, yajl_handle h, const char *after)
{
	char text[200], *why = (char *)yajl_get_error(h, 0, NULL, 0);
	if (why) why[strcspn(why, "\n")] = '\0';
	snprintf(text, sizeof text, "not JSON (%s)%s", why ? why : "", after);
	yajl_free_error(h, (unsigned char *)why);
	return answer(w, w->reader->fault(w, w->line, text));
}

bool walk_nested(struct walk *w, const char *s, size_t n)
{
	int depth = w->depth;
	yajl_handle h = parser_new(w);
	if (!h) return err_set(w->e, ERR_INTERNAL, "out of memory");
	if (yajl_parse(h, (const unsigned char *)s, n) == yajl_status_error ||
	    (!w->is_stopped && yajl_complete_parse(h) == yajl_status_error))
		tell_broken(w, h, "");
	while (w->depth > depth) close_level(w);
	yajl_free(h);
	return !w->is_stopped;
}

static bool tell_cut(struct walk *w)
{
	return answer(w, w->reader->fault(w, w->line, "the file ends in the middle of its JSON"));
}

/* One object a line: the line is lost, not the rest. */
static bool begins_on_this_line(const struct walk *w) { return !w->depth || w->levels[0].line == w->line; }

static bool is_white(const char *s, size_t n)
{
	size_t i = 0;
	while (i < n && (s[i] == ' ' || s[i] == '\t' || s[i] == '\r' || s[i] == '\n')) i++;
	return i == n;
}

static bool feed(struct walk *w, yajl_handle *h)
{
	const char *s;
	size_t n;
	bool is_skipping = false, is_fresh = true; /* nothing but blanks was given to the parser */
	while (w->line = w->window->line, (s = window_piece(w->window, &n))) {
		is_fresh = is_fresh && (is_skipping || is_white(s, n));
		if (!is_skipping && yajl_parse(*h, (const unsigned char *)s, n) != yajl_status_ok) {
			if (w->is_stopped) return false;
			bool is_line = begins_on_this_line(w);
			if (!tell_broken(w, *h, is_line ? "" : "; the rest is not read")) return false;
			while (w->depth) close_level(w);
			if (!is_line) return true;
			yajl_free(*h);
			if (!(*h = parser_new(w))) return err_set(w->e, ERR_INTERNAL, "out of memory");
			is_skipping = is_fresh = true;
		}
		if (is_skipping) is_skipping = s[n - 1] != '\n';
		w->since_token += n;
		if (w->since_token > MAX_TOKEN)
			return err_set(w->e, ERR_USAGE, "line %lu: a text longer than 1 MB", w->line);
	}
	if (w->window->is_failed) return false;
	if (is_fresh) return true;
	if (w->depth || yajl_complete_parse(*h) == yajl_status_error) return tell_cut(w);
	return !w->is_stopped;
}

struct walk *walk_new(struct window *window, const struct walk_reader *r, void *ctx, struct err *e)
{
	struct walk *w = mem_alloc(sizeof *w);
	w->window = window;
	w->reader = r;
	w->ctx = ctx;
	w->e = e;
	w->len = 1;
	return w;
}

bool walk_read(struct walk *w)
{
	yajl_handle h = parser_new(w);
	bool ok = h ? feed(w, &h) : err_set(w->e, ERR_INTERNAL, "out of memory");
	if (h) yajl_free(h);
	return ok;
}
