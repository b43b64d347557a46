/* SPDX-License-Identifier: MIT */
#include "whiteout.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tree.h"

#define PREFIX ".wh."
#define OPAQUE ".wh..wh..opq"

enum {
	NESTING_MAX = 64, /* directories in which what is older is looked for */
};

struct timespec wait_for_tick(void)
{
	static const struct timespec part = { .tv_nsec = 500 * 1000 };
	struct timespec first, now;

	/* The clock that the kernel takes the times of files from. */
	clock_gettime(CLOCK_REALTIME_COARSE, &first);
	do {
		nanosleep(&part, NULL);
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	} while (now.tv_sec == first.tv_sec && now.tv_nsec == first.tv_nsec);
	return now;
}

static bool is_before(const struct statx_timestamp *time, const struct timespec *start)
{
	return time->tv_sec != start->tv_sec ? time->tv_sec < start->tv_sec
					     : time->tv_nsec < start->tv_nsec;
}

/* By times that no archive can set. A file is as old as its birth: its change time is
 * also that of the last name that was taken from it, and a lower layer may have given it
 * several. What was changed in a directory, by contrast, may be what the layer brought.
 */
static bool is_older(const struct statx *status, const struct timespec *start)
{
	if (!S_ISDIR(status->stx_mode) && status->stx_mask & STATX_BTIME)
		return is_before(&status->stx_btime, start);
	return is_before(&status->stx_ctime, start);
}

/* Remove what is older than START in the directory open as FD, which is closed. */
static int remove_older(int fd, const struct timespec *start, int nesting)
{
	DIR *stream = fdopendir(fd);
	struct dirent *found;
	int result = 0;

	if (!stream) {
		close(fd);
		return -1;
	}
	while (!result && (errno = 0, found = readdir(stream))) {
		struct statx status;
		int below;

		if (!strcmp(found->d_name, ".") || !strcmp(found->d_name, ".."))
			continue;
		if (statx(fd, found->d_name, AT_SYMLINK_NOFOLLOW,
			    STATX_BASIC_STATS | STATX_BTIME, &status)) {
			result = -1;
		} else if (is_older(&status, start)) {
			result = remove_all(fd, found->d_name);
		} else if (S_ISDIR(status.stx_mode) && nesting < NESTING_MAX) {
			below = openat(fd, found->d_name,
				O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			result = below < 0 ? -1 : remove_older(below, start, nesting + 1);
		}
	}
	if (!result && errno)
		result = -1;
	return closedir(stream) ? -1 : result;
}

static int make_opaque(
	enum whiteouts whiteouts, int directory, const struct timespec *start)
{
	int copy, result;

	if (whiteouts == WHITEOUTS_OVERLAY) {
		/* In a user namespace only the second may be set; an overlay that is
		 * mounted there looks for that one. */
		result = fsetxattr(directory, "trusted.overlay.opaque", "y", 1, 0);
		if (result && errno == EPERM)
			result = fsetxattr(directory, "user.overlay.opaque", "y", 1, 0);
		return result;
	}
	copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return copy < 0 ? -1 : remove_older(copy, start, 0);
}

bool is_whiteout(const char *last)
{
	return !strncmp(last, PREFIX, strlen(PREFIX));
}

int apply_whiteout(enum whiteouts whiteouts, int directory, const char *last,
	const struct timespec *start)
{
	const char *hidden = last + strlen(PREFIX);

	if (!strcmp(last, OPAQUE))
		return make_opaque(whiteouts, directory, start);
	/* What aufs kept for itself. */
	if (!strncmp(hidden, PREFIX, strlen(PREFIX)))
		return 0;
	if (!*hidden || !strcmp(hidden, ".") || !strcmp(hidden, "..")) {
		errno = EINVAL;
		return -1;
	}
	if (remove_all(directory, hidden) && errno != ENOENT)
		return -1;
	if (whiteouts == WHITEOUTS_OVERLAY &&
		mknodat(directory, hidden, S_IFCHR, makedev(0, 0)))
		return -1;
	return 0;
}
