/* link_rig.h - a link on trial: a server, a loop that notes how long it stood still, answers that are counted. */
#ifndef SPOTOP_TESTS_LINK_RIG_H
#define SPOTOP_TESTS_LINK_RIG_H
#include "core/db/db.h"
#include "tests/support/server.h"
#include <stdatomic.h>
#include <uv.h>

/* One a process; link_rig_open() of a test fills in conf for the socket, which a test may change. */
struct link_rig {
	struct server
	        *server; /* with the database t: table w, procedures two and no; listens on TCP, has TLS */
	uv_loop_t loop;
	uint64_t last_tick_ms,
	        longest_gap_ms; /* how long the loop stood still at most, though it had a processor; a test may begin anew at 0 */
	struct db_conf conf;
};
extern struct link_rig link_rig;
extern atomic_bool
        link_is_window_open; /* holds a connecting thread between telling the loop and letting go */

/* Fixtures: of a case, of a test. */
void link_rig_start(void);
void link_rig_stop(void);
void link_rig_open(void);
void link_rig_close(void);

/* How long the loop may stand still. Under valgrind, which runs one thread at a time, everything takes longer. */
unsigned link_gap_limit_ms(void);
void link_by_tcp(unsigned port, bool is_tls); /* conf: by this port, as net@127.0.0.1 */

struct link_answer {
	int n; /* how often it came */
	struct table *rows;
	struct err e;
};

uint64_t link_ask(struct db *db, struct link_answer *a, const char *sql, const struct db_opts *o);
bool link_call(struct db *db, const char *sql, const struct db_opts *o, struct table **t, struct err *e);

/* The loop turns until it is so, at most 30 s; otherwise the test fails. */
void link_until_answered(struct link_answer *a); /* once */
void link_until_phase(struct db *db, enum db_phase phase);
void link_until_running(const char *what); /* a statement with this in it, at the server */
struct db *link_open_up(enum db_role role);
#endif
