/* import.h - price history from a file into spot_price_snapshots (or ondemand_prices).
 *
 * The file is read twice: first to check it and to learn its days, pools and last time, before the
 * database is touched; then to insert, in batches that are committed one by one. Imported rows have
 * no client, agent or role and id 0, so (pool, second) is unique among them and importing again,
 * after an interruption too, adds only what is missing. A lost link is waited for and the batch sent
 * again. Missing pools and the days' partitions are made; each pool's cached price becomes the newest
 * one that is not in the future.
 *
 * shift_to_now moves all times by one amount so that the last is the server's now. That amount is
 * kept with the run (consolidation_jobs, type import, under a fingerprint of the rows): importing the
 * same rows shifted again uses it again and adds nothing, whenever that is. */
#ifndef SPOTOP_FLEET_IMPORT_H
#define SPOTOP_FLEET_IMPORT_H
#include "core/fleet/import_read.h"
struct db;

struct import_progress {
	uint64_t done, total, added;   /* good rows */
	int64_t elapsed_ms;            /* since inserting began */
};
struct import_opts {
	const char *path;              /* "-": stdin; gzip or plain */
	enum price_kind kind;
	bool shift_to_now;
	unsigned batch;                /* rows of an insert; 0: 2,000 */
	void (*progress)(void *ctx, const struct import_progress *p);   /* after each batch; may be NULL */
	void *ctx;
};
#define IMPORT_FAULTS_KEPT 20
struct import_result {
	uint64_t rows, added, bad, other;   /* good ones, new ones, malformed, of another product */
	unsigned pools, pools_made;
	int64_t first_s, last_s;            /* as stored (shifted); PRICE_NO_TIME without rows */
	int64_t shift_s;
	bool shift_is_old;                  /* the same rows were shifted by it before */
	int64_t elapsed_ms;                 /* of the inserting */
	unsigned n_faults;
	struct import_fault { unsigned long line; char why[160]; } faults[IMPORT_FAULTS_KEPT];
};
/* True also when lines were malformed: look at bad. False: nothing more was written. */
bool import_prices(struct db *w, const struct import_opts *o, struct import_result *r, struct err *e);
#endif
