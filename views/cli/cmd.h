/* cmd.h - the functions of the commands; each stands in the file that its name begins with, cmd_job_run in
 * cmd_job.c. They read their line through cli.h, print to stdout and return the exit code. */
#ifndef SPOTOP_VIEWS_CMD_H
#define SPOTOP_VIEWS_CMD_H
struct cli;
int cmd_audit_verify(struct cli *c);
int cmd_check(struct cli *c);
extern const char check_notes[]; /* below its --help: the order of impact */
int cmd_completion_bash(struct cli *c);
int cmd_completion_fish(struct cli *c);
int cmd_completion_words(struct cli *c);
int cmd_completion_zsh(struct cli *c);
int cmd_db_init(struct cli *c);
int cmd_db_upgrade(struct cli *c);
int cmd_db_restored(struct cli *c);
int cmd_db_status(struct cli *c);
int cmd_db_verify(struct cli *c);
int cmd_demo(struct cli *c);
int cmd_doctor(struct cli *c);
int cmd_evacuate(struct cli *c);
int cmd_hosts(struct cli *c);
int cmd_import_prices(struct cli *c);
int cmd_import_notices(struct cli *c);
int cmd_info(struct cli *c);
int cmd_job_cancel(struct cli *c);
int cmd_job_history(struct cli *c);
int cmd_job_list(struct cli *c);
int cmd_job_run(struct cli *c);
int cmd_job_tiers(struct cli *c);
int cmd_local_start(struct cli *c);
int cmd_local_status(struct cli *c);
int cmd_local_stop(struct cli *c);
int cmd_migrate(struct cli *c);
int cmd_prices(struct cli *c);
int cmd_report(struct cli *c);
int cmd_serve(struct cli *c);
int cmd_sim(struct cli *c);
int cmd_tail(struct cli *c);
int cmd_verb(struct cli *c);
int cmd_void(struct cli *c);
int cmd_version(struct cli *c);
int cmd_view(struct cli *c);
int cmd_worker(struct cli *c);
#endif
