/* migrate.h - moving a database in the field (5.1, 6.0) into one of this schema, on the same server.
 *
 * The source is only read (but for triggers, of migrate_follow and of `fence`); what is kept of it is written into another database, batch by batch in the
 * order of each table's key, each batch and its checkpoint in one transaction: killed anywhere, the next
 * run goes on there. A run over a finished copy takes what changed since; with `final` (the writers of
 * the source are stopped) all of what may have changed is compared again. The maps, the rules and the
 * state of a move are in sql/migrations and, while it lasts, in the new database's migration_ tables:
 * rejected rows whole in migration_rejects, each value that was not kept as it was in migration_notes. */
#ifndef SPOTOP_FLEET_MIGRATE_H
#define SPOTOP_FLEET_MIGRATE_H
#include <stdbool.h>
#include <stdint.h>
struct db;
struct err;
struct table;

struct migrate_progress {
	const char *source_table;      /* NULL: between passes */
	int pass;                      /* 0: the copy */
	int64_t done, total;           /* rows of this pass; total is the server's estimate until read */
	int64_t elapsed_ms, done_here; /* of this run and pass */
};
struct migrate_opts {
	const char *from;  /* the source database */
	unsigned days;     /* prices older than this stay behind; 0: 90 */
	unsigned raw_days; /* the same of raw prices, which are kept for a day here; 0: 1 */
	unsigned batch;    /* rows of a transaction; 0: 5,000 */
	unsigned
	        max_lag_ms; /* wait while a statement of the source's own sessions runs for longer; 0: never */
	void (*held)(void *ctx, int64_t lag_ms); /* each second of such a wait; may be NULL */
	bool tokens_are_hashed;                  /* client tokens of 64 hex digits are hashes already */
	bool final; /* what is gone from the source is ended here too; then no more runs, but */
	bool fence; /* the source refuses its writers first */
	bool once;  /* of following: until all is here that was written when it began */
	/* of following, each second; may be NULL: how old the oldest change is that is not here, how many wait */
	void (*lag)(void *ctx, int64_t lag_ms, int64_t n_waiting, int64_t n_taken);
	bool back;    /* of comparing: the way back, which leaves out what the old schema has no room for */
	bool changed; /* of comparing: only the ranges in which rows were taken over since the last time */
	bool again;   /* after a final one all the same: what was written since is undone */
	void (*progress)(void *ctx, const struct migrate_progress *p); /* may be NULL */
	void *ctx;
};
struct migrate_result {
	struct table *rows; /* one a source table; table_free */
	int64_t n_rejects, n_notes, n_changed, n_migrated;
	int passes;
	char version[24], watermark[32];
};

struct migrate_comparison {
	struct table *rows; /* one a rule: rows, checksums, differences; table_free */
	int64_t n_rows, n_ranges, n_differ;
};

/* Is this a fleet in an older schema, in another database than `into`? ERR_USAGE with the names of
 * those that are when `from` is NULL; ERR_SCHEMA when it is none. */
bool migrate_check_source(struct db *db, const char *from, const char *into, struct err *e);
/* `w` has the new database, with its schema, as its own. Lost links are waited for. */
bool migrate_run(struct db *w, const struct migrate_opts *o, struct migrate_result *r, struct err *e);
/* The same on a sample, in a scratch database that `w` has as its own: rows is the plan. */
bool migrate_sample(struct db *w, const struct migrate_opts *o, struct migrate_result *r, struct err *e);
/* The source followed by triggers that write a change log here (sql/migrations/70-log.sql) until an error, or
 * with `once` until nothing waits. A migration that was begun without is gone over once more. */
bool migrate_follow(struct db *w, const struct migrate_opts *o, struct err *e);
/* After a final one: makes database `name` for back ends of schema 6.0, on the rows of `w` (sql/migrations/90-as60.sql);
 * rows: what it has; table_free. */
bool migrate_as60(struct db *w, const char *name, struct table **rows, struct err *e);
/* Lets the writers of the source in again. */
bool migrate_unfence(struct db *w, struct err *e);
/* After a final one: the source kept current from here (sql/migrations/80-back.sql), fenced against others, until an
 * error, or with `once` until nothing waits; with `final` this database takes no action any more, what waits is
 * written there, and the source takes its writers again. rows: what was taken back to each table; table_free. */
bool migrate_back(struct db *w, const struct migrate_opts *o, struct table **rows, struct err *e);
/* Each row of the source, mapped by its rule, beside the row here; nothing but migration_ranges and
 * migration_differences is written. Beside a running migration what differs is looked at several times. */
bool migrate_compare(struct db *w, const struct migrate_opts *o, struct migrate_comparison *r, struct err *e);
/* Makes an empty scratch database for a dry run, or takes one away; refuses any other database. */
bool migrate_scratch_drop(struct db *w, const char *scratch, struct err *e);
/* Takes the helpers of a finished move away; rejects and notes go with them. */
bool migrate_clean(struct db *w, struct err *e);
#endif
