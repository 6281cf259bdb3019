/* output.c - stdout as a stream of our own, so that each write's errno is seen. */
#include "core/base/output.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HELD = 1 << 16 };
static struct {
	int error; /* of the first write that failed */
	bool was_closed;
	uint64_t written;
} output;

/* A descriptor that is set not to block is shared with whoever set it so: it is waited for. */
static void wait_writable(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };
	poll(&p, 1, 1000);
}

static ssize_t put(void *cookie, const char *bytes, size_t n)
{
	size_t done = 0;
	(void)cookie;
	while (!output.error && done < n) {
		ssize_t got = write(STDOUT_FILENO, bytes + done, n - done);
		if (got >= 0) {
			done += (size_t)got;
			output.written += (uint64_t)got;
		} else if (errno == EAGAIN)
			wait_writable();
		else if (errno != EINTR)
			output.error = errno;
	}
	return output.error ? 0 : (ssize_t)n;
}

/* --- terminals --- */
/* What only a terminal would obey is shown as text_safe shows it, whoever wrote it. A character that ends in the next
 * write waits for it. On stderr progress may go back to the line's start and clear it. */
struct gate {
	int fd;
	bool may_redraw;
	char held[4];
	size_t n_held;
};
static struct gate gates[2] = { { .fd = STDOUT_FILENO }, { .fd = STDERR_FILENO, .may_redraw = true } };

/* Bytes at the end of s that begin a character, or a line end, of which more is to come. */
static size_t unfinished(const struct gate *g, const char *s, size_t n)
{
	if (n && s[n - 1] == '\r' && !g->may_redraw) return 1;
	for (size_t k = 1; k <= 3 && k <= n; k++) {
		unsigned char c = (unsigned char)s[n - k];
		if ((c & 0xC0) == 0x80) continue;
		size_t need = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC2 ? 2 : 1;
		return need > k ? k : 0;
	}
	return 0;
}

/* Bytes at s that a terminal may have as they are, though they are controls. */
static size_t allowed(const struct gate *g, const char *s, size_t n)
{
	if (*s == '\n' || *s == '\t') return 1;
	if (n >= 2 && s[0] == '\r' && s[1] == '\n') return 2;
	if (g->may_redraw && *s == '\r') return 1;
	return g->may_redraw && n >= 3 && memcmp(s, "\033[K", 3) == 0 ? 3 : 0;
}

static void clean(struct buf *out, const struct gate *g, const char *s, size_t n)
{
	for (size_t i = 0, len; i < n; i += len) {
		uint32_t cp = text_decode(s + i, n - i, &len);
		size_t may = allowed(g, s + i, n - i);
		if (may)
			buf_add(out, s + i, len = may);
		else if (text_is_harmful(cp))
			buf_addf(out, "<U+%04X>", (unsigned)cp);
		else if (cp == TEXT_BAD && len == 1)
			buf_adds(out, "\xEF\xBF\xBD");
		else
			buf_add(out, s + i, len);
	}
}

static ssize_t put_clean(void *cookie, const char *bytes, size_t n)
{
	struct gate *g = cookie;
	struct buf all = BUF_EMPTY, out = BUF_EMPTY;
	uint64_t before = output.written;
	buf_add(&all, g->held, g->n_held);
	buf_add(&all, bytes, n);
	g->n_held = unfinished(g, all.s, all.len);
	memcpy(g->held, all.s + all.len - g->n_held, g->n_held);
	clean(&out, g, all.s, all.len - g->n_held);
	ssize_t done = (ssize_t)n;
	if (g->fd == STDOUT_FILENO) {
		done = put(NULL, buf_str(&out), out.len) ? (ssize_t)n : out.len ? 0 : (ssize_t)n;
		output.written = before + (output.error ? 0 : n); /* as its writers count */
	} else if (out.len && write(g->fd, out.s, out.len) < 0)
		done = 0;
	buf_free(&all), buf_free(&out);
	return done;
}

static FILE *gated(struct gate *g, int mode)
{
	cookie_io_functions_t io = { .write = put_clean };
	FILE *f = fopencookie(g, "w", io);
	if (f) setvbuf(f, NULL, mode, HELD);
	return f;
}

void output_begin(void)
{
	static const int mode[] = { O_WRONLY, O_RDONLY,
		                    O_WRONLY }; /* reading 0 and writing 1 fail, as they should */
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
		if (fd == STDOUT_FILENO) output.was_closed = true;
		if (open("/dev/null", mode[fd]) < 0) continue; /* the lowest that is free: fd */
	}
	signal(SIGXFSZ, SIG_IGN); /* a file's limit is a reason like any other */
	cookie_io_functions_t io = { .write = put };
	bool is_terminal = isatty(STDOUT_FILENO);
	FILE *f = is_terminal ? gated(&gates[0], _IOLBF) : fopencookie(NULL, "w", io);
	if (f && !is_terminal) setvbuf(f, NULL, _IOFBF, HELD);
	if (f) stdout = f;
	FILE *err = isatty(STDERR_FILENO) ? gated(&gates[1], _IONBF) : NULL;
	if (err) stderr = err;
}

static enum output_fate fate(void)
{
	return !output.error ? OUTPUT_WRITTEN : output.error == EPIPE ? OUTPUT_READER_GONE : OUTPUT_FAILED;
}

/* A pipe whose reader has left says so before anything is written to it. */
static bool reader_left(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO };
	return poll(&p, 1, 0) == 1 && p.revents & POLLERR;
}

enum output_fate output_flush(void)
{
	fflush(stdout);
	if (!output.error && reader_left()) output.error = EPIPE;
	return fate();
}

bool output_is_lost(void) { return output.error != 0; }

uint64_t output_written(void) { return output.written; }

const char *output_reason(void)
{
	return output.was_closed && output.error == EBADF ? "it was closed at the start"
	                                                  : strerror(output.error);
}

enum output_fate output_end(void)
{
	struct stat st;
	fflush(stdout);
	if (output.error || !output.written) return fate();
	bool is_file = fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode);
	if (is_file && fsync(STDOUT_FILENO) != 0 && errno != EINVAL && errno != EROFS) output.error = errno;
	if (close(STDOUT_FILENO) != 0 && errno != EINTR && !output.error) output.error = errno;
	return fate();
}
