/* password.h - asks for a password on the terminal. */
#ifndef SPOTOP_VIEWS_PASSWORD_H
#define SPOTOP_VIEWS_PASSWORD_H
#include <stdbool.h>
#include <stddef.h>
struct err;
/* Into line, without the end of the line; the caller wipes it. A signal that ends the program ends it here too,
 * with the terminal as it was. false: there is no terminal, or nothing was typed before its end. */
bool password_ask(const char *prompt, char *line, size_t size, struct err *e);
#endif
