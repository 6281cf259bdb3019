/* tls_peer.c - why a server's certificate was refused, in words. */
#include "core/db/tls_peer.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/db/conf.h"
#include <netdb.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { MAX_NAMES = 8, NAME = 128, GREETING_MAX = 1024 };
struct names {
	char all[MAX_NAMES][NAME];
	unsigned n, n_more;
};

/* --- to the point where TLS begins --- */

static int dial(const char *host, unsigned port, unsigned timeout_s)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *all = NULL;
	struct timeval limit = { .tv_sec = timeout_s };
	char service[16];
	int fd = -1;
	snprintf(service, sizeof service, "%u", port);
	if (getaddrinfo(host, service, &hints, &all) != 0) return -1;
	for (struct addrinfo *a = all; a && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
		if (fd < 0) continue;
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
		if (connect(fd, a->ai_addr, a->ai_addrlen) == 0) break;
		close(fd);
		fd = -1;
	}
	freeaddrinfo(all);
	return fd;
}

static bool read_all(int fd, unsigned char *to, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t got = recv(fd, to + at, n - at, 0);
		if (got <= 0) return false;
		at += (size_t)got;
	}
	return true;
}

/* The server's greeting, and our wish for TLS: the first 32 bytes of a login, without the login. */
static bool ask_for_tls(int fd)
{
	unsigned char head[4], greeting[GREETING_MAX];
	/* length 32, sequence 1; PROTOCOL_41 | SSL | SECURE_CONNECTION; packets of 16 MB; utf8mb4 */
	static const unsigned char wish[36] = { 32, 0, 0, 1, 0x00, 0x8A, 0x00, 0x00, 0, 0, 0, 1, 45 };
	if (!read_all(fd, head, sizeof head)) return false;
	size_t n = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16;
	if (n == 0 || n > sizeof greeting || !read_all(fd, greeting, n) || greeting[0] != 10) return false;
	return send(fd, wish, sizeof wish, MSG_NOSIGNAL) == (ssize_t)sizeof wish;
}

/* --- the certificate --- */

static void add_name(struct names *names, const unsigned char *s, int len)
{
	struct buf safe = BUF_EMPTY;
	if (len <= 0) return;
	if (names->n == MAX_NAMES) {
		names->n_more++;
		return;
	}
	text_safe(&safe, (const char *)s, (size_t)len);
	snprintf(names->all[names->n++], NAME, "%s", buf_str(&safe));
	buf_free(&safe);
}

static void add_address(struct names *names, const ASN1_OCTET_STRING *ip)
{
	char text[64] = "";
	const unsigned char *b = ASN1_STRING_get0_data(ip);
	int len = ASN1_STRING_length(ip), at = 0;
	if (len == 4) at = snprintf(text, sizeof text, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
	for (int i = 0; len == 16 && i < 16; i += 2)
		at += snprintf(text + at, sizeof text - (size_t)at, "%s%x", i ? ":" : "",
		               b[i] << 8 | b[i + 1]);
	add_name(names, (const unsigned char *)text, at);
}

static void names_of(X509 *cert, struct names *names)
{
	GENERAL_NAMES *alt = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	for (int i = 0; i < sk_GENERAL_NAME_num(alt); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(alt, i);
		if (g->type == GEN_DNS)
			add_name(names, ASN1_STRING_get0_data(g->d.dNSName),
			         ASN1_STRING_length(g->d.dNSName));
		if (g->type == GEN_IPADD) add_address(names, g->d.iPAddress);
	}
	GENERAL_NAMES_free(alt);
	if (names->n) return;
	/* without others the common name counts */
	X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	if (at < 0) return;
	const ASN1_STRING *cn = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
	add_name(names, ASN1_STRING_get0_data(cn), ASN1_STRING_length(cn));
}

static void list(const struct names *names, char *out, size_t n)
{
	size_t at = 0;
	snprintf(out, n, "no name at all");
	for (unsigned i = 0; i < names->n && at < n; i++)
		at += (size_t)snprintf(out + at, n - at, "%s%s", i ? ", " : "", names->all[i]);
	if (names->n_more && at < n) snprintf(out + at, n - at, " and %u more", names->n_more);
}

static void day_of(const ASN1_TIME *t, char out[32])
{
	struct tm tm = { 0 };
	snprintf(out, 32, "an unknown day");
	if (ASN1_TIME_to_tm(t, &tm)) strftime(out, 32, "%Y-%m-%d", &tm);
}

static void issuer_of(X509 *cert, char *out, size_t n)
{
	struct buf safe = BUF_EMPTY;
	char raw[200] = "";
	X509_NAME_oneline(X509_get_issuer_name(cert), raw, sizeof raw);
	text_safe(&safe, raw, strlen(raw));
	snprintf(out, n, "%s", buf_str(&safe));
	buf_free(&safe);
}

static bool is_of(X509 *cert, const char *host)
{
	return X509_check_host(cert, host, 0, 0, NULL) == 1 || X509_check_ip_asc(cert, host, 0) == 1;
}

static bool judge(const struct db_conf *c, const char *host, X509 *cert, long verified, char *out, size_t n)
{
	char day[32], issuer[220], found[600];
	struct names names = { .n = 0 };
	if (verified == X509_V_ERR_CERT_HAS_EXPIRED || verified == X509_V_ERR_CERT_NOT_YET_VALID) {
		bool is_over = verified == X509_V_ERR_CERT_HAS_EXPIRED;
		day_of(is_over ? X509_get0_notAfter(cert) : X509_get0_notBefore(cert), day);
		snprintf(out, n, "the server's certificate %s %s; %s",
		         is_over ? "expired on" : "is valid only from", day,
		         is_over ? "have it renewed" : "look at the clocks of both machines");
		return true;
	}
	if (verified != X509_V_OK) {
		issuer_of(cert, issuer, sizeof issuer);
		snprintf(out, n,
		         "the server's certificate is issued by '%s', which %s does not vouch for (%s); give "
		         "the CA that "
		         "signed it with --ssl-ca=FILE",
		         issuer,
		         c->ssl_ca       ? c->ssl_ca
		         : c->ssl_capath ? c->ssl_capath
		                         : "no CA of this system",
		         X509_verify_cert_error_string(verified));
		return true;
	}
	if (c->ssl_unverified || is_of(cert, host)) return false;
	names_of(cert, &names);
	list(&names, found, sizeof found);
	snprintf(out, n,
	         "the server's certificate is for %s, and '%s' was expected; connect by a name it has (-h), "
	         "or have it "
	         "issued for this one",
	         found, host);
	return true;
}

static bool look(const struct db_conf *c, const char *host, int fd, char *out, size_t n)
{
	bool is_fault = false;
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = NULL;
	if (!ctx) return false;
	if (c->ssl_ca || c->ssl_capath)
		SSL_CTX_load_verify_locations(ctx, c->ssl_ca, c->ssl_capath);
	else
		SSL_CTX_set_default_verify_paths(ctx);
	if (c->ssl_cert) SSL_CTX_use_certificate_chain_file(ctx, c->ssl_cert);
	if (c->ssl_cert)
		SSL_CTX_use_PrivateKey_file(ctx, c->ssl_key ? c->ssl_key : c->ssl_cert, SSL_FILETYPE_PEM);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	ssl = SSL_new(ctx);
	if (ssl && SSL_set_fd(ssl, fd) == 1 && SSL_connect(ssl) == 1) {
		X509 *cert = SSL_get1_peer_certificate(ssl);
		if (cert) is_fault = judge(c, host, cert, SSL_get_verify_result(ssl), out, n);
		X509_free(cert);
	}
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return is_fault;
}

bool tls_peer_fault(const struct db_conf *c, unsigned timeout_s, char *out, size_t n)
{
	const char *host = c->host && *c->host ? c->host : "localhost";
	int fd = dial(host, c->port ? c->port : 3306, timeout_s);
	bool is_fault = fd >= 0 && ask_for_tls(fd) && look(c, host, fd, out, n);
	if (fd >= 0) close(fd);
	return is_fault;
}
