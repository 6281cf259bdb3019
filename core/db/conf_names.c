/* conf_names.c - an option's name as the mariadb client takes it. */
#include "core/db/conf_names.h"
#include "core/base/mem.h"
#include <string.h>

/* Options of the mariadb client that mean nothing here. They stand in the groups that we read too, and a prefix
 * is one only if none of them begins with it. */
static const char *const clients[] = {
	"abort-source-on-error",
	"auto-rehash",
	"auto-vertical-output",
	"batch",
	"binary-as-hex",
	"binary-mode",
	"bind-address",
	"character-sets-dir",
	"column-names",
	"column-type-info",
	"comments",
	"compress",
	"connect-expired-password",
	"debug",
	"debug-check",
	"debug-info",
	"default-auth",
	"default-character-set",
	"delimiter",
	"enable-cleartext-plugin",
	"execute",
	"force",
	"help",
	"html",
	"i-am-a-dummy",
	"ignore-spaces",
	"init-command",
	"line-numbers",
	"local-infile",
	"max-allowed-packet",
	"max-join-size",
	"named-commands",
	"net-buffer-length",
	"no-auto-rehash",
	"no-beep",
	"one-database",
	"pager",
	"plugin-dir",
	"print-query-on-error",
	"progress-reports",
	"prompt",
	"quick",
	"quick-max-column-width",
	"raw",
	"reconnect",
	"safe-updates",
	"sandbox",
	"script-dir",
	"secure-auth",
	"select-limit",
	"server-arg",
	"show-query-costs",
	"show-warnings",
	"sigint-ignore",
	"silent",
	"skip-column-names",
	"skip-line-numbers",
	"ssl-crlpath",
	"ssl-fp",
	"ssl-fplist",
	"table",
	"tee",
	"tls-version",
	"unbuffered",
	"verbose",
	"version",
	"vertical",
	"wait",
	"xml",
};

static char lower(char c)
{
	if (c == '_') return '-';
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* given is name, or its beginning. */
static bool begins(const char *name, const char *given)
{
	while (*given && lower(*given) == *name) given++, name++;
	return !*given;
}

static void offer(struct conf_name *n, const char *name, const char *given, size_t ours)
{
	bool is_whole = strlen(name) == strlen(given);
	if (!begins(name, given) ||
	    (n->found != NAME_UNKNOWN && !is_whole && strlen(n->name) == strlen(given)))
		return;
	bool is_second = n->found != NAME_UNKNOWN && !is_whole;
	if (is_second) {
		n->found = NAME_AMBIGUOUS;
		n->other = name;
		return;
	}
	n->found = ours == (size_t)-1 ? NAME_CLIENTS : NAME_OURS;
	n->index = ours;
	n->name = name;
}

static void look_up(struct conf_name *n, const char *given, const char *(*ours)(size_t i))
{
	n->found = NAME_UNKNOWN;
	n->name = n->other = NULL;
	if (!*given) return;
	for (size_t i = 0; ours(i); i++) offer(n, ours(i), given, i);
	for (size_t i = 0; i < ARRAY_LEN(clients); i++) offer(n, clients[i], given, (size_t)-1);
}

struct conf_name conf_name_of(const char *given, const char *(*ours)(size_t i))
{
	static const struct {
		const char *text;
		int word;
	} words[] = { { "skip-", SWITCH_OFF },
		      { "disable-", SWITCH_OFF },
		      { "enable-", SWITCH_ON },
		      { "maximum-", SWITCH_NONE },
		      { "loose-", SWITCH_NONE } };
	struct conf_name n = { .found = NAME_UNKNOWN };
	look_up(&n, given, ours);
	for (size_t i = 0; n.found == NAME_UNKNOWN && i < ARRAY_LEN(words); i++) {
		size_t len = strlen(words[i].text);
		char head[16] = "";
		if (strlen(given) < len) continue;
		memcpy(head, given, len);
		if (!begins(words[i].text, head)) continue;
		given += len;
		n.is_loose |= words[i].text[0] == 'l';
		if (words[i].word) n.word = words[i].word == SWITCH_OFF ? SWITCH_OFF : SWITCH_ON;
		look_up(&n, given, ours);
		i = (size_t)-1; /* loose-skip-ssl */
	}
	return n;
}
