/* lines.c - random command lines, drawn by a seed: names, patterns, numbers, times, lengths and letters that a
 * person could type, into every command, view and verb. Each ends with a documented exit, its JSON is JSON,
 * and nothing it says is SQL or the server's own words. SPOTOP_SEED chooses which, SPOTOP_LINES how many (500). */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/sim/rng.h"
#include "tests/support/line_words.h"
#include "tests/support/rig.h"
#include "views/model/verbs.h"
#include "views/registry.h"
#include <check.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_lines(void);
static struct rig rig;
static struct rng rng;

static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

enum { MOST_WORDS = 24 };
struct line {
	char *argv[MOST_WORDS + 1];
	size_t n;
};

static uint64_t rnd(uint64_t n) { return rng_u64(&rng) % n; }

static bool chance(unsigned percent) { return rnd(100) < percent; }

static const char *pick_word(const struct words *w) { return w->word[rnd(w->n)]; }

#define PICK(list) ((list)[rnd(ARRAY_LEN(list))])

static void add(struct line *l, const char *word)
{
	if (l->n < MOST_WORDS) l->argv[l->n++] = mem_dup(word);
}

static void addf(struct line *l, const char *a, const char *b)
{
	char *text = mem_printf("%s%s", a, b);
	add(l, text);
	free(text);
}

/* --- words --- */

static char *long_word(void)
{
	static const char *const of[] = { "a", "é", "1", "%", "'", "agent-", "\\", "(" };
	const char *piece = PICK(of);
	size_t n = chance(10) ? 20000 : 100 + (size_t)rnd(400);
	struct buf b = BUF_EMPTY;
	while (b.len < n) buf_adds(&b, piece);
	return buf_detach(&b);
}

/* free() */
static char *word(void)
{
	unsigned at = (unsigned)rnd(100);
	return at < 35   ? mem_dup(pick_word(&word_names))
	       : at < 65 ? mem_dup(pick_word(&word_hostile))
	       : at < 75 ? mem_dup(pick_word(&word_numbers))
	       : at < 85 ? mem_dup(pick_word(&word_times))
	       : at < 92 ? mem_printf("%s%s", pick_word(&word_names), pick_word(&word_hostile))
	                 : long_word();
}

static void add_word(struct line *l)
{
	char *w = word();
	add(l, w);
	free(w);
}

static void add_value(struct line *l, const char *option, char *value)
{
	if (chance(30)) {
		add(l, option);
		add(l, value);
	} else {
		char *with = mem_printf("%s=", option);
		addf(l, with, value);
		free(with);
	}
	free(value);
}

static char *filter(void)
{
	static const char *const ops[] = { "=", ":", "~", ">", "<", ">=", "<=", "==", "=~" };
	static const char *const joins[] = { " ", " ", "|", " !", "|!", "  ", " | " };
	struct buf b = BUF_EMPTY;
	int n = 1 + (int)rnd(3);
	for (int i = 0; i < n; i++) {
		char *w = chance(20) ? mem_dup(pick_word(&word_times)) : word();
		if (i) buf_adds(&b, PICK(joins));
		if (chance(85)) buf_addf(&b, "%s%s", pick_word(&word_columns), PICK(ops));
		buf_addf(&b, chance(15) ? "\"%s\"" : "%s", w);
		free(w);
	}
	buf_adds(&b, "");
	return buf_detach(&b);
}

/* --- lines --- */

static char *value_of(const char *option)
{
	static const char *const timed[] = { "--at", "--since", "--until", "--from",
		                             "--to", "--t0",    "--for",   "--wait" };
	static const char *const counted[] = { "--limit", "--batch", "--if-version", "--connections",
		                               "--days" };
	if (strcmp(option, "--filter") == 0 && chance(90)) return filter();
	if ((strcmp(option, "--sort") == 0 || strcmp(option, "--columns") == 0) && chance(80))
		return mem_printf("%s%s", pick_word(&word_columns),
		                  chance(30)   ? ",desc"
		                  : chance(30) ? ",agent"
		                               : "");
	for (size_t i = 0; i < ARRAY_LEN(timed); i++)
		if (strcmp(option, timed[i]) == 0 && chance(85)) return mem_dup(pick_word(&word_times));
	for (size_t i = 0; i < ARRAY_LEN(counted); i++)
		if (strcmp(option, counted[i]) == 0 && chance(85)) return mem_dup(pick_word(&word_numbers));
	return word();
}

static void add_format(struct line *l)
{
	static const char *const formats[] = { "json", "json", "jsonl", "csv", "md", "table", "wide", "" };
	if (chance(70)) addf(l, "--output=", PICK(formats));
}

static const struct view *pick_view(void)
{
	size_t n = 0;
	while (all_views[n]) n++;
	return all_views[rnd(n)];
}

static const struct verb *pick_verb(void)
{
	const struct verb *v;
	size_t n = 0;
	while (verbs[n]) n++;
	do v = verbs[rnd(n)];
	while (!v->command);
	return v;
}

static void make_view(struct line *l)
{
	static const char *const options[] = {
		"--filter", "--filter", "--filter", "--sort",  "--limit", "--columns", "--client",
		"--agent",  "--pool",   "--since",  "--until", "--at",    "--t0",      "--severity",
		"--job",    "--by",     "--type",   "--tier",  "--from",  "--to",      "--min-confidence",
		"--theme",  "--color"
	};
	static const char *const flags[] = { "--unhealthy",  "--all",  "--mine", "--fail-empty",
		                             "--local-time", "--help", "--slow", "--" };
	add(l, pick_view()->name);
	add_format(l);
	for (int n = (int)rnd(4); n > 0; n--) {
		const char *o = PICK(options);
		add_value(l, o, value_of(o));
	}
	if (chance(20)) add(l, PICK(flags));
	if (chance(25)) add_word(l);
}

static void make_verb(struct line *l)
{
	static const char *const options[] = {
		"--to",     "--pool",  "--for",        "--reason",          "--request-id", "--override",
		"--filter", "--batch", "--if-version", "--terminate-after", "--resume"
	};
	static const char *const settings[] = { "auto_switch=",
		                                "replica_count=",
		                                "terminate_wait_seconds=",
		                                "risk_threshold=",
		                                "nope=",
		                                "max_switches_per_week=",
		                                "blacklist_pools=",
		                                "min_pool_duration_hours=" };
	const char *verb = pick_verb()->command;
	add(l, verb);
	add(l, chance(70) ? "--dry-run" : "--yes");
	if (chance(30)) add_format(l);
	for (int n = (int)rnd(4); n > 0; n--) {
		const char *o = PICK(options);
		add_value(l, o, value_of(o));
	}
	if (chance(40)) add(l, "--ondemand");
	if (chance(30)) add(l, "--reason=test");
	if (chance(30)) add(l, "--for=1h");
	for (int n = (int)rnd(3); n >= 0; n--) add_word(l);
	if (strcmp(verb, "config") == 0) {
		char *w = word();
		addf(l, PICK(settings), w);
		free(w);
	}
}

/* The plan it names is none; one that is made is run by nobody. */
static void make_evacuation(struct line *l)
{
	static const char *const options[] = { "--filter", "--client",    "--in-flight", "--run",
		                               "--pause",  "--resume",    "--cancel",    "--override",
		                               "--reason", "--request-id" };
	add(l, "evacuate");
	add(l, chance(70) ? "--dry-run" : "--yes");
	if (chance(30)) add_format(l);
	for (int n = (int)rnd(3); n > 0; n--) {
		const char *o = PICK(options);
		add_value(l, o, value_of(o));
	}
	if (chance(60)) add_word(l);
}

static void make_other(struct line *l)
{
	static const char *const commands[] = {
		"job list",       "job history",  "job cancel", "job tiers",  "db status",
		"check",          "doctor",       "info",       "completion", "import prices",
		"import notices", "audit verify", "version",    "db nothing", "job nothing",
		"nothing",        "local status", "prices",     "db migrate", "hosts",
		"void",           "report",       "db verify",  "audit",      "job run"
	};
	static const char *const options[] = { "--from", "--to",   "--tier",  "--pool",   "--anchors",
		                               "--dir",  "--days", "--batch", "--filter", "--theme" };
	char copy[40];
	snprintf(copy, sizeof copy, "%s", PICK(commands));
	for (char *save = NULL, *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) add(l, w);
	add_format(l);
	for (int n = (int)rnd(3); n > 0; n--) {
		const char *o = PICK(options);
		add_value(l, o, value_of(o));
	}
	if (chance(50)) add_word(l);
}

/* --- what must hold --- */

static char *shown(const struct line *l)
{
	struct buf b = BUF_EMPTY;
	for (size_t i = 0; i < l->n; i++) {
		buf_adds(&b, " '");
		for (const char *p = l->argv[i]; *p && p - l->argv[i] < 200; p++)
			buf_addf(&b, (unsigned char)*p < ' ' || (unsigned char)*p > 126 ? "\\x%02X" : "%c",
			         (unsigned char)*p);
		buf_adds(&b, strlen(l->argv[i]) > 200 ? "...'" : "'");
	}
	buf_adds(&b, "");
	return buf_detach(&b);
}

static const char *format_of(const struct line *l)
{
	const char *f = "";
	for (size_t i = 0; i < l->n && strcmp(l->argv[i], "--") != 0; i++)
		if (strncmp(l->argv[i], "--output=", 9) == 0) f = l->argv[i] + 9;
	return f;
}

static bool has(const struct line *l, const char *word_)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->argv[i], word_) == 0) return true;
	return false;
}

/* NULL or what of a statement or of the server's own words was said. */
static const char *server_words(const char *said)
{
	static const char *const words[] = { "SELECT ",        "INSERT ",       "UPDATE ",      "WHERE ",
		                             "CALL verb",      "SQL syntax",    "SQLSTATE",     "Illegal mix",
		                             "Incorrect ",     "Data too long", "Out of range", "collation",
		                             "Unknown column", "Got error",     "Regex error",  "Truncated",
		                             "Cannot convert", "Column '",      "(error ",      "internal" };
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strstr(said, words[i])) return words[i];
	return NULL;
}

/* The faults of all lines are told together; a run goes on after one. */
static struct buf faults;
static int n_faults;

__attribute__((format(printf, 3, 4))) static void must(bool is_so, const char *what, const char *fmt, ...)
{
	if (is_so || ++n_faults > 20) return;
	va_list ap;
	va_start(ap, fmt);
	buf_adds(&faults, "\n");
	buf_vaddf(&faults, fmt, ap);
	buf_addf(&faults, "\n   %s\n", what);
	va_end(ap);
}

static bool is_json(const char *text, size_t n)
{
	json_t *j = json_loadb(text, n, JSON_DECODE_ANY, NULL);
	json_decref(j);
	return j != NULL;
}

static void check_json(const char *out, const char *what, bool is_one)
{
	size_t n;
	if (is_one) must(is_json(out, strlen(out)), what, "not JSON: %.300s", out);
	for (const char *p = out; !is_one && *p; p += n + (p[n] == '\n')) {
		n = strcspn(p, "\n");
		must(is_json(p, n), what, "not JSON: %.300s", p);
	}
}

/* Those that speak in lines of their own whatever the format. */
static bool is_plain(const struct line *l)
{
	static const char *const words[] = { "version", "completion", "import", "local", "cancel", "--help" };
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (has(l, words[i])) return true;
	return false;
}

static void run(struct line *l, bool is_verb)
{
	static const int codes[] = { 0, 1, 2, 3, 4, 6 };
	bool is_known = false;
	char *what = shown(l);
	const char *f = format_of(l);
	l->argv[l->n] = NULL;
	struct rig_run r = rig_spotop(&rig, false, (const char *const *)l->argv);
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) is_known = is_known || r.code == codes[i];
	must(is_known, what, "exit %d: %.300s", r.code, r.err);
	must(!server_words(r.err), what, "it says '%s': %.400s", server_words(r.err), r.err);
	must(r.code < 2 || *r.err || *r.out, what, "exit %d without a word", r.code);
	must(r.code != 3 || has(l, "check") || has(l, "migrate"), what, "exit 3: %.300s", r.err);
	if (is_verb && !has(l, "--help")) {
		if (!*f || strcmp(f, "json") == 0 || strcmp(f, "jsonl") == 0) check_json(r.out, what, false);
	} else if (*r.out && !is_plain(l) && (strcmp(f, "json") == 0 || strcmp(f, "jsonl") == 0))
		check_json(r.out, what, f[4] == 0);
	rig_run_free(&r);
	free(what);
}

START_TEST(whatever_is_typed_has_a_documented_end)
{
	const char *seed = getenv("SPOTOP_SEED"), *lines = getenv("SPOTOP_LINES");
	long n = lines && atol(lines) > 0 ? atol(lines) : 500;
	rng = rng_make(seed ? strtoull(seed, NULL, 10) : 1, 0);
	for (long i = 0; i < n; i++) {
		struct line l = { .n = 0 };
		unsigned kind = (unsigned)rnd(100);
		if (kind < 50)
			make_view(&l);
		else if (kind < 80)
			make_verb(&l);
		else if (kind < 85)
			make_evacuation(&l);
		else
			make_other(&l);
		run(&l, kind >= 50 && kind < 85);
		for (size_t k = 0; k < l.n; k++) free(l.argv[k]);
	}
	if (n_faults) fprintf(stderr, "%d faults in %ld lines:%s\n", n_faults, n, buf_str(&faults));
	ck_assert_msg(!n_faults, "%d faults in %ld lines; the first: %.1500s", n_faults, n, buf_str(&faults));
}
END_TEST

Suite *suite_lines(void)
{
	Suite *s = suite_create("lines");
	TCase *t = tcase_create("words");
	tcase_set_timeout(t, 7200);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_test(t, whatever_is_typed_has_a_documented_end);
	suite_add_tcase(s, t);
	return s;
}
