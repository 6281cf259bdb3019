/* rig.h - a private server with the schema and a small fleet, and a proxy before it that cuts links:
 * what the tests of actions stand on. Start it in an unchecked fixture. */
#ifndef SPOTOP_TESTS_RIG_H
#define SPOTOP_TESTS_RIG_H
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
struct server;
struct server_opts;
struct table;

struct rig {
	struct server *server;
	char socket[108]; /* the server's */
	char proxy[108];  /* the proxy's; programs may connect here instead */
	char state[108];  /* XDG_STATE_HOME for programs under test */
	pid_t proxy_pid;
	struct rig_cut *cut; /* shared with the proxy */
};
/* When and how the proxy cuts. Bytes are counted over all connections since rig_cut_arm. */
struct rig_cut {
	long up, down;         /* bytes that went through: to the server, from the server */
	long cut_up, cut_down; /* cut when that many went through; 0: never */
	int leave_server_open; /* only the client's side is cut: the server does not notice */
	int n_cuts;
};
void rig_start(struct rig *r); /* server, schema, fleet, proxy; fails the test when it cannot */
void rig_start_with(struct rig *r, const struct server_opts *opts); /* a server of another kind */
void rig_stop(struct rig *r);
/* The proxy alone, where `socket` and `proxy` are set; once it is stopped its links are cut and nobody gets through. */
void rig_start_proxy(struct rig *r);
void rig_stop_proxy(struct rig *r);
void rig_kill_server(struct rig *r);  /* SIGKILL, and waits for its end */
void rig_start_server(struct rig *r); /* again, on the same data */
void rig_cut_arm(struct rig *r, long cut_up, long cut_down, bool leave_server_open);

/* One statement through a session of its own; rig_table: rows, table_free. */
void rig_do(const struct rig *r, const char *sql, ...) __attribute__((format(printf, 2, 3)));
struct table *rig_table(const struct rig *r, const char *sql, ...) __attribute__((format(printf, 2, 3)));
long rig_number(const struct rig *r, const char *sql, ...) __attribute__((format(printf, 2, 3)));
/* NULL or the first cell; free(). */
char *rig_text(const struct rig *r, const char *sql, ...) __attribute__((format(printf, 2, 3)));
/* As rig_do, but an error is returned (its number) and not a failure; 0: none. */
unsigned rig_try(const struct rig *r, const char *sql, ...) __attribute__((format(printf, 2, 3)));
/* The sentence of its error, "" when there is none; free(). */
char *rig_error(const struct rig *r, const char *sql, ...) __attribute__((format(printf, 2, 3)));

/* The fleet: client acme, agents agent-001 to agent-040 in r3.large.us-east-1b (online, just heard of,
 * 5 h in their pool, primary i-001 ...), agent-001 with a replica r-001; pools 1a, 1b, 1e with prices of now.
 * rig_fresh puts it back as it was, without the audit log. */
void rig_fresh(const struct rig *r);

/* Runs spotop (argv after its connection options, NULL-ended) through the proxy or straight. */
struct rig_run {
	int code;
	char *out, *err;
}; /* code: exit code, or 1000 + signal */
pid_t rig_spawn(const struct rig *r, bool through_proxy, const char *const *argv, int *out_fd, int *err_fd);
/* A look that its own limit stopped, on a busy machine, is asked again. */
struct rig_run rig_spotop(const struct rig *r, bool through_proxy, const char *const *argv);
void rig_run_free(struct rig_run *run);
#endif
