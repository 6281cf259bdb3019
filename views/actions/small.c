/* small.c - what is asked on a small screen, line by line. */
#include "views/actions/small.h"
#include "core/base/buf.h"
#include "core/base/fmt.h"
#include "core/base/text.h"
#include "tui/key.h"
#include <string.h>

enum { A_PAGE = 4 };

bool small_is(struct rect r) { return r.w < 60 || r.h < 14; }

void small_add(struct small *s, enum style st, const char *title, const char *text)
{
	struct buf b = BUF_EMPTY;
	size_t n_title = strlen(title);
	buf_addf(&b, "%s%s%s", title, n_title ? ": " : "", text);
	const char *p = buf_str(&b);
	for (size_t k = 0; *p; k++) {
		size_t take = grid_line(p, s->r.w);
		if (s->g && s->n >= s->top && s->n < s->top + s->shown) {
			int y = s->r.y + (int)(s->n - s->top);
			grid_textf(s->g, y, s->r.x, s->r.w, st, "%.*s", (int)take, p);
			if (k == 0 && n_title && n_title < take)
				grid_textf(s->g, y, s->r.x, s->r.w, ST_DIM, "%s:", title);
		}
		s->n++;
		p += take;
		while (*p == ' ') p++;
	}
	buf_free(&b);
}

void small_paint(struct grid *g, struct rect r, size_t *top, void (*fill)(struct small *, void *), void *of)
{
	struct small s = { .r = r };
	size_t room = r.h > 0 ? (size_t)r.h : 0, n;
	fill(&s, of);
	if (s.n > room) { /* once more, without what can be spared */
		s.is_crowded = true;
		s.n = 0;
		fill(&s, of);
	}
	n = s.n;
	s.shown = n > room && room ? room - 1 : room;
	if (*top + s.shown > n) *top = n > s.shown ? n - s.shown : 0;
	s.top = *top;
	s.g = g;
	s.n = 0;
	fill(&s, of);
	size_t below = n - *top > s.shown ? n - *top - s.shown : 0;
	if (n > room && below)
		grid_textf(g, r.y + r.h - 1, r.x, r.w, ST_ACCENT, "Down: %s",
		           COUNTED(below, "more line", "more lines"));
	else if (n > room)
		grid_textf(g, r.y + r.h - 1, r.x, r.w, ST_ACCENT, "Up: %s",
		           COUNTED(*top, "line above", "lines above"));
}

bool small_key(size_t *top, int key)
{
	switch (key) {
	case KEY_DOWN_: *top += 1; return true;
	case KEY_PGDN_: *top += A_PAGE; return true;
	case KEY_UP_: *top -= *top > 0; return true;
	case KEY_PGUP_: *top -= *top < A_PAGE ? *top : A_PAGE; return true;
	default: return false;
	}
}
