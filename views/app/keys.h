/* keys.h - every key there is: the rows of the actions as one keymap, and the operator's own keys over it. */
#ifndef SPOTOP_VIEWS_KEYS_H
#define SPOTOP_VIEWS_KEYS_H
struct err;
struct keymap;

struct keymap *keys_new(struct err *e); /* NULL: *e names the line of the settings that is wrong */
#endif
