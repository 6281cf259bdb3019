/* kept.c - one table a view, the last one. */
#include "views/nav/kept.h"
#include "core/base/mem.h"
#include "core/db/table.h"
#include "views/model/view.h"
#include "views/nav/nav_int.h"
#include <stdlib.h>
#include <string.h>

struct kept {
	struct kept *next;
	const struct view *view;
	struct view_args args;
	struct table *t;
	bool is_window;
};

static struct kept *of(struct nav *nav, const struct view *v)
{
	struct kept *k = nav->kept;
	while (k && k->view != v) k = k->next;
	return k;
}

void nav_keep(struct nav *nav, const struct view *v, const struct view_args *args, struct table *t,
              bool is_window)
{
	struct kept *k = of(nav, v);
	if (!k) {
		k = mem_alloc(sizeof *k);
		k->view = v;
		k->next = nav->kept;
		nav->kept = k;
	}
	table_free(k->t);
	k->args = *args;
	k->t = t;
	k->is_window = is_window;
}

static bool is_same(const struct view_args *a, const struct view_args *b)
{
	if (a->n != b->n) return false;
	for (size_t i = 0; i < a->n; i++) {
		const char *value = view_args_get(b, a->a[i].name);
		if (!value || strcmp(value, a->a[i].value) != 0) return false;
	}
	return true;
}

struct table *nav_kept(struct nav *nav, const struct view *v, const struct view_args *args, bool *is_window)
{
	struct kept *k = of(nav, v);
	if (!k || !k->t || !is_same(&k->args, args)) return NULL;
	struct table *t = k->t;
	k->t = NULL;
	*is_window = k->is_window;
	return t;
}

void nav_forget_kept(struct nav *nav)
{
	while (nav->kept) {
		struct kept *k = nav->kept;
		nav->kept = k->next;
		table_free(k->t);
		free(k);
	}
}
