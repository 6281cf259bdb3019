/* keeper.h - nothing that a test program starts outlives it, however it ends.
 *
 * A program under a keeper is the grandchild of who asked for it. Between them stands the keeper, a subreaper in a
 * session of its own: whatever the program leaves behind, daemons too, becomes the keeper's child. When the program
 * is gone, or its asker is (by SIGKILL too), or on TERM, INT and HUP, the keeper kills all of that, removes the
 * program's folder and ends as the program did. */
#ifndef SPOTOP_TESTS_KEEPER_H
#define SPOTOP_TESTS_KEEPER_H
#include <sys/types.h>

/* As fork(): 0 in the program, the keeper's pid in the caller, who waits for it; -1 with errno. In the program
 * SPOTOP_TMP and TMPDIR name a folder of its own, gone with it. What it leaves running at an orderly end is told on
 * stderr. The folder is in memory where the machine has room for it, so that no server waits for a disk. */
pid_t keeper_fork(void);
/* The rest of this program runs under a keeper; the process that called waits and ends as it does. Its folder is on a
 * disk: a bench counts what that costs. */
void keeper_begin(void);
#endif
