/* local_rows.h - what a server is given that asks this program for a file: the rows of the request that is under way,
 * under the name that it gave them, and nothing else. A server may ask in answer to any statement, so a connection
 * refuses from its first byte on. Only core/db/ includes it. */
#ifndef SPOTOP_DB_LOCAL_ROWS_H
#define SPOTOP_DB_LOCAL_ROWS_H
#include "core/db/db.h"
#include <mysql.h>

/* of: where the opts of the request under way are looked up; NULL: everything is refused. */
void local_rows_serve(MYSQL *my, const struct db_opts **of);
#endif
