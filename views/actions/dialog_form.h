/* dialog_form.h - an agent's settings asked for: the line that is typed (key=value), and below it each setting with its value now and
 * what it takes. Up and Down bring a setting into the line, Tab completes keys and values. */
#ifndef SPOTOP_VIEWS_DIALOG_FORM_H
#define SPOTOP_VIEWS_DIALOG_FORM_H
#include "views/actions/dialog_int.h"

bool dialog_has_form(const struct dialog *d);
void dialog_form_begin(struct dialog *d);        /* reads the values of now */
bool dialog_form_key(struct dialog *d, int key); /* false: not its key */
void dialog_form_tab(struct dialog *d);
/* Is the setting's value what it is already? */
bool dialog_form_is_now(const struct dialog *d, const char *key, const char *value);
/* How it is filled in; on a narrow screen what the setting in the line takes. The lines it took. */
int dialog_form_hint(const struct dialog *d, struct grid *g, struct rect r, int y);
void dialog_form_paint(struct dialog *d, struct grid *g, struct rect r, int y, int stop);
#endif
