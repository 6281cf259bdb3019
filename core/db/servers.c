/* servers.c - each server asked over a link of its own. */
#include "core/db/servers.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "sql.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GREETING_S = 3, MOST = 32 };

struct look {
	struct servers *all;
	struct db *db;
	struct db_status status;
	struct err err;
	struct table *row; /* NULL: it did not answer */
	char where[256];
	size_t turn; /* at which it is tried for writes; MOST: never */
};
struct servers {
	struct look each[MOST];
	size_t n, n_open;
	size_t reads, writes;                   /* which are used; MOST: none */
	void (*cb)(void *ctx, struct table *t); /* NULL: nobody waits */
	void *ctx;
};

/* The i-th server of all: those of read-host, then those of host that are not among them. */
static bool server_of(const struct db_conf *c, size_t i, struct db_conf *out, char *where, size_t n)
{
	char before[256];
	if (i >= conf_n_servers(c, true)) return false;
	conf_server(out, c, true, i);
	conf_where(out, where, n);
	for (size_t k = 0; k < i; k++) {
		struct db_conf other;
		conf_server(&other, c, true, k);
		conf_where(&other, before, sizeof before);
		conf_free(&other);
		if (strcmp(before, where) == 0) {
			where[0] = 0;
			break;
		}
	}
	return true;
}

size_t servers_n(const struct db_conf *conf)
{
	struct db_conf one;
	char where[256];
	size_t n = 0;
	for (size_t i = 0; server_of(conf, i, &one, where, sizeof where); i++) {
		n += where[0] != 0;
		conf_free(&one);
	}
	return n;
}

static void put(struct table *t, struct cell *row, size_t i, const char *s)
{
	if (s && *s) row[i] = (struct cell){ arena_str(&t->arena, s), strlen(s) };
}

static const char *used_for(const struct servers *s, size_t i)
{
	if (s->reads == i && s->writes == i) return "reads, writes";
	return s->reads == i ? "reads" : s->writes == i ? "writes" : "";
}

static struct table *table_of(const struct servers *s)
{
	static const char *const names[] = { "server",   "role",    "state",     "lag_s",
		                             "used_for", "version", "answer_ms", "message" };
	static const enum cell_type types[] = { CELL_TEXT, CELL_TEXT, CELL_TEXT, CELL_DEC,
		                                CELL_TEXT, CELL_TEXT, CELL_DEC,  CELL_TEXT };
	struct table *t = table_new(ARRAY_LEN(names));
	char lag[32], ms[32];
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		t->names[i] = names[i];
		t->types[i] = types[i];
	}
	for (size_t i = 0; i < s->n; i++) {
		const struct look *l = &s->each[i];
		struct cell *row = table_add_row(t);
		put(t, row, 0, l->where);
		put(t, row, 1, l->row ? table_get(l->row, 0, "role") : NULL);
		put(t, row, 2, l->row ? table_get(l->row, 0, "state") : "down");
		snprintf(lag, sizeof lag, "%.3f", (double)l->status.lag_ms / 1000);
		if (l->row && l->status.is_replica && l->status.lag_ms >= 0) put(t, row, 3, lag);
		put(t, row, 4, used_for(s, i));
		put(t, row, 5, l->row ? table_get(l->row, 0, "version") : NULL);
		snprintf(ms, sizeof ms, "%.1f", l->status.last_rtt_ms);
		if (l->row) put(t, row, 6, ms);
		put(t, row, 7, l->err.code ? l->err.text : NULL);
	}
	return t;
}

/* Reads go to the first that answers, of read-host before host; writes to the first of host that takes them. */
static void choose(struct servers *s)
{
	size_t first = MOST;
	s->reads = s->writes = MOST;
	for (size_t i = 0; i < s->n; i++) {
		const struct look *l = &s->each[i];
		if (!l->row) continue;
		if (s->reads == MOST) s->reads = i;
		if (l->turn < first && !table_int(l->row, 0, "is_read_only", 0)) {
			first = l->turn;
			s->writes = i;
		}
	}
}

static void closed(void *ctx)
{
	struct look *l = ctx;
	struct servers *s = l->all;
	if (--s->n_open) return;
	if (s->cb) {
		choose(s);
		s->cb(s->ctx, table_of(s));
	}
	for (size_t i = 0; i < s->n; i++) table_free(s->each[i].row);
	free(s);
}

static void answered(void *ctx, struct table *t, const struct err *e)
{
	struct look *l = ctx;
	if (e) l->err = *e;
	l->row = t && t->n_rows ? t : NULL;
	if (!l->row) table_free(t);
	l->status = db_status(l->db);
	if (!e || e->code != ERR_CANCELLED) db_close(l->db, closed, l);
}

/* Its place in host, MOST: it is none of those. */
static size_t turn_of(const struct db_conf *c, const char *where)
{
	char name[256];
	size_t turn = MOST;
	for (size_t i = 0; turn == MOST && i < conf_n_servers(c, false); i++) {
		struct db_conf one;
		conf_server(&one, c, false, i);
		if (strcmp(conf_where(&one, name, sizeof name), where) == 0) turn = i;
		conf_free(&one);
	}
	return turn;
}

struct servers *servers_look(struct uv_loop_s *loop, const struct db_conf *conf,
                             void (*cb)(void *ctx, struct table *t), void *ctx)
{
	struct servers *s = mem_alloc(sizeof *s);
	struct db_conf one;
	char where[256];
	s->cb = cb;
	s->ctx = ctx;
	for (size_t i = 0; s->n < MOST && server_of(conf, i, &one, where, sizeof where); i++) {
		if (where[0]) {
			struct look *l = &s->each[s->n++];
			l->all = s;
			snprintf(l->where, sizeof l->where, "%s", where);
			l->turn = turn_of(conf, where);
			unsigned most = conf->greeting_timeout_s ? conf->greeting_timeout_s : GREETING_S;
			if (!one.connect_timeout_s || one.connect_timeout_s > most)
				one.connect_timeout_s = most;
			l->db = db_open(loop, &one, DB_READ, "look");
			s->n_open++;
			db_submit(l->db, &sql_queries_hosts, NULL, 0, NULL, answered, l);
		}
		conf_free(&one);
	}
	return s;
}

void servers_forget(struct servers *s)
{
	if (!s) return;
	s->cb = NULL;
	for (size_t i = 0; i < s->n; i++)
		if (!s->each[i].row && !s->each[i].err.code) db_close(s->each[i].db, closed, &s->each[i]);
}
