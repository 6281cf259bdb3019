/* frame.h - the frame around every screen. */
#ifndef SPOTOP_VIEWS_FRAME_H
#define SPOTOP_VIEWS_FRAME_H
struct app;

void frame_paint(struct app *a);
#endif
