/* cli.c - one pass takes the global options out of argv, wherever they stand; the rest is the command's. */
#include "views/cli/cli.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "views/app/console.h"
#include "views/cli/cmd_view.h"
#include "views/model/view.h"
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <uv.h>

enum where { TO_CONF, TO_FILE, TO_US };
static const struct global {
	const char *name;
	char letter;
	bool takes_value;
	enum where where;
	const char *about;
} globals[] = {
	{ "host", 'h', true, TO_CONF, "server's host (localhost: the unix socket)" },
	{ "port", 'P', true, TO_CONF, "server's TCP port" },
	{ "user", 'u', true, TO_CONF, "login" },
	{ "password", 'p', false, TO_CONF, "ask for the password" },
	{ "socket", 'S', true, TO_CONF, "server's unix socket" },
	{ "database", 'D', true, TO_CONF, "database (spot_optimizer)" },
	{ "protocol", 0, true, TO_CONF, "tcp or socket" },
	{ "connect-timeout", 0, true, TO_CONF, "seconds" },
	{ "ssl", 0, false, TO_CONF, "TLS, verified" },
	{ "ssl-ca", 0, true, TO_CONF, "file of trusted CAs" },
	{ "ssl-capath", 0, true, TO_CONF, "folder of trusted CAs" },
	{ "ssl-cert", 0, true, TO_CONF, "our certificate" },
	{ "ssl-key", 0, true, TO_CONF, "our key" },
	{ "ssl-cipher", 0, true, TO_CONF, "ciphers" },
	{ "ssl-crl", 0, true, TO_CONF, "revocation list" },
	{ "ssl-verify-server-cert", 0, false, TO_CONF, "verify the server's name too" },
	{ "insecure", 0, false, TO_CONF, "allow clear text to another host" },
	{ "env-name", 0, true, TO_CONF, "the environment's name in the header" },
	{ "env-color", 0, true, TO_CONF, "red, yellow, green or blue" },
	{ "defaults-file", 0, true, TO_FILE, "read only this option file" },
	{ "defaults-extra-file", 0, true, TO_FILE, "read this option file too" },
	{ "defaults-group-suffix", 0, true, TO_FILE, "read groups with this suffix too" },
	{ "no-defaults", 0, false, TO_FILE, "read no option file" },
	{ "output", 'o', true, TO_US, "table, json, jsonl, csv or md (Markdown)" },
	{ "yes", 'y', false, TO_US, "do not ask" },
	{ "write", 'w', false, TO_US, "arm the console for commands" },
	{ "at", 0, true, TO_US, "as it was at that time: 02:41, -8h, ISO 8601" },
	{ "color", 0, true, TO_US, "auto, never, 8, 16 or 256" },
	{ "theme", 0, true, TO_US, "dark, light, contrast, colorblind or mono" },
	{ "view", 0, true, TO_US, "the console's first screen" },
	{ "slow", 0, false, TO_US, "for bad links: one frame in five seconds" },
	{ "mouse", 0, false, TO_US, "wheel and click" },
	{ "local-time", 0, false, TO_US, "times in local time" },
	{ "fail-empty", 0, false, TO_US, "exit 1 when there is no row" },
	{ "help", 0, false, TO_US, "this text" },
	{ "version", 'V', false, TO_US, "the version" },
};

static const struct global *global_long(const char *name, size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(globals); i++)
		if (strlen(globals[i].name) == n && memcmp(globals[i].name, name, n) == 0) return &globals[i];
	return NULL;
}

static const struct global *global_letter(char letter)
{
	for (size_t i = 0; i < ARRAY_LEN(globals); i++)
		if (globals[i].letter == letter && letter) return &globals[i];
	return NULL;
}

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0) return commands[i];
	return view_command(name);
}

/* What was given for the connection; applied after the files, so that the command line wins. */
struct given {
	const struct global *g;
	const char *value;
};
struct parse {
	struct given given[64];
	size_t n_given;
	bool wants_help, wants_version;
};

static bool is_color(const char *s)
{
	static const char *const names[] = { "auto", "never", "8", "16", "256" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], s) == 0) return true;
	return false;
}

static bool take_ours(struct cli *c, struct parse *p, const struct global *g, const char *value,
                      struct err *e)
{
	const char *n = g->name;
	if (strcmp(n, "help") == 0)
		p->wants_help = true;
	else if (strcmp(n, "version") == 0)
		p->wants_version = true;
	else if (strcmp(n, "yes") == 0)
		c->yes = true;
	else if (strcmp(n, "write") == 0)
		c->write = true;
	else if (strcmp(n, "slow") == 0)
		c->slow = true;
	else if (strcmp(n, "mouse") == 0)
		c->mouse = true;
	else if (strcmp(n, "local-time") == 0)
		c->local_time = true;
	else if (strcmp(n, "fail-empty") == 0)
		c->fail_empty = true;
	else if (strcmp(n, "color") == 0) {
		if (!is_color(value))
			return err_set(e, ERR_USAGE, "--color takes auto, never, 8, 16 or 256, not '%s'",
			               value);
		c->color = value;
	} else if (strcmp(n, "theme") == 0)
		c->theme = value;
	else if (strcmp(n, "view") == 0)
		c->view = value;
	else if (strcmp(n, "at") == 0) {
		c->at = value;
		int64_t now = clock_wall_ms();
		if (!time_parse(value, now, &c->at_ms, e)) return err_prefix(e, "--at");
		if (strcmp(value, "now") == 0) c->at_ms = TIME_NONE;
		if (c->at_ms > now)
			return err_set(e, ERR_USAGE, "--at %s is yet to come: the past is what is kept",
			               value);
	} else if (strcmp(n, "output") == 0 && value) {
		if (!out_format_parse(value, &c->format))
			return err_set(e, ERR_USAGE, "-o takes table, json, jsonl, csv or md, not '%s'",
			               value);
		c->has_format = true;
	}
	return true;
}

static bool take(struct cli *c, struct parse *p, const struct global *g, const char *value, struct err *e)
{
	if (g->where == TO_US) return take_ours(c, p, g, value, e);
	if (g->where == TO_CONF) {
		if (p->n_given == ARRAY_LEN(p->given))
			return err_set(e, ERR_USAGE, "too many connection options");
		p->given[p->n_given++] = (struct given){ g, value };
		return true;
	}
	if (strcmp(g->name, "defaults-file") == 0)
		c->files.defaults_file = value;
	else if (strcmp(g->name, "defaults-extra-file") == 0)
		c->files.defaults_extra_file = value;
	else if (strcmp(g->name, "defaults-group-suffix") == 0)
		c->files.group_suffix = value;
	else
		c->files.no_defaults = true;
	return true;
}

/* Takes one argv word if it is ours. *i moves over a separate value. Returns 1 taken, 0 not ours, -1 error.
 */
static int take_word(struct cli *c, struct parse *p, int argc, char **argv, int *i, struct err *e)
{
	const char *w = argv[*i], *value = NULL;
	const struct global *g;
	if (strncmp(w, "--", 2) == 0) {
		const char *eq = strchr(w, '=');
		g = global_long(w + 2, eq ? (size_t)(eq - w - 2) : strlen(w + 2));
		if (!g) return 0;
		value = eq ? eq + 1 : NULL;
		if (strcmp(g->name, "password") == 0 && value)
			return err_set(e, ERR_USAGE,
			               "a password on the command line can be read by everyone here; use -p "
			               "alone, an option file or MYSQL_PWD")
			               ? 1
			               : -1;
		if (value && !g->takes_value && g->where == TO_US)
			return err_set(e, ERR_USAGE, "--%s takes no value", g->name) ? 1 : -1;
	} else if (w[0] == '-' && w[1] && !(w[1] >= '0' && w[1] <= '9')) { /* -8h is a time */
		g = global_letter(w[1]);
		if (!g)
			return err_set(e, ERR_USAGE, "no option -%c; help is at spotop --help", w[1]) ? 1
			                                                                              : -1;
		if (w[2] && !g->takes_value)
			return err_set(e, ERR_USAGE,
			               g->letter == 'p'
			                       ? "a password on the command line can be read by everyone "
			                         "here; use -p alone, an option file or MYSQL_PWD"
			                       : "-%c takes no value",
			               g->letter)
			               ? 1
			               : -1;
		if (w[2]) value = w + 2;
	} else
		return 0;
	if (g->takes_value && !value) {
		if (*i + 1 >= argc) return err_set(e, ERR_USAGE, "--%s needs a value", g->name) ? 1 : -1;
		value = argv[++*i];
	}
	return take(c, p, g, value, e) ? 1 : -1;
}

static bool parse_line(struct cli *c, struct parse *p, int argc, char **argv, struct err *e)
{
	bool only_args = false;
	c->argv = mem_alloc(sizeof(char *) * (size_t)(argc + 1));
	for (int i = 1; i < argc; i++) {
		if (!only_args && strcmp(argv[i], "--") == 0) {
			only_args = true;
			c->argv[c->argc++] = argv[i];
			continue;
		}
		int taken = only_args ? 0 : take_word(c, p, argc, argv, &i, e);
		if (taken < 0) return false;
		if (taken) continue;
		if (!c->command && argv[i][0] != '-') {
			c->command = command_find(argv[i]);
			if (!c->command)
				return err_set(e, ERR_USAGE,
				               "no command '%s'; the commands are listed by spotop --help",
				               argv[i]);
			continue;
		}
		c->argv[c->argc++] = argv[i];
	}
	if (!c->command && c->argc)
		return err_set(e, ERR_USAGE, "no option '%s'; the options are listed by spotop --help",
		               c->argv[0]);
	return true;
}

void cli_each_global(void (*put)(void *ctx, const char *name, const char *about), void *ctx)
{
	for (size_t i = 0; i < ARRAY_LEN(globals); i++) {
		char name[64];
		snprintf(name, sizeof name, "%s%s", globals[i].name, globals[i].takes_value ? "=X" : "");
		put(ctx, name, globals[i].about);
	}
}

static void print_globals(FILE *f)
{
	fputs("\nOptions for every command:\n", f);
	for (size_t i = 0; i < ARRAY_LEN(globals); i++) {
		const struct global *g = &globals[i];
		char left[48];
		snprintf(left, sizeof left, "%s%c%s--%s%s", g->letter ? "-" : " ",
		         g->letter ? g->letter : ' ', g->letter ? ", " : "  ", g->name,
		         g->takes_value ? "=X" : "");
		fprintf(f, "  %-32s %s\n", left, g->about);
	}
}

static void print_command(const struct command *cmd)
{
	const struct view *v = view_find(cmd->name);
	printf("usage: spotop %s %s\n\n%s\n", cmd->name, cmd->usage ? cmd->usage : "", cmd->about);
	if (v && view_is_command(v)) view_print_help(v);
	for (size_t i = 0; cmd->options && cmd->options[i]; i++)
		printf("  --%-28s %s\n", cmd->options[i], cmd->options[i] + strlen(cmd->options[i]) + 1);
}

static void print_commands(void)
{
	puts("usage: spotop [OPTIONS] [COMMAND ...]\n\nAn operations console for fleets of spot instances; "
	     "without a command it opens.\n\nCommands:");
	for (size_t i = 0; commands[i]; i++) printf("  %-14s %s\n", commands[i]->name, commands[i]->about);
	puts("\nViews, on the screen and as commands:");
	for (size_t i = 0; views[i]; i++)
		if (view_is_command(views[i])) printf("  %-14s %s\n", views[i]->name, views[i]->about);
}

static int print_help(const struct cli *c)
{
	if (c->command)
		print_command(c->command);
	else
		print_commands();
	print_globals(stdout);
	return 0;
}

static bool ask_password(struct db_conf *conf, struct err *e)
{
	FILE *tty = fopen("/dev/tty", "r+");
	if (!tty)
		return err_set(e, ERR_USAGE, "-p asks for the password, and there is no terminal to ask on");
	struct termios old, quiet;
	bool is_term = tcgetattr(fileno(tty), &old) == 0;
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	if (is_term) tcsetattr(fileno(tty), TCSAFLUSH, &quiet);
	fputs("Password: ", tty);
	fflush(tty);
	char line[256] = "";
	bool ok = fgets(line, sizeof line, tty) != NULL;
	if (is_term) tcsetattr(fileno(tty), TCSAFLUSH, &old);
	fputs("\n", tty);
	fclose(tty);
	line[strcspn(line, "\n")] = 0;
	ok = ok && conf_set(conf, "password", line, "typed", e);
	explicit_bzero(line, sizeof line);
	return ok;
}

static bool load_conf(struct cli *c, const struct parse *p, struct err *e)
{
	struct buf notes = BUF_EMPTY;
	bool ok = conf_load(&c->conf, &c->files, &notes, e);
	if (notes.len) fprintf(stderr, "%s", buf_str(&notes));
	buf_free(&notes);
	if (!ok) return false;
	for (size_t i = 0; i < p->n_given; i++) {
		if (strcmp(p->given[i].g->name, "password") == 0)
			c->conf.ask_password = true;
		else if (!conf_set(&c->conf, p->given[i].g->name, p->given[i].value, "command line", e))
			return false;
	}
	if (!settings_load(e) || !conf_check(&c->conf, e)) return false;
	return !c->conf.ask_password || ask_password(&c->conf, e);
}

struct uv_loop_s *cli_loop(struct cli *c)
{
	if (!c->loop) {
		c->loop = mem_alloc(sizeof *c->loop);
		uv_loop_init(c->loop);
	}
	return c->loop;
}

struct db *cli_db(struct cli *c, enum db_role role)
{
	return db_open(cli_loop(c), &c->conf, role, role == DB_WRITE ? "write" : "read");
}

int cli_fail(const struct cli *c, const struct err *e)
{
	fprintf(stderr, "spotop%s%s: %s\n", c && c->command ? " " : "",
	        c && c->command ? c->command->name : "", e->text);
	return err_exit_code(e->code);
}

int cli_usage(const struct cli *c, const char *fmt, ...)
{
	char text[400];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	struct err e;
	err_set(&e, ERR_USAGE, "%s; usage: spotop %s %s", text, c->command->name,
	        c->command->usage ? c->command->usage : "");
	return cli_fail(c, &e);
}

bool cli_confirm(struct cli *c, struct err *e, const char *fmt, ...)
{
	if (c->yes) return true;
	if (!isatty(STDIN_FILENO))
		return err_set(e, ERR_USAGE, "without a terminal to ask on this needs --yes");
	va_list ap;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs(" [y/N] ", stderr);
	char line[32] = "";
	if (fgets(line, sizeof line, stdin) && (line[0] == 'y' || line[0] == 'Y') &&
	    (line[1] == '\n' || line[1] == 0))
		return true;
	return err_set(e, ERR_NO, "not confirmed, nothing was sent");
}

static bool set_option(const struct opt *o, const char *value, struct err *e)
{
	char *end = NULL;
	switch (o->kind) {
	case OPT_FLAG: *(bool *)o->value = true; return true;
	case OPT_STR: *(const char **)o->value = value; return true;
	case OPT_INT:
		errno = 0;
		*(int64_t *)o->value = strtoll(value, &end, 10);
		if (errno || !*value || *end)
			return err_set(e, ERR_USAGE, "--%s takes a whole number, not '%s'", o->name, value);
		return true;
	case OPT_MS:
		if (!duration_parse(value, o->value, e)) return err_prefix(e, "--%s", o->name);
		return true;
	}
	return false;
}

bool cli_options(struct cli *c, const struct opt *opts, size_t n, struct err *e)
{
	int kept = 0;
	bool only_args = false;
	for (int i = 0; i < c->argc; i++) {
		char *w = c->argv[i];
		if (only_args || strncmp(w, "--", 2) != 0) {
			c->argv[kept++] = w;
			continue;
		}
		if (!w[2]) {
			only_args = true;
			continue;
		}
		const char *eq = strchr(w, '=');
		size_t len = eq ? (size_t)(eq - w - 2) : strlen(w + 2);
		const struct opt *o = NULL;
		for (size_t k = 0; k < n; k++)
			if (strlen(opts[k].name) == len && memcmp(opts[k].name, w + 2, len) == 0)
				o = &opts[k];
		if (!o)
			return err_set(e, ERR_USAGE,
			               "no option '%.*s'; its options are listed by spotop %s --help",
			               (int)len + 2, w, c->command->name);
		const char *value = eq ? eq + 1 : NULL;
		if (o->kind == OPT_FLAG && value)
			return err_set(e, ERR_USAGE, "--%s takes no value", o->name);
		if (o->kind != OPT_FLAG && !value) {
			if (i + 1 >= c->argc) return err_set(e, ERR_USAGE, "--%s needs a value", o->name);
			value = c->argv[++i];
		}
		if (!set_option(o, value, e)) return false;
	}
	c->argc = kept;
	c->argv[kept] = NULL;
	return true;
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
	if (!c->command || c->at_ms == TIME_NONE || c->command->has_past) return true;
	if (c->command->is_act)
		return err_set(e, ERR_REFUSED,
		               "with --at it is the past that is seen, and nothing can be done there: leave "
		               "out --at");
	return err_set(e, ERR_USAGE, "it speaks of now only: --at is for the views, timeline and report");
}

static int run_line(struct cli *c, struct parse *p, int argc, char **argv, struct err *e)
{
	if (!clock_from_env(e) || !parse_line(c, p, argc, argv, e)) return cli_fail(c, e);
	if (p->wants_help) return print_help(c);
	if (p->wants_version) c->command = command_find("version");
	if (!knows_past(c, e)) return cli_fail(c, e);
	bool needs_conf = !(c->command && c->command->needs_no_conf);
	if (needs_conf && !load_conf(c, p, e)) return cli_fail(c, e);
	return c->command ? c->command->run(c) : console_run(c);
}

int cli_main(int argc, char **argv)
{
	struct cli c = { .at_ms = TIME_NONE, .format = OUT_TABLE };
	struct parse p = { 0 };
	struct err e = { 0 };
	conf_init(&c.conf);
	find_self(&c);
	int code = run_line(&c, &p, argc, argv, &e);
	if (c.loop && uv_loop_close(c.loop) == 0) free(c.loop);
	conf_free(&c.conf);
	free(c.argv);
	free((char *)c.self);
	return code;
}
