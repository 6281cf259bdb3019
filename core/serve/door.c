/* door.c - what a request's headers say of who asks. */
#include "core/serve/door.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/serve/serve_int.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static const char *header(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

/* --- the host --- */

/* The address that the connection came in on. */
static void own_address(struct MHD_Connection *c, char out[INET6_ADDRSTRLEN])
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a;
	socklen_t n = sizeof a;
	memset(&a, 0, sizeof a);
	out[0] = 0;
	if (!info || getsockname(info->connect_fd, &a.any, &n) != 0) return;
	if (a.any.sa_family == AF_INET)
		inet_ntop(AF_INET, &a.v4.sin_addr, out, INET6_ADDRSTRLEN);
	else if (IN6_IS_ADDR_V4MAPPED(&a.v6.sin6_addr))
		inet_ntop(AF_INET, &a.v6.sin6_addr.s6_addr[12], out, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, &a.v6.sin6_addr, out, INET6_ADDRSTRLEN);
}

static bool is_name(const char *ours, const char *host, size_t n)
{
	return strlen(ours) == n && strncasecmp(ours, host, n) == 0;
}

bool door_is_our_host(const struct serve *s, struct MHD_Connection *c)
{
	static const char *const ours[] = { "localhost", "127.0.0.1", "::1" };
	const char *host = header(c, "Host");
	char own[INET6_ADDRSTRLEN];
	if (!host) return true; /* HTTP/1.0: no browser */
	bool has_brackets = host[0] == '[';
	host += has_brackets;
	size_t n = strcspn(host, has_brackets ? "]" : ":");
	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (is_name(ours[i], host, n)) return true;
	for (const char *const *name = s->o.host_names; name && *name; name++)
		if (is_name(*name, host, n)) return true;
	own_address(c, own);
	return is_name(s->host, host, n) || is_name(own, host, n);
}

bool serve_host_name_ok(const char *name, struct err *e)
{
	size_t n = strlen(name);
	bool is_6 = strchr(name, ':') && strspn(name, "0123456789abcdefABCDEF:.") == n;
	if (n && n < 256 && (is_6 || strcspn(name, "/:[]@ \t,*") == n)) return true;
	return err_set(e, ERR_USAGE, "--host-name takes a name or an address alone, not '%s'", name);
}

/* --- origins --- */

const char *door_origin(const struct serve *s, struct MHD_Connection *c)
{
	const char *origin = header(c, "Origin");
	for (const char *const *o = s->o.origins; origin && o && *o; o++)
		if (strcmp(*o, "*") == 0 || strcmp(*o, origin) == 0) return origin;
	return NULL;
}

/* As a browser writes it: scheme, name in small letters, port unless it is the scheme's own; no path. */
bool serve_origin_ok(const char *origin, struct err *e)
{
	if (strcmp(origin, "*") == 0 || strcmp(origin, "null") == 0) return true;
	const char *at = strstr(origin, "://");
	size_t n = at ? (size_t)(at - origin) : 0;
	bool is_small = true;
	for (const char *p = origin; *p; p++) is_small = is_small && !isupper((unsigned char)*p);
	const char *host = at ? at + 3 : "";
	bool has_port_of_scheme =
	        at && *host &&
	        ((n == 4 && strlen(host) > 3 && strcmp(host + strlen(host) - 3, ":80") == 0) ||
	         (n == 5 && strlen(host) > 4 && strcmp(host + strlen(host) - 4, ":443") == 0));
	if (n && *host && is_small && !has_port_of_scheme && strcspn(host, "/?#@ \t,*") == strlen(host))
		return true;
	return err_set(e, ERR_USAGE,
	               "--allow-origin takes an origin as a browser names it, such as "
	               "https://status.example or http://localhost:3000 (small letters, no path, no port "
	               "that the scheme means anyway), null for pages from files, or * for all; not '%s'",
	               origin);
}

/* --- clients --- */

const struct client *door_client(const struct serve *s, const char *name, const char *token_hash)
{
	for (size_t i = 0; i < s->n_clients; i++) {
		const struct client *c = &s->clients[i];
		if (strcasecmp(c->id, name) != 0 && strcmp(c->name, name) != 0) continue;
		if (CRYPTO_memcmp(c->token_hash, token_hash, 64) == 0) return c;
	}
	return NULL;
}

bool door_token(struct MHD_Connection *c, char hash[65])
{
	unsigned char sum[32];
	unsigned n = sizeof sum;
	const char *auth = header(c, "Authorization");
	const char *token = auth && strncasecmp(auth, "Bearer ", 7) == 0
	                            ? auth + 7
	                            : MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "token");
	hash[0] = 0;
	if (!token || EVP_Digest(token, strlen(token), sum, &n, EVP_sha256(), NULL) != 1) return false;
	for (int i = 0; i < 32; i++) snprintf(hash + 2 * i, 3, "%02x", sum[i]);
	return true;
}

bool door_wants_stream(struct MHD_Connection *c)
{
	static const char type[] = "text/event-stream";
	const char *accept = header(c, "Accept");
	for (; accept && *accept; accept += strcspn(accept, ","), accept += *accept == ',') {
		accept += strspn(accept, " \t");
		size_t n = strcspn(accept, ",; \t");
		if (n == sizeof type - 1 && strncasecmp(accept, type, n) == 0) return true;
	}
	return false;
}
