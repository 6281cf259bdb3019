/* rights.h - what a login may do, read off the server's own words (SHOW GRANTS): tables of privileges in
 * information_schema leave routines and the rights of roles out. */
#ifndef SPOTOP_DB_RIGHTS_H
#define SPOTOP_DB_RIGHTS_H
#include "core/base/err.h"
#include "core/db/table.h"
#include <stdbool.h>

/* Does one of the GRANT lines (first column of `grants`) give `privilege` on the object? kind: "TABLE",
 * "PROCEDURE" or "FUNCTION". object NULL: on the whole database. Names of databases are patterns. Rights on
 * some columns only do not count. */
bool rights_allow(const struct table *grants, const char *privilege, const char *kind, const char *database,
                  const char *object);
/* Do the GRANT lines give all that one such statement gives (columns and roles too)? */
bool rights_hold(const struct table *grants, const char *statement);
/* Is the role granted, active or not? */
bool rights_role(const struct table *grants, const char *role);
/* Did the statement fail for want of a right? Asking again does not help, then. */
bool rights_lacking(const struct err *e);
#endif
