/* view.c - what is asked of a view's declaration: its query, its arguments, the columns of its filter. */
#include "views/model/view.h"
#include "core/base/buf.h"
#include "core/base/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct view *const *views;
void views_are(const struct view *const *all) { views = all; }

const struct view *view_find(const char *name)
{
	for (size_t i = 0; views[i]; i++)
		if (strcmp(views[i]->name, name) == 0) return views[i];
	return NULL;
}

const struct view *view_by_digit(char digit)
{
	for (size_t i = 0; views[i]; i++)
		if (views[i]->digit == digit) return views[i];
	return NULL;
}

const struct col *view_col(const struct view *v, const char *name)
{
	for (size_t i = 0; i < v->n_cols; i++)
		if (strcmp(v->cols[i].name, name) == 0) return &v->cols[i];
	return NULL;
}

const struct col *view_any_col(const char *name)
{
	const struct col *c = NULL;
	for (size_t i = 0; views && views[i] && !c; i++) c = view_col(views[i], name);
	return c;
}

const char *view_sort_by(const struct view *v, const char *name)
{
	const struct col *c = name ? view_col(v, name) : NULL;
	return c && c->sort_by ? c->sort_by : name;
}

void view_where(const char *cols, const struct table *t, size_t row, struct buf *out)
{
	char name[48];
	for (int n = 0; sscanf(cols, " %47s%n", name, &n) == 1; cols += n) {
		const char *value = table_get(t, row, name);
		if (value) buf_addf(out, "%s%s=\"%s\"", out->len ? " " : "", name, value);
	}
}

void view_args_set(struct view_args *va, const char *name, const char *value)
{
	size_t i = 0;
	while (i < va->n && strcmp(va->a[i].name, name) != 0) i++;
	if (!value) {
		if (i < va->n) va->a[i] = va->a[--va->n];
		return;
	}
	if (i == ARRAY_LEN(va->a)) return;
	if (i == va->n) va->n++;
	snprintf(va->a[i].name, sizeof va->a[i].name, "%s", name);
	snprintf(va->a[i].value, sizeof va->a[i].value, "%s", value);
}

const char *view_args_get(const struct view_args *va, const char *name)
{
	for (size_t i = 0; i < va->n; i++)
		if (strcmp(va->a[i].name, name) == 0) return va->a[i].value;
	return NULL;
}

bool view_has_past(const struct view *v) { return v->query_at || v->screen_has_past; }

const struct query *view_query(const struct view *v, const struct view_args *args)
{
	return v->query_at && args && view_args_get(args, "at") ? v->query_at : v->query;
}

size_t view_args_bind(const struct view_args *va, const struct query *q, struct arg *out, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < q->n_params && n < max; i++) {
		const char *value = view_args_get(va, q->params[i].name);
		if (!value) continue;
		if (strcmp(q->params[i].type, "int") == 0)
			out[n++] = arg_int(q->params[i].name, strtoll(value, NULL, 10));
		else if (strcmp(q->params[i].type, "bool") == 0)
			out[n++] = arg_bool(q->params[i].name, value[0] == '1');
		else if (strcmp(q->params[i].type, "dec") == 0)
			out[n++] = arg_dec(q->params[i].name, value);
		else
			out[n++] = arg_str(q->params[i].name, value);
	}
	return n;
}

static enum cell_type type_of(const struct col *c)
{
	switch (c->as) {
	case AS_INT:
	case AS_SECONDS:
	case AS_DURATION: return CELL_INT;
	case AS_USD4:
	case AS_USD2:
	case AS_DEC:
	case AS_PERCENT:
	case AS_MS:
	case AS_BYTES: return CELL_DEC;
	case AS_AGE:
	case AS_UNTIL:
	case AS_TIME: return CELL_TIME;
	case AS_YESNO: return CELL_BOOL;
	case AS_JSON: return CELL_JSON;
	default: return CELL_TEXT;
	}
}

struct filter_col *view_filter_cols(const struct view *v, size_t *n)
{
	struct filter_col *f = mem_alloc(sizeof *f * (v->n_cols + 1));
	for (size_t i = 0; i < v->n_cols; i++)
		f[i] = (struct filter_col){ v->cols[i].name, type_of(&v->cols[i]), !v->cols[i].is_hidden };
	*n = v->n_cols;
	return f;
}
