/* sheet_rows.c - order and filter of the rows that are here; the cursor keeps to its row. */
#include "views/table/sheet_rows.h"
#include "core/base/mem.h"
#include "views/nav/nav.h"
#include <stdlib.h>
#include <string.h>

const char *sheet_key_at(const void *sheet, size_t i)
{
	const struct sheet *s = sheet;
	const char *key = i < s->n ? table_get(s->t, s->order[i], s->view->row_key) : NULL;
	return key ? key : "";
}

struct sorter {
	const struct table *t;
	int col;
	const char *ranks;
	bool is_number, is_desc;
};
static __thread const struct sorter *sorting; /* qsort_r's argument order differs between systems */

/* As FIELD() has it: from 1 on, 0 for what is not among them. */
static size_t rank_of(const char *ranks, const char *word)
{
	size_t n, nth = 1;
	for (; *ranks; ranks += n + (ranks[n] == ' '), nth++) {
		n = strcspn(ranks, " ");
		if (strncmp(ranks, word, n) == 0 && !word[n]) return nth;
	}
	return 0;
}

static int compare_cells(const struct cell *a, const struct cell *b)
{
	if (!a->s || !b->s) return !a->s && !b->s ? 0 : a->s ? -1 : 1; /* unknown last, either way */
	int c;
	if (sorting->ranks) {
		size_t x = rank_of(sorting->ranks, a->s), y = rank_of(sorting->ranks, b->s);
		c = x < y ? -1 : x > y;
	} else if (sorting->is_number) {
		double x = strtod(a->s, NULL), y = strtod(b->s, NULL);
		c = x < y ? -1 : x > y;
	} else
		c = strcmp(a->s, b->s);
	return sorting->is_desc ? -c : c;
}

static int compare_rows(const void *pa, const void *pb)
{
	size_t a = *(const size_t *)pa, b = *(const size_t *)pb;
	const struct table *t = sorting->t;
	int c = compare_cells(&t->cells[a * t->n_cols + (size_t)sorting->col],
	                      &t->cells[b * t->n_cols + (size_t)sorting->col]);
	return c ? c : a < b ? -1 : a > b;
}

bool sheet_is_fault(const struct view *v, const struct table *t, size_t row)
{
	for (size_t c = 0; c < v->n_cols; c++) {
		const struct col *col = &v->cols[c];
		const char *value = col->style ? table_get(t, row, col->name) : NULL;
		enum style st = value ? col->style(value) : ST_TEXT;
		if (st == ST_CRIT || st == ST_DEAD || st == ST_WARN) return true;
	}
	return false;
}

/* The row that the cursor belongs on: the one followed, else one that it could not go to yet. */
const char *sheet_wanted(const struct sheet *s) { return s->follow[0] ? s->follow : s->seek; }

/* The cursor stays on its row; one that was filtered away gets it back when it comes again. */
static void place_cursor(struct sheet *s)
{
	char was[sizeof s->rows.key];
	memcpy(was, s->rows.key, sizeof was);
	rows_changed(&s->rows, s->n, sheet_key_at, s);
	if (!s->n && was[0] && !s->seek[0]) memcpy(s->seek, was, sizeof s->seek);
	if (!sheet_wanted(s)[0]) return;
	if (strcmp(s->rows.key, sheet_wanted(s)) == 0 ||
	    rows_find_key(&s->rows, sheet_wanted(s), sheet_key_at, s))
		s->seek[0] = 0;
}

/* Which of the rows here are shown, in which order. */
void sheet_arrange(struct sheet *s)
{
	s->n = 0;
	if (s->t) {
		free(s->order);
		s->order = mem_alloc(sizeof *s->order * (s->t->n_rows + 1));
		for (size_t i = 0; i < s->t->n_rows; i++) {
			if (!s->is_paged && s->filter && !filter_match(s->filter, s->t, i)) continue;
			if (s->faults_only && !sheet_is_fault(s->view, s->t, i)) continue;
			s->order[s->n++] = i;
		}
		struct err e;
		if (!s->is_paged && s->filter && filter_gave_up(s->filter, &e))
			nav_say(s->nav, ST_CRIT, "%s", e.text);
		int col = s->is_paged || !s->sort[0] ? -1 : table_col(s->t, view_sort_by(s->view, s->sort));
		if (col < 0 && !s->is_paged && s->sort[0])
			col = table_col(s->t, s->sort); /* fed without ranks */
		if (col >= 0) {
			enum cell_type ty = s->t->types[col];
			const struct col *sorted = view_col(s->view, view_sort_by(s->view, s->sort));
			struct sorter so = { s->t, col, sorted ? sorted->ranks : NULL,
				             ty == CELL_INT || ty == CELL_DEC || ty == CELL_BOOL,
				             s->is_desc };
			sorting = &so;
			qsort(s->order, s->n, sizeof *s->order, compare_rows);
			sorting = NULL;
		}
		if (s->fold) s->n = s->fold(s->owner, s, s->order, s->n);
	}
	place_cursor(s);
	nav_dirty(s->nav);
}

struct table *sheet_row(struct sheet *s, size_t *row)
{
	if (!s->t || s->rows.cursor >= s->n) return NULL;
	*row = s->order[s->rows.cursor];
	return s->t;
}
