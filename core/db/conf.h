/* conf.h - where the database is and how to get in: the `mariadb` client's option files, environment
 * and switches, read as that client reads them (files, order, groups, includes, quoting, prefixes of names,
 * skip- and disable-, sizes; a world-writable file is ignored with a warning), plus the group [spotop] and
 * MySQL's ssl-mode. What is left out is kept with its reason, for `info` and `doctor`.
 * The order of strength: command line, then files (later wins), then environment, then defaults. */
#ifndef SPOTOP_DB_CONF_H
#define SPOTOP_DB_CONF_H
#include <stdbool.h>
#include <stddef.h>
struct err;
struct buf;

struct db_conf {
	char *host, *user, *password, *socket, *database;
	char *read_host;             /* where reads go first; host and this may be lists (conf_hosts.h) */
	unsigned port;               /* 0: 3306; of a server that says none itself */
	bool is_tcp;                 /* --protocol=tcp, or -P given with localhost */
	bool ssl;                    /* asked for; a server without it is refused */
	bool ssl_unverified;         /* ssl-verify-server-cert=0, ssl-mode=REQUIRED or VERIFY_CA: the name is not looked at,
	                                and without ssl_ca nothing is */
	bool ssl_needs_ca;           /* ssl-mode=VERIFY_CA */
	char *ssl_ca, *ssl_capath, *ssl_cert, *ssl_key, *ssl_cipher, *ssl_crl;
	bool insecure;               /* --insecure: clear text to another host is all right */
	unsigned connect_timeout_s;  /* 0: 10 */
	unsigned greeting_timeout_s; /* of several servers: how long one may take to connect and greet; 0: 3 */
	/* settings of [spotop] that are not the connection */
	char *env_name;              /* shown in the header: "prod-use1" */
	char *env_color;             /* red, yellow, green, blue */
	bool ask_password;           /* -p without a value */
	bool serves_rows;            /* LOAD DATA LOCAL reads what its request brings (db_opts); else it is refused */
	/* where each came from, for `spotop info` */
	struct conf_origin { char *option, *value, *origin; bool is_left_out; /* value says why */ } *origins;
	size_t n_origins;
};
struct conf_files {              /* the switches that choose the files; all may be NULL */
	const char *defaults_file, *defaults_extra_file, *group_suffix;
	bool no_defaults;
};
/* One option as the files give it, in order: "--host=x" split. For the parity test and `info`. */
struct conf_item { char *group, *name, *value, *origin; };   /* value NULL: bare; origin "file:line" */
/* The group of an !include that could not be followed, as the client goes on without it: value says why. */
#define CONF_NOT_READ "!"

void conf_init(struct db_conf *c);
/* Reads environment and files. Warnings (one a line) are added to `notes`. */
bool conf_load(struct db_conf *c, const struct conf_files *files, struct buf *notes, struct err *e);
/* One option from the command line ("host", "x"); false when unknown or its value is not valid. */
bool conf_set(struct db_conf *c, const char *name, const char *value, const char *origin, struct err *e);
/* Last look: host against TLS (clear text to another host needs insecure), defaults filled in. */
bool conf_check(struct db_conf *c, struct err *e);
/* What a connection of these options leaves open to others; shown as long as it lasts. */
enum conf_risk { RISK_NONE, RISK_CLEAR_TEXT, RISK_UNVERIFIED, RISK_NAME };
enum conf_risk conf_risk(const struct db_conf *c);
const char *conf_risk_word(enum conf_risk r);    /* for a header; "" */
const char *conf_risk_text(enum conf_risk r);    /* one sentence; "" */
bool conf_is_socket(const struct db_conf *c);   /* a unix socket, no TCP */
bool conf_is_local(const struct db_conf *c);    /* the host is this machine: nothing crosses a network */
/* The servers in the order in which they are tried: for reads those of read-host first. At least one. */
size_t conf_n_servers(const struct db_conf *c, bool is_read);
/* The options for the i-th alone, a copy. */
void conf_server(struct db_conf *to, const struct db_conf *from, bool is_read, size_t i);
void conf_free(struct db_conf *c);             /* the password is wiped */
void conf_copy(struct db_conf *to, const struct db_conf *from);    /* everything but the origins */
/* "user@host:port/database" or "user@socket/database", never the password; a list as it was given. What is to be known
 * again later is kept in CONF_SAID bytes. */
enum { CONF_SAID = 2048 };
const char *conf_describe(const struct db_conf *c, char *out, size_t n);
/* Do two of these name the same database? Whoever logs in, its name is the same and so is at least one server of the two
 * lists, which change when a server is added or gives way to another. */
bool conf_is_same_database(const char *a, const char *b);
/* "host:port" or the socket, of options for one server. */
const char *conf_where(const struct db_conf *c, char *out, size_t n);
/* The items of the given groups ("*": of all) in the order in which they apply; free with conf_items_free. */
bool conf_read_items(const struct conf_files *files, const char *const *groups, struct conf_item **items,
                     size_t *n, struct buf *notes, struct err *e);
void conf_items_free(struct conf_item *items, size_t n);
/* Our own settings: $XDG_CONFIG_HOME/spotop/config, the same syntax; names are spelt with '-', and '_' is
 * understood. What may stand there is checked by views/cli/settings.h. NULL when not set. */
const char *settings_get(const char *group, const char *name);
bool settings_load(struct err *e);
const struct conf_item *settings_at(size_t i); /* all of them, in the file's order; NULL past the end */
/* The i-th item of a group in the file's order, repeated names too; NULL past the end. */
const struct conf_item *settings_each(const char *group, size_t i);
/* Folders: $XDG_STATE_HOME/spotop and $XDG_CONFIG_HOME/spotop (made when asked for). */
bool state_path(char *out, size_t n, const char *leaf, bool make_dir, struct err *e);
bool config_path(char *out, size_t n, const char *leaf);
#endif
