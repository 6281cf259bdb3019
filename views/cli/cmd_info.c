/* cmd_info.c - `spotop info`: what runs here, from which files, and where each option came from. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/fleet/schema.h"
#include "core/local/local.h"
#include "tui/term.h"
#include "version.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include <jansson.h>
#include <limits.h>
#include <microhttpd.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>
#include <zlib.h>

#ifdef __SANITIZE_ADDRESS__
#define BUILD "with sanitizers"
#else
#define BUILD "release"
#endif

/* section, name, value, origin; origin NULL: it has none. */
static void add(struct table *t, const char *section, const char *name, const char *value, const char *origin)
{
	const char *cells[] = { section, name, value, origin };
	struct cell *row = table_add_row(t);
	for (size_t i = 0; i < ARRAY_LEN(cells); i++)
		if (cells[i]) row[i] = (struct cell){ arena_str(&t->arena, cells[i]), strlen(cells[i]) };
}

static void add_libraries(struct table *t)
{
	add(t, "library", "libmariadb", db_library_version(), NULL);
	add(t, "library", "libuv", uv_version_string(), NULL);
	add(t, "library", "ncurses", term_library() + strcspn(term_library(), "0123456789"), NULL);
	add(t, "library", "jansson", jansson_version_str(), NULL);
	add(t, "library", "libmicrohttpd", MHD_get_version(), NULL);
	add(t, "library", "openssl", OpenSSL_version(OPENSSL_VERSION_STRING), NULL);
	add(t, "library", "zlib", zlibVersion(), NULL);
}

static void add_path(struct table *t, const char *name, const char *path)
{
	add(t, "path", name, path, access(path, F_OK) == 0 ? "is there" : "is not there");
}

static void add_paths(struct table *t, const struct cli *c)
{
	char path[PATH_MAX];
	struct err e;
	const char *home = getenv("HOME");
	add_path(t, "program", c->self);
	if (config_path(path, sizeof path, "config")) add_path(t, "settings", path);
	if (state_path(path, sizeof path, "views", false, &e)) add_path(t, "saved_views", path);
	if (state_path(path, sizeof path, "intents.jsonl", false, &e)) add_path(t, "journal", path);
	if (state_path(path, sizeof path, "audit-anchors.jsonl", false, &e))
		add_path(t, "audit_anchors", path);
	if (state_path(path, sizeof path, "log", false, &e)) add_path(t, "log", path);
	if (local_default_dir(path, sizeof path, &e)) add_path(t, "private_server", path);
	if (c->files.no_defaults) return;
	if (c->files.defaults_file) {
		add_path(t, "option_file", c->files.defaults_file);
		return;
	}
	add_path(t, "option_file", "/etc/my.cnf");
	add_path(t, "option_file", "/etc/mysql/my.cnf");
	if (c->files.defaults_extra_file) add_path(t, "option_file", c->files.defaults_extra_file);
	if (home && snprintf(path, sizeof path, "%s/.my.cnf", home) < (int)sizeof path)
		add_path(t, "option_file", path);
}

/* The last origin of an option is the one that holds; those before it were overruled and are left out. */
static void add_options(struct table *t, const struct db_conf *conf)
{
	char who[512];
	add(t, "option", "connection", conf_describe(conf, who, sizeof who), NULL);
	for (size_t i = 0; i < conf->n_origins; i++) {
		const struct conf_origin *o = &conf->origins[i];
		bool is_last = true;
		for (size_t k = i + 1; k < conf->n_origins; k++)
			if (strcmp(conf->origins[k].option, o->option) == 0 && !conf->origins[k].is_left_out)
				is_last = false;
		if (is_last || o->is_left_out) add(t, "option", o->option, o->value, o->origin);
	}
}

static void add_settings(struct table *t)
{
	const struct conf_item *it;
	char name[128];
	for (size_t i = 0; (it = settings_at(i)); i++) {
		snprintf(name, sizeof name, "%s.%s", it->group, it->name);
		add(t, "setting", name, it->value ? it->value : "on", it->origin);
	}
}

static void print_line(const struct cell *row)
{
	struct buf b = BUF_EMPTY;
	if (row[2].s) text_safe(&b, row[2].s, row[2].len);
	if (row[3].s) {
		buf_adds(&b, "  (");
		text_safe(&b, row[3].s, row[3].len);
		buf_adds(&b, ")");
	}
	printf("%-8s %-16s %s\n", row[0].s, row[1].s, buf_str(&b));
	buf_free(&b);
}

static void print(const struct cli *c, const struct table *t)
{
	if (c->format != OUT_TABLE) {
		cli_print(c, "spotop.info/1", t);
		return;
	}
	for (size_t i = 0; i < t->n_rows; i++) print_line(&t->cells[i * t->n_cols]);
}

int cmd_info(struct cli *c)
{
	static const char *names[] = { "section", "name", "value", "origin" };
	struct err e = { 0 };
	if (!cli_words(c, 0, &e)) return cli_fail(c, &e);
	struct table *t = table_new(ARRAY_LEN(names));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) t->names[i] = names[i];
	add(t, "program", "version", SPOTOP_VERSION, NULL);
	add(t, "program", "build", BUILD, "compiler " __VERSION__);
	add(t, "program", "schema", SCHEMA_VERSION, NULL);
	add_libraries(t);
	add_paths(t, c);
	add_options(t, &c->conf);
	add_settings(t);
	print(c, t);
	table_free(t);
	return 0;
}

int cmd_version(struct cli *c)
{
	(void)c;
	puts("spotop " SPOTOP_VERSION);
	return 0;
}
