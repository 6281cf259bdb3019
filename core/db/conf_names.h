/* conf_names.h - an option's name as the mariadb client takes it: any case, '_' for '-', a prefix that only one
 * option has, and skip-, disable-, enable-, maximum-, loose- before it (its mysys/my_getopt.c). */
#ifndef SPOTOP_DB_CONF_NAMES_H
#define SPOTOP_DB_CONF_NAMES_H
#include <stdbool.h>
#include <stddef.h>

struct conf_name {
	enum {
		NAME_OURS,      /* index says which */
		NAME_CLIENTS,   /* the client's, of no use here */
		NAME_UNKNOWN,
		NAME_AMBIGUOUS  /* name and other are two of those it could be */
	} found;
	size_t index;
	const char *name, *other;
	enum { SWITCH_NONE, SWITCH_OFF, SWITCH_ON } word;    /* skip- and disable-; enable- */
	bool is_loose;
};
/* ours(i): our i-th option, NULL past the end. */
struct conf_name conf_name_of(const char *given, const char *(*ours)(size_t i));
#endif
