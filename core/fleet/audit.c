/* audit.c - walks the chain in steps that each stay well under the server's time limit for reads. */
#include "core/fleet/audit.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "sql.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STEP 10000

static bool anchor_path(const char *path, char out[PATH_MAX], struct err *e)
{
	if (!path) return state_path(out, PATH_MAX, "audit-anchors.jsonl", true, e);
	snprintf(out, PATH_MAX, "%s", path);
	return true;
}

static bool read_head(struct db *read, struct audit_report *r, struct err *e)
{
	struct table *t = NULL;
	if (!db_call(read, &sql_queries_audit_head, NULL, 0, NULL, &t, e)) return false;
	bool ok = t->n_rows == 1 || err_set(e, ERR_NO, "the audit log is empty: even its first row is gone");
	if (ok) {
		r->head_id = table_int(t, 0, "id", 0);
		r->rows = table_int(t, 0, "n", 0);
		snprintf(r->head_hash, sizeof r->head_hash, "%s", table_get(t, 0, "hash"));
		snprintf(r->head_at, sizeof r->head_at, "%s", table_get(t, 0, "at"));
	}
	table_free(t);
	return ok;
}

/* Anchors are kept by the worker's login and checked by others': the database is what counts. */
static const char *after_login(const char *server)
{
	const char *at = strchr(server, '@');
	return at ? at : server;
}

/* each() for every anchor of this server, oldest first. No file: none. */
struct anchor {
	int64_t id;
	const char *hash, *at;
};
static bool each_anchor(const char *path, const char *server, bool (*each)(void *ctx, const struct anchor *a),
                        void *ctx, struct err *e)
{
	FILE *f = fopen(path, "re");
	if (!f && errno == ENOENT) return true;
	if (!f) return err_set(e, ERR_IO, "cannot read %s: %s", path, strerror(errno));
	char line[1024];
	bool ok = true;
	while (ok && fgets(line, sizeof line, f)) {
		json_t *j = json_loads(line, 0, NULL);
		const char *of = json_string_value(json_object_get(j, "server"));
		struct anchor a = { json_integer_value(json_object_get(j, "id")),
			            json_string_value(json_object_get(j, "hash")),
			            json_string_value(json_object_get(j, "at")) };
		if (of && strcmp(after_login(of), after_login(server)) == 0 && a.id > 0 && a.hash)
			ok = each(ctx, &a);
		json_decref(j);
	}
	fclose(f);
	return ok;
}

static bool keep_last(void *ctx, const struct anchor *a)
{
	*(int64_t *)ctx = a->id;
	return true;
}

bool audit_anchor(struct db *read, const char *server, const char *path, struct err *e)
{
	char where[PATH_MAX], now[32];
	struct audit_report r = { 0 };
	int64_t last = 0;
	if (!anchor_path(path, where, e) || !each_anchor(where, server, keep_last, &last, e) ||
	    !read_head(read, &r, e))
		return false;
	if (last == r.head_id) return true;
	time_iso(clock_wall_ms(), now);
	json_t *j = json_pack("{s:s, s:s, s:I, s:s}", "at", now, "server", server, "id",
	                      (json_int_t)r.head_id, "hash", r.head_hash);
	char *text = json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER);
	char *line = mem_printf("%s\n", text);
	int fd = open(where, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	size_t n = strlen(line);
	bool ok = fd >= 0 && write(fd, line, n) == (ssize_t)n && fsync(fd) == 0;
	if (!ok) err_set(e, ERR_IO, "cannot write %s: %s", where, strerror(errno));
	if (fd >= 0) close(fd);
	free(line);
	free(text);
	json_decref(j);
	return ok;
}

struct check {
	struct db *read;
	void (*fault)(void *ctx, int64_t id, const char *text);
	void *ctx;
	struct audit_report *r;
	struct err *e;
};

static void found(struct check *c, int64_t id, const char *text)
{
	c->r->n_faults++;
	c->fault(c->ctx, id, text);
}

static bool check_step(struct check *c, int64_t from)
{
	struct arg args[] = { arg_int("from", from), arg_int("to", from + STEP - 1) };
	struct db_opts opts = { .deadline_ms = 60000 };
	struct table *t = NULL;
	if (!db_call(c->read, &sql_queries_audit_faults, args, 2, &opts, &t, c->e)) return false;
	for (size_t i = 0; i < t->n_rows; i++) found(c, table_int(t, i, "id", 0), table_get(t, i, "fault"));
	table_free(t);
	return true;
}

static bool check_anchor(void *ctx, const struct anchor *a)
{
	struct check *c = ctx;
	struct arg args[] = { arg_int("id", a->id), arg_str("hash", a->hash) };
	struct table *t = NULL;
	char text[200];
	c->r->n_anchors++;
	if (!db_call(c->read, &sql_queries_audit_anchor, args, 2, NULL, &t, c->e)) return false;
	if (t->n_rows == 0) {
		snprintf(text, sizeof text,
		         "it was the newest row at %s and is gone: the chain's end was cut off",
		         a->at ? a->at : "?");
		found(c, a->id, text);
	} else if (!table_int(t, 0, "is_same", 0)) {
		snprintf(text, sizeof text,
		         "its hash is not the one anchored at %s: the chain was written anew",
		         a->at ? a->at : "?");
		found(c, a->id, text);
	}
	table_free(t);
	return true;
}

bool audit_verify(struct db *read, const char *server, const char *path,
                  void (*fault)(void *ctx, int64_t id, const char *text), void *ctx, struct audit_report *r,
                  struct err *e)
{
	char where[PATH_MAX];
	*r = (struct audit_report){ 0 };
	struct check c = { read, fault, ctx, r, e };
	if (!anchor_path(path, where, e) || !read_head(read, r, e)) return false;
	for (int64_t from = 1; from <= r->head_id; from += STEP)
		if (!check_step(&c, from)) return false;
	return each_anchor(where, server, check_anchor, &c, e);
}
