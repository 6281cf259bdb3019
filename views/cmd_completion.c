/* cmd_completion.c - shell completion made from the live tables: commands, views, options, columns. */
#include "core/base/mem.h"
#include "views/cmd_view.h"
#include "views/commands.h"
#include "views/view.h"
#include <stdio.h>
#include <string.h>

static void each_word(void (*put)(const char *name, const char *about))
{
	for (size_t i = 0; commands[i]; i++) put(commands[i]->name, commands[i]->about);
	for (size_t i = 0; views[i]; i++)
		if (view_is_command(views[i])) put(views[i]->name, views[i]->about);
}

static void put_plain(const char *name, const char *about)
{
	(void)about;
	printf(" %s", name);
}

/* "'name:about'" with the quotes and colons of the text made harmless. */
static void put_zsh(const char *name, const char *about)
{
	printf("  '%s:", name);
	for (; *about; about++) putchar(*about == '\'' || *about == ':' ? ' ' : *about);
	puts("'");
}

static void put_fish(const char *name, const char *about)
{
	printf("complete -c spotop -n __fish_use_subcommand -a %s -d '", name);
	for (; *about; about++) putchar(*about == '\'' ? ' ' : *about);
	puts("'");
}

static const char *const view_options[] = { "--filter", "--sort", "--limit", "--columns", "--watch", NULL };

/* The options of one command or view, and for a view its columns (after --sort and --columns). */
static void bash_case(const char *name)
{
	const struct view *v = view_find(name);
	const struct command *c = NULL;
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0) c = commands[i];
	printf("    %s) opts=\"", name);
	for (size_t i = 0; c && c->options && c->options[i]; i++)
		printf(" --%.*s", (int)strcspn(c->options[i], "=["), c->options[i]);
	if (v && view_is_command(v)) {
		for (size_t i = 0; view_options[i]; i++) printf(" %s", view_options[i]);
		for (size_t i = 0; i < v->query->n_params; i++) printf(" --%s", v->query->params[i].name);
	}
	printf("\"; cols=\"");
	for (size_t i = 0; v && i < v->n_cols; i++) printf(" %s", v->cols[i].name);
	puts("\";;");
}

static bool is_command(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0) return true;
	return false;
}

static void bash(void)
{
	puts("# bash completion for spotop, made by `spotop completion bash`\n_spotop() {\n  local "
	     "cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cmd= w opts= cols=");
	printf("  local words=\"");
	each_word(put_plain);
	puts("\"\n  for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do [[ \" $words \" == *\" $w \"* ]] && { "
	     "cmd=$w; break; }; done\n  case $cmd in");
	for (size_t i = 0; commands[i]; i++) bash_case(commands[i]->name);
	for (size_t i = 0; views[i]; i++)
		if (view_is_command(views[i]) && !is_command(views[i]->name)) bash_case(views[i]->name);
	puts("  esac");
	puts("  case $prev in\n    -o|--output) COMPREPLY=($(compgen -W 'table json jsonl csv' -- "
	     "\"$cur\")); return;;");
	puts("    --sort|--columns) COMPREPLY=($(compgen -W \"$cols\" -- \"$cur\")); return;;\n    "
	     "--defaults-file|--defaults-extra-file|--ssl-*) COMPREPLY=($(compgen -f -- \"$cur\")); "
	     "return;;\n  esac");
	printf("  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W \"$opts");
	cli_each_global(put_plain);
	puts("\" -- \"$cur\"))\n  elif [[ -z $cmd ]]; then COMPREPLY=($(compgen -W \"$words\" -- "
	     "\"$cur\"))\n  else COMPREPLY=($(compgen -f -- \"$cur\")); fi\n}\ncomplete -F _spotop spotop");
}

static void zsh(void)
{
	puts("#compdef spotop\n# zsh completion for spotop, made by `spotop completion zsh`\nlocal -a "
	     "words\nwords=(");
	each_word(put_zsh);
	puts(")\nif (( CURRENT == 2 )); then _describe 'command' words; else _files; fi");
}

static void fish(void)
{
	puts("# fish completion for spotop, made by `spotop completion fish`");
	each_word(put_fish);
}

static int run(struct cli *c)
{
	struct err e;
	if (!cli_options(c, NULL, 0, &e)) return cli_fail(c, &e);
	if (c->argc != 1) return cli_usage(c, "say bash, zsh or fish");
	if (strcmp(c->argv[0], "bash") == 0)
		bash();
	else if (strcmp(c->argv[0], "zsh") == 0)
		zsh();
	else if (strcmp(c->argv[0], "fish") == 0)
		fish();
	else
		return cli_usage(c, "'%s' is none of bash, zsh, fish", c->argv[0]);
	return 0;
}

const struct command command_completion = {
	.name = "completion",
	.usage = "bash|zsh|fish",
	.about = "Prints the shell's completion, made from the live tables.",
	.run = run,
	.needs_no_conf = true,
};
