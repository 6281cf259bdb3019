/* folder.c - mkdir, from the root down. */
#include "core/base/folder.h"
#include "core/base/err.h"
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

bool folder_make(const char *path, struct err *e)
{
	char part[PATH_MAX];
	struct stat st;
	size_t n = strlen(path);
	if (n == 0 || n >= sizeof part) return err_set(e, ERR_USAGE, "not a usable folder: '%.200s'", path);
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0') continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0700) == 0) continue;
		int why = errno;
		if (why == EEXIST && stat(part, &st) == 0) why = S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
		if (why) return err_set(e, ERR_IO, "cannot make the folder %s: %s", part, strerror(why));
	}
	return true;
}
