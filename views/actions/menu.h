/* menu.h - the action menu: the only door to writes. */
#ifndef SPOTOP_VIEWS_MENU_H
#define SPOTOP_VIEWS_MENU_H
struct nav;
/* verb_key: chosen already, if it fits; NULL: it is chosen in the menu. */
void menu_open(struct nav *nav, const char *verb_key);
#endif
