/* jobs.c - every job, one entry each; found by name, and put into the schedule. */
#include "core/db/db.h"
#include "core/jobs/job.h"
#include "sql.h"
#include <string.h>

enum { MINUTE = 60, HOUR = 3600 };
// clang-format off
static const struct job list[] = {
	{ .name = "consolidate", .type = "consolidate", .every_s = 12 * HOUR, .run = consolidate_run, .takes_window = true, .resumes = true,
	  .about = "snapshots to one row per pool and minute, gaps filled in" },
	{ .name = "canonicalize", .type = "canonical", .every_s = HOUR, .run = canonicalize_run, .takes_window = true, .is_quiet = true,
	  .about = "consolidated rows with confidence and volatility" },
	{ .name = "hourly", .type = "hourly", .every_s = HOUR, .run = hourly_run, .takes_window = true, .is_quiet = true,
	  .about = "each pool by the hour" },
	{ .name = "retention", .type = "retention", .every_s = HOUR, .run = retention_run, .is_quiet = true,
	  .about = "drops what is past its time, never before the next tier has it" },
	{ .name = "partitions", .type = "partitions", .every_s = 6 * HOUR, .run = partitions_run, .is_quiet = true,
	  .about = "partitions of the days to come" },
	{ .name = "sse-cleanup", .type = "logs", .every_s = 5 * MINUTE, .batch = &sql_jobs_sse, .is_quiet = true,
	  .about = "stream events that have expired" },
	{ .name = "events-cleanup", .type = "logs", .every_s = 6 * HOUR, .batch = &sql_jobs_events, .is_quiet = true,
	  .about = "debug and info events older than 90 days" },
	{ .name = "alerts", .type = "alerts", .every_s = 15, .run = alerts_run, .is_quiet = true,
	  .about = "silent agents, stuck launches and terminations and all else that is wrong, raised and cleared" },
	{ .name = "commands", .type = "commands", .every_s = 15, .run = commands_run, .is_quiet = true,
	  .about = "expires unclaimed commands, returns or parks those of dead agents" },
	{ .name = "zombies", .type = "commands", .every_s = 6 * HOUR, .run = zombies_run, .is_quiet = true,
	  .about = "asks for the termination of zombies older than 30 days" },
	{ .name = "savings", .type = "savings", .every_s = HOUR, .run = savings_run, .takes_window = true,
	  .about = "what each client paid and saved, by day" },
	{ .name = "pool-stats", .type = "pool_stats", .every_s = HOUR, .run = pool_stats_run,
	  .about = "boot and down times and interruptions of each pool, 30 days" },
	{ .name = "recount", .type = "counts", .every_s = 6 * HOUR, .run = recount_run, .is_quiet = true,
	  .about = "holds the kept counts against the instances" },
	{ .name = "evacuate", .type = "commands", .every_s = MINUTE, .run = evacuate_run, .is_quiet = true,
	  .about = "releases the plans of evacuation that run; each second while one does" },
	{ .name = "audit-anchor", .type = "logs", .every_s = 6 * HOUR, .run = audit_anchor_run, .is_quiet = true,
	  .about = "keeps the head of the audit chain outside of the database" },
};
// clang-format on
const struct job *const jobs[] = { &list[0],  &list[1],  &list[2],  &list[3], &list[4],  &list[5],
	                           &list[6],  &list[7],  &list[8],  &list[9], &list[10], &list[11],
	                           &list[12], &list[13], &list[14], NULL };

const struct job *job_find(const char *name)
{
	for (size_t i = 0; jobs[i]; i++)
		if (strcmp(jobs[i]->name, name) == 0) return jobs[i];
	return NULL;
}

static bool schedule_row(struct db *db, const char *name, const char *kind, const char *about, int every_s,
                         struct err *e)
{
	struct db_opts o = { .is_write = true };
	struct arg a[] = { arg_str("name", name), arg_str("kind", kind), arg_str("about", about),
		           every_s ? arg_int("every_s", every_s) : arg_null("every_s") };
	return db_call(db, &sql_jobs_lease_row, a, 4, &o, NULL, e);
}

bool jobs_schedule(struct db *db, struct err *e)
{
	bool ok = schedule_row(db, "leader", "lease", "the worker that runs the schedule", 0, e);
	for (size_t i = 0; ok && jobs[i]; i++)
		ok = schedule_row(db, jobs[i]->name, "job", jobs[i]->about, jobs[i]->every_s, e);
	return ok;
}
