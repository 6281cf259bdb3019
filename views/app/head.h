/* head.h - the counts in the header, the freezes and what is new, read every few seconds. */
#ifndef SPOTOP_VIEWS_HEAD_H
#define SPOTOP_VIEWS_HEAD_H
struct app;

void head_open(struct app *a);
void head_close(struct app *a);
void head_due(struct app *a); /* reads it when it is time */
void head_soon(struct app *a);
#endif
