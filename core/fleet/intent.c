/* intent.c - the journal: one JSON object a line. "state" says which: "sent" (an act), "bulk" (a
 * plan), or an outcome that belongs to the id before it. */
#include "core/fleet/intent.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
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

#define COMPACT_ABOVE_BYTES (4 << 20)
#define KEEP_RESOLVED_MS    (30LL * 24 * 3600 * 1000)

static bool journal_path(const char *path, char out[PATH_MAX], struct err *e)
{
	if (!path) return state_path(out, PATH_MAX, "intents.jsonl", true, e);
	if (snprintf(out, PATH_MAX, "%s", path) >= PATH_MAX)
		return err_set(e, ERR_IO, "the journal's path is too long");
	return true;
}

/* A process is told from a later one with the same number by when it started (field 22 of its stat,
 * counted after the name, which may hold anything). 0: there is none. */
static long long process_start(long pid)
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

/* The lock is on a file of its own, since compacting replaces the journal itself. -1: *e is set. */
static int journal_lock(const char *path, struct err *e)
{
	char lock[PATH_MAX + 8];
	snprintf(lock, sizeof lock, "%s.lock", path);
	int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0 && flock(fd, LOCK_EX) == 0) return fd;
	err_set(e, ERR_IO, "cannot lock %s: %s", lock, strerror(errno));
	if (fd >= 0) close(fd);
	return -1;
}

static void sync_folder(const char *path)
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

static bool write_all(int fd, const char *s, size_t n)
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
	bool ok = write_all(fd, b.s, b.len) && fsync(fd) == 0;
	int saved = errno;
	buf_free(&b);
	close(fd);
	if (!ok) return err_set(e, ERR_IO, "cannot write %s: %s; nothing was sent", path, strerror(saved));
	if (is_new) sync_folder(path);
	return true;
}

static bool journal_append(const char *path, json_t *line, struct err *e)
{
	char where[PATH_MAX];
	json_object_set_new(line, "pid", json_integer(getpid()));
	json_object_set_new(line, "pid_start", json_integer(process_start(getpid())));
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
	for (size_t i = 0; i < plan->n; i++)
		json_array_append_new(targets, json_pack("[s, s]", plan->targets[i].target,
		                                         plan->targets[i].request_id));
	json_object_set_new(j, "batch", json_integer((json_int_t)plan->batch));
	json_object_set_new(j, "targets", targets);
	return journal_append(path, j, e);
}

bool intent_resolve(const char *path, const char *id, const char *outcome, const char *message, struct err *e)
{
	json_t *j = line_new(outcome, 0);
	json_object_set_new(j, "id", json_string(id));
	json_object_set_new(j, "message", text_or_null(message));
	return journal_append(path, j, e);
}

/* --- reading --- */
static const char *get(struct arena *a, const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));
	return s ? arena_str(a, s) : NULL;
}

static bool writer_is_alive(const json_t *j)
{
	long pid = (long)json_integer_value(json_object_get(j, "pid"));
	long long start = json_integer_value(json_object_get(j, "pid_start"));
	return pid > 0 && pid != getpid() && start > 0 && process_start(pid) == start;
}

static void read_act(struct intent_list *l, const json_t *j)
{
	struct arena *a = l->arena;
	l->items = mem_grow(l->items, (l->n + 1) * sizeof *l->items);
	struct intent_item *it = &l->items[l->n++];
	*it = (struct intent_item){
		.in = { .request_id = get(a, j, "request_id"),
		        .verb = get(a, j, "verb"),
		        .target = get(a, j, "target"),
		        .args = get(a, j, "args"),
		        .seen = get(a, j, "seen"),
		        .override = get(a, j, "override"),
		        .reason = get(a, j, "reason"),
		        .bulk_id = get(a, j, "bulk"),
		        .server = get(a, j, "server"),
		        .thread_id = (unsigned long)json_integer_value(json_object_get(j, "thread")) },
		.is_alive = writer_is_alive(j),
	};
	const char *at = json_string_value(json_object_get(j, "at"));
	if (!at || !time_parse(at, 0, &it->in.at_wall_ms, NULL)) it->in.at_wall_ms = 0;
	/* The same request sent again: the later line stands for it. */
	for (size_t i = 0; i + 1 < l->n; i++)
		if (strcmp(l->items[i].in.request_id, it->in.request_id) == 0) {
			l->items[i] = *it;
			l->n--;
			return;
		}
}

static void read_plan(struct intent_list *l, const json_t *j)
{
	struct arena *a = l->arena;
	const json_t *targets = json_object_get(j, "targets");
	size_t n = json_array_size(targets);
	struct intent_target *list = arena_alloc(a, (n ? n : 1) * sizeof *list);
	for (size_t i = 0; i < n; i++) {
		const json_t *pair = json_array_get(targets, i);
		list[i].target = arena_str(a, json_string_value(json_array_get(pair, 0)));
		list[i].request_id = arena_str(a, json_string_value(json_array_get(pair, 1)));
		if (!list[i].target || !list[i].request_id) {
			l->n_broken++;
			return;
		}
	}
	l->plans = mem_grow(l->plans, (l->n_plans + 1) * sizeof *l->plans);
	l->plan_is_alive = mem_grow(l->plan_is_alive, (l->n_plans + 1) * sizeof *l->plan_is_alive);
	l->plan_is_alive[l->n_plans] = writer_is_alive(j);
	l->plans[l->n_plans++] = (struct intent_plan){
		.bulk_id = get(a, j, "bulk"),
		.verb = get(a, j, "verb"),
		.args = get(a, j, "args"),
		.override = get(a, j, "override"),
		.reason = get(a, j, "reason"),
		.server = get(a, j, "server"),
		.batch = (size_t)json_integer_value(json_object_get(j, "batch")),
		.targets = list,
		.n = n,
	};
}

static void read_outcome(struct intent_list *l, const char *id, const char *outcome)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].in.request_id, id) == 0)
			l->items[i].outcome = arena_str(l->arena, outcome);
	for (size_t i = 0; i < l->n_plans; i++)
		if (strcmp(l->plans[i].bulk_id, id) == 0) {
			memmove(&l->plans[i], &l->plans[i + 1], (l->n_plans - i - 1) * sizeof *l->plans);
			memmove(&l->plan_is_alive[i], &l->plan_is_alive[i + 1],
			        (l->n_plans - i - 1) * sizeof *l->plan_is_alive);
			l->n_plans--;
			return;
		}
}

static void read_line(struct intent_list *l, const char *line, size_t n)
{
	json_t *j = json_loadb(line, n, 0, NULL);
	const char *state = json_string_value(json_object_get(j, "state"));
	const char *id = json_string_value(json_object_get(j, "id"));
	if (state && strcmp(state, "sent") == 0 && json_is_string(json_object_get(j, "request_id")) &&
	    json_is_string(json_object_get(j, "verb")) && json_is_string(json_object_get(j, "target")))
		read_act(l, j);
	else if (state && strcmp(state, "bulk") == 0 && json_is_string(json_object_get(j, "bulk")) &&
	         json_is_string(json_object_get(j, "verb")))
		read_plan(l, j);
	else if (state && id)
		read_outcome(l, id, state);
	else
		l->n_broken++;
	json_decref(j);
}

static char *read_file(const char *path, size_t *n, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	*n = 0;
	if (fd < 0 && errno == ENOENT) return mem_dup("");
	if (fd < 0) {
		err_set(e, ERR_IO, "cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	struct buf b = BUF_EMPTY;
	char chunk[65536];
	ssize_t r;
	while ((r = read(fd, chunk, sizeof chunk)) > 0) buf_add(&b, chunk, (size_t)r);
	close(fd);
	*n = b.len;
	return b.s ? buf_detach(&b) : mem_dup("");
}

static void keep_unresolved(struct intent_list *l)
{
	size_t kept = 0;
	for (size_t i = 0; i < l->n; i++)
		if (!l->items[i].outcome) l->items[kept++] = l->items[i];
	l->n = kept;
}

bool intent_read(const char *path, bool all, struct intent_list *list, struct err *e)
{
	char where[PATH_MAX];
	size_t n;
	*list = (struct intent_list){ .arena = mem_alloc(sizeof(struct arena)) };
	char *text = journal_path(path, where, e) ? read_file(where, &n, e) : NULL;
	if (!text) {
		intent_list_free(list);
		return false;
	}
	for (const char *p = text, *end = text + n; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = nl ? (size_t)(nl - p) : (size_t)(end - p);
		if (len) read_line(list, p, len);
		p += len + 1;
	}
	free(text);
	if (!all) keep_unresolved(list);
	return true;
}

void intent_list_free(struct intent_list *list)
{
	if (list->arena) arena_free(list->arena);
	free(list->arena);
	free(list->items);
	free(list->plans);
	free(list->plan_is_alive);
	*list = (struct intent_list){ 0 };
}

/* --- compacting --- */
static const char *line_id(const json_t *j)
{
	const char *id = json_string_value(json_object_get(j, "id"));
	if (!id) id = json_string_value(json_object_get(j, "request_id"));
	return id ? id : json_string_value(json_object_get(j, "bulk"));
}

/* The ids whose outcome is old: every line of theirs may go. */
static json_t *old_ids(const char *text, size_t n)
{
	json_t *ids = json_object();
	for (const char *p = text, *end = text + n; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = nl ? (size_t)(nl - p) : (size_t)(end - p);
		json_t *j = json_loadb(p, len, 0, NULL);
		const char *at = json_string_value(json_object_get(j, "at"));
		const char *id = json_string_value(json_object_get(j, "id"));
		int64_t when;
		if (at && id && time_parse(at, 0, &when, NULL) && when < clock_wall_ms() - KEEP_RESOLVED_MS)
			json_object_set_new(ids, id, json_true());
		json_decref(j);
		p += len + 1;
	}
	return ids;
}

static bool rewrite(const char *path, const char *text, size_t n, struct err *e)
{
	char tmp[PATH_MAX + 8];
	snprintf(tmp, sizeof tmp, "%s.new", path);
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) return err_set(e, ERR_IO, "cannot write %s: %s", tmp, strerror(errno));
	json_t *gone = old_ids(text, n);
	bool ok = true;
	for (const char *p = text, *end = text + n; ok && p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = nl ? (size_t)(nl - p) : (size_t)(end - p);
		json_t *j = json_loadb(p, len, 0, NULL);
		const char *id = j ? line_id(j) : NULL;
		if (id && !json_object_get(gone, id)) ok = write_all(fd, p, len) && write_all(fd, "\n", 1);
		json_decref(j);
		p += len + 1;
	}
	json_decref(gone);
	ok = ok && fsync(fd) == 0;
	close(fd);
	if (!ok || rename(tmp, path) != 0) {
		err_set(e, ERR_IO, "cannot write %s: %s", tmp, strerror(errno));
		unlink(tmp);
		return false;
	}
	sync_folder(path);
	return true;
}

bool intent_compact(const char *path, struct err *e)
{
	char where[PATH_MAX];
	struct stat st;
	if (!journal_path(path, where, e)) return false;
	if (stat(where, &st) != 0 || st.st_size < COMPACT_ABOVE_BYTES) return true;
	int lock = journal_lock(where, e);
	if (lock < 0) return false;
	size_t n;
	char *text = read_file(where, &n, e);
	bool ok = text && rewrite(where, text, n, e);
	free(text);
	close(lock);
	return ok;
}
