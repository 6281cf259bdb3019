/* engine.c - the engine of this console's actions, opened by the first of them. */
#include "views/actions/engine.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/fleet/verb.h"
#include "views/actions/engine_int.h"
#include "views/model/verbs.h"
#include "views/nav/links.h"
#include "views/nav/nav.h"
#include "views/nav/session.h"
#include <stdlib.h>

void actions_begin(struct nav *nav) { nav_set_actions(nav, mem_alloc(sizeof(struct actions))); }

static void on_state(void *ctx, const char *request_id, enum verb_state state, int64_t lost_ms)
{
	struct nav *nav = ctx;
	if (state == VERB_CHECKING)
		nav_say(nav, ST_WARN, "outcome unknown, checking (request %.8s)", request_id);
	if (state == VERB_RUNNING)
		nav_say(nav, ST_WARN, "still running on the server, %lld s (request %.8s)",
		        (long long)lost_ms / 1000, request_id);
	nav_dirty(nav);
}

struct verb_engine *actions_engine(struct nav *nav)
{
	struct actions *x = nav_actions(nav);
	const struct session *s = nav_session(nav);
	if (x->engine) return x->engine;
	char server[CONF_SAID];
	const char *age = settings_get("spotop", "max-age-ms"),
	           *tolerance = settings_get("spotop", "price-tolerance");
	struct verb_options o = { .server = conf_describe(s->conf, server, sizeof server),
		                  .verbs = verbs,
		                  .max_age_ms = age ? (unsigned)atoi(age) : 0,
		                  .price_tolerance = tolerance ? atof(tolerance) : 0 };
	x->engine = verb_open(s->loop, nav_write_link(nav), &o);
	verb_on_state(x->engine, on_state, nav);
	return x->engine;
}

void actions_end(struct nav *nav)
{
	struct actions *x = nav_actions(nav);
	if (x->engine) verb_close_wait(x->engine); /* what was sent is answered, on stderr by now */
	x->engine = NULL;
}

void actions_free(struct nav *nav)
{
	free(nav_actions(nav));
	nav_set_actions(nav, NULL);
}
