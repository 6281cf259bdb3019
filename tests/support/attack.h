/* attack.h - one session that tries to get past the rules, and the eyes that watch what it does.
 *
 * attack_start makes two clients on a private server: acme, whose agents the login t_agent speaks for, and other, whose
 * agents it does not; and a login of each role (t_viewer, t_operator, t_agent, t_worker, t_admin, password x).
 * attack_look takes the sum of every table, by client, and of the server's accounts; attack_changed says what differs from
 * the last look. attack_fresh puts the two clients back. What is found is gathered, so that one run tells all of it;
 * attack_end fails the test then and prints the seed. */
#ifndef SPOTOP_TESTS_ATTACK_H
#define SPOTOP_TESTS_ATTACK_H
#include "core/base/buf.h"
#include "core/sim/rng.h"
#include "tests/support/rig.h"
#include <stdbool.h>
#include <stddef.h>

struct attack {
	struct rig rig;
	void *root, *as; /* MYSQL: one that sees all, and the attacker's */
	const char *role;
	char *fixture, *look_sql; /* tests/it/sql */
	struct buf look, found;   /* the last look; what was found */
	unsigned long long seed;
	long audits;
	void *trace; /* FILE: what is said, in the folder that SPOTOP_ATTACK_TRACE names */
	int n_tried, n_skipped, n_found;
	double began;
	bool is_dirty; /* something was changed since attack_fresh */
};

/* Ids of the two clients, as tests/it/sql/attacker.sql has them. */
#define MY_CLIENT   "c0000000-0000-4000-8000-000000000001"
#define MY_AGENT    "a0000000-0000-4000-8000-000000000001"
#define MY_COMMAND  "d0000000-0000-4000-8000-000000000001"
#define MY_PENDING  "d0000000-0000-4000-8000-000000000002"
#define ITS_CLIENT  "c0000000-0000-4000-8000-000000000009"
#define ITS_AGENT   "a0000000-0000-4000-8000-000000000009"
#define ITS_COMMAND "d0000000-0000-4000-8000-000000000009"
#define ITS_PENDING "d0000000-0000-4000-8000-000000000008"

void attack_start(struct attack *a); /* the server and the logins: once a case */
void attack_stop(struct attack *a);
void attack_begin(struct attack *a); /* the two clients, and who looks: before each test */
void attack_over(struct attack *a);
void attack_fresh(struct attack *a);
/* A new session of that role's login: nothing is left of the last one. */
void attack_as(struct attack *a, const char *role);
/* Seconds that this case may take: SPOTOP_ATTACK, or a default. False: over. */
bool attack_goes_on(const struct attack *a);

/* What the attacker says. cell (may be NULL) gets the first row's column of that name, or "". */
struct attack_said {
	unsigned no; /* the error, 0: none */
	char state[6], text[600];
	bool is_open; /* a transaction */
	int n_locks;  /* named ones that were left */
};
struct attack_said attack_say(struct attack *a, const char *sql, const char *column, char *cell, size_t n);
/* As root; the first cell as a number, -1: none. Fails the test on an error. */
long attack_number(struct attack *a, const char *sql, ...) __attribute__((format(printf, 2, 3)));
/* As root: free(). */
char *attack_text(struct attack *a, const char *sql, ...) __attribute__((format(printf, 2, 3)));

void attack_look(struct attack *a);
/* "table owner\n" of each that differs from the last look; owner: mine, its, nobody. free(). The look is the new one. */
char *attack_changed(struct attack *a);
/* Columns with a time that is none of this hour in the tables that changed. free(), NULL: none. */
char *attack_dates(struct attack *a, const char *changed);

void attack_found(struct attack *a, const char *what, ...) __attribute__((format(printf, 2, 3)));
void attack_end(struct attack *a); /* fails the test if something was found */
#endif
