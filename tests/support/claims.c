/* claims.c - what was measured beside what was claimed: told one by one, and at the end as one table. */
#include "tests/support/claims.h"
#include "tests/support/bench.h"
#include <jansson.h>
#include <stdio.h>

enum { MAX_TOLD = 40 };

static struct {
	char work[80], report[16], measured[200], goal[80], verdict[160];
} told[MAX_TOLD];
static size_t n_told;

void claim_tell(const char *work, const char *report, const char *measured, const char *goal,
                const char *verdict)
{
	if (n_told == MAX_TOLD) return;
	snprintf(told[n_told].work, sizeof told[0].work, "%s", work);
	snprintf(told[n_told].report, sizeof told[0].report, "%s", report);
	snprintf(told[n_told].measured, sizeof told[0].measured, "%s", measured);
	snprintf(told[n_told].goal, sizeof told[0].goal, "%s", goal);
	snprintf(told[n_told++].verdict, sizeof told[0].verdict, "%s", verdict);
	printf("%s\n  report %s; measured %s\n  goal %s: %s\n\n", work, report, measured, goal, verdict);
	fflush(stdout);
}

void claims_save(const char *name)
{
	json_t *works = json_array();
	printf("| work | report | measured | goal | verdict |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < n_told; i++) {
		printf("| %s | %s | %s | %s | %s |\n", told[i].work, told[i].report, told[i].measured,
		       told[i].goal, told[i].verdict);
		json_array_append_new(works, json_pack("{s:s, s:s, s:s, s:s, s:s}", "work", told[i].work,
		                                       "report", told[i].report, "measured", told[i].measured,
		                                       "goal", told[i].goal, "verdict", told[i].verdict));
	}
	bench_save(name, json_pack("{s:o}", "works", works));
}
