/* lost.c - the journal's done actions against what the server has. Of each server that wrote, the newest is asked for
 * alone: what a server has of another is all up to a number, so where that is there, nothing is lost. */
#include "core/fleet/lost.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/fleet/intent.h"
#include "sql.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

const char lost_text[] =
        "lost: the server that did it failed before this was replicated; it never happens unless it is "
        "issued again";

const char lost_void_text[] =
        "its void is lost: the server that had it failed before it was replicated; void it again";

struct search {
	struct db *db;
	char *path;
	struct intent_done *done; /* on this server; strings in the arena */
	size_t n;
	struct arena arena;
	bool is_whole; /* the newest was not there: all were asked for */
	lost_cb cb;
	void *ctx;
};

static void end(struct search *s, const struct lost_action *list, size_t n, bool is_known)
{
	s->cb(s->ctx, list, n, is_known);
	arena_free(&s->arena);
	free(s->done);
	free(s->path);
	free(s);
}

/* --- what is asked --- */

/* "0-1-" of "0-1-77": the server that wrote it. */
static size_t writer_len(const char *gtid)
{
	const char *last = strrchr(gtid, '-');
	return last ? (size_t)(last - gtid) + 1 : 0;
}

static bool is_newest(const struct search *s, size_t i)
{
	size_t n = writer_len(s->done[i].gtid);
	for (size_t k = 0; k < i; k++)
		if (writer_len(s->done[k].gtid) == n && memcmp(s->done[k].gtid, s->done[i].gtid, n) == 0)
			return false;
	return true;
}

static void on_answer(void *ctx, struct table *t, const struct err *e);

static void ask(struct search *s)
{
	json_t *list = json_array();
	for (size_t i = 0; i < s->n; i++)
		if (s->is_whole || is_newest(s, i))
			json_array_append_new(list, json_pack("{s:s, s:s}", "id", s->done[i].request_id,
			                                      "gtid", s->done[i].gtid));
	char *text = json_dumps(list, JSON_COMPACT);
	struct arg arg = arg_str("requests", text);
	db_submit(s->db, &sql_queries_lost_requests, &arg, 1, NULL, on_answer, s);
	free(text);
	json_decref(list);
}

/* --- what is answered --- */

static bool is_among(const json_t *ids, const char *id)
{
	size_t i;
	json_t *one;
	json_array_foreach(ids, i, one) if (strcmp(json_string_value(one), id) == 0) return true;
	return false;
}

/* Told once: whoever journals it is the one that tells. */
static void tell(struct search *s, const json_t *ids)
{
	struct lost_action *list = mem_alloc((s->n + 1) * sizeof *list);
	size_t n = 0;
	for (size_t i = s->n; i-- > 0;) { /* in the order in which they were done */
		const struct intent_done *d = &s->done[i];
		if (!is_among(ids, d->request_id)) continue;
		json_t *j = json_loads(d->line, 0, NULL);
		const char *verb = json_string_value(json_object_get(j, "verb")),
		           *target = json_string_value(json_object_get(j, "target"));
		const char *why = d->is_void ? lost_void_text : lost_text;
		intent_resolve(s->path, d->request_id, "lost", why, NULL, NULL);
		list[n++] =
		        (struct lost_action){ d->request_id, arena_str(&s->arena, verb ? verb : "an action"),
			                      arena_str(&s->arena, target ? target : ""), d->is_void };
		json_decref(j);
	}
	end(s, list, n, true);
	free(list);
}

static void on_answer(void *ctx, struct table *t, const struct err *e)
{
	struct search *s = ctx;
	const char *lost = e || !t->n_rows ? NULL : table_get(t, 0, "lost");
	bool is_known = !e && t->n_rows && !table_int(t, 0, "is_read_only", 1);
	json_t *ids = lost ? json_loads(lost, 0, NULL) : NULL;
	if (!json_array_size(ids))
		end(s, NULL, 0, is_known);
	else if (!s->is_whole) {
		s->is_whole = true;
		ask(s);
	} else
		tell(s, ids);
	json_decref(ids);
	table_free(t);
}

/* --- the doors --- */

/* Found without parsing a thousand lines: the key stands bare in no other value. */
static bool is_of(const char *line, const char *server)
{
	static const char key[] = "\"server\":\"";
	char said[CONF_SAID];
	const char *at = strstr(line, key);
	if (!at) return false;
	at += sizeof key - 1;
	snprintf(said, sizeof said, "%.*s", (int)strcspn(at, "\""), at);
	return conf_is_same_database(said, server);
}

void lost_find(struct db *db, const char *path, const struct intent_list *journal, const char *server,
               lost_cb cb, void *ctx)
{
	struct search *s = mem_alloc(sizeof *s);
	*s = (struct search){ .db = db, .path = mem_dup(path), .cb = cb, .ctx = ctx };
	s->done = mem_alloc((journal->n_done + 1) * sizeof *s->done);
	for (size_t i = 0; i < journal->n_done; i++) {
		const struct intent_done *d = &journal->done[i];
		if (!is_of(d->line, server)) continue;
		s->done[s->n++] = (struct intent_done){ arena_str(&s->arena, d->request_id),
			                                arena_str(&s->arena, d->gtid),
			                                arena_str(&s->arena, d->line), d->is_void };
	}
	if (s->n)
		ask(s);
	else
		end(s, NULL, 0, true);
}

struct waited {
	lost_cb cb;
	void *ctx;
	bool is_over;
	uv_loop_t *loop; /* once it turns */
};

static void on_found(void *ctx, const struct lost_action *list, size_t n, bool is_known)
{
	struct waited *w = ctx;
	w->cb(w->ctx, list, n, is_known);
	w->is_over = true;
	if (w->loop)
		uv_stop(w->loop); /* answered in a timer's turn: the loop must not go on to wait for the next event */
}

void lost_find_wait(struct uv_loop_s *loop, struct db *db, const struct intent_list *journal,
                    const char *server, lost_cb cb, void *ctx)
{
	struct waited w = { .cb = cb, .ctx = ctx };
	lost_find(db, NULL, journal, server, on_found, &w);
	w.loop = loop;
	while (!w.is_over) uv_run(loop, UV_RUN_ONCE);
}
