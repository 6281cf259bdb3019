/* meant.h - "did you mean" for the names of what is in the database. */
#ifndef SPOTOP_VIEWS_MEANT_H
#define SPOTOP_VIEWS_MEANT_H
#include <stdbool.h>
struct db;
struct err;
/* Where the error says that there is no such agent, pool, client, ...: the name that is most like it, behind the sentence. */
void meant_hint(struct db *db, struct err *e);
/* May there be one? Else no link is needed. */
bool meant_may_be(const struct err *e);
#endif
