/* following.c - a file a console and server, written whole and renamed; taken over by renaming it. */
#include "core/fleet/following.h"
#include "core/base/buf.h"
#include "core/db/conf.h"
#include "core/fleet/intent_int.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned server_mark(const char *server)
{
	uint32_t h = 2166136261u; /* FNV-1a */
	for (; *server; server++) h = (h ^ (unsigned char)*server) * 16777619u;
	return h;
}

static bool our_path(const char *server, char path[PATH_MAX], struct err *e)
{
	char leaf[80];
	snprintf(leaf, sizeof leaf, "following-%ld-%lld-%08x.jsonl", (long)getpid(),
	         journal_process_start(getpid()), server_mark(server));
	return state_path(path, PATH_MAX, leaf, true, e);
}

static bool write_file(const char *path, const struct buf *text, struct err *e)
{
	char tmp[PATH_MAX + 8];
	snprintf(tmp, sizeof tmp, "%s.new", path);
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) return err_set(e, ERR_IO, "cannot write %s: %s", tmp, strerror(errno));
	bool ok = journal_write_all(fd, buf_str(text), text->len) && fsync(fd) == 0;
	int saved = errno;
	if (close(fd) != 0 && ok) ok = false, saved = errno;
	if (ok && rename(tmp, path) != 0) ok = false, saved = errno;
	if (ok) return true;
	unlink(tmp);
	return err_set(e, ERR_IO, "cannot write %s: %s", tmp, strerror(saved));
}

bool following_save(const char *server, const struct following *list, size_t n, struct err *e)
{
	char path[PATH_MAX];
	struct buf b = BUF_EMPTY;
	if (!our_path(server, path, e)) return false;
	if (n == 0)
		return unlink(path) == 0 || errno == ENOENT ||
		       err_set(e, ERR_IO, "cannot remove %s: %s", path, strerror(errno));
	for (size_t i = 0; i < n; i++) {
		json_t *j = json_pack("{s:s, s:s, s:s}", "command_id", list[i].id, "what", list[i].what,
		                      "gtid", list[i].gtid);
		char *text = json_dumps(j, JSON_COMPACT);
		json_decref(j);
		if (text) buf_addf(&b, "%s\n", text);
		free(text);
	}
	bool ok = write_file(path, &b, e);
	buf_free(&b);
	return ok;
}

static void read_file(const char *path, void (*take)(void *ctx, const struct following *f), void *ctx)
{
	FILE *f = fopen(path, "re");
	char line[2048];
	while (f && fgets(line, sizeof line, f)) {
		struct following one;
		json_t *j = json_loads(line, 0, NULL);
		const char *id = json_string_value(json_object_get(j, "command_id")),
		           *what = json_string_value(json_object_get(j, "what")),
		           *gtid = json_string_value(json_object_get(j, "gtid"));
		if (id && what && strlen(id) < sizeof one.id) {
			snprintf(one.id, sizeof one.id, "%s", id);
			snprintf(one.what, sizeof one.what, "%s", what);
			snprintf(one.gtid, sizeof one.gtid, "%s", gtid ? gtid : "");
			take(ctx, &one);
		}
		json_decref(j);
	}
	if (f) fclose(f);
}

/* Our own is that of a console this program had open before (another environment, and back). */
static bool is_left(const char *name, unsigned mark)
{
	long pid;
	long long start;
	unsigned server;
	int end = 0;
	if (sscanf(name, "following-%ld-%lld-%8x.jsonl%n", &pid, &start, &server, &end) != 3 || !end ||
	    name[end] || server != mark)
		return false;
	return pid == getpid() || start == 0 || journal_process_start(pid) != start;
}

void following_take(const char *server, void (*take)(void *ctx, const struct following *f), void *ctx)
{
	char dir[PATH_MAX];
	if (!state_path(dir, sizeof dir, "", false, NULL)) return;
	DIR *d = opendir(dir);
	for (const struct dirent *at; d && (at = readdir(d));) {
		char path[PATH_MAX + 300], taken[PATH_MAX + 340];
		if (!is_left(at->d_name, server_mark(server))) continue;
		snprintf(path, sizeof path, "%s%s", dir, at->d_name);
		snprintf(taken, sizeof taken, "%s.%ld", path, (long)getpid());
		if (rename(path, taken) != 0) continue; /* another console was first */
		read_file(taken, take, ctx);
		unlink(taken);
	}
	if (d) closedir(d);
}
