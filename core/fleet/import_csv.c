/* import_csv.c - the CSV of an import: RFC 4180 as far as a line goes. */
#include "core/fleet/import_read_int.h"
#include <stdio.h>
#include <string.h>

#define MAX_COLUMNS 64

enum line_got { LINE_OK, LINE_END, LINE_LONG, LINE_NUL };

/* One line into r->text, without its end. A line that is no good is read to its end all the same. */
static enum line_got next_line(struct price_reader *r)
{
	enum line_got got = LINE_OK;
	int c = reader_get(r);
	if (c < 0) return LINE_END;
	for (r->len = 0; c >= 0 && c != '\n'; c = reader_get(r)) {
		if (c == '\0' && got == LINE_OK) got = LINE_NUL;
		if (r->len + 1 >= sizeof r->text)
			got = LINE_LONG;
		else
			r->text[r->len++] = (char)c;
	}
	if (r->len && r->text[r->len - 1] == '\r') r->len--;
	r->text[r->len] = '\0';
	return got;
}

/* Cuts r->text into fields in place: their number, -1 when a quote is not closed or stands inside. */
static int split(struct price_reader *r, char *fields[MAX_COLUMNS])
{
	char *s = r->text;
	for (int n = 0; n < MAX_COLUMNS;) {
		char *to = s, *from = s;
		fields[n++] = s;
		if (*from == '"') {
			for (from++; *from && (*from != '"' || from[1] == '"'); *to++ = *from++)
				if (*from == '"') from++;
			if (*from != '"') return -1;
			from++;
			if (*from && *from != ',') return -1;
		} else {
			while (*from && *from != ',') {
				if (*from == '"') return -1;
				*to++ = *from++;
			}
		}
		bool is_last = *from == '\0';
		*to = '\0';
		if (is_last) return n;
		s = from + 1;
	}
	return -1;
}

/* The names under which a column goes, besides its own. */
static enum price_field field_of(const char *name)
{
	static const struct {
		const char *name;
		enum price_field field;
	} known[] = {
		{ "timestamp", F_TIME },       { "recorded_at", F_TIME },
		{ "instance_type", F_TYPE },   { "region", F_REGION },
		{ "availability_zone", F_AZ }, { "az", F_AZ },
		{ "spot_price", F_PRICE },     { "ondemand_price", F_PRICE },
		{ "price", F_PRICE },          { "product_description", F_PRODUCT },
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].name, name) == 0) return known[i].field;
	return N_FIELDS;
}

bool csv_header(struct price_reader *r, struct err *e)
{
	static const char *const spot[] = { "timestamp", "instance_type", "region", "availability_zone",
		                            "spot_price" };
	static const char *const ondemand[] = { NULL, "instance_type", "region", NULL, "price" };
	const char *const *needed = r->kind == PRICE_SPOT ? spot : ondemand;
	char *names[MAX_COLUMNS];
	enum line_got got = next_line(r);
	if (r->is_failed) return false;
	if (got == LINE_END) return err_set(e, ERR_USAGE, "the file is empty: a header line is needed");
	r->n_columns = got == LINE_OK ? split(r, names) : -1;
	if (r->n_columns < 0) return err_set(e, ERR_USAGE, "line 1 is not a CSV header");
	for (int f = 0; f < N_FIELDS; f++) r->column_of[f] = -1;
	for (int i = 0; i < r->n_columns; i++) {
		enum price_field f = field_of(names[i]);
		if (f == N_FIELDS) continue;
		if (r->column_of[f] >= 0)
			return err_set(e, ERR_USAGE, "the header names the same thing twice: %s", names[i]);
		r->column_of[f] = i;
	}
	for (int f = F_TIME; f <= F_PRICE; f++)
		if (needed[f] && r->column_of[f] < 0)
			return err_set(e, ERR_USAGE, "the header has no column %s", needed[f]);
	return true;
}

enum price_got csv_next(struct price_reader *r, struct price_row *row)
{
	char *cut[MAX_COLUMNS];
	const char *fields[N_FIELDS];
	enum line_got got;
	do {
		row->line = r->line;
		got = next_line(r);
	} while (got == LINE_OK && r->text[strspn(r->text, " \t")] == '\0');
	if (got == LINE_END) return PRICE_END;
	if (got == LINE_LONG) return reader_bad(row, "the line is longer than %zu bytes", sizeof r->text - 2);
	if (got == LINE_NUL) return reader_bad(row, "the line holds a NUL byte");
	int n = split(r, cut);
	if (n < 0) return reader_bad(row, "a quote that is not closed, or stands inside of a field");
	if (n != r->n_columns) return reader_bad(row, "%d fields where the header has %d", n, r->n_columns);
	for (int f = 0; f < N_FIELDS; f++) fields[f] = r->column_of[f] < 0 ? NULL : cut[r->column_of[f]];
	return reader_row(r, fields, row);
}
