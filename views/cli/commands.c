/* commands.c - every command, one line each, in the order in which --help lists them. */
#include "views/cli/commands.h"
#include "version.h"
#include "views/cli/cmd_db.h"
#include "views/cli/cmd_import.h"
#include "views/cli/cmd_job.h"
#include "views/cli/cmd_local.h"
#include "views/cli/cmd_self.h"
#include "views/cli/cmd_sim.h"
#include "views/cli/cmd_verb.h"
#include <stdio.h>

static int run_version(struct cli *c)
{
	(void)c;
	puts("spotop " SPOTOP_VERSION);
	return 0;
}
static const struct command command_version = {
	.name = "version",
	.about = "Prints the version.",
	.run = run_version,
	.needs_no_conf = true,
};

// clang-format off
const struct command *const commands[] = {
	&command_switch,
	&command_launch,
	&command_promote,
	&command_terminate,
	&command_config,
	&command_self_destruct,
	&command_cancel,
	&command_freeze,
	&command_thaw,
	&command_cordon,
	&command_uncordon,
	&command_ack,
	&command_claim,
	&command_release,
	&command_snooze,
	&command_note,
	&command_audit,
	&command_import,
	&command_db,
	&command_local,
	&command_demo,
	&command_sim,
	&command_worker,
	&command_job,
	&command_prices,
	&command_report,
	&command_check,
	&command_tail,
	&command_serve,
	&command_doctor,
	&command_info,
	&command_completion,
	&command_version,
	NULL,
};
// clang-format on
