/* save.h - a table into a new file whose name ends in .csv or .json; large lists in the background. */
#ifndef SPOTOP_VIEWS_SAVE_H
#define SPOTOP_VIEWS_SAVE_H
#include <stdbool.h>
struct app;
struct err;

bool save_to(struct app *a, const char *path, struct err *e);
bool save_stop(struct app *a);    /* false: nothing is being saved */
void save_abandon(struct app *a); /* the console ends */
#endif
