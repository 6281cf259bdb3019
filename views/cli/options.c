/* options.c - the table of all options and settings, and what can be asked of a row. */
#include "views/cli/options.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/near.h"
#include "core/fleet/verb.h"
#include "core/jobs/job.h"
#include "tui/term.h"
#include "views/cli/command.h"
#include "views/lists/ranks.h"
#include "views/model/view.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINKS_MAX ((double)JOB_LINKS_MAX)
#define FORMATS   "table wide json jsonl csv md"
// clang-format off
static const struct option options[] = {
	/* the connection */
	{ "host", 'h', .arg = "X", .kind = O_TEXT, .to = TO_CONNECTION, .help = "server's host (localhost: the unix socket); several: a:3306,b,/run/c.sock" },
	{ "read-host", .arg = "X", .kind = O_TEXT, .to = TO_CONNECTION, .help = "where reads go first: replica servers" },
	{ "port", 'P', .arg = "X", .kind = O_TEXT, .to = TO_CONNECTION, .help = "server's TCP port" },
	{ "user", 'u', .arg = "X", .kind = O_TEXT, .to = TO_CONNECTION, .help = "login" },
	{ "password", 'p', .to = TO_CONNECTION, .help = "ask for the password" },
	{ "socket", 'S', .arg = "X", .kind = O_FILE, .to = TO_CONNECTION, .help = "server's unix socket" },
	{ "database", 'D', .arg = "X", .kind = O_TEXT, .to = TO_CONNECTION, .help = "database (spot_optimizer)" },
	{ "protocol", .arg = "X", .kind = O_WORD, .words = "tcp socket", .to = TO_CONNECTION, .help = "tcp or socket" },
	{ "connect-timeout", .arg = "X", .kind = O_TEXT, .to = TO_CONNECTION, .help = "seconds" },
	{ "greeting-timeout", .arg = "X", .kind = O_TEXT, .to = TO_CONNECTION, .help = "of several servers: seconds until one that does not greet is left (3)" },
	{ "ssl", .to = TO_CONNECTION, .help = "TLS, the server's certificate verified" },
	{ "ssl-ca", .arg = "X", .kind = O_FILE, .to = TO_CONNECTION, .help = "file of trusted CAs" },
	{ "ssl-capath", .arg = "X", .kind = O_FILE, .to = TO_CONNECTION, .help = "folder of trusted CAs" },
	{ "ssl-cert", .arg = "X", .kind = O_FILE, .to = TO_CONNECTION, .help = "our certificate" },
	{ "ssl-key", .arg = "X", .kind = O_FILE, .to = TO_CONNECTION, .help = "our key" },
	{ "ssl-cipher", .arg = "X", .kind = O_TEXT, .to = TO_CONNECTION, .help = "ciphers" },
	{ "ssl-crl", .arg = "X", .kind = O_FILE, .to = TO_CONNECTION, .help = "revocation list" },
	{ "ssl-verify-server-cert", .to = TO_CONNECTION, .help = "TLS, verified: the normal case, over an option file that says otherwise" },
	{ "insecure", .to = TO_CONNECTION, .help = "allow clear text to another host" },
	{ "env-name", .arg = "X", .kind = O_TEXT, .to = TO_CONNECTION, .help = "the environment's name in the header" },
	{ "env-color", .arg = "X", .kind = O_WORD, .words = "red yellow green blue", .to = TO_CONNECTION, .help = "red, yellow, green or blue" },
	{ "defaults-file", .arg = "X", .kind = O_FILE, .to = TO_FILES, .help = "read only this option file" },
	{ "defaults-extra-file", .arg = "X", .kind = O_FILE, .to = TO_FILES, .help = "read this option file too" },
	{ "defaults-group-suffix", .arg = "X", .kind = O_TEXT, .to = TO_FILES, .help = "read groups with this suffix too" },
	{ "no-defaults", .to = TO_FILES, .help = "read no option file" },

	/* every command */
	{ "output", 'o', .arg = "X", .kind = O_WORD, .words = FORMATS, .help = "table, wide (all columns), json, jsonl, csv or md (Markdown)" },
	{ "csv-safe", .help = "with -o csv: for spreadsheets, no cell is a formula" },
	{ "yes", 'y', .help = "do not ask" },
	{ "write", 'w', .help = "arm the console for commands" },
	{ "at", .arg = "X", .kind = O_TEXT, .help = "as it was at that time: 02:41, -8h, ISO 8601" },
	{ "color", .arg = "X", .kind = O_WORD, .words = "auto never 8 16 256", .help = "auto, never, 8, 16 or 256" },
	{ "theme", .arg = "X", .kind = O_WORD, .words_of = theme_names, .group = "spotop", .help = "dark, light, contrast, colorblind or mono" },
	{ "view", .arg = "X", .kind = O_TEXT, .help = "the console's first screen" },
	{ "slow", .help = "for bad links: one frame in five seconds" },
	{ "mouse", .help = "wheel and click" },
	{ "local-time", .help = "times in local time" },
	{ "fail-empty", .help = "exit 1 when there is no row" },
	{ "help", .help = "this text" },
	{ "version", 'V', .help = "the version" },

	/* views as commands */
	{ "filter", .arg = "EXPR", .kind = O_TEXT, .of = "@views", .help = "only rows for which it holds" },
	{ "sort", .arg = "COL", .kind = O_TEXT, .of = "@views", .help = "by that column; COL,desc backwards" },
	{ "limit", .arg = "N", .kind = O_NUMBER, .lo = 0, .hi = 1e15, .of = "@views", .help = "at most so many rows" },
	{ "columns", .arg = "A,B", .kind = O_TEXT, .of = "@views", .help = "these columns in this order" },
	{ "watch", .arg = "S", .kind = O_SPAN, .may_be_bare = true, .normal = "2", .of = "@views", .help = "again every S seconds (2)" },

	/* verbs */
	{ "dry-run", .of = "@verbs", .help = "say what would happen and change nothing; exits as the real one would" },
	{ "reason", .arg = "TEXT", .kind = O_TEXT, .of = "@verbs", .help = "why; kept in the audit log" },
	{ "override", .arg = "GUARDRAIL", .kind = O_TEXT, .of = "@verbs", .help = "go past a guardrail by its name; needs a reason; may be repeated" },
	{ "request-id", .arg = "UUID", .kind = O_TEXT, .of = "@verbs", .help = "the action's id: the same id is never carried out twice" },
	{ "if-version", .arg = "N", .kind = O_NUMBER, .normal = "-1", .hi = 1e15, .of = "@verbs", .help = "only if the target's version is still N; else exit 6" },
	{ "wait", .arg = "S", .kind = O_SPAN, .may_be_bare = true, .normal = "300", .of = "@followed", .help = "until it has ended, or S seconds (300): exit 1 when it failed or took longer" },
	{ "filter", .arg = "EXPR", .kind = O_TEXT, .of = "@bulk", .help = "every target the view's filter finds" },
	{ "batch", .arg = "K", .kind = O_NUMBER, .normal = "0", .lo = 0, .hi = 100, .of = "@bulk", .help = "several at once: one first, then K at a time, each waited for until ready" },
	{ "resume", .arg = "ID", .kind = O_TEXT, .of = "@bulk", .help = "resume a bulk action that was interrupted" },

	{ "filter", .arg = "EXPR", .kind = O_TEXT, .of = "evacuate", .help = "the agents that it finds now" },
	{ "client", .arg = "X", .kind = O_TEXT, .of = "evacuate", .help = "of the zone or pool only this client's" },
	{ "dry-run", .of = "evacuate", .help = "make the plan and show it; nothing moves before it is run by its id" },
	{ "in-flight", .arg = "N", .kind = O_NUMBER, .normal = "0", .lo = 1, .hi = 999, .of = "evacuate", .help = "so many agents move at once (what the share limits allow; 25 where they are overridden)" },
	{ "run", .arg = "PLAN", .kind = O_TEXT, .of = "evacuate", .help = "run a plan as it was shown" },
	{ "pause", .arg = "PLAN", .kind = O_TEXT, .of = "evacuate", .help = "hold what it has not released yet" },
	{ "resume", .arg = "PLAN", .kind = O_TEXT, .of = "evacuate", .help = "go on with a paused plan" },
	{ "cancel", .arg = "PLAN", .kind = O_TEXT, .of = "evacuate", .help = "end a plan; what moves goes on" },
	{ "override", .arg = "GUARDRAIL", .kind = O_TEXT, .of = "evacuate", .help = "share: past the share limits, for the whole plan; needs a reason; may be repeated" },
	{ "reason", .arg = "TEXT", .kind = O_TEXT, .of = "evacuate", .help = "why; kept in the audit log and with each command" },
	{ "request-id", .arg = "UUID", .kind = O_TEXT, .of = "evacuate", .help = "the id of what is done, of a plan that is made its own: the same id is never carried out twice" },
	{ "wait", .arg = "S", .kind = O_SPAN, .may_be_bare = true, .normal = "300", .of = "evacuate", .help = "until the plan has ended, or S seconds (300): exit 1 when an agent failed or it took longer" },

	/* the others */
	{ "reason", .arg = "TEXT", .kind = O_TEXT, .of = "void", .help = "why; kept in the audit log" },
	{ "anchors", .arg = "DIR", .kind = O_FILE, .of = "audit verify", .help = "anchors kept elsewhere than in the state folder: a folder or a file" },
	{ "anchor-key", .arg = "FILE", .kind = O_FILE, .group = "worker", .of = "audit verify", .help = "the key that signs the anchors (audit-anchors.key beside them)" },
	{ "keep-anchor", .of = "audit verify", .help = "keep the head as an anchor when the chain is whole" },
	{ "ondemand", .of = "import prices", .help = "on-demand prices: instance_type, region, price; the Price List, Vantage, instances.json" },
	{ "region", .arg = "R", .kind = O_TEXT, .of = "import prices", .help = "with --ondemand: the region of a file that names none" },
	{ "follow", .of = "import notices", .help = "read stdin for ever, each notice as it comes" },
	{ "instance", .arg = "ID", .kind = O_TEXT, .of = "import notices", .help = "of documents that name no instance (those of the instance metadata)" },
	{ "shift-to-now", .of = "import prices", .help = "move the series so that its last price is of now" },
	{ "repair", .of = "db verify", .help = "what is missing or changed is made again first" },
	{ "from", .arg = "DATABASE", .kind = O_TEXT, .of = "db migrate", .help = "the older database on this server (5.1, 6.0); --follow and --fence make triggers there, --back writes its rows" },
	{ "dry-run", .of = "db migrate", .help = "what would be migrated and how long it takes; nothing is" },
	{ "compare", .of = "db migrate", .help = "each row of the source beside what became of it; exit 1 when one differs" },
	{ "changed", .of = "db migrate", .help = "with --compare: only the ranges that have changed since the last one" },
	{ "follow", .of = "db migrate", .help = "keep up with the source by triggers made there, which log each change here; ends when stopped" },
	{ "once", .of = "db migrate", .help = "with --follow or --back: end when all is there that was written before" },
	{ "fence", .of = "db migrate", .help = "with --final: triggers made in the source refuse its writers first" },
	{ "unfence", .of = "db migrate", .help = "take these triggers away again: the source takes writes as before" },
	{ "final", .of = "db migrate", .help = "the source's writers are stopped, compare all of what may have changed; with --back: turn back" },
	{ "back", .of = "db migrate", .help = "after --final: keep the source current from the new database, fenced against others; ends when stopped" },
	{ "as60", .arg = "DATABASE", .kind = O_TEXT, .of = "db migrate", .help = "after --final: make a database in which back ends of schema 6.0 go on as they are" },
	{ "days", .arg = "N", .kind = O_NUMBER, .normal = "90", .lo = 1, .hi = 3650, .of = "db migrate", .help = "prices older than this stay behind (90)" },
	{ "raw-days", .arg = "N", .kind = O_NUMBER, .normal = "1", .lo = 1, .hi = 3650, .of = "db migrate", .help = "raw prices older than this stay behind (1, which is how long they are kept)" },
	{ "max-lag-ms", .arg = "N", .kind = O_NUMBER, .normal = "0", .lo = 0, .hi = 3600000, .of = "db migrate", .help = "wait while a statement of the source's own sessions runs for longer (0: never)" },
	{ "batch", .arg = "N", .kind = O_NUMBER, .normal = "5000", .lo = 1, .hi = 100000, .of = "db migrate", .help = "rows of a transaction (5000)" },
	{ "tokens-are-hashed", .of = "db migrate", .help = "client tokens of 64 hex digits are hashes already" },
	{ "again", .of = "db migrate", .help = "a pass after the final one, which undoes what was written here since" },
	{ "clean", .of = "db migrate", .help = "throw away the lists of rejected rows and the helpers" },
	{ "dir", .arg = "DIR", .kind = O_FILE, .of = "local", .help = "where it lives (default: ~/.local/share/spotop/local)" },
	{ "replica-of", .arg = "DIR", .kind = O_FILE, .of = "local start", .help = "as a replica server of the one in DIR, which is stopped and started again when it is copied" },
	{ "agents", .arg = "N", .kind = O_NUMBER, .normal = "200", .lo = 1, .hi = 5000, .of = "demo", .help = "how many agents (200); sim --load makes larger fleets" },
	{ "seed", .arg = "N", .kind = O_NUMBER, .normal = "1", .of = "demo", .help = "another seed, another fleet (1)" },
	{ "speed", .arg = "X", .kind = O_REAL, .normal = "8", .lo = 0.01, .hi = 1000, .of = "demo", .help = "waits of a switch are divided by X (8)" },
	{ "storm", .of = "demo", .help = "an interruption storm in one zone, soon after the start" },
	{ "galera", .arg = "N", .kind = O_NUMBER, .normal = "0", .lo = 2, .hi = 9, .of = "demo, local start", .help = "a Galera cluster of N nodes (`make deps-cluster` brings what it needs)" },
	{ "replica", .of = "demo", .help = "a replica server beside it, where the console reads" },
	{ "dir", .arg = "DIR", .kind = O_FILE, .of = "demo", .help = "keep the data there (new, empty, or made by an earlier demo)" },
	{ "headless", .of = "demo", .help = "no console: prints `ready DIR/my.cnf`, runs until INT or TERM" },
	{ "agents", .arg = "N", .kind = O_NUMBER, .normal = "0", .lo = 0, .hi = 1000000, .of = "sim", .help = "how many agents (all of the database's, 200 for --fill)" },
	{ "speed", .arg = "X", .kind = O_REAL, .normal = "1", .lo = 0.01, .hi = 1000, .of = "sim", .help = "waits are divided by X (1)" },
	{ "seed", .arg = "N", .kind = O_NUMBER, .normal = "1", .of = "sim", .help = "seed of every draw (1)" },
	{ "storm", .of = "sim", .help = "play an interruption storm in one zone" },
	{ "troubles", .arg = "X", .kind = O_REAL, .normal = "-1", .lo = 0, .hi = 20, .of = "sim", .help = "how many interruptions, hanging launches and the like beside the usual (1)" },
	{ "quiet", .of = "sim", .help = "no troubles: heartbeats, prices and commands only" },
	{ "failures", .arg = "X", .kind = O_REAL, .normal = "-1", .lo = 0, .hi = 1, .of = "sim", .help = "share of commands that fail (0.05)" },
	{ "empty", .arg = "X", .kind = O_REAL, .normal = "0", .lo = 0, .hi = 1, .of = "sim", .help = "share of pools in which EC2 has no capacity, others every ten minutes; a storm empties its zone (0)" },
	{ "lies", .arg = "X", .kind = O_REAL, .normal = "-1", .lo = 0, .hi = 1, .of = "sim", .help = "share of commands first answered wrongly (0.02)" },
	{ "fill", .of = "sim", .help = "fill an empty database with a fleet and its past, then end" },
	{ "load", .of = "sim", .help = "fill an empty database with a large fleet and a short past, then end" },
	{ "clients", .arg = "N", .kind = O_NUMBER, .normal = "0", .of = "sim", .lo = 0, .hi = 10000, .help = "for --fill: how many clients (5)" },
	{ "days", .arg = "N", .kind = O_NUMBER, .normal = "0", .of = "sim", .lo = 0, .hi = 365, .help = "for --fill: days of past (14)" },
	{ "instances-per-agent", .arg = "N", .kind = O_NUMBER, .normal = "10", .lo = 1, .hi = 100, .of = "sim", .help = "for --load (10)" },
	{ "i-know", .of = "sim", .help = "also on a database that is not a demo" },
	{ "once", .of = "worker", .help = "run what is due and end; beside a worker that leads there is nothing to do" },
	{ "connections", .arg = "N", .kind = O_NUMBER, .normal = "2", .lo = 1, .hi = LINKS_MAX, .of = "worker, job run", .help = "how many parts of a price tier are done at once, each on its own connection (2)" },
	{ "from", .arg = "T", .kind = O_TEXT, .of = "job run", .help = "only prices observed from then on; of savings, the days from then on" },
	{ "to", .arg = "T", .kind = O_TEXT, .of = "job run", .help = "and before then" },
	{ "include-imported", .of = "job run", .help = "retention: drops imported history too" },
	{ "pool", .arg = "P", .kind = O_TEXT, .of = "prices", .help = "the series of this pool alone" },
	{ "tier", .arg = "T", .kind = O_WORD, .words = "raw consolidated canonical", .normal = "canonical", .of = "prices", .help = "raw, consolidated or canonical (canonical)" },
	{ "since", .arg = "24h", .kind = O_SPAN, .of = "prices", .help = "so long back" },
	{ "from", .arg = "T", .kind = O_TEXT, .of = "prices", .help = "from then on" },
	{ "to", .arg = "T", .kind = O_TEXT, .of = "prices", .help = "and before then" },
	{ "min-confidence", .arg = "X", .kind = O_REAL, .lo = 0, .hi = 1, .of = "prices", .help = "canonical: only rows that can be trusted so far" },
	{ "since", .arg = "8h", .kind = O_TEXT, .of = "report", .help = "so long back, or from a time on (8h)" },
	{ "client", .arg = "X", .kind = O_TEXT, .of = "report", .help = "of one client only" },
	{ "client", .arg = "C", .kind = O_TEXT, .of = "tail", .help = "only this client's" },
	{ "type", .arg = "T", .kind = O_WORD, .of = "tail", .help = "only events of this type",
	  .words = "INSTANCE_LAUNCHING INSTANCE_RUNNING INSTANCE_TERMINATING INSTANCE_TERMINATED AGENT_STATUS_CHANGED "
	           "EMERGENCY_EVENT COMMAND_EXECUTED HEARTBEAT" },
	{ "from", .arg = "now|start|CURSOR", .kind = O_TEXT, .normal = "now", .of = "tail", .help = "where to begin (now); a cursor resumes exactly" },
	{ "listen", .arg = "ADDRESS:PORT", .kind = O_TEXT, .normal = "127.0.0.1:8420", .of = "serve", .help = "where (127.0.0.1:8420); port 0 takes a free one and prints it" },
	{ "public", .of = "serve", .help = "an address that other hosts reach is meant" },
	{ "host-name", .arg = "NAME", .kind = O_TEXT, .of = "serve", .help = "a name or address that requests may ask for; may be repeated" },
	{ "allow-origin", .arg = "ORIGIN", .kind = O_TEXT, .of = "serve", .help = "pages from there may read the streams (https://status.example, *); may be repeated" },
	{ "max-subscribers", .arg = "N", .kind = O_NUMBER, .normal = "2000", .lo = 1, .hi = 100000, .of = "serve", .help = "more wait, or get 503 (2000)" },
	{ "max-rate", .arg = "N", .kind = O_NUMBER, .normal = "500", .lo = 1, .hi = 100000, .of = "serve", .help = "new streams a second, four times that at once; more wait, or get 503 (500)" },
	{ "tls-cert", .arg = "FILE", .kind = O_FILE, .of = "serve", .help = "certificate, PEM" },
	{ "tls-key", .arg = "FILE", .kind = O_FILE, .of = "serve", .help = "its key, PEM" },

	/* in the settings file alone */
	{ "bell", .arg = "WHAT", .kind = O_WORDS, .words = "end overrun critical error warning info termination never", .group = "spotop", .of = "@settings", .help = "what rings: end overrun critical error warning info termination never (end overrun)" },
	{ "max-age-ms", .arg = "N", .kind = O_NUMBER, .lo = 1000, .hi = 600000, .normal = "10000", .group = "spotop", .of = "@settings", .help = "how old what is acted upon may be, in milliseconds (10000)" },
	{ "price-tolerance", .arg = "X", .kind = O_REAL, .lo = 0, .hi = 1, .normal = "0.05", .group = "spotop", .of = "@settings", .help = "how far a price may move between look and act, as a fraction (0.05)" },
	{ "alert-hook", .arg = "PROGRAM", .kind = O_FILE, .group = "worker", .of = "@settings", .help = "run for each alert that is raised, changed or over" },
	{ "alive-hook", .arg = "COMMAND", .kind = O_TEXT, .group = "worker", .of = "@settings", .help = "run each minute after a pass of the leading worker: a dead man's switch" },
	{ "bind", .arg = "VIEW KEY ACTION", .kind = O_TEXT, .group = "keys", .of = "@settings", .help = "a key of one's own; may be repeated" },
};
// clang-format on

const struct option *option_each(size_t i) { return i < ARRAY_LEN(options) ? &options[i] : NULL; }

/* Is the command one of the list's "job run, worker"? */
static bool is_named(const char *list, const struct command *c, bool with_subs)
{
	for (const char *at = list; *at;) {
		size_t n = strcspn(at, ","), word = strcspn(at, " ,");
		if (strlen(c->name) == word && memcmp(at, c->name, word) == 0) {
			if (word == n || (with_subs && !c->sub)) return true;
			if (c->sub && strlen(c->sub) == n - word - 1 &&
			    memcmp(at + word + 1, c->sub, n - word - 1) == 0)
				return true;
		}
		at += n;
		at += strspn(at, ", ");
	}
	return false;
}

bool option_is_of(const struct option *o, const struct command *c, bool with_subs)
{
	if (!o->of) return true;
	if (!c) return false;
	if (strcmp(o->of, "@views") == 0) return c->view != NULL;
	if (strcmp(o->of, "@verbs") == 0) return c->verb != NULL;
	if (strcmp(o->of, "@followed") == 0) return c->verb && c->verb->makes_command;
	if (strcmp(o->of, "@bulk") == 0) return c->verb && c->verb->target <= VERB_COMMAND;
	return o->of[0] != '@' && is_named(o->of, c, with_subs);
}

static void add(struct option **list, size_t *n, const struct option *o)
{
	*list = mem_grow(*list, (*n + 1) * sizeof **list);
	(*list)[(*n)++] = *o;
}

static void add_verb(struct option **list, size_t *n, const struct verb *v)
{
	for (const struct verb_arg *a = v->args; a->key; a++)
		if (a->option)
			add(list, n,
			    &(struct option){ .name = a->option,
			                      .kind = a->kind == VERB_FLAG       ? O_FLAG
			                              : a->kind == VERB_DURATION ? O_SPAN
			                              : a->kind == VERB_INT      ? O_NUMBER
			                                                         : O_TEXT,
			                      .arg = a->kind == VERB_FLAG ? NULL : a->name,
			                      .of = "",
			                      .help = a->about });
}

static const char *param_help(const char *name)
{
	// clang-format off
	static const struct { const char *name, *help; } of[] = {
		{ "agent", "of one agent only: its id, its name, or CLIENT/AGENT" },
		{ "all", "those that are closed, too" },
		{ "by", "what this login issued, instead of yours" },
		{ "client", "of one client only: its id or its name" },
		{ "job", "of this job only" },
		{ "mine", "only what you did" },
		{ "plan", "of this plan: its id or the beginning of it" },
		{ "pool", "of one pool only" },
		{ "region", "of one region only" },
		{ "severity", "only events of this severity" },
		{ "since", "from then on: a time, or so long back (8h)" },
		{ "t0", "each line has its seconds from this time" },
		{ "type", "only events of this type" },
		{ "unhealthy", "only those that are dead, crit or of unknown health" },
		{ "until", "and before then" },
	};
	// clang-format on
	for (size_t i = 0; i < ARRAY_LEN(of); i++)
		if (strcmp(of[i].name, name) == 0) return of[i].help;
	return name;
}

static void add_view(struct option **list, size_t *n, const struct view *v)
{
	for (size_t i = 0; i < v->query->n_params; i++) {
		const struct query_param *p = &v->query->params[i];
		bool is_flag = strcmp(p->type, "bool") == 0;
		if (view_has_option(v, p->name))
			add(list, n,
			    &(struct option){ .name = p->name,
			                      .kind = is_flag                            ? O_FLAG
			                              : strcmp(p->name, "severity") == 0 ? O_WORD
			                                                                 : O_TEXT,
			                      .words = RANKS_SEVERITY,
			                      .arg = is_flag ? NULL : "X",
			                      .of = "",
			                      .help = param_help(p->name) });
	}
	if (view_takes_client(v))
		add(list, n,
		    &(struct option){ .name = "client",
		                      .kind = O_TEXT,
		                      .arg = "X",
		                      .of = "",
		                      .help = param_help("client") });
}

struct option *options_of(const struct command *c, bool with_subs, size_t *n)
{
	struct option *list = NULL;
	*n = 0;
	if (c->verb) add_verb(&list, n, c->verb);
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (options[i].of && option_is_of(&options[i], c, with_subs)) add(&list, n, &options[i]);
	if (c->view) add_view(&list, n, c->view);
	return list;
}

const char *option_word(const struct option *o, size_t i)
{
	static char word[40];
	if (o->words_of) {
		const char *const *list = o->words_of();
		while (*list && i) list++, i--;
		return *list;
	}
	const char *at = o->words ? o->words : "";
	for (; i && *at; i--) at += strcspn(at, " "), at += strspn(at, " ");
	if (!*at) return NULL;
	snprintf(word, sizeof word, "%.*s", (int)strcspn(at, " "), at);
	return word;
}

static bool is_word(const struct option *o, const char *value, size_t n)
{
	const char *w;
	for (size_t i = 0; (w = option_word(o, i)); i++)
		if (strlen(w) == n && memcmp(w, value, n) == 0) return true;
	return false;
}

static bool no_word(const struct option *o, const char *name, const char *value, size_t n, struct err *e)
{
	struct buf list = BUF_EMPTY;
	struct near like;
	char hint[100], word[40];
	const char *w;
	near_begin(&like, value, n);
	for (size_t i = 0; (w = option_word(o, i)); i++) {
		near_offer(&like, w);
		snprintf(word, sizeof word, "%s", w);
		buf_addf(&list, "%s%s", !i ? "" : option_word(o, i + 1) ? ", " : " or ", word);
	}
	err_set(e, ERR_USAGE, "%s takes %s, not '%.*s'%s", name, buf_str(&list), (int)n, value,
	        near_hint(&like, hint, sizeof hint));
	buf_free(&list);
	return false;
}

static bool check_words(const struct option *o, const char *name, const char *value, struct err *e)
{
	for (const char *p = value + strspn(value, ", "); *p; p += strspn(p, ", ")) {
		size_t n = strcspn(p, ", ");
		if (!is_word(o, p, n)) return no_word(o, name, p, n, e);
		p += n;
	}
	return true;
}

static void range(const struct option *o, char *out, size_t n)
{
	if (o->hi == 0 && o->lo == 0)
		*out = 0;
	else if (o->hi >= 1e15)
		snprintf(out, n, " from %.0f on", o->lo);
	else
		snprintf(out, n, " from %.10g to %.10g", o->lo, o->hi);
}

bool option_check(const struct option *o, const char *name, const char *value, struct err *e)
{
	char *end = NULL, within[80];
	int64_t ms;
	double real;
	range(o, within, sizeof within);
	bool is_any = o->lo == 0 && o->hi == 0;
	switch (o->kind) {
	case O_FLAG:
	case O_TEXT:
	case O_FILE: return true;
	case O_WORD: return is_word(o, value, strlen(value)) || no_word(o, name, value, strlen(value), e);
	case O_WORDS: return check_words(o, name, value, e);
	case O_SPAN: return duration_parse(value, &ms, e) || err_prefix(e, "%s", name);
	case O_NUMBER:
		errno = 0;
		real = (double)strtoll(value, &end, 10);
		if (errno || !*value || *end || (!is_any && (real < o->lo || real > o->hi)))
			return err_set(e, ERR_USAGE, "%s takes a whole number%s, not '%s'", name, within,
			               value);
		return true;
	case O_REAL:
		real = strtod(value, &end);
		if (end == value || *end || !(is_any || (real >= o->lo && real <= o->hi)))
			return err_set(e, ERR_USAGE, "%s takes a number%s, not '%s'", name, within, value);
		return true;
	}
	return false;
}

int64_t option_number(const struct option *o, const char *value)
{
	int64_t v = 0;
	if (o->kind == O_SPAN)
		duration_parse(value, &v, NULL);
	else
		v = strtoll(value, NULL, 10);
	return v;
}

double option_real(const char *value) { return strtod(value, NULL); }

void option_spell(const struct option *o, struct buf *out)
{
	if (o->letter) buf_addf(out, "-%c, ", o->letter);
	buf_addf(out, "--%s", o->name);
	if (o->arg) buf_addf(out, o->may_be_bare ? "[=%s]" : "=%s", o->arg);
}
