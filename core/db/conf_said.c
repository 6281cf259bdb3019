/* conf_said.c - which database it is, in words: for people, for the journal, and for who reads the journal later. */
#include "core/base/buf.h"
#include "core/db/conf.h"
#include "core/db/conf_hosts.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { USUAL_PORT = 3306 };

/* A list as it was given, and with the port that holds for those that name none: two servers of one host are two. */
static char *all_hosts(const struct db_conf *c)
{
	struct buf b = BUF_EMPTY;
	struct conf_host h;
	for (const char *at = c->host; *at; at += strspn(at, ",")) {
		size_t n = strcspn(at, ",");
		bool lacks_port = c->port && c->port != USUAL_PORT && conf_hosts_at(at, 0, &h) && !h.port &&
		                  !conf_host_is_socket(&h);
		bool is_address = lacks_port && *at != '[' && strchr(h.name, ':');
		buf_addf(&b, is_address ? "%s[%.*s]" : "%s%.*s", b.len ? "," : "", (int)n, at);
		if (lacks_port) buf_addf(&b, ":%u", c->port);
		at += n;
	}
	buf_adds(&b, "");
	return buf_detach(&b);
}

const char *conf_describe(const struct db_conf *c, char *out, size_t n)
{
	char where[256];
	char *list = conf_hosts_n(c->host) > 1 ? all_hosts(c) : NULL;
	snprintf(out, n, "%s@%s/%s", c->user ? c->user : "", list ? list : conf_where(c, where, sizeof where),
	         c->database ? c->database : "");
	free(list);
	return out;
}

/* The servers of what conf_describe said, and where its database's name begins. */
static bool take_apart(const char *said, char hosts[CONF_SAID], const char **database)
{
	const char *at = strchr(said, '@'), *slash = strrchr(said, '/');
	if (!at || !slash || slash < at || slash - at > CONF_SAID) return false;
	snprintf(hosts, CONF_SAID, "%.*s", (int)(slash - at - 1), at + 1);
	*database = slash + 1;
	return true;
}

static bool is_same_host(const struct conf_host *a, const struct conf_host *b)
{
	unsigned x = a->port ? a->port : USUAL_PORT, y = b->port ? b->port : USUAL_PORT;
	if (conf_host_is_socket(a) || conf_host_is_socket(b)) return strcmp(a->name, b->name) == 0;
	return strcasecmp(a->name, b->name) == 0 && x == y;
}

bool conf_is_same_database(const char *a, const char *b)
{
	char x[CONF_SAID], y[CONF_SAID];
	const char *of_x, *of_y;
	struct conf_host h, k;
	if (!take_apart(a, x, &of_x) || !take_apart(b, y, &of_y) || strcmp(of_x, of_y) != 0) return false;
	for (size_t i = 0; conf_hosts_at(x, i, &h); i++)
		for (size_t j = 0; conf_hosts_at(y, j, &k); j++)
			if (is_same_host(&h, &k)) return true;
	return false;
}
