/* page.c - a page of a view: one SELECT, or one for each part of its default order. */
#include "views/model/page.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include <stdio.h>
#include <string.h>

enum { MAX_ARGS = 10, MAX_PARTS = 8 };

static bool is_default(const struct view *v, const char *sort)
{
	return v->n_parts && sort && v->sort && strcmp(sort, v->sort) == 0;
}

bool page_is_fast(const struct view *v, const char *sort, bool is_desc)
{
	(void)is_desc;
	const struct col *c = sort ? view_col(v, sort) : NULL;
	return is_default(v, sort) || (c && c->is_indexed);
}

static bool has_word(const char *words, const char *word)
{
	size_t n = strlen(word);
	for (const char *p = words; n && (p = strstr(p, word)); p += n)
		if ((p == words || p[-1] == ' ') && (!p[n] || p[n] == ' ')) return true;
	return false;
}

/* Can any row of the part pass the filter? */
static bool is_wanted(const struct part *part, const struct filter *f)
{
	char words[200];
	if (!f) return true;
	snprintf(words, sizeof words, "%s", part->holds);
	for (char *rest = words, *w; (w = strsep(&rest, " "));)
		if (filter_allows(f, part->col, w)) return true;
	return false;
}

/* The row that the page comes after, as the sort and the key of this order. */
static void begin_after(struct compose *c, const struct page *p)
{
	if (!p->after) return;
	c->after_key = table_get(p->after, p->after_row, c->key);
	c->after_sort = c->sort ? table_get(p->after, p->after_row, c->sort) : NULL;
	c->after_is_null = c->sort && !c->after_sort;
}

static size_t part_of_row(const struct view *v, const struct table *t, size_t row)
{
	for (size_t i = 0; i < v->n_parts; i++) {
		const char *word = table_get(t, row, v->parts[i].col);
		if (word && has_word(v->parts[i].holds, word)) return i;
	}
	return 0;
}

static bool select_parts(struct buf *out, const struct view *v, const struct view_args *args,
                         const struct page *p, struct err *e)
{
	struct compose c[MAX_PARTS] = { 0 };
	struct arg bound[MAX_PARTS][MAX_ARGS];
	bool is_turned = p->is_desc != v->is_desc, goes_down = is_turned == p->is_backward,
	     is_reached = !p->after;
	size_t n = 0, n_parts = v->n_parts < MAX_PARTS ? v->n_parts : MAX_PARTS;
	size_t from = p->after ? part_of_row(v, p->after, p->after_row) : 0;
	for (size_t k = 0; k < n_parts; k++) {
		size_t i = goes_down ? k : n_parts - 1 - k;
		const struct part *part = &v->parts[i];
		bool is_first = !is_reached && i == from;
		is_reached |= is_first;
		if (!is_reached || !is_wanted(part, p->filter)) continue;
		bool has_filter = p->filter && !filter_is_empty(p->filter);
		const struct query *keys = p->limit && !has_filter ? part->keys : NULL;
		const struct query *q = part->query && !keys ? part->query : v->query;
		size_t n_args = view_args_bind(args, q, bound[n], MAX_ARGS - 1);
		if (part->param) bound[n][n_args++] = arg_str(part->param, part->value);
		c[n] = (struct compose){ .query = q,
			                 .keys = keys,
			                 .args = bound[n],
			                 .n_args = n_args,
			                 .filter = p->filter,
			                 .sort = part->sort,
			                 .is_desc = part->is_desc != is_turned,
			                 .key = v->row_key,
			                 .is_backward = p->is_backward,
			                 .is_indexed = true,
			                 .limit = p->limit };
		if (is_first) begin_after(&c[n], p);
		if (n && c[n - 1].keys) c[n].unless_filled = &c[n - 1];
		n++;
	}
	if (!n) { /* the filter leaves no part: the plain query says so too */
		size_t n_args = view_args_bind(args, v->query, bound[0], MAX_ARGS);
		c[0] = (struct compose){
			.query = v->query, .args = bound[0], .n_args = n_args, .filter = p->filter
		};
		c[0].limit = p->limit;
		n = 1;
	}
	return compose_union(out, c, n, p->limit, e);
}

bool page_select(struct buf *out, const struct view *v, const struct view_args *args, const struct page *p,
                 struct err *e)
{
	struct arg bound[MAX_ARGS];
	const struct query *q = view_query(v, args);
	if (q == v->query && is_default(v, p->sort)) return select_parts(out, v, args, p, e);
	const char *sort = view_sort_by(v, p->sort);
	const struct col *col = sort ? view_col(v, sort) : NULL;
	struct compose c = {
		.query = q,
		.args = bound,
		.n_args = view_args_bind(args, q, bound, MAX_ARGS),
		.filter = p->filter,
		.sort = sort,
		.is_desc = p->is_desc,
		.key = v->row_key,
		.is_backward = p->is_backward,
		.is_indexed = col && col->is_indexed,
		.ranks = col ? col->ranks : NULL,
		.limit = p->limit,
	};
	begin_after(&c, p);
	return compose_select(out, &c, e);
}
