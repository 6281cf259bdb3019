/* undo.h - the inverse of my last action, prepared and never automatic. */
#ifndef SPOTOP_VIEWS_UNDO_H
#define SPOTOP_VIEWS_UNDO_H
struct nav;
void undo_open(struct nav *nav);
#endif
