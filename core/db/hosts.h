/* hosts.h - which of the servers that the options name a link tries next. Only core/db/ includes it.
 *
 * They are tried in the order in which they are named, each once a round; a round ends when one has answered and is
 * what is needed, or when all were tried. Who reads begins with read-host. */
#ifndef SPOTOP_DB_HOSTS_H
#define SPOTOP_DB_HOSTS_H
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/db/conf.h"
#include "core/db/db.h"

struct hosts {
	struct db_conf *each;  /* the options of a connection to that one server */
	bool *was_tried;
	size_t n, at;
	size_t last; /* not before all others of this round, as it was lost; n: none */
	struct buf said;     /* why those of this round would not do */
	struct err first;      /* the gravest of them: one that is read-only is no failure of that server */
};
void hosts_open(struct hosts *h, const struct db_conf *c, enum db_role role);
void hosts_free(struct hosts *h);
const struct db_conf *hosts_now(const struct hosts *h);
/* The one in use will not do. True: go on with the next of this round. False: that was the last, *e says of all of them
 * why, and a new round begins with the first. */
bool hosts_next(struct hosts *h, struct err *e);
/* One that was in use was lost: a new round, that one last. */
void hosts_lost(struct hosts *h);
void hosts_found(struct hosts *h);     /* the one in use will do */
/* How long one may take to connect and greet. */
int64_t hosts_limit_ms(const struct hosts *h);
#endif
