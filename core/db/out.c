/* out.c - a result as json, jsonl, csv or an aligned table. */
#include "core/db/out.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/columns.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include <stdlib.h>
#include <string.h>

struct out {
	FILE *f;
	enum out_format fmt;
	char *schema;
	char **cols;
	size_t n_cols; /* asked for; n 0: all */
	bool has_begun;
	size_t rows;
	struct columns *table; /* OUT_TABLE; NULL until the first row */
	columns_fit fit;
	void *fit_ctx;
	int *map;
	size_t n_map; /* output column -> cell */
	char **names;
	enum cell_type *types;
	const char *const *bools;
	size_t n_bools;
	out_show show;
	const void *show_ctx;
	int64_t at_ms;   /* of which time it speaks; TIME_NONE: now */
	struct buf line; /* CSV: the row, written at once: exports have millions */
};

bool out_format_parse(const char *s, enum out_format *f)
{
	static const struct {
		const char *name;
		enum out_format f;
	} known[] = {
		{ "table", OUT_TABLE }, { "wide", OUT_TABLE }, { "json", OUT_JSON },
		{ "jsonl", OUT_JSONL }, { "csv", OUT_CSV },    { "md", OUT_MD },
	};
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].name, s) == 0) {
			*f = known[i].f;
			return true;
		}
	return false;
}

struct out *out_begin(FILE *f, enum out_format fmt, const char *schema, const char *const *cols,
                      size_t n_cols)
{
	struct out *o = mem_alloc(sizeof *o);
	o->f = f;
	o->fmt = fmt;
	o->at_ms = TIME_NONE;
	o->schema = mem_dup(schema);
	o->n_cols = cols ? n_cols : 0;
	o->cols = mem_alloc(sizeof(char *) * (o->n_cols + 1));
	for (size_t i = 0; i < o->n_cols; i++) o->cols[i] = mem_dup(cols[i]);
	return o;
}

void out_set_at(struct out *o, int64_t wall_ms) { o->at_ms = wall_ms; }

void out_set_bools(struct out *o, const char *const *names, size_t n)
{
	o->bools = names;
	o->n_bools = n;
}

void out_set_show(struct out *o, out_show show, const void *ctx)
{
	o->show = show;
	o->show_ctx = ctx;
}

void out_set_fit(struct out *o, columns_fit fit, void *ctx)
{
	o->fit = fit;
	o->fit_ctx = ctx;
}

static void json_string(FILE *f, const char *s, size_t n)
{
	struct buf b = BUF_EMPTY;
	text_json(&b, s, n);
	fwrite(b.s, 1, b.len, f);
	buf_free(&b);
}

/* On one line, whatever the column holds. */
static void json_json(FILE *f, const char *s, size_t n)
{
	struct buf b = BUF_EMPTY;
	text_json_line(&b, s, n);
	fwrite(buf_str(&b), 1, b.len, f);
	buf_free(&b);
}

/* "2026-11-22 02:41:07" or with a fraction: what the server says but for the letters between. */
static bool iso_by_shape(const char *s, char out[32])
{
	static const char shape[] = "dddd-dd-dd dd:dd:dd", end[] = ".000Z";
	size_t i = 0;
	for (; i < sizeof shape - 1; i++)
		if (shape[i] == 'd' ? s[i] < '0' || s[i] > '9' : s[i] != shape[i]) return false;
	if (s[i] || memcmp(s, "0000", 4) == 0) return false;
	memcpy(out, s, i);
	out[10] = 'T';
	memcpy(out + i, end, sizeof end);
	return true;
}

static void iso(const char *sql, char out[32])
{
	int64_t ms;
	if (iso_by_shape(sql, out)) return;
	if (time_from_sql(sql, &ms))
		time_iso(ms, out);
	else
		snprintf(out, 32, "%.31s", sql);
}

static void json_value(FILE *f, enum cell_type ty, const struct cell *c)
{
	char when[32];
	if (!c->s)
		fputs("null", f);
	else if (ty == CELL_INT || ty == CELL_DEC)
		fwrite(c->s, 1, c->len, f);
	else if (ty == CELL_JSON && c->len)
		json_json(f, c->s, c->len);
	else if (ty == CELL_BOOL)
		fputs(strcmp(c->s, "0") ? "true" : "false", f);
	else if (ty == CELL_TIME) {
		iso(c->s, when);
		json_string(f, when, strlen(when));
	} else
		json_string(f, c->s, c->len);
}

static bool needs_quotes(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] == ',' || s[i] == '"' || s[i] == '\n' || s[i] == '\r') return true;
	return n == 0;
}

static void csv_quoted(struct buf *b, const char *s, size_t n)
{
	if (!needs_quotes(s, n)) {
		buf_add(b, s, n);
		return;
	}
	buf_addc(b, '"');
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"') buf_addc(b, '"');
		buf_addc(b, s[i]);
	}
	buf_addc(b, '"');
}

void out_csv_text(struct buf *b, const char *s, size_t n, bool is_safe)
{
	struct buf safe = BUF_EMPTY;
	if (!is_safe) {
		csv_quoted(b, s, n);
		return;
	}
	/* blanks in front, also wide ones, do not keep a spreadsheet from reading a formula */
	size_t at = n ? strspn(s, " ") : 0;
	if (at < n && (strchr("=+-@", s[at]) || strncmp(s + at, "\xEF\xBC", 2) == 0 ||
	               strncmp(s + at, "\xE3\x80\x80", 3) == 0))
		buf_addc(&safe, '\'');
	text_safe(&safe, s, n);
	csv_quoted(b, buf_str(&safe), safe.len);
	buf_free(&safe);
}

static void csv_value(struct buf *b, enum cell_type ty, const struct cell *c, bool is_safe)
{
	char when[32];
	if (!c->s) return;
	if (ty == CELL_TIME) {
		iso(c->s, when);
		csv_quoted(b, when, strlen(when));
	} else
		out_csv_text(b, c->s, c->len, is_safe && ty != CELL_INT && ty != CELL_DEC);
}

/* Which cells go out, in which order. */
static void learn(struct out *o, const struct table *t)
{
	o->n_map = o->n_cols ? o->n_cols : t->n_cols;
	o->map = mem_alloc(sizeof *o->map * (o->n_map + 1));
	o->names = mem_alloc(sizeof *o->names * (o->n_map + 1));
	o->types = mem_alloc(sizeof *o->types * (o->n_map + 1));
	for (size_t i = 0; i < o->n_map; i++) {
		o->map[i] = o->n_cols ? table_col(t, o->cols[i]) : (int)i;
		o->names[i] = mem_dup(o->n_cols ? o->cols[i] : t->names[i]);
		o->types[i] = o->map[i] >= 0 ? t->types[o->map[i]] : CELL_TEXT;
		for (size_t k = 0; k < o->n_bools && o->types[i] == CELL_INT; k++)
			if (strcmp(o->bools[k], o->names[i]) == 0) o->types[i] = CELL_BOOL;
	}
}

static bool is_right(enum cell_type ty) { return ty == CELL_INT || ty == CELL_DEC; }

static void md_head(struct out *o)
{
	for (size_t i = 0; i < o->n_map; i++) fprintf(o->f, "| %s ", o->names[i]);
	fputs("|\n", o->f);
	for (size_t i = 0; i < o->n_map; i++) fputs(is_right(o->types[i]) ? "| ---: " : "| --- ", o->f);
	fputs("|\n", o->f);
}

static void begin(struct out *o, const struct table *t)
{
	char now[32];
	o->has_begun = true;
	if (t) learn(o, t);
	if (o->fmt == OUT_JSON) {
		time_iso(o->at_ms == TIME_NONE ? clock_wall_ms() : o->at_ms, now);
		fputs("{\"schema\":", o->f);
		json_string(o->f, o->schema, strlen(o->schema));
		fprintf(o->f, ",\"at\":\"%s\",\"rows\":[", now);
	}
	if ((o->fmt == OUT_CSV || o->fmt == OUT_CSV_SAFE) && t) {
		for (size_t i = 0; i < o->n_map; i++) fprintf(o->f, "%s%s", i ? "," : "", o->names[i]);
		fputs("\r\n", o->f);
	}
	if (o->fmt == OUT_MD && t) md_head(o);
}

/* --- the aligned table --- */

static void cell_safe(const struct out *o, size_t i, const struct cell *c, struct buf *b)
{
	char when[32];
	buf_cut(b, 0);
	if (!c->s)
		buf_adds(b, "n/a");
	else if (o->fit && o->show && o->show(o->show_ctx, o->names[i], c->s, b))
		return;
	else if (o->types[i] == CELL_TIME) {
		iso(c->s, when);
		when[19] = 0;
		buf_adds(b, when);
		buf_addc(b, 'Z');
	} else if (o->types[i] == CELL_BOOL)
		buf_adds(b, strcmp(c->s, "0") ? "yes" : "no");
	else if (o->fit || !o->show || !o->show(o->show_ctx, o->names[i], c->s, b))
		text_safe(b, c->s, c->len);
}

static void table_row(struct out *o, const struct cell *cells)
{
	static const struct cell none = { 0 };
	struct buf *texts = mem_alloc(sizeof *texts * (o->n_map + 1));
	const char **shown = mem_alloc(sizeof *shown * (o->n_map + 1));
	for (size_t i = 0; i < o->n_map; i++) {
		cell_safe(o, i, o->map[i] >= 0 ? &cells[o->map[i]] : &none, &texts[i]);
		shown[i] = buf_str(&texts[i]);
	}
	columns_row(o->table, shown);
	for (size_t i = 0; i < o->n_map; i++) buf_free(&texts[i]);
	free(shown);
	free(texts);
}

static void table_begin(struct out *o)
{
	o->table = columns_new(o->f, o->n_map);
	if (o->fit) columns_set_fit(o->table, o->fit, o->fit_ctx);
	for (size_t i = 0; i < o->n_map; i++) {
		columns_of(o->table)[i].name = o->names[i];
		columns_of(o->table)[i].is_right = is_right(o->types[i]);
	}
}

/* --- Markdown --- */

void out_md_text(struct buf *b, const char *s, size_t n)
{
	struct buf safe = BUF_EMPTY;
	text_safe(&safe, s, n);
	for (const char *p = buf_str(&safe); *p; p++) {
		if (strchr("|\\`*<[", *p)) buf_addc(b, '\\');
		buf_addc(b, *p);
	}
	buf_free(&safe);
}

static void md_row(struct out *o, const struct cell *cells)
{
	static const struct cell none = { 0 };
	struct buf b = BUF_EMPTY, md = BUF_EMPTY;
	for (size_t i = 0; i < o->n_map; i++) {
		cell_safe(o, i, o->map[i] >= 0 ? &cells[o->map[i]] : &none, &b);
		buf_cut(&md, 0);
		out_md_text(&md, buf_str(&b), b.len);
		fprintf(o->f, "| %s ", buf_str(&md));
	}
	fputs("|\n", o->f);
	buf_free(&b);
	buf_free(&md);
}

/* --- rows --- */

static void json_row(struct out *o, const struct cell *cells)
{
	static const struct cell none = { 0 };
	fputc('{', o->f);
	for (size_t i = 0; i < o->n_map; i++) {
		if (i) fputc(',', o->f);
		json_string(o->f, o->names[i], strlen(o->names[i]));
		fputc(':', o->f);
		json_value(o->f, o->types[i], o->map[i] >= 0 ? &cells[o->map[i]] : &none);
	}
	fputc('}', o->f);
}

void out_row(struct out *o, const struct table *shape, const struct cell *cells)
{
	static const struct cell none = { 0 };
	if (!o->has_begun) begin(o, shape);
	switch (o->fmt) {
	case OUT_JSON:
		if (o->rows) fputc(',', o->f);
		fputc('\n', o->f);
		json_row(o, cells);
		break;
	case OUT_JSONL:
		json_row(o, cells);
		fputc('\n', o->f);
		break;
	case OUT_CSV:
	case OUT_CSV_SAFE:
		buf_cut(&o->line, 0);
		for (size_t i = 0; i < o->n_map; i++) {
			if (i) buf_addc(&o->line, ',');
			csv_value(&o->line, o->types[i], o->map[i] >= 0 ? &cells[o->map[i]] : &none,
			          o->fmt == OUT_CSV_SAFE);
		}
		buf_add(&o->line, "\r\n", 2);
		fwrite(o->line.s, 1, o->line.len, o->f);
		break;
	case OUT_MD: md_row(o, cells); break;
	case OUT_TABLE:
		if (!o->table) table_begin(o);
		table_row(o, cells);
		break;
	}
	o->rows++;
}

void out_rows(struct out *o, const struct table *t)
{
	if (!o->has_begun) begin(o, t);
	for (size_t r = 0; r < t->n_rows; r++) out_row(o, t, t->cells + r * t->n_cols);
}

bool out_end(struct out *o)
{
	if (!o->has_begun) begin(o, NULL);
	if (o->table) columns_end(o->table);
	if (o->fmt == OUT_JSON) fputs(o->rows ? "\n]}\n" : "]}\n", o->f);
	bool ok = fflush(o->f) == 0 && !ferror(o->f);
	for (size_t i = 0; i < o->n_cols; i++) free(o->cols[i]);
	for (size_t i = 0; i < o->n_map; i++) free(o->names[i]);
	free(o->cols);
	free(o->map);
	free(o->names);
	free(o->types);
	buf_free(&o->line);
	free(o->schema);
	free(o);
	return ok;
}
