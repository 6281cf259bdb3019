/* judge_rows.h - the rows of one answer of the product, held against the truth: each returns NULL, or the first difference
 * in a sentence, to be freed. The columns have the names that they have in the statements and in -o json. */
#ifndef SPOTOP_TESTS_JUDGE_ROWS_H
#define SPOTOP_TESTS_JUDGE_ROWS_H
#include "tests/support/truth.h"
struct judge;
struct table;

#define OR(call)                           \
	do {                               \
		char *found_ = (call);     \
		if (found_) return found_; \
	} while (0)
/* One cell; must NULL: it has to be NULL. */
char *text_is(const char *where, const struct table *t, size_t row, const char *who, const char *col, const char *must);
char *number_is(const char *where, const struct table *t, size_t row, const char *who, const char *col, double must);
size_t row_of(const struct table *t, const char *col, const char *value); /* n_rows: none */
char *and_free(char *found, struct table *t);

char *agents_are(const struct judge *j, const struct raw *f, const struct truth *t, const struct table *rows);
/* Those in trouble are found without looking at the others. */
char *trouble_is(const struct raw *f, const struct truth *t, const struct table *rows);
char *conditions_are(const struct judge *j, const struct raw *f, const struct truth *t, const struct table *rows);
char *kinds_are(const struct truth *t, const struct table *rows);
char *check_is(const struct raw *f, const struct truth *t, const struct table *rows);
char *rescue_is(const struct raw *f, const struct truth *t, const struct table *rows);
char *deadlines_are(const struct raw *f, const struct truth *t, const struct table *rows);
char *zones_are(const struct raw *f, const struct truth *t, const struct table *rows);
char *overview_is(const struct raw *f, const struct truth *t, const struct table *rows);
char *metrics_are(const struct truth *t, const struct table *rows);
char *clients_are(const struct raw *f, const struct truth *t, const struct table *rows);
/* Rows of v_client_money with the client's name, or none: of all. */
char *sums_are(const struct judge *j, const struct raw *f, const struct truth *t, const struct table *rows);
char *header_is(const struct raw *f, const struct truth *t, const struct table *rows);
/* Who has no primary now, though it has or had instances: each outage that goes on, and no other. */
char *outages_are(const struct raw *f, const struct truth *t, const struct table *rows);
#endif
