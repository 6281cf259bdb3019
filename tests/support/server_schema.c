/* server_schema.c - schema_install over a link of its own. */
#include "tests/support/server_schema.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/fleet/schema.h"
#include "tests/support/loop.h"
#include "tests/support/server.h"
#include <stdlib.h>
#include <uv.h>

bool server_load_schema(const struct server *s, struct err *e)
{
	struct db_conf conf;
	uv_loop_t loop;
	server_conf(s, &conf);
	uv_loop_init(&loop);
	struct db *w = db_open(&loop, &conf, DB_WRITE, "schema");
	conf_free(&conf);
	bool ok = !getenv("SPOTOP_SERVER_OPTS") ||
	          server_sql(s, "CREATE DATABASE IF NOT EXISTS spot_optimizer", NULL, 0, e);
	ok = ok && schema_install(w, "spot_optimizer", NULL, e);
	db_close_wait(w);
	loop_end(&loop);
	return ok;
}
