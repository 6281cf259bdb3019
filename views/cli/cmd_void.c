/* cmd_void.c - `spotop void REQUEST-ID`: a request of mine whose fate is unknown never happens, or it is told what it did. */
#include "core/base/uuid.h"
#include "core/fleet/schema.h"
#include "core/fleet/verb.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include "views/cli/verb_fate.h"
#include "views/model/verbs.h"
#include <jansson.h>
#include <stdio.h>

static void print(const struct cli *c, const struct verb_result *r)
{
	if (c->has_format && c->format != OUT_TABLE) {
		json_t *j = json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:s?}", "verb", "void", "request_id",
		                      r->request_id, "command_id", r->command_id, "target", r->target,
		                      "status", verb_status_name(r->status), "message", r->message);
		json_dumpf(j, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(j);
	} else {
		printf("%-10s %s (request %s)\n",
		       r->status == VERB_VOID ? verb_status_name(r->status) : "was done", r->message,
		       r->request_id);
	}
}

int cmd_void(struct cli *c)
{
	struct err e = { 0 };
	struct verb_result *r = NULL;
	char server[CONF_SAID];
	if (!cli_words(c, 1, &e)) return cli_fail(c, &e);
	if (c->argc != 1) return cli_usage(c, "which REQUEST-ID?");
	if (!uuid_is_valid(c->argv[0])) return cli_usage(c, "REQUEST-ID is a UUID, not '%.60s'", c->argv[0]);
	if (c->has_format && cli_is_csv(c)) return cli_usage(c, "it answers in json or table, not in csv");
	struct verb_options o = { .server = conf_describe(&c->conf, server, sizeof server),
		                  .unknown_ms = 60000,
		                  .verbs = verbs };
	struct db *db = cli_db(c, DB_WRITE);
	struct verb_engine *v = verb_open(cli_loop(c), db, &o);
	verb_on_state(v, run_say_state, NULL);
	bool ok = schema_not_old(db, &e) && verb_void_wait(v, c->argv[0], cli_text(c, "reason"), &r, &e);
	int code = !ok ? cli_fail(c, &e) : r->status == VERB_VOID ? 0 : err_exit_code(ERR_NO);
	if (ok) print(c, r);
	verb_result_free(r);
	verb_close_wait(v);
	db_close_wait(db);
	return code;
}
