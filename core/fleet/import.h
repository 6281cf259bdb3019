/* import.h - prices from a file into spot_price_snapshots (or ondemand_prices).
 *
 * Days of at least 2,000 rows that are over and hold none yet are filled in a table aside and appear at once, where
 * the link serves rows (db_conf), the server takes them (local_infile) and the login may make tables: as fast as a
 * table without triggers. All others go row by row.
 *
 * The file is read twice: first to check it and to learn its days, pools, products and last time, before the
 * database is touched; then to insert, in batches that are committed one by one. Imported rows have
 * no client, agent or role and id 0, so (pool, second) is unique among them and importing again,
 * after an interruption too, adds only what is missing. A lost link is waited for and the batch sent
 * again. Missing pools and the days' partitions are made; each pool's cached price becomes the newest
 * one that is not in the future.
 *
 * A pool has one price: of Linux/UNIX and Linux/UNIX (Amazon VPC) the one with more rows is taken (VPC at a
 * tie), other products are left out; both are counted. Of two prices of one pool and second the first stays,
 * in both places, and the other is told as a conflict. A zone id (use1-az4) will do where a pool of it is there.
 *
 * A packed file that ends early is read to its end, without the row that is cut in two.
 *
 * Our own exports come in where they came from: rows of agents keep their role and instance (and are not
 * added where they are already), consolidated and canonical rows go to their own table.
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
	const char *path;              /* "-": stdin */
	enum price_kind kind;
	const char *region;            /* of on-demand prices whose file names none; may be NULL */
	bool shift_to_now;
	unsigned batch;                /* rows of a statement; 0: 2,000, of days filled aside 50,000 */
	void (*progress)(void *ctx, const struct import_progress *p);   /* after each batch; may be NULL */
	void *ctx;
};
enum { IMPORT_FAULTS_KEPT = 20, IMPORT_OTHERS_KEPT = 8 };
struct import_result {
	uint64_t rows, added, bad, other;   /* taken, new ones, malformed, of another product */
	uint64_t conflicts;                 /* another price of that pool and second is kept */
	bool is_cut;
	char cut[160];                      /* where the packed data end */
	unsigned pools, pools_made;
	int64_t first_s, last_s;            /* as stored (shifted); PRICE_NO_TIME without rows */
	int64_t shift_s;
	bool shift_is_old;                  /* the same rows were shifted by it before */
	int64_t elapsed_ms;                 /* of the inserting */
	unsigned n_faults, n_others;
	struct import_fault { unsigned long line; char why[200]; } faults[IMPORT_FAULTS_KEPT];
	struct import_other { char product[64]; uint64_t n; } others[IMPORT_OTHERS_KEPT];   /* the first ones by name */
};
/* True also when lines were malformed: look at bad, conflicts and is_cut. False: nothing more was written. */
bool import_prices(struct db *w, const struct import_opts *o, struct import_result *r, struct err *e);
#endif
