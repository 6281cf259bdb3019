/* complain.h - what is wrong with the endpoint, told to its owner. */
#ifndef SPOTOP_SERVE_COMPLAIN_H
#define SPOTOP_SERVE_COMPLAIN_H
struct serve;
/* Into the log when it is new, and once a minute while it lasts. */
void serve_complain(struct serve *s, const char *what, const char *why);
#endif
