/* view.h - a view is one declaration: from it come the screen, its help, its filter and sort, its
 * headless command, -o json|jsonl|csv|table, shell completion and its tests.
 * Adding one: views/README.md. */
#ifndef SPOTOP_VIEWS_VIEW_H
#define SPOTOP_VIEWS_VIEW_H
#include "core/db/filter.h"
#include "core/db/query.h"
#include "views/model/cell.h"
#include <stdbool.h>
#include <stdint.h>

/* What a verb can be pointed at. */
enum target_kind {
	TARGET_NONE,
	TARGET_AGENT,
	TARGET_INSTANCE,
	TARGET_POOL,
	TARGET_COMMAND,
	TARGET_ALERT,
	TARGET_FREEZE,
	TARGET_JOB,
	TARGET_PLAN,
	TARGET_ZONE
};

/* A part of a list in its default order. The parts follow each other, every row is in one of them, and
 * which one follows from the row: its column `col` has one of the part's words. */
struct part {
	const struct query *query;       /* with the view's columns; NULL: the view's own ... */
	const char *param, *value;       /* ... with this :param */
	const struct query *keys;        /* the row key and the sort of the same rows, cheaply: a page without a filter is found by them */
	const char *sort;
	bool is_desc;                    /* the order within; an index has it, or the part is small */
	const char *col, *holds;         /* "health", "dead crit unknown warn" */
};
struct screen_ops;
struct buf;
struct db;
struct err;
struct view_args;
struct view {
	const char *name;  /* "agents": command, palette, scope of keys */
	const char *title; /* shown; NULL: the name */
	const char *about; /* one sentence */
	char digit;        /* '2', or 0 */
	const char *tab;             /* its short name in the tabs of a narrow screen; NULL: the name */
	const struct query *query;
	const char *row_key; /* unique column: the row's identity */
	const char *label;   /* column that names the row to a person */
	const struct col *cols;
	size_t n_cols;
	const char *sort; /* column of the default order; NULL: the key */
	bool is_desc;
	const struct part *parts; /* the default order in parts, for large fleets; NULL: one SELECT */
	size_t n_parts;
	int refresh_ms;                  /* 0: 2,000 */
	enum target_kind target;         /* what the action menu is for: the row's... */
	const char *target_col;          /* ... value of this column */
	const char *opens;               /* view that Enter opens; NULL: describe */
	const char *opens_param;         /* its :param ... */
	const char *opens_from;          /* ... from this column of the row */
	const char *opens_where;         /* columns, blanks between: it opens filtered by the row's values of them */
	const char *param_help;          /* for --help: the view's own argument ("AGENT"), NULL: none */
	const char *param;               /* and its :param */
	/* Headless: what the view's own argument means, into args; NULL: it is the value of param. */
	bool (*resolve)(struct db *db, const char *word, struct view_args *args, struct err *e);
	bool param_is_needed;        /* without it there is nothing to ask */
	const char *empty;               /* what no rows means: "no command yet" */
	const char *needs;               /* a right that db init may have been unable to give to the role: its GRANT, up to TO */
	const char *scale_note;          /* what is slow on a large fleet, if anything */
	const struct screen_ops *screen; /* NULL: the table screen */
	const struct query *query_at;    /* the same columns as they were at :at; NULL: the view has no past */
	const char *note_at;             /* what of it is not kept, or why there is no past */
	bool screen_has_past;            /* its own screen reads :at; else the past is the table screen's */
	bool is_hidden;                  /* not in --help: a part of another screen */
	const char *unasked;             /* " client agent ": parameters of its query by which it is not narrowed */
};
/* All views, NULL-ended, in the order of the digits, the palette and --help. They are handed in once, before
 * anything else is asked (registry.h), so that this file knows none of them. */
extern const struct view *const *views;
void views_are(const struct view *const *all);
const struct view *view_find(const char *name);
const struct view *view_by_digit(char digit);
const struct col *view_col(const struct view *v, const char *name);
/* A column of that name of whichever view has one: it means the same in each. NULL: none. */
const struct col *view_any_col(const char *name);
/* The column that sorting by this one goes by: itself, or the one with its rank. NULL: NULL. */
const char *view_sort_by(const struct view *v, const char *name);

/* "az="us-east-1b" client="acme"" of the row, by the names in `cols`; what is not known is left out. */
void view_where(const char *cols, const struct table *t, size_t row, struct buf *out);

/* Arguments by name: values are copied in. A query takes what it declares; the rest is ignored,
 * what is missing is NULL. */
struct view_args {
	size_t n;
	struct {
		char name[24], value[200];
	} a[8];
};
void view_args_set(struct view_args *va, const char *name, const char *value); /* NULL removes */
const char *view_args_get(const struct view_args *va, const char *name);
size_t view_args_bind(const struct view_args *va, const struct query *q, struct arg *out, size_t max);

/* The view's query, or that of its past when the arguments hold "at". */
const struct query *view_query(const struct view *v, const struct view_args *args);
bool view_has_past(const struct view *v);

/* The filter's columns of a view, in its order. n gets the count; free() the result. */
struct filter_col *view_filter_cols(const struct view *v, size_t *n);
#endif
