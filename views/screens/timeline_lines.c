/* timeline_lines.c - the lines of a timeline as tables: copied, merged by time, completed. */
#include "views/screens/timeline_lines.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lines_copy(struct table *to, const struct table *from, size_t row)
{
	struct cell *c = table_add_row(to);
	for (size_t i = 0; i < from->n_cols; i++) {
		const struct cell *f = &from->cells[row * from->n_cols + i];
		if (f->s) c[i] = (struct cell){ arena_dup(&to->arena, f->s, f->len), f->len };
	}
}

struct table *lines_like(const struct table *t)
{
	struct table *n = table_new(t->n_cols);
	for (size_t i = 0; i < t->n_cols; i++) {
		n->names[i] = arena_str(&n->arena, t->names[i]);
		n->types[i] = t->types[i];
	}
	n->read_at_mono_ms = t->read_at_mono_ms;
	n->read_at_wall_ms = t->read_at_wall_ms;
	return n;
}

static const char *get(const struct table *t, size_t row, int col)
{
	return t->cells[row * t->n_cols + (size_t)col].s;
}

struct table *lines_merge(const struct table *have, const struct table *t, size_t *n_new)
{
	struct table *m = lines_like(t);
	int at = table_col(t, "at"), id = table_col(t, "line_id");
	size_t i = 0, j = 0, n = have ? have->n_rows : 0;
	*n_new = 0;
	while (i < n || j < t->n_rows) {
		if (j == t->n_rows || (i < n && strcmp(get(have, i, at), get(t, j, at)) >= 0)) {
			lines_copy(m, have, i++);
			continue;
		}
		bool is_known = false;
		for (size_t k = i; k-- > 0 && strcmp(get(have, k, at), get(t, j, at)) == 0;)
			is_known |= strcmp(get(have, k, id), get(t, j, id)) == 0;
		if (!is_known) {
			lines_copy(m, t, j);
			++*n_new;
		}
		j++;
	}
	return m;
}

void lines_put(struct table *t, struct cell *row, const char *col, const char *text)
{
	int i = table_col(t, col);
	if (i >= 0) row[i] = (struct cell){ arena_str(&t->arena, text), strlen(text) };
}

void lines_offset(int64_t ms, char *out, size_t n)
{
	long long s = (ms < 0 ? -ms : ms) / 1000;
	if (s >= 86400)
		snprintf(out, n, "%c%lldd %02lld:%02lld", ms < 0 ? '-' : '+', s / 86400, s / 3600 % 24,
		         s / 60 % 60);
	else
		snprintf(out, n, "%c%02lld:%02lld:%02lld", ms < 0 ? '-' : '+', s / 3600, s / 60 % 60, s % 60);
}

void lines_add_open(struct table *t, const struct table *open, int64_t end_ms, bool is_past)
{
	static const char *const same[][2] = { { "agent", "agent" },
		                               { "agent_id", "agent_id" },
		                               { "client", "client" },
		                               { "line_id", "flight_id" } };
	char at[32], text[600], age[40];
	time_to_sql(end_ms, at);
	at[19] = 0;
	for (size_t i = 0; i < open->n_rows; i++) {
		struct cell *row = table_add_row(t);
		const char *detail = table_get(open, i, "detail");
		snprintf(text, sizeof text, "for %s: %s",
		         fmt_age(age, sizeof age, table_int(open, i, "seconds", 0) * 1000),
		         detail ? detail : "");
		lines_put(t, row, "detail", text);
		snprintf(text, sizeof text, "%s %s on", table_get(open, i, "what"),
		         is_past ? "went" : "goes");
		lines_put(t, row, "what", text);
		lines_put(t, row, "at", at);
		lines_put(t, row, "mark", ":");
		lines_put(t, row, "source", "open");
		lines_put(t, row, "severity", "warning");
		for (size_t k = 0; k < ARRAY_LEN(same); k++) {
			const char *v = table_get(open, i, same[k][1]);
			if (v) lines_put(t, row, same[k][0], v);
		}
	}
}
