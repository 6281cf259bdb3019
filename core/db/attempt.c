/* attempt.c - making a connection in a thread of its own, and what the client library's errors mean. */
#include "core/db/attempt.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/handoff.h"
#include "core/base/mem.h"
#include "core/db/local_rows.h"
#include "core/db/tls_peer.h"
#include "sql.h"
#include <errmsg.h>
#include <mysqld_error.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* with require_secure_transport a newer server says this, an older one that the login is refused */
enum { SECURE_TRANSPORT_REQUIRED = 3159 };
enum { STACK_SIZE = 256 * 1024 };
static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static bool library_started;

static void library_begin(void)
{
	mysql_library_init(0, NULL, NULL);
	signal(SIGPIPE, SIG_IGN);
	library_started = true;
}

/* --- errors --- */

static const struct {
	unsigned from, to;
	enum err_code code;
} kinds[] = {
	{ 2000, 2099, ERR_DB_DOWN },
	{ ER_ACCESS_DENIED_ERROR, ER_ACCESS_DENIED_ERROR, ERR_DB_DOWN },
	{ ER_BAD_DB_ERROR, ER_BAD_DB_ERROR, ERR_DB_DOWN },
	{ ER_CON_COUNT_ERROR, ER_CON_COUNT_ERROR, ERR_DB_DOWN },
	{ ER_SERVER_SHUTDOWN, ER_SERVER_SHUTDOWN, ERR_DB_DOWN },
	{ ER_HOST_IS_BLOCKED, ER_HOST_NOT_PRIVILEGED, ERR_DB_DOWN },
	{ 1158, 1161, ERR_DB_DOWN },
	{ 1698, 1698, ERR_DB_DOWN },
	{ SECURE_TRANSPORT_REQUIRED, SECURE_TRANSPORT_REQUIRED, ERR_DB_DOWN },
	{ 1927, 1927, ERR_DB_DOWN },
	{ ER_TOO_MANY_USER_CONNECTIONS, ER_TOO_MANY_USER_CONNECTIONS, ERR_DB_DOWN },
	{ ER_USER_LIMIT_REACHED, ER_USER_LIMIT_REACHED, ERR_DB_DOWN },
	{ ER_MUST_CHANGE_PASSWORD, ER_MUST_CHANGE_PASSWORD, ERR_DB_DOWN },
	{ ER_MUST_CHANGE_PASSWORD_LOGIN, ER_MUST_CHANGE_PASSWORD_LOGIN, ERR_DB_DOWN },
	{ 4151, 4151, ERR_DB_DOWN }, /* the account is locked */
	{ 1047, 1047, ERR_DB_DOWN },
	{ ER_DBACCESS_DENIED_ERROR, ER_DBACCESS_DENIED_ERROR, ERR_REFUSED },
	{ 1142, 1143, ERR_REFUSED },
	{ 1370, 1370, ERR_REFUSED },
	{ ER_VIEW_INVALID, ER_VIEW_INVALID, ERR_REFUSED }, /* a right is missing behind it */
	{ 1227, 1227, ERR_REFUSED },
	{ 1290, 1290, ERR_REFUSED },
	{ 1792, 1792, ERR_REFUSED },
	{ 1146, 1146, ERR_SCHEMA },
	{ 1305, 1305, ERR_SCHEMA },
	{ 1054, 1054, ERR_SCHEMA }, /* what a person names is compared with the columns before it is sent */
	{ 1317, 1317, ERR_CANCELLED },
	{ 1969, 1969, ERR_TIMEOUT },
	/* a word that somebody gave: a pattern that is none */
	{ 1139, 1139, ERR_USAGE },
	/* our procedures' own: sql/schema says what each means */
	{ 30001, 30001, ERR_REFUSED },
	{ 30002, 30002, ERR_CONFLICT },
	{ 30003, 30003, ERR_USAGE },
	{ 30004, 30004, ERR_NO },
};

bool db_is_login_refused(const struct err *e)
{
	unsigned no = e->sql_errno;
	return no == ER_DBACCESS_DENIED_ERROR || no == ER_ACCESS_DENIED_ERROR || no == 1698 ||
	       no == ER_MUST_CHANGE_PASSWORD || no == ER_MUST_CHANGE_PASSWORD_LOGIN || no == 4151;
}

bool db_is_read_only(const struct err *e)
{
	return e->sql_errno == 1836 || (e->sql_errno == 1290 && strstr(e->text, "read-only"));
}

/* A commit under way in that moment ends with the error of commits, in the provider's words. */
bool db_is_cut_off(const struct err *e)
{
	return e->sql_errno == ER_UNKNOWN_COM_ERROR ||
	       (e->sql_errno == ER_ERROR_DURING_COMMIT && strstr(e->text, "Primary Component"));
}

bool db_error_of(MYSQL *my, const struct db_conf *conf, struct err *e)
{
	unsigned no = mysql_errno(my);
	enum err_code code = ERR_SQL;
	char where[256];
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (no >= kinds[i].from && no <= kinds[i].to) code = kinds[i].code;
	/* the plain names are spot_optimizer's, the roles of another database end in its name */
	bool is_plain = !conf->database || strcmp(conf->database, "spot_optimizer") == 0;
	conf_describe(conf, where, sizeof where);
	const char *text = mysql_error(my);
	if ((no >= 30000 && no < 30100) || (no == 1139 && strcmp(mysql_sqlstate(my), "45000") == 0))
		err_set(e, code, "%s", text);
	else if (no == ER_ACCESS_DENIED_ERROR || no == 1698)
		err_set(e, code, "login refused for %s; check user and password%s (error %u)", where,
		        conf->ssl || conf_is_socket(conf)
		                ? ""
		                : ", and whether server or account take TLS only (--ssl-ca=FILE)",
		        no);
	else if (no == SECURE_TRANSPORT_REQUIRED)
		err_set(e, code, "%s takes connections over TLS only; give --ssl-ca=FILE (error %u)", where,
		        no);
	else if (no == ER_BAD_DB_ERROR)
		err_set(e, code, "no database '%s' at %s; `spotop db init` creates it", conf->database,
		        where);
	else if (no == ER_DBACCESS_DENIED_ERROR)
		err_set(e, code,
		        "%s may not use the database: no role of it is active; where one was granted, this "
		        "login says "
		        "SET DEFAULT ROLE spotop_viewer%s%s, else an administrator says GRANT "
		        "spotop_viewer%s%s TO it "
		        "(error %u)",
		        where, is_plain ? "" : "_", is_plain ? "" : conf->database, is_plain ? "" : "_",
		        is_plain ? "" : conf->database, no);
	else if (no == ER_TABLEACCESS_DENIED_ERROR || no == ER_COLUMNACCESS_DENIED_ERROR)
		err_set(e, code, "%s (error %u at %s); spotop doctor says which role has that right", text,
		        no, where);
	else if (no == 1205)
		err_set(e, code,
		        "another session holds what this would change, for too long (error 1205 at %s); "
		        "spotop doctor, "
		        "as a login with PROCESS, says which one",
		        where);
	else if (no == ER_UNKNOWN_COM_ERROR)
		err_set(e, code, "%s is a node that lost its cluster: it reads and writes nothing (error %u)",
		        where, no);
	else if (no == 1139)
		err_set(e, code, "the pattern is not a regular expression that the server understands");
	else if (no == 1054 || no == 1146 || no == 1305)
		err_set(e, code,
		        "the schema at %s is not of this program's revision: %s (error %u); `spotop db "
		        "upgrade` "
		        "brings an earlier one up",
		        where, text, no);
	else if (no >= 2000 && no < 2100)
		err_set(e, code, "no answer from %s: %s (error %u)", where, text, no);
	else
		err_set(e, code, "%s (error %u at %s)", text, no, where);
	e->sql_errno = no;
	snprintf(e->sql_state, sizeof e->sql_state, "%s", mysql_sqlstate(my));
	return false;
}

/* --- in the thread --- */

static void set_options(MYSQL *my, const struct db_conf *c)
{
	unsigned timeout = c->connect_timeout_s ? c->connect_timeout_s : 10, local = c->serves_rows;
	size_t stack = STACK_SIZE;
	my_bool no = 0, yes = 1;
	mysql_options(my, MYSQL_OPT_NONBLOCK, &stack);
	mysql_options(my, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
	mysql_options(my, MYSQL_OPT_READ_TIMEOUT, &timeout);
	mysql_options(my, MYSQL_OPT_RECONNECT, &no);
	mysql_options(my, MYSQL_OPT_LOCAL_INFILE, &local);
	local_rows_serve(my, NULL);
	mysql_options(my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_options(my, MARIADB_OPT_RESTRICTED_AUTH,
	              "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password,auth_"
	              "gssapi_client,dialog");
	mysql_optionsv(my, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "spotop");
	bool is_tcp = c->is_tcp || (c->host && *c->host && strcmp(c->host, "localhost") != 0);
	unsigned protocol = is_tcp ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
	mysql_options(my, MYSQL_OPT_PROTOCOL, &protocol);
	if (!c->ssl) return;
	mysql_ssl_set(my, c->ssl_key, c->ssl_cert, c->ssl_ca, c->ssl_capath, c->ssl_cipher);
	if (c->ssl_crl) mysql_options(my, MYSQL_OPT_SSL_CRL, c->ssl_crl);
	mysql_options(my, MYSQL_OPT_SSL_ENFORCE, &yes);
	/* Enforcing alone accepts a server without TLS in clear text; only verifying refuses it before the login. */
	mysql_options(my, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, c->ssl_unverified ? &no : &yes);
}

/* One row of a statement, its cells copied by got(); false: error, or no row. */
static bool ask(MYSQL *my, const char *sql, void (*got)(struct attempt *a, MYSQL_ROW row), struct attempt *a)
{
	if (mysql_query(my, sql)) return false;
	MYSQL_RES *res = mysql_store_result(my);
	MYSQL_ROW row = res ? mysql_fetch_row(res) : NULL;
	if (row) got(a, row);
	mysql_free_result(res);
	return row != NULL;
}

static void got_hello(struct attempt *a, MYSQL_ROW row)
{
	a->answered_wall_ms = clock_wall_ms();
	a->server_time = row[0] ? strtod(row[0], NULL) : 0;
	snprintf(a->version, sizeof a->version, "%s", row[1] ? row[1] : "");
	a->thread_id = row[2] ? strtoul(row[2], NULL, 10) : 0;
	const char *wanted = a->conf.database ? a->conf.database : "";
	a->is_elsewhere = *wanted && strcmp(row[3] ? row[3] : "", wanted) != 0;
	snprintf(a->session, sizeof a->session, "%s", row[4] ? row[4] : "");
	a->is_read_only = row[5] && strcmp(row[5], "0") != 0;
	a->is_following = row[6] && strcmp(row[6], "1") == 0;
	snprintf(a->wsrep_ready, sizeof a->wsrep_ready, "%s", row[7] ? row[7] : "");
}

/* What is said here is no answer of a failed statement. */
static bool will_not_do(struct attempt *a, enum err_code code, const char *why)
{
	char where[256];
	return err_set(&a->err, code, "%s %s", conf_describe(&a->conf, where, sizeof where), why);
}

/* Reads a table, where there is one: what a node without its cluster, or a broken disk, cannot. */
static bool touch(struct attempt *a)
{
	MYSQL_RES *res = mysql_query(a->my, a->touch_sql) == 0 ? mysql_store_result(a->my) : NULL;
	mysql_free_result(res);
	if (res) return true;
	/* No schema and no right are the request's to find out. A path that broke under the answer is no connection, whatever
	 * the library says of it. */
	unsigned no = mysql_errno(a->my);
	return (int)mysql_get_socket(a->my) >= 0 && no != ER_UNKNOWN_COM_ERROR && no != ER_GET_ERRNO &&
	       no != ER_CRASHED_ON_USAGE && no != ER_CRASHED_ON_REPAIR && no != ER_TABLESPACE_MISSING &&
	       no < CR_UNKNOWN_ERROR;
}

/* With all that the others committed before. Who reads goes on so. */
static bool touch_node(struct attempt *a)
{
	enum { AT_ONCE_MS = 1000 };
	int64_t from = clock_mono_ms();
	if (mysql_query(a->my, a->sync_sql)) return false;
	bool is_there = touch(a) && mysql_errno(a->my) != ER_LOCK_WAIT_TIMEOUT;
	if (is_there) return a->role == DB_READ || mysql_query(a->my, a->no_sync_sql) == 0;
	if (clock_mono_ms() - from < AT_ONCE_MS) return false;
	return will_not_do(a, ERR_DB_DOWN, DB_APPLIES_NOTHING);
}

static void got_probe(struct attempt *a, MYSQL_ROW row)
{
	a->is_sysdate_now = row[0] && strcmp(row[0], "1") == 0;
}

static bool is_of_use(struct attempt *a)
{
	if (a->wsrep_ready[0] && strcmp(a->wsrep_ready, "ON") != 0)
		return will_not_do(a, ERR_DB_DOWN,
		                   "is a node that lost its cluster: it reads and writes nothing");
	if (a->role == DB_WRITE && a->is_read_only)
		return will_not_do(a, ERR_REFUSED,
		                   "is read-only: it is a replica server, or somebody set read_only; nothing "
		                   "is "
		                   "written there");
	if (a->role == DB_WRITE) ask(a->my, a->probe_sql, got_probe, a);
	if (a->is_sysdate_now)
		return will_not_do(a, ERR_REFUSED,
		                   "was started with --sysdate-is-now: any session could date what it "
		                   "writes, the "
		                   "audit log too; take that option out of its configuration and restart it");
	return true;
}

static bool hello(struct attempt *a)
{
	if (mysql_query(a->my, a->settings_sql)) return false;
	if (a->clock_sql && mysql_query(a->my, a->clock_sql)) return false;
	a->asked_wall_ms = clock_wall_ms();
	if (!ask(a->my, a->hello_sql, got_hello, a)) return false;
	if (a->is_elsewhere && mysql_select_db(a->my, a->conf.database)) return false;
	if (!is_of_use(a)) return false;
	return a->wsrep_ready[0] ? touch_node(a) : touch(a);
}

/* The library says of a certificate only that it will not do. */
static bool refused(struct attempt *a)
{
	const struct db_conf *c = &a->conf;
	char where[256], why[400];
	db_error_of(a->my, c, &a->err);
	if (a->err.sql_errno != CR_SSL_CONNECTION_ERROR || !c->ssl ||
	    !tls_peer_fault(c, c->connect_timeout_s ? c->connect_timeout_s : 10, why, sizeof why))
		return false;
	return err_set(&a->err, ERR_DB_DOWN, "no connection to %s: %s", conf_describe(c, where, sizeof where),
	               why);
}

static bool dial(struct attempt *a)
{
	const struct db_conf *c = &a->conf;
	a->my = mysql_init(NULL);
	if (!a->my) return err_set(&a->err, ERR_INTERNAL, "out of memory");
	set_options(a->my, c);
	const char *host = c->host && *c->host ? c->host : "localhost";
	if (!mysql_real_connect(a->my, host, c->user, c->password, a->kill_sql ? NULL : c->database,
	                        c->port ? c->port : 3306, c->socket, CLIENT_MULTI_RESULTS))
		return refused(a);
	if (c->ssl && !mysql_get_ssl_cipher(a->my))
		return err_set(&a->err, ERR_DB_DOWN, "TLS was asked for and %s offers none", host);
	return true;
}

static void hang_up(struct attempt *a)
{
	if (a->my) mysql_close(a->my);
	a->my = NULL;
}

static void got_session(struct attempt *a, MYSQL_ROW row)
{
	if (row[0] && strcmp(row[0], a->session) == 0) a->thread_id = 1; /* found */
}

/* A thread number means another statement, or nobody's, at every other server that the address may lead to. */
static void stop_statement(struct attempt *a)
{
	enum { DIALS = 5 };
	for (int i = 0; i < DIALS && !a->err.code && !a->thread_id; i++) {
		if (!dial(a)) break;
		if (!ask(a->my, a->session_of_sql, got_session, a) ||
		    (a->thread_id && mysql_query(a->my, a->kill_sql)))
			db_error_of(a->my, &a->conf, &a->err);
		hang_up(a);
	}
	hang_up(a);
	if (!a->err.code && !a->thread_id)
		err_set(&a->err, ERR_DB_DOWN, "other servers than the session's answered, or it is gone");
}

static void work(void *arg)
{
	struct attempt *a = arg;
	a->err.code = ERR_NONE;
	if (a->kill_sql)
		stop_statement(a);
	else if (dial(a) && !hello(a) && !a->err.code)
		db_error_of(a->my, &a->conf, &a->err);
	if (a->err.code) hang_up(a);
	mysql_thread_end();
}

/* --- on the loop --- */

static void done(void *arg)
{
	struct attempt *a = arg;
	a->done(a->owner, a);
}

static void release(void *arg)
{
	struct attempt *a = arg;
	hang_up(a);
	conf_free(&a->conf);
	free(a->settings_sql);
	free(a->clock_sql);
	free(a->hello_sql);
	free(a->probe_sql);
	free(a->touch_sql);
	free(a->sync_sql);
	free(a->no_sync_sql);
	free(a->session_of_sql);
	free(a->kill_sql);
	free(a);
}

static char *bound(const struct query *q, const struct arg *args, size_t n)
{
	struct buf b = BUF_EMPTY;
	query_bind(&b, q, args, n, NULL);
	return buf_detach(&b);
}

static struct attempt *attempt_new(const struct db_conf *conf, void (*cb)(void *, struct attempt *),
                                   void *owner)
{
	struct attempt *a = mem_alloc(sizeof *a);
	pthread_once(&library_once, library_begin);
	a->done = cb;
	a->owner = owner;
	conf_copy(&a->conf, conf);
	err_set(&a->err, ERR_INTERNAL, "no thread could be started to connect");
	return a;
}

static struct attempt *start(uv_loop_t *loop, struct attempt *a)
{
	static const struct handoff_work in_thread = { .work = work, .done = done, .release = release };
	a->handoff = handoff_start(loop, &in_thread, a);
	return a;
}

struct attempt *attempt_connect(uv_loop_t *loop, const struct db_conf *conf, enum db_role role,
                                void (*cb)(void *, struct attempt *), void *owner)
{
	struct attempt *a = attempt_new(conf, cb, owner);
	a->settings_sql =
	        bound(role == DB_READ ? &sql_queries_db_session_read : &sql_queries_db_session_write, NULL,
	              0);
	struct arg at = arg_int("at", clock_wall_ms() / 1000);
	if (clock_is_frozen()) a->clock_sql = bound(&sql_queries_db_session_clock, &at, 1);
	a->role = role;
	a->hello_sql = bound(&sql_queries_db_hello, NULL, 0);
	a->probe_sql = bound(&sql_queries_db_probe, NULL, 0);
	a->touch_sql = bound(&sql_queries_db_touch, NULL, 0);
	a->sync_sql = bound(&sql_queries_db_sync, NULL, 0);
	a->no_sync_sql = bound(&sql_queries_db_no_sync, NULL, 0);
	return start(loop, a);
}

struct attempt *attempt_kill(uv_loop_t *loop, const struct db_conf *conf, unsigned long thread,
                             const char *session, void (*cb)(void *, struct attempt *), void *owner)
{
	struct attempt *a = attempt_new(conf, cb, owner);
	struct arg id = arg_int("thread", (int64_t)thread);
	snprintf(a->session, sizeof a->session, "%s", session);
	a->session_of_sql = bound(&sql_queries_db_session_of, &id, 1);
	a->kill_sql = bound(&sql_queries_db_kill_query, &id, 1);
	return start(loop, a);
}

void attempt_drop(struct attempt *a) { handoff_drop(a->handoff); }

bool db_library_end(void)
{
	if (!handoff_all_ended()) return false; /* the library must not end while one still connects */
	if (library_started) {
		uv_library_shutdown();
		mysql_library_end();
	}
	return true;
}

const char *db_library_version(void) { return mysql_get_client_info(); }
