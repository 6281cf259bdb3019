/* history.h - the history that the time machine is held against. */
#ifndef SPOTOP_TESTS_HISTORY_H
#define SPOTOP_TESTS_HISTORY_H
#include "core/db/query.h"

/* One statement a line, "" ends a step: a minute goes by and everything is read. NULL-ended. */
extern const char *const history[];

/* What of each view must be the same, present and past. */
struct probe {
	const char *name;
	const struct query *now, *then; /* then takes `at` */
	const char *what;               /* an expression of a row: its line */
};
enum { MAX_PROBES = 32 };
extern const struct probe probes[];
extern const size_t n_probes;
#endif
