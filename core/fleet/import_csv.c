/* import_csv.c - tables: a line of names, then rows; RFC 4180 as far as a line goes, parted by ',' ';' '|' or
 * tabs. The AWS CLI's `--output text` has no names: there the first word tells. */
#include "core/fleet/import_csv.h"
#include "core/base/mem.h"
#include "core/fleet/import_fields.h"
#include "core/fleet/import_walk.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COLUMNS = 256, MAX_LINE = 16384 };
enum line_got { LINE_OK, LINE_END, LINE_LONG, LINE_NUL };
struct csv {
	struct window *w;
	const struct price_want *want;
	char text[MAX_LINE], header[MAX_LINE]; /* the line; the header as it stands */
	size_t len;
	unsigned long line;
	char delimiter;
	int n_columns, column_of[N_FIELDS]; /* -1: not there */
	bool is_text;                       /* --output text */
};

/* One line without its end. A line that is no good is read to its end all the same; one whose end is not
 * there because the bytes failed is none. */
static enum line_got next_line(struct csv *c)
{
	enum line_got got = LINE_OK;
	size_t n;
	const char *s = NULL;
	bool is_ended = false, is_any = false;
	c->line = c->w->line;
	for (c->len = 0; !is_ended && (s = window_piece(c->w, &n));) {
		is_any = true;
		if ((is_ended = s[n - 1] == '\n')) n--;
		if (memchr(s, '\0', n) && got == LINE_OK) got = LINE_NUL;
		if (c->len + n >= sizeof c->text) {
			got = LINE_LONG;
			n = sizeof c->text - 1 - c->len;
		}
		memcpy(c->text + c->len, s, n);
		c->len += n;
	}
	if (!is_any || (!is_ended && c->w->is_failed)) return LINE_END;
	if (c->len && c->text[c->len - 1] == '\r') c->len--;
	c->text[c->len] = '\0';
	return got;
}

static bool is_blank(const char *s) { return s[strspn(s, " \t")] == '\0'; }

/* The field that begins at s, without blanks around it, in place. Its end, or NULL: the quotes are wrong. */
static char *one_field(char *s, char delimiter, char **field)
{
	while (*s == ' ') s++;
	char *to = s;
	*field = s;
	if (*s != '"') {
		for (; *s && *s != delimiter; s++)
			if (*s == '"') return NULL;
		to = s;
		while (to > *field && to[-1] == ' ') to--;
	} else {
		for (s++; *s && (*s != '"' || s[1] == '"'); *to++ = *s++)
			if (*s == '"') s++;
		if (*s != '"') return NULL;
		for (s++; *s == ' ';) s++;
		if (*s && *s != delimiter) return NULL;
	}
	*to = '\0'; /* at s or before it */
	return s;
}

/* Cuts the text into fields in place: their number, 0: the quotes are wrong, -1: too many. */
static int split(char *text, char delimiter, char *fields[MAX_COLUMNS])
{
	const char *end = text + strlen(text);
	char *s = text;
	for (int n = 0; n < MAX_COLUMNS;) {
		char *stop = one_field(s, delimiter, &fields[n++]);
		if (!stop) return 0;
		if (stop >= end) return n;
		s = stop + 1;
	}
	return -1;
}

/* --- the header --- */

static int n_known(const struct csv *c, char delimiter)
{
	char copy[MAX_LINE], *names[MAX_COLUMNS];
	int known = 0;
	memcpy(copy, c->text, c->len + 1);
	int n = split(copy, delimiter, names);
	for (int i = 0; i < n; i++) known += fields_of(names[i], strlen(names[i])) != N_FIELDS;
	return known;
}

/* The one that parts the most names that are known. */
static void find_delimiter(struct csv *c)
{
	static const char all[] = ",;\t|";
	int best = 0;
	c->delimiter = ',';
	for (const char *d = all; *d; d++) {
		int known = n_known(c, *d);
		if (known > best) best = known, c->delimiter = *d;
	}
}

static bool no_header(const struct csv *c, const char *missing, struct err *e)
{
	bool is_spot = c->want->kind == PRICE_SPOT;
	return err_set(e, ERR_USAGE,
	               "the first line names no columns (needed: %s); add a header that names each of them "
	               "in "
	               "its order: sed '1i %s' FILE | spotop import prices %s-",
	               missing,
	               is_spot ? "timestamp,instance_type,product,availability_zone,spot_price"
	                       : "instance_type,region,price",
	               is_spot ? "" : "--ondemand ");
}

static bool take_names(struct csv *c, struct err *e)
{
	char *names[MAX_COLUMNS], missing[160];
	bool has[N_FIELDS] = { 0 };
	int known = 0;
	find_delimiter(c);
	memcpy(c->header, c->text, c->len + 1);
	c->n_columns = split(c->text, c->delimiter, names);
	for (int f = 0; f < N_FIELDS; f++) c->column_of[f] = -1;
	for (int i = 0; i < c->n_columns; i++) {
		enum price_field f = fields_of(names[i], strlen(names[i]));
		if (f == N_FIELDS) continue;
		if (has[f])
			return err_set(e, ERR_USAGE, "the header names the same thing twice: %.60s",
			               names[i]);
		has[f] = true;
		c->column_of[f] = i;
		known++;
	}
	if (!fields_kind(c->want, has, e)) return false;
	fields_missing(c->want, has, missing, sizeof missing);
	if (c->n_columns < 0)
		return err_set(e, ERR_USAGE, "the header has more than %d columns", MAX_COLUMNS);
	if (known == 0) return no_header(c, missing, e);
	if (*missing) return err_set(e, ERR_USAGE, "the header has no column %s", missing);
	return true;
}

/* The Price List's CSV begins with lines about itself. */
static bool is_preamble(const char *line)
{
	static const char *const first[] = { "formatversion", "disclaimer", "publicationdate", "version",
		                             "offercode" };
	char plain[WALK_KEY];
	walk_plain(line, strcspn(line, ","), plain);
	for (size_t i = 0; i < ARRAY_LEN(first); i++)
		if (strcmp(plain, first[i]) == 0) return true;
	return false;
}

static bool is_page_mark(const char *line) { return strncmp(line, "NEXTTOKEN\t", 10) == 0; }

static bool header(struct csv *c, struct err *e)
{
	static const enum price_field text_columns[] = { F_ZONE, F_TYPE, F_PRODUCT, F_SPOT, F_TIME };
	enum line_got got;
	do {
		got = next_line(c);
	} while ((got == LINE_OK && (is_blank(c->text) || is_page_mark(c->text))) ||
	         (got != LINE_END && is_preamble(c->text)));
	if (c->w->is_failed && got == LINE_END) return false;
	if (got == LINE_END) return err_set(e, ERR_USAGE, "there is no header line");
	if (got != LINE_OK) return err_set(e, ERR_USAGE, "line %lu is not a header", c->line);
	if (strncmp(c->text, "SPOTPRICEHISTORY\t", 17) != 0) return take_names(c, e);
	c->is_text = true;
	c->delimiter = '\t';
	c->n_columns = 6;
	for (int f = 0; f < N_FIELDS; f++) c->column_of[f] = -1;
	for (size_t i = 0; i < ARRAY_LEN(text_columns); i++) c->column_of[text_columns[i]] = (int)i + 1;
	return true;
}

/* --- rows --- */

static bool row_of(struct csv *c, enum line_got got, struct price_row *row, struct err *e)
{
	char *cut[MAX_COLUMNS];
	const char *fields[N_FIELDS];
	row->line = c->line;
	if (got == LINE_LONG) return fields_bad(row, "the line is longer than %d bytes", MAX_LINE - 1), true;
	if (got == LINE_NUL) return fields_bad(row, "the line holds a NUL byte"), true;
	int n = split(c->text, c->delimiter, cut);
	if (n == 0) return fields_bad(row, "a quote that is not closed, or stands inside of a field"), true;
	if (n < 0) n = MAX_COLUMNS + 1;
	if (n != c->n_columns)
		return fields_bad(row, "%d fields where %s %d", n,
		                  c->is_text ? "there are" : "the header has", c->n_columns),
		       true;
	for (int f = 0; f < N_FIELDS; f++) fields[f] = c->column_of[f] < 0 ? NULL : cut[c->column_of[f]];
	return fields_row(c->want, fields, row, e);
}

/* A header that stands again (files put together), and the mark of the next page, are no rows. */
static bool is_no_row(const struct csv *c, enum line_got got)
{
	if (got != LINE_OK) return false;
	return is_blank(c->text) || (c->is_text ? is_page_mark(c->text) : strcmp(c->text, c->header) == 0);
}

static bool rows(struct csv *c, price_sink sink, void *ctx, struct err *e)
{
	/* The first line of --output text is a row already. */
	enum line_got got = c->is_text ? LINE_OK : next_line(c);
	for (; got != LINE_END; got = next_line(c)) {
		struct price_row row = { 0 };
		if (is_no_row(c, got)) continue;
		if (!row_of(c, got, &row, e) || !sink(ctx, &row)) return false;
	}
	return !c->w->is_failed;
}

bool csv_read(struct window *w, const struct price_want *want, price_sink sink, void *ctx, struct err *e)
{
	struct csv *c = mem_alloc(sizeof *c);
	c->w = w;
	c->want = want;
	bool ok = header(c, e) && rows(c, sink, ctx, e);
	free(c);
	return ok;
}
