/* cmd_tail.c - spotop tail: the event stream as it comes, none lost; the cursor at the end resumes it exactly. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/output.h"
#include "core/base/text.h"
#include "core/fleet/cursor.h"
#include "core/fleet/schema.h"
#include "core/fleet/tail.h"
#include "sql.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include "views/model/scope.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { SEEN = 10000 };
struct follow {
	struct cli *c;
	struct tail *tail;
	char client[40]; /* UUID; "": all */
	const char *type;
	int code;
	bool was_lost;
	/* the place up to which all is written, if anything was read; and the events since then, each with the
	 * bytes printed up to its end */
	struct cursor place;
	bool has_place;
	struct seen {
		uint64_t id, end;
	} * seen;
	size_t n_seen;
	uint64_t printed;
	uv_signal_t on_int, on_term;
};

/* Frees the line; how many bytes were printed. */
static int print(struct buf *line)
{
	size_t n = fwrite(line->s, 1, line->len, stdout);
	buf_free(line);
	return (int)n;
}

static int print_json(const struct tail_event *ev)
{
	char at[32] = "";
	int64_t ms;
	struct buf line = BUF_EMPTY;
	if (ev->created_at && time_from_sql(ev->created_at, &ms)) time_iso(ms, at);
	buf_addf(&line, "{\"id\":%" PRIu64 ",\"client_id\":", ev->id);
	text_json(&line, ev->client_id, strlen(ev->client_id));
	buf_adds(&line, ",\"event_type\":");
	text_json(&line, ev->event_type, strlen(ev->event_type));
	buf_adds(&line, ",\"event_data\":");
	text_json_line(&line, ev->event_data,
	               strlen(ev->event_data)); /* JSON already; it comes on one line */
	buf_addf(&line, ",\"created_at\":\"%s\",\"late\":%s}\n", at, ev->is_late ? "true" : "false");
	return print(&line);
}

static int print_csv(const struct tail_event *ev, bool is_safe)
{
	char at[32] = "";
	int64_t ms;
	struct buf line = BUF_EMPTY;
	if (ev->created_at && time_from_sql(ev->created_at, &ms)) time_iso(ms, at);
	buf_addf(&line, "%" PRIu64 ",%s,", ev->id, ev->client_id);
	out_csv_text(&line, ev->event_type, strlen(ev->event_type), is_safe);
	buf_addc(&line, ',');
	out_csv_text(&line, ev->event_data, strlen(ev->event_data), is_safe);
	buf_addf(&line, ",%s,%s\r\n", at, ev->is_late ? "true" : "false");
	return print(&line);
}

static int print_line(const struct tail_event *ev)
{
	struct buf line = BUF_EMPTY, data = { .max = 2000 };
	text_safe(&data, ev->event_data, strlen(ev->event_data));
	buf_addf(&line, "%.19s  %-20s  %.8s  %s%s\n", ev->created_at ? ev->created_at : "", ev->event_type,
	         ev->client_id, ev->is_late ? "LATE " : "", buf_str(&data));
	buf_free(&data);
	return print(&line);
}

/* All that was printed is written: the place is the tail's own. False: it is not, and what was is known. */
static bool flush(struct follow *f)
{
	if (output_flush() != OUTPUT_WRITTEN) return false;
	cursor_copy(&f->place, tail_place(f->tail));
	f->has_place = true;
	f->n_seen = 0;
	return true;
}

/* Where the tail stood before its very first event. */
static void place_before(struct follow *f, const struct tail_event *ev)
{
	cursor_copy(&f->place, tail_place(f->tail));
	if (ev->is_late)
		cursor_miss(&f->place, ev->id, ev->id, 0);
	else
		f->place.high = ev->id - 1;
	f->has_place = true;
}

static bool is_wanted(const struct follow *f, const struct tail_event *ev)
{
	return (!f->client[0] || strcmp(f->client, ev->client_id) == 0) &&
	       (!f->type || strcmp(f->type, ev->event_type) == 0);
}

static int print_event(const struct follow *f, const struct tail_event *ev)
{
	if (f->c->format == OUT_JSONL) return print_json(ev);
	return cli_is_csv(f->c) ? print_csv(ev, f->c->format == OUT_CSV_SAFE) : print_line(ev);
}

static void on_event(void *ctx, const struct tail_event *ev)
{
	struct follow *f = ctx;
	if (output_is_lost()) return;
	if (!f->has_place) place_before(f, ev);
	if (is_wanted(f, ev)) f->printed += (uint64_t)print_event(f, ev);
	f->seen[f->n_seen++] = (struct seen){ ev->id, f->printed };
	if (f->n_seen == SEEN && !flush(f)) uv_stop(cli_loop(f->c));
}

static void on_turn(void *ctx)
{
	struct follow *f = ctx;
	if (f->was_lost) fputs("spotop tail: the database is back; nothing was missed\n", stderr);
	f->was_lost = false;
	if (!flush(f)) uv_stop(cli_loop(f->c)); /* the reader is gone, or the disk is full */
}

/* The cursor of the last event whose every byte was written; none where nothing was read. */
static void print_cursor(struct follow *f)
{
	struct buf text = BUF_EMPTY;
	bool is_late;
	if (!f->has_place) return;
	for (size_t i = 0; i < f->n_seen && f->seen[i].end <= output_written(); i++)
		cursor_take(&f->place, f->seen[i].id, 0, &is_late);
	cursor_format(&f->place, false, &text);
	fprintf(stderr, "cursor %s\n", buf_str(&text));
	buf_free(&text);
}

static void on_purged(void *ctx, uint64_t from, uint64_t to)
{
	(void)ctx;
	fprintf(stderr,
	        "spotop tail: events %" PRIu64 " to %" PRIu64
	        " are gone: they expired before they were read\n",
	        from, to);
}

static void on_error(void *ctx, const struct err *e, bool has_stopped)
{
	struct follow *f = ctx;
	if (!f->was_lost || has_stopped) fprintf(stderr, "spotop tail: %s\n", e->text);
	f->was_lost = !has_stopped;
	if (!has_stopped) return;
	f->code = err_exit_code(e->code);
	uv_stop(cli_loop(f->c));
}

static void on_signal(uv_signal_t *s, int signo)
{
	(void)signo;
	uv_stop(s->loop);
}

static void follow(struct follow *f)
{
	if (cli_is_csv(f->c))
		f->printed += (uint64_t)printf("id,client_id,event_type,event_data,created_at,late\r\n");
	uv_loop_t *loop = cli_loop(f->c);
	uv_signal_init(loop, &f->on_int);
	uv_signal_init(loop, &f->on_term);
	uv_signal_start(&f->on_int, on_signal, SIGINT);
	uv_signal_start(&f->on_term, on_signal, SIGTERM);
	uv_run(loop, UV_RUN_DEFAULT);
	if (f->has_place) flush(f);
	print_cursor(f);
	tail_close(f->tail);
	uv_close((uv_handle_t *)&f->on_int, NULL);
	uv_close((uv_handle_t *)&f->on_term, NULL);
}

int cmd_tail(struct cli *c)
{
	struct err e;
	struct follow f = { .c = c, .type = cli_text(c, "type") };
	const char *client = cli_text(c, "client"), *from = cli_text(c, "from");
	if (!cli_words(c, 0, &e)) return cli_fail(c, &e);
	if (c->format == OUT_JSON || c->format == OUT_MD)
		return cli_usage(c, "a stream has no end: tail answers in table, jsonl or csv");
	struct db *db = cli_db(c, DB_READ);
	struct tail_opts o = { .from = from,
		               .on_event = on_event,
		               .on_turn = on_turn,
		               .on_purged = on_purged,
		               .on_error = on_error,
		               .ctx = &f };
	struct scope of = { 0 };
	bool ok = schema_not_old(db, &e) && (!client || scope_find(db, "client", client, &of, &e)) &&
	          tail_open(cli_loop(c), db, &o, &f.tail, &e);
	snprintf(f.client, sizeof f.client, "%.39s", of.id);
	f.seen = mem_alloc(SEEN * sizeof *f.seen);
	if (ok) follow(&f);
	free(f.seen);
	cursor_free(&f.place);
	db_close_wait(db);
	return ok ? f.code : cli_fail(c, &e);
}
