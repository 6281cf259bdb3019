/* stack.h - several tables on one screen, one under another; one is in focus and gets the spare room. */
#ifndef SPOTOP_VIEWS_STACK_H
#define SPOTOP_VIEWS_STACK_H
#include "views/table/sheet_data.h"

enum { STACK_MAX = 4 };
struct stack {
	struct sheet *part[STACK_MAX];
	int n, focus;
};

void stack_init(struct stack *s, struct nav *nav, const struct view *const *which, int n,
                const struct view_args *args);
void stack_free(struct stack *s);
void stack_fetch(struct stack *s);
void stack_retime(struct stack *s, const struct view_args *args);
void stack_paint(struct stack *s, struct grid *g, struct rect r);
void stack_step(struct stack *s, int by); /* the focus goes to the next, or the one before */
struct sheet *stack_focus(const struct stack *s);

#endif
