/* settings.h - the settings file against the rows of options.c. */
#ifndef SPOTOP_VIEWS_SETTINGS_H
#define SPOTOP_VIEWS_SETTINGS_H
#include <stdbool.h>
struct err;
/* Reads it and checks each line by name, form and range; the sentence names file and line. */
bool settings_read(struct err *e);
#endif
