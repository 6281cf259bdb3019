/* server_schema.c - schema_install over a link of its own. */
#include "tests/support/server_schema.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/fleet/schema.h"
#include "tests/support/loop.h"
#include "tests/support/server.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

bool server_load_schema(const struct server *s, struct err *e)
{
	struct db_conf conf;
	uv_loop_t loop;
	server_conf(s, &conf);
	uv_loop_init(&loop);
	struct db *w = db_open(&loop, &conf, DB_WRITE, "schema");
	conf_free(&conf);
	bool ok = !getenv("SPOTOP_SERVER_OPTS") ||
	          server_sql(s, "CREATE DATABASE IF NOT EXISTS spot_optimizer", NULL, 0, e);
	ok = ok && schema_install(w, "spot_optimizer", NULL, e);
	db_close_wait(w);
	loop_end(&loop);
	return ok;
}

/* --- a copy of it --- */
enum { DAY_S = 86400 };
struct ready {
	char dir[PATH_MAX], stamp[100],
	        lock[PATH_MAX]; /* stamp: of the program and the day it was made by and on */
};

/* Of this program, whose text the schema is part of, as it is today: partitions and turns of jobs begin with the day. */
static bool find_ready(struct ready *r)
{
	char self[PATH_MAX], *name;
	const char *build = getenv("SPOTOP_BUILD");
	struct stat st;
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n <= 0 || stat("/proc/self/exe", &st) != 0) return false;
	self[n] = 0;
	if ((name = strstr(self, " (deleted)"))) *name = 0; /* it was built anew meanwhile */
	if ((name = strrchr(self, '/'))) *name = '-';       /* .../it/run: it-run */
	name = strrchr(self, '/');
	snprintf(r->dir, sizeof r->dir, "%.2000s/mariadb-schema-%.200s", build ? build : "build",
	         name ? name + 1 : self);
	snprintf(r->lock, sizeof r->lock, "%.3000s.lock", r->dir);
	snprintf(r->stamp, sizeof r->stamp, "%lld.%09ld %lld %lld", (long long)st.st_mtim.tv_sec,
	         st.st_mtim.tv_nsec, (long long)st.st_size, (long long)time(NULL) / DAY_S);
	return true;
}

static bool is_made(const struct ready *r)
{
	char path[PATH_MAX + 10], stamp[100] = "";
	snprintf(path, sizeof path, "%s/stamp", r->dir);
	FILE *f = fopen(path, "re");
	if (!f) return false;
	bool ok = fgets(stamp, sizeof stamp, f) && strcmp(stamp, r->stamp) == 0;
	fclose(f);
	return ok;
}

/* The stamp comes last: what was cut off before it is none. */
static bool make(const struct ready *r, struct err *e)
{
	struct server *s = server_start(&(struct server_opts){ .extra = "--event-scheduler=off" }, e);
	if (!s) return false;
	bool ok = server_load_schema(s, e);
	server_end(s);
	char *cmd =
	        mem_printf("rm -rf '%s' && mkdir '%s' && cp -a '%s/data' '%s/data' && printf '%%s' '%s' > "
	                   "'%s/stamp'",
	                   r->dir, r->dir, server_dir(s), r->dir, r->stamp, r->dir);
	ok = ok && (system(cmd) == 0 || err_set(e, ERR_IO, "failed: %.400s", cmd));
	free(cmd);
	server_stop(s);
	return ok;
}

/* Held while it is copied, alone while it is made. */
static int lock_ready(const struct ready *r, struct err *e)
{
	int fd = open(r->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		err_set(e, ERR_IO, "cannot open %s: %s", r->lock, strerror(errno));
		return -1;
	}
	flock(fd, LOCK_SH);
	if (is_made(r)) return fd;
	flock(fd, LOCK_EX); /* another may have made it meanwhile */
	if (is_made(r) || make(r, e)) return fd;
	close(fd);
	return -1;
}

/* A replica server gets the schema from the binary log. */
static bool is_logged(const struct server_opts *o)
{
	return o && (o->server_id || (o->extra && strstr(o->extra, "--log-bin")) ||
	             (o->extra2 && strstr(o->extra2, "--log-bin")));
}

struct server *server_start_whole(const struct server_opts *o, struct err *e)
{
	struct ready r;
	struct server *s = NULL;
	if (is_logged(o) || getenv("SPOTOP_SERVER_OPTS") || !find_ready(&r)) {
		s = server_start(o, e);
		if (!s || server_load_schema(s, e)) return s;
		server_stop(s);
		return NULL;
	}
	int fd = lock_ready(&r, e);
	if (fd < 0) return NULL;
	char data[PATH_MAX + 10];
	snprintf(data, sizeof data, "%s/data", r.dir);
	s = server_start_on(data, o, e);
	close(fd);
	/* As the installation does where it may. */
	if (s) server_sql(s, "SET GLOBAL event_scheduler = ON", NULL, 0, NULL);
	return s;
}
