/* dir.c - the directory of a private MariaDB: whose it is, and the small files in it. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/folder.h"
#include "core/base/spawn.h"
#include "core/local/local_int.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARK         ".spotop-local"
#define LOCK_WAIT_MS 120000

bool dir_path(char *out, size_t n, const struct local *l, const char *leaf, struct err *e)
{
	int len = snprintf(out, n, "%s/%s", l->dir, leaf);
	return (len > 0 && (size_t)len < n) || err_set(e, ERR_USAGE, "the path of %s is too long", leaf);
}

bool local_default_dir(char *out, size_t n, struct err *e)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	int len;
	if (data && data[0] == '/')
		len = snprintf(out, n, "%s/spotop/local", data);
	else if (home && home[0] == '/')
		len = snprintf(out, n, "%s/.local/share/spotop/local", home);
	else
		return err_set(e, ERR_USAGE, "neither XDG_DATA_HOME nor HOME is set: say where with --dir");
	return (len > 0 && (size_t)len < n) ||
	       err_set(e, ERR_USAGE, "the path of the data folder is too long");
}

/* The name of something in a folder, "" when it is empty. */
static bool any_entry(const char *path, char *out, size_t n, struct err *e)
{
	DIR *d = opendir(path);
	if (!d) return err_set(e, ERR_IO, "cannot read the folder %s: %s", path, strerror(errno));
	out[0] = '\0';
	for (struct dirent *f; out[0] == '\0' && (f = readdir(d));)
		if (strcmp(f->d_name, ".") != 0 && strcmp(f->d_name, "..") != 0)
			snprintf(out, n, "%s", f->d_name);
	closedir(d);
	return true;
}

bool dir_write_file(const char *path, const char *text, struct err *e)
{
	char tmp[PATH_MAX + 8];
	size_t n = strlen(text);
	snprintf(tmp, sizeof tmp, "%s.new", path);
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool ok = fd >= 0 && write(fd, text, n) == (ssize_t)n;
	int why = errno;
	if (fd >= 0 && close(fd)) ok = false;
	if (ok && rename(tmp, path) == 0) return true;
	return err_set(e, ERR_IO, "cannot write %s: %s", path, strerror(ok ? errno : why));
}

/* A folder elsewhere for a socket whose path would be longer than a socket's may be (107 bytes).
 * Anybody can make folders in /tmp: it must be ours and closed to others. */
static bool short_socket(struct local *l, struct err *e)
{
	char folder[96];
	struct stat st;
	uint64_t hash = 14695981039346656037u;
	for (const char *s = l->dir; *s; s++) hash = (hash ^ (unsigned char)*s) * 1099511628211u;
	const char *base = getenv("XDG_RUNTIME_DIR");
	if (!base || base[0] != '/' || strlen(base) > 48 || access(base, W_OK)) base = "/tmp";
	snprintf(folder, sizeof folder, "%s/spotop-%u-%016llx", base, (unsigned)geteuid(),
	         (unsigned long long)hash);
	if (mkdir(folder, 0700) && errno != EEXIST)
		return err_set(e, ERR_IO, "cannot make the folder %s: %s", folder, strerror(errno));
	if (lstat(folder, &st) || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077))
		return err_set(e, ERR_IO, "%s is not a folder of yours that is closed to others: remove it",
		               folder);
	snprintf(l->socket, sizeof l->socket, "%s/sock", folder);
	return true;
}

static bool fill_paths(struct local *l, struct err *e)
{
	if (strpbrk(l->dir, "\n\r")) return err_set(e, ERR_USAGE, "the folder's name has a line break in it");
	if (!dir_path(l->cnf, sizeof l->cnf, l, "my.cnf", e)) return false;
	int n = snprintf(l->socket, sizeof l->socket, "%s/run/sock", l->dir);
	return (n > 0 && (size_t)n < sizeof l->socket) || short_socket(l, e);
}

/* The run and tmp folders; run must be closed to others whatever made it. */
static bool make_inside(const struct local *l, struct err *e)
{
	char path[PATH_MAX];
	if (!dir_path(path, sizeof path, l, "tmp", e) || !folder_make(path, e)) return false;
	if (!dir_path(path, sizeof path, l, "run", e) || !folder_make(path, e)) return false;
	return chmod(path, 0700) == 0 ||
	       err_set(e, ERR_IO, "cannot close %s to others: %s", path, strerror(errno));
}

bool dir_find(const char *dir, struct local *l, struct err *e)
{
	char mark[PATH_MAX];
	*l = (struct local){ 0 };
	if (!realpath(dir, l->dir))
		return err_set(e, errno == ENOENT ? ERR_NO : ERR_IO, "no private MariaDB in %s: %s", dir,
		               strerror(errno));
	if (!dir_path(mark, sizeof mark, l, MARK, e)) return false;
	if (access(mark, F_OK)) return err_set(e, ERR_NO, "no private MariaDB in %s", l->dir);
	return fill_paths(l, e);
}

bool dir_take(const char *dir, struct local *l, struct err *e)
{
	char found[256] = "", mark[PATH_MAX];
	*l = (struct local){ 0 };
	if (!folder_make(dir, e)) return false;
	if (!realpath(dir, l->dir)) return err_set(e, ERR_IO, "cannot use %s: %s", dir, strerror(errno));
	if (!dir_path(mark, sizeof mark, l, MARK, e)) return false;
	if (access(mark, F_OK)) {
		if (!any_entry(l->dir, found, sizeof found, e)) return false;
		if (found[0])
			return err_set(e, ERR_USAGE,
			               "%s holds something else (%s): name a new or an empty folder", l->dir,
			               found);
		if (!dir_write_file(mark, "A private MariaDB of spotop: see `spotop local --help`.\n", e))
			return false;
	}
	return fill_paths(l, e) && make_inside(l, e);
}

bool dir_lock(const struct local *l, int *fd, struct err *e)
{
	char path[PATH_MAX];
	int64_t until = clock_mono_ms() + LOCK_WAIT_MS;
	if (!dir_path(path, sizeof path, l, "lock", e)) return false;
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*fd < 0) return err_set(e, ERR_IO, "cannot open %s: %s", path, strerror(errno));
	while (flock(*fd, LOCK_EX | LOCK_NB)) {
		bool is_busy = errno == EWOULDBLOCK || errno == EINTR;
		if (is_busy && clock_mono_ms() < until) {
			proc_sleep_ms(20);
			continue;
		}
		err_set(e, ERR_IO, "cannot lock %s: %s", path,
		        is_busy ? "another start or stop is at work there" : strerror(errno));
		close(*fd);
		return false;
	}
	return true;
}

static void add_quoted(struct buf *b, const char *s)
{
	for (; *s; s++) {
		if (*s == '\\' || *s == '"') buf_addc(b, '\\');
		buf_addc(b, *s);
	}
}

bool dir_write_cnf(const struct local *l, struct err *e)
{
	struct buf b = BUF_EMPTY;
	buf_adds(&b, "# For --defaults-file of spotop and mariadb; written anew at each start.\n"
	             "[client]\nuser=root\nsocket=\"");
	add_quoted(&b, l->socket);
	buf_adds(&b, "\"\n");
	bool ok = dir_write_file(l->cnf, buf_str(&b), e);
	buf_free(&b);
	return ok;
}

static void add_sockets(struct buf *b, const char *name, const struct local *const *l, size_t n)
{
	buf_addf(b, "%s=\"", name);
	for (size_t i = 0; i < n; i++) {
		if (i) buf_addc(b, ',');
		add_quoted(b, l[i]->socket);
	}
	buf_adds(b, "\"\n");
}

bool dir_write_hosts(const struct local *const *writes, size_t n, const struct local *const *reads,
                     size_t n_reads, const char *path, struct err *e)
{
	struct buf b = BUF_EMPTY;
	buf_adds(&b, "# For --defaults-file of spotop: all servers; written anew at each start.\n"
	             "[spotop]\nuser=root\n");
	add_sockets(&b, "host", writes, n);
	add_sockets(&b, "read-host", reads, n_reads);
	bool ok = dir_write_file(path, buf_str(&b), e);
	buf_free(&b);
	return ok;
}

bool dir_write_owner(const struct local *l, pid_t owner, struct err *e)
{
	char path[PATH_MAX], text[32];
	snprintf(text, sizeof text, "%d\n", (int)owner);
	return dir_path(path, sizeof path, l, "run/owner", e) && dir_write_file(path, text, e);
}

pid_t dir_read_owner(const struct local *l)
{
	char path[PATH_MAX], text[32];
	if (!dir_path(path, sizeof path, l, "run/owner", NULL)) return 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
	if (fd >= 0) close(fd);
	if (n <= 0) return 0;
	text[n] = '\0';
	return (pid_t)strtol(text, NULL, 10);
}

bool dir_has(const struct local *l, const char *leaf)
{
	char path[PATH_MAX];
	return dir_path(path, sizeof path, l, leaf, NULL) && access(path, F_OK) == 0;
}

bool dir_copy_data(const struct local *from, const struct local *to, struct err *e)
{
	char cp[PATH_MAX], data[PATH_MAX], into[PATH_MAX], made[PATH_MAX];
	int status = 0;
	if (!spawn_find("cp", cp, sizeof cp)) return err_set(e, ERR_IO, "cannot find cp");
	if (!dir_path(data, sizeof data, from, "data", e) ||
	    !dir_path(into, sizeof into, to, "data.new", e) || !dir_path(made, sizeof made, to, "data", e) ||
	    !dir_remove_tree(into, e))
		return false;
	const char *argv[] = { cp, "-a", "--reflink=auto", data, into, NULL };
	pid_t pid = spawn(&(struct spawn){ .argv = argv, .has_session = true }, e);
	if (pid < 0) return false;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return err_set(e, ERR_IO, "cannot copy %s to %s", data, into);
	return rename(into, made) == 0 || err_set(e, ERR_IO, "cannot rename %s: %s", into, strerror(errno));
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

bool dir_remove_tree(const char *path, struct err *e)
{
	if (access(path, F_OK) || nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0) return true;
	return err_set(e, ERR_IO, "cannot remove %s: %s", path, strerror(errno));
}
