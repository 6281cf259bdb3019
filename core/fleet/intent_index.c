/* intent_index.c - the journal's index by id. */
#include "core/fleet/intent_index.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NONE SIZE_MAX

void index_free(struct index *x)
{
	arena_free(&x->arena);
	if (x->n_text) munmap((void *)x->text, x->n_text);
	free(x->entries);
	free(x->lines);
	free(x->table);
}

static bool is_same(struct piece a, struct piece b) { return a.n == b.n && memcmp(a.s, b.s, a.n) == 0; }

static uint64_t hash_of(struct piece id)
{
	uint64_t h = 1469598103934665603u, eight; /* FNV-1a, of eight bytes at a time */
	size_t i = 0;
	for (; i + sizeof eight <= id.n; i += sizeof eight) {
		memcpy(&eight, id.s + i, sizeof eight);
		h = (h ^ eight) * 1099511628211u;
		h ^= h >> 32;
	}
	for (; i < id.n; i++) h = (h ^ (unsigned char)id.s[i]) * 1099511628211u;
	return h ^ h >> 32;
}

static struct slot *slot_of(struct index *x, struct piece id, uint64_t hash)
{
	size_t i = (size_t)hash & (x->n_table - 1);
	while (x->table[i].entry != NONE &&
	       (x->table[i].hash != hash || !is_same(x->entries[x->table[i].entry].id, id)))
		i = (i + 1) & (x->n_table - 1);
	return &x->table[i];
}

static void table_grow(struct index *x)
{
	free(x->table);
	x->n_table = x->n_table ? x->n_table * 4 : 256;
	x->table = mem_grow(NULL, x->n_table * sizeof *x->table);
	for (size_t i = 0; i < x->n_table; i++) x->table[i].entry = NONE;
	for (size_t i = 0; i < x->n; i++)
		*slot_of(x, x->entries[i].id, x->entries[i].hash) = (struct slot){ x->entries[i].hash, i };
}

/* Mostly the id of the line before: an action is settled before the next is written. */
static struct entry *entry_of(struct index *x, struct piece id)
{
	if (x->n && is_same(x->entries[x->n - 1].id, id)) return &x->entries[x->n - 1];
	if (2 * (x->n + 1) > x->n_table) {
		table_grow(x);
		x->entries = mem_grow(x->entries, x->n_table / 2 * sizeof *x->entries);
	}
	uint64_t hash = hash_of(id);
	struct slot *at = slot_of(x, id, hash);
	if (at->entry == NONE) {
		x->entries[x->n] = (struct entry){ .id = id, .hash = hash };
		*at = (struct slot){ hash, x->n++ };
	}
	return &x->entries[at->entry];
}

/* --- a line's first words --- */
struct words {
	struct piece at, state, id, gtid; /* gtid: of an outcome, if it has one */
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
	w->gtid = (struct piece){ 0 };
	if (!take(&rest,
	          w->kind == LINE_ACTION ? "\",\"request_id\":\""
	          : w->kind == LINE_PLAN ? "\",\"bulk\":\""
	                                 : "\",\"id\":\"",
	          &w->id))
		return false;
	if (w->kind == LINE_OUTCOME) take(&rest, "\",\"gtid\":\"", &w->gtid);
	return true;
}

static bool has_text(const json_t *j, const char *key) { return json_is_string(json_object_get(j, key)); }

static struct piece kept(struct index *x, const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));
	s = arena_str(&x->arena, s ? s : "");
	return (struct piece){ s, strlen(s) };
}

bool line_is_action(const json_t *j)
{
	return has_text(j, "request_id") && has_text(j, "verb") && has_text(j, "target");
}

bool line_is_plan(const json_t *j) { return has_text(j, "bulk") && has_text(j, "verb"); }

/* Any other order of its members. */
static bool words_parsed(struct index *x, struct piece line, struct words *w)
{
	json_t *j = json_loadb(line.s, line.n, 0, NULL);
	const char *state = json_string_value(json_object_get(j, "state")), *key = NULL;
	x->n_parsed++;
	if (state && strcmp(state, "sent") == 0 && line_is_action(j))
		w->kind = LINE_ACTION, key = "request_id";
	else if (state && strcmp(state, "bulk") == 0 && line_is_plan(j))
		w->kind = LINE_PLAN, key = "bulk";
	else if (state && has_text(j, "id"))
		w->kind = LINE_OUTCOME, key = "id";
	if (key) {
		w->at = kept(x, j, "at");
		w->state = kept(x, j, "state");
		w->id = kept(x, j, key);
		w->gtid = kept(x, j, "gtid");
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
		en->gtid = w.gtid;
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

/* The whole file or an error: half of it would pass for a journal with less in it. Mapped, not copied: of a journal of
 * 50 MB the copy would be half of the cost. Nobody shortens it under us, compacting puts another file in its place. */
static bool map_file(const char *path, const char **text, size_t *n, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	*text = "";
	*n = 0;
	if (fd < 0 && errno == ENOENT) return true;
	if (fd < 0 || fstat(fd, &st) != 0) {
		err_set(e, ERR_IO, "cannot read %s: %s", path, strerror(errno));
		if (fd >= 0) close(fd);
		return false;
	}
	if (st.st_size > 0) {
		void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
		if (at == MAP_FAILED) {
			err_set(e, ERR_IO, "cannot read %s: %s", path, strerror(errno));
			close(fd);
			return false;
		}
		*text = at;
		*n = (size_t)st.st_size;
	}
	close(fd);
	return true;
}

/* The line at p, without its end; empty at the end of the text. */
static struct piece line_at(const char *p, const char *end)
{
	if (p >= end) return (struct piece){ end, 0 };
	const char *nl = memchr(p, '\n', (size_t)(end - p));
	return (struct piece){ p, nl ? (size_t)(nl - p) : (size_t)(end - p) };
}

static struct piece line_after(struct piece line, const char *end)
{
	return line_at(line.s + line.n < end ? line.s + line.n + 1 : end, end);
}

/* As this program writes them: a time and an id are of one length, so what is around them stands at one place in every
 * line. Of other lines the words are looked for. */
#define AT_IS      "{\"at\":\""
#define SENT_IS    "\",\"state\":\"sent\",\"request_id\":\""
#define STATE_IS   "\",\"state\":\""
#define SETTLED_IS "\",\"id\":\""
enum { AT_LEN = 24, ID_LEN = 36, STATE_MAX = 12 };
#define HAS(at, text) (memcmp(at, text, sizeof(text) - 1) == 0)

/* The id of an action; NULL: this is none. */
static const char *action_id(struct piece line)
{
	const char *state = line.s + sizeof AT_IS - 1 + AT_LEN, *id = state + sizeof SENT_IS - 1;
	if (line.n < (size_t)(id - line.s) + ID_LEN + 2 || line.s[line.n - 1] != '}') return NULL;
	return HAS(state, SENT_IS) && HAS(line.s, AT_IS) && id[ID_LEN] == '"' ? id : NULL;
}

static bool is_outcome_of(struct piece line, const char *id)
{
	const char *state = line.s + sizeof AT_IS - 1 + AT_LEN, *word = state + sizeof STATE_IS - 1;
	if (line.n < (size_t)(word - line.s) + STATE_MAX + sizeof SETTLED_IS + ID_LEN + 1 ||
	    line.s[line.n - 1] != '}' || !HAS(state, STATE_IS) || !HAS(line.s, AT_IS))
		return false;
	const char *end = memchr(word, '"', STATE_MAX);
	return end && HAS(end, SETTLED_IS) && memcmp(end + sizeof SETTLED_IS - 1, id, ID_LEN) == 0 &&
	       end[sizeof SETTLED_IS - 1 + ID_LEN] == '"';
}

/* An action and, in the next line, what became of it: nothing that is open. Most of a journal is such pairs, and one of
 * 50 MB is read in the time of a few ms because they are not indexed. Not where an earlier line of the id was. */
static bool is_settled_at_once(struct index *x, struct piece line, struct piece next)
{
	const char *id = action_id(line);
	struct piece p = { id, ID_LEN };
	if (!id || !is_outcome_of(next, id)) return false;
	return !x->n || slot_of(x, p, hash_of(p))->entry == NONE;
}

bool index_make(struct index *x, const char *path, bool all, struct err *e)
{
	*x = (struct index){ 0 };
	if (!map_file(path, &x->text, &x->n_text, e)) return false;
	const char *end = x->text + x->n_text, *latest = x->text;
	if (!all && x->n_text > KEEP_BYTES) latest = end - KEEP_BYTES;
	for (struct piece line = line_at(x->text, end), next; line.s < end; line = next) {
		next = line_after(line, end);
		if (line.s < latest && line.n && is_settled_at_once(x, line, next)) {
			x->n_passed++;
			next = line_after(next, end);
		} else if (line.n)
			index_line(x, line);
	}
	return true;
}
