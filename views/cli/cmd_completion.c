/* cmd_completion.c - shell completion made from the live tables: commands, views, options, columns.
 * One walk over the tables feeds three shells; each knows only how to write a word down. */
#include "core/base/buf.h"
#include "core/jobs/job.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include "views/cli/command.h"
#include "views/cli/line.h"
#include "views/cli/name_cache.h"
#include "views/cli/options.h"
#include "views/model/names.h"
#include "views/model/view.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the walk --- */

struct each {
	const struct cli *c;
	const struct command *command; /* of an option; NULL: a general one */
};
typedef bool put_command(void *ctx, const struct command *c);
typedef void put_option(const struct each *e, const struct option *o);

static void each_command(const struct cli *c, put_command *put)
{
	struct each e = { c, NULL };
	command_each(c->commands, put, &e);
}

static void each_general(const struct cli *c, put_option *put)
{
	struct each e = { c, NULL };
	const struct option *o;
	for (size_t i = 0; (o = option_each(i)); i++)
		if (!o->of) put(&e, o);
}

/* Each name once, though several subcommands may take it. */
static void each_option(const struct cli *c, const struct command *cmd, put_option *put)
{
	struct each e = { c, cmd };
	size_t n;
	struct option *list = options_of(cmd, true, &n);
	for (size_t i = 0; i < n; i++) {
		bool is_new = true;
		for (size_t k = 0; k < i; k++) is_new = is_new && strcmp(list[k].name, list[i].name) != 0;
		if (is_new) put(&e, &list[i]);
	}
	free(list);
}

static void print_columns(const struct command *c)
{
	for (size_t i = 0; c->view && i < c->view->n_cols; i++) printf(" %s", c->view->cols[i].name);
}

static void print_subs(const struct cli *c, const struct command *cmd)
{
	const struct command *s;
	for (size_t i = 0; (s = command_sub(c->commands, cmd->name, i)); i++)
		printf("%s%s", i ? " " : "", s->sub);
}

static void print_words(const struct option *o)
{
	const char *w;
	for (size_t i = 0; (w = option_word(o, i)); i++) printf("%s%s", i ? " " : "", w);
}

/* The options with words, and those with files, of the whole table; each name once. */
static const struct option *each_kind(enum option_kind kind, size_t *at)
{
	const struct option *o, *earlier;
	for (; (o = option_each(*at)); ++*at) {
		bool is_new = o->kind == kind && !(o->of && strcmp(o->of, "@settings") == 0);
		for (size_t k = 0; is_new && k < *at; k++)
			is_new = (earlier = option_each(k))->kind != kind ||
			         strcmp(earlier->name, o->name) != 0;
		if (is_new) return ++*at, o;
	}
	return NULL;
}

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

static bool bash_name(void *ctx, const struct command *c)
{
	(void)ctx;
	printf(" %s", c->name);
	return true;
}

static void bash_option(const struct each *e, const struct option *o)
{
	(void)e;
	printf(" --%s", o->name);
}

static bool bash_case(void *ctx, const struct command *c)
{
	const struct cli *cli = ((const struct each *)ctx)->c;
	printf("    %s) subs=\"", c->name);
	print_subs(cli, c);
	printf("\"; opts=\"");
	each_option(cli, c, bash_option);
	printf("\"; cols=\"");
	print_columns(c);
	puts("\";;");
	return true;
}

int cmd_completion_bash(struct cli *c)
{
	const struct option *o;
	puts("# bash completion for spotop, made by `spotop completion bash`\n"
	     "_spotop() {\n"
	     "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cmd= w opts= cols= "
	     "subs=\n"
	     "  if [[ $cur == = ]]; then cur=\n"
	     "  elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi");
	printf("  local names=\"");
	each_command(c, bash_name);
	puts(" \"\n"
	     "  for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	     "    [[ $names == *\" $w \"* ]] && { cmd=$w; break; }\n"
	     "  done\n"
	     "  case $cmd in");
	each_command(c, bash_case);
	puts("  esac\n  case $prev in");
	for (size_t at = 0; (o = each_kind(O_WORD, &at));) {
		printf("    ");
		if (o->letter) printf("-%c|", o->letter);
		printf("--%s) COMPREPLY=($(compgen -W '", o->name);
		print_words(o);
		puts("' -- \"$cur\")); return;;");
	}
	puts("    --sort) COMPREPLY=($(compgen -W \"$cols\" -- \"$cur\")); return;;\n"
	     "    --columns) COMPREPLY=($(compgen -P \"${cur%\"${cur##*,}\"}\" -W \"$cols\" -- "
	     "\"${cur##*,}\")); "
	     "return;;");
	for (size_t at = 0, n = 0; (o = each_kind(O_FILE, &at)); n++)
		printf("%s--%s", n ? "|" : "    ", o->name);
	puts(") COMPREPLY=($(compgen -f -- \"$cur\")); return;;\n  esac");
	printf("  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W \"$opts");
	each_general(c, bash_option);
	puts("\" -- \"$cur\"))\n"
	     "  elif [[ -z $cmd ]]; then COMPREPLY=($(compgen -W \"$names\" -- \"$cur\"))\n"
	     "  elif [[ $cmd == import && $prev != import ]]; then COMPREPLY=($(compgen -f -- \"$cur\"))\n"
	     "  elif [[ $prev == \"$cmd\" ]]; then COMPREPLY=($(compgen -W \"$subs\" -- \"$cur\")); fi\n"
	     "  [[ $cur == -* || -z $cmd || ${#COMPREPLY[@]} -gt 0 ]] || _spotop_names\n"
	     "}\n"
	     "# names of the fleet; bash takes a line apart at : and =, spotop does not\n"
	     "_spotop_names() {\n"
	     "  local line=${COMP_LINE:0:COMP_POINT} name about start IFS=$' \\t\\n'\n"
	     "  local -a words\n"
	     "  read -ra words <<< \"$line\"\n"
	     "  [[ $line == *[[:blank:]] ]] && words+=('')\n"
	     "  start=${words[-1]%\"${words[-1]##*[:=]}\"}\n"
	     "  while IFS=$'\\t' read -r name about; do COMPREPLY+=(\"${name#\"$start\"}\"); done < \\\n"
	     "    <(\"${words[0]}\" completion words -- \"${words[@]:1}\" 2> /dev/null)\n"
	     "}\n"
	     "complete -F _spotop spotop");
	return 0;
}

/* --- zsh: 'name:about' as _describe reads it --- */

static void zsh_pair(const char *dashes, const char *name, const char *about)
{
	printf(" '%s%s:", dashes, name);
	zsh_text(about);
	putchar('\'');
}

static bool zsh_name(void *ctx, const struct command *c)
{
	(void)ctx;
	zsh_pair("", c->name, c->help);
	return true;
}

static void zsh_option(const struct each *e, const struct option *o)
{
	(void)e;
	zsh_pair("--", o->name, o->help);
}

static bool zsh_case(void *ctx, const struct command *c)
{
	const struct cli *cli = ((const struct each *)ctx)->c;
	printf("  %s)\n    subs=(", c->name);
	print_subs(cli, c);
	printf(")\n    opts=(");
	each_option(cli, c, zsh_option);
	printf(" )\n    cols=(");
	for (size_t i = 0; c->view && i < c->view->n_cols; i++)
		zsh_pair("", c->view->cols[i].name,
		         c->view->cols[i].about ? c->view->cols[i].about : c->view->cols[i].header);
	puts(" );;");
	return true;
}

int cmd_completion_zsh(struct cli *c)
{
	const struct option *o;
	puts("#compdef spotop\n"
	     "# zsh completion for spotop, made by `spotop completion zsh`\n"
	     "local cmd w prev=${words[CURRENT-1]} cur=${words[CURRENT]}\n"
	     "local -a names globals opts cols subs");
	printf("names=(");
	each_command(c, zsh_name);
	printf(" )\nglobals=(");
	each_general(c, zsh_option);
	puts(" )\n"
	     "for w in ${words[2,CURRENT-1]}; do (( ${names[(I)$w:*]} )) && { cmd=$w; break }; done\n"
	     "case $cmd in");
	each_command(c, zsh_case);
	puts("esac\n"
	     "[[ $cur == --*=* ]] && { prev=${cur%%=*}; compset -P '*=' }\n"
	     "case $prev in");
	for (size_t at = 0; (o = each_kind(O_WORD, &at));) {
		printf("  ");
		if (o->letter) printf("-%c|", o->letter);
		printf("--%s) compadd ", o->name);
		print_words(o);
		puts("; return;;");
	}
	puts("  --sort) _describe column cols; return;;\n"
	     "  --columns) compset -P '*,'; _describe column cols; return;;");
	for (size_t at = 0, n = 0; (o = each_kind(O_FILE, &at)); n++)
		printf("%s--%s", n ? "|" : "  ", o->name);
	puts(") _files; return;;\n"
	     "esac\n"
	     "if [[ $cur == -* ]]; then _describe -o option opts -- globals\n"
	     "elif [[ -z $cmd ]]; then _describe command names\n"
	     "elif [[ $cmd == import && $prev != import ]]; then _files\n"
	     "elif [[ $prev == $cmd ]] && (( $#subs )); then compadd $subs\n"
	     "else\n"
	     "  local -a found shown\n"
	     "  found=(${(f)\"$($words[1] completion words -- ${words[2,CURRENT-1]} \"$cur\" 2> "
	     "/dev/null)\"})\n"
	     "  shown=(${found/$'\\t'/  })\n"
	     "  (( $#found )) && compadd -l -d shown -- ${found%%$'\\t'*}\n"
	     "fi");
	return 0;
}

/* --- fish: one line an option --- */

static bool fish_name(void *ctx, const struct command *c)
{
	(void)ctx;
	printf("complete -c spotop -n __fish_use_subcommand -a %s -d '", c->name);
	fish_text(c->help);
	puts("'");
	return true;
}

/* -x: a value and no files; -r: a value that may be a file */
static void fish_value(const struct each *e, const struct option *o)
{
	if (o->kind == O_FILE) {
		printf(" -r -F");
		return;
	}
	printf(" -x");
	if (o->kind == O_WORD) {
		printf(" -a '");
		print_words(o);
		printf("'");
	}
	if (e->command && e->command->view &&
	    (strcmp(o->name, "sort") == 0 || strcmp(o->name, "columns") == 0)) {
		printf(" -a '");
		print_columns(e->command);
		printf("'");
	}
	if (o->kind == O_TEXT && *names_of_word(o->name)) printf(" -a '(__spotop_names)'");
}

static void fish_option(const struct each *e, const struct option *o)
{
	printf("complete -c spotop");
	if (e->command) printf(" -n '__fish_seen_subcommand_from %s'", e->command->name);
	if (o->letter) printf(" -s %c", o->letter);
	printf(" -l %s", o->name);
	if (o->arg && !o->may_be_bare) fish_value(e, o);
	printf(" -d '");
	fish_text(o->help);
	puts("'");
}

static bool fish_command(void *ctx, const struct command *c)
{
	const struct cli *cli = ((const struct each *)ctx)->c;
	if (command_sub(cli->commands, c->name, 0)) {
		printf("complete -c spotop -n '__fish_seen_subcommand_from %s' -a '", c->name);
		print_subs(cli, c);
		puts("'");
		if (strcmp(c->name, "import") == 0)
			printf("complete -c spotop -n '__fish_seen_subcommand_from %s' -F\n", c->name);
	}
	each_option(cli, c, fish_option);
	return true;
}

int cmd_completion_fish(struct cli *c)
{
	puts("# fish completion for spotop, made by `spotop completion fish`\ncomplete -c spotop -f");
	puts("function __spotop_names\n"
	     "  set -l line (commandline -opc)\n"
	     "  $line[1] completion words -- $line[2..-1] (commandline -ct) 2> /dev/null\n"
	     "end\n"
	     "complete -c spotop -n 'not __fish_use_subcommand' -a '(__spotop_names)'");
	each_command(c, fish_name);
	each_general(c, fish_option);
	each_command(c, fish_command);
	return 0;
}

/* --- names, for all of them --- */

static void put_name(const char *before, const char *name, const char *typed, const char *about)
{
	if (strncmp(name, typed, strlen(typed)) == 0) printf("%s%s\t%s\n", before, name, about);
}

static void put_settings(const char *typed)
{
	const char *eq = strchr(typed, '=');
	char key[64];
	for (const struct setting *s = settings_of_agent; s->name; s++) {
		snprintf(key, sizeof key, "%s=", s->name);
		if (!eq)
			put_name("", key, typed, s->takes);
		else if (strncmp(key, typed, strlen(key)) == 0 && strcmp(s->takes, "on or off") == 0)
			put_name(key, "on", eq + 1, s->about), put_name(key, "off", eq + 1, s->about);
	}
}

/* What the next word is one of; of a verb the first word is its target, several may be given. */
static const char *next_kinds(const struct cli *typed, const struct option *waits)
{
	const struct command *c = typed->command;
	if (waits) return names_of_word(waits->name);
	if (!c) return "";
	if (c->verb) {
		const struct verb_arg *rest = c->verb->args;
		while (rest->key && rest->option) rest++;
		if (typed->argc && rest->key) return rest->kind == VERB_KEYVALUE ? "setting" : "";
		return names_of_target(c->verb->target);
	}
	if (typed->argc) return "";
	if (c->words) return names_of_word(c->words);
	return c->view && c->view->param_help ? names_of_word(c->view->param_help) : "";
}

static void put_read(struct cli *c, const char *kinds, const char *before, const char *typed)
{
	struct buf lines = BUF_EMPTY;
	if (name_cache_read(c, kinds, typed, &lines))
		for (char *save = NULL, *l = strtok_r((char *)buf_str(&lines), "\n", &save); l;
		     l = strtok_r(NULL, "\n", &save))
			printf("%s%s\n", before, l);
	buf_free(&lines);
}

int cmd_completion_words(struct cli *c)
{
	static const char *const scopes[] = { "fleet", "client:", "agent:", "pool:", "az:", "region:" };
	if (!c->argc) return cli_usage(c, "which words?");
	char *cur = c->argv[c->argc - 1];
	char **words = malloc(sizeof *words * (size_t)(c->argc + 1));
	if (!words) return 0;
	words[0] = (char *)"spotop";
	for (int i = 0; i + 1 < c->argc; i++) words[i + 1] = c->argv[i];
	words[c->argc] = NULL;
	struct line *l = line_typed(c->commands, c->argc, words);
	if (l) {
		struct cli *typed = line_cli(l);
		const char *kinds = next_kinds(typed, line_waits(l));
		if (strcmp(kinds, "scope") == 0) {
			size_t prefix;
			char before[16];
			const char *of = names_of_scope(cur, &prefix);
			snprintf(before, sizeof before, "%.*s", (int)prefix, cur);
			for (size_t i = 0; !prefix && i < sizeof scopes / sizeof *scopes; i++)
				put_name("", scopes[i], cur, "");
			if (*cur) put_read(typed, of, before, cur + prefix);
		} else if (strcmp(kinds, "setting") == 0)
			put_settings(cur);
		else if (strcmp(kinds, "job") == 0)
			for (size_t i = 0; jobs[i]; i++) put_name("", jobs[i]->name, cur, jobs[i]->about);
		else if (*kinds)
			put_read(typed, kinds, "", cur);
		line_typed_free(l);
	}
	free(words);
	return 0;
}
