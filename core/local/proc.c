/* proc.c - what the kernel knows of other processes. */
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/local/local_int.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void proc_sleep_ms(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };
	while (nanosleep(&t, &t) && errno == EINTR) continue;
}

bool proc_free_port(unsigned *port, struct err *e)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && bind(fd, (struct sockaddr *)&a, len) == 0 &&
	          getsockname(fd, (struct sockaddr *)&a, &len) == 0;
	if (!ok) err_set(e, ERR_IO, "no port is free on 127.0.0.1: %s", strerror(errno));
	if (fd >= 0) close(fd);
	*port = ntohs(a.sin_port);
	return ok;
}

pid_t proc_lock_holder(const char *file)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(file, O_RDWR | O_CLOEXEC);
	if (fd < 0) return 0;
	bool is_held = fcntl(fd, F_GETLK, &l) == 0 && l.l_type != F_UNLCK;
	close(fd);
	return is_held ? l.l_pid : 0;
}

/* Two fields after the command in /proc/PID/stat: state and parent. */
static bool read_stat(pid_t pid, char *state, pid_t *parent)
{
	char path[64], text[1024];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) return false;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0) return false;
	text[n] = '\0';
	const char *end = strrchr(text, ')'); /* the command may hold spaces and brackets */
	if (!end || strlen(end) < 5) return false;
	*state = end[2];
	*parent = (pid_t)strtol(end + 4, NULL, 10);
	return true;
}

bool proc_is_alive(pid_t pid)
{
	char state = '?';
	pid_t parent = 0;
	if (waitpid(pid, NULL, WNOHANG) == pid) return false;
	if (kill(pid, 0) && errno == ESRCH) return false;
	return !read_stat(pid, &state, &parent) || (state != 'Z' && state != 'X');
}

pid_t proc_parent(pid_t pid)
{
	char state;
	pid_t parent = 0;
	return read_stat(pid, &state, &parent) ? parent : 0;
}

void proc_command(pid_t pid, char *out, size_t n)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, out, n - 1);
	if (fd >= 0) close(fd);
	if (got <= 0) {
		snprintf(out, n, "a process that does not show its command");
		return;
	}
	out[got] = '\0';
	while (got > 0 && out[got - 1] == '\0') got--;
	for (ssize_t i = 0; i < got; i++)
		if ((unsigned char)out[i] < ' ') out[i] = ' ';
}

bool proc_greets(const char *socket_path, int timeout_ms)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	unsigned char hello[5];
	size_t len = strlen(socket_path);
	if (len >= sizeof a.sun_path) return false;
	memcpy(a.sun_path, socket_path, len + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) return false;
	bool ok = false;
	if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0) {
		struct pollfd p = { fd, POLLIN, 0 };
		int64_t until = clock_mono_ms() + timeout_ms;
		int left = timeout_ms, got;
		while ((got = poll(&p, 1, left)) < 0 && errno == EINTR)
			if ((left = (int)(until - clock_mono_ms())) < 0) left = 0;
		/* packet length (3 bytes), number (1), then the protocol's version: 10 */
		ok = got > 0 && recv(fd, hello, sizeof hello, 0) == sizeof hello && hello[4] == 10;
	}
	close(fd);
	return ok;
}
