/* line.c - one pass over argv by the rows of options.c, then the option files and settings, then the command. */
#include "views/cli/line.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/near.h"
#include "core/base/output.h"
#include "core/base/text.h"
#include "views/cli/cli.h"
#include "views/cli/command.h"
#include "views/cli/console.h"
#include "views/cli/help.h"
#include "views/cli/options.h"
#include "views/cli/password.h"
#include "views/cli/settings.h"
#include "views/model/view.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

struct line {
	struct cli cli;
	struct command command, sub; /* what cli.command points at */
	int argc;
	char **argv;
	int at_command, at_sub;     /* their places in argv; 0: none */
	const struct option *waits; /* of a line that is being typed */
};

/* --- which command --- */

static bool is_named(const struct option *o, const char *name, size_t n)
{
	return strlen(o->name) == n && memcmp(o->name, name, n) == 0;
}

/* The row for a word "--name[=value]" or "-x[value]" of this command (NULL: none yet); NULL: no such. */
static const struct option *row_of(const struct line *l, const char *word)
{
	const struct option *o;
	bool is_long = word[1] == '-';
	size_t n = strcspn(word + 2, "=");
	for (size_t i = 0; is_long && i < l->cli.n_rows; i++)
		if (is_named(&l->cli.rows[i], word + 2, n)) return &l->cli.rows[i];
	for (size_t i = 0; (o = option_each(i)); i++)
		if (!o->of && (is_long ? is_named(o, word + 2, n) : o->letter && o->letter == word[1]))
			return o;
	return NULL;
}

static bool is_option(const char *w)
{
	return w && w[0] == '-' && w[1] && !(w[1] >= '0' && w[1] <= '9'); /* -8h is a time */
}

/* Does the option's value stand in the next word? */
static bool value_is_next(const struct option *o, const char *word)
{
	if (!o->arg || o->may_be_bare) return false;
	return word[1] == '-' ? !strchr(word, '=') : !word[2];
}

static bool offer_name(void *ctx, const struct command *c)
{
	near_offer(ctx, c->name);
	return true;
}

static bool no_command(const struct line *l, const char *w, struct err *e)
{
	struct near like;
	char hint[100];
	near_begin(&like, w, strlen(w));
	command_each(l->cli.commands, offer_name, &like);
	near_hint(&like, hint, sizeof hint);
	return err_set(e, ERR_USAGE, "no command '%s'%s%s", w, hint,
	               *hint ? "" : "; the commands are listed by spotop --help");
}

static void use_rows(struct line *l, const struct command *c, bool with_subs)
{
	free(l->cli.rows);
	l->cli.rows = options_of(c, with_subs, &l->cli.n_rows);
	l->cli.command = c;
}

/* The first word that is neither an option nor its value is the command; the next one, where the command
 * has subcommands, is the subcommand. */
static bool find_command(struct line *l, struct err *e)
{
	const struct option *o;
	for (int i = 1; i < l->argc; i++) {
		const char *w = l->argv[i];
		if (strcmp(w, "--") == 0) break;
		if (is_option(w)) {
			o = row_of(l, w);
			i += o && value_is_next(o, w);
		} else if (!l->at_command) {
			if (!command_find(l->cli.commands, w, NULL, &l->command)) return no_command(l, w, e);
			l->at_command = i;
			use_rows(l, &l->command, true);
			if (!command_sub(l->cli.commands, w, 0)) break;
		} else {
			if (command_find(l->cli.commands, l->command.name, w, &l->sub)) {
				l->at_sub = i;
				use_rows(l, &l->sub, false);
			}
			break;
		}
	}
	if (l->at_command && !l->at_sub) use_rows(l, &l->command, false);
	return true;
}

static bool check_command(const struct line *l, struct err *e)
{
	const struct command *c = l->cli.command;
	bool has_subs = c && !c->sub && command_sub(l->cli.commands, c->name, 0);
	if (!c || (c->run && !(has_subs && l->cli.argc))) return true;
	struct buf usage = BUF_EMPTY;
	help_usage(&usage, l->cli.commands, c);
	if (l->cli.argc) {
		struct near like;
		char hint[100];
		const struct command *sub;
		near_begin(&like, l->cli.argv[0], strlen(l->cli.argv[0]));
		for (size_t i = 0; (sub = command_sub(l->cli.commands, c->name, i)); i++)
			near_offer(&like, sub->sub);
		near_hint(&like, hint, sizeof hint);
		err_set(e, ERR_USAGE, "there is no '%s %s'%s%s%s", c->name, l->cli.argv[0], hint,
		        *hint ? "" : "; usage: ", *hint ? "" : buf_str(&usage));
	} else
		err_set(e, ERR_USAGE, "say what to do; usage: %s", buf_str(&usage));
	buf_free(&usage);
	return false;
}

/* --- its options --- */

static bool no_option(const struct line *l, const char *w, struct err *e)
{
	const char *name = l->cli.command ? l->cli.command->name : "", *blank = *name ? " " : "";
	const struct option *o;
	struct near like;
	char hint[100];
	if (w[1] != '-') return err_set(e, ERR_USAGE, "no option -%c; help is at spotop --help", w[1]);
	near_begin(&like, w + 2, strcspn(w + 2, "="));
	for (size_t i = 0; i < l->cli.n_rows; i++) near_offer(&like, l->cli.rows[i].name);
	for (size_t i = 0; (o = option_each(i)); i++)
		if (!o->of) near_offer(&like, o->name);
	if (*like.best)
		snprintf(hint, sizeof hint, "did you mean --%s?", like.best);
	else
		snprintf(hint, sizeof hint, "%s options are listed by spotop%s%s --help",
		         *name ? "its" : "the", blank, name);
	return err_set(e, ERR_USAGE, "no option '%.*s'; %s", (int)strcspn(w, "="), w, hint);
}

/* A file's name may be any bytes; every other word is text, or nothing can be called so. */
static bool is_text(const char *word, const char *of, struct err *e)
{
	bool is;
	text_count(word, &is);
	return is || err_set(e, ERR_USAGE, "%s: '%.100s' is no text in UTF-8", of, word);
}

static bool take(struct line *l, const struct option *o, const char *value, struct err *e)
{
	char name[64];
	struct cli *c = &l->cli;
	snprintf(name, sizeof name, "--%s", o->name);
	if (value && o->kind != O_FILE && !is_text(value, name, e)) return false;
	if (value && o->to != TO_CONNECTION && !option_check(o, name, value, e)) return false;
	c->given = mem_grow(c->given, (c->n_given + 1) * sizeof *c->given);
	c->given[c->n_given++] = (struct given){ o, value };
	return true;
}

/* *i moves over a value that stands in the next word. */
static bool take_word(struct line *l, int *i, struct err *e)
{
	const char *w = l->argv[*i], *value = NULL, *eq = w[1] == '-' ? strchr(w, '=') : NULL;
	const struct option *o = row_of(l, w);
	if (!o) return no_option(l, w, e);
	if (eq) value = eq + 1;
	if (w[1] != '-' && w[2]) value = w + 2;
	if (value && strcmp(o->name, "password") == 0)
		return err_set(e, ERR_USAGE,
		               "a password on the command line can be read by everyone here; use -p alone, "
		               "an option file or MYSQL_PWD");
	if (value && !o->arg && (w[1] != '-' || o->to != TO_CONNECTION))
		return err_set(e, ERR_USAGE, "%s%.*s takes no value", w[1] == '-' ? "--" : "",
		               w[1] == '-' ? (int)strlen(o->name) : 2, w[1] == '-' ? o->name : w);
	if (value_is_next(o, w)) {
		if (*i + 1 >= l->argc) return err_set(e, ERR_USAGE, "--%s needs a value", o->name);
		value = l->argv[++*i];
	}
	return take(l, o, value, e);
}

/* The format is known before anything else can be wrong: what is wrong is told in it, too. */
static void find_format(struct line *l)
{
	for (int i = 1; i < l->argc; i++) {
		const char *w = l->argv[i];
		const struct option *o = is_option(w) ? row_of(l, w) : NULL;
		if (!o || strcmp(o->name, "output") != 0) continue;
		const char *value = value_is_next(o, w) ? l->argv[i + 1]
		                    : w[1] == '-'       ? strchr(w, '=') + 1
		                                        : w + 2;
		if (!value) continue;
		l->cli.has_format = out_format_parse(value, &l->cli.format);
		l->cli.is_wide = strcmp(value, "wide") == 0;
	}
}

static bool take_all(struct line *l, struct err *e)
{
	bool only_words = false;
	l->cli.argv = mem_alloc(sizeof(char *) * (size_t)(l->argc + 1));
	for (int i = 1; i < l->argc; i++) {
		char *w = l->argv[i];
		if (i == l->at_command || i == l->at_sub) continue;
		if (!only_words && strcmp(w, "--") == 0)
			only_words = true;
		else if (only_words || !is_option(w)) {
			bool is_file = l->cli.command && l->cli.command->words &&
			               strncmp(l->cli.command->words, "FILE", 4) == 0;
			if (!is_file && !is_text(w, "a word of the line", e)) return false;
			l->cli.argv[l->cli.argc++] = w;
		} else if (!take_word(l, &i, e))
			return false;
	}
	return true;
}

static bool no_view(const char *name, struct err *e)
{
	struct near like;
	char hint[100];
	near_begin(&like, name, strlen(name));
	for (size_t i = 0; views[i]; i++) near_offer(&like, views[i]->name);
	return err_set(e, ERR_USAGE, "--view: no view is called '%s'%s", name,
	               near_hint(&like, hint, sizeof hint));
}

/* What the general options mean. */
static bool use_general(struct cli *c, struct err *e)
{
	int64_t now = clock_wall_ms();
	c->yes = cli_has(c, "yes");
	c->write = cli_has(c, "write");
	c->slow = cli_has(c, "slow");
	c->mouse = cli_has(c, "mouse");
	c->local_time = cli_has(c, "local-time");
	time_use_local(c->local_time);
	c->fail_empty = cli_has(c, "fail-empty");
	c->color = cli_text(c, "color");
	c->theme = cli_text(c, "theme");
	c->view = cli_text(c, "view");
	c->at = cli_text(c, "at");
	c->files = (struct conf_files){ .defaults_file = cli_text(c, "defaults-file"),
		                        .defaults_extra_file = cli_text(c, "defaults-extra-file"),
		                        .group_suffix = cli_text(c, "defaults-group-suffix"),
		                        .no_defaults = cli_has(c, "no-defaults") };
	if (cli_has(c, "csv-safe")) {
		if (c->format != OUT_CSV) return err_set(e, ERR_USAGE, "--csv-safe goes with -o csv");
		c->format = OUT_CSV_SAFE;
	}
	if (c->view && !view_find(c->view)) return no_view(c->view, e);
	if (!c->at) return true;
	if (!time_parse(c->at, now, &c->at_ms, e)) return err_prefix(e, "--at");
	if (strcmp(c->at, "now") == 0) c->at_ms = TIME_NONE;
	return c->at_ms <= now ||
	       err_set(e, ERR_USAGE, "--at %s is yet to come: the past is what is kept", c->at);
}

/* --- the files, and the command --- */

static bool ask_password(struct db_conf *conf, struct err *e)
{
	char line[256];
	bool ok = password_ask("Password: ", line, sizeof line, e) &&
	          conf_set(conf, "password", line, "typed", e);
	explicit_bzero(line, sizeof line);
	return ok;
}

static bool load_conf(struct cli *c, struct err *e)
{
	struct buf notes = BUF_EMPTY;
	bool ok = conf_load(&c->conf, &c->files, &notes, e);
	if (notes.len) fprintf(stderr, "%s", buf_str(&notes));
	buf_free(&notes);
	if (!ok) return false;
	for (size_t i = 0; i < c->n_given; i++) {
		const struct option *o = c->given[i].option;
		if (o->to != TO_CONNECTION) continue;
		if (strcmp(o->name, "password") == 0)
			c->conf.ask_password = true;
		else if (!conf_set(&c->conf, o->name, c->given[i].value, "command line", e))
			return false;
	}
	if (!settings_read(e) || !conf_check(&c->conf, e)) return false;
	enum conf_risk risk = conf_risk(&c->conf);
	if (risk == RISK_UNVERIFIED || risk == RISK_NAME)
		fprintf(stderr, "spotop: warning: %s\n", conf_risk_text(risk));
	return !c->conf.ask_password || ask_password(&c->conf, e);
}

static void find_self(struct cli *c)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	if (n > 0) path[n] = 0;
	c->self = mem_dup(n > 0 ? path : "spotop");
}

static bool knows_past(const struct cli *c, struct err *e)
{
	if (!c->command || c->at_ms == TIME_NONE || c->command->can & HAS_PAST) return true;
	if (c->command->can & IS_ACTION)
		return err_set(e, ERR_REFUSED,
		               "with --at it is the past that is seen, and nothing can be done there: leave "
		               "out --at");
	return err_set(e, ERR_USAGE, "it speaks of now only: --at is for the views, timeline and report");
}

static int run(struct line *l, struct err *e)
{
	struct cli *c = &l->cli;
	if (!find_command(l, e)) return cli_fail(c, e);
	find_format(l);
	if (!clock_from_env(e) || !take_all(l, e) || !use_general(c, e)) return cli_fail(c, e);
	if (!c->command && c->argc && !cli_has(c, "help"))
		return err_set(e, ERR_USAGE, "no command stands before '--'"), cli_fail(c, e);
	if (cli_has(c, "help")) return help_print(c->commands, c->command), 0;
	if (cli_has(c, "version") && command_find(c->commands, "version", NULL, &l->command))
		return l->command.run(c);
	if (!check_command(l, e) || !knows_past(c, e)) return cli_fail(c, e);
	bool needs_conf = !(c->command && c->command->can & NO_CONNECTION);
	if (needs_conf && !load_conf(c, e)) return cli_fail(c, e);
	return c->command ? c->command->run(c) : cli_console(c);
}

/* The command's own fate comes first, then that of what it printed. */
static int settle(const struct cli *c, int code)
{
	struct err e;
	if (output_end() != OUTPUT_FAILED) return code;
	err_set(&e, ERR_OUTPUT, "the output could not be written: %s", output_reason());
	int lost = cli_fail(c, &e);
	if (c->command && c->command->can & IS_PLUGIN) return 3;
	bool is_action = c->command && c->command->can & IS_ACTION;
	return code == 0 || (code == 1 && !is_action) ? lost : code;
}

int line_run(const struct command *commands, int argc, char **argv)
{
	struct line l = { .argc = argc, .argv = argv };
	struct cli *c = &l.cli;
	struct err e = { 0 };
	c->commands = commands;
	c->at_ms = TIME_NONE;
	c->format = OUT_TABLE;
	conf_init(&c->conf);
	find_self(c);
	int code = settle(c, run(&l, &e));
	if (c->loop && uv_loop_close(c->loop) == 0) free(c->loop);
	conf_free(&c->conf);
	free(c->argv);
	free(c->given);
	free(c->rows);
	free((char *)c->self);
	return code;
}

/* --- a line that is being typed --- */

struct line *line_typed(const struct command *commands, int argc, char **argv)
{
	struct line *l = mem_alloc(sizeof *l);
	struct err e = { 0 };
	l->argc = argc;
	l->argv = argv;
	l->cli.commands = commands;
	l->cli.at_ms = TIME_NONE;
	conf_init(&l->cli.conf);
	bool ok = find_command(l, &e);
	const char *last = argc > 1 ? argv[argc - 1] : "";
	const struct option *o = is_option(last) ? row_of(l, last) : NULL;
	if (o && value_is_next(o, last)) l->waits = o, l->argc--;
	take_all(l, &e); /* as far as it can be read */
	use_general(&l->cli, &e);
	if (ok && !cli_has(&l->cli, "password") && load_conf(&l->cli, &e)) return l;
	line_typed_free(l);
	return NULL;
}

struct cli *line_cli(struct line *l) { return &l->cli; }
const struct option *line_waits(const struct line *l) { return l->waits; }

void line_typed_free(struct line *l)
{
	conf_free(&l->cli.conf);
	free(l->cli.argv);
	free(l->cli.given);
	free(l->cli.rows);
	free(l);
}
