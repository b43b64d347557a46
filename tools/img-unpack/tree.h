/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

/* Places in a directory tree that may be hostile, by the names that an archive gives:
 * found as a process would find them whose root the tree is. The directories of the last
 * name stay open, since archives go through a tree branch by branch. */

enum {
	TREE_OPEN_MAX = 64, /* directories kept open; deeper ones are opened each time */
};

struct level {
	int fd;
	char *name; /* in the level above */
	bool changed; /* time has to be set again when it is left */
	bool gives_acl; /* to what is made in it: it has a default ACL */
	struct timespec time;
};

struct tree {
	int root; /* never closed */
	struct level levels[TREE_OPEN_MAX]; /* levels[0] is the root */
	size_t depth; /* how many are open */
	size_t depth_max; /* of names, in components */
};

/* Where an entry goes: LAST in DIRECTORY, or, if LAST is NULL, the directory itself. */
struct place {
	int directory;
	const char *last; /* points into the name given */
	bool gives_acl; /* as of a level */
	bool temporary; /* the directory is not one of the tree's levels */
	struct timespec time; /* of a temporary directory, before it was changed */
};

/* ROOT is an fd of the directory, open for reading. Dies on failure. */
void open_tree_at(struct tree *tree, int root, size_t depth_max);

/* Find the place of NAME, whose slashes are overwritten. Missing directories on the way
 * are made. -1 and errno. */
int find_place(struct tree *tree, char *name, struct place *place);

/* PLACE was used; its directory keeps the time it had. -1 and errno. */
int leave_place(struct tree *tree, struct place *place);

/* The directory at PLACE is open as FD, and is to have this time when all is done. Takes
 * FD. -1 and errno. */
int keep_directory(
	struct tree *tree, struct place *place, int fd, const struct timespec *time);

/* Set the times of directories that are open still, and close them. -1 and errno. */
int close_levels(struct tree *tree);

/* Remove NAME in DIRECTORY, whatever it is, and all below it, however deep. -1 and errno.
 */
int remove_all(int directory, const char *name);
