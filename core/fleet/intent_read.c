/* intent_read.c - reading the journal, and compacting it. An index by id is built from the first words of
 * every line; only the lines that count in the end are parsed. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/fleet/intent.h"
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

#define COMPACT_ABOVE_BYTES (4 << 20)
#define KEEP_BYTES          (2 << 20) /* less than that above, so that not every start compacts */
#define KEEP_RESOLVED_MS    (30LL * 24 * 3600 * 1000)
#define NONE                SIZE_MAX

struct piece {
	const char *s;
	size_t n;
};
enum kind { LINE_ACTION, LINE_PLAN, LINE_OUTCOME };
/* What stands for an id: its last action or plan, and the outcome after that, if any. */
struct entry {
	struct piece id, line, outcome, settled_at;
	enum kind kind;  /* of line, which may be empty: an outcome of nothing */
	size_t n_bytes;  /* of all its lines */
	bool is_dropped; /* by compacting */
};
struct index {
	char *text;
	size_t n_text;
	struct entry *entries; /* in the order in which the ids came */
	size_t n;
	struct {
		struct piece line;
		size_t entry;
	} * lines; /* those that could be read */
	size_t n_lines;
	size_t *table, n_table; /* open addressing; NONE: free */
	struct arena arena;     /* the texts of lines that were not ours */
	size_t n_broken, n_parsed;
};

static void index_free(struct index *x)
{
	arena_free(&x->arena);
	free(x->text);
	free(x->entries);
	free(x->lines);
	free(x->table);
}

static bool is_same(struct piece a, struct piece b) { return a.n == b.n && memcmp(a.s, b.s, a.n) == 0; }

static size_t *slot(struct index *x, struct piece id)
{
	uint64_t h = 1469598103934665603u; /* FNV-1a */
	for (size_t i = 0; i < id.n; i++) h = (h ^ (unsigned char)id.s[i]) * 1099511628211u;
	size_t i = (size_t)h & (x->n_table - 1);
	while (x->table[i] != NONE && !is_same(x->entries[x->table[i]].id, id))
		i = (i + 1) & (x->n_table - 1);
	return &x->table[i];
}

static void table_grow(struct index *x)
{
	free(x->table);
	x->n_table = x->n_table ? x->n_table * 2 : 256;
	x->table = mem_alloc(x->n_table * sizeof *x->table);
	for (size_t i = 0; i < x->n_table; i++) x->table[i] = NONE;
	for (size_t i = 0; i < x->n; i++) *slot(x, x->entries[i].id) = i;
}

static struct entry *entry_of(struct index *x, struct piece id)
{
	if (2 * (x->n + 1) > x->n_table) {
		table_grow(x);
		x->entries = mem_grow(x->entries, x->n_table / 2 * sizeof *x->entries);
	}
	size_t *at = slot(x, id);
	if (*at == NONE) {
		x->entries[x->n] = (struct entry){ .id = id };
		*at = x->n++;
	}
	return &x->entries[*at];
}

/* --- a line's first words --- */
struct words {
	struct piece at, state, id;
	enum kind kind;
};

/* What lies between before and the next quote; a backslash in it is for the parser. */
static bool take(struct piece *rest, const char *before, struct piece *out)
{
	size_t n = strlen(before);
	if (rest->n < n || memcmp(rest->s, before, n) != 0) return false;
	const char *start = rest->s + n, *end = memchr(start, '"', rest->n - n);
	if (!end || memchr(start, '\\', (size_t)(end - start))) return false;
	*out = (struct piece){ start, (size_t)(end - start) };
	rest->n -= (size_t)(end - rest->s);
	rest->s = end;
	return true;
}

static bool is_word(struct piece p, const char *w) { return p.n == strlen(w) && memcmp(p.s, w, p.n) == 0; }

/* The lines that this program writes: "at", "state" and the id first. */
static bool words_at_once(struct piece line, struct words *w)
{
	struct piece rest = line;
	if (line.s[line.n - 1] != '}' || !take(&rest, "{\"at\":\"", &w->at) ||
	    !take(&rest, "\",\"state\":\"", &w->state))
		return false;
	w->kind = is_word(w->state, "sent")   ? LINE_ACTION
	          : is_word(w->state, "bulk") ? LINE_PLAN
	                                      : LINE_OUTCOME;
	return take(&rest,
	            w->kind == LINE_ACTION ? "\",\"request_id\":\""
	            : w->kind == LINE_PLAN ? "\",\"bulk\":\""
	                                   : "\",\"id\":\"",
	            &w->id);
}

static bool has_text(const json_t *j, const char *key) { return json_is_string(json_object_get(j, key)); }

static struct piece kept(struct index *x, const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));
	s = arena_str(&x->arena, s ? s : "");
	return (struct piece){ s, strlen(s) };
}

static bool is_action(const json_t *j)
{
	return has_text(j, "request_id") && has_text(j, "verb") && has_text(j, "target");
}

/* Any other order of its members. */
static bool words_parsed(struct index *x, struct piece line, struct words *w)
{
	json_t *j = json_loadb(line.s, line.n, 0, NULL);
	const char *state = json_string_value(json_object_get(j, "state")), *key = NULL;
	x->n_parsed++;
	if (state && strcmp(state, "sent") == 0 && is_action(j))
		w->kind = LINE_ACTION, key = "request_id";
	else if (state && strcmp(state, "bulk") == 0 && has_text(j, "bulk") && has_text(j, "verb"))
		w->kind = LINE_PLAN, key = "bulk";
	else if (state && has_text(j, "id"))
		w->kind = LINE_OUTCOME, key = "id";
	if (key) {
		w->at = kept(x, j, "at");
		w->state = kept(x, j, "state");
		w->id = kept(x, j, key);
	}
	json_decref(j);
	return key != NULL;
}

static void index_line(struct index *x, struct piece line)
{
	struct words w;
	if (!words_at_once(line, &w) && !words_parsed(x, line, &w)) {
		x->n_broken++;
		return;
	}
	struct entry *en = entry_of(x, w.id);
	en->n_bytes += line.n + 1;
	if (w.kind == LINE_OUTCOME) {
		en->outcome = w.state;
		en->settled_at = w.at;
	} else { /* the same request sent again is open again */
		en->line = line;
		en->kind = w.kind;
		en->outcome = (struct piece){ 0 };
	}
	if ((x->n_lines & (x->n_lines - 1)) == 0) /* full at every power of two */
		x->lines = mem_grow(x->lines, (x->n_lines ? 2 * x->n_lines : 1) * sizeof *x->lines);
	x->lines[x->n_lines].line = line;
	x->lines[x->n_lines++].entry = (size_t)(en - x->entries);
}

/* The whole file or an error: half of it would pass for a journal with less in it. */
static char *read_file(const char *path, size_t *n, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	*n = 0;
	if (fd < 0 && errno == ENOENT) return mem_dup("");
	if (fd < 0) {
		err_set(e, ERR_IO, "cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	struct stat st;
	size_t size = fstat(fd, &st) == 0 && st.st_size > 0 ? (size_t)st.st_size : 0;
	char *text = mem_alloc(size + 1);
	while (*n < size) {
		ssize_t r = read(fd, text + *n, size - *n);
		if (r < 0 && errno == EINTR) continue;
		if (r < 0) {
			err_set(e, ERR_IO, "cannot read %s: %s", path, strerror(errno));
			free(text);
			text = NULL;
		}
		if (r <= 0) break;
		*n += (size_t)r;
	}
	close(fd);
	return text;
}

static bool index_make(struct index *x, const char *path, struct err *e)
{
	*x = (struct index){ 0 };
	x->text = read_file(path, &x->n_text, e);
	if (!x->text) return false;
	for (const char *p = x->text, *end = p + x->n_text; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = nl ? (size_t)(nl - p) : (size_t)(end - p);
		if (len) index_line(x, (struct piece){ p, len });
		p += len + 1;
	}
	return true;
}

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
	if (en->kind == LINE_ACTION && (ok = is_action(j)))
		read_action(l, j, en->outcome);
	else if (en->kind == LINE_PLAN && has_text(j, "bulk") && has_text(j, "verb"))
		ok = read_plan(l, j);
	if (!ok) x->n_broken++;
	json_decref(j);
}

static bool is_wanted(const struct entry *en, bool all)
{
	return en->line.n && (!en->outcome.n || (all && en->kind == LINE_ACTION));
}

bool intent_read(const char *path, bool all, struct intent_list *list, struct err *e)
{
	char where[PATH_MAX];
	struct index x;
	size_t n = 0;
	*list = (struct intent_list){ 0 };
	if (!journal_path(path, where, e) || !index_make(&x, where, e)) return false;
	list->arena = mem_alloc(sizeof(struct arena));
	for (size_t i = 0; i < x.n; i++) n += is_wanted(&x.entries[i], all);
	if (n) {
		list->items = mem_alloc(n * sizeof *list->items);
		list->plans = mem_alloc(n * sizeof *list->plans);
		list->plan_is_alive = mem_alloc(n * sizeof *list->plan_is_alive);
	}
	for (size_t i = 0; i < x.n; i++)
		if (is_wanted(&x.entries[i], all)) read_entry(&x, &x.entries[i], list);
	list->n_broken = x.n_broken;
	list->n_parsed = x.n_parsed;
	list->n_bytes = x.n_text;
	bool is_large = x.n_text > COMPACT_ABOVE_BYTES;
	index_free(&x);
	if (is_large) intent_compact(path, NULL);
	return true;
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
	if (!journal_path(path, where, e) || !index_make(&x, where, e)) return false;
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
	size_t n_settled = 0, n_dropped = 0;
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
	if (ok && rename(tmp, path) != 0) ok = false, saved = errno;
	if (!ok) {
		unlink(tmp);
		return err_set(e, ERR_IO, "cannot write %s: %s", tmp, strerror(saved));
	}
	journal_sync_folder(path);
	return true;
}

bool intent_compact(const char *path, struct err *e)
{
	char where[PATH_MAX];
	struct stat st;
	struct index x;
	if (!journal_path(path, where, e)) return false;
	if (stat(where, &st) != 0 || st.st_size <= COMPACT_ABOVE_BYTES) return true;
	int lock = journal_lock(where, e);
	if (lock < 0) return false;
	bool ok = true; /* another program may have compacted it while we waited */
	if (stat(where, &st) == 0 && st.st_size > COMPACT_ABOVE_BYTES && (ok = index_make(&x, where, e))) {
		ok = !choose(&x) || rewrite(where, &x, e);
		index_free(&x);
	}
	close(lock);
	return ok;
}
