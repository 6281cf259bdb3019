/* hosts.c - the order in which a link tries the servers it was given. */
#include "core/db/hosts.h"
#include "core/base/mem.h"
#include <stdlib.h>
#include <string.h>

void hosts_open(struct hosts *h, const struct db_conf *c, enum db_role role)
{
	h->n = conf_n_servers(c, role == DB_READ);
	h->each = mem_alloc(h->n * sizeof *h->each);
	h->was_tried = mem_alloc(h->n * sizeof *h->was_tried);
	memset(h->was_tried, 0, h->n * sizeof *h->was_tried);
	h->said = (struct buf)BUF_EMPTY;
	h->at = 0;
	h->last = h->n;
	h->first.code = ERR_NONE;
	for (size_t i = 0; i < h->n; i++) conf_server(&h->each[i], c, role == DB_READ, i);
}

void hosts_free(struct hosts *h)
{
	for (size_t i = 0; i < h->n; i++) conf_free(&h->each[i]);
	buf_free(&h->said);
	free(h->each);
	free(h->was_tried);
}

const struct db_conf *hosts_now(const struct hosts *h) { return &h->each[h->at]; }

static void begin_round(struct hosts *h)
{
	memset(h->was_tried, 0, h->n * sizeof *h->was_tried);
	buf_cut(&h->said, 0);
	h->first.code = ERR_NONE;
	h->last = h->n;
}

static void note(struct hosts *h, const struct err *e)
{
	buf_addf(&h->said, "%s%s", h->said.len ? "; " : "", e->text);
	if (!h->first.code || h->first.code == ERR_REFUSED) h->first = *e;
}

bool hosts_next(struct hosts *h, struct err *e)
{
	if (h->n == 1) return false;
	note(h, e);
	h->was_tried[h->at] = true;
	for (int is_last_too = 0; is_last_too < 2; is_last_too++)
		for (size_t i = 0; i < h->n; i++)
			if (!h->was_tried[i] && (is_last_too || i != h->last)) {
				h->at = i;
				return true;
			}
	unsigned number = h->first.sql_errno;
	err_set(e, h->first.code, "%s", buf_str(&h->said));
	e->sql_errno = number;
	begin_round(h);
	h->at = 0;
	return false;
}

void hosts_lost(struct hosts *h)
{
	size_t lost = h->at;
	begin_round(h);
	if (h->n < 2) return;
	h->at = lost == 0;
	h->last = lost;
}

void hosts_found(struct hosts *h) { begin_round(h); }

int64_t hosts_limit_ms(const struct hosts *h)
{
	const struct db_conf *c = hosts_now(h);
	return h->n > 1 ? c->connect_timeout_s * 1000
	                : ((c->connect_timeout_s ? c->connect_timeout_s : 10) + 2) * 1000;
}
