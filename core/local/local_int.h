/* local_int.h - what the files of core/local share. */
#ifndef SPOTOP_LOCAL_LOCAL_INT_H
#define SPOTOP_LOCAL_LOCAL_INT_H
#include "core/local/local.h"

/* dir.c */
bool dir_take(const char *dir, struct local *l, struct err *e);        /* make or accept it; fills the paths */
bool dir_find(const char *dir, struct local *l, struct err *e);        /* accept it only */
bool dir_lock(const struct local *l, int *fd, struct err *e);          /* one start or stop at a time; close(fd) */
bool dir_write_cnf(const struct local *l, struct err *e);
/* The options of a client of several servers: the first n are written to and read from after the others. */
bool dir_write_hosts(const struct local *const *writes, size_t n, const struct local *const *reads, size_t n_reads,
                     const char *path, struct err *e);
bool dir_write_owner(const struct local *l, pid_t owner, struct err *e);    /* 0: none */
pid_t dir_read_owner(const struct local *l);
bool dir_path(char *out, size_t n, const struct local *l, const char *leaf, struct err *e);
bool dir_remove_tree(const char *path, struct err *e);
bool dir_write_file(const char *path, const char *text, struct err *e); /* whole or not at all, for us alone */
bool dir_has(const struct local *l, const char *leaf);
bool dir_copy_data(const struct local *from, const struct local *to, struct err *e); /* whole or not at all; no server runs on it */

/* local.c */
void local_find_holder(struct local *l);                               /* fills pid, command and owner */
bool local_use_holder(struct local *l, struct err *e);                 /* one that runs there is used, or named */
bool local_make_data(struct local *l, struct err *e);                  /* where there are none */
bool local_start_server(struct local *l, enum local_mode mode, struct err *e); /* returns when it answers */
bool local_begin_server(struct local *l, enum local_mode mode, off_t *log_at, struct err *e);
bool local_await_server(struct local *l, off_t log_at, struct err *e);
/* The path of a program, or what to install for it. */
bool local_program(const char *name, char *out, size_t n, struct err *e);
bool local_end_server(const struct local *l, struct err *e);

/* proc.c */
bool proc_free_port(unsigned *port, struct err *e);                     /* of 127.0.0.1, a moment ago */
pid_t proc_lock_holder(const char *file);                              /* 0: nobody holds a lock on it */
bool proc_is_alive(pid_t pid);                                         /* reaps it when it is our child */
pid_t proc_parent(pid_t pid);
void proc_command(pid_t pid, char *out, size_t n);                     /* arguments, spaces between */
bool proc_greets(const char *socket, int timeout_ms);                  /* a server says hello there */
void proc_sleep_ms(int ms);
#endif
