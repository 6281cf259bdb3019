/* galera.c - a private Galera cluster on loopback, for trying and for tests: the first node is the folder's own server,
 * the others lie in it. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/spawn.h"
#include "core/base/uuid.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/local/local.h"
#include "core/local/local_int.h"
#include "sql.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

/* Beside what PATH has: where the scripts of an unpacked package are put, which is not to be installed itself. */
#define SCRIPTS "/usr/local/lib/spotop/galera"
enum { SYNC_MS = 120000, STEP_MS = 50 };

struct ports {
	unsigned group, missed, whole; /* the group's talk, what a node missed, a whole state */
};
struct way {
	char name[40]; /* who does not know it does not get in */
	unsigned n;
	struct ports ports[LOCAL_NODES];
};
struct cluster {
	struct way way;
	struct local *nodes;
	char positions[LOCAL_NODES][80]; /* "UUID:SEQNO" where it stands; "": nowhere yet */
	off_t log_at[LOCAL_NODES];
	enum local_mode mode;
	bool was_running; /* the first, alone */
};

/* --- what it needs --- */

static const char *provider(void)
{
	static const char *const at[] = { "/usr/lib/galera/libgalera_smm.so", "/usr/lib/libgalera_smm.so",
		                          "/usr/lib64/galera-4/libgalera_smm.so" };
	for (size_t i = 0; i < ARRAY_LEN(at); i++)
		if (access(at[i], R_OK) == 0) return at[i];
	return NULL;
}

/* The server calls the script by its name, and the script its tools. */
static void add_scripts(void)
{
	const char *path = getenv("PATH");
	char all[8192];
	if (path && strstr(path, SCRIPTS)) return;
	snprintf(all, sizeof all, "%s:" SCRIPTS, path && *path ? path : "/usr/bin:/bin:/usr/sbin:/sbin");
	setenv("PATH", all, 1);
}

bool local_galera_check(struct err *e)
{
	char path[PATH_MAX];
	struct buf lacks = BUF_EMPTY;
	add_scripts();
	if (!provider()) buf_adds(&lacks, "libgalera_smm.so (package galera-4), ");
	if (!spawn_find("rsync", path, sizeof path)) buf_adds(&lacks, "rsync (package rsync), ");
	if (!spawn_find("ss", path, sizeof path) && !spawn_find("lsof", path, sizeof path))
		buf_adds(&lacks, "ss (package iproute2), ");
	if (!spawn_find("wsrep_sst_rsync", path, sizeof path))
		buf_adds(&lacks,
		         "wsrep_sst_rsync (of the package mariadb-server: in PATH or in " SCRIPTS "), ");
	bool ok = lacks.len == 0;
	if (!ok)
		err_set(e, ERR_IO, "a Galera cluster needs %.*s; `make deps-cluster` brings it",
		        (int)lacks.len - 2, buf_str(&lacks));
	buf_free(&lacks);
	return ok;
}

static bool put(const struct local *l, const char *leaf, struct buf *text, struct err *e)
{
	char path[PATH_MAX];
	bool ok = dir_path(path, sizeof path, l, leaf, e) && dir_write_file(path, buf_str(text), e);
	buf_free(text);
	return ok;
}

/* As root rsync's daemon makes itself nobody, who may not enter the folder; so root has a script of its own, which is the
 * usual one with another rsync. */
static bool keep_root(const struct local *l, struct err *e)
{
	char script[PATH_MAX], common[PATH_MAX], path[PATH_MAX], all[8192 + PATH_MAX];
	const char *was = getenv("PATH");
	struct buf b = BUF_EMPTY;
	if (geteuid() || !was) return true;
	if (!local_program("wsrep_sst_rsync", script, sizeof script, e) ||
	    !local_program("wsrep_sst_common", common, sizeof common, e) ||
	    !dir_path(path, sizeof path, l, "run/wsrep_sst_common", e))
		return false;
	unlink(path);
	if (symlink(common, path)) return err_set(e, ERR_IO, "cannot make %s: %s", path, strerror(errno));
	buf_addf(&b,
	         "#!/bin/bash\nrsync() { case \"$1\" in --daemon) shift; exec rsync --daemon --dparam=uid=0 "
	         "--dparam=gid=0 \"$@\" ;; esac; command rsync \"$@\"; }\n. %s\n",
	         script);
	if (!put(l, "run/wsrep_sst_root", &b, e) || !dir_path(path, sizeof path, l, "run/wsrep_sst_root", e))
		return false;
	if (chmod(path, 0700))
		return err_set(e, ERR_IO, "cannot make %s a program: %s", path, strerror(errno));
	snprintf(all, sizeof all, "%s:%s/run", was, l->dir);
	if (!strstr(was, l->dir)) setenv("PATH", all, 1);
	return true;
}

/* --- its files --- */

static bool read_way(const struct local *l, struct way *w, struct err *e)
{
	char path[PATH_MAX];
	if (!dir_path(path, sizeof path, l, "galera.way", e)) return false;
	FILE *f = fopen(path, "re");
	bool ok = f && fscanf(f, "%39s %u", w->name, &w->n) == 2 && w->n >= 1 && w->n <= LOCAL_NODES;
	for (unsigned i = 0; ok && i < w->n; i++)
		ok = fscanf(f, "%u %u %u", &w->ports[i].group, &w->ports[i].missed, &w->ports[i].whole) == 3;
	if (f) fclose(f);
	return ok || err_set(e, ERR_IO, "%s cannot be read or is not whole", path);
}

static bool write_way(const struct local *l, const struct way *w, struct err *e)
{
	struct buf b = BUF_EMPTY;
	buf_addf(&b, "%s %u\n", w->name, w->n);
	for (unsigned i = 0; i < w->n; i++)
		buf_addf(&b, "%u %u %u\n", w->ports[i].group, w->ports[i].missed, w->ports[i].whole);
	return put(l, "galera.way", &b, e);
}

static bool choose_ports(struct way *w, struct err *e)
{
	for (unsigned i = 0; i < w->n; i++)
		if (!proc_free_port(&w->ports[i].group, e) || !proc_free_port(&w->ports[i].missed, e) ||
		    !proc_free_port(&w->ports[i].whole, e))
			return false;
	return true;
}

/* The options of a node's next start. One that begins the group has nobody to ask. Several appliers may wait for each other
 * until all nodes stop. */
static bool write_options(const struct cluster *c, unsigned i, bool begins, struct err *e)
{
	const struct ports *p = &c->way.ports[i];
	struct buf b = BUF_EMPTY;
	buf_addf(&b,
	         "# Written by `spotop local start --galera`.\n[mariadbd]\nserver-id=%u\nbinlog-format=ROW\n"
	         "log-slave-updates=1\ninnodb-autoinc-lock-mode=2\ninnodb-force-primary-key=1\nwsrep-on=ON\n"
	         "wsrep-provider=%s\nwsrep-cluster-name=%s\nwsrep-node-name=node-%u\n"
	         "wsrep-node-address=127.0.0.1:%u\nwsrep-sst-method=%s\n"
	         "wsrep-sst-receive-address=127.0.0.1:%u\nwsrep-slave-threads=1\n"
	         "wsrep-provider-options=\"gmcast.listen_addr=tcp://127.0.0.1:%u;"
	         "ist.recv_addr=127.0.0.1:%u;gcache.size=64M;pc.recovery=false\"\n"
	         "wsrep-cluster-address=gcomm://",
	         i + 1, provider(), c->way.name, i + 1, p->group, geteuid() ? "rsync" : "root", p->whole,
	         p->group, p->missed);
	for (unsigned k = 0; !begins && k < c->way.n; k++)
		buf_addf(&b, "%s127.0.0.1:%u", k ? "," : "", c->way.ports[k].group);
	buf_addc(&b, '\n');
	if (c->positions[i][0]) buf_addf(&b, "wsrep-start-position=%s\n", c->positions[i]);
	return put(&c->nodes[i], "server.cnf", &b, e);
}

/* --- where a node stands --- */

static bool saved_position(const struct local *l, char *out, size_t n)
{
	char path[PATH_MAX], line[200], uuid[40] = "";
	long long seqno = -1;
	if (!dir_path(path, sizeof path, l, "data/grastate.dat", NULL)) return false;
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f)) {
		sscanf(line, "uuid: %39s", uuid);
		sscanf(line, "seqno: %lld", &seqno);
	}
	if (f) fclose(f);
	if (uuid[0] && seqno >= 0) snprintf(out, n, "%s:%lld", uuid, seqno);
	return uuid[0] && seqno >= 0;
}

/* Of one that was not stopped: its engine knows what it has. */
static bool recovered_position(const struct local *l, char *out, size_t n, struct err *e)
{
	char program[PATH_MAX], data[PATH_MAX + 16], tmp[PATH_MAX + 16], sock[PATH_MAX + 24],
	        library[PATH_MAX], log[PATH_MAX], line[400];
	if (!local_program("mariadbd", program, sizeof program, e) ||
	    !dir_path(log, sizeof log, l, "recover.log", e))
		return false;
	snprintf(data, sizeof data, "--datadir=%s/data", l->dir);
	snprintf(tmp, sizeof tmp, "--tmpdir=%s/tmp", l->dir);
	unlink(log);
	snprintf(sock, sizeof sock, "--socket=%s/run/recover", l->dir);
	snprintf(library, sizeof library, "--wsrep-provider=%s", provider());
	const char *argv[] = { program,
		               "--no-defaults",
		               data,
		               tmp,
		               sock,
		               library,
		               "--skip-networking",
		               "--wsrep-on=ON",
		               "--wsrep-cluster-address=gcomm://",
		               "--wsrep-recover",
		               "--binlog-format=ROW",
		               "--log-bin=bin",
		               "--innodb-log-file-size=96M",
		               geteuid() ? NULL : "--user=root",
		               NULL };
	pid_t pid = spawn(&(struct spawn){ .argv = argv, .log = log, .has_session = true }, e);
	if (pid < 0) return false;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
	FILE *f = fopen(log, "re");
	while (f && fgets(line, sizeof line, f)) {
		char *at = strstr(line, "Recovered position: ");
		if (at) snprintf(out, n, "%.*s", (int)strcspn(at + 20, "\r\n"), at + 20);
	}
	if (f) fclose(f);
	if (!strchr(out, ':') || strncmp(out, "00000000-", 9) == 0) out[0] = 0;
	return true;
}

static bool find_positions(struct cluster *c, struct err *e)
{
	for (unsigned i = 0; i < c->way.n; i++) {
		c->positions[i][0] = 0;
		if (!c->nodes[i].pid && dir_has(&c->nodes[i], "data") &&
		    !saved_position(&c->nodes[i], c->positions[i], sizeof c->positions[i]) &&
		    !recovered_position(&c->nodes[i], c->positions[i], sizeof c->positions[i], e))
			return false;
	}
	return true;
}

/* Who has most begins the group. */
static unsigned furthest(const struct cluster *c)
{
	unsigned best = 0;
	long long most = -2;
	for (unsigned i = 0; i < c->way.n; i++) {
		const char *colon = strrchr(c->positions[i], ':');
		long long at = colon ? strtoll(colon + 1, NULL, 10) : -2;
		if (at > most) {
			most = at;
			best = i;
		}
	}
	return best;
}

static bool mark_first(const struct cluster *c, unsigned i, struct err *e)
{
	struct buf b = BUF_EMPTY;
	char uuid[40];
	snprintf(uuid, sizeof uuid, "%.36s", c->positions[i]);
	if (!c->positions[i][0]) return true;
	buf_addf(&b, "# GALERA saved state\nversion: 2.1\nuuid:    %s\nseqno:   %s\nsafe_to_bootstrap: 1\n",
	         uuid, strrchr(c->positions[i], ':') + 1);
	return put(&c->nodes[i], "data/grastate.dat", &b, e);
}

/* --- starting --- */

/* It may answer a client and have nothing yet. */
static bool wait_synced(struct local *l, struct err *e)
{
	struct db_conf conf;
	uv_loop_t loop;
	bool is = false;
	conf_init(&conf);
	conf.socket = mem_dup(l->socket);
	conf.user = mem_dup("root");
	conf.connect_timeout_s = 5;
	if (uv_loop_init(&loop)) return err_set(e, ERR_INTERNAL, "no loop");
	struct db *db = db_open(&loop, &conf, DB_READ, "node");
	for (int64_t until = clock_mono_ms() + SYNC_MS; !is && clock_mono_ms() < until;) {
		struct table *t = NULL;
		if (!proc_is_alive(l->pid)) break;
		if (db_call(db, &sql_local_synced, NULL, 0, NULL, &t, NULL))
			is = table_int(t, 0, "is_synced", 0) == 1;
		table_free(t);
		if (!is) proc_sleep_ms(STEP_MS);
		if (!is) db_retry_now(db);
	}
	db_close_wait(db);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	conf_free(&conf);
	return is || err_set(e, ERR_DB_DOWN, "the node in %s did not join its cluster; %s/error.log says why",
	                     l->dir, l->dir);
}

/* The first start of all: one node becomes a group, is stopped, and the others begin with what it has. */
static bool make_nodes(struct cluster *c, struct err *e)
{
	struct local *first = &c->nodes[0];
	c->was_running = first->pid != 0;
	if (c->was_running && !local_end_server(first, e)) return false;
	first->pid = 0;
	if (!local_make_data(first, e) || !choose_ports(&c->way, e) || !write_options(c, 0, true, e) ||
	    !local_start_server(first, c->mode, e) || !wait_synced(first, e) || !local_end_server(first, e))
		return false;
	first->pid = 0;
	first->is_ours = false;
	for (unsigned i = 1; i < c->way.n; i++)
		if (!dir_copy_data(first, &c->nodes[i], e)) return false;
	return write_way(first, &c->way, e);
}

static bool begin_group(struct cluster *c, struct err *e)
{
	if (!choose_ports(&c->way, e) || !write_way(&c->nodes[0], &c->way, e)) return false;
	unsigned first = furthest(c);
	if (!mark_first(c, first, e) || !write_options(c, first, true, e) ||
	    !local_start_server(&c->nodes[first], c->mode, e) || !wait_synced(&c->nodes[first], e))
		return false;
	return write_options(c, first, false, e); /* next time it asks the others */
}

static bool join_all(struct cluster *c, struct err *e)
{
	bool is_new[LOCAL_NODES] = { 0 };
	for (unsigned i = 0; i < c->way.n; i++) {
		if (c->nodes[i].pid) continue;
		is_new[i] = true;
		if (!write_options(c, i, false, e) ||
		    !local_begin_server(&c->nodes[i], c->mode, &c->log_at[i], e))
			return false;
	}
	for (unsigned i = 0; i < c->way.n; i++)
		if (is_new[i] &&
		    (!local_await_server(&c->nodes[i], c->log_at[i], e) || !wait_synced(&c->nodes[i], e)))
			return false;
	return true;
}

static bool write_client_files(struct cluster *c, struct err *e)
{
	const struct local *all[LOCAL_NODES], *reads[LOCAL_NODES];
	struct local *first = &c->nodes[0];
	for (unsigned i = 0; i < c->way.n; i++) {
		all[i] = &c->nodes[i];
		reads[i] = &c->nodes[(i + 1) % c->way.n];
		if (!dir_write_cnf(&c->nodes[i], e)) return false;
	}
	return dir_path(first->both, sizeof first->both, first, "all.cnf", e) &&
	       dir_write_hosts(all, c->way.n, reads, c->way.n, first->both, e);
}

/* What could not be made a cluster is a server alone as before. */
static void give_back(struct cluster *c)
{
	char path[PATH_MAX];
	struct local *first = &c->nodes[0];
	local_find_holder(first);
	if (first->pid) local_end_server(first, NULL);
	if (dir_path(path, sizeof path, first, "server.cnf", NULL)) unlink(path);
	first->pid = 0;
	if (c->was_running) local_start_server(first, c->mode, NULL);
}

static bool start(struct cluster *c, struct err *e)
{
	unsigned n_running = 0;
	bool is_first = !dir_has(&c->nodes[0], "galera.way");
	for (unsigned i = 0; i < c->way.n; i++) {
		local_find_holder(&c->nodes[i]);
		if (!local_use_holder(&c->nodes[i], e)) return false;
		n_running += c->nodes[i].pid != 0;
	}
	if (is_first) {
		if (!make_nodes(c, e)) {
			give_back(c);
			return false;
		}
		n_running = 0;
	}
	return keep_root(&c->nodes[0], e) && write_client_files(c, e) && find_positions(c, e) &&
	       (n_running || begin_group(c, e)) && join_all(c, e);
}

/* 32 characters at most: an id without its hyphens. */
static void name_group(char *name)
{
	char id[40];
	uuid_make(id);
	for (const char *s = id; *s; s++)
		if (*s != '-') *name++ = *s;
	*name = 0;
}

static bool take_nodes(struct cluster *c, unsigned n, struct err *e)
{
	struct local *first = &c->nodes[0];
	char path[PATH_MAX + 16];
	if (dir_has(first, "server.way"))
		return err_set(e, ERR_USAGE,
		               "%s is a primary or a replica server: name a new or an empty folder",
		               first->dir);
	c->way.n = n;
	if (!dir_has(first, "galera.way"))
		name_group(c->way.name);
	else if (!read_way(first, &c->way, e))
		return false;
	if (c->way.n != n)
		return err_set(e, ERR_USAGE, "%s holds a Galera cluster of %u nodes: --galera %u", first->dir,
		               c->way.n, c->way.n);
	for (unsigned i = 1; i < n; i++) {
		snprintf(path, sizeof path, "%s/node-%u", first->dir, i + 1);
		if (!dir_take(path, &c->nodes[i], e)) return false;
	}
	return true;
}

bool local_start_galera(const char *dir, int n, enum local_mode mode, struct local nodes[LOCAL_NODES],
                        struct err *e)
{
	struct cluster c = { .nodes = nodes, .mode = mode };
	int lock = -1;
	memset(nodes, 0, LOCAL_NODES * sizeof *nodes);
	if (n < 2 || n > LOCAL_NODES)
		return err_set(e, ERR_USAGE, "--galera: %d is not a number of nodes from 2 to %d", n,
		               LOCAL_NODES);
	if (!local_galera_check(e) || !dir_take(dir, &nodes[0], e) || !dir_lock(&nodes[0], &lock, e))
		return false;
	bool ok = take_nodes(&c, (unsigned)n, e) && start(&c, e);
	close(lock);
	return ok;
}
