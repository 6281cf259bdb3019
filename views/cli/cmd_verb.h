/* cmd_verb.h - verbs as commands: parse, preview, ask, issue, wait; one JSON object a target. */
#ifndef SPOTOP_VIEWS_CMD_VERB_H
#define SPOTOP_VIEWS_CMD_VERB_H
#include "views/cli/cli.h"
extern const struct command command_switch, command_launch, command_promote, command_terminate,
        command_config, command_self_destruct, command_cancel, command_freeze, command_thaw, command_cordon,
        command_uncordon, command_ack, command_claim, command_release, command_snooze, command_note, command_audit;
int cmd_verb_run(struct cli *c);
#endif
