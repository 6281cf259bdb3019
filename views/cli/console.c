/* console.c - from the command line to the console's session. */
#include "views/cli/console.h"
#include "views/app/console.h"
#include "views/cli/cli.h"
#include "views/nav/session.h"

int cli_console(struct cli *c)
{
	struct session s = { .loop = cli_loop(c),
		             .conf = &c->conf,
		             .files = &c->files,
		             .view = c->view,
		             .theme = c->theme,
		             .color = c->color,
		             .is_armed = c->write,
		             .is_local = c->local_time,
		             .is_slow = c->slow,
		             .has_mouse = c->mouse,
		             .at_ms = c->at_ms,
		             .demo = c->demo };
	struct err e;
	int code;
	return console_run(&s, &code, &e) ? code : cli_fail(c, &e);
}
