/* cmd_hosts.c - `spotop hosts`: each server that the options name, asked by itself. */
#include "core/base/mem.h"
#include "core/db/out.h"
#include "core/db/servers.h"
#include "core/db/table.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include <string.h>
#include <uv.h>

static void got(void *ctx, struct table *t) { *(struct table **)ctx = t; }

/* Exit 1 where nothing takes writes, or nothing answers: a script may ask. */
int cmd_hosts(struct cli *c)
{
	struct err e;
	struct table *t = NULL;
	bool has_writer = false;
	if (!cli_words(c, 0, &e)) return cli_fail(c, &e);
	servers_look(cli_loop(c), &c->conf, got, &t);
	while (!t) uv_run(cli_loop(c), UV_RUN_ONCE);
	for (int i = 0; i < 3; i++)
		uv_run(cli_loop(c), UV_RUN_NOWAIT); /* what is below the links closes its own handles */
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *used = table_get(t, i, "used_for");
		has_writer = has_writer || (used && strstr(used, "writes"));
	}
	cli_print(c, "spotop.hosts/1", t);
	table_free(t);
	return has_writer ? 0 : 1;
}
