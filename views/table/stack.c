/* stack.c - several tables on one screen. */
#include "views/table/stack.h"
#include "core/base/buf.h"
#include "views/table/sheet.h"
#include "views/table/sheet_paint.h"
#include <string.h>

void stack_init(struct stack *s, struct nav *nav, const struct view *const *which, int n,
                const struct view_args *args)
{
	*s = (struct stack){ .n = n };
	for (int i = 0; i < n; i++) s->part[i] = sheet_new(nav, which[i], args);
}

void stack_free(struct stack *s)
{
	for (int i = 0; i < s->n; i++) sheet_free(s->part[i]);
}

void stack_fetch(struct stack *s)
{
	for (int i = 0; i < s->n; i++) sheet_fetch(s->part[i]);
}

void stack_retime(struct stack *s, const struct view_args *args)
{
	for (int i = 0; i < s->n; i++) sheet_retime(s->part[i], args);
}

enum { SMALL = 2 };

/* Which parts have room, and how many rows each: four at least (title, heads, two rows), what is left goes
 * to those that a row or two make whole, then to the one in focus, then to who needs it. */
static int share_rows(const struct stack *s, int left, int h[STACK_MAX])
{
	int fit = left / 4 < 1 ? 1 : left / 4 > s->n ? s->n : left / 4, first = fit == s->n ? 0 : s->focus;
	memset(h, 0, sizeof(int) * STACK_MAX);
	for (int i = 0; i < fit; i++) h[(first + i) % s->n] = fit == 1 ? left : 4;
	int spare = fit == 1 ? 0 : left - 4 * fit;
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < s->n; i++) {
			int k = (s->focus + i) % s->n,
			    need = s->part[k]->t ? (int)s->part[k]->n + 2 - h[k] : 0;
			if (!h[k] || need <= 0 || (pass == 0 && need > SMALL)) continue;
			int more = need < spare ? need : spare;
			h[k] += more;
			spare -= more;
		}
	return first;
}

void stack_paint(struct stack *s, struct grid *g, struct rect r)
{
	int h[STACK_MAX], y = r.y, first = share_rows(s, r.h, h);
	for (int i = 0; i < s->n; i++) {
		int k = (first + i) % s->n;
		struct buf about = BUF_EMPTY;
		if (!h[k]) continue;
		sheet_describe(s->part[k], &about);
		int w = grid_text(g, y, r.x + 1, 16, k == s->focus ? ST_ACCENT : ST_STRONG,
		                  s->part[k]->view->name);
		grid_text(g, y, r.x + w + 3, r.w - w - 4, ST_DIM, buf_str(&about));
		buf_free(&about);
		sheet_paint(s->part[k], g, (struct rect){ y + 1, r.x, h[k] - 1, r.w }, k == s->focus);
		y += h[k];
	}
}

void stack_step(struct stack *s, int by) { s->focus = (s->focus + s->n + by) % s->n; }

struct sheet *stack_focus(const struct stack *s) { return s->part[s->focus]; }
