/* settings.c - each line of the settings file is a row of options.c, and its value one of the row's. */
#include "views/cli/settings.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/near.h"
#include "core/db/conf.h"
#include "views/cli/options.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_group(const char *group)
{
	const struct option *o;
	for (size_t i = 0; (o = option_each(i)); i++)
		if (o->group && strcmp(o->group, group) == 0) return true;
	return false;
}

static bool no_group(const struct conf_item *it, struct err *e)
{
	struct near k;
	char hint[100];
	const struct option *o;
	near_begin(&k, it->group, strlen(it->group));
	for (size_t i = 0; (o = option_each(i)); i++)
		if (o->group) near_offer(&k, o->group);
	return err_set(e, ERR_USAGE, "%s: there are no settings of a group [%s]%s", it->origin, it->group,
	               near_hint(&k, hint, sizeof hint));
}

/* Where the name would have its place, or which one is like it. */
static bool no_setting(const struct conf_item *it, struct err *e)
{
	struct near k;
	char hint[160] = "";
	const struct option *o;
	near_begin(&k, it->name, strlen(it->name));
	for (size_t i = 0; (o = option_each(i)); i++) {
		if (o->group && strcmp(o->group, it->group) == 0) near_offer(&k, o->name);
		if (strcmp(o->name, it->name) != 0) continue;
		if (o->group)
			snprintf(hint, sizeof hint, "; it belongs in [%s]", o->group);
		else if (o->to == TO_CONNECTION)
			snprintf(hint, sizeof hint,
			         "; it is of the connection and belongs in an option file, ~/.my.cnf");
		else if (!o->of)
			snprintf(hint, sizeof hint, "; it is an option of the command line");
	}
	if (!*hint) near_hint(&k, hint, sizeof hint);
	return err_set(e, ERR_USAGE, "%s: no setting '%s' in [%s]%s", it->origin, it->name, it->group, hint);
}

/* "5%" is 0.05, "10s" is 10000: what was meant is said. */
static void meant(const struct option *o, const char *value, char *out, size_t n)
{
	char *end = NULL;
	double v = strtod(value, &end);
	int64_t ms;
	*out = 0;
	if (o->kind == O_REAL && end != value && strcmp(end, "%") == 0 && v / 100 >= o->lo &&
	    v / 100 <= o->hi)
		snprintf(out, n, "; write %.6g", v / 100);
	if (o->kind == O_NUMBER && strstr(o->name, "-ms") && strpbrk(value, "smhd") &&
	    duration_parse(value, &ms, NULL) && (double)ms >= o->lo && (double)ms <= o->hi)
		snprintf(out, n, "; write %lld", (long long)ms);
}

static bool check(const struct conf_item *it, struct err *e)
{
	const struct option *o, *row = NULL;
	char name[400], hint[64];
	if (!is_group(it->group)) return no_group(it, e);
	for (size_t i = 0; (o = option_each(i)); i++)
		if (o->group && strcmp(o->group, it->group) == 0 && strcmp(o->name, it->name) == 0) row = o;
	if (!row) return no_setting(it, e);
	snprintf(name, sizeof name, "%s: %s", it->origin, it->name);
	if (row->arg && (!it->value || !*it->value))
		return err_set(e, ERR_USAGE, "%s needs a value: %s", name, row->help);
	if (option_check(row, name, it->value, e)) return true;
	meant(row, it->value, hint, sizeof hint);
	if (e) snprintf(e->text + strlen(e->text), sizeof e->text - strlen(e->text), "%s", hint);
	return false;
}

bool settings_read(struct err *e)
{
	const struct conf_item *it;
	if (!settings_load(e)) return false;
	for (size_t i = 0; (it = settings_at(i)); i++)
		if (!check(it, e)) return false;
	return true;
}
