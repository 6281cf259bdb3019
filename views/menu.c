/* menu.c - the action menu, the only door to writes. */
#include "views/app_int.h"

void menu_open(struct app *a, const char *verb_key)
{
	(void)verb_key;
	app_say(a, ST_DIM, "nothing can be done to this row yet");
}
