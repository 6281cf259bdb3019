/* layout.c - column widths. */
#include "tui/layout.h"
#include <limits.h>
#include <stdbool.h>

static int shown_width(const struct layout_col *c, int n, int gap)
{
	int total = 0, shown = 0;
	for (int i = 0; i < n; i++)
		if (c[i].width > 0) total += c[i].width, shown++;
	return total + (shown > 1 ? (shown - 1) * gap : 0);
}

/* The column that goes next: the highest rank number, among equals the rightmost; -1: none may go. */
static int next_to_go(const struct layout_col *c, int n)
{
	int worst = -1;
	for (int i = 0; i < n; i++)
		if (c[i].width > 0 && c[i].rank > 0 && (worst < 0 || c[i].rank >= c[worst].rank)) worst = i;
	return worst;
}

static void drop_what_does_not_fit(struct layout_col *c, int n, int total, int gap)
{
	while (shown_width(c, n, gap) > total) {
		int i = next_to_go(c, n);
		if (i < 0) return;
		c[i].width = 0;
	}
}

/* A dropped column may fit after all in the room a wider one left. */
static void bring_back_what_fits(struct layout_col *c, int n, int total, int gap, int skip)
{
	for (int rank = 1; rank < 100; rank++)
		for (int i = 0; i < n; i++) {
			if (c[i].rank != rank || c[i].width > 0 || (i > 0 && i <= skip)) continue;
			c[i].width = c[i].min;
			if (shown_width(c, n, gap) > total) c[i].width = 0;
		}
}

/* A name is lost in a column many times its length, and what stands right of it is far away; a text takes
 * whatever there is. */
enum { NAME_MOST = 30, RARE = 3, LEAST = 4 };
static bool is_text(const struct layout_col *c) { return c->flex > 0 && c->want >= NAME_MOST; }

/* A text of which only the beginning shows says less than it would in the room of what ranks low beside it. */
static void favour_text(struct layout_col *c, int n, int total, int gap)
{
	for (int t = 0; t < n; t++) {
		if (c[t].width == 0 || !is_text(&c[t])) continue;
		while (c[t].width + total - shown_width(c, n, gap) < c[t].want * 2 / 3) {
			int i = next_to_go(c, n);
			if (i < 0 || i == t || c[i].rank < RARE) break;
			c[i].width = 0;
		}
	}
}

static int most(const struct layout_col *c)
{
	return c->want > 0 && c->want < NAME_MOST ? 2 * c->want : INT_MAX;
}

/* Up to its wish; what room is left. */
static int widen(struct layout_col *c, int room)
{
	int more = c->want - c->width;
	if (c->width == 0 || more <= 0 || room <= 0) return room;
	if (more > room) more = room;
	c->width += more;
	return room - more;
}

/* Room above the least widths: the first column names the row, a text says what it is about, then the others from the
 * left, each up to its wish; what is left over goes to the flexible ones by weight. */
static void grow(struct layout_col *c, int n, int room)
{
	if (n > 0) room = widen(&c[0], room);
	for (int i = 1; i < n; i++)
		if (is_text(&c[i])) room = widen(&c[i], room);
	for (int i = 1; i < n; i++) room = widen(&c[i], room);
	int weight = 0;
	for (int i = 0; i < n; i++)
		if (c[i].width > 0) weight += c[i].flex > 0 ? c[i].flex : 0;
	for (int i = 0; i < n && weight > 0 && room > 0; i++) {
		if (c[i].width == 0 || c[i].flex <= 0) continue;
		int share = room * c[i].flex / weight, more = most(&c[i]) - c[i].width;
		if (share > more) share = more > 0 ? more : 0;
		c[i].width += share;
		room -= share;
		weight -= c[i].flex;
	}
}

/* Nothing may go any more and it is still too wide: flexible ones are cut, the rightmost first, but not what names the row; then the rightmost go, since
 * a figure of which one digit shows says nothing. */
static void squeeze(struct layout_col *c, int n, int total, int gap)
{
	for (int i = n - 1; i > 0; i--) {
		int over = shown_width(c, n, gap) - total;
		if (over <= 0) return;
		if (c[i].width == 0 || c[i].flex <= 0) continue;
		c[i].width = c[i].width - over > LEAST ? c[i].width - over : LEAST;
	}
	for (int i = n - 1; i > 0 && shown_width(c, n, gap) > total; i--) c[i].width = 0;
	if (n > 0 && c[0].width > total) c[0].width = total > 0 ? total : 0;
}

static void place(struct layout_col *c, int n, int gap)
{
	int x = 0;
	for (int i = 0; i < n; i++) {
		c[i].x = x;
		if (c[i].width > 0) x += c[i].width + gap;
	}
}

int layout_scrolled(struct layout_col *c, int n, int total, int gap, int skip)
{
	int room = total, last = 0;
	for (int i = 0; i < n; i++) c[i].width = 0;
	for (int i = 0; i < n; i = i == 0 ? skip + 1 : i + 1) {
		int wish = c[i].want > c[i].min ? c[i].want : c[i].min;
		if (i > 0) room -= gap;
		if (room < 1 || (i > skip + 1 && room < c[i].min)) break; /* it would be cut */
		c[i].width = wish < room ? wish : room;
		room -= c[i].width;
		last = i;
	}
	place(c, n, gap);
	return last;
}

void layout_columns(struct layout_col *c, int n, int total, int gap, int skip)
{
	for (int i = 0; i < n; i++) {
		if (c[i].min < 1) c[i].min = 1;
		c[i].width = i > 0 && i <= skip ? 0 : c[i].min;
	}
	drop_what_does_not_fit(c, n, total, gap);
	bring_back_what_fits(c, n, total, gap, skip);
	favour_text(c, n, total, gap);
	if (shown_width(c, n, gap) > total) squeeze(c, n, total, gap);
	if (shown_width(c, n, gap) < total) grow(c, n, total - shown_width(c, n, gap));
	place(c, n, gap);
}
