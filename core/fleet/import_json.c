/* import_json.c - the AWS CLI's JSON, an object at a time: a history of gigabytes needs no memory.
 * The outline (which brackets are open) is followed here; an object within an array is a price and is
 * given whole to the JSON library. */
#include "core/fleet/import_read_int.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* A string whose opening quote was taken: to its end. False when the file ends first. */
static bool skip_string(struct price_reader *r)
{
	for (int c; (c = reader_get(r)) >= 0;) {
		if (c == '"') return true;
		if (c == '\\' && reader_get(r) < 0) return false;
	}
	return false;
}

enum take { TAKE_OK, TAKE_LONG, TAKE_CUT };

/* An object whose '{' was taken, into r->text. */
static enum take take_object(struct price_reader *r)
{
	bool in_string = false, is_escaped = false, is_long = false;
	int depth = 1;
	r->len = 0;
	r->text[r->len++] = '{';
	while (depth > 0) {
		int c = reader_get(r);
		if (c < 0) return TAKE_CUT;
		if (r->len + 1 < sizeof r->text)
			r->text[r->len++] = (char)c;
		else
			is_long = true;
		if (in_string) {
			if (c == '"' && !is_escaped) in_string = false;
			is_escaped = c == '\\' && !is_escaped;
			continue;
		}
		if (c == '"') in_string = true;
		if (c == '{' || c == '[') depth++;
		if (c == '}' || c == ']') depth--;
	}
	r->text[r->len] = '\0';
	return is_long ? TAKE_LONG : TAKE_OK;
}

static enum price_got object_row(struct price_reader *r, struct price_row *row)
{
	static const char *const keys[N_FIELDS] = {
		"Timestamp", "InstanceType", "Region", "AvailabilityZone", "SpotPrice", "ProductDescription"
	};
	const char *fields[N_FIELDS] = { 0 };
	json_error_t why;
	json_t *o = json_loadb(r->text, r->len, JSON_REJECT_DUPLICATES, &why);
	if (!o) return reader_bad(row, "not JSON: %s", why.text);
	enum price_got got = PRICE_ROW;
	for (int f = 0; f < N_FIELDS && got == PRICE_ROW; f++) {
		const json_t *v = json_object_get(o, keys[f]);
		if (v && !json_is_string(v))
			got = reader_bad(row, "%s is not a string", keys[f]);
		else if (v)
			fields[f] = json_string_value(v);
	}
	if (got == PRICE_ROW) got = reader_row(r, fields, row);
	json_decref(o);
	return got;
}

static enum price_got cut_short(struct price_reader *r, struct price_row *row)
{
	r->depth = 0;
	r->is_eof = true;
	r->at = r->end;
	return reader_bad(row, "the file ends in the middle of its JSON");
}

static enum price_got broken(struct price_reader *r, struct price_row *row, const char *why)
{
	r->depth = 0;
	r->is_eof = true; /* nothing after this can be trusted */
	r->at = r->end;
	return reader_bad(row, "%s; the rest is not read", why);
}

enum price_got json_next(struct price_reader *r, struct price_row *row)
{
	for (;;) {
		row->line = r->line;
		int c = reader_get(r);
		if (c < 0 && r->depth == 0) return PRICE_END;
		if (c < 0) return cut_short(r, row);
		if (c == '"' && !skip_string(r)) return cut_short(r, row);
		if (c == '{' && r->depth > 0 && r->stack[r->depth - 1] == '[') {
			enum take t = take_object(r);
			if (t == TAKE_CUT) return cut_short(r, row);
			if (t == TAKE_LONG)
				return reader_bad(row, "an object longer than %zu bytes", sizeof r->text - 1);
			return object_row(r, row);
		}
		if (c == '{' || c == '[') {
			if (r->depth == (int)sizeof r->stack) return broken(r, row, "brackets too deep");
			r->stack[r->depth++] = (char)c;
		}
		if (c == '}' || c == ']') {
			if (r->depth == 0 || r->stack[r->depth - 1] != (c == '}' ? '{' : '['))
				return broken(r, row, "a bracket closes what is not open");
			r->depth--;
		}
	}
}
