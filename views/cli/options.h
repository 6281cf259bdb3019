/* options.h - every option of the command line and every setting of our own, one row each: parsing, help, the
 * man page's check, shell completion and the settings file read these rows and no other list. */
#ifndef SPOTOP_VIEWS_OPTIONS_H
#define SPOTOP_VIEWS_OPTIONS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct command;
struct err;
struct buf;

enum option_kind {
	O_FLAG,
	O_TEXT,
	O_FILE,   /* a path: completion offers files */
	O_WORD,   /* one of `words` */
	O_WORDS,  /* some of `words`, with blanks or commas between */
	O_NUMBER, /* whole, from lo to hi */
	O_REAL,   /* from lo to hi */
	O_SPAN,   /* "90s", "2h": milliseconds */
};
enum option_to {
	TO_US,
	TO_CONNECTION, /* core/db/conf.h knows what it means and checks it */
	TO_FILES,      /* which option files are read */
};
struct option {
	const char *name;
	char letter;
	enum option_kind kind;
	enum option_to to;
	const char *arg;    /* what stands for its value in help; NULL: it takes none */
	bool may_be_bare;   /* --wait or --wait=60 */
	const char *normal; /* what holds when it is not given; NULL: nothing */
	const char *words;  /* O_WORD: "raw consolidated canonical" */
	const char *const *(*words_of)(void); /* ... or asked for, NULL-ended */
	double lo, hi;      /* both 0: any */
	/* Where it may stand on the line: NULL: with every command; else names with commas between, "job run,
	 * worker", or a kind: @views, @verbs, @followed (verbs that make a command), @bulk (verbs of many
	 * targets), @settings (not on the line at all). */
	const char *of;
	const char *group;  /* it may stand in this group of the settings file; NULL: in none */
	const char *help;
};

/* The i-th row; NULL past the end. */
const struct option *option_each(size_t i);
/* May it stand with this command (NULL: without any)? with_subs: or with any of its subcommands. */
bool option_is_of(const struct option *o, const struct command *c, bool with_subs);
/* The rows of a command, its verb's and its view's included, the general ones left out; free(). */
struct option *options_of(const struct command *c, bool with_subs, size_t *n);
/* Is the value one of its form and range? The sentence begins with `name` ("--limit", "price-tolerance"). */
bool option_check(const struct option *o, const char *name, const char *value, struct err *e);
/* The value in numbers: O_NUMBER, O_SPAN in milliseconds; O_REAL. Checked before. */
int64_t option_number(const struct option *o, const char *value);
double option_real(const char *value);
/* Its words, one after the other; NULL past the end. The pointer lives until the next call. */
const char *option_word(const struct option *o, size_t i);
/* "-o, --output=X" or "--wait[=S]" */
void option_spell(const struct option *o, struct buf *out);
#endif
