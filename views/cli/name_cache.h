/* name_cache.h - names of what is in the fleet, within the time that a key may take: kept in files for some minutes, refreshed
 * by a process of its own. */
#ifndef SPOTOP_VIEWS_NAME_CACHE_H
#define SPOTOP_VIEWS_NAME_CACHE_H
#include <stdbool.h>
struct buf;
struct cli;
/* Lines "name<TAB>about" of those that begin so, of sql/queries/names.sql. False: they are not known in time; the next call may have them.
 * To be called before anything of the loop. */
bool name_cache_read(struct cli *c, const char *kinds, const char *begins, struct buf *out);
#endif
