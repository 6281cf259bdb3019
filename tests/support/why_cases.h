/* why_cases.h - troubles of agent-003 of the rig's fleet, and what `spotop why` has to say of each. */
#ifndef SPOTOP_TESTS_WHY_CASES_H
#define SPOTOP_TESTS_WHY_CASES_H
#include <stddef.h>

/* sql: makes it. The others: words that must be in what is told; NULL: none is told. target: "agent" is the agent's id. */
struct why_case {
	const char *sql[3], *health, *cause, *evidence, *remedy, *do_not, *verb, *target;
};
extern const struct why_case why_cases[];
extern const size_t n_why_cases;
#endif
