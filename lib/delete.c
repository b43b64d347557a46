/* SPDX-License-Identifier: MIT */
#include "delete.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "sys.h"

enum {
	DEPTH_MAX = 16, /* and so many fds */
};

struct deletion {
	int top; /* what is too deep is moved here */
	unsigned moved;
	bool failed;
};

/* What deleting one entry came to. */
enum outcome {
	GONE,
	LEFT,
};

static enum outcome delete_entry(struct deletion *all, int parent, const char *name,
	unsigned char type, int depth);

/* One message for a tree: a mount below it or a file made immutable are seldom alone. */
static enum outcome leave(struct deletion *all, const char *tried, const char *name)
{
	if (!all->failed)
		warn(tried, name, "%s",
			errno == EXDEV || errno == EBUSY ? "something is mounted there"
							 : strerror(errno));
	all->failed = true;
	return LEFT;
}

/* Delete what is in DIRECTORY, and close it. A file system may skip entries of a
 * directory that changes while it is read: again, until a pass finds nothing to delete.
 */
static void delete_entries(struct deletion *all, int directory, int depth)
{
	DIR *stream = directory < 0 ? NULL : fdopendir(directory);
	struct dirent *entry;
	unsigned moved;
	bool progress;

	if (!stream) {
		leave(all, "read a directory to delete it", NULL);
		return;
	}
	do {
		progress = false;
		moved = all->moved;
		rewinddir(stream);
		while ((entry = readdir(stream))) {
			if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
				continue;
			if (delete_entry(all, directory, entry->d_name, entry->d_type,
				    depth) == GONE)
				progress = true;
		}
	} while (progress || moved != all->moved);
	closedir(stream);
}

/* A tree of any depth with few fds: a directory that is too deep is moved to the top,
 * where a later pass finds it. */
static enum outcome move_up(struct deletion *all, int parent, const char *name)
{
	char flat[32];

	for (;;) {
		snprintf(flat, sizeof flat, ".deep-%u", all->moved);
		if (!syscall(SYS_renameat2, parent, name, all->top, flat,
			    1 /* RENAME_NOREPLACE */))
			break;
		if (errno == ENOENT)
			return GONE;
		if (errno != EEXIST)
			return leave(all, "move to delete", name);
		all->moved++;
	}
	all->moved++;
	return GONE;
}

static enum outcome delete_directory(
	struct deletion *all, int parent, const char *name, int depth)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS };
	int directory;

	if (!unlinkat(parent, name, AT_REMOVEDIR))
		return GONE;
	if (depth == DEPTH_MAX)
		return move_up(all, parent, name);
	if ((directory = sys_openat2(parent, name, &how)) < 0)
		return errno == ENOENT ? GONE : leave(all, "open to delete", name);
	delete_entries(all, directory, depth + 1);
	if (unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT)
		return leave(all, "delete", name);
	return GONE;
}

static enum outcome delete_entry(
	struct deletion *all, int parent, const char *name, unsigned char type, int depth)
{
	if (type == DT_DIR)
		return delete_directory(all, parent, name, depth);
	if (!unlinkat(parent, name, 0) || errno == ENOENT)
		return GONE;
	/* A file system that does not tell types. */
	if (errno == EISDIR || (type == DT_UNKNOWN && errno == EPERM))
		return delete_directory(all, parent, name, depth);
	return leave(all, "delete", name);
}

bool delete_tree(int parent, const char *name, int directory)
{
	struct deletion all = { .top = directory };

	delete_entries(
		&all, openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), 1);
	if (unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT)
		leave(&all, "delete", name);
	return !all.failed;
}
