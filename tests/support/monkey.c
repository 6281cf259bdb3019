/* monkey.c - see monkey.h. */
#include "tests/support/monkey.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "tests/support/pty.h"
#include "tests/support/server.h"
#include <ctype.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ANSWER_MS = 15000, AWAY_MS = 60000, DEAF_MS = 450 };

/* Beside all that is printable: every key of the tables has one of these or a letter. */
static const char *const special[] = {
	"\r",       "\r",      "\r",        "\033",      "\033",      "\t",        "\t",
	"\033[Z",   "\033[A",  "\033[B",    "\033[C",    "\033[D",    "\033[H",    "\033[F",
	"\033[5~",  "\033[6~", "\033[1;2A", "\033[1;2B", "\033[1;2C", "\033[1;2D", "\033OP",
	"\033[20~", "\033[3~", "\033[2~",   "\177",      "\001",      "\002",      "\003",
	"\004",     "\005",    "\006",      "\010",      "\013",      "\014",      "\016",
	"\020",     "\022",    "\023",      "\025",      "\027",      "\031",      "\032",
	"\034",     "\033b",   "\033q",     "\033[1;5C", "\033[15~",  " ",         " ",
};
static const char *const pieces[] = {
	"health=crit",
	"az~1e",
	"!ok",
	"a|b",
	"agent-00",
	"seconds_since_heartbeat>90",
	"(",
	"agents",
	"instances",
	"overview",
	"events",
	"prices",
	"timeline",
	"database",
	"landmines",
	"tracker",
	"clients",
	"replicas",
	"alerts",
	"audit",
	"decisions",
	"at -1h",
	"at now",
	"at 02:41",
	"write",
	"readonly",
	"bulk",
	"mark health=ok",
	"theme light",
	"theme mono",
	"local",
	"utc",
	"every 5s",
	"every 1s",
	"save a.csv",
	"save a.json",
	"sort agent",
	"columns",
	"help",
	"why agent-001",
	"copy agent",
	"1h",
	"fleet",
	"a reason",
	"auto_switch=on",
	"\xc3\xa9\xe2\x80\xae",
	"%s%n",
	"'\"\\;--",
	"a**",
	"x{1,2}{3}",
	"pool:r3",
	"spot_usd_per_hour>0.05",
};
/* The action menu's and its dialogs' ways. */
static const char *const ways[] = { "as", "al", "ac",  "az", "aw", "ak", "at", "ap",
	                            "ax", "aX", "a*s", "an", "aa", "ao", "u",  "@" };
static const char *const torn[][2] = { { "\033", "[A" },       { "\033[", "B" },
	                               { "\033[1;", "2C" },    { "\033[<0;5", ";5M" },
	                               { "\033O", "P" },       { "\033[200", "~x\033[201~" },
	                               { "\xe2\x82", "\xac" }, { "\033[20", "~" } };

#define PICK(list, r) (list)[rng_int((r), 0, (int)(sizeof(list) / sizeof *(list)) - 1)]

/* --- strokes: done as they are written down --- */

static void write_down(struct monkey *m, char what, const void *bytes, size_t n)
{
	const unsigned char *s = bytes;
	if (!m->log) return;
	fputc(what, m->log);
	fputc(' ', m->log);
	for (size_t i = 0; i < n; i++) fprintf(m->log, "%02x", s[i]);
	fputc('\n', m->log);
	fflush(m->log);
}

static void keys(struct monkey *m, const char *s)
{
	write_down(m, 'k', s, strlen(s));
	pty_keys(m->p, s);
}

static void rest(struct monkey *m, int ms)
{
	if (m->log) fprintf(m->log, "w %d\n", ms);
	for (int64_t until = clock_mono_ms() + ms, left; (left = until - clock_mono_ms()) > 0;)
		pty_pump(m->p, (int)left);
}

static void resize(struct monkey *m, int rows, int cols)
{
	if (m->log) fprintf(m->log, "r %d %d\n", rows, cols);
	m->rows = rows, m->cols = cols;
	pty_resize(m->p, rows, cols);
}

static void trouble(struct monkey *m, char what, int ms)
{
	struct err e = { 0 };
	if (m->log) fprintf(m->log, "s %c %d\n", what, ms);
	if (what == 'p') server_pause(m->server);
	if (what == 'k') server_kill(m->server);
	for (int64_t until = clock_mono_ms() + ms; clock_mono_ms() < until;) pty_pump(m->p, 20);
	if (what == 'p') server_resume(m->server);
	if (what == 'k' && !server_restart(m->server, &e)) snprintf(m->fault, sizeof m->fault, "%s", e.text);
}

/* --- looking --- */

/* The word that would issue what is on the screen, "" when there is none. How many: of a bulk, else 1. */
static void asked(struct monkey *m, char *word, size_t n, int *how_many)
{
	const char *s = pty_screen(m->p), *at, *end;
	*word = 0;
	*how_many = 1;
	if (strstr(s, "y issues it")) {
		snprintf(word, n, "y");
		return;
	}
	for (at = s; (at = strstr(at, "  type ")); at++) {
		const char *from = at + 7, *line = from + strcspn(from, "\n");
		end = strstr(from, " to issue");
		if (!end || end > line) end = memchr(from, ':', (size_t)(line - from));
		if (!end || end > line) continue;
		snprintf(word, n, "%.*s", (int)(end - from), from);
		const char *digits = strrchr(word, ' ');
		if (digits) *how_many = atoi(digits + 1);
		return;
	}
}

/* --- drawing --- */

static void one_key(struct monkey *m, char *s)
{
	if (rng_chance(&m->rng, 0.45))
		strcpy(s, PICK(special, &m->rng));
	else
		s[0] = (char)rng_int(&m->rng, ' ', '~'), s[1] = 0;
}

/* What may be sent while something waits for its word: anything but the word's beginning. */
static bool is_harmless(const char *s, const char *word) { return !*word || !strchr(s, *word); }

static void confirm(struct monkey *m, const char *word, int n)
{
	char now[80];
	int how_many;
	rest(m, DEAF_MS);
	asked(m, now, sizeof now, &how_many);
	if (strcmp(now, word) != 0) return;
	m->n_confirmed += (unsigned long)n;
	keys(m, word);
	rest(m, 500);
}

static void prompt(struct monkey *m)
{
	char s[200];
	snprintf(s, sizeof s, "%s%s", rng_chance(&m->rng, 0.5) ? "/" : ":", PICK(pieces, &m->rng));
	keys(m, s);
	rest(m, rng_int(&m->rng, 0, 80));
	keys(m, rng_chance(&m->rng, 0.7) ? "\r" : rng_chance(&m->rng, 0.5) ? "\033" : "\t");
}

static void paste(struct monkey *m)
{
	char s[300];
	snprintf(s, sizeof s, "\033[200~%s%s\033[201~", PICK(pieces, &m->rng),
	         rng_chance(&m->rng, 0.3) ? "\r\n\033[Ay" : "");
	keys(m, s);
}

static void draw(struct monkey *m)
{
	char s[400] = "", word[80];
	int n, kind = rng_int(&m->rng, 0, 99);
	asked(m, word, sizeof word, &n);
	if (*word && kind < 25) {
		confirm(m, word, n);
	} else if (kind < 45) {
		one_key(m, s);
		if (is_harmless(s, word)) keys(m, s);
	} else if (kind < 58) {
		for (int i = rng_int(&m->rng, 2, 10); i > 0; i--) one_key(m, s + strlen(s));
		if (!*word) keys(m, s);
	} else if (kind < 64) {
		snprintf(s, sizeof s, "%d", rng_int(&m->rng, 1, 9));
		if (is_harmless(s, word)) keys(m, s);
	} else if (kind < 74) {
		if (!*word) prompt(m);
	} else if (kind < 84) {
		if (!*word) keys(m, PICK(ways, &m->rng));
		rest(m, rng_int(&m->rng, 100, 500));
		keys(m, rng_chance(&m->rng, 0.8) ? "\r" : "\033");
	} else if (kind < 88) {
		paste(m);
	} else if (kind < 91) {
		int i = rng_int(&m->rng, 0, (int)(sizeof torn / sizeof *torn) - 1);
		keys(m, torn[i][0]);
		rest(m, rng_int(&m->rng, 0, 150));
		keys(m, torn[i][1]);
	} else if (kind < 94) {
		snprintf(s, sizeof s, "\033[<%d;%d;%d%c",
		         rng_chance(&m->rng, 0.5) ? 0 : rng_int(&m->rng, 0, 70),
		         rng_int(&m->rng, 1, m->cols + 2), rng_int(&m->rng, 1, m->rows + 2),
		         rng_chance(&m->rng, 0.8) ? 'M' : 'm');
		keys(m, s);
	} else if (kind < 98) {
		if (rng_chance(&m->rng, 0.5))
			resize(m, 24, 80);
		else
			resize(m, rng_int(&m->rng, 1, 60), rng_int(&m->rng, 1, 200));
	} else if (rng_chance(&m->rng, 0.25))
		trouble(m, rng_chance(&m->rng, 0.5) ? 'p' : 'k', rng_int(&m->rng, 50, 2500));
	rest(m, rng_chance(&m->rng, 0.85) ? rng_int(&m->rng, 1, 25) : rng_int(&m->rng, 30, 300));
}

/* One line of the file, as it was done; what was confirmed then counts as it did. */
static bool again(struct monkey *m)
{
	char line[2000], bytes[1000], word[80];
	int a, b, n;
	if (!fgets(line, sizeof line, m->replay)) return false;
	if (line[0] == 'k') {
		size_t len = 0;
		for (const char *s = line + 2; isxdigit((unsigned char)s[0]) && len + 1 < sizeof bytes;
		     s += 2) {
			unsigned byte = 0;
			sscanf(s, "%2x", &byte);
			bytes[len++] = (char)byte;
		}
		bytes[len] = 0;
		asked(m, word, sizeof word, &n);
		if (*word && !strcmp(bytes, word)) m->n_confirmed += (unsigned long)n;
		keys(m, bytes);
	} else if (sscanf(line, "w %d", &a) == 1)
		rest(m, a);
	else if (sscanf(line, "r %d %d", &a, &b) == 2)
		resize(m, a, b);
	else if (line[0] == 's' && sscanf(line + 4, "%d", &a) == 1)
		trouble(m, line[2], a);
	else if (line[0] == 'c')
		return monkey_check(m);
	return true;
}

/* A program that C-z stopped goes on. No signal otherwise: the leak check at its end, which traces it, would not end. */
static void wake(struct monkey *m)
{
	char path[40], text[300] = "";
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pty_pid(m->p));
	FILE *f = fopen(path, "re");
	if (!f) return;
	text[fread(text, 1, sizeof text - 1, f)] = 0;
	fclose(f);
	const char *end = strrchr(text, ')');
	if (end && end[1] && end[2] == 'T') kill(pty_pid(m->p), SIGCONT);
}

/* What each thread of the program waits in. */
static void add_threads(struct monkey *m)
{
	char cmd[200];
	size_t n = strlen(m->fault);
	snprintf(cmd, sizeof cmd,
	         "for t in /proc/%d/task/*; do grep -h State $t/status; cat $t/wchan $t/syscall; echo; done",
	         (int)pty_pid(m->p));
	FILE *f = popen(cmd, "r");
	if (!f) return;
	n += fread(m->fault + n, 1, sizeof m->fault - n - 1, f);
	m->fault[n] = 0;
	pclose(f);
}

/* It gave the terminal back: to leave, or at C-z to a shell that is not there. Keys now would be the shell's. */
static bool is_away(struct monkey *m)
{
	int64_t until = clock_mono_ms() + AWAY_MS;
	for (; pty_is_canonical(m->p) && !pty_wait_exit(m->p, NULL, 0); pty_pump(m->p, 20)) {
		wake(m);
		if (clock_mono_ms() < until) continue;
		snprintf(m->fault, sizeof m->fault,
		         "it gave the terminal back and neither ends nor comes back\n%.3000s\n",
		         pty_screen(m->p));
		add_threads(m);
		return true;
	}
	return pty_wait_exit(m->p, NULL, 0);
}

bool monkey_stroke(struct monkey *m)
{
	if (is_away(m)) return !*m->fault;
	m->n_strokes++;
	if (m->replay) {
		if (!again(m)) return false;
	} else
		draw(m);
	return !*m->fault;
}

/* --- judging --- */

static bool is_footer_apart(const char *a, const char *b)
{
	const char *last = a;
	for (const char *s = a; *s; s++)
		if (*s == '\n' && s[1]) last = s;
	return strncmp(a, b, (size_t)(last - a)) == 0; /* a message there goes by itself */
}

bool monkey_check(struct monkey *m)
{
	static char before[20000], after[20000];
	if (m->log && !m->replay) fprintf(m->log, "c\n");
	if (is_away(m)) return !*m->fault;
	pty_settle(m->p, m->is_still ? 300 : 50);
	snprintf(before, sizeof before, "%s", pty_screen(m->p));
	pty_mark(m->p);
	pty_keys(m->p, "\014");
	int64_t until = clock_mono_ms() + ANSWER_MS;
	while (!pty_bytes(m->p) && clock_mono_ms() < until && !pty_wait_exit(m->p, NULL, 0))
		pty_pump(m->p, 20);
	if (pty_wait_exit(m->p, NULL, 0)) return true; /* it had left; whoever runs it looks why */
	if (!pty_bytes(m->p)) {
		snprintf(m->fault, sizeof m->fault,
		         "C-l is not answered within %d ms; the screen is\n%.5000s", ANSWER_MS, before);
		return false;
	}
	pty_settle(m->p, m->is_still ? 200 : 20);
	snprintf(after, sizeof after, "%s", pty_screen(m->p));
	if (!m->is_still || strstr(before, "next try") || strstr(after, "next try") ||
	    is_footer_apart(before, after))
		return true;
	snprintf(m->fault, sizeof m->fault, "C-l gives another picture; before\n%.2800s\nafter\n%.2800s",
	         before, after);
	return false;
}

void monkey_calm(struct monkey *m)
{
	wake(m);
	pty_keys(m->p, "\033[201~");
	for (int i = 0; i < 6; i++) {
		pty_keys(m->p, "\033");
		pty_settle(m->p, 120);
	}
}
