/* cmd_tail.c - spotop tail: the event stream as it comes, none lost; the cursor at the end resumes it exactly. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/fleet/tail.h"
#include "sql.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include "views/model/scope.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

struct follow {
	struct cli *c;
	struct tail *tail;
	char client[40]; /* UUID; "": all */
	const char *type;
	int code;
	bool was_lost;
	uv_signal_t on_int, on_term;
};

static void print_json(const struct tail_event *ev)
{
	char at[32] = "";
	int64_t ms;
	struct buf data = BUF_EMPTY;
	text_json_line(&data, ev->event_data, strlen(ev->event_data));
	if (ev->created_at && time_from_sql(ev->created_at, &ms)) time_iso(ms, at);
	/* ids, types and dates hold nothing that JSON would need to escape; event_data is JSON already, and
	 * comes on one line */
	printf("{\"id\":%" PRIu64 ",\"client_id\":\"%s\",\"event_type\":\"%s\",\"event_data\":%s,\"created_"
	       "at\":\"%s\",\"late\":%s}\n",
	       ev->id, ev->client_id, ev->event_type, buf_str(&data), at, ev->is_late ? "true" : "false");
	buf_free(&data);
}

static void print_line(const struct tail_event *ev)
{
	struct buf data = { .max = 2000 };
	text_safe(&data, ev->event_data, strlen(ev->event_data));
	printf("%.19s  %-20s  %.8s  %s%s\n", ev->created_at ? ev->created_at : "", ev->event_type,
	       ev->client_id, ev->is_late ? "LATE " : "", buf_str(&data));
	buf_free(&data);
}

static void on_event(void *ctx, const struct tail_event *ev)
{
	struct follow *f = ctx;
	if (f->client[0] && strcmp(f->client, ev->client_id) != 0) return;
	if (f->type && strcmp(f->type, ev->event_type) != 0) return;
	if (f->c->format == OUT_JSONL || f->c->format == OUT_JSON)
		print_json(ev);
	else
		print_line(ev);
}

static void on_turn(void *ctx)
{
	struct follow *f = ctx;
	if (f->was_lost) fputs("spotop tail: the database is back; nothing was missed\n", stderr);
	f->was_lost = false;
	if (fflush(stdout) != 0) uv_stop(cli_loop(f->c)); /* the reader is gone */
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
	if (!f->was_lost) fprintf(stderr, "spotop tail: %s\n", e->text);
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
	uv_loop_t *loop = cli_loop(f->c);
	struct buf cursor = BUF_EMPTY;
	uv_signal_init(loop, &f->on_int);
	uv_signal_init(loop, &f->on_term);
	uv_signal_start(&f->on_int, on_signal, SIGINT);
	uv_signal_start(&f->on_term, on_signal, SIGTERM);
	uv_run(loop, UV_RUN_DEFAULT);
	tail_cursor(f->tail, &cursor);
	fprintf(stderr, "cursor %s\n", buf_str(&cursor));
	buf_free(&cursor);
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
	if (c->format == OUT_CSV) return cli_usage(c, "tail speaks table and jsonl");
	struct db *db = cli_db(c, DB_READ);
	struct tail_opts o = { .from = from,
		               .on_event = on_event,
		               .on_turn = on_turn,
		               .on_purged = on_purged,
		               .on_error = on_error,
		               .ctx = &f };
	struct scope of = { 0 };
	bool ok = (!client || scope_find(db, "client", client, &of, &e)) &&
	          tail_open(cli_loop(c), db, &o, &f.tail, &e);
	snprintf(f.client, sizeof f.client, "%.39s", of.id);
	if (ok) follow(&f);
	db_close_wait(db);
	return ok ? f.code : cli_fail(c, &e);
}
