/* bench_overview.c - all panels of the overview, as the console asks for them: apart from bench.c, because that must
 * compile against the statements of an older revision too (make bench-compare). */
#include "tests/support/bench_overview.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "sql.h"
#include "tests/support/bench.h"

double bench_overview(struct db *db)
{
	enum { PANEL_ROWS = 400 };
	static const struct query *const panels[] = {
		&sql_queries_overview_verdict, &sql_queries_overview_storm,  &sql_queries_overview_deadlines,
		&sql_queries_overview_stale,   &sql_queries_overview_flight, &sql_queries_overview_health,
		&sql_queries_overview_fleet,   &sql_queries_overview_mine,   &sql_queries_overview_jobs,
		&sql_queries_overview_events,
	};
	struct err e = { 0 };
	struct db_opts o = { .deadline_ms = 600000, .max_rows = PANEL_ROWS };
	double from = bench_ms();
	for (size_t i = 0; i < ARRAY_LEN(panels); i++) {
		struct table *t = NULL;
		if (!db_call(db, panels[i], NULL, 0, &o, &t, &e)) bench_fail(panels[i]->name, &e);
		table_free(t);
	}
	return bench_ms() - from;
}
