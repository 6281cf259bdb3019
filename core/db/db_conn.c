/* db_conn.c - making a connection in a thread, taking it over on the loop, and the side connection that
 * stops a running statement. */
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/db/db_int.h"
#include "sql.h"
#include <errmsg.h>
#include <fcntl.h>
#include <mysqld_error.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STACK_SIZE = 256 * 1024 };
static atomic_int threads_running; /* the library must not end while one still connects */
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
	{ 1927, 1927, ERR_DB_DOWN },
	{ 1047, 1047, ERR_DB_DOWN },
	{ ER_DBACCESS_DENIED_ERROR, ER_DBACCESS_DENIED_ERROR, ERR_REFUSED },
	{ 1142, 1143, ERR_REFUSED },
	{ 1370, 1370, ERR_REFUSED },
	{ 1227, 1227, ERR_REFUSED },
	{ 1290, 1290, ERR_REFUSED },
	{ 1792, 1792, ERR_REFUSED },
	{ 1146, 1146, ERR_SCHEMA },
	{ 1305, 1305, ERR_SCHEMA },
	{ 1317, 1317, ERR_CANCELLED },
	{ 1969, 1969, ERR_TIMEOUT },
	/* our procedures' own: sql/schema says what each means */
	{ 30001, 30001, ERR_REFUSED },
	{ 30002, 30002, ERR_CONFLICT },
	{ 30003, 30003, ERR_USAGE },
	{ 30004, 30004, ERR_NO },
};

bool db_error_of(MYSQL *my, const struct db_conf *conf, struct err *e)
{
	unsigned no = mysql_errno(my);
	enum err_code code = ERR_SQL;
	char where[256];
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (no >= kinds[i].from && no <= kinds[i].to) code = kinds[i].code;
	conf_describe(conf, where, sizeof where);
	const char *text = mysql_error(my);
	if (no >= 30000 && no < 30100)
		err_set(e, code, "%s", text);
	else if (no == ER_ACCESS_DENIED_ERROR || no == 1698)
		err_set(e, code, "login refused for %s; check user and password (error %u)", where, no);
	else if (no == ER_BAD_DB_ERROR)
		err_set(e, code, "no database '%s' at %s; `spotop db init` creates it", conf->database,
		        where);
	else if (no == ER_DBACCESS_DENIED_ERROR)
		err_set(e, code,
		        "%s may not use the database; an administrator grants it with GRANT spotop_viewer TO "
		        "the login (error %u)",
		        where, no);
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
	unsigned timeout = c->connect_timeout_s ? c->connect_timeout_s : 10, zero = 0;
	size_t stack = STACK_SIZE;
	my_bool no = 0, yes = 1;
	mysql_options(my, MYSQL_OPT_NONBLOCK, &stack);
	mysql_options(my, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
	mysql_options(my, MYSQL_OPT_READ_TIMEOUT, &timeout);
	mysql_options(my, MYSQL_OPT_RECONNECT, &no);
	mysql_options(my, MYSQL_OPT_LOCAL_INFILE, &zero);
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
	/* Enforcing alone accepts a server without TLS in clear text; only verifying refuses it. */
	mysql_options(my, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
}

static bool hello(struct attempt *a)
{
	MYSQL *my = a->my;
	if (mysql_query(my, a->session_sql)) return false;
	a->asked_wall_ms = clock_wall_ms();
	if (mysql_query(my, a->hello_sql)) return false;
	MYSQL_RES *res = mysql_store_result(my);
	MYSQL_ROW row = res ? mysql_fetch_row(res) : NULL;
	a->answered_wall_ms = clock_wall_ms();
	if (row) {
		a->server_time = row[0] ? strtod(row[0], NULL) : 0;
		snprintf(a->version, sizeof a->version, "%s", row[1] ? row[1] : "");
		a->thread_id = row[2] ? strtoul(row[2], NULL, 10) : 0;
	}
	mysql_free_result(res);
	return row != NULL;
}

static void make_connection(struct attempt *a)
{
	const struct db_conf *c = &a->conf;
	a->my = mysql_init(NULL);
	if (!a->my) {
		err_set(&a->err, ERR_INTERNAL, "out of memory");
		return;
	}
	set_options(a->my, c);
	const char *host = c->host && *c->host ? c->host : "localhost";
	if (!mysql_real_connect(a->my, host, c->user, c->password, a->kill_sql ? NULL : c->database,
	                        c->port ? c->port : 3306, c->socket, CLIENT_MULTI_RESULTS)) {
		db_error_of(a->my, c, &a->err);
		return;
	}
	if (c->ssl && !mysql_get_ssl_cipher(a->my)) {
		err_set(&a->err, ERR_DB_DOWN, "TLS was asked for and %s offers none", host);
		return;
	}
	if (a->kill_sql ? mysql_query(a->my, a->kill_sql) : !hello(a)) db_error_of(a->my, c, &a->err);
}

static void attempt_free(struct attempt *a)
{
	pthread_mutex_destroy(&a->lock);
	conf_free(&a->conf);
	free(a->session_sql);
	free(a->hello_sql);
	free(a->kill_sql);
	free(a);
}

static void *thread_main(void *arg)
{
	struct attempt *a = arg;
	make_connection(a);
	if ((a->err.code || a->kill_sql) && a->my) mysql_close(a->my), a->my = NULL;
	pthread_mutex_lock(&a->lock);
	bool is_abandoned = a->is_abandoned;
	a->is_done = true;
	if (!is_abandoned) uv_async_send(&a->async);
	pthread_mutex_unlock(&a->lock);
	if (is_abandoned) {
		if (a->my) mysql_close(a->my);
		attempt_free(a);
	}
	mysql_thread_end();
	atomic_fetch_sub(&threads_running, 1);
	return NULL;
}

/* --- on the loop --- */

static void on_async_closed(uv_handle_t *h) { attempt_free(h->data); }

/* The thread let go of an abandoned attempt, or the loop did of a finished one: its handle goes, then it. */
static void on_async_closed_running(uv_handle_t *h)
{
	struct attempt *a = h->data;
	pthread_mutex_lock(&a->lock);
	bool is_done = a->is_done;
	a->is_abandoned = true;
	pthread_mutex_unlock(&a->lock);
	if (!is_done) return; /* the thread frees it */
	if (a->my) mysql_close(a->my);
	attempt_free(a);
}

void db_abandon(struct attempt *a)
{
	a->db = NULL;
	uv_close((uv_handle_t *)&a->async, on_async_closed_running);
}

static char *bound(const struct query *q, const struct arg *args, size_t n)
{
	struct buf b = BUF_EMPTY;
	query_bind(&b, q, args, n, NULL);
	return buf_detach(&b);
}

static struct attempt *launch(struct db *db, uv_async_cb done, char *kill_sql)
{
	struct attempt *a = mem_alloc(sizeof *a);
	pthread_once(&library_once, library_begin);
	pthread_mutex_init(&a->lock, NULL);
	a->db = db;
	a->role = db->role;
	conf_copy(&a->conf, &db->conf);
	a->session_sql =
	        bound(db->role == DB_READ ? &sql_queries_db_session_read : &sql_queries_db_session_write,
	              NULL, 0);
	a->hello_sql = bound(&sql_queries_db_hello, NULL, 0);
	a->kill_sql = kill_sql;
	uv_async_init(db->loop, &a->async, done);
	a->async.data = a;
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_t id;
	atomic_fetch_add(&threads_running, 1);
	if (pthread_create(&id, &attr, thread_main, a) != 0) {
		err_set(&a->err, ERR_INTERNAL, "no thread could be started to connect");
		a->is_done = true;
		atomic_fetch_sub(&threads_running, 1);
		uv_async_send(&a->async);
	}
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return a;
}

static void on_connected(uv_async_t *h)
{
	struct attempt *a = h->data;
	struct db *db = a->db;
	if (!db) return;
	uv_timer_stop(&db->timer);
	db->attempt = NULL;
	db->my = a->my;
	a->my = NULL;
	uv_close((uv_handle_t *)h, on_async_closed);
	if (a->err.code) {
		struct err why = a->err;
		db_lost(db, &why);
		return;
	}
	int fd = (int)mysql_get_socket(db->my);
	int flags = fcntl(fd, F_GETFL);
	fcntl(fd, F_SETFL, flags | O_NONBLOCK); /* over TLS the library would block on it otherwise */
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	db->status.n_connects++;
	db->status.thread_id = a->thread_id;
	db->status.is_tls = mysql_get_ssl_cipher(db->my) != NULL;
	snprintf(db->status.server, sizeof db->status.server, "%s", a->version);
	db->status.clock_skew_ms =
	        (int64_t)(a->server_time * 1000) - (a->asked_wall_ms + a->answered_wall_ms) / 2;
	if (db->status.clock_skew_ms > -50 && db->status.clock_skew_ms < 50)
		db->status.clock_skew_ms = 0; /* within the measurement */
	db->status.last_error[0] = 0;
	db->status.last_code = ERR_NONE;
	db->backoff_ms = 0;
	db_set_state(db, S_IDLE);
	db_poll(db, UV_READABLE | UV_DISCONNECT); /* an idle link that becomes readable is dead */
	db_kick(db);
}

static void on_connect_deadline(uv_timer_t *t)
{
	struct db *db = t->data;
	struct err e;
	db_abandon(db->attempt);
	db->attempt = NULL;
	err_set(&e, ERR_DB_DOWN, "no connection to %s within %u s", db->status.host,
	        (db->conf.connect_timeout_s ? db->conf.connect_timeout_s : 10) + 2);
	db_lost(db, &e);
}

void db_connect(struct db *db)
{
	db_set_state(db, S_CONNECTING);
	db->attempt = launch(db, on_connected, NULL);
	unsigned limit = (db->conf.connect_timeout_s ? db->conf.connect_timeout_s : 10) + 2;
	uv_update_time(db->loop);
	uv_timer_start(&db->timer, on_connect_deadline, (uint64_t)limit * 1000, 0);
}

/* --- stopping a running statement --- */

static void on_killed(uv_async_t *h)
{
	struct attempt *a = h->data;
	struct db *db = a->db;
	if (!db) return;
	db->kill = NULL;
	if (a->err.code) log_line(LOG_WARN_, "link=%s cannot stop a statement: %s", db->label, a->err.text);
	uv_close((uv_handle_t *)h, on_async_closed);
	/* Nothing new went out while the kill was on its way: it could have hit the next statement. */
	if (db->state == S_KILLING) {
		uv_timer_stop(&db->timer);
		db_set_state(db, S_IDLE);
		db_kick(db);
	}
}

void db_kill_running(struct db *db)
{
	if (db->kill || !db->my) return;
	struct arg thread = arg_int("thread", (int64_t)db->status.thread_id);
	db->kill = launch(db, on_killed, bound(&sql_queries_db_kill_query, &thread, 1));
}

bool db_library_end(void)
{
	if (atomic_load(&threads_running) > 0) return false;
	if (library_started) {
		uv_library_shutdown();
		mysql_library_end();
	}
	return true;
}

const char *db_library_version(void) { return mysql_get_client_info(); }
