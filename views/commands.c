/* commands.c - every command, one line each, in the order in which --help lists them. */
#include "version.h"
#include "views/cli.h"
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

const struct command *const commands[] = {
	&command_version,
	NULL,
};
