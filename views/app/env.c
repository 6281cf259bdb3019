/* env.c - another environment inside the console: the option groups whose names end in _NAME, read again
 * over the same files. Read-only again afterwards: what was armed for one database is not for another. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "views/app/palette.h"
#include "views/cli/cli.h"
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
	struct conf_files files = a->cli->files;
	if (a->write)
		return err_set(e, ERR_USAGE,
		               "acts were issued here in this session; leave and start again for %s", name);
	snprintf(suffix, sizeof suffix, "%s%s", *name && *name != '_' ? "_" : "", name);
	if (*suffix && !group_exists(&files, suffix, e)) return false;
	files.group_suffix = suffix;
	conf_init(&conf);
	if (!conf_load(&conf, &files, NULL, e) || !conf_check(&conf, e)) {
		conf_free(&conf);
		return false;
	}
	conf_free(&a->cli->conf);
	a->cli->conf = conf;
	a->is_armed = false;
	app_relink(a);
	return true;
}
