/* local_rows.c - the client library's handler for LOAD DATA LOCAL: it opens no file. */
#include "core/db/local_rows.h"
#include "core/base/mem.h"
#include <errmsg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct handed {
	const char *at;
	size_t left;
};

static int begin(void **handed, const char *name, void *of)
{
	const struct db_opts *const *opts = of, *o = opts ? *opts : NULL;
	struct handed *h = mem_alloc(sizeof *h);
	*handed = h;
	if (!o || !o->local_name || strcmp(name, o->local_name) != 0) return 1;
	*h = (struct handed){ o->local, o->local_len };
	return 0;
}

static int hand(void *handed, char *to, unsigned room)
{
	struct handed *h = handed;
	size_t n = h->left < room ? h->left : room;
	memcpy(to, h->at, n);
	h->at += n;
	h->left -= n;
	return (int)n;
}

static void end(void *handed) { free(handed); }

static int refuse(void *handed, char *text, unsigned room)
{
	(void)handed;
	snprintf(text, room, "the server asked for a file of this machine, which it does not get");
	return CR_UNKNOWN_ERROR;
}

void local_rows_serve(MYSQL *my, const struct db_opts **of)
{
	mysql_set_local_infile_handler(my, begin, hand, end, refuse, of);
}
