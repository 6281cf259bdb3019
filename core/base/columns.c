/* columns.c - text in aligned columns, for eyes. */
#include "core/base/columns.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 500, MAX_WIDTH = 100 };
struct columns {
	FILE *f;
	struct column *cols;
	size_t n;
	columns_fit fit;
	void *ctx;
	char **held; /* the cells of the rows that wait */
	size_t n_rows;
	bool is_out; /* the widths are known, nothing waits */
};

struct columns *columns_new(FILE *f, size_t n)
{
	struct columns *c = mem_alloc(sizeof *c);
	c->f = f;
	c->n = n;
	c->cols = mem_alloc(sizeof *c->cols * (n + 1));
	return c;
}

struct column *columns_of(struct columns *c) { return c->cols; }

void columns_set_fit(struct columns *c, columns_fit fit, void *ctx)
{
	c->fit = fit;
	c->ctx = ctx;
}

/* Bytes of s for a line of so many cells: up to its last blank or _, or as far as they reach; at least a letter. */
static size_t part(const char *s, size_t cells)
{
	size_t n = strlen(s), fits = text_fit(s, n, cells, NULL), at, len;
	if (fits == n) return n;
	for (at = fits; at > 0 && s[at - 1] != '_' && s[at] != ' '; at--)
		;
	if (at) return at;
	text_decode(s, n, &len);
	return fits ? fits : len;
}

static size_t longest_part(const char *name)
{
	size_t most = 0;
	for (size_t n; *name; name += n + (name[n] == ' ')) {
		n = strcspn(name, "_ ");
		n += name[n] == '_';
		size_t w = text_width(name, n);
		if (w > most) most = w;
	}
	return most;
}

static void put_padded(FILE *f, const char *s, size_t n, const struct column *col, bool is_last)
{
	size_t used = text_width(s, n);
	int pad = col->width > used ? (int)(col->width - used) : 0;
	if (col->is_right) fprintf(f, "%*s", pad, "");
	fwrite(s, 1, n, f);
	if (!col->is_right && !is_last) fprintf(f, "%*s", pad, "");
	fputs(is_last ? "\n" : "  ", f);
}

/* One line of each cell; `cells` go on to what is left of them. Is there more? */
static bool put_line(struct columns *c, const char **cells)
{
	bool is_more = false;
	size_t last = c->n;
	while (last > 1 && (c->cols[last - 1].width == 0 || (c->fit && !*cells[last - 1]))) last--;
	for (size_t i = 0; i < last; i++) {
		const struct column *col = &c->cols[i];
		if (col->width == 0) continue;
		size_t n = c->fit ? part(cells[i], col->width) : strlen(cells[i]);
		put_padded(c->f, cells[i], n, col, i + 1 == last);
		cells[i] += n;
		cells[i] += *cells[i] == ' ';
		if (*cells[i]) is_more = true;
	}
	return is_more;
}

static void put_row(struct columns *c, const char *const *cells)
{
	const char **left = mem_alloc(sizeof *left * (c->n + 1));
	for (size_t i = 0; i < c->n; i++) left[i] = cells[i];
	while (put_line(c, left))
		;
	free(left);
}

static void measure(struct columns *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct column *col = &c->cols[i];
		size_t whole = text_width(col->name, strlen(col->name));
		for (size_t r = 0; r < c->n_rows; r++) {
			const char *s = c->held[r * c->n + i];
			size_t w = text_width(s, strlen(s));
			if (w > col->widest) col->widest = w;
		}
		if (!c->fit && col->widest > MAX_WIDTH) col->widest = MAX_WIDTH;
		col->heading = longest_part(col->name);
		col->width = col->widest > whole ? col->widest : whole;
	}
	if (c->fit) c->fit(c->ctx, c->cols, c->n);
}

static void release(struct columns *c)
{
	if (c->is_out || !c->n_rows) return;
	c->is_out = true;
	measure(c);
	const char **head = mem_alloc(sizeof *head * (c->n + 1));
	for (size_t i = 0; i < c->n; i++) head[i] = c->cols[i].name;
	put_row(c, head);
	free(head);
	for (size_t r = 0; r < c->n_rows; r++) put_row(c, (const char *const *)c->held + r * c->n);
	for (size_t i = 0; i < c->n_rows * c->n; i++) free(c->held[i]);
	free(c->held);
	c->held = NULL;
}

void columns_row(struct columns *c, const char *const *cells)
{
	if (c->is_out) {
		put_row(c, cells);
		return;
	}
	c->held = mem_grow(c->held, (c->n_rows + 1) * (c->n + 1) * sizeof *c->held);
	for (size_t i = 0; i < c->n; i++) c->held[c->n_rows * c->n + i] = mem_dup(cells[i]);
	if (++c->n_rows == SAMPLE) release(c);
}

void columns_end(struct columns *c)
{
	release(c);
	free(c->cols);
	free(c);
}
