/* bench_overview.h - what the overview costs. */
#ifndef SPOTOP_TESTS_BENCH_OVERVIEW_H
#define SPOTOP_TESTS_BENCH_OVERVIEW_H
struct db;

/* All panels of the overview, one after the other, as the console asks for them: ms. An error ends the program. */
double bench_overview(struct db *db);
#endif
