/* prices.c - what a reader of prices says of a text, as text. */
#include "tests/support/prices.h"
#include <stdio.h>

struct told {
	char text[16384];
	size_t at;
};
static bool tell(void *ctx, const struct price_row *row)
{
	struct told *t = ctx;
	size_t left = sizeof t->text - t->at;
	if (left < 512) return false;
	if (row->got == PRICE_BAD)
		t->at += (size_t)snprintf(t->text + t->at, left, "%lu! %s\n", row->line, row->why);
	else if (row->got == PRICE_OTHER)
		t->at += (size_t)snprintf(t->text + t->at, left, "%lu other: %s\n", row->line, row->why);
	else
		t->at += (size_t)snprintf(t->text + t->at, left, "%lu %s %s %s %lld %lld%s\n", row->line,
		                          row->type, row->region[0] ? row->region : "-",
		                          row->az[0] ? row->az : "-",
		                          row->at_s == PRICE_NO_TIME ? -1LL : (long long)row->at_s,
		                          (long long)row->micro_usd,
		                          row->product == PRODUCT_VPC ? " VPC" : "");
	return true;
}
const char *prices_told(price_bytes bytes, void *source, const struct price_want *want)
{
	static struct told t;
	struct err e = { 0 };
	t.at = 0;
	t.text[0] = '\0';
	if (!price_read(bytes, source, want, tell, &t, &e))
		snprintf(t.text + t.at, sizeof t.text - t.at, "failed: %s\n", e.text);
	return t.text;
}
