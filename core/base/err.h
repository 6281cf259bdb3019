/* err.h - one error: what kind it is (and so the exit code), and one sentence for a person.
 *
 * A function that can fail returns bool and takes `struct err *e` last. The sentence says what,
 * where and what to do; it ends without a full stop. `e` may be NULL when nobody asks. */
#ifndef SPOTOP_BASE_ERR_H
#define SPOTOP_BASE_ERR_H
#include <stdbool.h>

enum err_code {
	ERR_NONE,
	ERR_NO,        /* the question's answer is no                      exit 1 */
	ERR_USAGE,     /* command line or configuration                    exit 2 */
	ERR_DB_DOWN,   /* unreachable, refused, link lost before sending   exit 3 */
	ERR_SCHEMA,    /* no schema, or another version                    exit 3 */
	ERR_REFUSED,   /* guardrail, read-only, missing right              exit 4 */
	ERR_UNKNOWN,   /* sent, answer lost: the outcome is not known      exit 5 */
	ERR_CONFLICT,  /* the target changed since it was read             exit 6 */
	ERR_SQL,       /* the server answered with an error                exit 70 */
	ERR_TIMEOUT,   /* our own deadline passed on a read                exit 3 */
	ERR_CANCELLED, /* asked for by the caller                          exit 1 */
	ERR_IO,        /* files, pipes, terminals                          exit 2 */
	ERR_OUTPUT,    /* stdout could not be written                      exit 74 */
	ERR_INTERNAL   /* a fault of ours                                  exit 70 */
};

struct err {
	enum err_code code;
	unsigned sql_errno;  /* the server's number, 0 when it was not the server */
	char sql_state[6];
	char text[512];
};

/* Fills *e (if not NULL; the text is made safe to print) and returns false, so `return err_set(e, ...)` ends a function. */
bool err_set(struct err *e, enum err_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void err_clear(struct err *e);
/* Puts "prefix: " before the text. Returns false. */
bool err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The documented exit code of an error. */
int err_exit_code(enum err_code code);
#endif
