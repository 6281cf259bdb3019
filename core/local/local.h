/* local.h - a private MariaDB in a directory: no network, no system service, no rights needed.
 *
 *   DIR/.spotop-local   says that the directory is ours; an alien one is never touched
 *   DIR/my.cnf          for --defaults-file of spotop and mariadb; full rights without a password
 *   DIR/run/            mode 0700, which is what guards the server: its socket, pid and owner
 *   DIR/data/ tmp/      the server's; data/ appears whole (made beside it, then renamed)
 *   DIR/node-2/ ...     the other nodes of a Galera cluster, each such a directory
 *   DIR/server.*        of one that replicates or is replicated: its options, and what it runs at each start
 *   DIR/error.log       the server's; its last lines are in the sentence when a start fails
 *
 * Who holds a directory is asked of the kernel (the lock on data/ibdata1), never of a pid file, so
 * that the next start after a kill -9 takes over and a living server is found whatever files say.
 * These calls block (start: some tenths of a second, 2 s from nothing) and print nothing. */
#ifndef SPOTOP_LOCAL_LOCAL_H
#define SPOTOP_LOCAL_LOCAL_H
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
struct err;

enum local_mode {
	LOCAL_DAEMON,   /* the server stays when this process ends */
	LOCAL_CHILD     /* the server ends when the calling THREAD does, by whatever signal; so: main */
};
struct local {
	char dir[PATH_MAX];     /* absolute */
	char cnf[PATH_MAX];     /* DIR/my.cnf */
	char both[PATH_MAX];    /* of a replica server DIR/both.cnf: writes go to the primary server, reads here; of the first node
	                           of a cluster DIR/all.cnf: all nodes; else "" */
	char socket[108];       /* under DIR/run, or elsewhere when that path is too long for a socket */
	char command[256];      /* of the server, or of whoever holds the data */
	pid_t pid;              /* of the server; 0: none */
	pid_t owner;            /* the process with which the server ends; 0: a daemon */
	bool is_answering;
	bool is_new;            /* local_start made the data */
	bool is_ours;           /* local_start started it (false: it was running) */
};

/* $XDG_DATA_HOME/spotop/local */
bool local_default_dir(char *out, size_t n, struct err *e);
/* Makes the directory when it is new or empty, and the server when none runs; returns when it
 * answers. A daemon that runs there already is used. Refused: a directory that holds something else,
 * a server that belongs to another living process (both are named). */
bool local_start(const char *dir, enum local_mode mode, struct local *out, struct err *e);
/* A replica server in dir of the private MariaDB in `of`, which must belong to nobody else: both answer afterwards. The
 * first time the other is stopped while its data are copied, and is started again with a binary log and a port on
 * 127.0.0.1, over which the replica server alone logs in, by a password in DIR/server.sql. It is read-only at each start. */
bool local_start_replica(const char *dir, const char *of, enum local_mode mode, struct local *primary,
                         struct local *replica, struct err *e);
/* A Galera cluster of n nodes: the private MariaDB in dir is the first, the others lie in DIR/node-2 and so on. The
 * first time it is stopped while its data are copied. What runs is left as it is, what is missing joins again. What it
 * lacks on this machine is named (local_galera_check says it beforehand). nodes[0].both names them all. */
enum { LOCAL_NODES = 9 };
bool local_galera_check(struct err *e);
bool local_start_galera(const char *dir, int n, enum local_mode mode, struct local nodes[LOCAL_NODES], struct err *e);
/* This process alone has the directory from now on, until it ends: one demo a directory, whoever the server is.
 * Refused when another has it, which is named. */
bool local_hold(const struct local *l, struct err *e);
/* Ends the server, and all nodes of a cluster, and waits until it is gone: cleanly, by force after a minute. ERR_NO: none
 * runs. */
bool local_stop(const char *dir, struct err *e);
/* ERR_NO: not a directory of ours. True says nothing about the server: look at pid. */
bool local_status(const char *dir, struct local *out, struct err *e);
#endif
