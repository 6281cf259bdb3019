/* intent_read.c - reading the journal, and compacting it. Of its index only the lines that count in the end are
 * parsed. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/fleet/intent.h"
#include "core/fleet/intent_index.h"
#include "core/fleet/intent_int.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMPACT_ABOVE_BYTES (4 << 20) /* more than is kept, so that not every start compacts */
#define MOST_DONE           1000
#define KEEP_RESOLVED_MS    (30LL * 24 * 3600 * 1000)

/* --- the list --- */
static const char *get(struct arena *a, const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));
	return s ? arena_str(a, s) : NULL;
}

static bool writer_is_alive(const json_t *j)
{
	long pid = (long)json_integer_value(json_object_get(j, "pid"));
	long long start = json_integer_value(json_object_get(j, "pid_start"));
	return pid > 0 && pid != getpid() && start > 0 && journal_process_start(pid) == start;
}

static void read_action(struct intent_list *l, const json_t *j, struct piece outcome)
{
	struct arena *a = l->arena;
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
		.outcome = outcome.n ? arena_dup(a, outcome.s, outcome.n) : NULL,
	};
	const char *at = json_string_value(json_object_get(j, "at"));
	if (!at || !time_parse(at, 0, &it->in.at_wall_ms, NULL)) it->in.at_wall_ms = 0;
}

static bool read_plan(struct intent_list *l, const json_t *j)
{
	struct arena *a = l->arena;
	const json_t *targets = json_object_get(j, "targets");
	size_t n = json_array_size(targets);
	struct intent_target *list = arena_alloc(a, (n ? n : 1) * sizeof *list);
	for (size_t i = 0; i < n; i++) {
		const json_t *pair = json_array_get(targets, i);
		list[i].target = arena_str(a, json_string_value(json_array_get(pair, 0)));
		list[i].request_id = arena_str(a, json_string_value(json_array_get(pair, 1)));
		list[i].args = arena_str(a, json_string_value(json_array_get(pair, 2)));
		if (!list[i].target || !list[i].request_id) return false;
	}
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
	return true;
}

static void read_entry(struct index *x, const struct entry *en, struct intent_list *l)
{
	json_t *j = json_loadb(en->line.s, en->line.n, 0, NULL);
	bool ok = false;
	x->n_parsed++;
	if (en->kind == LINE_ACTION && (ok = line_is_action(j)))
		read_action(l, j, en->outcome);
	else if (en->kind == LINE_PLAN && line_is_plan(j))
		ok = read_plan(l, j);
	if (!ok) x->n_broken++;
	json_decref(j);
}

/* --- what a failover may have lost --- */
static bool is_outcome(const struct entry *en, const char *word)
{
	return en->outcome.n == strlen(word) && memcmp(en->outcome.s, word, en->outcome.n) == 0;
}

static bool is_done(const struct entry *en)
{
	return en->kind == LINE_ACTION && en->line.n && en->gtid.n &&
	       (is_outcome(en, "done") || is_outcome(en, "void"));
}

static void make_done(const struct index *x, struct intent_list *l)
{
	size_t n = 0;
	for (size_t i = x->n; i-- > 0 && n < MOST_DONE;) n += is_done(&x->entries[i]);
	if (n) l->done = mem_alloc(n * sizeof *l->done);
	for (size_t i = x->n; i-- > 0 && l->n_done < n;) {
		const struct entry *en = &x->entries[i];
		if (!is_done(en)) continue;
		l->done[l->n_done++] = (struct intent_done){
			.request_id = arena_dup(l->arena, en->id.s, en->id.n),
			.gtid = arena_dup(l->arena, en->gtid.s, en->gtid.n),
			.line = arena_dup(l->arena, en->line.s, en->line.n),
			.is_void = is_outcome(en, "void"),
		};
	}
}

static bool is_wanted(const struct entry *en, bool all)
{
	return en->line.n && (!en->outcome.n || (all && en->kind == LINE_ACTION));
}

static void make_list(struct index *x, bool all, struct intent_list *list)
{
	size_t n = 0;
	list->arena = mem_alloc(sizeof(struct arena));
	for (size_t i = 0; i < x->n; i++) n += is_wanted(&x->entries[i], all);
	if (n) {
		list->items = mem_alloc(n * sizeof *list->items);
		list->plans = mem_alloc(n * sizeof *list->plans);
		list->plan_is_alive = mem_alloc(n * sizeof *list->plan_is_alive);
	}
	for (size_t i = 0; i < x->n; i++)
		if (is_wanted(&x->entries[i], all)) read_entry(x, &x->entries[i], list);
	make_done(x, list);
	list->n_broken = x->n_broken;
	list->n_parsed = x->n_parsed;
	list->n_bytes = x->n_text;
}

static bool is_of_bulk(const struct intent_plan *p, const char *request_id)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->targets[i].request_id, request_id) == 0) return true;
	return false;
}

bool intent_bulk_of(const char *path, const char *request_id, struct intent_list *list, struct err *e)
{
	char where[PATH_MAX];
	struct index x;
	*list = (struct intent_list){ 0 };
	if (!journal_path(path, where, e) || !index_make(&x, where, false, e)) return false;
	list->arena = mem_alloc(sizeof(struct arena));
	list->plans = mem_alloc(sizeof *list->plans);
	list->plan_is_alive = mem_alloc(sizeof *list->plan_is_alive);
	for (size_t i = x.n; i-- > 0 && !list->n_plans;) {
		const struct entry *en = &x.entries[i];
		if (en->kind != LINE_PLAN || !memmem(en->line.s, en->line.n, request_id, strlen(request_id)))
			continue;
		read_entry(&x, en, list);
		if (list->n_plans && !is_of_bulk(&list->plans[0], request_id)) list->n_plans = 0;
	}
	index_free(&x);
	return true;
}

void intent_list_free(struct intent_list *list)
{
	if (list->arena) arena_free(list->arena);
	free(list->arena);
	free(list->items);
	free(list->plans);
	free(list->plan_is_alive);
	free(list->done);
	*list = (struct intent_list){ 0 };
}

/* --- compacting --- */
/* Times are written alike, so the earlier one is the lesser text; what is no time counts as new. */
static bool is_old(struct piece at, const char *limit)
{
	return at.n == strlen(limit) && memcmp(at.s, limit, at.n) < 0;
}

/* false: there is nothing to drop. */
static bool choose(struct index *x)
{
	char limit[32];
	size_t n_settled = 0, n_dropped = x->n_passed;
	time_iso(clock_wall_ms() - KEEP_RESOLVED_MS, limit);
	for (size_t i = 0; i < x->n; i++) {
		struct entry *en = &x->entries[i];
		if (!en->outcome.n) continue;
		en->is_dropped = is_old(en->settled_at, limit);
		n_dropped += en->is_dropped;
		if (!en->is_dropped) n_settled += en->n_bytes;
	}
	for (size_t i = 0; i < x->n && n_settled > KEEP_BYTES; i++) {
		struct entry *en = &x->entries[i];
		if (!en->outcome.n || en->is_dropped) continue;
		en->is_dropped = true;
		n_dropped++;
		n_settled -= en->n_bytes;
	}
	return n_dropped > 0;
}

/* To let a file of 50 MB go takes the file system 12 ms, which an action would wait for. So the old journal keeps a
 * name, and goes with the next action, which finds a small journal and has time while it connects. A name that is
 * taken, or a file system without a second name for a file, costs the 12 ms. */
static char *aside(const char *path) { return mem_printf("%s.old", path); }

static void keep_aside(const char *path)
{
	char *old = aside(path);
	if (link(path, old) != 0) unlink(old);
	free(old);
}

static void drop_aside(const char *path)
{
	char *old = aside(path);
	unlink(old);
	free(old);
}

/* On disk under a name of its own before it takes the journal's: whoever is killed in between has left the
 * journal as it was. */
static bool rewrite(const char *path, const struct index *x, struct err *e)
{
	char tmp[PATH_MAX + 8];
	struct buf b = BUF_EMPTY;
	snprintf(tmp, sizeof tmp, "%s.new", path);
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) return err_set(e, ERR_IO, "cannot write %s: %s", tmp, strerror(errno));
	for (size_t i = 0; i < x->n_lines; i++)
		if (!x->entries[x->lines[i].entry].is_dropped) {
			buf_add(&b, x->lines[i].line.s, x->lines[i].line.n);
			buf_addc(&b, '\n');
		}
	bool ok = journal_write_all(fd, buf_str(&b), b.len) && fsync(fd) == 0;
	buf_free(&b);
	int saved = errno;
	if (close(fd) != 0 && ok) ok = false, saved = errno;
	if (ok) keep_aside(path);
	if (ok && rename(tmp, path) != 0) ok = false, saved = errno;
	if (!ok) {
		unlink(tmp);
		return err_set(e, ERR_IO, "cannot write %s: %s", tmp, strerror(saved));
	}
	journal_sync_folder(path);
	return true;
}

static bool is_large(const char *where)
{
	struct stat st;
	return stat(where, &st) == 0 && st.st_size > COMPACT_ABOVE_BYTES;
}

/* The lock is given back first: what it costs to let a large file go nobody has to wait for. */
static void end_reading(struct index *x, int lock)
{
	if (lock >= 0) close(lock);
	index_free(x);
}

bool intent_compact(const char *path, struct err *e)
{
	char where[PATH_MAX];
	struct index x = { 0 };
	if (!journal_path(path, where, e)) return false;
	drop_aside(where);
	if (!is_large(where)) return true;
	int lock = journal_lock(where, e);
	if (lock < 0) return false;
	bool ok = true; /* another program may have compacted it while we waited */
	if (is_large(where) && (ok = index_make(&x, where, false, e)))
		ok = !choose(&x) || rewrite(where, &x, e);
	end_reading(&x, lock);
	return ok;
}

/* A large one is read once for both: under the lock, so that what is compacted is what was read. */
bool intent_read(const char *path, bool all, struct intent_list *list, struct err *e)
{
	char where[PATH_MAX];
	struct index x = { 0 };
	*list = (struct intent_list){ 0 };
	if (!journal_path(path, where, e)) return false;
	int lock = is_large(where) ? journal_lock(where, NULL) : -1;
	bool ok = index_make(&x, where, all, e);
	if (ok) {
		make_list(&x, all, list);
		if (lock >= 0 && x.n_text > COMPACT_ABOVE_BYTES && choose(&x)) rewrite(where, &x, NULL);
	}
	end_reading(&x, lock);
	return ok;
}
