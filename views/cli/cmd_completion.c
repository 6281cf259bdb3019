/* cmd_completion.c - shell completion made from the live tables: commands, views, options, columns.
 * One walk over the tables feeds three shells; each knows only how to write a word down. */
#include "core/base/mem.h"
#include "tui/term.h"
#include "views/cli/cmd_view.h"
#include "views/cli/commands.h"
#include "views/model/view.h"
#include <stdio.h>
#include <string.h>

typedef void put_fn(void *ctx, const char *name, const char *about);

static const char *const view_options[] = { "filter=EXPR\0only rows for which it holds",
	                                    "sort=COL\0by that column; COL,desc backwards",
	                                    "limit=N\0at most so many rows",
	                                    "columns=A,B\0these columns in this order",
	                                    "watch[=S]\0again every S seconds (2)",
	                                    NULL };

/* What may stand as the first word after a command, or as the value of an option. */
static const struct choice {
	const char *of, *words;
} subcommands[] = {
	{ "audit", "verify" },
	{ "completion", "bash zsh fish" },
	{ "db", "init status verify migrate" },
	{ "import", "prices" },
	{ "job", "list run cancel tiers history" },
	{ "local", "start stop status" },
}, values[] = {
	{ "output", "table json jsonl csv md" },
	{ "color", "auto never 8 16 256" },
	{ "protocol", "tcp socket" },
	{ "env-color", "red yellow green blue" },
	{ "tier", "raw consolidated canonical" },
};
static const char *const file_options[] = { "defaults-file", "defaults-extra-file",
	                                    "ssl-ca",        "ssl-cert",
	                                    "ssl-key",       "ssl-crl",
	                                    "tls-cert",      "tls-key",
	                                    "anchors" };

static const char *subcommands_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(subcommands); i++)
		if (strcmp(subcommands[i].of, name) == 0) return subcommands[i].words;
	return "";
}

/* --- the walk --- */

static const struct command *real_command(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0) return commands[i];
	return NULL;
}

/* A view whose name is a command's too comes once, as the command. */
static void each_name(put_fn *put, void *ctx)
{
	for (size_t i = 0; commands[i]; i++) put(ctx, commands[i]->name, commands[i]->about);
	for (size_t i = 0; views[i]; i++)
		if (view_is_command(views[i]) && !real_command(views[i]->name))
			put(ctx, views[i]->name, views[i]->about);
}

static void each_listed(const char *const *list, put_fn *put, void *ctx)
{
	for (; list && *list; list++) put(ctx, *list, *list + strlen(*list) + 1);
}

/* name is "to=POOL", "wait[=S]" or "dry-run" */
static void each_option(const char *name, put_fn *put, void *ctx)
{
	const struct command *c = real_command(name);
	const struct view *v = view_find(name);
	char text[64];
	if (c) each_listed(c->options, put, ctx);
	if (!v || !view_is_command(v)) return;
	each_listed(view_options, put, ctx);
	for (size_t i = 0; i < v->query->n_params; i++) {
		const struct query_param *p = &v->query->params[i];
		if (!view_has_option(v, p->name)) continue;
		snprintf(text, sizeof text, "%s%s", p->name, strcmp(p->type, "bool") == 0 ? "" : "=X");
		put(ctx, text, "of the view");
	}
	if (view_takes_client(v)) put(ctx, "client=X", "of the view");
}

static void each_column(const char *name, put_fn *put, void *ctx)
{
	const struct view *v = view_find(name);
	for (size_t i = 0; v && view_is_command(v) && i < v->n_cols; i++)
		put(ctx, v->cols[i].name, v->cols[i].about ? v->cols[i].about : v->cols[i].header);
}

static int stem(const char *option) { return (int)strcspn(option, "=["); }
static bool takes_value(const char *option) { return option[stem(option)] == '='; }

/* Text between single quotes, as that shell gets a quote into them; zsh reads a colon as a border. */
static void put_text(const char *s, const char *quote, const char *colon)
{
	for (; *s; s++) {
		if (*s == '\'')
			fputs(quote, stdout);
		else if (*s == ':')
			fputs(colon, stdout);
		else
			putchar(*s == '\\' ? ' ' : *s);
	}
}
static void zsh_text(const char *s) { put_text(s, "'\\''", "\\:"); }
static void fish_text(const char *s) { put_text(s, "\\'", ":"); }

/* --- bash --- */

static void bash_name(void *ctx, const char *name, const char *about)
{
	(void)ctx, (void)about;
	printf(" %s", name);
}

static void bash_option(void *ctx, const char *name, const char *about)
{
	(void)ctx, (void)about;
	printf(" --%.*s", stem(name), name);
}

static void bash_case(void *ctx, const char *name, const char *about)
{
	(void)ctx, (void)about;
	printf("    %s) subs=\"%s\"; opts=\"", name, subcommands_of(name));
	each_option(name, bash_option, NULL);
	printf("\"; cols=\"");
	each_column(name, bash_name, NULL);
	puts("\";;");
}

static void bash(void)
{
	puts("# bash completion for spotop, made by `spotop completion bash`\n"
	     "_spotop() {\n"
	     "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cmd= w opts= cols= "
	     "subs=\n"
	     "  if [[ $cur == = ]]; then cur=\n"
	     "  elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi");
	printf("  local names=\"");
	each_name(bash_name, NULL);
	puts(" \"\n"
	     "  for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	     "    [[ $names == *\" $w \"* ]] && { cmd=$w; break; }\n"
	     "  done\n"
	     "  case $cmd in");
	each_name(bash_case, NULL);
	puts("  esac\n  case $prev in");
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		printf("    %s--%s) COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return;;\n", i ? "" : "-o|",
		       values[i].of, values[i].words);
	printf("    --theme) COMPREPLY=($(compgen -W '");
	for (const char *const *t = theme_names(); *t; t++) printf(" %s", *t);
	puts("' -- \"$cur\")); return;;\n"
	     "    --sort) COMPREPLY=($(compgen -W \"$cols\" -- \"$cur\")); return;;\n"
	     "    --columns) COMPREPLY=($(compgen -P \"${cur%\"${cur##*,}\"}\" -W \"$cols\" -- "
	     "\"${cur##*,}\")); "
	     "return;;");
	for (size_t i = 0; i < ARRAY_LEN(file_options); i++)
		printf("%s--%s", i ? "|" : "    ", file_options[i]);
	puts(") COMPREPLY=($(compgen -f -- \"$cur\")); return;;\n  esac");
	printf("  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W \"$opts");
	cli_each_global(bash_option, NULL);
	puts("\" -- \"$cur\"))\n"
	     "  elif [[ -z $cmd ]]; then COMPREPLY=($(compgen -W \"$names\" -- \"$cur\"))\n"
	     "  elif [[ $cmd == import && $prev != import ]]; then COMPREPLY=($(compgen -f -- \"$cur\"))\n"
	     "  elif [[ $prev == \"$cmd\" ]]; then COMPREPLY=($(compgen -W \"$subs\" -- \"$cur\")); fi\n"
	     "}\n"
	     "complete -F _spotop spotop");
}

/* --- zsh: 'name:about' as _describe reads it --- */

static void zsh_name(void *ctx, const char *name, const char *about)
{
	(void)ctx;
	printf(" '%s:", name);
	zsh_text(about);
	putchar('\'');
}

static void zsh_option(void *ctx, const char *name, const char *about)
{
	(void)ctx;
	printf(" '--%.*s:", stem(name), name);
	zsh_text(about);
	putchar('\'');
}

static void zsh_case(void *ctx, const char *name, const char *about)
{
	(void)ctx, (void)about;
	printf("  %s)\n    subs=(%s)\n    opts=(", name, subcommands_of(name));
	each_option(name, zsh_option, NULL);
	printf(" )\n    cols=(");
	each_column(name, zsh_name, NULL);
	puts(" );;");
}

static void zsh(void)
{
	puts("#compdef spotop\n"
	     "# zsh completion for spotop, made by `spotop completion zsh`\n"
	     "local cmd w prev=${words[CURRENT-1]} cur=${words[CURRENT]}\n"
	     "local -a names globals opts cols subs");
	printf("names=(");
	each_name(zsh_name, NULL);
	printf(" )\nglobals=(");
	cli_each_global(zsh_option, NULL);
	puts(" )\n"
	     "for w in ${words[2,CURRENT-1]}; do (( ${names[(I)$w:*]} )) && { cmd=$w; break }; done\n"
	     "case $cmd in");
	each_name(zsh_case, NULL);
	puts("esac\n"
	     "[[ $cur == --*=* ]] && { prev=${cur%%=*}; compset -P '*=' }\n"
	     "case $prev in");
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		printf("  %s--%s) compadd %s; return;;\n", i ? "" : "-o|", values[i].of, values[i].words);
	printf("  --theme) compadd");
	for (const char *const *t = theme_names(); *t; t++) printf(" %s", *t);
	puts("; return;;\n"
	     "  --sort) _describe column cols; return;;\n"
	     "  --columns) compset -P '*,'; _describe column cols; return;;");
	for (size_t i = 0; i < ARRAY_LEN(file_options); i++)
		printf("%s--%s", i ? "|" : "  ", file_options[i]);
	puts(") _files; return;;\n"
	     "esac\n"
	     "if [[ $cur == -* ]]; then _describe -o option opts -- globals\n"
	     "elif [[ -z $cmd ]]; then _describe command names\n"
	     "elif [[ $cmd == import && $prev != import ]]; then _files\n"
	     "elif [[ $prev == $cmd ]] && (( $#subs )); then compadd $subs; fi");
}

/* --- fish: one line an option --- */

static void fish_name(void *ctx, const char *name, const char *about)
{
	(void)ctx;
	printf("complete -c spotop -n __fish_use_subcommand -a %s -d '", name);
	fish_text(about);
	puts("'");
}

static void fish_column(void *ctx, const char *name, const char *about)
{
	(void)ctx, (void)about;
	printf(" %s", name);
}

/* -x: a value and no files; -r: a value that may be a file */
static void fish_value(const char *name, int n, const char *command)
{
	for (size_t i = 0; i < ARRAY_LEN(file_options); i++)
		if (strncmp(file_options[i], name, (size_t)n) == 0 && !file_options[i][n]) {
			printf(" -r -F");
			return;
		}
	printf(" -x");
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		if (strncmp(values[i].of, name, (size_t)n) == 0 && !values[i].of[n])
			printf(" -a '%s'", values[i].words);
	bool is_columns =
	        (n == 4 && strncmp(name, "sort", 4) == 0) || (n == 7 && strncmp(name, "columns", 7) == 0);
	if (command && is_columns) {
		printf(" -a '");
		each_column(command, fish_column, NULL);
		printf("'");
	}
}

/* ctx: the command's name, NULL for a global one */
static void fish_option(void *ctx, const char *name, const char *about)
{
	const char *command = ctx;
	int n = stem(name);
	printf("complete -c spotop");
	if (command) printf(" -n '__fish_seen_subcommand_from %s'", command);
	printf("%s -l %.*s", n == 6 && strncmp(name, "output", 6) == 0 ? " -s o" : "", n, name);
	if (takes_value(name)) fish_value(name, n, command);
	printf(" -d '");
	fish_text(about);
	puts("'");
}

static void fish_command(void *ctx, const char *name, const char *about)
{
	const char *subs = subcommands_of(name);
	(void)ctx, (void)about;
	if (*subs) {
		printf("complete -c spotop -n '__fish_seen_subcommand_from %s' -a '%s'\n", name, subs);
		if (strcmp(name, "import") == 0)
			printf("complete -c spotop -n '__fish_seen_subcommand_from %s' -F\n", name);
	}
	each_option(name, fish_option, (void *)name);
}

static void fish(void)
{
	puts("# fish completion for spotop, made by `spotop completion fish`\ncomplete -c spotop -f");
	each_name(fish_name, NULL);
	cli_each_global(fish_option, NULL);
	each_name(fish_command, NULL);
}

static const struct shell {
	const char *name;
	void (*write)(void);
} shells[] = {
	{ "bash", bash },
	{ "zsh", zsh },
	{ "fish", fish },
};

static int run(struct cli *c)
{
	struct err e;
	if (!cli_options(c, NULL, 0, &e)) return cli_fail(c, &e);
	if (c->argc != 1) return cli_usage(c, "say bash, zsh or fish");
	for (size_t i = 0; i < ARRAY_LEN(shells); i++)
		if (strcmp(c->argv[0], shells[i].name) == 0) {
			shells[i].write();
			return 0;
		}
	return cli_usage(c, "'%s' is none of bash, zsh, fish", c->argv[0]);
}

const struct command command_completion = {
	.name = "completion",
	.usage = "bash|zsh|fish",
	.about = "Prints the shell's completion, made from the live tables.",
	.run = run,
	.needs_no_conf = true,
};
