/* local_int.h - what the files of core/local share. */
#ifndef SPOTOP_LOCAL_LOCAL_INT_H
#define SPOTOP_LOCAL_LOCAL_INT_H
#include "core/local/local.h"

/* dir.c */
bool dir_take(const char *dir, struct local *l, struct err *e);        /* make or accept it; fills the paths */
bool dir_find(const char *dir, struct local *l, struct err *e);        /* accept it only */
bool dir_lock(const struct local *l, int *fd, struct err *e);          /* one start or stop at a time; close(fd) */
bool dir_write_cnf(const struct local *l, struct err *e);
bool dir_write_both(const struct local *primary, const struct local *replica, const char *path, struct err *e);
bool dir_write_owner(const struct local *l, pid_t owner, struct err *e);    /* 0: none */
pid_t dir_read_owner(const struct local *l);
bool dir_path(char *out, size_t n, const struct local *l, const char *leaf, struct err *e);
bool dir_remove_tree(const char *path, struct err *e);
bool dir_write_file(const char *path, const char *text, struct err *e); /* whole or not at all, for us alone */
bool dir_has_replication(const struct local *l);                       /* its server takes part in replication */

/* local.c */
void local_find_holder(struct local *l);                               /* fills pid, command and owner */
bool local_use_holder(struct local *l, struct err *e);                 /* one that runs there is used, or named */
bool local_start_server(struct local *l, enum local_mode mode, struct err *e);
bool local_end_server(const struct local *l, struct err *e);

/* proc.c */
bool proc_find_program(const char *name, char *out, size_t n);         /* PATH, then the sbin folders */
pid_t proc_lock_holder(const char *file);                              /* 0: nobody holds a lock on it */
bool proc_is_alive(pid_t pid);                                         /* reaps it when it is our child */
pid_t proc_parent(pid_t pid);
void proc_command(pid_t pid, char *out, size_t n);                     /* arguments, spaces between */
bool proc_greets(const char *socket, int timeout_ms);                  /* a server says hello there */
void proc_sleep_ms(int ms);
#endif
