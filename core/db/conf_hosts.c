/* conf_hosts.c - a list of servers, taken apart. */
#include "core/db/conf_hosts.h"
#include "core/base/err.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PORT = 65535 };

size_t conf_hosts_n(const char *list)
{
	size_t n = list && *list;
	for (; n && *list; list++) n += *list == ',';
	return n;
}

/* Where the name ends and where the port begins (NULL: none); "::1" is a name. */
static bool split(const char *from, size_t len, const char **name, size_t *name_len, const char **port)
{
	const char *end = from + len, *colon = memchr(from, ':', len);
	*name = from;
	*name_len = len;
	*port = NULL;
	if (*from == '[') {
		const char *close = memchr(from, ']', len);
		if (!close) return false;
		*name = from + 1;
		*name_len = (size_t)(close - from) - 1;
		if (close + 1 == end) return true;
		*port = close + 2;
		return close[1] == ':';
	}
	if (*from == '/' || !colon || memchr(colon + 1, ':', (size_t)(end - colon) - 1)) return true;
	*name_len = (size_t)(colon - from);
	*port = colon + 1;
	return true;
}

static bool take(const char *from, size_t len, struct conf_host *out)
{
	const char *name, *port, *end = from + len;
	char digits[8] = "";
	size_t n;
	if (!len || !split(from, len, &name, &n, &port) || n == 0 || n >= sizeof out->name) return false;
	memcpy(out->name, name, n);
	out->name[n] = 0;
	out->port = 0;
	if (!port) return true;
	size_t n_digits = (size_t)(end - port);
	if (n_digits == 0 || n_digits >= sizeof digits || strspn(port, "0123456789") < n_digits) return false;
	memcpy(digits, port, n_digits);
	out->port = (unsigned)strtoul(digits, NULL, 10);
	return out->port > 0 && out->port <= MAX_PORT;
}

static const char *element(const char *list, size_t i, size_t *len)
{
	while (i-- && list)
		if ((list = strchr(list, ','))) list++;
	if (list) *len = strcspn(list, ",");
	return list;
}

bool conf_hosts_at(const char *list, size_t i, struct conf_host *out)
{
	size_t len = 0;
	const char *at = i < conf_hosts_n(list) ? element(list, i, &len) : NULL;
	return at && take(at, len, out);
}

bool conf_hosts_check(const char *list, const char *option, struct err *e)
{
	struct conf_host h;
	for (size_t i = 0; i < conf_hosts_n(list); i++) {
		size_t len = 0;
		const char *at = element(list, i, &len);
		if (take(at, len, &h)) continue;
		return err_set(e, ERR_USAGE,
		               "%s: '%.*s' is no server; write name, name:port, [address]:port or the path "
		               "of a "
		               "socket, with commas between",
		               option, (int)(len < 80 ? len : 80), at);
	}
	return true;
}

bool conf_host_is_socket(const struct conf_host *h) { return h->name[0] == '/'; }

bool conf_host_is_local(const struct conf_host *h)
{
	struct in_addr a; /* an address: "127.example.org" is a name */
	return conf_host_is_socket(h) || strcmp(h->name, "localhost") == 0 || strcmp(h->name, "::1") == 0 ||
	       (inet_pton(AF_INET, h->name, &a) == 1 && ntohl(a.s_addr) >> 24 == 127);
}
