/* saved.c - views kept by name: one line each in the state file `views`, fields parted by tabs. */
#include "views/app/saved.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "views/nav/layers.h"
#include "views/nav/nav.h"
#include "views/nav/trail.h"
#include "views/table/sheet.h"
#include "views/table/sheet_paint.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { F_NAME, F_VIEW, F_SORT, F_DESC, F_COLUMNS, F_FILTER, F_N };

static bool split(char *line, char *f[F_N])
{
	line[strcspn(line, "\n")] = 0;
	for (int i = 0; i < F_N; i++) f[i] = strsep(&line, "\t");
	return f[F_N - 1] != NULL;
}

/* Calls each for every whole line until it says stop. */
static void each_line(bool (*each)(char *f[F_N], void *ctx), void *ctx)
{
	char path[4096], *f[F_N];
	if (!state_path(path, sizeof path, "views", false, NULL)) return;
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	while (in && getline(&line, &cap, in) >= 0)
		if (split(line, f) && !each(f, ctx)) break;
	free(line);
	if (in) fclose(in);
}

struct nth {
	size_t i;
	char *out;
	size_t n;
	bool is_found;
};
static bool is_nth(char *f[F_N], void *ctx)
{
	struct nth *x = ctx;
	if (x->i-- > 0) return true;
	snprintf(x->out, x->n, "%s", f[F_NAME]);
	x->is_found = true;
	return false;
}

bool saved_name(size_t i, char *out, size_t n)
{
	struct nth x = { i, out, n, false };
	each_line(is_nth, &x);
	return x.is_found;
}

struct rest {
	const char *name;
	struct buf text;
};
static bool keep_others(char *f[F_N], void *ctx)
{
	struct rest *r = ctx;
	if (strcmp(f[F_NAME], r->name) != 0)
		buf_addf(&r->text, "%s\t%s\t%s\t%s\t%s\t%s\n", f[0], f[1], f[2], f[3], f[4], f[5]);
	return true;
}

bool saved_put(struct nav *nav, const char *name, struct err *e)
{
	char path[4096], new_path[4104];
	struct sheet *s = nav_sheet(nav);
	struct rest r = { .name = name };
	if (!s) return err_set(e, ERR_USAGE, "this screen has no table to save");
	if (!*name || strpbrk(name, "\t\n ")) return err_set(e, ERR_USAGE, "a name without blanks is needed");
	if (!state_path(path, sizeof path, "views", true, e)) return false;
	each_line(keep_others, &r);
	buf_addf(&r.text, "%s\t%s\t%s\t%d\t%s\t%s\n", name, s->view->name, s->sort, s->is_desc, s->columns,
	         s->filter_text);
	snprintf(new_path, sizeof new_path, "%s.new", path);
	FILE *out = fopen(new_path, "we");
	bool ok = out && fwrite(r.text.s, 1, r.text.len, out) == r.text.len;
	if (out && fclose(out) != 0) ok = false;
	if (ok) ok = rename(new_path, path) == 0;
	buf_free(&r.text);
	return ok || err_set(e, ERR_IO, "cannot write %s: %s", path, strerror(errno));
}

struct want {
	struct nav *nav;
	const char *name;
	bool is_found;
};
static bool open_it(char *f[F_N], void *ctx)
{
	struct want *w = ctx;
	const struct view *v = view_find(f[F_VIEW]);
	if (strcmp(f[F_NAME], w->name) != 0 || !v) return true;
	w->is_found = true;
	nav_open(w->nav, v, NULL, NULL);
	struct sheet *s = nav_sheet(w->nav);
	struct err e;
	if (!s) return false;
	sheet_sort(s, *f[F_SORT] ? f[F_SORT] : NULL, f[F_DESC][0] == '1');
	if (!sheet_columns(s, f[F_COLUMNS], &e) || !sheet_filter(s, f[F_FILTER], &e))
		nav_say(w->nav, ST_WARN, "%s", e.text);
	return false;
}

bool saved_open(struct nav *nav, const char *name, struct err *e)
{
	struct want w = { nav, name, false };
	each_line(open_it, &w);
	return w.is_found ||
	       err_set(e, ERR_USAGE, "no view is saved as '%s'; :view save %s keeps this one", name, name);
}
