/* replica.c - a private MariaDB that follows another one, for trying and for tests. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/uuid.h"
#include "core/db/query.h"
#include "core/local/local.h"
#include "core/local/local_int.h"
#include "sql.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct way {
	unsigned port;     /* of its server on 127.0.0.1, and its server_id */
	char password[37]; /* of the login that replicates */
};

static bool read_way(const struct local *l, struct way *w, struct err *e)
{
	char path[PATH_MAX];
	if (!dir_path(path, sizeof path, l, "server.way", e)) return false;
	FILE *f = fopen(path, "re");
	bool ok = f && fscanf(f, "%u %36s", &w->port, w->password) == 2;
	if (f) fclose(f);
	return ok || err_set(e, ERR_IO, "%s cannot be read or is not whole", path);
}

static bool put(const struct local *l, const char *leaf, struct buf *text, struct err *e)
{
	char path[PATH_MAX];
	bool ok = dir_path(path, sizeof path, l, leaf, e) && dir_write_file(path, buf_str(text), e);
	buf_free(text);
	return ok;
}

/* of NULL: a primary server. */
static bool prepare(const struct local *l, const struct way *own, const struct way *of, struct err *e)
{
	struct buf cnf = BUF_EMPTY, sql = BUF_EMPTY, way = BUF_EMPTY;
	buf_addf(&cnf,
	         "# Written by `spotop local start --replica-of`.\n[mariadbd]\nserver-id=%u\nport=%u\n"
	         "bind-address=127.0.0.1\nbinlog-format=ROW\nlog-slave-updates=1\ngtid-strict-mode=1\n"
	         "sync-binlog=1\nrelay-log=relay\nskip-slave-start=1\n%s",
	         own->port, own->port, of ? "read-only=1\n" : "");
	struct arg mine = arg_str("password", own->password);
	bool ok = query_bind(&sql, &sql_local_replicated, &mine, 1, e);
	buf_adds(&sql, ";\n"); /* the last one's is not part of a statement */
	if (ok && of) {
		struct arg theirs[] = { arg_int("port", of->port), arg_str("password", of->password) };
		ok = query_bind(&sql, &sql_local_follow, theirs, ARRAY_LEN(theirs), e);
		buf_adds(&sql, ";\n");
	}
	buf_addf(&way, "%u %s\n", own->port, own->password);
	if (!ok) {
		buf_free(&cnf), buf_free(&sql), buf_free(&way);
		return false;
	}
	return put(l, "server.way", &way, e) && put(l, "server.sql", &sql, e) &&
	       put(l, "server.cnf", &cnf, e);
}

/* Its data are whole on the disk only while no server runs on them; whoever ran it has it again, copied or not. */
static bool make_copy(struct local *from, struct local *to, struct way *of, struct err *e)
{
	if (from->pid && !local_end_server(from, e)) return false;
	from->pid = 0;
	if (!dir_has(from, "server.way")) {
		uuid_make(of->password);
		if (!proc_free_port(&of->port, e) || !prepare(from, of, NULL, e)) return false;
	}
	return dir_copy_data(from, to, e);
}

static bool start_both(struct local *primary, struct local *replica, enum local_mode mode, struct err *e)
{
	struct way of = { 0 }, own = { 0 };
	char data[PATH_MAX];
	local_find_holder(primary);
	if (!local_use_holder(primary, e) || !dir_path(data, sizeof data, replica, "data", e)) return false;
	bool is_first = access(data, F_OK) != 0;
	if (!is_first && !dir_has(replica, "server.way"))
		return err_set(e, ERR_USAGE,
		               "%s holds a private MariaDB of its own: name a new or an empty folder",
		               replica->dir);
	bool was_running = primary->pid != 0;
	if (is_first && !make_copy(primary, replica, &of, e)) {
		if (was_running && !primary->pid) local_start_server(primary, mode, NULL);
		return false;
	}
	if (!dir_path(replica->both, sizeof replica->both, replica, "both.cnf", e) ||
	    !dir_write_cnf(primary, e) || !dir_write_cnf(replica, e) ||
	    !dir_write_hosts((const struct local *[]){ primary, replica }, 2,
	                     (const struct local *[]){ replica }, 1, replica->both, e))
		return false;
	if (!primary->pid && !local_start_server(primary, mode, e)) return false;
	local_find_holder(replica);
	if (!local_use_holder(replica, e)) return false;
	if (replica->pid) return true;
	if (!read_way(primary, &of, e)) return false;
	if (is_first) {
		own = of;
		if (!proc_free_port(&own.port, e)) return false;
	} else if (!read_way(replica, &own, e))
		return false;
	replica->is_new = is_first;
	return prepare(replica, &own, &of, e) && local_start_server(replica, mode, e);
}

bool local_start_replica(const char *dir, const char *of, enum local_mode mode, struct local *primary,
                         struct local *replica, struct err *e)
{
	int lock = -1, lock_replica = -1;
	if (!dir_find(of, primary, e) || !dir_take(dir, replica, e)) return false;
	if (strcmp(primary->dir, replica->dir) == 0)
		return err_set(e, ERR_USAGE, "%s cannot be a replica server of itself", primary->dir);
	if (!dir_lock(primary, &lock, e)) return false;
	bool ok = dir_lock(replica, &lock_replica, e);
	if (ok) {
		ok = start_both(primary, replica, mode, e);
		close(lock_replica);
	}
	close(lock);
	return ok;
}
