/* import_source.c - the bytes of a file, gzip or plain; stdin is put aside in a file without a name. */
#include "core/base/mem.h"
#include "core/fleet/import_int.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

struct source {
	gzFile gz;
	char name[256];
};

/* A copy of what comes on stdin; -1 with *e set. */
static int spool(struct err *e)
{
	char buf[65536];
	FILE *f = tmpfile();
	int fd = f ? fcntl(fileno(f), F_DUPFD_CLOEXEC, 3) : -1;
	int why = errno;
	if (f) fclose(f);
	if (fd < 0) {
		err_set(e, ERR_IO, "cannot make a temporary file for stdin: %s", strerror(why));
		return -1;
	}
	for (;;) {
		ssize_t n = read(STDIN_FILENO, buf, sizeof buf);
		if (n < 0 && errno == EINTR) continue;
		if (n == 0) break;
		if (n > 0 && write(fd, buf, (size_t)n) == n) continue;
		err_set(e, ERR_IO, "cannot %s: %s", n < 0 ? "read stdin" : "keep stdin in a temporary file",
		        strerror(errno));
		close(fd);
		return -1;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static int open_file(const char *path, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) return fd;
	err_set(e, ERR_IO, "cannot read %s: %s", path,
	        fd < 0 ? strerror(errno) : "not a regular file (a pipe goes in as '-')");
	if (fd >= 0) close(fd);
	return -1;
}

struct source *source_open(const char *path, struct err *e)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? spool(e) : open_file(path, e);
	if (fd < 0) return NULL;
	struct source *s = mem_alloc(sizeof *s);
	snprintf(s->name, sizeof s->name, "%.200s", is_stdin ? "stdin" : path);
	s->gz = gzdopen(fd, "rb");
	if (s->gz) {
		gzbuffer(s->gz, 128 * 1024);
		return s;
	}
	close(fd);
	free(s);
	err_set(e, ERR_IO, "cannot read %s: out of memory", path);
	return NULL;
}

bool source_rewind(struct source *s, struct err *e)
{
	return gzrewind(s->gz) == 0 || err_set(e, ERR_IO, "cannot go back to the start of %s", s->name);
}

ssize_t source_bytes(void *source, char *buf, size_t n, struct err *e)
{
	struct source *s = source;
	int code = 0, got = gzread(s->gz, buf, (unsigned)n);
	const char *why = gzerror(s->gz, &code);
	/* a cut file gives its bytes first and then 0 with Z_BUF_ERROR */
	if (got > 0 || (got == 0 && code != Z_BUF_ERROR)) return got;
	err_set(e, ERR_IO, "cannot read %s: %s", s->name,
	        code == Z_ERRNO       ? strerror(errno)
	        : code == Z_BUF_ERROR ? "the gzip data end early"
	                              : why);
	return -1;
}

void source_close(struct source *s)
{
	if (!s) return;
	gzclose(s->gz);
	free(s);
}
