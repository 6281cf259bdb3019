/* links.c - the links to the database, what is known of them, and when there was none. */
#include "views/nav/links.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/fleet/schema.h"
#include "sql.h"
#include "views/nav/nav_int.h"
#include <string.h>
#include <uv.h>

struct db *nav_read_link(struct nav *nav) { return nav->read; }
bool nav_has_written(const struct nav *nav) { return nav->write != NULL; }

unsigned nav_sessions(const struct nav *nav)
{
	return nav->read_status.n_connects + (nav->write ? db_status(nav->write).n_connects : 0);
}

const struct db_status *nav_status(const struct nav *nav) { return &nav->read_status; }
bool nav_is_stale(const struct nav *nav) { return nav->read_status.phase != DB_UP; }
int64_t nav_lost_since_ms(const struct nav *nav) { return nav->lost_since_ms; }
void links_look(struct nav *nav) { nav->read_status = db_status(nav->read); }

size_t nav_outages(const struct nav *nav, int64_t (*out)[2], size_t max)
{
	size_t n = nav->n_outages < max ? nav->n_outages : max;
	memcpy(out, nav->outages + nav->n_outages - n, n * sizeof *out);
	return n;
}

static void note_outage(struct nav *nav)
{
	int64_t now = nav_now_ms(nav);
	if (nav->n_outages == ARRAY_LEN(nav->outages))
		memmove(nav->outages, nav->outages + 1, sizeof nav->outages[0] * --nav->n_outages);
	nav->outages[nav->n_outages][0] = now - (clock_mono_ms() - nav->lost_since_ms);
	nav->outages[nav->n_outages++][1] = now;
}

static void got_present(void *ctx, struct table *t, const struct err *e)
{
	struct nav *nav = ctx;
	if (!e && schema_says_old(t, &nav->old_schema)) nav_refetch(nav);
	table_free(t);
}

/* The dictionary is read as a whole only where one row of it says that this is not ours. */
static void got_is_old(void *ctx, struct table *t, const struct err *e)
{
	struct nav *nav = ctx;
	if (!e && table_int(t, 0, "is_old", 0))
		db_submit(nav->read, &sql_queries_schema_present, NULL, 0, NULL, got_present, nav);
	table_free(t);
}

const struct err *nav_old_schema(const struct nav *nav)
{
	return nav->old_schema.code ? &nav->old_schema : NULL;
}

static void read_changed(void *ctx, const struct db_status *st)
{
	struct nav *nav = ctx;
	bool was_up = nav->read_status.phase == DB_UP, is_up = st->phase == DB_UP;
	if (was_up && !is_up) nav->lost_since_ms = clock_mono_ms();
	if (!was_up && is_up) {
		if (nav->lost_since_ms) {
			nav_say(nav, ST_OK, "connected again after %.0f s",
			        (double)(clock_mono_ms() - nav->lost_since_ms) / 1000);
			note_outage(nav);
		}
		nav->lost_since_ms = 0;
		err_clear(&nav->old_schema);
		db_submit(nav->read, &sql_queries_schema_is_old, NULL, 0, NULL, got_is_old, nav);
		nav_refetch(nav);
	}
	nav->read_status = *st;
	nav_dirty(nav);
}

static void write_changed(void *ctx, const struct db_status *st)
{
	(void)st;
	nav_dirty(ctx);
}

static void link_closed(void *ctx)
{
	struct nav *nav = ctx;
	nav->links_open--;
}

/* --- what was written is read --- */

static void got_gtid(void *ctx, struct table *t, const struct err *e)
{
	struct nav *nav = ctx;
	const char *gtid = e ? NULL : table_get(t, 0, "gtid");
	nav->is_syncing = false;
	if (gtid && *gtid) {
		db_read_after(nav->read, gtid);
		nav_refetch(nav);
	}
	table_free(t);
}

void nav_wrote(struct nav *nav)
{
	nav_refetch(nav);
	if (!nav->write || nav->is_syncing || !nav->read_status.is_replica) return;
	if (db_status(nav->write).phase != DB_UP) return;
	nav->is_syncing = true;
	db_submit(nav->write, &sql_queries_db_gtid, NULL, 0, NULL, got_gtid, nav);
}

struct db *nav_write_link(struct nav *nav)
{
	if (!nav->write) {
		nav->write = db_open(nav->session->loop, nav->session->conf, DB_WRITE, "act");
		db_on_change(nav->write, write_changed, nav);
		nav->links_open++;
	}
	return nav->write;
}

void links_open(struct nav *nav)
{
	nav->read = db_open(nav->session->loop, nav->session->conf, DB_READ, "read");
	nav->links_open++;
	nav->read_status = db_status(nav->read);
	db_on_change(nav->read, read_changed, nav);
}

void links_anew(struct nav *nav)
{
	db_on_change(nav->read, NULL, NULL);
	db_close(nav->read, link_closed, nav);
	nav->lost_since_ms = 0;
	links_open(nav);
}

void links_close(struct nav *nav)
{
	db_close(nav->read, link_closed, nav);
	if (nav->write) db_close(nav->write, link_closed, nav);
	while (nav->links_open) uv_run(nav->session->loop, UV_RUN_ONCE);
	uv_run(nav->session->loop, UV_RUN_NOWAIT);
}
