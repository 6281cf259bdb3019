/* claims.h - what was measured beside what was claimed: told one by one, and at the end as one table. */
#ifndef SPOTOP_TESTS_CLAIMS_H
#define SPOTOP_TESTS_CLAIMS_H

/* report: what is claimed, "-": nothing. The verdict begins with "met" or with why it was not. */
void claim_tell(const char *work, const char *report, const char *measured, const char *goal, const char *verdict);
void claims_save(const char *name); /* prints the table and writes build/bench-NAME.json */
#endif
