/* cmd_doctor.c - `spotop doctor`: is the ground firm? One line a check, ok, warn or fail, and what to do.
 * The checks of this machine come first and are told even when there is no database. */
#include "core/base/buf.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/db/rights.h"
#include "core/db/servers.h"
#include "core/fleet/schema.h"
#include "core/fleet/schema_objects.h"
#include "sql.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include "views/cli/doctor_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { SKEW_WARN_MS = 1000, SKEW_FAIL_MS = 30000 };

/* --- the database --- */

static void check_connection(struct doctor *d, const struct db_status *s, const struct table *t)
{
	const char *tls = table_get(t, 0, "tls_version"), *login = table_get(t, 0, "login");
	char who[400];
	conf_describe(&d->c->conf, who, sizeof who);
	tell(d, OK, "connection", "%s as %s in %.1f ms", who, login ? login : "?", s->last_rtt_ms);
	enum conf_risk risk = conf_risk(&d->c->conf);
	if (s->is_tls && risk != RISK_NONE)
		tell(d, WARN, "tls", "%s, %s", tls && *tls ? tls : "on", conf_risk_text(risk));
	else if (s->is_tls)
		tell(d, OK, "tls", "%s, certificate verified", tls && *tls ? tls : "on");
	else if (conf_is_local(&d->c->conf))
		tell(d, OK, "tls", "none, and none is needed: the server is on this machine");
	else
		tell(d, WARN, "tls", "none: %s", conf_risk_text(risk));
}

/* What the option files say and spotop does not do. */
static void check_options(struct doctor *d)
{
	const struct db_conf *c = &d->c->conf;
	bool is_any = false;
	for (size_t i = 0; i < c->n_origins; i++) {
		const struct conf_origin *o = &c->origins[i];
		bool is_fault = strstr(o->value, "of no use here") == NULL;
		if (!o->is_left_out || !is_fault) continue;
		is_any = true;
		tell(d, WARN, "option", "%s: %s is %s", o->origin, o->option, o->value);
	}
	if (!is_any) tell(d, OK, "options", "all of the option files is understood");
}

enum { BEHIND_MS = 10000 };

static void check_replica(struct doctor *d, const struct db_status *s, const char *version)
{
	char age[32];
	if (s->lag_ms < 0)
		tell(d, WARN, "server",
		     "%s, a replica server; how far behind is not known: no worker has led there", version);
	else
		tell(d, s->lag_ms > BEHIND_MS ? WARN : OK, "server",
		     "%s, a replica server %s behind: views are as of then, actions go to the primary server "
		     "of "
		     "host",
		     version, fmt_age(age, sizeof age, s->lag_ms));
}

static void check_server(struct doctor *d, const struct db_status *s, const struct table *t)
{
	const char *version = table_get(t, 0, "version"), *comment = table_get(t, 0, "comment");
	struct err e;
	if (!schema_server_ok(version ? version : "", comment ? comment : "", &e))
		tell(d, FAIL, "server", "%s", e.text);
	else if (s->is_replica)
		check_replica(d, s, version);
	else if (table_int(t, 0, "is_read_only", 0))
		tell(d, WARN, "server", "%s, and it is read-only: views work, actions will be refused",
		     version);
	else
		tell(d, OK, "server", "%s; tested on MariaDB %s", version, SCHEMA_TESTED_ON);
	if (table_int(t, 0, "performance_schema", 0))
		tell(d, OK, "performance_schema", "on");
	else
		tell(d, WARN, "performance_schema",
		     "off, so `db status` has no statement times: performance_schema=ON under [mariadbd], "
		     "then restart the server");
}

static void check_clock(struct doctor *d, const struct db_status *s)
{
	long long lag_ms = s->is_replica && s->lag_ms > 0 ? (long long)s->lag_ms : 0;
	long long ms = (long long)s->clock_skew_ms + lag_ms,
	          size = llabs(ms); /* of the server, not of its data */
	char age[32];
	fmt_age(age, sizeof age, size);
	if (size < SKEW_WARN_MS)
		tell(d, OK, "clock", "%lld ms apart from the server's", size);
	else
		tell(d, size < SKEW_FAIL_MS ? WARN : FAIL, "clock",
		     "the server's clock is %s %s this one: set both by NTP", age,
		     ms > 0 ? "ahead of" : "behind");
}

/* What a role is known by: the one right that only it and admin have. */
static const struct role {
	const char *name, *privilege, *kind, *object, *may;
} roles[] = {
	{ "viewer", "SELECT", "TABLE", "v_agent_status", "reads every view" },
	{ "operator", "EXECUTE", "PROCEDURE", "verb_switch", "issues commands" },
	{ "agent", "EXECUTE", "PROCEDURE", "agent_claim", "does an agent's part" },
	{ "worker", "INSERT", "TABLE", "pricing_consolidated", "runs jobs" },
	{ "admin", "ALTER", "TABLE", NULL, "changes the schema" },
};

/* 'alice'@'%' out of alice@%; names are what the server says, so quotes are doubled. */
static void add_account(struct buf *b, const char *account)
{
	const char *at = strrchr(account, '@');
	size_t n = at ? (size_t)(at - account) : strlen(account);
	buf_addc(b, '\'');
	for (size_t i = 0; account[i]; i++) {
		if (account[i] == '\'') buf_addc(b, '\'');
		if (i == n)
			buf_adds(b, "'@'");
		else
			buf_addc(b, account[i]);
	}
	buf_addc(b, '\'');
}

static void check_rights(struct doctor *d, const struct table *grants, const struct table *t)
{
	const char *account = table_get(t, 0, "account"), *name = table_get(t, 0, "name");
	struct buf who = BUF_EMPTY;
	add_account(&who, account ? account : "");
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		const struct role *r = &roles[i];
		/* the plain names are spot_optimizer's, the roles of another database end in its name */
		char full[120];
		bool is_plain = !name || strcmp(name, "spot_optimizer") == 0;
		snprintf(full, sizeof full, "spotop_%s%s%s", r->name, is_plain ? "" : "_",
		         is_plain ? "" : name);
		if (rights_allow(grants, r->privilege, r->kind, name ? name : "", r->object))
			tell(d, OK, r->name, "this login %s", r->may);
		else if (rights_role(grants, full))
			tell(d, WARN, r->name,
			     "the role is granted and not active: SET DEFAULT ROLE %s, said by this login "
			     "itself",
			     full);
		else
			tell(d, i == 0 ? FAIL : OK, r->name,
			     "not granted; a login that %s needs: GRANT %s TO %s; SET DEFAULT ROLE %s FOR %s",
			     r->may, full, buf_str(&who), full, buf_str(&who));
	}
	buf_free(&who);
}

/* Roles are handed out by who was given that, and not by everybody who makes users. */
static void check_handing_out(struct doctor *d, struct db *db, const struct table *grants)
{
	struct table *t = NULL;
	struct err e;
	if (!rights_allow(grants, "CREATE USER", "TABLE", "mysql", NULL)) return;
	if (!db_call(db, &sql_queries_schema_lacking_roles, NULL, 0, NULL, &t, &e))
		tell(d, WARN, "roles", "%s", e.text);
	else if (table_int(t, 0, "n_kept_back", 0) == 0)
		tell(d, OK, "roles", "this login makes users and hands out all five roles");
	else
		tell(d, WARN, "roles",
		     "this login makes users and cannot hand out the roles: who can, as root@localhost, says "
		     "%s, or "
		     "runs spotop db init again, which gives it to all who make users",
		     table_get(t, 0, "grant_me"));
	table_free(t);
}

/* False: another schema's fleet is there, of which nothing of ours can be asked. */
static bool check_schema(struct doctor *d, struct db *db)
{
	struct err e;
	if (schema_check(db, &e))
		tell(d, OK, "schema", "version %s", SCHEMA_VERSION);
	else
		tell(d, FAIL, "schema", "%s", e.text);
	return schema_not_old(db, &e);
}

static void check_owner(struct doctor *d, struct db *db)
{
	struct err e;
	struct buf text = BUF_EMPTY;
	enum schema_verdict v;
	bool is_locked;
	if (!schema_owner(db, &v, &is_locked, &text, &e))
		tell(d, FAIL, "owner", "%s", e.text);
	else
		tell(d,
		     v == SCHEMA_BROKEN               ? FAIL
		     : v == SCHEMA_KEPT && !is_locked ? WARN
		                                      : OK,
		     "owner", "%s", buf_str(&text));
	buf_free(&text);
}

/* The log itself and its first row; every row is for `spotop audit verify`. */
static void check_audit(struct doctor *d, struct db *db)
{
	struct arg args[] = { arg_int("from", 0), arg_int("to", 1) };
	struct table *t = NULL;
	struct err e;
	if (!db_call(db, &sql_queries_audit_faults, args, ARRAY_LEN(args), NULL, &t, &e))
		tell(d, WARN, "audit", "%s", e.text);
	else if (t->n_rows)
		tell(d, FAIL, "audit", "%s", table_get(t, 0, "fault"));
	else
		tell(d, OK, "audit", "it has its first row, and its triggers are there");
	table_free(t);
}

/* Then no event can be made, changed or asked for, whatever the login. */
static bool is_disabled(const struct table *t)
{
	const char *is = table_get(t, 0, "event_scheduler");
	return is && strcmp(is, "DISABLED") == 0;
}

static void check_scheduler(struct doctor *d, const struct table *t)
{
	const char *is = table_get(t, 0, "event_scheduler");
	if (table_int(t, 0, "is_replicated", 0))
		tell(d, OK, "event_scheduler",
		     "%s, and not needed: beside a binary log or in a cluster `spotop worker` alone "
		     "maintains, the "
		     "events do nothing",
		     is ? is : "unknown");
	else if (is && strcmp(is, "ON") == 0)
		tell(d, OK, "event_scheduler", "on");
	else if (is_disabled(t))
		tell(d, WARN, "event_scheduler",
		     "DISABLED: run `spotop worker`, which does its work too, or take "
		     "event_scheduler=DISABLED "
		     "out of the server's configuration, restart it and run `spotop db init`");
	else
		tell(d, WARN, "event_scheduler",
		     "%s: run `spotop worker`, which does its work too, or SET GLOBAL event_scheduler = ON",
		     is ? is : "unknown");
}

static void check_events(struct doctor *d, struct db *db, const struct table *grants, const struct table *t)
{
	struct table *events;
	struct buf bad = BUF_EMPTY;
	struct err e;
	const char *name = table_get(t, 0, "name");
	if (!rights_allow(grants, "EVENT", "TABLE", name ? name : "", NULL)) {
		tell(d, OK, "events", "not seen by this login, which lacks the right EVENT");
		return;
	}
	if (is_disabled(t)) {
		tell(d, WARN, "events", "not to be seen while the event scheduler is DISABLED; none runs");
		return;
	}
	if (!db_call(db, &sql_queries_doctor_events, NULL, 0, NULL, &events, &e)) {
		tell(d, FAIL, "events", "%s", e.text);
		return;
	}
	for (size_t i = 0; i < events->n_rows; i++) {
		const char *state = table_get(events, i, "state");
		/* one that does nothing need not be enabled: a replica server's are not, as a rule */
		if (state && (strcmp(state, "ENABLED") == 0 || table_int(t, 0, "is_replicated", 0))) continue;
		buf_addf(&bad, "%s%s %s", bad.len ? ", " : "", table_get(events, i, "name"),
		         state ? "is not enabled" : "is missing");
	}
	if (bad.len)
		tell(d, WARN, "events",
		     "%s: `spotop db init` makes what is missing, ALTER EVENT ... ENABLE wakes one",
		     buf_str(&bad));
	else
		tell(d, OK, "events", "all %zu are there%s", events->n_rows,
		     table_int(t, 0, "is_replicated", 0) ? "" : " and enabled");
	buf_free(&bad);
	table_free(events);
}

/* What the server is set to that costs or endangers something. */
static void check_settings(struct doctor *d, struct db *db)
{
	struct err e;
	struct table *t = NULL;
	if (!db_call(db, &sql_queries_doctor_settings, NULL, 0, NULL, &t, &e)) {
		tell(d, WARN, "settings", "not known: %s", e.text);
		return;
	}
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *value = table_get(t, i, "value");
		tell(d, strcmp(table_get(t, i, "result"), "fail") == 0 ? FAIL : WARN, table_get(t, i, "name"),
		     "%s: %s", value && *value ? value : "empty", table_get(t, i, "sentence"));
	}
	if (t->n_rows == 0) tell(d, OK, "settings", "none of the server's costs or endangers anything");
	table_free(t);
	if (!db_call(db, &sql_queries_db_probe, NULL, 0, NULL, &t, &e))
		return; /* sessions have no clock of their own */
	if (table_int(t, 0, "is_sysdate_now", 0))
		tell(d, FAIL, "sysdate_is_now",
		     "any session may date what it writes, the audit log too, so spotop writes nothing here: "
		     "take "
		     "--sysdate-is-now out of the server's configuration and restart it");
	table_free(t);
}

/* Who reads may hold rows that others want to change; an administrator sees who does, and ends it. */
static void check_locks(struct doctor *d, struct db *db)
{
	struct table *t = NULL;
	struct err e = { 0 };
	if (!db_call(db, &sql_queries_doctor_locks, NULL, 0, NULL, &t, &e))
		tell(d, rights_lacking(&e) ? OK : WARN, "locks", "%s",
		     rights_lacking(&e) ? "not seen by this login, which lacks the right PROCESS" : e.text);
	else if (t->n_rows == 0)
		tell(d, OK, "locks", "nobody waits for what another session holds");
	else
		tell(d, WARN, "locks",
		     "%s holds rows for which %s other sessions wait: KILL %s ends that session and what it "
		     "did not commit",
		     table_get(t, 0, "account"), table_get(t, 0, "n_waiting"), table_get(t, 0, "session"));
	table_free(t);
}

static void got_servers(void *ctx, struct table *t) { *(struct table **)ctx = t; }

/* Of several servers each is told. */
static void check_hosts(struct doctor *d, struct cli *c)
{
	struct table *t = NULL;
	bool has_writer = false;
	if (servers_n(&c->conf) < 2) return;
	servers_look(cli_loop(c), &c->conf, got_servers, &t);
	while (!t) uv_run(cli_loop(c), UV_RUN_ONCE);
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *role = table_get(t, i, "role"), *state = table_get(t, i, "state"),
		           *used = table_get(t, i, "used_for"), *lag = table_get(t, i, "lag_s"),
		           *why = table_get(t, i, "message");
		bool is_up = strcmp(state, "up") == 0 ||
		             (strncmp(state, "up, one", 7) == 0 && !strstr(state, "wait"));
		bool is_well = is_up && table_dec(t, i, "lag_s", 0) * 1000 <= BEHIND_MS &&
		               (!role || !strstr(role, "writes"));
		has_writer = has_writer || (used && strstr(used, "writes"));
		tell(d, is_well ? OK : WARN, "host", "%s: %s%s%s%s%s%s%s%s%s%s", table_get(t, i, "server"),
		     role ? role : "", role ? ", " : "", state, lag ? ", behind by " : "", lag ? lag : "",
		     lag ? " s" : "", used ? ", used for " : "", used ? used : "", why ? ": " : "",
		     why ? why : "");
	}
	if (!has_writer) tell(d, FAIL, "hosts", "none of them takes writes: no action can be issued");
	table_free(t);
}

/* False: there is no database; its line is told all the same. */
static bool check_database(struct doctor *d, struct cli *c, struct err *e)
{
	struct table *t = NULL, *grants = NULL;
	struct db *db = cli_db(c, DB_READ);
	bool ok = db_call(db, &sql_queries_doctor_server, NULL, 0, NULL, &t, e) &&
	          db_call(db, &sql_queries_doctor_grants, NULL, 0, NULL, &grants, e);
	if (ok) {
		struct db_status s = db_status(db);
		check_connection(d, &s, t);
		check_server(d, &s, t);
		check_settings(d, db);
		check_clock(d, &s);
		check_rights(d, grants, t);
		check_handing_out(d, db, grants);
		bool is_ours = check_schema(d, db);
		if (is_ours) check_owner(d, db);
		if (is_ours) check_audit(d, db);
		check_locks(d, db);
		check_scheduler(d, t);
		if (is_ours) check_events(d, db, grants, t);
	} else
		tell(d, FAIL, "connection", "%s", e->text);
	table_free(t);
	table_free(grants);
	db_close_wait(db);
	return ok;
}

static void print(const struct doctor *d)
{
	if (d->c->format != OUT_TABLE) {
		cli_print(d->c, "spotop.doctor/1", d->t);
		return;
	}
	for (size_t i = 0; i < d->t->n_rows; i++) {
		struct buf line = BUF_EMPTY;
		const struct cell *row = &d->t->cells[i * d->t->n_cols];
		text_safe(&line, row[2].s, row[2].len);
		printf("%-4s %s: %s\n", row[0].s, row[1].s, buf_str(&line));
		buf_free(&line);
	}
}

int cmd_doctor(struct cli *c)
{
	static const char *names[] = { "result", "name", "sentence" };
	struct err e = { 0 };
	if (!cli_words(c, 0, &e)) return cli_fail(c, &e);
	struct doctor d = { .t = table_new(ARRAY_LEN(names)), .c = c };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) d.t->names[i] = names[i];
	doctor_machine(&d);
	check_options(&d);
	check_hosts(&d, c);
	bool has_database = check_database(&d, c, &e);
	int code = !has_database ? err_exit_code(e.code) : d.n_failed ? 1 : 0;
	print(&d);
	table_free(d.t);
	return code;
}
