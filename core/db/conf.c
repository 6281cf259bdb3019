/* conf.c - what the options mean; cnf.c reads the files. */
#include "core/db/conf.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/near.h"
#include <arpa/inet.h>
#include <errno.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind { K_STR, K_PORT, K_BOOL, K_SECONDS, K_PROTOCOL, K_COLOR };
static const struct option {
	const char *name;
	enum kind kind;
	size_t at;
} options[] = {
	{ "host", K_STR, offsetof(struct db_conf, host) },
	{ "user", K_STR, offsetof(struct db_conf, user) },
	{ "password", K_STR, offsetof(struct db_conf, password) },
	{ "socket", K_STR, offsetof(struct db_conf, socket) },
	{ "database", K_STR, offsetof(struct db_conf, database) },
	{ "port", K_PORT, offsetof(struct db_conf, port) },
	{ "protocol", K_PROTOCOL, offsetof(struct db_conf, is_tcp) },
	{ "connect-timeout", K_SECONDS, offsetof(struct db_conf, connect_timeout_s) },
	{ "ssl", K_BOOL, offsetof(struct db_conf, ssl) },
	{ "ssl-verify-server-cert", K_BOOL, offsetof(struct db_conf, ssl_verify) },
	{ "ssl-ca", K_STR, offsetof(struct db_conf, ssl_ca) },
	{ "ssl-capath", K_STR, offsetof(struct db_conf, ssl_capath) },
	{ "ssl-cert", K_STR, offsetof(struct db_conf, ssl_cert) },
	{ "ssl-key", K_STR, offsetof(struct db_conf, ssl_key) },
	{ "ssl-cipher", K_STR, offsetof(struct db_conf, ssl_cipher) },
	{ "ssl-crl", K_STR, offsetof(struct db_conf, ssl_crl) },
	{ "insecure", K_BOOL, offsetof(struct db_conf, insecure) },
	{ "env-name", K_STR, offsetof(struct db_conf, env_name) },
	{ "env-color", K_COLOR, offsetof(struct db_conf, env_color) },
};

void conf_init(struct db_conf *c) { *c = (struct db_conf){ 0 }; }

static void *field(struct db_conf *c, const struct option *o) { return (char *)c + o->at; }

static bool is_text(const struct option *o) { return o->kind == K_STR || o->kind == K_COLOR; }

static void wipe(char **s)
{
	if (*s) explicit_bzero(*s, strlen(*s));
	free(*s);
	*s = NULL;
}

void conf_free(struct db_conf *c)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (is_text(&options[i])) wipe(field(c, &options[i]));
	for (size_t i = 0; i < c->n_origins; i++) {
		free(c->origins[i].option);
		free(c->origins[i].value);
		free(c->origins[i].origin);
	}
	free(c->origins);
	*c = (struct db_conf){ 0 };
}

void conf_copy(struct db_conf *to, const struct db_conf *from)
{
	*to = *from;
	to->origins = NULL;
	to->n_origins = 0;
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (is_text(&options[i]))
			*(char **)field(to, &options[i]) =
			        mem_dup(*(char **)field((struct db_conf *)from, &options[i]));
}

static void note_origin(struct db_conf *c, const char *option, const char *value, const char *origin)
{
	c->origins = mem_grow(c->origins, sizeof *c->origins * (c->n_origins + 1));
	bool is_secret = strcmp(option, "password") == 0;
	c->origins[c->n_origins++] = (struct conf_origin){ mem_dup(option),
		                                           mem_dup(is_secret ? "(hidden)"
		                                                   : value   ? value
		                                                             : "on"),
		                                           mem_dup(origin) };
}

static bool is_no(const char *v)
{
	return v && (strcmp(v, "0") == 0 || strcasecmp(v, "off") == 0 || strcasecmp(v, "false") == 0);
}

static bool is_color(const char *v)
{
	static const char *const colors[] = { "red", "yellow", "green", "blue" };
	for (size_t i = 0; i < ARRAY_LEN(colors); i++)
		if (strcmp(colors[i], v) == 0) return true;
	return false;
}

bool conf_set(struct db_conf *c, const char *name, const char *value, const char *origin, struct err *e)
{
	char plain[64];
	bool is_off = false;
	size_t n = strlen(name);
	if (n >= sizeof plain) return err_set(e, ERR_USAGE, "%s: no option '%.60s'", origin, name);
	for (size_t i = 0; i <= n; i++) plain[i] = name[i] == '_' ? '-' : name[i];
	const char *look = plain;
	if (strncmp(look, "loose-", 6) == 0) look += 6;
	if (strncmp(look, "skip-", 5) == 0)
		look += 5, is_off = true;
	else if (strncmp(look, "disable-", 8) == 0)
		look += 8, is_off = true;
	const struct option *o = NULL;
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (strcmp(options[i].name, look) == 0) o = &options[i];
	if (!o) {
		struct near like;
		char hint[100];
		near_begin(&like, look, strlen(look));
		for (size_t i = 0; i < ARRAY_LEN(options); i++) near_offer(&like, options[i].name);
		return err_set(e, ERR_USAGE, "%s: no option '%s'%s", origin, name,
		               near_hint(&like, hint, sizeof hint));
	}
	char *end;
	unsigned long v;
	switch (o->kind) {
	case K_COLOR:
		if (!is_color(value ? value : ""))
			return err_set(e, ERR_USAGE, "%s: env-color is red, yellow, green or blue, not '%s'",
			               origin, value ? value : "");
		/* fall through */
	case K_STR:
		wipe(field(c, o));
		*(char **)field(c, o) = mem_dup(value ? value : "");
		/* any of them asks for TLS, as with the client */
		if (strncmp(look, "ssl-c", 5) == 0 || strcmp(look, "ssl-key") == 0) c->ssl = true;
		break;
	case K_PORT:
		v = value ? strtoul(value, &end, 10) : 0;
		if (!value || !*value || *end || v > 65535)
			return err_set(e, ERR_USAGE, "%s: port is 1 to 65535, not '%s'", origin,
			               value ? value : "");
		c->port = (unsigned)v;
		if (strcmp(origin, "command line") == 0) c->is_tcp = true; /* -P with localhost means TCP */
		break;
	case K_SECONDS:
		v = value ? strtoul(value, &end, 10) : 0;
		if (!value || !*value || *end || v > 3600)
			return err_set(e, ERR_USAGE, "%s: connect-timeout is seconds, not '%s'", origin,
			               value ? value : "");
		c->connect_timeout_s = (unsigned)v;
		break;
	case K_PROTOCOL:
		if (!value || (strcasecmp(value, "tcp") != 0 && strcasecmp(value, "socket") != 0))
			return err_set(e, ERR_USAGE, "%s: protocol is tcp or socket, not '%s'", origin,
			               value ? value : "");
		c->is_tcp = strcasecmp(value, "tcp") == 0;
		break;
	case K_BOOL:
		*(bool *)field(c, o) = !is_off && !is_no(value);
		if (strcmp(look, "ssl-verify-server-cert") == 0 && c->ssl_verify) c->ssl = true;
		break;
	}
	note_origin(c, o->name, value, origin);
	return true;
}

static bool from_env(struct db_conf *c, const char *variable, const char *option, struct err *e)
{
	const char *v = getenv(variable);
	return !v || !*v || conf_set(c, option, v, variable, e);
}

bool conf_load(struct db_conf *c, const struct conf_files *files, struct buf *notes, struct err *e)
{
	static const char *const groups[] = { "client", "client-server", "client-mariadb", "spotop", NULL };
	struct conf_item *items;
	size_t n;
	if (!from_env(c, "MYSQL_HOST", "host", e) || !from_env(c, "MYSQL_PWD", "password", e) ||
	    !from_env(c, "MYSQL_TCP_PORT", "port", e) || !from_env(c, "MYSQL_UNIX_PORT", "socket", e) ||
	    !from_env(c, "MARIADB_UNIX_PORT", "socket", e))
		return false;
	if (!conf_read_items(files, groups, &items, &n, notes, e)) return false;
	bool ok = true;
	for (size_t i = 0; ok && i < n; i++) {
		struct err one = { 0 };
		if (conf_set(c, items[i].name, items[i].value, items[i].origin, &one)) continue;
		/* What other programs read in these groups is not ours to refuse, but for our own; a wrong
		 * value is. */
		bool is_ours =
		        strncmp(items[i].group, "spotop", 6) == 0 && strncmp(items[i].name, "loose", 5) != 0;
		if (!is_ours && strstr(one.text, "no option")) continue;
		if (e) *e = one;
		ok = false;
	}
	conf_items_free(items, n);
	return ok;
}

bool conf_is_local(const struct db_conf *c)
{
	const char *h = c->host;
	struct in_addr a; /* an address: "127.example.org" is a name */
	return !h || !*h || strcmp(h, "localhost") == 0 || strcmp(h, "::1") == 0 ||
	       (inet_pton(AF_INET, h, &a) == 1 && ntohl(a.s_addr) >> 24 == 127);
}

bool conf_check(struct db_conf *c, struct err *e)
{
	if (!c->user || !*c->user) {
		const struct passwd *pw = getpwuid(geteuid());
		free(c->user);
		const char *name = getenv("USER");
		if (!name || !*name) name = pw && pw->pw_name ? pw->pw_name : "root";
		c->user = mem_dup(name);
	}
	if (!c->database || !*c->database) {
		free(c->database);
		c->database = mem_dup("spot_optimizer");
	}
	if (!conf_is_local(c) && !c->ssl && !c->insecure)
		return err_set(e, ERR_USAGE,
		               "%s is another host and the connection would be clear text; give "
		               "--ssl-ca=FILE (or --ssl), or --insecure if that is meant",
		               c->host);
	return true;
}

const char *conf_describe(const struct db_conf *c, char *out, size_t n)
{
	bool is_socket = !c->is_tcp && (!c->host || !*c->host || strcmp(c->host, "localhost") == 0);
	const char *user = c->user ? c->user : "", *db = c->database ? c->database : "";
	if (is_socket)
		snprintf(out, n, "%s@%s/%s", user, c->socket && *c->socket ? c->socket : "localhost", db);
	else
		snprintf(out, n, "%s@%s:%u/%s", user, c->host && *c->host ? c->host : "localhost",
		         c->port ? c->port : 3306, db);
	return out;
}

/* --- our own settings and folders --- */

static struct {
	struct conf_item *items;
	size_t n;
} settings; /* read once at start, then never changed */

bool config_path(char *out, size_t n, const char *leaf)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int len = xdg && *xdg ? snprintf(out, n, "%s/spotop/%s", xdg, leaf)
	          : home      ? snprintf(out, n, "%s/.config/spotop/%s", home, leaf)
	                      : -1;
	return len > 0 && (size_t)len < n;
}

bool settings_load(struct err *e)
{
	static const char *const groups[] = { "*", NULL };
	char path[4096];
	struct conf_files files = { .defaults_file = path };
	conf_items_free(settings.items, settings.n);
	settings.items = NULL;
	settings.n = 0;
	if (!config_path(path, sizeof path, "config") || access(path, F_OK) != 0) return true;
	if (!conf_read_items(&files, groups, &settings.items, &settings.n, NULL, e)) return false;
	for (size_t i = 0; i < settings.n; i++)
		for (char *c = settings.items[i].name; *c; c++)
			if (*c == '_') *c = '-';
	return true;
}

const struct conf_item *settings_at(size_t i) { return i < settings.n ? &settings.items[i] : NULL; }

const char *settings_get(const char *group, const char *name)
{
	const char *v = NULL;
	for (size_t i = 0; i < settings.n; i++)
		if (strcmp(settings.items[i].group, group) == 0 && strcmp(settings.items[i].name, name) == 0)
			v = settings.items[i].value ? settings.items[i].value : "1";
	return v;
}

const struct conf_item *settings_each(const char *group, size_t i)
{
	for (size_t k = 0; k < settings.n; k++)
		if (strcmp(settings.items[k].group, group) == 0 && i-- == 0) return &settings.items[k];
	return NULL;
}

static bool make_dirs(char *path, struct err *e)
{
	for (char *p = path + 1;; p++) {
		if (*p != '/' && *p) continue;
		char c = *p;
		*p = 0;
		bool ok = mkdir(path, 0700) == 0 || errno == EEXIST;
		if (!ok) return err_set(e, ERR_IO, "cannot make the folder %s: %s", path, strerror(errno));
		*p = c;
		if (!c) return true;
	}
}

bool state_path(char *out, size_t n, const char *leaf, bool make_dir, struct err *e)
{
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	if ((!xdg || !*xdg) && !home) return err_set(e, ERR_IO, "neither XDG_STATE_HOME nor HOME is set");
	int len = xdg && *xdg ? snprintf(out, n, "%s/spotop", xdg)
	                      : snprintf(out, n, "%s/.local/state/spotop", home);
	if (len < 0 || (size_t)len + strlen(leaf) + 2 > n)
		return err_set(e, ERR_IO, "the state folder's path is too long");
	if (make_dir && !make_dirs(out, e)) return false;
	snprintf(out + len, n - (size_t)len, "/%s", leaf);
	return true;
}
