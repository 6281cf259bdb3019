/* cmd_audit.c - `spotop audit verify`: is the chain whole. */
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/fleet/anchor.h"
#include "core/fleet/audit.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static void print_fault(void *ctx, int64_t id, const char *text)
{
	json_t *list = ctx;
	json_array_append_new(list, json_pack("{s:o, s:s}", "audit_id", id ? json_integer(id) : json_null(),
	                                      "fault", text));
}

static void print_report(const struct cli *c, const struct audit_report *r, json_t *faults)
{
	if (c->has_format && c->format != OUT_TABLE) {
		json_t *j =
		        json_pack("{s:b, s:I, s:I, s:s, s:s, s:I, s:I, s:O}", "whole", r->n_faults == 0,
		                  "rows", (json_int_t)r->rows, "head_id", (json_int_t)r->head_id, "head_hash",
		                  r->head_hash, "head_at", r->head_at, "anchors", (json_int_t)r->n_anchors,
		                  "signed_anchors", (json_int_t)r->n_signed, "faults", faults);
		json_dumpf(j, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
		putchar('\n');
		json_decref(j);
		return;
	}
	size_t i;
	json_t *f;
	json_array_foreach(faults, i, f)
	{
		json_int_t id = json_integer_value(json_object_get(f, "audit_id"));
		if (id)
			printf("FAULT row %lld: ", (long long)id);
		else
			fputs("FAULT: ", stdout);
		puts(json_string_value(json_object_get(f, "fault")));
	}
	printf("%s: %s, %s, %s held against it, %zu of them signed\nhead  %lld  %s  "
	       "%s UTC\n",
	       r->n_faults ? "NOT WHOLE" : "whole", COUNTED(r->rows, "row", "rows"),
	       COUNTED(r->n_faults, "fault", "faults"), COUNTED(r->n_anchors, "anchor", "anchors"),
	       r->n_signed, (long long)r->head_id, r->head_hash, r->head_at);
	if (!r->n_anchors)
		puts("no anchor here: a cut-off end would not show; the worker keeps anchors, or note the "
		     "head");
}

int cmd_audit_verify(struct cli *c)
{
	struct anchors a;
	bool keep = cli_has(c, "keep-anchor");
	struct audit_report r;
	struct err e = { 0 };
	char server[CONF_SAID];
	if (!cli_words(c, 0, &e) ||
	    !anchors_open(&a, cli_text(c, "anchors"), cli_text(c, "anchor-key"), keep, &e))
		return cli_fail(c, &e);
	conf_describe(&c->conf, server, sizeof server);
	struct db *read = cli_db(c, DB_READ);
	json_t *faults = json_array();
	bool ok = audit_verify(read, server, &a, print_fault, faults, &r, &e);
	if (ok) print_report(c, &r, faults);
	ok = ok && (!keep || r.n_faults || audit_anchor(read, server, &a, &e));
	json_decref(faults);
	db_close_wait(read);
	return !ok ? cli_fail(c, &e) : r.n_faults ? err_exit_code(ERR_NO) : 0;
}
