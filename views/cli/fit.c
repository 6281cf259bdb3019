/* fit.c - which columns of a table have room on the terminal it is read on. */
#include "views/cli/fit.h"
#include "core/base/columns.h"
#include "core/base/mem.h"
#include "core/db/out.h"
#include "tui/layout.h"
#include "tui/tty.h"
#include "views/model/view.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LAST_RANK = 9, TEXT_LEAST = 24, LENGTHY = 36 };

/* Sentences and the words of states may go on below: they have a blank or a _ to break at. */
static struct layout_col wish(const struct column *c, const struct col *of)
{
	int whole = (int)(c->widest > c->heading ? c->widest : c->heading);
	struct layout_col w = { .min = whole, .want = whole, .rank = of ? of->rank : 1 };
	if (of && of->is_hidden) w.rank = LAST_RANK;
	if (!of) return w;
	bool is_text = of->is_message || of->ranks || (of->style && of->as == AS_TEXT);
	int least = is_text ? of->min : whole;
	if (of->as != AS_SHORT_ID && whole > LENGTHY) is_text = true; /* whatever it is */
	if (is_text && least > TEXT_LEAST) least = TEXT_LEAST;
	if (least < (int)c->heading) least = (int)c->heading;
	if (least < whole) w.min = least, w.flex = 1;
	return w;
}

static bool fits_whole(const struct column *cols, size_t n, int room)
{
	size_t sum = 0;
	for (size_t i = 0; i < n; i++) sum += cols[i].width + (i ? COLUMNS_GAP : 0);
	return sum <= (size_t)room;
}

static void fit(void *ctx, struct column *cols, size_t n)
{
	struct fit *f = ctx;
	if (fits_whole(cols, n, f->room)) return;
	struct layout_col *l = mem_alloc(sizeof *l * (n + 1));
	bool has_message = false;
	for (size_t i = 0; i < n; i++) {
		const char *name = cols[i].name;
		const struct col *of = f->col_of ? f->col_of(name)
		                       : f->view ? view_col(f->view, name)
		                                 : view_any_col(name);
		l[i] = wish(&cols[i], of);
		if (!of || !of->is_message || has_message) continue;
		l[i].rank = 0; /* the first one says what the others only name */
		has_message = true;
	}
	if (n) l[0].rank = 0; /* it names the row */
	layout_columns(l, (int)n, f->room, COLUMNS_GAP, 0);
	for (size_t i = 0; i < n; i++) {
		cols[i].width = (size_t)l[i].width;
		if (!l[i].width) buf_addf(&f->gone, "%s%s", f->gone.len ? ", " : "", cols[i].name);
	}
	free(l);
}

void fit_begin(struct fit *f, const char *command, bool is_whole)
{
	int rows, cols;
	f->command = command;
	if (!is_whole && isatty(STDOUT_FILENO) && tty_size(STDOUT_FILENO, &rows, &cols)) f->room = cols;
}

void fit_columns(struct fit *f, struct columns *columns)
{
	if (f->room) columns_set_fit(columns, fit, f);
}

void fit_out(struct fit *f, struct out *o)
{
	if (f->room) out_set_fit(o, fit, f);
}

void fit_tell(struct fit *f)
{
	const char *gone = buf_str(&f->gone), *name = f->command ? f->command : "";
	if (*gone && strcmp(gone, buf_str(&f->told)) != 0) {
		fflush(stdout);
		fprintf(stderr, "spotop%s%s: no room for %s; -o wide has all%s\n", *name ? " " : "", name,
		        gone, f->view ? ", --columns A,B chooses" : "");
		buf_cut(&f->told, 0);
		buf_adds(&f->told, gone);
	}
	buf_cut(&f->gone, 0);
}

void fit_end(struct fit *f)
{
	fit_tell(f);
	buf_free(&f->gone);
	buf_free(&f->told);
}
