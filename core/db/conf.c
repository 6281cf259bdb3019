/* conf.c - what the options mean; cnf.c reads the files. */
#include "core/db/conf.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/folder.h"
#include "core/base/mem.h"
#include "core/base/near.h"
#include "core/db/conf_hosts.h"
#include "core/db/conf_names.h"
#include <errno.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_PORT = 65535, MAX_TIMEOUT_S = 43200 }; /* as the client cuts them */
enum kind { K_STR, K_PORT, K_BOOL, K_SECONDS, K_PROTOCOL, K_COLOR, K_VERIFY, K_MODE };
static const struct option {
	const char *name;
	enum kind kind;
	size_t at;
} options[] = {
	{ "host", K_STR, offsetof(struct db_conf, host) },
	{ "user", K_STR, offsetof(struct db_conf, user) },
	{ "password", K_STR, offsetof(struct db_conf, password) },
	{ "read-host", K_STR, offsetof(struct db_conf, read_host) },
	{ "socket", K_STR, offsetof(struct db_conf, socket) },
	{ "database", K_STR, offsetof(struct db_conf, database) },
	{ "port", K_PORT, offsetof(struct db_conf, port) },
	{ "protocol", K_PROTOCOL, offsetof(struct db_conf, is_tcp) },
	{ "connect-timeout", K_SECONDS, offsetof(struct db_conf, connect_timeout_s) },
	{ "greeting-timeout", K_SECONDS, offsetof(struct db_conf, greeting_timeout_s) },
	{ "ssl", K_BOOL, offsetof(struct db_conf, ssl) },
	{ "ssl-verify-server-cert", K_VERIFY, offsetof(struct db_conf, ssl_unverified) },
	{ "ssl-mode", K_MODE, offsetof(struct db_conf, ssl_unverified) },
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

static void note(struct db_conf *c, const char *option, const char *value, const char *origin,
                 bool is_left_out)
{
	c->origins = mem_grow(c->origins, sizeof *c->origins * (c->n_origins + 1));
	c->origins[c->n_origins++] =
	        (struct conf_origin){ mem_dup(option), mem_dup(value), mem_dup(origin), is_left_out };
}

/* True and false as the client reads them: what is neither is off. */
static bool is_on(const char *v)
{
	return !v || strcasecmp(v, "1") == 0 || strcasecmp(v, "on") == 0 || strcasecmp(v, "true") == 0;
}

/* Digits with K, M, G behind, or nothing, which is 0; a file's is cut at max, what is typed is not. */
static bool number(const char *s, unsigned long max, const char *origin, unsigned *out)
{
	static const char sizes[] = "kmgtpe";
	char *end = NULL;
	errno = 0;
	unsigned long long v = *s == '-' ? 0 : strtoull(s, &end, 10);
	const char *size = end && *end ? strchr(sizes, *end | 32) : NULL;
	if (*s == '-' || (end && *end && (!size || end[1]))) return false;
	for (const char *k = sizes; size && k <= size && v <= max; k++) v *= 1024;
	bool is_over = v > max || errno;
	*out = (unsigned)(is_over ? max : v);
	return !is_over || strcmp(origin, "command line") != 0;
}

static bool is_color(const char *v)
{
	static const char *const colors[] = { "red", "yellow", "green", "blue" };
	for (size_t i = 0; i < ARRAY_LEN(colors); i++)
		if (strcmp(colors[i], v) == 0) return true;
	return false;
}

static const char *our_name(size_t i) { return i < ARRAY_LEN(options) ? options[i].name : NULL; }

/* MySQL's word for how far a certificate is looked at. */
static bool set_mode(struct db_conf *c, const char *value, const char *origin, struct err *e)
{
	bool is_identity = strcasecmp(value, "VERIFY_IDENTITY") == 0,
	     is_ca = strcasecmp(value, "VERIFY_CA") == 0;
	if (!is_identity && !is_ca && strcasecmp(value, "REQUIRED") != 0)
		return err_set(e, ERR_USAGE,
		               "%s: ssl-mode is REQUIRED, VERIFY_CA or VERIFY_IDENTITY, not '%s'; for a "
		               "connection without TLS write skip-ssl",
		               origin, value);
	c->ssl = true;
	c->ssl_unverified = !is_identity;
	c->ssl_needs_ca = is_ca;
	return true;
}

static bool set_value(struct db_conf *c, const struct option *o, const char *value, const char *origin,
                      struct err *e)
{
	void *to = field(c, o);
	switch (o->kind) {
	case K_COLOR:
		if (!is_color(value))
			return err_set(e, ERR_USAGE, "%s: env-color is red, yellow, green or blue, not '%s'",
			               origin, value);
		/* fall through */
	case K_STR:
		wipe(to);
		*(char **)to = mem_dup(value);
		/* any of them asks for TLS, as with the client */
		if (strncmp(o->name, "ssl-c", 5) == 0 || strcmp(o->name, "ssl-key") == 0) c->ssl = true;
		return true;
	case K_PORT:
		if (!number(value, MAX_PORT, origin, to))
			return err_set(e, ERR_USAGE, "%s: port is 1 to 65535, not '%s'", origin, value);
		if (strcmp(origin, "command line") == 0) c->is_tcp = true; /* -P with localhost means TCP */
		return true;
	case K_SECONDS:
		return number(value, MAX_TIMEOUT_S, origin, to) ||
		       err_set(e, ERR_USAGE, "%s: %s is seconds, not '%s'", origin, o->name, value);
	case K_PROTOCOL:
		if (!*value || (strncasecmp(value, "tcp", strlen(value)) != 0 &&
		                strncasecmp(value, "socket", strlen(value)) != 0))
			return err_set(e, ERR_USAGE, "%s: protocol is tcp or socket, not '%s'", origin,
			               value);
		c->is_tcp = (*value | 32) == 't';
		return true;
	case K_MODE: return set_mode(c, value, origin, e);
	case K_BOOL: *(bool *)to = is_on(value); return true;
	case K_VERIFY:
		c->ssl_unverified = !is_on(value);
		if (is_on(value)) c->ssl = true;
		return true;
	}
	return true;
}

static bool is_switch(const struct option *o) { return o->kind == K_BOOL || o->kind == K_VERIFY; }

/* value NULL: the name alone. */
static bool set(struct db_conf *c, const struct conf_name *n, const char *value, const char *origin,
                struct err *e)
{
	const struct option *o = &options[n->index];
	bool is_password = strcmp(o->name, "password") == 0;
	if (n->word != SWITCH_NONE && is_switch(o)) /* skip-ssl=0 is ssl */
		value = (n->word == SWITCH_ON) == (value && strcmp(value, "0") == 0) ? "0" : "1";
	else if (n->word == SWITCH_OFF && is_password)
		value = "";
	else if (n->word != SWITCH_NONE)
		return err_set(e, ERR_USAGE, "%s: %s takes a value and is no switch", origin, o->name);
	if (!value && !is_switch(o) && !is_password)
		return err_set(e, ERR_USAGE, "%s: %s needs a value", origin, o->name);
	if (!value && is_password)
		c->ask_password = true; /* as -p alone */
	else if (!set_value(c, o, value ? value : "1", origin, e))
		return false;
	note(c, o->name, is_password ? "(hidden)" : value ? value : "on", origin, false);
	return true;
}

static bool no_option(const char *name, const char *origin, struct err *e)
{
	struct near like;
	char hint[100];
	near_begin(&like, name, strlen(name));
	for (size_t i = 0; i < ARRAY_LEN(options); i++) near_offer(&like, options[i].name);
	return err_set(e, ERR_USAGE, "%s: no option '%.60s'%s", origin, name,
	               near_hint(&like, hint, sizeof hint));
}

static bool is_ambiguous(const struct conf_name *n, const char *name, const char *origin, struct err *e)
{
	return err_set(e, ERR_USAGE, "%s: '%.60s' could be %s or %s; write it in full", origin, name, n->name,
	               n->other);
}

bool conf_set(struct db_conf *c, const char *name, const char *value, const char *origin, struct err *e)
{
	struct conf_name n = conf_name_of(name, our_name);
	if (n.found == NAME_AMBIGUOUS) return is_ambiguous(&n, name, origin, e);
	return n.found == NAME_OURS ? set(c, &n, value, origin, e) : no_option(name, origin, e);
}

static bool from_env(struct db_conf *c, const char *variable, const char *option, struct err *e)
{
	const char *v = getenv(variable);
	return !v || !*v || conf_set(c, option, v, variable, e);
}

/* A line of a file. What other programs read in these groups is not ours to refuse, but for our own group. */
static bool take_item(struct db_conf *c, const struct conf_item *it, struct buf *notes, struct err *e)
{
	struct conf_name n = conf_name_of(it->name, our_name);
	if (strcmp(it->group, CONF_NOT_READ) == 0)
		return note(c, it->name, it->value, it->origin, true), true;
	if (n.found == NAME_OURS) return set(c, &n, it->value, it->origin, e);
	if (n.found == NAME_AMBIGUOUS) return is_ambiguous(&n, it->name, it->origin, e);
	if (n.found == NAME_CLIENTS)
		return note(c, n.name, "left out: the mariadb client's, of no use here", it->origin, true),
		       true;
	if (strncasecmp(it->group, "spotop", 6) == 0 && !n.is_loose)
		return no_option(it->name, it->origin, e);
	note(c, it->name, "left out: unknown here and to the mariadb client", it->origin, true);
	if (notes && !n.is_loose)
		buf_addf(notes, "spotop: %s: unknown option '%s' is left out\n", it->origin, it->name);
	return true;
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
	for (size_t i = 0; ok && i < n; i++) ok = take_item(c, &items[i], notes, e);
	conf_items_free(items, n);
	return ok;
}

/* --- one server and several --- */

size_t conf_n_servers(const struct db_conf *c, bool is_read)
{
	size_t n = conf_hosts_n(c->host);
	return (is_read ? conf_hosts_n(c->read_host) : 0) + (n ? n : 1);
}

/* The i-th of them all; one that was not named is the unix socket. */
static void server_at(const struct db_conf *c, bool is_read, size_t i, struct conf_host *h)
{
	size_t n = is_read ? conf_hosts_n(c->read_host) : 0;
	if (!conf_hosts_at(i < n ? c->read_host : c->host, i < n ? i : i - n, h))
		*h = (struct conf_host){ .name = "localhost" };
}

void conf_server(struct db_conf *to, const struct db_conf *from, bool is_read, size_t i)
{
	enum { GREETING_S = 3, CONNECT_S = 10 };
	struct conf_host h;
	conf_copy(to, from);
	wipe(&to->read_host);
	if (conf_n_servers(from, is_read) > 1) {
		unsigned most = to->greeting_timeout_s ? to->greeting_timeout_s : GREETING_S,
		         given = to->connect_timeout_s ? to->connect_timeout_s : CONNECT_S;
		to->connect_timeout_s = given < most ? given : most;
	}
	if (!from->host && !from->read_host) return;
	server_at(from, is_read, i, &h);
	if (h.port) to->port = h.port;
	wipe(&to->host);
	to->host = mem_dup(conf_host_is_socket(&h) ? "localhost" : h.name);
	if (!conf_host_is_socket(&h)) return;
	wipe(&to->socket);
	to->socket = mem_dup(h.name);
	to->is_tcp = false;
}

/* Does it hold for each of them? */
static bool is_each(const struct db_conf *c, bool (*is)(const struct conf_host *h), struct conf_host *but)
{
	for (size_t i = 0; i < conf_n_servers(c, true); i++) {
		server_at(c, true, i, but);
		if (!is(but)) return false;
	}
	return true;
}

bool conf_is_local(const struct db_conf *c)
{
	struct conf_host other;
	return is_each(c, conf_host_is_local, &other);
}

/* Whoever runs it, as the server sees that on a socket; the environment is asked only about somebody the
 * system has no name for. */
static const char *login_name(void)
{
	static const char *const variables[] = { "USER", "LOGNAME", "LOGIN" };
	if (geteuid() == 0) return "root";
	const struct passwd *pw = getpwuid(geteuid());
	if (pw && pw->pw_name && *pw->pw_name) return pw->pw_name;
	for (size_t i = 0; i < ARRAY_LEN(variables); i++) {
		const char *name = getenv(variables[i]);
		if (name && *name) return name;
	}
	return "UNKNOWN_USER"; /* the client's word for it */
}

bool conf_check(struct db_conf *c, struct err *e)
{
	if (!c->user || !*c->user) {
		free(c->user);
		c->user = mem_dup(login_name());
	}
	if (!c->database || !*c->database) {
		free(c->database);
		c->database = mem_dup("spot_optimizer");
	}
	if (c->ssl && c->ssl_needs_ca && !c->ssl_ca && !c->ssl_capath)
		return err_set(e, ERR_USAGE, "ssl-mode=VERIFY_CA needs the CA: give --ssl-ca=FILE");
	if (!conf_hosts_check(c->host, "host", e) || !conf_hosts_check(c->read_host, "read-host", e))
		return false;
	struct conf_host other;
	if (!is_each(c, conf_host_is_local, &other) && !c->ssl && !c->insecure)
		return err_set(e, ERR_USAGE,
		               "%s is another host and the connection would be clear text; give "
		               "--ssl-ca=FILE (or --ssl), or --insecure if that is meant",
		               other.name);
	return true;
}

static bool is_by_socket(const struct conf_host *h)
{
	return conf_host_is_socket(h) || strcmp(h->name, "localhost") == 0;
}

bool conf_is_socket(const struct db_conf *c)
{
	struct conf_host other;
	return !c->is_tcp && is_each(c, is_by_socket, &other);
}

enum conf_risk conf_risk(const struct db_conf *c)
{
	if (conf_is_socket(c)) return RISK_NONE;
	if (c->ssl)
		return !c->ssl_unverified           ? RISK_NONE
		       : c->ssl_ca || c->ssl_capath ? RISK_NAME
		                                    : RISK_UNVERIFIED;
	return conf_is_local(c) ? RISK_NONE : RISK_CLEAR_TEXT;
}

const char *conf_risk_word(enum conf_risk r)
{
	static const char *const words[] = { "", "CLEAR TEXT", "TLS UNVERIFIED", "TLS NAME UNVERIFIED" };
	return words[r];
}

const char *conf_risk_text(enum conf_risk r)
{
	static const char *const texts[] = {
		"", "the connection is clear text: passwords and rows can be read on the way (--insecure)",
		"TLS without a look at the certificate: whoever sits between can read and change everything "
		"(ssl-verify-server-cert=0 or ssl-mode=REQUIRED); give --ssl-ca=FILE and take that out",
		"TLS, but any name in the certificate will do: another server of the same CA could answer "
		"(ssl-verify-server-cert=0 or ssl-mode=VERIFY_CA)"
	};
	return texts[r];
}

const char *conf_where(const struct db_conf *c, char *out, size_t n)
{
	struct conf_host h;
	server_at(c, false, 0, &h);
	if (conf_host_is_socket(&h))
		snprintf(out, n, "%s", h.name);
	else if (!c->is_tcp && strcmp(h.name, "localhost") == 0)
		snprintf(out, n, "%s", c->socket && *c->socket ? c->socket : "localhost");
	else
		snprintf(out, n, "%s:%u", h.name, h.port ? h.port : c->port ? c->port : 3306);
	return out;
}

/* --- our own settings and folders --- */

static struct {
	struct conf_item *items;
	size_t n;
} settings; /* read at start; a worker reads them again when it is told to */

bool config_path(char *out, size_t n, const char *leaf)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int len = xdg && *xdg ? snprintf(out, n, "%s/spotop/%s", xdg, leaf)
	          : home      ? snprintf(out, n, "%s/.config/spotop/%s", home, leaf)
	                      : -1;
	return len > 0 && (size_t)len < n;
}

/* Read whole before it takes the place of what there was. */
bool settings_load(struct err *e)
{
	static const char *const groups[] = { "*", NULL };
	char path[4096];
	struct conf_files files = { .defaults_file = path };
	struct conf_item *items = NULL;
	size_t n = 0;
	if (config_path(path, sizeof path, "config") && access(path, F_OK) == 0 &&
	    !conf_read_items(&files, groups, &items, &n, NULL, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(items[i].group, CONF_NOT_READ) == 0) {
			err_set(e, ERR_USAGE, "%s: %s: %s", items[i].origin, items[i].name, items[i].value);
			conf_items_free(items, n);
			return false;
		}
	for (size_t i = 0; i < n; i++)
		for (char *c = items[i].name; *c; c++)
			if (*c == '_') *c = '-';
	conf_items_free(settings.items, settings.n);
	settings.items = items;
	settings.n = n;
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

bool state_path(char *out, size_t n, const char *leaf, bool make_dir, struct err *e)
{
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	if ((!xdg || !*xdg) && !home) return err_set(e, ERR_IO, "neither XDG_STATE_HOME nor HOME is set");
	int len = xdg && *xdg ? snprintf(out, n, "%s/spotop", xdg)
	                      : snprintf(out, n, "%s/.local/state/spotop", home);
	if (len < 0 || (size_t)len + strlen(leaf) + 2 > n)
		return err_set(e, ERR_IO, "the state folder's path is too long");
	struct err mine = { 0 };
	if (make_dir && !folder_make(out, &mine))
		return err_set(e, mine.code, "%s; set XDG_STATE_HOME to a folder that can be written",
		               mine.text);
	snprintf(out + len, n - (size_t)len, "/%s", leaf);
	return true;
}
