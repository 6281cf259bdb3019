/* name_cache.c - names within 100 ms. A process of its own asks the database and writes the file; who completes waits for it a moment
 * only, and takes what an earlier one wrote. */
#include "views/cli/name_cache.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/folder.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/db/db.h"
#include "sql.h"
#include "views/cli/cli.h"
#include "views/model/names.h"
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	WAIT_MS = 40,
	ASK_MS = 3000,
	FRESH_S = 10,
	OLD_S = 600,
	MOST = 200,
	DIR_MOST = 1024,
	PATH_MOST = DIR_MOST + 40
};

/* One file for each server, login and question. */
static bool file_of(const struct cli *c, const char *kinds, const char *begins, char dir[DIR_MOST],
                    char path[PATH_MOST])
{
	char server[CONF_SAID];
	struct err e;
	if (!state_path(dir, DIR_MOST, "names", true, &e)) return false;
	conf_describe(&c->conf, server, sizeof server);
	uint64_t h = 1469598103934665603ULL;
	const char *parts[] = { server, kinds, begins };
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		for (const char *p = parts[i];; p++) {
			h = (h ^ (unsigned char)*p) * 1099511628211ULL;
			if (!*p) break;
		}
	snprintf(path, PATH_MOST, "%s/%016llx", dir, (unsigned long long)h);
	return folder_make(dir, &e);
}

static void drop_old(const char *dir)
{
	char path[DIR_MOST + 260];
	struct stat st;
	DIR *d = opendir(dir);
	for (struct dirent *f; d && (f = readdir(d));) {
		snprintf(path, sizeof path, "%s/%s", dir, f->d_name);
		if (f->d_name[0] != '.' && stat(path, &st) == 0 && st.st_mtime < time(NULL) - OLD_S)
			unlink(path);
	}
	if (d) closedir(d);
}

static void write_names(struct cli *c, const char *kinds, const char *begins, const char *dir,
                        const char *path)
{
	char part[PATH_MOST + 24];
	struct arg a[3];
	struct table *t = NULL;
	struct err e;
	struct buf line = BUF_EMPTY;
	struct db_opts o = { .deadline_ms = ASK_MS };
	struct db *db = cli_db(c, DB_READ);
	if (!db_call(db, &sql_queries_names, a, names_args(a, kinds, begins, MOST), &o, &t, &e)) return;
	snprintf(part, sizeof part, "%s.%ld", path, (long)getpid());
	FILE *f = fopen(part, "w");
	for (size_t i = 0; f && i < t->n_rows; i++) {
		const char *name = table_get(t, i, "name"), *about = table_get(t, i, "about");
		if (!name || !text_is_safe(name, strlen(name))) continue;
		buf_cut(&line, 0);
		if (about) text_safe(&line, about, strlen(about));
		fprintf(f, "%s\t%s\n", name, buf_str(&line));
	}
	if (f && fclose(f) == 0) rename(part, path);
	drop_old(dir);
}

/* The end that closes when the names are there, or when it has given up. */
static int ask_beside(struct cli *c, const char *kinds, const char *begins, const char *dir, const char *path)
{
	int ends[2];
	if (pipe(ends) != 0) return -1;
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		close(ends[0]);
		setsid();
		for (int fd = 0; fd < 3 && null >= 0; fd++) dup2(null, fd);
		alarm(2 * ASK_MS / 1000);
		write_names(c, kinds, begins, dir, path);
		_exit(0);
	}
	close(ends[1]);
	if (pid > 0) return ends[0];
	close(ends[0]);
	return -1;
}

static bool read_file(const char *path, struct buf *out)
{
	char part[4096];
	size_t n;
	FILE *f = fopen(path, "r");
	if (!f) return false;
	while ((n = fread(part, 1, sizeof part, f)) > 0) buf_add(out, part, n);
	fclose(f);
	return true;
}

bool name_cache_read(struct cli *c, const char *kinds, const char *begins, struct buf *out)
{
	char dir[DIR_MOST], path[PATH_MOST];
	struct stat st;
	if (!file_of(c, kinds, begins, dir, path)) return false;
	bool is_there = stat(path, &st) == 0;
	bool is_fresh = is_there && time(NULL) - st.st_mtime <= FRESH_S;
	if (!is_fresh) {
		int end = ask_beside(c, kinds, begins, dir, path);
		struct pollfd p = { .fd = end, .events = POLLIN };
		if (end >= 0 && !is_there) poll(&p, 1, WAIT_MS);
		if (end >= 0) close(end);
	}
	return read_file(path, out);
}
