/* help.c - what --help prints: usage, subcommands, options, columns; of all commands or of one. */
#include "views/cli/help.h"
#include "core/base/buf.h"
#include "core/fleet/verb.h"
#include "views/cli/command.h"
#include "views/cli/options.h"
#include "views/model/view.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPELLED = 8 }; /* a command with more options says [OPTIONS] */

static const char *verb_option(const struct verb *v, const char *key, size_t i)
{
	for (const struct verb_arg *a = v->args; a->key; a++)
		if (a->option && strcmp(a->key, key) == 0 && i-- == 0) return a->option;
	return NULL;
}

/* AGENT... (--to=POOL | --ondemand) */
static void verb_words(struct buf *out, const struct verb *v)
{
	const struct verb_arg *rest = v->args;
	while (rest->key && rest->option) rest++;
	buf_addf(out, " %s%s", verb_target_name(v->target), rest->key && rest->kind == VERB_STR ? "" : "...");
	if (rest->key) buf_addf(out, " %s", rest->name);
	if (rest->key && rest->kind == VERB_KEYVALUE) buf_adds(out, "...");
	if (!v->one_of) {
		if (v->needs_reason) buf_adds(out, " --reason=TEXT");
		return;
	}
	bool is_choice = strchr(v->one_of, ' ') != NULL;
	int n = 0;
	buf_adds(out, is_choice ? " (" : " ");
	for (const struct verb_arg *a = v->args; a->key; a++) {
		const char *at = strstr(v->one_of, a->key);
		if (!a->option || !at || verb_option(v, a->key, 0) != a->option) continue;
		buf_addf(out, "%s--%s", n++ ? " | " : "", a->option);
		if (a->kind != VERB_FLAG) buf_addf(out, "=%s", a->name);
	}
	if (is_choice) buf_adds(out, ")");
	if (v->needs_reason) buf_adds(out, " --reason=TEXT");
}

void help_usage(struct buf *out, const struct command *table, const struct command *c)
{
	const struct command *sub;
	size_t n = 0;
	buf_addf(out, "spotop %s", c->name);
	for (size_t i = 0; !c->sub && (sub = command_sub(table, c->name, i)); i++) {
		buf_addf(out, "%s%s%s%s",
		         i        ? " | "
		         : c->run ? " ["
		                  : " ",
		         sub->sub, sub->words ? " " : "", sub->words ? sub->words : "");
		if (c->run && !command_sub(table, c->name, i + 1)) buf_adds(out, "]");
	}
	if (!c->run) return;
	if (c->sub) buf_addf(out, " %s", c->sub);
	if (c->words) buf_addf(out, " %s", c->words);
	if (c->view && c->view->param)
		buf_addf(out, c->view->param_is_needed ? " %s" : " [%s]",
		         c->view->param_help ? c->view->param_help : c->view->param);
	if (c->verb) verb_words(out, c->verb);
	struct option *list = options_of(c, false, &n);
	if (c->verb || n > SPELLED) buf_adds(out, " [OPTIONS]");
	for (size_t i = 0; !c->verb && n <= SPELLED && i < n; i++) {
		buf_adds(out, " [");
		option_spell(&list[i], out);
		buf_adds(out, "]");
	}
	free(list);
}

static void print_option(const struct option *o, bool with_letter)
{
	struct buf left = BUF_EMPTY;
	if (with_letter && !o->letter) buf_adds(&left, "    ");
	option_spell(o, &left);
	printf("  %-32s %s\n", buf_str(&left), o->help);
	buf_free(&left);
}

static void print_general(void)
{
	const struct option *o;
	puts("\nOptions for every command:");
	for (size_t i = 0; (o = option_each(i)); i++)
		if (!o->of) print_option(o, true);
}

static void print_settings(void)
{
	const struct option *o;
	puts("\nSettings, in ~/.config/spotop/config:");
	for (size_t i = 0; (o = option_each(i)); i++) {
		if (!o->group) continue;
		struct buf left = BUF_EMPTY;
		buf_addf(&left, "[%s] %s", o->group, o->name);
		printf("  %-32s %s\n", buf_str(&left), o->help);
		buf_free(&left);
	}
}

static void print_columns(const struct view *v)
{
	puts("\nColumns (filter, sort, --columns):");
	for (size_t i = 0; i < v->n_cols; i++)
		printf("  %-28s %s\n", v->cols[i].name,
		       v->cols[i].about ? v->cols[i].about : v->cols[i].header);
}

static void print_sub(const struct command *s)
{
	size_t n;
	struct option *list = options_of(s, false, &n);
	printf("\n  %s%s%s\n      %s\n", s->sub, s->words ? " " : "", s->words ? s->words : "", s->help);
	for (size_t i = 0; i < n; i++) print_option(&list[i], false);
	free(list);
}

static void print_command(const struct command *table, const struct command *cmd)
{
	const struct command *sub;
	struct buf usage = BUF_EMPTY;
	size_t n;
	help_usage(&usage, table, cmd);
	printf("usage: %s\n\n%s\n", buf_str(&usage), cmd->help);
	buf_free(&usage);
	if (!cmd->sub && command_sub(table, cmd->name, 0)) {
		for (size_t i = 0; (sub = command_sub(table, cmd->name, i)); i++) print_sub(sub);
		if (!cmd->view) return;
		puts("");
	}
	struct option *list = options_of(cmd, false, &n);
	for (size_t i = 0; i < n; i++) print_option(&list[i], false);
	free(list);
	for (const struct verb_arg *a = cmd->verb ? cmd->verb->args : NULL; a && a->key; a++)
		if (!a->option) printf("\n%s: %s\n", a->name, a->about);
	if (cmd->view) print_columns(cmd->view);
	if (cmd->notes) printf("\n%s", cmd->notes);
}

struct listing {
	bool views;
};

static bool print_name(void *ctx, const struct command *c)
{
	const struct listing *l = ctx;
	if ((c->view != NULL) == l->views) printf("  %-14s %s\n", c->name, c->help);
	return true;
}

void help_print(const struct command *table, const struct command *c)
{
	if (c) {
		print_command(table, c);
		print_general();
		return;
	}
	puts("usage: spotop [OPTIONS] [COMMAND ...]\n\nAn operations console for fleets of spot instances; "
	     "without a command it opens.\n\nCommands:");
	command_each(table, print_name, &(struct listing){ false });
	puts("\nViews, on the screen and as commands:");
	command_each(table, print_name, &(struct listing){ true });
	print_general();
	print_settings();
}
