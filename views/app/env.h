/* env.h - another environment inside the console. */
#ifndef SPOTOP_VIEWS_ENV_H
#define SPOTOP_VIEWS_ENV_H
#include <stdbool.h>
struct app;
struct err;

bool env_switch(struct app *a, const char *name, struct err *e);
#endif
