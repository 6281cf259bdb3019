/* standin.c - see standin.h; libmicrohttpd with a thread of its own. */
#include "tests/support/standin.h"
#include "core/base/buf.h"
#include "core/base/mem.h"
#include <arpa/inet.h>
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 64 };
struct standin {
	struct MHD_Daemon *daemon;
	pthread_mutex_t lock;
	const int *answers;
	const char *secret;
	struct standin_request got[MOST];
	int n;
	bool saw_secret;
};

static bool file_has(const char *pid, const char *name, const char *word)
{
	char path[300], bytes[1 << 16];
	snprintf(path, sizeof path, "/proc/%.100s/%s", pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
	if (fd >= 0) close(fd);
	return n > 0 && memmem(bytes, (size_t)n, word, strlen(word)) != NULL;
}

static bool is_in_sight(const char *word)
{
	bool found = false;
	DIR *d = opendir("/proc");
	for (struct dirent *p; !found && (p = readdir(d));)
		found = p->d_name[0] >= '1' && p->d_name[0] <= '9' &&
		        (file_has(p->d_name, "cmdline", word) || file_has(p->d_name, "environ", word));
	closedir(d);
	return found;
}

static void keep(char *to, size_t n, struct MHD_Connection *c, const char *name)
{
	const char *v = MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
	snprintf(to, n, "%s", v ? v : "");
}

static enum MHD_Result answer(struct standin *s, struct MHD_Connection *c, const char *path, struct buf *body)
{
	pthread_mutex_lock(&s->lock);
	if (s->secret) s->saw_secret |= is_in_sight(s->secret);
	int at = 0;
	for (int i = 0; i < s->n && s->answers[at + 1]; i++) at++;
	int status = s->answers[at];
	if (s->n < MOST) {
		struct standin_request *r = &s->got[s->n++];
		snprintf(r->path, sizeof r->path, "%s", path);
		keep(r->type, sizeof r->type, c, "Content-Type");
		keep(r->authorization, sizeof r->authorization, c, "Authorization");
		r->body = mem_dup(buf_str(body));
	}
	pthread_mutex_unlock(&s->lock);
	if (status < 0) return MHD_NO; /* it hangs up */
	struct MHD_Response *said = MHD_create_response_from_buffer(2, (void *)"ok", MHD_RESPMEM_PERSISTENT);
	enum MHD_Result r = MHD_queue_response(c, (unsigned)status, said);
	MHD_destroy_response(said);
	return r;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *path, const char *method,
                                  const char *version, const char *data, size_t *n, void **of)
{
	(void)version, (void)method;
	if (!*of) {
		*of = mem_alloc(sizeof(struct buf));
		*(struct buf *)*of = (struct buf)BUF_EMPTY;
		return MHD_YES;
	}
	if (*n) {
		buf_add(*of, data, *n);
		*n = 0;
		return MHD_YES;
	}
	return answer(ctx, c, path, *of);
}

static void on_end(void *ctx, struct MHD_Connection *c, void **of, enum MHD_RequestTerminationCode why)
{
	(void)ctx, (void)c, (void)why;
	if (!*of) return;
	buf_free(*of);
	free(*of);
}

struct standin *standin_start(const int *answers)
{
	struct standin *s = mem_alloc(sizeof *s);
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	memset(s, 0, sizeof *s);
	s->answers = answers;
	pthread_mutex_init(&s->lock, NULL);
	s->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, on_request, s,
	                             MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL,
	                             MHD_OPTION_END);
	ck_assert_ptr_nonnull(s->daemon);
	return s;
}

unsigned standin_port(const struct standin *s)
{
	return MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

int standin_count(const struct standin *s)
{
	pthread_mutex_lock((pthread_mutex_t *)&s->lock);
	int n = s->n;
	pthread_mutex_unlock((pthread_mutex_t *)&s->lock);
	return n;
}

const struct standin_request *standin_get(const struct standin *s, int i)
{
	ck_assert_int_lt(i, standin_count(s));
	return &s->got[i];
}

void standin_look_for(struct standin *s, const char *secret) { s->secret = secret; }
bool standin_saw_secret(const struct standin *s) { return s->saw_secret; }

void standin_stop(struct standin *s)
{
	MHD_stop_daemon(s->daemon);
	for (int i = 0; i < s->n; i++) free(s->got[i].body);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
