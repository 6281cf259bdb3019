/* frame.h - the frame around every screen. */
#ifndef SPOTOP_VIEWS_FRAME_H
#define SPOTOP_VIEWS_FRAME_H
#include <stdbool.h>

struct app;
struct popup;

void frame_paint(struct app *a);
/* A terminal of 40x12 has room for every dialog; a smaller one for none. */
bool frame_has_room(const struct app *a, const struct popup *p);
#endif
