/* links.h - the console's two links: one reads, one writes and is opened by the first action. */
#ifndef SPOTOP_VIEWS_LINKS_H
#define SPOTOP_VIEWS_LINKS_H
#include "core/db/db.h"
#include "views/nav/nav.h"

void links_open(struct nav *nav);
void links_close(struct nav *nav); /* waits for both; what is under way is answered */
/* Another database: a new read link. The old one answers its last questions to nobody, then closes; whoever has
 * a question on it lets it go before. */
void links_anew(struct nav *nav);
/* The write link wrote: what is shown is read again, on a replica server once that is there. */
void nav_wrote(struct nav *nav);
void links_look(struct nav *nav); /* takes the read link's state over: once in a while, as it counts down */

struct db *nav_read_link(struct nav *nav);
struct db *nav_write_link(struct nav *nav);
unsigned nav_sessions(const struct nav *nav);              /* grows with each new session of either link */
bool nav_has_written(const struct nav *nav);               /* the write link was opened in this session */
const struct db_status *nav_status(const struct nav *nav); /* of the read link */
bool nav_is_stale(const struct nav *nav);                  /* the database is lost: old data is dimmed */
int64_t nav_lost_since_ms(const struct nav *nav);          /* mono; 0: it was not lost */
/* What to say instead of any answer where the database holds an older schema; NULL: it does not. */
const struct err *nav_old_schema(const struct nav *nav);
/* When this console was without a database, from and to in wall ms, the latest last; at most max of them. */
size_t nav_outages(const struct nav *nav, int64_t (*out)[2], size_t max);
#endif
