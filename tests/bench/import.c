/* import.c - `spotop import prices` beside multi-row INSERTs of the same rows into a copy of the table without triggers
 * (LIKE, partitions and all): of days that hold no rows yet, and then of as many rows of other pools into the same days. ROWS (500,000)
 * prices of 100 pools, CSV. Prints rows a second and the ratio; writes build/bench-import.json. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/db/table.h"
#include "tests/support/bench.h"
#include "tests/support/keeper.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <stdio.h>
#include <stdlib.h>

enum { POOLS = 100, DAYS = 10, A_STATEMENT = 1000, ROUNDS = 3 };

/* The same row for both: pool, day and second follow from the number. */
static int second_of(long i, long n) { return (int)(i / POOLS * 86400 * DAYS / (n / POOLS)); }

static void write_csv(const char *path, long n, int first_pool)
{
	FILE *f = fopen(path, "w");
	if (!f) {
		perror(path);
		exit(70);
	}
	fputs("timestamp,instance_type,region,availability_zone,spot_price\n", f);
	for (long i = 0; i < n; i++) {
		int s = second_of(i, n);
		fprintf(f, "2026-03-%02dT%02d:%02d:%02dZ,m5.large,us-east-1,us-east-1-%ld,0.0%05ld\n",
		        1 + s / 86400, s / 3600 % 24, s / 60 % 60, s % 60, first_pool + i % POOLS,
		        10000 + i % 80000);
	}
	fclose(f);
}

static double import(const struct server *s, const char *path)
{
	char *command = mem_printf("%s --no-defaults -S %s -u root import prices %s --yes > /dev/null",
	                           getenv("SPOTOP_BIN"), server_socket(s), path);
	double from = bench_ms();
	if (system(command) != 0) {
		fprintf(stderr, "bench: failed: %s\n", command);
		exit(70);
	}
	free(command);
	return bench_ms() - from;
}

static double insert(struct link *l, long n, int first_pool)
{
	struct buf b = BUF_EMPTY;
	struct err e = { 0 };
	double from = bench_ms();
	for (long i = 0; i < n;) {
		buf_cut(&b, 0);
		buf_addf(&b, "INSERT IGNORE INTO plain (id, pool_id, price, observed_at) VALUES ");
		for (long k = 0; k < A_STATEMENT && i < n; k++, i++) {
			int s = second_of(i, n);
			buf_addf(&b,
			         "%s(0, 'm5.large.us-east-1-%ld', 0.0%05ld, '2026-03-%02d %02d:%02d:%02d')",
			         k ? "," : "", first_pool + i % POOLS, 10000 + i % 80000, 1 + s / 86400,
			         s / 3600 % 24, s / 60 % 60, s % 60);
		}
		if (!bench_ask(l, b.s, NULL, &e)) bench_fail("insert", &e);
	}
	buf_free(&b);
	return bench_ms() - from;
}

int main(void)
{
	keeper_begin();
	const char *rows = getenv("ROWS");
	long n = rows && atol(rows) > 0 ? atol(rows) / POOLS * POOLS : 500000;
	struct server_opts o = { .extra = "--innodb-buffer-pool-size=1G",
		                 .extra2 = "--innodb-log-file-size=512M" };
	struct err e = { 0 };
	struct link l;
	struct server *s = server_start(&o, &e);
	if (!s || !server_load_schema(s, &e)) bench_fail("server", &e);
	bench_open(&l, s, "spot_optimizer", DB_WRITE);
	char *path = mem_printf("%s/prices.csv", server_dir(s)),
	     *others = mem_printf("%s/others.csv", server_dir(s));
	write_csv(path, n, 0);
	write_csv(others, n, POOLS);
	bench_sql(&l, "CALL partitions_ensure('spot_price_snapshots', '2026-03-01', '2026-03-%02d')", DAYS);
	double ours[ROUNDS], more[ROUNDS], plain[ROUNDS], more_plain[ROUNDS];
	for (int r = 0; r < ROUNDS; r++) {
		bench_sql(&l, "CREATE OR REPLACE TABLE plain LIKE spot_price_snapshots");
		plain[r] = insert(&l, n, 0);
		more_plain[r] = insert(&l, n, POOLS);
		bench_sql(&l, "DELETE FROM spot_price_snapshots");
		bench_sql(
		        &l,
		        "SET GLOBAL innodb_max_purge_lag_wait = 0"); /* the rows of the round before, out of its way */
		ours[r] = import(s, path);
		more[r] = import(s, others);
		struct table *t = bench_rows(&l, "SELECT COUNT(*) AS n FROM spot_price_snapshots");
		if (table_int(t, 0, "n", 0) != 2 * n) {
			fprintf(stderr, "bench: %ld rows of %ld were imported\n",
			        (long)table_int(t, 0, "n", 0), n);
			return 70;
		}
		table_free(t);
	}
	double a = bench_pct(ours, ROUNDS, 0.5), b = bench_pct(plain, ROUNDS, 0.5),
	       c = bench_pct(more, ROUNDS, 0.5), d = bench_pct(more_plain, ROUNDS, 0.5);
	printf("%ld prices: imported at %.0f/s, inserted at %.0f/s; into days that hold rows %.0f/s and "
	       "%.0f/s\n",
	       n, (double)n / a * 1e3, (double)n / b * 1e3, (double)n / c * 1e3, (double)n / d * 1e3);
	bench_goal("import into days without rows, beside multi-row INSERTs", b / a, "", false, 1);
	bench_goal("import into days that hold others, beside multi-row INSERTs", d / c, "", false, 0.55);
	bench_save("import",
	           json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:f}", "rows", (json_int_t)n, "import_per_s",
	                     (double)n / a * 1e3, "insert_per_s", (double)n / b * 1e3, "ratio", b / a,
	                     "import_more_per_s", (double)n / c * 1e3, "insert_more_per_s",
	                     (double)n / d * 1e3, "more_ratio", d / c));
	free(path);
	free(others);
	bench_close(&l);
	server_stop(s);
	return 0;
}
