/* keymap.c - bindings by scope. Later entries win, so a user's bind needs no special case. */
#include "tui/keymap.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	char *scope;
	int key;
	char *action; /* "" : the key does nothing here */
	char *help;
};
struct keymap {
	struct entry *e;
	size_t n, cap;
};

static void add(struct keymap *m, const char *scope, int key, const char *action, const char *help)
{
	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 64;
		m->e = mem_grow(m->e, m->cap * sizeof *m->e);
	}
	m->e[m->n++] = (struct entry){ mem_dup(scope), key, mem_dup(action), mem_dup(help) };
}

struct keymap *keymap_new(const struct binding *d, size_t n)
{
	struct keymap *m = mem_alloc(sizeof *m);
	for (size_t i = 0; i < n; i++) {
		char keys[64], *save = NULL;
		snprintf(keys, sizeof keys, "%s", d[i].keys);
		for (char *k = strtok_r(keys, " ", &save); k; k = strtok_r(NULL, " ", &save))
			add(m, d[i].scope, key_parse(k), d[i].action, d[i].help);
	}
	return m;
}

void keymap_free(struct keymap *m)
{
	if (!m) return;
	for (size_t i = 0; i < m->n; i++) {
		free(m->e[i].scope);
		free(m->e[i].action);
		free(m->e[i].help);
	}
	free(m->e);
	free(m);
}

static const struct entry *find_in(const struct keymap *m, const char *scope, int key)
{
	for (size_t i = m->n; i-- > 0;)
		if (m->e[i].key == key && strcmp(m->e[i].scope, scope) == 0) return &m->e[i];
	return NULL;
}

const char *keymap_find(const struct keymap *m, const char *scope, int key)
{
	if (key == KEY_NONE_) return NULL;
	const struct entry *e = find_in(m, scope, key);
	if (!e) e = find_in(m, "*", key);
	return e && e->action[0] ? e->action : NULL;
}

/* Does this entry decide what its key does in the scope? */
static bool is_live(const struct keymap *m, const char *scope, const struct entry *e)
{
	const struct entry *own = find_in(m, scope, e->key);
	return e->key != KEY_NONE_ && e->action[0] && (own ? own : find_in(m, "*", e->key)) == e;
}

const char *keymap_key_of(const struct keymap *m, const char *scope, const char *action, char *out, size_t n)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->e[i].action, action) == 0 && is_live(m, scope, &m->e[i]))
			return key_name(m->e[i].key, out, n);
	if (n) out[0] = '\0';
	return out;
}

static const struct entry *by_action(const struct keymap *m, const char *action)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->e[i].help && strcmp(m->e[i].action, action) == 0) return &m->e[i];
	return NULL;
}

bool keymap_bind(struct keymap *m, const char *scope, const char *key, const char *action, struct err *e)
{
	int k = key_parse(key);
	if (k == KEY_NONE_)
		return err_set(e, ERR_USAGE,
		               "bind: '%s' is no key; keys look like a, C-r, F5, S-Tab, PgDn, Space", key);
	if (strcmp(action, "none") == 0) {
		add(m, scope, k, "", NULL);
		return true;
	}
	const struct entry *known = by_action(m, action);
	if (!known) return err_set(e, ERR_USAGE, "bind: no action is called '%s'; ? lists them", action);
	char help[160]; /* known moves when the table grows */
	snprintf(help, sizeof help, "%s", known->help);
	add(m, scope, k, action, help);
	return true;
}

static bool is_listed_before(const struct keymap *m, const char *scope, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(m->e[k].action, m->e[i].action) == 0 && is_live(m, scope, &m->e[k])) return true;
	return false;
}

static void join_keys(const struct keymap *m, const char *scope, const char *action, char *keys, size_t n)
{
	size_t len = 0;
	keys[0] = '\0';
	for (size_t i = 0; i < m->n; i++) {
		char name[24];
		if (strcmp(m->e[i].action, action) != 0 || !is_live(m, scope, &m->e[i])) continue;
		key_name(m->e[i].key, name, sizeof name);
		if (len + strlen(name) + 2 > n) return;
		len += (size_t)snprintf(keys + len, n - len, "%s%s", len ? " " : "", name);
	}
}

bool keymap_line(const struct keymap *m, const char *scope, size_t i, char *keys, size_t n,
                 const char **action, const char **help)
{
	/* The scope's own keys first: they are what is special here. */
	for (int own = 1; own >= 0; own--)
		for (size_t k = 0; k < m->n; k++) {
			bool is_own = strcmp(m->e[k].scope, "*") != 0;
			if (is_own != own || !is_live(m, scope, &m->e[k]) || is_listed_before(m, scope, k))
				continue;
			if (i-- > 0) continue;
			const struct entry *told = by_action(m, m->e[k].action);
			join_keys(m, scope, m->e[k].action, keys, n);
			*action = m->e[k].action;
			*help = told ? told->help : "";
			return true;
		}
	return false;
}

/* What hands trained elsewhere mean by a key: htop, top, k9s, vim, less. */
static const struct {
	const char *key, *action;
} neighbours[] = {
	{ "F3", "filter" },     { "F4", "filter" },      { "F5", "refresh" },     { "F6", "sort.next" },
	{ "F10", "quit" },      { "F2", "palette" },     { "F7", "act" },         { "F8", "act" },
	{ "Del", "act" },       { "C-k", "act" },        { "X", "act" },          { "D", "act" },
	{ "h", "help" },        { "r", "refresh" },      { "s", "sort.next" },    { "o", "sort.next" },
	{ "P", "sort.next" },   { "i", "describe" },     { "Ins", "mark.one" },   { "C-p", "move.up" },
	{ "C-n", "move.down" }, { "b", "move.page_up" }, { "z", "screen.pause" }, { "Backspace", "back" },
	{ "C-x", "quit" },      { "M", "sort.next" },    { "\\", "filter" },      { ";", "palette" },
	{ "0", "view.1" },      { "e", "act" },
};

const char *keymap_guess(const struct keymap *m, const char *scope, int key)
{
	int other = key >= 'a' && key <= 'z' ? key - 32 : key >= 'A' && key <= 'Z' ? key + 32 : KEY_NONE_;
	char name[24];
	for (size_t i = 0; i < ARRAY_LEN(neighbours); i++)
		if (key_parse(neighbours[i].key) == key &&
		    keymap_key_of(m, scope, neighbours[i].action, name, sizeof name)[0])
			return neighbours[i].action;
	const char *action = keymap_find(m, scope, other);
	if (action) return action;
	return key < ' ' && key > 0 ? keymap_find(m, scope, key + 'a' - 1) : NULL;
}
