/* output.c - stdout as a stream of our own, so that each write's errno is seen. */
#include "core/base/output.h"
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
	FILE *f = fopencookie(NULL, "w", io);
	if (!f) return;
	setvbuf(f, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, HELD);
	stdout = f;
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
