/* migrating.h - what the tests of a migration stand on: an old fleet loaded, migrated, and compared row by row.
 * All of them fail the test when it is not so. */
#ifndef SPOTOP_TESTS_MIGRATING_H
#define SPOTOP_TESTS_MIGRATING_H
#include "tests/support/rig.h"

void migrating_load(const struct rig *rig, const char *file); /* a file of tests/it/sql */
/* spotop -D into db migrate --from from -o jsonl a b; _ok: with that exit code and no broken promise */
struct rig_run migrating_run(const struct rig *rig, const char *from, const char *into, const char *a,
                             const char *b);
void migrating_ok(const struct rig *rig, const char *from, const char *into, const char *a, const char *b,
                  int code);
/* The program is killed where it waits for what `held`, a statement in a transaction that stays open, holds; then, if
 * asked for, the server, which is started again; else the server ends the program's statement by itself. */
void migrating_kill_where(struct rig *rig, const char *from, const char *into, const char *a, const char *b,
                          const char *held, bool with_server);
void migrating_run_clean(const struct rig *rig, const char *into); /* --clean --yes */
void migrating_number(const struct rig *rig, long want, const char *sql);
void migrating_text(const struct rig *rig, const char *want, const char *sql);
/* A sum over all rows of a database's tables: the same as long as nobody writes there; free(). */
char *migrating_checksum(const struct rig *rig, const char *database);
/* Table `table` holds the same rows in databases a and b, save ids that are drawn. */
void migrating_same_rows(const struct rig *rig, const char *table, const char *a, const char *b);
#endif
