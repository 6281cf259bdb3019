/* env.c - another environment inside the console: the option groups whose names end in _NAME, read again
 * over the same files. Read-only again afterwards: what was armed for one database is not for another. */
#include "views/app/env.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "views/app/app.h"
#include "views/app/head.h"
#include "views/app/jump.h"
#include "views/app/save.h"
#include "views/nav/layers.h"
#include "views/nav/links.h"
#include "views/nav/past.h"
#include "views/nav/session.h"
#include "views/nav/trail.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool group_exists(const struct conf_files *files, const char *suffix, struct err *e)
{
	static const char *const stems[] = { "client", "client-mariadb", "spotop" };
	char names[3][96];
	const char *groups[4] = { names[0], names[1], names[2], NULL };
	struct conf_files plain = *files;
	struct conf_item *items;
	size_t n;
	plain.group_suffix = "";
	for (int i = 0; i < 3; i++) snprintf(names[i], sizeof names[i], "%s%s", stems[i], suffix);
	if (!conf_read_items(&plain, groups, &items, &n, NULL, e)) return false;
	bool is_any = false;
	for (size_t i = 0; i < n; i++) is_any |= strcmp(items[i].group, CONF_NOT_READ) != 0;
	conf_items_free(items, n);
	return is_any ||
	       err_set(e, ERR_USAGE, "no group [client%s] or [spotop%s] in the option files", suffix, suffix);
}

bool env_switch(struct app *a, const char *name, struct err *e)
{
	char suffix[80];
	struct db_conf conf;
	struct conf_files files = *nav_session(a->nav)->files;
	if (nav_has_written(a->nav))
		return err_set(e, ERR_USAGE,
		               "actions were issued here in this session; leave and start again for %s",
		               name);
	snprintf(suffix, sizeof suffix, "%s%s", *name && *name != '_' ? "_" : "", name);
	if (*suffix && !group_exists(&files, suffix, e)) return false;
	files.group_suffix = suffix;
	conf_init(&conf);
	if (!conf_load(&conf, &files, NULL, e) || !conf_check(&conf, e)) {
		conf_free(&conf);
		return false;
	}
	conf_free(nav_session(a->nav)->conf);
	*nav_session(a->nav)->conf = conf;
	nav_arm(a->nav, false);
	/* the screens' questions, and all others, are let go before their link closes */
	const struct view *v = nav_top(a->nav) ? nav_screen(a->nav, 0)->view : view_find("overview");
	save_abandon(a);
	layers_clear(a->nav);
	layers_bury(a->nav);
	head_close(a);
	jump_drop(a);
	past_close(a->nav);
	links_anew(a->nav);
	head_open(a);
	trail_clear(a->nav);
	nav_open(a->nav, v, NULL, NULL);
	return true;
}
