/* commands.c - every command and subcommand, one row each, in the order in which --help lists them. A row
 * without a function has its subcommands below it; its options are in options.c. */
#include "views/cli/commands.h"
#include "views/cli/cmd.h"

// clang-format off
const struct command commands[] = {
	{ .all = ALL_VERBS, .run = cmd_verb, .can = IS_ACTION },
	{ "void", .words = "REQUEST-ID", .run = cmd_void, .help = "Settles a request of mine whose fate is unknown: it never happens; exit 1 when it was done already." },
	{ "audit", .run = cmd_view, .can = HAS_PAST, .help = "Who did what to what and why; verify checks that nothing of it was changed or removed." },
	{ "audit", "verify", .run = cmd_audit_verify, .help = "Checks the chain from its first row on." },
	{ "import", .help = "Imports what AWS and others write: price history, EC2's notices; re-running adds no duplicates." },
	{ "import", "prices", .words = "FILE", .run = cmd_import_prices, .help = "Prices: CSV, JSON or text, packed or plain; '-' is stdin." },
	{ "import", "notices", .words = "FILE", .run = cmd_import_notices, .help = "Interruption warnings and rebalance recommendations, as EventBridge and the instance metadata write them." },
	{ "db", .help = "Makes the schema, upgrades it, shows its state, checks every promise of it, moves an older one in." },
	{ "db", "init", .run = cmd_db_init, .help = "Makes the schema, the database too." },
	{ "db", "upgrade", .run = cmd_db_upgrade, .help = "Brings an earlier revision of the schema up to date." },
	{ "db", "status", .run = cmd_db_status, .help = "Version, sizes, backlog." },
	{ "db", "verify", .run = cmd_db_verify, .help = "Checks every promise of the schema; exit 1 when one is broken." },
	{ "db", "migrate", .run = cmd_migrate, .help = "Moves a fleet of an older schema in." },
	{ "local", .help = "Starts, stops or shows a private MariaDB: a socket, no network, no service." },
	{ "local", "start", .run = cmd_local_start, .can = NO_CONNECTION, .help = "Returns when it answers and prints its my.cnf." },
	{ "local", "stop", .run = cmd_local_stop, .can = NO_CONNECTION, .help = "Ends it; the data stay." },
	{ "local", "status", .run = cmd_local_status, .can = NO_CONNECTION, .help = "Where it is; exit 1 when nothing answers there." },
	{ "demo", .run = cmd_demo, .can = NO_CONNECTION, .help = "Opens the console on a private database with a simulated fleet." },
	{ "sim", .run = cmd_sim, .help = "Plays simulated agents on the database in use, or fills it with them." },
	{ "worker", .run = cmd_worker, .help = "Runs the scheduled jobs: price tiers, retention, alerts; several may run, one leads." },
	{ "job", .run = cmd_job_list, .help = "The scheduled jobs: their state, one run by hand (no worker needed), and what ran." },
	{ "job", "list", .run = cmd_job_list, .help = "Each job, its state, its last and its next run." },
	{ "job", "run", .words = "NAME", .run = cmd_job_run, .help = "Runs one now, in this process; an operator's has the leading worker run it, and waits for its end." },
	{ "job", "cancel", .words = "NAME", .run = cmd_job_cancel, .help = "Ends its run at its next step; what is done stays." },
	{ "job", "tiers", .run = cmd_job_tiers, .help = "The price tiers: how many rows, from when to when." },
	{ "job", "history", .words = "[NAME]", .run = cmd_job_history, .help = "The runs of all or of one." },
	{ "prices", .run = cmd_prices, .can = HAS_PAST, .help = "Pools by price; with an option of a series the prices of a tier themselves, of one pool or all, streamed." },
	{ "report", .run = cmd_report, .can = HAS_PAST, .help = "The handover: what is wrong, what fired, who did what and its outcome, money, prices; with how old it is." },
	{ "check", .run = cmd_check, .can = IS_PLUGIN, .help = "A monitoring plugin: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN, with perfdata.", .notes = check_notes },
	{ "tail", .run = cmd_tail, .help = "Follows the event stream; none is lost, none is marked delivered." },
	{ "serve", .run = cmd_serve, .help = "Serves each client's events as Server-Sent Events, /metrics and /healthz." },
	{ "doctor", .run = cmd_doctor, .help = "Checks connection, rights, schema, clock, events, terminal and state; exit 1 when one fails." },
	{ "info", .run = cmd_info, .help = "Versions, paths, and where each option came from." },
	{ "completion", .help = "Prints the shell's completion, made from the live tables." },
	{ "completion", "bash", .run = cmd_completion_bash, .can = NO_CONNECTION, .help = "For bash." },
	{ "completion", "zsh", .run = cmd_completion_zsh, .can = NO_CONNECTION, .help = "For zsh." },
	{ "completion", "fish", .run = cmd_completion_fish, .can = NO_CONNECTION, .help = "For fish." },
	{ "version", .run = cmd_version, .can = NO_CONNECTION, .help = "Prints the version." },
	{ .all = ALL_VIEWS, .run = cmd_view, .can = HAS_PAST },
	{ 0 },
};
// clang-format on
