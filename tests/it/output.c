/* output.c - stdout of every command of --help on a full disk, closed, without a reader, on a file system that
 * tells its trouble late: never passed over in silence, never a crash, and the reason is the true one. A
 * reader that leaves is no fault. The commands are asked of the program: a new one is tried as soon as it is
 * listed, and fails here until it has words to run with. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "tests/support/rig.h"
#include "views/registry.h"
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_output(void);
static struct rig rig;
static char dir[64], shim[96], prices[96], notices[96];

/* What a command needs beside its name; DAEMON: it ends when it is told to. */
static const struct words {
	const char *command, *words;
	bool is_daemon;
} words[] = {
	{ "switch", "agent-001 --ondemand --dry-run", false },
	{ "launch", "agent-001 --ondemand --replica --dry-run", false },
	{ "promote", "r-001 --dry-run", false },
	{ "terminate", "r-001 --dry-run", false },
	{ "config", "agent-001 auto_switch=on --dry-run", false },
	{ "self-destruct", "agent-001 --reason test --dry-run", false },
	{ "evacuate", "us-east-1b --reason test --dry-run", false },
	{ "cancel", "11111111-2222-4333-8444-555555555555 --dry-run", false },
	{ "freeze", "fleet --for 1h --reason test --dry-run", false },
	{ "thaw", "fleet --dry-run", false },
	{ "cordon", "r3.large.us-east-1b --for 1h --reason test --dry-run", false },
	{ "uncordon", "r3.large.us-east-1b --dry-run", false },
	{ "ack", "1 --dry-run", false },
	{ "claim", "1 --dry-run", false },
	{ "release", "1 --dry-run", false },
	{ "snooze", "1 --for 1h --dry-run", false },
	{ "note", "1 text --dry-run", false },
	{ "drop-part", "1 --reason test --dry-run", false },
	{ "accept-part", "1 --reason test --dry-run", false },
	{ "void", "11111111-2222-4333-8444-555555555555 --dry-run", false },
	{ "why", "agent-001", false },
	{ "completion words", "-- spotop agents", false },
	{ "import prices", prices, false },
	{ "import notices", notices, false },
	{ "db migrate", "--from nothing_of_the_kind", false },
	{ "local start", "--dir /dev/null/local", false },
	{ "local stop", "--dir /dev/null/local", false },
	{ "local status", "--dir /dev/null/local", false },
	{ "demo", "--headless --dir /dev/null/demo", false },
	{ "job run", "sse-cleanup", false },
	{ "job cancel", "consolidate", false },
	{ "worker", "--once", false },
	{ "sim", "--i-know --quiet", true },
	{ "tail", "--from start", true },
	{ "serve", "--listen 127.0.0.1:0", true },
};

enum how { TO_FILE, FULL, CLOSED, ALL_CLOSED, NO_READER, ONE_BYTE, NO_SYNC, NO_CLOSE };
struct end {
	int code;
	size_t bytes; /* TO_FILE: how many came */
	char *err;
};
struct job {
	enum how how;
	long limit;       /* of the file's size; 0: none */
	int daemon_ms;    /* it is told to end after that; 0: it ends by itself */
	const char *file; /* stdout's; NULL: out */
};

static void write_file(char *path, size_t n, const char *name, const char *text)
{
	snprintf(path, n, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

/* A file system that says at fsync or at close what it could not write. */
static void make_shim(void)
{
	char source[96], command[400];
	write_file(source, sizeof source, "late.c",
	           "#define _GNU_SOURCE\n#include <errno.h>\n#include <stdlib.h>\n#include <unistd.h>\n"
	           "#include <sys/syscall.h>\n"
	           "int fsync(int fd) { if (fd == 1 && getenv(\"LATE_SYNC\")) { errno = EDQUOT; return -1; "
	           "}\n"
	           "  return (int)syscall(SYS_fsync, fd); }\n"
	           "int close(int fd) { int r = (int)syscall(SYS_close, fd);\n"
	           "  if (fd == 1 && getenv(\"LATE_CLOSE\")) { errno = EIO; return -1; } return r; }\n");
	snprintf(shim, sizeof shim, "%s/late.so", dir);
	snprintf(command, sizeof command, "cc -shared -fPIC -o %s %s", shim, source);
	ck_assert_int_eq(system(command), 0);
}

static void start(void)
{
	rig_start(&rig);
	snprintf(dir, sizeof dir, "%s/spotop-output.XXXXXX",
	         access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	write_file(prices, sizeof prices, "p.csv",
	           "timestamp,instance_type,region,availability_zone,spot_price\n"
	           "2015-06-01T00:00:00Z,r3.large,us-east-1,us-east-1b,0.02\n");
	write_file(notices, sizeof notices, "n.json",
	           "{\"version\":\"0\",\"id\":\"12345678-1234-1234-1234-123456789012\",\"detail-type\":\"EC2 "
	           "Spot Instance "
	           "Interruption "
	           "Warning\",\"source\":\"aws.ec2\",\"account\":\"123456789012\",\"time\":\"2026-11-29T00:"
	           "00:00Z\","
	           "\"region\":\"us-east-1\",\"resources\":[\"arn:aws:ec2:us-east-1b:instance/"
	           "i-0123456789abcdef0\"],"
	           "\"detail\":{\"instance-id\":\"i-0123456789abcdef0\",\"instance-action\":\"terminate\"}}"
	           "\n");
	make_shim();
}

static void stop(void)
{
	char command[100];
	rig_stop(&rig);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static void open_stdout(const struct job *j, const char *file, const int pipe_[2])
{
	struct rlimit most = { (rlim_t)j->limit, (rlim_t)j->limit };
	int fd = j->how == FULL                              ? open("/dev/full", O_WRONLY)
	         : j->how == NO_READER || j->how == ONE_BYTE ? pipe_[1]
	                                                     : open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(fd, 1);
	if (fd > 2) close(fd);
	if (j->how == CLOSED || j->how == ALL_CLOSED) close(1);
	if (j->how == ALL_CLOSED) close(0), close(2);
	if (j->limit) setrlimit(RLIMIT_FSIZE, &most);
	if (j->how == NO_SYNC || j->how == NO_CLOSE) {
		setenv("LD_PRELOAD", shim, 1);
		setenv(j->how == NO_SYNC ? "LATE_SYNC" : "LATE_CLOSE", "1", 1);
	}
}

/* Reads what the pipe's reader reads, and goes. */
static void be_reader(const struct job *j, int ends[2])
{
	char byte;
	close(ends[1]);
	if (j->how == ONE_BYTE && read(ends[0], &byte, 1) < 0) byte = 0;
	close(ends[0]);
}

static int wait_end(pid_t pid, int daemon_ms)
{
	int status, ms = 0;
	for (; waitpid(pid, &status, WNOHANG) == 0; ms += 5) {
		if (daemon_ms && ms == daemon_ms - daemon_ms % 5) kill(pid, SIGTERM);
		ck_assert_msg(ms < 50000, "it does not end");
		usleep(5000);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static struct end run(const struct job *j, const char *line)
{
	char file[96], copy[1300];
	const char *argv[40] = { getenv("SPOTOP_BIN"), "--no-defaults", "-S", rig.socket, "-u", "root" };
	int n = 6, ends[2], said[2];
	struct stat st;
	snprintf(copy, sizeof copy, "%s", line);
	for (char *save = NULL, *w = strtok_r(copy, " ", &save); w && n < 39; w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	snprintf(file, sizeof file, "%s/%s", dir, j->file ? j->file : "out");
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(said, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setenv("XDG_STATE_HOME", rig.state, 1);
		setenv("XDG_CONFIG_HOME", rig.state, 1);
		dup2(open("/dev/null", O_RDONLY), 0);
		dup2(said[1], 2);
		signal(SIGPIPE, SIG_DFL);
		open_stdout(j, file, ends);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(said[1]);
	be_reader(j, ends);
	struct end e = { .code = wait_end(pid, j->daemon_ms) };
	e.bytes = stat(file, &st) == 0 ? (size_t)st.st_size : 0;
	struct buf b = BUF_EMPTY;
	char piece[1000];
	for (ssize_t got; (got = read(said[0], piece, sizeof piece)) > 0;) buf_add(&b, piece, (size_t)got);
	close(said[0]);
	buf_adds(&b, "");
	e.err = b.s ? buf_detach(&b) : mem_dup("");
	return e;
}

/* --- the commands of --help, subcommands too --- */

enum { MOST = 150 };
static char commands[MOST][40];
static int n_commands;

static void add_command(const char *name, const char *sub)
{
	ck_assert_int_lt(n_commands, MOST);
	snprintf(commands[n_commands++], sizeof commands[0], "%.18s%s%.18s", name, *sub ? " " : "", sub);
}

/* "usage: spotop job [list | run NAME | history [NAME]]" */
static int add_subs(const char *name)
{
	const char *argv[] = { name, "--help", NULL };
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_int_eq(r.code, 0);
	char sub[20];
	int n = 0;
	for (char *save = NULL, *l = strtok_r(r.out, "\n", &save); l && strncmp(l, "Options for", 11) != 0;
	     l = strtok_r(NULL, "\n", &save))
		if (strncmp(l, "  ", 2) == 0 && strncmp(l, "  --", 4) != 0 &&
		    sscanf(l, "  %19[a-z]", sub) == 1 && l[2] != ' ' && !strchr(l, '_') && strlen(l) < 40 &&
		    !strstr(l, "   ")) {
			add_command(name, sub);
			n++;
		}
	rig_run_free(&r);
	return n;
}

static void ask_commands(void)
{
	const char *argv[] = { "--help", NULL };
	struct rig_run r = rig_spotop(&rig, false, argv);
	char name[20];
	n_commands = 0;
	for (char *save = NULL, *l = strtok_r(r.out, "\n", &save); l && strncmp(l, "Options for", 11) != 0;
	     l = strtok_r(NULL, "\n", &save))
		if (strncmp(l, "  ", 2) == 0 && sscanf(l, "  %19[a-z-]", name) == 1) {
			bool has_own = strcmp(name, "job") == 0 || strcmp(name, "audit") == 0;
			if (!add_subs(name) || has_own) add_command(name, "");
		}
	rig_run_free(&r);
	ck_assert_int_gt(n_commands, 60);
}

static const struct words *words_of(const char *command)
{
	static const struct words none = { "", "", false };
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i].command, command) == 0) return &words[i];
	return &none;
}

static const struct {
	enum how how;
	const char *name, *reason; /* NULL: no fault */
} ways[] = {
	{ FULL, "a full disk", "No space left on device" },
	{ CLOSED, "closed", "it was closed at the start" },
	{ ALL_CLOSED, "all closed", "" },
	{ NO_READER, "no reader", NULL },
	{ ONE_BYTE, "a reader of one byte", NULL },
	{ NO_SYNC, "an error at fsync", "Disk quota exceeded" },
	{ NO_CLOSE, "an error at close", "Input/output error" },
};

/* Code of the command's own when nothing is lost; when something is, 74, but a failure of its own comes first. */
static bool is_right(const char *command, int own, int code, const char *reason)
{
	if (!reason) return code == own;
	if (strcmp(command, "check") == 0) return code == 3;
	return own == 0 ? code == 74 : own == 1 ? code == 1 || code == 74 : code == own;
}

/* Each command meets two of the ways, SPOTOP_SEED (1) says which; SPOTOP_WAYS=7: all of them. */
static bool is_of_slice(int command, size_t way)
{
	const char *seed = getenv("SPOTOP_SEED"), *ways_of = getenv("SPOTOP_WAYS");
	size_t from = (size_t)command + (seed ? strtoul(seed, NULL, 10) : 1);
	return (way + from) % ARRAY_LEN(ways) < (ways_of ? strtoul(ways_of, NULL, 10) : 2);
}

START_TEST(whatever_becomes_of_stdout_is_said)
{
	bool is_asan = strstr(getenv("SPOTOP_BUILD") ? getenv("SPOTOP_BUILD") : "", "asan") != NULL;
	ask_commands();
	for (int i = _i; i < n_commands; i += 4) {
		const struct words *w = words_of(commands[i]);
		char *line = mem_printf("%s %s", commands[i], w->words);
		int ms = w->is_daemon ? 400 : 0;
		struct end whole = run(&(struct job){ .how = TO_FILE, .daemon_ms = ms }, line);
		ck_assert_msg(whole.code < 100, "%s: exit %d: %s", line, whole.code, whole.err);
		ck_assert_msg(!strstr(whole.err, "usage: "), "%s has to be given words: %s", line, whole.err);
		for (size_t k = 0; k < ARRAY_LEN(ways); k++) {
			if (!is_of_slice(i, k) || (is_asan && ways[k].how >= NO_SYNC)) continue;
			struct end e = run(&(struct job){ .how = ways[k].how, .daemon_ms = ms }, line);
			const char *reason = whole.bytes ? ways[k].reason : NULL;
			ck_assert_msg(is_right(commands[i], whole.code, e.code, reason),
			              "%s to %s: exit %d, by itself %d: %s", line, ways[k].name, e.code,
			              whole.code, e.err);
			ck_assert_msg(!reason || strstr(e.err, reason), "%s to %s: no '%s' in: %s", line,
			              ways[k].name, reason, e.err);
			free(e.err);
		}
		free(whole.err);
		free(line);
	}
}
END_TEST

START_TEST(an_action_is_told_though_its_output_is_lost)
{
	rig_fresh(&rig);
	struct end e = run(&(struct job){ .how = FULL },
	                   "freeze agent:agent-002 --for 1h --reason test --yes -o json");
	ck_assert_int_eq(e.code, 74);
	ck_assert_msg(strstr(e.err, "agent-002: done (request "), "%s", e.err);
	ck_assert_msg(strstr(e.err, "No space left on device"), "%s", e.err);
	ck_assert_int_eq(rig_number(&rig,
	                            "SELECT COUNT(*) FROM audit_log WHERE action='freeze' AND result='done'"),
	                 1);
	free(e.err);
	/* Refused: that is what it exits with. */
	e = run(&(struct job){ .how = FULL }, "terminate i-002 --yes -o json");
	ck_assert_msg(e.code == 4 || e.code == 6, "exit %d: %s", e.code, e.err);
	free(e.err);
}
END_TEST

/* --- the tail's cursor --- */

static void add_events(int n)
{
	rig_do(&rig,
	       "INSERT INTO sse_events (client_id, event_type, event_data, expires_at) SELECT (SELECT id "
	       "FROM "
	       "clients LIMIT 1), 'HEARTBEAT', CONCAT('{\"n\":', seq, '}'), NOW() + INTERVAL 1 HOUR FROM "
	       "seq_1_to_%d",
	       n);
}

/* The ids of the whole lines of a file, added to a set of counts. */
static int count_ids(const char *name, unsigned char *seen, size_t most)
{
	char path[96], *line = NULL;
	size_t cap = 0, id;
	int n = 0;
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	for (ssize_t len; (len = getline(&line, &cap, f)) > 0;) {
		if (line[len - 1] != '\n') break; /* cut off */
		ck_assert_int_eq(sscanf(line, "{\"id\":%zu", &id), 1);
		ck_assert_uint_lt(id, most);
		ck_assert_msg(!seen[id]++, "event %zu came twice", id);
		n++;
	}
	free(line);
	fclose(f);
	return n;
}

START_TEST(the_tail_goes_on_exactly_after_a_full_disk)
{
	static const long limits[] = { 1, 4000, 65536, 333333 };
	static unsigned char seen[100000];
	char cursor[1000], line[1200];
	rig_do(&rig, "DELETE FROM sse_events");
	add_events(5000);
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		memset(seen, 0, sizeof seen);
		struct end e = run(&(struct job){ .how = TO_FILE,
		                                  .limit = limits[i],
		                                  .file = "first",
		                                  .daemon_ms = 20000 },
		                   "tail --from start -o jsonl");
		ck_assert_msg(e.code == 74 && strstr(e.err, "File too large"), "exit %d: %s", e.code, e.err);
		ck_assert_msg(sscanf(e.err, "cursor %999s", cursor) == 1, "no cursor first: %s", e.err);
		int n = count_ids("first", seen, sizeof seen);
		snprintf(line, sizeof line, "tail --from %s -o jsonl", cursor);
		struct end rest =
		        run(&(struct job){ .how = TO_FILE, .file = "second", .daemon_ms = 600 }, line);
		ck_assert_int_eq(rest.code, 0);
		n += count_ids("second", seen, sizeof seen);
		ck_assert_msg(n == 5000, "%d of 5000 with a limit of %ld, cursor %s", n, limits[i], cursor);
		free(e.err);
		free(rest.err);
	}
}
END_TEST

/* Also when there is nothing more to write to it. */
START_TEST(what_goes_on_ends_when_its_reader_left)
{
	struct end w = run(&(struct job){ .how = ONE_BYTE }, "agents --watch=1 -o csv");
	ck_assert_msg(w.code == 0 && !*w.err, "exit %d: %s", w.code, w.err);
	free(w.err);
	rig_do(&rig, "DELETE FROM sse_events");
	add_events(1);
	struct end e = run(&(struct job){ .how = ONE_BYTE }, "tail --from start -o jsonl");
	ck_assert_msg(e.code == 0 && strncmp(e.err, "cursor ", 7) == 0, "exit %d: %s", e.code, e.err);
	free(e.err);
}
END_TEST

START_TEST(without_a_look_there_is_no_cursor)
{
	struct end e = run(&(struct job){ .how = TO_FILE, .daemon_ms = 600 }, "tail -u nobody_of_this_name");
	ck_assert_msg(!strstr(e.err, "cursor"), "%s", e.err);
	free(e.err);
}
END_TEST

/* A reader that leaves after each number of bytes, or a disk that fills there. */
START_TEST(a_list_is_cut_at_any_byte)
{
	for (long limit = 1; limit < 6000; limit += 397) {
		struct end e = run(&(struct job){ .how = TO_FILE, .limit = limit }, "agents -o json");
		ck_assert_msg(e.code == 74 && strstr(e.err, "File too large"), "exit %d: %s", e.code, e.err);
		ck_assert_uint_eq(e.bytes, limit);
		free(e.err);
	}
}
END_TEST

/* Of every view, that of a command's name too. */
START_TEST(csv_of_no_rows_has_its_header)
{
	size_t n_lists = 0;
	for (size_t i = 0; all_views[i]; i++) {
		const struct view *v = all_views[i];
		if (v->param_is_needed) continue;
		const char *all[] = { v->name, "-o", "csv", NULL },
		           *none[] = { v->name, "-o", "csv", "--filter", "nothingofthekind", NULL };
		struct rig_run a = rig_spotop(&rig, false, all), b = rig_spotop(&rig, false, none);
		size_t n = strcspn(a.out, "\n") + 1;
		/* chart is of the console alone, and hosts has a row for each server */
		bool is_list = !strstr(b.err, "no option '--filter'") && !strstr(b.err, "no command");
		n_lists += is_list;
		ck_assert_msg(!is_list || (b.code == 0 && strlen(b.out) > 2 &&
		                           strncmp(a.out, b.out, n) == 0 && !b.out[n]),
		              "%s: exit %d: '%.200s' %.300s", v->name, b.code, b.out, b.err);
		rig_run_free(&a);
		rig_run_free(&b);
	}
	ck_assert_uint_gt(n_lists, 25);
}
END_TEST

Suite *suite_output(void)
{
	static const char *const names[] = { "fates", "other fates" };
	Suite *s = suite_create("output");
	for (int i = 0; i < 2; i++) { /* two servers: the commands of one do not wait for the other's */
		TCase *half = tcase_create(names[i]);
		tcase_set_timeout(half, 240);
		tcase_add_unchecked_fixture(half, start, stop);
		tcase_add_loop_test(half, whatever_becomes_of_stdout_is_said, 2 * i, 2 * i + 2);
		suite_add_tcase(s, half);
	}
	TCase *t = tcase_create("written");
	tcase_set_timeout(t, 240);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_test(t, an_action_is_told_though_its_output_is_lost);
	tcase_add_test(t, the_tail_goes_on_exactly_after_a_full_disk);
	tcase_add_test(t, what_goes_on_ends_when_its_reader_left);
	tcase_add_test(t, without_a_look_there_is_no_cursor);
	tcase_add_test(t, a_list_is_cut_at_any_byte);
	tcase_add_test(t, csv_of_no_rows_has_its_header);
	suite_add_tcase(s, t);
	return s;
}
