/* db_conn.c - taking a connection over on the loop, and the side connection that stops a running statement. */
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/db/db_int.h"
#include <fcntl.h>
#include <stdio.h>

static void on_connected(void *owner, struct attempt *a)
{
	struct db *db = owner;
	uv_timer_stop(&db->timer);
	db->attempt = NULL;
	attempt_drop(a);
	if (a->err.code) {
		db_lost(db, &a->err);
		return;
	}
	db->my = a->my;
	a->my = NULL;
	int fd = (int)mysql_get_socket(db->my);
	int flags = fcntl(fd, F_GETFL);
	fcntl(fd, F_SETFL, flags | O_NONBLOCK); /* over TLS the library would block on it otherwise */
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	db->status.n_connects++;
	db->status.thread_id = a->thread_id;
	db->status.is_tls = mysql_get_ssl_cipher(db->my) != NULL;
	snprintf(db->status.server, sizeof db->status.server, "%s", a->version);
	db->status.clock_skew_ms =
	        (int64_t)(a->server_time * 1000) - (a->asked_wall_ms + a->answered_wall_ms) / 2;
	if (db->status.clock_skew_ms > -50 && db->status.clock_skew_ms < 50)
		db->status.clock_skew_ms = 0; /* within the measurement */
	db->status.last_error[0] = 0;
	db->status.last_code = ERR_NONE;
	db->backoff_ms = 0;
	db_set_state(db, S_IDLE);
	db_poll(db, UV_READABLE | UV_DISCONNECT); /* an idle link that becomes readable is dead */
	db_kick(db);
}

static void on_connect_deadline(uv_timer_t *t)
{
	struct db *db = t->data;
	struct err e;
	attempt_drop(db->attempt);
	db->attempt = NULL;
	err_set(&e, ERR_DB_DOWN, "no connection to %s within %u s", db->status.host,
	        (db->conf.connect_timeout_s ? db->conf.connect_timeout_s : 10) + 2);
	db_lost(db, &e);
}

void db_connect(struct db *db)
{
	db_set_state(db, S_CONNECTING);
	db->attempt = attempt_connect(db->loop, &db->conf, db->role, on_connected, db);
	unsigned limit = (db->conf.connect_timeout_s ? db->conf.connect_timeout_s : 10) + 2;
	uv_update_time(db->loop);
	uv_timer_start(&db->timer, on_connect_deadline, (uint64_t)limit * 1000, 0);
}

/* --- stopping a running statement --- */

static void on_killed(void *owner, struct attempt *a)
{
	struct db *db = owner;
	db->kill = NULL;
	attempt_drop(a);
	if (a->err.code) log_line(LOG_WARN_, "link=%s cannot stop a statement: %s", db->label, a->err.text);
	/* Nothing new went out while the kill was on its way: it could have hit the next statement. */
	if (db->state == S_KILLING) {
		uv_timer_stop(&db->timer);
		db_set_state(db, S_IDLE);
		db_kick(db);
	}
}

void db_kill_running(struct db *db)
{
	if (db->kill || !db->my) return;
	db->kill = attempt_kill(db->loop, &db->conf, db->status.thread_id, on_killed, db);
}
