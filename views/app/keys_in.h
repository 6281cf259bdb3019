/* keys_in.h - what a key means: the window over the screen, the prompt, or an action. */
#ifndef SPOTOP_VIEWS_KEYS_IN_H
#define SPOTOP_VIEWS_KEYS_IN_H
struct app;

void keys_in(struct app *a, int key);
#endif
