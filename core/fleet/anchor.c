/* anchor.c - signed lines: each covers the one before it. */
#include "core/fleet/anchor.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAC_CHARS = 64, KEY_LEAST = 32, LINE_MOST = 2048 };

/* --- the key --- */

static bool make_key_file(const char *path, struct err *e)
{
	unsigned char raw[32];
	char text[2 * sizeof raw + 2];
	if (RAND_bytes(raw, sizeof raw) != 1)
		return err_set(e, ERR_INTERNAL, "no random bytes for the key of the anchors");
	for (size_t i = 0; i < sizeof raw; i++) snprintf(text + 2 * i, 3, "%02x", raw[i]);
	text[2 * sizeof raw] = '\n', text[2 * sizeof raw + 1] = 0;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST) return true; /* another worker made it */
	size_t n = strlen(text);
	bool ok = fd >= 0 && write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
	if (!ok) err_set(e, ERR_IO, "cannot make the key %s: %s", path, strerror(errno));
	if (fd >= 0) close(fd);
	return ok;
}

/* No file: no key. One that others may read proves nothing. */
static bool read_key(struct anchors *a, struct err *e)
{
	struct stat st;
	int fd = open(a->key_path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) return true;
	ssize_t n = fd < 0 || fstat(fd, &st) != 0 ? -1 : read(fd, a->key, sizeof a->key);
	int no = errno;
	if (fd >= 0) close(fd);
	if (n < 0)
		return err_set(e, ERR_IO, "cannot read the key of the anchors, %s: %s", a->key_path,
		               strerror(no));
	if (st.st_mode & 077)
		return err_set(e, ERR_USAGE,
		               "the key of the anchors, %s, may be read by others: chmod 600 %s", a->key_path,
		               a->key_path);
	while (n > 0 && strchr(" \t\r\n", a->key[n - 1])) n--;
	if (n < KEY_LEAST)
		return err_set(e, ERR_USAGE, "the key of the anchors, %s, is shorter than %d bytes",
		               a->key_path, (int)KEY_LEAST);
	a->key_len = (size_t)n;
	return true;
}

bool anchors_open(struct anchors *a, const char *place, const char *key, bool make_key, struct err *e)
{
	struct stat st;
	*a = (struct anchors){ .is_named = place && !make_key };
	if (!place && !state_path(a->path, sizeof a->path, "audit-anchors.jsonl", true, e)) return false;
	if (place) {
		bool is_dir = stat(place, &st) == 0 && S_ISDIR(st.st_mode);
		snprintf(a->path, sizeof a->path, "%s%s", place, is_dir ? "/audit-anchors.jsonl" : "");
	}
	if (!key) key = settings_get("worker", "anchor-key");
	const char *slash = strrchr(a->path, '/');
	if (key)
		snprintf(a->key_path, sizeof a->key_path, "%s", key);
	else
		snprintf(a->key_path, sizeof a->key_path, "%.*saudit-anchors.key",
		         slash ? (int)(slash - a->path + 1) : 0, a->path);
	if (make_key && access(a->key_path, F_OK) != 0 && !make_key_file(a->key_path, e)) return false;
	return read_key(a, e);
}

/* --- lines --- */

/* Of the line's members but its own signature. */
static void sign(const struct anchors *a, json_t *line, char mac[MAC_CHARS + 1])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	char *text = json_dumps(line, JSON_COMPACT | JSON_PRESERVE_ORDER);
	HMAC(EVP_sha256(), a->key, (int)a->key_len, (const unsigned char *)text, strlen(text), sum, &n);
	for (unsigned i = 0; i < MAC_CHARS / 2; i++) snprintf(mac + 2 * i, 3, "%02x", sum[i]);
	free(text);
}

static const char *member(const json_t *line, const char *name)
{
	const char *s = json_string_value(json_object_get(line, name));
	return s ? s : "";
}

/* Anchors are kept by the worker's login and checked by others': the database is what counts. */
static bool is_of(const json_t *line, const char *server)
{
	const char *of = member(line, "server"), *at = strchr(of, '@'), *mine = strchr(server, '@');
	return strcmp(at ? at : of, mine ? mine : server) == 0;
}

struct walk {
	const struct anchors *a;
	const char *server;
	bool (*each)(void *ctx, const struct anchor *one);
	void (*fault)(void *ctx, const char *text);
	void *ctx;
	char last[MAC_CHARS + 1]; /* the signature of the signed line before; "" */
	size_t n;
};

__attribute__((format(printf, 2, 3))) static void tell(const struct walk *w, const char *fmt, ...)
{
	char text[PATH_MAX + 300];
	int n = snprintf(text, sizeof text, "line %zu of %s ", w->n, w->a->path);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof text - (size_t)n, fmt, ap);
	va_end(ap);
	if (w->fault) w->fault(w->ctx, text);
}

/* Is the line as it was written? */
static bool is_whole(struct walk *w, json_t *line)
{
	char said[MAC_CHARS + 1], mac[MAC_CHARS + 1];
	snprintf(said, sizeof said, "%s", member(line, "mac"));
	if (!*said) {
		if (*w->last) tell(w, "is not signed, as those before it are");
		return !*w->last;
	}
	json_object_del(line, "mac");
	sign(w->a, line, mac);
	bool is_mine = CRYPTO_memcmp(mac, said, MAC_CHARS) == 0,
	     follows = strcmp(member(line, "prev"), w->last) == 0;
	if (!is_mine) tell(w, "is not signed with %s: it was changed or put in", w->a->key_path);
	if (is_mine && !follows) tell(w, "does not follow the signed line before it: lines were taken out");
	if (is_mine) snprintf(w->last, sizeof w->last, "%s", mac);
	return is_mine;
}

static bool walk_line(struct walk *w, const char *text, struct err *e)
{
	json_t *line = json_loads(text, 0, NULL);
	bool is_signed = json_object_get(line, "mac") != NULL, ok = true;
	struct anchor one = { .id = json_integer_value(json_object_get(line, "id")), .is_signed = is_signed };
	w->n++;
	if (!line || one.id <= 0 || !*member(line, "hash")) {
		tell(w, "is no anchor: a write that was cut off leaves such a line, which may be taken out");
	} else if (is_signed && w->fault && !w->a->key_len) {
		ok = err_set(e, ERR_IO, "%s is signed, and its key %s is not there: --anchor-key FILE",
		             w->a->path, w->a->key_path);
	} else if (!w->fault || is_whole(w, line)) {
		one.hash = member(line, "hash"), one.at = member(line, "at");
		if (is_of(line, w->server)) ok = w->each(w->ctx, &one);
		if (!w->fault) snprintf(w->last, sizeof w->last, "%s", member(line, "mac"));
	}
	json_decref(line);
	return ok;
}

static bool walk_file(struct walk *w, FILE *f, struct err *e)
{
	char text[LINE_MOST];
	bool ok = true;
	while (ok && fgets(text, sizeof text, f)) ok = walk_line(w, text, e);
	return ok;
}

bool anchors_each(const struct anchors *a, const char *server,
                  bool (*each)(void *ctx, const struct anchor *one),
                  void (*fault)(void *ctx, const char *text), void *ctx, struct err *e)
{
	struct walk w = { .a = a, .server = server, .each = each, .fault = fault, .ctx = ctx };
	FILE *f = fopen(a->path, "re");
	if (!f && errno == ENOENT && !a->is_named) return true;
	if (!f) return err_set(e, ERR_IO, "cannot read the anchors %s: %s", a->path, strerror(errno));
	bool ok = walk_file(&w, f, e);
	fclose(f);
	return ok;
}

static bool keep_last(void *ctx, const struct anchor *one)
{
	*(int64_t *)ctx = one->id;
	return true;
}

/* The line in one write; behind a line that was cut off it begins a new one. */
static bool write_line(int fd, const char *path, json_t *line, struct err *e)
{
	char last = '\n', *text = json_dumps(line, JSON_COMPACT | JSON_PRESERVE_ORDER);
	off_t end = lseek(fd, 0, SEEK_END);
	bool ok = end == 0 || pread(fd, &last, 1, end - 1) == 1;
	char *out = mem_printf("%s%s\n", last == '\n' ? "" : "\n", text);
	size_t n = strlen(out);
	ok = ok && write(fd, out, n) == (ssize_t)n && fsync(fd) == 0;
	if (!ok) err_set(e, ERR_IO, "cannot write %s: %s", path, strerror(errno));
	free(out);
	free(text);
	return ok;
}

bool anchors_add(const struct anchors *a, const char *server, int64_t id, const char *hash, struct err *e)
{
	int64_t last = 0;
	char now[32], mac[MAC_CHARS + 1];
	struct walk w = { .a = a, .server = server, .each = keep_last, .ctx = &last };
	int fd = open(a->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	FILE *f = fd >= 0 && flock(fd, LOCK_EX) == 0 ? fopen(a->path, "re") : NULL;
	bool ok = f != NULL || err_set(e, ERR_IO, "cannot write %s: %s", a->path, strerror(errno));
	ok = ok && walk_file(&w, f, e);
	if (f) fclose(f);
	if (ok && last != id) {
		time_iso(clock_wall_ms(), now);
		json_t *line = json_pack("{s:s, s:s, s:I, s:s, s:s}", "at", now, "server", server, "id",
		                         (json_int_t)id, "hash", hash, "prev", w.last);
		sign(a, line, mac);
		json_object_set_new(line, "mac", json_string(mac));
		ok = write_line(fd, a->path, line, e);
		json_decref(line);
	}
	if (fd >= 0) close(fd); /* and the lock with it */
	return ok;
}
