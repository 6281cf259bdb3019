/* dialog_draw.c - a dialog's head, wrapped text, titled sentences. */
#include "views/actions/dialog_draw.h"
#include "core/base/buf.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "views/actions/small.h"
#include <stdio.h>
#include <string.h>

int dialog_head(struct dialog *d, struct grid *g, struct rect r, const char *right)
{
	int n = right ? (int)strlen(right) : 0;
	bool both = r.w > n + 50; /* a narrow screen names the action and leaves the note out */
	struct buf what = BUF_EMPTY;
	char name[32];
	snprintf(name, sizeof name, "%s", d->verb->name);
	for (char *p = name; *p; p++)
		if (*p == '_') *p = '-'; /* as it is typed on the command line */
	bool is_on = d->target.instance_id[0] && strcmp(d->target.instance_id, d->target.label) != 0;
	if (d->step == DIALOG_SCOPE) /* of what is still to be said */
		buf_adds(&what, name);
	else if (d->bulk)
		buf_addf(&what, "%s %s", name, COUNTED(d->n_bulk, "row", "rows"));
	else
		buf_addf(&what, "%s %s%s%s", name, d->target.label, is_on ? " on " : "",
		         is_on ? d->target.instance_id : "");
	int w = r.w - 4 - (both ? n : 0),
	    lines = grid_wrap(NULL, 0, 0, w, small_is(r) ? 2 : 1, ST_HEADER, buf_str(&what));
	for (int i = 0; i < lines; i++) grid_fill(g, r.y + i, r.x, r.w, ST_HEADER, ' ');
	grid_wrap(g, r.y, r.x + 2, w, lines, ST_HEADER, buf_str(&what));
	buf_free(&what);
	if (right && both) grid_right(g, r.y, r.x, r.w - 2, ST_HEADER, right);
	return lines;
}

void dialog_gravest_first(struct word *w, size_t n)
{
	static const enum style grave[] = { ST_CRIT, ST_WARN };
	size_t at = 0;
	for (size_t k = 0; k < ARRAY_LEN(grave); k++)
		for (size_t i = at; i < n; i++) {
			if (w[i].style != grave[k]) continue;
			struct word up = w[i];
			memmove(w + at + 1, w + at, (i - at) * sizeof *w);
			w[at++] = up;
		}
}

/* What may yet happen to it is of interest only before it is sent. */
bool dialog_is_of_sent(const struct word *w)
{
	return strcmp(w->title, "expires") != 0 && strcmp(w->title, "agent") != 0;
}

int dialog_paint_words(struct grid *g, struct rect r, int y, int stop, const struct word *w, size_t n)
{
	int at = r.w < 60 ? 9 : 13, room = r.w - at - 4;
	for (size_t i = 0; i < n && y < stop; i++) {
		int spare = stop - y - (int)(n - i - 1);
		grid_text(g, y, r.x + 2, at - 1, ST_DIM, w[i].title);
		y += grid_wrap(g, y, r.x + 2 + at, room,
		               spare < 1   ? 1
		               : spare > 3 ? 3
		                           : spare,
		               w[i].style, w[i].text);
	}
	return y;
}
