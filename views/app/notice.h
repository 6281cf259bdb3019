/* notice.h - what calls the operator: a bell and a desktop notice (OSC 9, OSC 777) for new alerts of the
 * severities and for Spot interruption notices that the setting `bell` names; and the hint of the first run. */
#ifndef SPOTOP_VIEWS_NOTICE_H
#define SPOTOP_VIEWS_NOTICE_H
struct app;
struct table;
struct view_args;
/* What queries/header is asked with: what is known already, and which severities are chosen. */
void notice_ask(const struct app *a, struct view_args *args);
/* t: a new answer of queries/header. The first one is where it starts from: what is old calls nobody. */
void notice_head(struct app *a, const struct table *t);
/* Once in a life: one line that says where the keys are. */
void notice_first_run(struct app *a);
#endif
