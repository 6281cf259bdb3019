/* conf_hosts.h - a list of servers as host= and read-host= take it: "db1:3306,db2,[::1]:3307,/run/mysqld/mysqld.sock". */
#ifndef SPOTOP_DB_CONF_HOSTS_H
#define SPOTOP_DB_CONF_HOSTS_H
#include <stdbool.h>
#include <stddef.h>
struct err;

struct conf_host {
	char name[256];      /* without brackets; a path: a unix socket */
	unsigned port;       /* 0: not said */
};
size_t conf_hosts_n(const char *list);                                   /* NULL and "": 0 */
/* The i-th; false past the end. Of a list that was checked. */
bool conf_hosts_at(const char *list, size_t i, struct conf_host *out);
bool conf_hosts_check(const char *list, const char *option, struct err *e);
bool conf_host_is_socket(const struct conf_host *h);
bool conf_host_is_local(const struct conf_host *h);                     /* this machine: nothing crosses a network */
#endif
