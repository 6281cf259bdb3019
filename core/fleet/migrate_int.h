/* migrate_int.h - what the parts of a migration share. */
#ifndef SPOTOP_FLEET_MIGRATE_INT_H
#define SPOTOP_FLEET_MIGRATE_INT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct arg;
struct db;
struct err;
struct migrate_opts;
struct migrate_result;

struct query;
struct table;

enum { MIGRATE_STEP_MS = 1800000 }; /* a batch over a table without an index for it may take long */

bool migrate_call(struct db *w, const struct query *q, const struct arg *args, size_t n, struct table **t,
                  struct err *e);
bool migrate_scripts(struct db *w, struct err *e); /* sql/migrations/NN-*.sql */
bool migrate_lock(struct db *w, struct err *e);
bool migrate_is_link(const struct err *e);         /* the answer was lost, or nobody answers */
bool migrate_take_up(struct db *w, struct err *e); /* waits for the server, and is where it was */
bool migrate_begin(struct db *w, const struct migrate_opts *o, const char *kind, struct err *e);
bool migrate_wait_for_source(struct db *w, const struct migrate_opts *o, struct err *e);
bool migrate_pass(struct db *w, const struct migrate_opts *o, const char *kind, struct err *e);
bool migrate_copy(struct db *w, const struct migrate_opts *o,
                  struct err *e); /* the first pass, if it has not ended */
bool migrate_read_state(struct db *w, struct migrate_result *r, bool *is_copy, struct err *e);
bool migrate_end_pass(struct db *w, bool is_final, bool is_whole, struct err *e);
/* Every range read on both sides: what is not the same stands in migration_suspects. */
bool migrate_compare_ranges(struct db *w, const struct migrate_opts *o, struct err *e);

/* What a step over a log says, and which statement takes one. */
struct migrate_step {
	int64_t n, n_waiting, lag_ms;
	bool has_children; /* what waits follows in part from what was taken over */
};
/* The more waited after the last step (*row; all zero at first), the more is taken over in this one. What is lost to a
 * deadlock or a server that went away is done again: the log still says it. */
bool migrate_log_step(struct db *w, const struct query *q, struct migrate_step *row, struct err *e);
/* All that was written before start_ms is here, and what follows from it. A database that is written to without end
 * always has something waiting. */
bool migrate_has_come_to(const struct migrate_step *row, int64_t start_ms);
void migrate_rest(int64_t n_taken, int64_t took_ms);

/* The change log of the source. */
enum migrate_log_state { LOG_NONE, LOG_MAKING, LOG_OPEN, LOG_WHOLE };
struct migrate_log {
	enum migrate_log_state state;
	bool is_begun, is_done, is_from_start;
	char fault[420]; /* "": it is whole, or there is none */
};
bool migrate_read_log(struct db *w, struct migrate_log *log, struct err *e);
bool migrate_drop_log(struct db *w, struct err *e); /* its triggers, out of the source */
bool migrate_final_by_log(struct db *w, const struct migrate_opts *o, const struct migrate_log *log,
                          struct err *e);
bool migrate_now(struct db *w, char *out, size_t n, struct err *e);
/* False with who and what when the source was written to after `since`; with `waits` a moment is waited first. */
bool migrate_writers(struct db *w, const char *from, const char *since, bool waits, struct err *e);
#endif
