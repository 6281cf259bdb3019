/* db.c - the report's claims measured: the same rows in three databases, asked in turn in each round on one
 * connection, beside a read by primary key as the floor.
 *   v60    6.0 as the report describes it (tests/bench/sql/db_v6.sql)
 *   v60a   the same with an index on the agent: the honest rival
 *   7.0    spot_optimizer, as `spotop db init` makes it
 * 10,000 agents and 100,000 instances; SCALE=full: ten times that. ROUNDS (20) is how often each is asked.
 * A statement that takes longer than LIMIT_S is stopped, told as such and not asked again. At the end the
 * whole as one table: what the report says, what was measured, the goal, the verdict. */
#include "core/db/db.h"
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/fleet/schema.h"
#include "sql.h"
#include "tests/bench/db_works.h"
#include "tests/support/bench.h"
#include "tests/support/claims.h"
#include "tests/support/keeper.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DBS = 3, MAX_ROUNDS = 200, DROPS = 4, LIMIT_S = 8 };
static const char *const db_names[DBS] = { "v60", "v60a", "spot_optimizer" };
static struct server *server;

struct times {
	double ms[MAX_ROUNDS];
	int n;
	bool is_over;
};

static void stop_server(void)
{
	if (server) server_stop(server);
	server = NULL;
}

static void fill(struct link *l, bool is_full)
{
	int agents = is_full ? 100000 : 10000, prices = is_full ? 10000000 : 1000000;
	double from = bench_ms();
	bench_sql(l, "SET @agents = %d, @prices = %d", agents, prices);
	bench_script(l, "tests/bench/sql/db_fill.sql");
	bench_sql(l, "CREATE DATABASE v60");
	bench_sql(l, "CREATE DATABASE v60a");
	bench_sql(l, "USE v60");
	bench_script(l, "tests/bench/sql/db_v6.sql");
	bench_sql(l, "USE v60a");
	bench_script(l, "tests/bench/sql/db_rival.sql");
	bench_sql(l, "USE spot_optimizer");
	bench_sql(l, "ANALYZE TABLE agents, instances, spotop_agent_counts, commands, ml_decisions, "
	             "spot_price_snapshots");
	bench_sql(l, "SET @pin = (SELECT UNIX_TIMESTAMP(MAX(last_heartbeat_at)) FROM agents)");
	bench_sql(l, "SET timestamp = @pin"); /* nobody grows silent while the bench runs */
	printf("%d agents, %d instances, commands and decisions, %d prices; filled in %.0f s\n\n", agents,
	       agents * 10, prices, (bench_ms() - from) / 1e3);
	fflush(stdout);
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* All rows of an answer as one text, in the order of the text: what it says, however it came. */
static void text_of(const struct table *t, struct buf *b)
{
	char **rows = mem_alloc((t->n_rows + 1) * sizeof *rows);
	buf_free(b);
	for (size_t r = 0; r < t->n_rows; r++) {
		struct buf row = BUF_EMPTY;
		for (size_t c = 0; c < t->n_cols; c++)
			buf_addf(&row, "%s|",
			         t->cells[r * t->n_cols + c].s ? t->cells[r * t->n_cols + c].s : "NULL");
		rows[r] = row.s;
	}
	qsort(rows, t->n_rows, sizeof *rows, by_text);
	for (size_t r = 0; r < t->n_rows; r++) {
		buf_addf(b, "%s\n", rows[r]);
		free(rows[r]);
	}
	free(rows);
}

static void measure(struct link *l, const char *text, struct times *t, struct buf *answer)
{
	struct table *rows = NULL;
	struct err e = { 0 };
	struct buf b = BUF_EMPTY;
	if (t->is_over) return;
	buf_addf(&b, "SET STATEMENT max_statement_time = %d FOR %s", LIMIT_S, text);
	double from = bench_ms();
	if (bench_ask(l, b.s, &rows, &e)) {
		t->ms[t->n++] = bench_ms() - from;
		text_of(rows, answer);
		table_free(rows);
	} else if (bench_ms() - from >= LIMIT_S * 1000)
		t->is_over = true;
	else
		bench_fail(text, &e);
	buf_free(&b);
}

static double pct(struct times *t, double p)
{
	if (t->is_over) return LIMIT_S * 1000;
	return bench_pct(t->ms, (size_t)t->n, p);
}

static void print_row(const struct work *w, struct times *t, double probe, const char *same)
{
	double m[DBS];
	char measured[200], goal[80] = "", verdict[160];
	for (int d = 0; d < DBS; d++) m[d] = pct(&t[d], 0.5);
	snprintf(measured, sizeof measured,
	         "6.0 %s%.2f ms (p95 %.2f), with the agent's index %s%.2f (%.2f), 7.0 %.3f (%.3f) = %.1f "
	         "probes, %.1fx and %.1fx, %s",
	         t[0].is_over ? "over " : "", m[0], pct(&t[0], 0.95), t[1].is_over ? "over " : "", m[1],
	         pct(&t[1], 0.95), m[2], pct(&t[2], 0.95), m[2] / probe, m[0] / m[2], m[1] / m[2], same);
	bool near = w->max_probes <= 0 || m[2] / probe <= w->max_probes;
	bool fast = w->min_ratio <= 0 || m[w->rival] / m[2] >= w->min_ratio;
	if (w->max_probes > 0) snprintf(goal, sizeof goal, "at most %.3g probes", w->max_probes);
	if (w->min_ratio > 0)
		snprintf(goal + strlen(goal), sizeof goal - strlen(goal), "%s%.0fx over %s",
		         *goal ? "; " : "", w->min_ratio, w->rival ? "the indexed 6.0" : "6.0");
	if (near && fast)
		snprintf(verdict, sizeof verdict, "met");
	else
		snprintf(verdict, sizeof verdict, "%s%s missed: %s",
		         w->max_probes > 0 && w->min_ratio > 0 ? near   ? "probes met, ratio"
		                                                 : fast ? "ratio met, probes"
		                                                        : "both"
		                                               : "",
		         t[w->rival].is_over ? " (6.0 was stopped: at least this)" : "", w->why);
	claim_tell(w->name, w->report, measured, goal, verdict);
}

static void use(struct link *l, int d) { bench_sql(l, "USE %s", db_names[d]); }

static void run(struct link *l, const struct work *w, int rounds)
{
	struct times t[DBS] = { 0 }, probe = { 0 };
	struct buf answers[DBS] = { BUF_EMPTY, BUF_EMPTY, BUF_EMPTY }, ignored = BUF_EMPTY;
	for (int r = -1; r < rounds; r++) {
		if (r == 0) /* the first round only warms */
			for (int d = 0; d < DBS; d++) t[d].n = probe.n = 0;
		for (int d = 0; d < DBS; d++) {
			use(l, d);
			measure(l, d == 2 ? w->text7 : w->text6, &t[d], &answers[d]);
		}
		measure(l, "SELECT status FROM agents WHERE id = " AGENT, &probe, &ignored);
	}
	bool same = true, any = false;
	for (int d = 0; d < 2; d++)
		if (!t[d].is_over) {
			any = true;
			same &= strcmp(answers[d].s, answers[2].s) == 0;
		}
	print_row(w, t, pct(&probe, 0.5),
	          !any   ? "no answer to compare"
	          : same ? "same answers"
	                 : "ANSWERS DIFFER");
	if (any && !same && getenv("BENCH_ANSWERS"))
		printf("--- 6.0\n%s--- 7.0\n%s", answers[0].s, answers[2].s);
	for (int d = 0; d < DBS; d++) buf_free(&answers[d]);
	buf_free(&ignored);
}

/* The same page and count over a fleet ten times as large or as small. */
static void flatness(struct link *l, bool is_full, int rounds)
{
	static const char *const texts[] = { PAGE7, COUNT7 };
	static const char *const names[] = { "the page of 50, flat", "the count, flat" };
	struct err e = { 0 };
	struct buf ignored = BUF_EMPTY;
	if (!schema_install_scratch(l->db, "other", &e)) bench_fail("the other fleet", &e);
	bench_sql(l, "SET @agents = %d", is_full ? 10000 : 100000);
	bench_script(l, "tests/bench/sql/db_flat.sql");
	for (int k = 0; k < 2; k++) {
		struct times t[2] = { 0 };
		for (int r = -1; r < rounds; r++)
			for (int d = 0; d < 2; d++) {
				if (r == 0) t[d].n = 0;
				bench_sql(l, "USE %s", d == is_full ? "spot_optimizer" : "other");
				measure(l, texts[k], &t[d], &ignored);
			}
		double small = pct(&t[0], 0.5), large = pct(&t[1], 0.5);
		char measured[200];
		snprintf(measured, sizeof measured,
		         "10,000 agents %.3f ms (p95 %.3f), 100,000 agents %.3f (%.3f): %.1fx", small,
		         pct(&t[0], 0.95), large, pct(&t[1], 0.95), large / small);
		claim_tell(names[k], "-", measured,
		           k ? "grows with the unhealthy (here tenfold) at most" : "at most 1.5x",
		           large / small <= (k ? 10 : 1.5) ? "met"
		                                           : "missed: beside other work on the machine");
	}
	buf_free(&ignored);
	use(l, 2);
}

/* A day of all pools: in its partition, in a table without partitions, and by the index of 6.0. */
static void pruning(struct link *l, int rounds)
{
#define DAY(col, table)                                                   \
	"SELECT COUNT(*) AS n, AVG(price) AS p FROM " table " WHERE " col \
	" >= DATE(NOW()) - INTERVAL 3 DAY AND " col " < DATE(NOW()) - INTERVAL 2 DAY"
	static const char *const texts[DBS] = { DAY("observed_at", "spot_price_snapshots"),
		                                DAY("observed_at", "unpruned"),
		                                DAY("created_at", "v60a.spot_price_snapshots") };
	struct times t[DBS] = { 0 };
	struct buf answers[DBS] = { BUF_EMPTY, BUF_EMPTY, BUF_EMPTY };
	char measured[200];
	use(l, 2);
	bench_sql(l, "CREATE TABLE unpruned LIKE spot_price_snapshots");
	bench_sql(l, "ALTER TABLE unpruned REMOVE PARTITIONING");
	bench_sql(l, "INSERT INTO unpruned SELECT * FROM spot_price_snapshots");
	bench_sql(l, "ANALYZE TABLE unpruned");
	for (int r = -1; r < rounds; r++)
		for (int d = 0; d < DBS; d++) {
			if (r == 0) t[d].n = 0;
			measure(l, texts[d], &t[d], &answers[d]);
		}
	double pruned = pct(&t[0], 0.5), whole = pct(&t[1], 0.5), old = pct(&t[2], 0.5);
	bool same = strcmp(answers[0].s, answers[1].s) == 0 && strcmp(answers[0].s, answers[2].s) == 0;
	snprintf(measured, sizeof measured,
	         "%.1f ms (p95 %.1f), the same table unpartitioned %.1f: %.1fx; 6.0 by its index on "
	         "created_at "
	         "%.1f: %.1fx; %s",
	         pruned, pct(&t[0], 0.95), whole, whole / pruned, old, old / pruned,
	         same ? "same answers" : "ANSWERS DIFFER");
	claim_tell("one day of all pools, pruned against not", "10x", measured, "5x",
	           whole / pruned >= 5
	                   ? "met"
	                   : "missed: a tenth of the days is read, and summing its rows costs the same");
	for (int d = 0; d < DBS; d++) buf_free(&answers[d]);
	bench_sql(l, "DROP TABLE unpruned");
}

static void tell_size(const char *name, double was, double is, const char *unit)
{
	char measured[200];
	snprintf(measured, sizeof measured, "%.0f %s against %.0f: %+.0f %%", is, unit, was,
	         (is / was - 1) * 100);
	claim_tell(name, "-", measured, "-",
	           "told: with all columns, keys and the insert order of 7.0, which 6.0 has not");
}

static void sizes(struct link *l)
{
	static const char text[] =
	        "SELECT o.table_name AS t, o.avg_row_length AS was, n.avg_row_length AS row, o.data_length + "
	        "o.index_length AS was_b, n.data_length + n.index_length AS b FROM information_schema.tables "
	        "o "
	        "JOIN information_schema.tables n ON n.table_schema = 'spot_optimizer' AND n.table_name = "
	        "o.table_name WHERE o.table_schema = 'v60a' ORDER BY 1";
	struct table *rows = NULL;
	struct err e = { 0 };
	double was = 0, is = 0;
	char name[120];
	use(l, 2);
	bench_sql(l, "ANALYZE TABLE agents, instances, commands, ml_decisions, spot_price_snapshots");
	if (!bench_ask(l, text, &rows, &e)) bench_fail("sizes", &e);
	for (size_t i = 0; i < rows->n_rows; i++) {
		snprintf(name, sizeof name, "as it lies, with indexes: %.60s", table_get(rows, i, "t"));
		tell_size(name, (double)table_int(rows, i, "was_b", 0) / 1048576,
		          (double)table_int(rows, i, "b", 0) / 1048576, "MB");
		was += (double)table_int(rows, i, "was_b", 0);
		is += (double)table_int(rows, i, "b", 0);
	}
	tell_size("as they lie, the whole", was / 1048576, is / 1048576, "MB");
	bench_goal("the fleet as it lies, beside 6.0", is / was, "times", true, 1);
	table_free(rows);
}

/* A table of 6.0 in its first form and in its last. */
static struct {
	char table[64];
	double row[2], bytes[2];
} stepped[8];
static size_t n_stepped;

static void note_step(const char *table, double row, double bytes)
{
	size_t i = n_stepped;
	if (i && strcmp(stepped[i - 1].table, table) == 0)
		i--;
	else if (n_stepped == sizeof stepped / sizeof *stepped)
		return;
	else {
		snprintf(stepped[n_stepped].table, sizeof stepped[0].table, "%s", table);
		stepped[n_stepped].row[0] = row;
		stepped[n_stepped++].bytes[0] = bytes;
	}
	stepped[i].row[1] = row;
	stepped[i].bytes[1] = bytes;
}

/* Each statement of db_steps.sql names its table and, in a comment, what it changes; after each the table
 * is measured. All steps are rebuilds, so that only the change tells. */
static bool run_step(void *ctx, const char *stmt, size_t n, int line, struct err *e)
{
	struct link *l = ctx;
	char table[64] = "", what[80] = "";
	struct table *rows = NULL;
	struct buf q = BUF_EMPTY;
	if (!bench_statement(ctx, stmt, n, line, e)) return false;
	if (sscanf(stmt, "ALTER TABLE %63s /* %79[^*]", table, what) != 2) return true;
	bench_sql(l, "ANALYZE TABLE %s", table);
	buf_addf(&q,
	         "SELECT avg_row_length AS a, data_length + index_length AS b FROM information_schema.tables "
	         "WHERE "
	         "table_schema = 'steps' AND table_name = '%s'",
	         table);
	bool ok = bench_ask(l, q.s, &rows, e);
	if (ok) {
		double row = (double)table_int(rows, 0, "a", 0), bytes = (double)table_int(rows, 0, "b", 0);
		printf("  %-22s %-44s %4.0f B a row %8.1f MB with indexes\n", table, what, row,
		       bytes / 1048576);
		note_step(table, row, bytes);
	}
	table_free(rows);
	buf_free(&q);
	return ok;
}

/* The report's claims are of the same columns in smaller types. */
static void tell_steps(void)
{
	static const struct {
		const char *table, *report;
		double claim;
	} claims[] = { { "instances", "-27 %", 0.73 },
		       { "commands", "-31 %", 0.69 },
		       { "spot_price_snapshots", "-22 %", 0.78 },
		       { "ml_decisions", "-", 1 } };
	double was = 0, is = 0;
	char name[100], measured[200];
	for (size_t i = 0; i < n_stepped; i++) {
		was += stepped[i].bytes[0];
		is += stepped[i].bytes[1];
		for (size_t k = 0; k < sizeof claims / sizeof *claims; k++) {
			double share = stepped[i].row[1] / stepped[i].row[0];
			if (strcmp(claims[k].table, stepped[i].table) != 0) continue;
			snprintf(name, sizeof name, "bytes a row, the same columns: %.60s", stepped[i].table);
			snprintf(measured, sizeof measured, "%.0f to %.0f: %+.0f %%", stepped[i].row[0],
			         stepped[i].row[1], (share - 1) * 100);
			claim_tell(name, claims[k].report, measured, "as small as every column allows",
			           share <= claims[k].claim + 0.005
			                   ? "met"
			                   : "missed: these types can get no smaller");
		}
	}
	snprintf(measured, sizeof measured, "%.0f MB to %.0f: %+.0f %%", was / 1048576, is / 1048576,
	         (is / was - 1) * 100);
	claim_tell("the whole with indexes, the same columns", "-33 %", measured,
	           "as small as every column allows",
	           is / was <= 0.675 ? "met" : "missed: these types can get no smaller");
}

static void size_steps(struct link *l)
{
	struct buf b = BUF_EMPTY;
	struct err e = { 0 };
	printf("what each step wins (a copy of at most 1,000,000 prices and 100,000 others)\n");
	bench_sql(l, "CREATE DATABASE steps");
	bench_sql(l, "USE steps");
	bench_file("tests/bench/sql/db_steps.sql", &b);
	if (!script_each(b.s, run_step, l, &e)) bench_fail("db_steps.sql", &e);
	buf_free(&b);
	printf("\n");
	tell_steps();
	use(l, 2);
}

/* What was just written goes to the disk first: a day that is dropped lies there for a month. */
static void settle(struct link *l)
{
	struct err e = { 0 };
	int64_t dirty = 1;
	bench_sql(l, "SET GLOBAL innodb_max_dirty_pages_pct_lwm = 0, innodb_max_dirty_pages_pct = 0");
	for (double from = bench_ms(); dirty > 0 && bench_ms() - from < 60e3; usleep(100000)) {
		struct table *t = NULL;
		if (!bench_ask(l,
		               "SELECT CAST(VARIABLE_VALUE AS SIGNED) n FROM "
		               "information_schema.GLOBAL_STATUS "
		               "WHERE VARIABLE_NAME = 'Innodb_buffer_pool_pages_dirty'",
		               &t, &e))
			bench_fail("dirty pages", &e);
		dirty = table_int(t, 0, "n", 0);
		table_free(t);
	}
	bench_sql(l, "SET GLOBAL innodb_max_dirty_pages_pct = DEFAULT");
}

/* Empty days, in turn by the routine and by the statement alone: what is told is the change of the table, which is the same with rows. */
static void beside_bare(struct link *l)
{
	struct times ours = { 0 }, bare = { 0 };
	for (int i = 0; i < DROPS; i++) {
		int day = 39 - 2 * i;
		bench_sql(l,
		          "CALL partitions_ensure('spot_price_snapshots', DATE(NOW()) - INTERVAL %d DAY, "
		          "DATE(NOW()) - INTERVAL %d DAY)",
		          day, day - 1);
		bench_sql(l,
		          "INSERT INTO spot_price_snapshots (id, pool_id, price, observed_at) SELECT 0, "
		          "'m5.large.us-east-1-1', 0.1, DATE(NOW()) - "
		          "INTERVAL %d DAY + INTERVAL d.seq DAY + INTERVAL s.seq SECOND FROM seq_0_to_1 d "
		          "JOIN seq_0_to_9999 s",
		          day);
		double from = bench_ms();
		bench_sql(l, "CALL partitions_drop('spot_price_snapshots', DATE(NOW()) - INTERVAL %d DAY)",
		          day - 1);
		ours.ms[ours.n++] = bench_ms() - from;
		struct table *t = bench_rows(l,
		                             "SELECT DATE_FORMAT(DATE(NOW()) - INTERVAL %d DAY, "
		                             "'p_%%Y_%%m_%%d') AS name",
		                             day - 1);
		from = bench_ms();
		bench_sql(l, "ALTER TABLE spot_price_snapshots DROP PARTITION %s", table_get(t, 0, "name"));
		bare.ms[bare.n++] = bench_ms() - from;
		table_free(t);
	}
	bench_goal("a day dropped beside a bare DROP PARTITION", pct(&ours, 0.5) / pct(&bare, 0.5), "times",
	           true, 1.3);
}

/* A day of 1,000,000 prices: the partition of 7.0 at once, the rows of 6.0 in batches of 10,000. */
static void drop_a_day(struct link *l)
{
	struct table *rows = NULL;
	struct err e = { 0 };
	char measured[200];
	long n = 0;
	use(l, 2);
	bench_script(l, "tests/bench/sql/db_day.sql");
	settle(l);
	double from = bench_ms();
	bench_sql(l, "CALL partitions_drop('spot_price_snapshots', DATE(NOW()) - INTERVAL 30 DAY)");
	double dropped = bench_ms() - from;
	beside_bare(l);
	use(l, 0);
	from = bench_ms();
	do {
		if (!bench_ask(l,
		               "DELETE FROM spot_price_snapshots WHERE created_at < DATE(NOW()) - INTERVAL "
		               "30 DAY "
		               "LIMIT 10000",
		               &rows, &e))
			bench_fail("delete", &e);
		n = (long)rows->affected_rows;
		table_free(rows);
	} while (n > 0);
	double batched = bench_ms() - from;
	use(l, 2);
	snprintf(measured, sizeof measured, "batched DELETE %.1f s, partition dropped in %.0f ms: %.0fx",
	         batched / 1e3, dropped, batched / dropped);
	claim_tell("drop a day of 1,000,000 prices", "100x", measured, "500x",
	           batched / dropped >= 500 ? "met" : "missed: a change of the table, synced to the disk");
}

int main(void)
{
	keeper_begin();
	struct err e = { 0 };
	const char *scale = getenv("SCALE"), *r = getenv("ROUNDS");
	bool is_full = scale && strcmp(scale, "full") == 0;
	int rounds = r ? atoi(r) : 20;
	if (rounds < 1 || rounds >= MAX_ROUNDS) rounds = 20;
	struct server_opts o = { .extra = is_full ? "--innodb-buffer-pool-size=8G"
		                                  : "--innodb-buffer-pool-size=1G",
		                 .extra2 = "--innodb-log-file-size=512M" };
	atexit(stop_server); /* a statement that fails ends the program, and the server with it */
	server = server_start(&o, &e);
	if (!server || !server_load_schema(server, &e)) bench_fail("server", &e);
	struct link l;
	bench_open(&l, server, "spot_optimizer", DB_WRITE);
	fill(&l, is_full);
	for (size_t i = 0; i < sizeof works / sizeof *works; i++) run(&l, &works[i], rounds);
	flatness(&l, is_full, rounds);
	pruning(&l, rounds);
	sizes(&l);
	size_steps(&l);
	drop_a_day(&l);
	claims_save("db");
	bench_close(&l);
	return 0;
}
