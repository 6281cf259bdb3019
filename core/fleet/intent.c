/* intent.c - writing to the journal: one JSON object a line. "state" says which: "sent" (an action), "bulk"
 * (a plan), or an outcome that belongs to the id before it. "at", "state" and the id come first: by them
 * intent_read.c knows a line without parsing it. */
#include "core/fleet/intent.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/fleet/intent_int.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

bool journal_path(const char *path, char out[PATH_MAX], struct err *e)
{
	if (!path) return state_path(out, PATH_MAX, "intents.jsonl", true, e);
	if (snprintf(out, PATH_MAX, "%s", path) >= PATH_MAX)
		return err_set(e, ERR_IO, "the journal's path is too long");
	return true;
}

long long journal_process_start(long pid)
{
	char path[64], text[1024];
	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	FILE *f = fopen(path, "r");
	if (!f) return 0;
	size_t n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = 0;
	const char *p = strrchr(text, ')');
	for (int field = 2; p && field < 22; field++) p = strchr(p + 1, ' ');
	return p ? atoll(p + 1) : 0;
}

int journal_lock(const char *path, struct err *e)
{
	char lock[PATH_MAX + 8];
	snprintf(lock, sizeof lock, "%s.lock", path);
	int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0 && flock(fd, LOCK_EX) == 0) return fd;
	err_set(e, ERR_IO, "cannot lock %s: %s", lock, strerror(errno));
	if (fd >= 0) close(fd);
	return -1;
}

void journal_sync_folder(const char *path)
{
	char dir[PATH_MAX];
	snprintf(dir, sizeof dir, "%s", path);
	char *slash = strrchr(dir, '/');
	if (!slash) return;
	*slash = 0;
	int fd = open(*dir ? dir : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) return;
	fsync(fd);
	close(fd);
}

bool journal_write_all(int fd, const char *s, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, s, n);
		if (w < 0 && errno == EINTR) continue;
		if (w <= 0) return false;
		s += w, n -= (size_t)w;
	}
	return true;
}

/* A line that was cut off by a crash is closed first, so that ours starts on a line of its own. */
static bool append_line(const char *path, const char *line, struct err *e)
{
	struct stat st;
	bool is_new = stat(path, &st) != 0;
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0) return err_set(e, ERR_IO, "cannot open %s: %s", path, strerror(errno));
	char last = '\n';
	off_t end = lseek(fd, 0, SEEK_END);
	if (end > 0 && pread(fd, &last, 1, end - 1) != 1) last = 0;
	struct buf b = BUF_EMPTY;
	if (last != '\n') buf_addc(&b, '\n');
	buf_adds(&b, line);
	buf_addc(&b, '\n');
	bool ok = journal_write_all(fd, b.s, b.len) && fsync(fd) == 0;
	int saved = errno;
	buf_free(&b);
	close(fd);
	if (!ok) return err_set(e, ERR_IO, "cannot write %s: %s; nothing was sent", path, strerror(saved));
	if (is_new) journal_sync_folder(path);
	return true;
}

static bool journal_append(const char *path, json_t *line, struct err *e)
{
	char where[PATH_MAX];
	json_object_set_new(line, "pid", json_integer(getpid()));
	json_object_set_new(line, "pid_start", json_integer(journal_process_start(getpid())));
	char *text = json_dumps(line, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(line);
	if (!text) return err_set(e, ERR_INTERNAL, "an intent holds text that is not UTF-8");
	bool ok = journal_path(path, where, e);
	int lock = ok ? journal_lock(where, e) : -1;
	ok = lock >= 0 && append_line(where, text, e);
	if (lock >= 0) close(lock);
	free(text);
	return ok;
}

static json_t *text_or_null(const char *s) { return s ? json_string(s) : json_null(); }

static json_t *line_new(const char *state, int64_t at_ms)
{
	char at[32];
	time_iso(at_ms ? at_ms : clock_wall_ms(), at);
	return json_pack("{s:s, s:s}", "at", at, "state", state);
}

bool intent_write(const char *path, const struct intent *in, struct err *e)
{
	json_t *j = line_new("sent", in->at_wall_ms);
	const struct {
		const char *key, *value;
	} texts[] = {
		{ "request_id", in->request_id },
		{ "verb", in->verb },
		{ "target", in->target },
		{ "args", in->args },
		{ "seen", in->seen },
		{ "override", in->override },
		{ "reason", in->reason },
		{ "bulk", in->bulk_id },
		{ "server", in->server },
	};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		json_object_set_new(j, texts[i].key, text_or_null(texts[i].value));
	json_object_set_new(j, "thread", json_integer((json_int_t)in->thread_id));
	return journal_append(path, j, e);
}

bool intent_write_plan(const char *path, const struct intent_plan *plan, struct err *e)
{
	json_t *j = line_new("bulk", 0), *targets = json_array();
	const struct {
		const char *key, *value;
	} texts[] = {
		{ "bulk", plan->bulk_id },      { "verb", plan->verb },     { "args", plan->args },
		{ "override", plan->override }, { "reason", plan->reason }, { "server", plan->server },
	};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		json_object_set_new(j, texts[i].key, text_or_null(texts[i].value));
	for (size_t i = 0; i < plan->n; i++) {
		const struct intent_target *t = &plan->targets[i];
		json_t *one = json_pack("[s, s]", t->target, t->request_id);
		if (t->args) json_array_append_new(one, json_string(t->args));
		json_array_append_new(targets, one);
	}
	json_object_set_new(j, "batch", json_integer((json_int_t)plan->batch));
	json_object_set_new(j, "targets", targets);
	return journal_append(path, j, e);
}

bool intent_resolve(const char *path, const char *id, const char *outcome, const char *message,
                    const char *gtid, struct err *e)
{
	json_t *j = line_new(outcome, 0);
	json_object_set_new(j, "id", json_string(id));
	if (gtid)
		json_object_set_new(j, "gtid",
		                    json_string(gtid)); /* here, where it is found without parsing */
	json_object_set_new(j, "message", text_or_null(message));
	return journal_append(path, j, e);
}
