/* import_source.c - the bytes of a file that can be read twice, plain or packed. */
#include "core/fleet/import_source.h"
#include "core/base/mem.h"
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* gzip is zlib's: of a file that is cut it gives all that is there, libarchive not the last 64 KB. */
struct source {
	gzFile gz;
	struct archive *archive;
	int fd; /* of the archive; gz has its own */
	bool is_zip, is_cut;
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

/* --- what libarchive unpacks --- */

static bool is_packed(int fd, bool *is_zip)
{
	static const struct {
		const char *mark;
		size_t n;
	} packings[] = { { "PK\x03\x04", 4 },
		         { "PK\x05\x06", 4 },
		         { "\xFD"
		           "7zXZ",
		           6 },
		         { "\x28\xB5\x2F\xFD", 4 },
		         { "BZh", 3 },
		         { "\x04\x22\x4D\x18", 4 } };
	char head[6] = { 0 };
	ssize_t n = pread(fd, head, sizeof head, 0);
	for (size_t i = 0; i < ARRAY_LEN(packings); i++)
		if (n >= (ssize_t)packings[i].n && memcmp(head, packings[i].mark, packings[i].n) == 0) {
			*is_zip = i < 2;
			return true;
		}
	return false;
}

static bool archive_fail(const struct source *s, struct err *e)
{
	const char *why = archive_error_string(s->archive);
	return err_set(e, ERR_IO, "cannot read %s: %s", s->name, why ? why : "it cannot be unpacked");
}

/* From the start, before the first entry. */
static bool archive_begin(struct source *s, struct err *e)
{
	if (s->archive) archive_read_free(s->archive);
	s->archive = archive_read_new();
	if (!s->archive) return err_set(e, ERR_IO, "cannot read %s: out of memory", s->name);
	if (s->is_zip) {
		archive_read_support_format_zip(s->archive);
	} else {
		archive_read_support_format_raw(s->archive);
		archive_read_support_filter_xz(s->archive);
		archive_read_support_filter_zstd(s->archive);
		archive_read_support_filter_bzip2(s->archive);
		archive_read_support_filter_lz4(s->archive);
	}
	lseek(s->fd, 0, SEEK_SET);
	return archive_read_open_fd(s->archive, s->fd, 128 * 1024) >= ARCHIVE_WARN || archive_fail(s, e);
}

/* To the next file; false with e->code ERR_NONE: there is none. */
static bool archive_next(struct source *s, char name[128], struct err *e)
{
	struct archive_entry *entry;
	int got;
	err_clear(e);
	while ((got = archive_read_next_header(s->archive, &entry)) == ARCHIVE_OK || got == ARCHIVE_WARN) {
		const char *path = archive_entry_pathname(entry);
		snprintf(name, 128, "%s", path ? path : "");
		if (!s->is_zip || archive_entry_filetype(entry) == AE_IFREG) return true;
	}
	return got == ARCHIVE_EOF ? false : archive_fail(s, e);
}

/* Exactly one file: with several it would have to be guessed which. */
static bool check_entries(struct source *s, struct err *e)
{
	char name[128], first[128] = "";
	unsigned n = 0;
	if (!archive_begin(s, e)) return false;
	while (archive_next(s, name, e)) {
		if (strcmp(name, "xl/workbook.xml") == 0)
			return err_set(e, ERR_USAGE, "%s is an Excel workbook: save its sheet as CSV",
			               s->name);
		if (!n++) memcpy(first, name, sizeof first);
	}
	if (e->code) return false;
	if (n == 1) return true;
	if (n == 0) return err_set(e, ERR_USAGE, "%s holds no file", s->name);
	return err_set(e, ERR_USAGE,
	               "%s holds %u files; choose one: unzip -p FILE '%s' | spotop import prices -", s->name,
	               n, first);
}

static bool archive_rewind(struct source *s, struct err *e)
{
	char name[128];
	if (!archive_begin(s, e)) return false;
	return archive_next(s, name, e) || e->code ||
	       err_set(e, ERR_IO, "cannot read %s: it is empty", s->name);
}

static bool open_archive(struct source *s, struct err *e)
{
	return (!s->is_zip || check_entries(s, e)) && archive_rewind(s, e);
}

static ssize_t archive_bytes(struct source *s, char *buf, size_t n, struct err *e)
{
	ssize_t got;
	do {
		got = archive_read_data(s->archive, buf, n);
	} while (got == ARCHIVE_RETRY);
	if (got >= 0) return got;
	const char *why = archive_error_string(s->archive);
	s->is_cut = why && strstr(why, "runcated");
	archive_fail(s, e);
	return -1;
}

/* --- the source --- */

struct source *source_open(const char *path, struct err *e)
{
	struct err none = { 0 };
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? spool(e) : open_file(path, e);
	if (fd < 0) return NULL;
	struct source *s = mem_alloc(sizeof *s);
	snprintf(s->name, sizeof s->name, "%.200s", is_stdin ? "stdin" : path);
	s->fd = -1;
	if (is_packed(fd, &s->is_zip)) {
		s->fd = fd;
		if (open_archive(s, e ? e : &none)) return s;
		source_close(s);
		return NULL;
	}
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
	struct err none = { 0 };
	s->is_cut = false;
	if (s->archive) return archive_rewind(s, e ? e : &none);
	return gzrewind(s->gz) == 0 || err_set(e, ERR_IO, "cannot go back to the start of %s", s->name);
}

bool source_is_cut(const struct source *s) { return s->is_cut; }

ssize_t source_bytes(void *source, char *buf, size_t n, struct err *e)
{
	struct source *s = source;
	if (s->archive) return archive_bytes(s, buf, n, e);
	int code = 0, got = gzread(s->gz, buf, (unsigned)n);
	const char *why = gzerror(s->gz, &code);
	/* a cut file gives its bytes first and then 0 with Z_BUF_ERROR */
	if (got > 0 || (got == 0 && code != Z_BUF_ERROR)) return got;
	s->is_cut = code == Z_BUF_ERROR;
	err_set(e, ERR_IO, "cannot read %s: %s", s->name,
	        code == Z_ERRNO       ? strerror(errno)
	        : code == Z_BUF_ERROR ? "the gzip data end early"
	                              : why);
	return -1;
}

void source_close(struct source *s)
{
	if (!s) return;
	if (s->archive) archive_read_free(s->archive);
	if (s->fd >= 0) close(s->fd);
	if (s->gz) gzclose(s->gz);
	free(s);
}
