/* chart_legend.c - a mark and a name for each series, in as many lines as there are for it. */
#include "tui/chart_legend.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LABEL_MOST = 100 };

char chart_letter(size_t k)
{
	static const char letters[] = "*+-#@%"; /* o and x are rings and crosses, : and digits signs */
	return letters[k % (sizeof letters - 1)];
}

const char *chart_sign_of(const struct chart_series *s) { return s->mark == CHART_RING ? "o" : s->sign; }

double chart_value_at(const struct chart_series *s, int64_t t)
{
	size_t i = 0;
	while (i < s->n && s->t_ms[i] <= t) i++;
	if (i == 0) return NAN;
	if (s->mark == CHART_STEP || i == s->n || s->t_ms[i - 1] == t) return s->v[i - 1];
	double f = (double)(t - s->t_ms[i - 1]) / (double)(s->t_ms[i] - s->t_ms[i - 1]);
	return s->v[i - 1] + f * (s->v[i] - s->v[i - 1]);
}

/* room: cells that its name may take. */
static void item(const struct grid *g, const struct chart *c, size_t k, int decimals, int room, char mark[12],
                 char text[160])
{
	const struct chart_series *s = &c->series[k];
	const char *sign = chart_sign_of(s), *name = s->label ? s->label : "";
	char base[8] = "\xe2\xa0\xa4\xe2\xa0\xa4", value[32] = "";
	if (s->mark == CHART_RING) base[0] = 0;
	if (s->mark == CHART_CROSS) snprintf(base, sizeof base, "\xc3\x97");
	if (s->mark == CHART_DOTS) snprintf(base, sizeof base, "\xe2\xa0\x92");
	if (g->is_ascii && s->mark != CHART_CROSS && s->mark != CHART_RING)
		snprintf(base, sizeof base, "%c", chart_letter(k));
	snprintf(mark, 12, "%s%s", base, sign ? sign : "");
	double v = c->crosshair_ms != TIME_NONE ? chart_value_at(s, c->crosshair_ms) : NAN;
	if (isfinite(v)) snprintf(value, sizeof value, " %.*f", decimals, v);
	snprintf(text, 160, "%.*s%s", (int)text_fit(name, strlen(name), (size_t)room, NULL), name, value);
}

static int lines_with(struct grid *g, int y, int x, int w, const struct chart *c, int decimals, int room,
                      bool is_painted)
{
	char mark[12], text[160];
	const char *unit = c->unit ? c->unit : "";
	int at = x + (int)text_width(unit, strlen(unit)) + 2, lines = 1;
	if (is_painted) grid_text(g, y, x, w, ST_DIM, unit);
	for (size_t i = 0; i < c->n_series; i++) {
		size_t k = c->last_first ? c->n_series - 1 - i : i;
		item(g, c, k, decimals, room, mark, text);
		int n = (int)(text_width(mark, strlen(mark)) + text_width(text, strlen(text))) + 1;
		if (at + n > x + w && at > x) at = x, lines++;
		if (is_painted) {
			int ml = grid_text(g, y + lines - 1, at, x + w - at, c->series[k].style, mark);
			grid_text(g, y + lines - 1, at + ml + 1, x + w - at - ml - 1, ST_TEXT, text);
		}
		at += n + (room > 0 ? 3 : 1);
	}
	return lines;
}

int chart_legend(struct grid *g, int y, int x, int w, int most, const struct chart *c, int decimals,
                 bool is_painted)
{
	int room = LABEL_MOST;
	while (room > 0 && lines_with(g, y, x, w, c, decimals, room, false) > most)
		room -= room > 24 ? room - 24 : 1;
	return lines_with(g, y, x, w, c, decimals, room, is_painted);
}
