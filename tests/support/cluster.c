/* cluster.c - a primary server and its replica server. */
#include "tests/support/cluster.h"
#include "core/base/err.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void run(const struct server *s, char *value, size_t n, const char *fmt, va_list ap)
{
	struct err e = { 0 };
	char sql[2048];
	vsnprintf(sql, sizeof sql, fmt, ap);
	ck_assert_msg(server_sql(s, sql, value, n, &e), "%s", e.text);
}

void cluster_do(const struct server *s, const char *sql, ...)
{
	va_list ap;
	va_start(ap, sql);
	run(s, NULL, 0, sql, ap);
	va_end(ap);
}

const char *cluster_ask(const struct server *s, const char *sql, ...)
{
	static char value[4096];
	va_list ap;
	va_start(ap, sql);
	run(s, value, sizeof value, sql, ap);
	va_end(ap);
	return value;
}

void cluster_promote(struct server *s)
{
	cluster_do(s, "STOP SLAVE");
	cluster_do(s, "SET GLOBAL read_only = 0");
}

void cluster_demote(struct server *s, const struct server *of)
{
	cluster_do(s, "SET GLOBAL read_only = 1");
	cluster_do(s, "STOP SLAVE");
	cluster_do(s, "SET GLOBAL gtid_slave_pos = @@GLOBAL.gtid_current_pos");
	cluster_do(s,
	           "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = %u, MASTER_USER = "
	           "'replicator', "
	           "MASTER_PASSWORD = 'for tests', MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1",
	           server_port(of));
	cluster_do(s, "START SLAVE");
}

void cluster_stop_applying(struct server *s) { cluster_do(s, "STOP SLAVE SQL_THREAD"); }
void cluster_start_applying(struct server *s) { cluster_do(s, "START SLAVE SQL_THREAD"); }

void cluster_catch_up(const struct cluster *c)
{
	char at[256];
	snprintf(at, sizeof at, "%s", cluster_ask(c->primary, "SELECT @@GLOBAL.gtid_binlog_pos"));
	ck_assert_str_eq(cluster_ask(c->replica, "SELECT MASTER_GTID_WAIT('%s', 60)", at), "0");
}

void cluster_start(struct cluster *c)
{
	struct err e = { 0 };
	c->primary = server_start(&(struct server_opts){ .tcp = true,
	                                                 .server_id = 1,
	                                                 .extra = "--event-scheduler=ON" },
	                          &e);
	ck_assert_msg(c->primary != NULL, "%s", e.text);
	c->replica = server_start(&(struct server_opts){ .tcp = true,
	                                                 .server_id = 2,
	                                                 .extra = "--read-only",
	                                                 .extra2 = "--event-scheduler=ON" },
	                          &e);
	ck_assert_msg(c->replica != NULL, "%s", e.text);
	cluster_do(c->primary, "CREATE USER replicator@127.0.0.1 IDENTIFIED BY 'for tests'");
	cluster_do(c->primary, "GRANT REPLICATION SLAVE ON *.* TO replicator@127.0.0.1");
	cluster_demote(c->replica, c->primary);
	ck_assert_msg(server_load_schema(c->primary, &e), "%s", e.text);
	cluster_catch_up(c);
}

void cluster_stop(struct cluster *c)
{
	server_stop(c->replica);
	server_stop(c->primary);
}
