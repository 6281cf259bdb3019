/* evacuate.c - the plans of evacuation that run: what was released is settled, then rows are released, one by one, as
 * their pace allows. A release is a verb with a transaction, an audit row and a lock on the row of its own, so it stands
 * outside of the run's steps: a worker that lost its lease releases nothing twice. */
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/db/table.h"
#include "core/jobs/job.h"
#include "sql.h"
#include <string.h>

enum { MOST = 500 }; /* a turn; the next one goes on */

static bool look(struct job_run *r, void *ctx, struct err *e)
{
	struct table *t;
	(void)ctx;
	if (!job_exec(r, &sql_jobs_plans_look, NULL, 0, &t, e)) return false;
	r->pending_rows = table_int(t, 0, "n", 0);
	table_free(t);
	return true;
}

static bool count_one(struct job_run *r, void *ctx, struct err *e)
{
	(void)ctx;
	(void)e;
	r->pending_rows = 1;
	return true;
}

bool evacuate_run(struct job_run *r, struct err *e)
{
	struct table *t;
	if (!job_read(r, &sql_jobs_plans_live, NULL, 0, &t, e)) return false;
	bool is_live = table_int(t, 0, "n", 0) != 0;
	table_free(t);
	if (is_live && !job_step(r, look, NULL, e)) return false;
	int64_t until = r->env->until_mono_ms;
	for (int i = 0; is_live && i < MOST && (!until || clock_mono_ms() < until); i++) {
		if (!job_goes_on(r, e) || !job_read(r, &sql_jobs_plan_next, NULL, 0, &t, e)) return false;
		/* after a refusal the next turn goes on, once what refused was looked at */
		const char *status = t && t->n_rows > 0 ? table_get(t, 0, "status") : NULL;
		bool is_one = status && strcmp(status, "done") == 0;
		table_free(t);
		if (!is_one) return true;
		if (!job_step(r, count_one, NULL, e)) return false;
	}
	return true;
}
