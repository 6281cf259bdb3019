/* dialog_draw.c - a dialog's head, wrapped text, titled sentences. */
#include "views/actions/dialog_draw.h"
#include "core/base/fmt.h"
#include "core/base/text.h"
#include <stdio.h>
#include <string.h>

void dialog_head(struct dialog *d, struct grid *g, struct rect r, const char *right)
{
	int n = right ? (int)strlen(right) : 0;
	bool both = r.w > n + 50; /* a narrow screen names the action and leaves the note out */
	char name[32];
	snprintf(name, sizeof name, "%s", d->verb->name);
	for (char *p = name; *p; p++)
		if (*p == '_') *p = '-'; /* as it is typed on the command line */
	bool is_on = d->target.instance_id[0] && strcmp(d->target.instance_id, d->target.label) != 0;
	grid_fill(g, r.y, r.x, r.w, ST_HEADER, ' ');
	if (d->bulk)
		grid_textf(g, r.y, r.x + 2, r.w - 4, ST_HEADER, "%s %s", name,
		           COUNTED(d->n_bulk, "row", "rows"));
	else
		grid_textf(g, r.y, r.x + 2, r.w - 4 - (both ? n : 0), ST_HEADER, "%s %s%s%s", name,
		           d->target.label, is_on ? " on " : "", is_on ? d->target.instance_id : "");
	if (right && both) grid_right(g, r.y, r.x, r.w - 2, ST_HEADER, right);
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
