/* SPDX-License-Identifier: MIT */
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "die.h"
#include "root.h"

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int close_with(int fd, int result)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return result;
}

static int set_time(int fd, const struct timespec *time)
{
	const struct timespec times[2] = { *time, *time };

	return futimens(fd, times);
}

static bool has_default_acl(int fd)
{
	return fgetxattr(fd, "system.posix_acl_default", NULL, 0) > 0;
}

void open_tree_at(struct tree *tree, int root, size_t depth_max)
{
	struct stat status;

	if (fstat(root, &status))
		die_errno("look at", "the directory");
	*tree = (struct tree){ .root = root, .depth = 1, .depth_max = depth_max };
	tree->levels[0] = (struct level){
		.fd = root, .time = status.st_mtim, .gives_acl = has_default_acl(root)
	};
}

/* Leave the last level. */
static int pop_level(struct tree *tree)
{
	struct level *level = &tree->levels[tree->depth - 1];
	int result = level->changed ? set_time(level->fd, &level->time) : 0;

	level->changed = false;
	if (tree->depth == 1)
		return result;
	tree->depth--;
	free(level->name);
	return close_with(level->fd, result);
}

int close_levels(struct tree *tree)
{
	while (tree->depth > 1)
		if (pop_level(tree))
			return -1;
	return pop_level(tree);
}

/* FD is the directory NAME in the last level. */
static int push_level(struct tree *tree, const char *name, int fd)
{
	struct level *level = &tree->levels[tree->depth];
	struct stat status;

	*level = (struct level){ .fd = fd, .name = strdup(name) };
	if (!level->name || fstat(fd, &status)) {
		free(level->name);
		return close_with(fd, -1);
	}
	level->time = status.st_mtim;
	level->gives_acl = has_default_acl(fd);
	tree->depth++;
	return 0;
}

/* Open directory NAME in PARENT, made where it is missing. Links are not followed:
 * ENOTDIR or ELOOP. */
static int open_component(int parent, const char *name, bool *made)
{
	int fd = openat(parent, name, DIRECTORY_FLAGS);

	if (fd < 0 && errno == ENOENT) {
		if (mkdirat(parent, name, 0755))
			return -1;
		*made = true;
		fd = openat(parent, name, DIRECTORY_FLAGS);
	}
	return fd;
}

/* Take the next component of *PATH: skip slashes and dots, end it with a NUL. NULL if
 * there is none. */
static char *next_component(char **path)
{
	char *start;

	do {
		*path += strspn(*path, "/");
		start = *path;
		*path += strcspn(*path, "/");
		if (**path)
			*(*path)++ = '\0';
	} while (!strcmp(start, "."));
	return *start ? start : NULL;
}

/* The kernel resolves the components [0, COUNT) in one go: what follows links, and goes
 * up. They are in one string, each ended by a NUL. */
static int resolve(struct tree *tree, char *const *components, size_t count)
{
	size_t length = 1;
	char *path, *end;
	int fd = -1, below;

	for (size_t i = 0; i < count; i++)
		length += strlen(components[i]) + 1;
	if (!(end = path = malloc(length + 1)))
		return -1;
	*end++ = '.';
	*end = '\0';
	for (size_t i = 0; i < count; i++) {
		*end++ = '/';
		end = stpcpy(end, components[i]);
	}
	below = open_directory_in_root(tree->root, path, 0755);
	free(path);
	if (below >= 0)
		fd = openat(below, ".", DIRECTORY_FLAGS);
	return close_with(below, fd);
}

/* Open the directory that COMPONENTS lead to, one after the other from START, which stays
 * open. */
static int walk(int start, char *const *components, size_t count)
{
	int at = start;

	for (size_t i = 0; i < count; i++) {
		bool made = false;
		int next = open_component(at, components[i], &made);

		if (at != start)
			close_with(at, 0);
		if (next < 0)
			return -1;
		at = next;
	}
	return at;
}

/* How many of the open levels lead to the directory of COMPONENTS. */
static size_t shared_levels(struct tree *tree, char *const *components, size_t count)
{
	size_t shared = 0;

	while (shared < count && shared + 1 < tree->depth &&
		!strcmp(tree->levels[shared + 1].name, components[shared]))
		shared++;
	return shared;
}

/* Go to the directory of COMPONENTS level by level. *DONE tells how many could be kept
 * open. -1: errno is ENOTDIR or ELOOP if a link is in the way. */
static int enter_levels(
	struct tree *tree, char *const *components, size_t count, size_t *done)
{
	*done = shared_levels(tree, components, count);
	while (tree->depth > *done + 1)
		if (pop_level(tree))
			return -1;
	for (; *done < count && tree->depth < TREE_OPEN_MAX; (*done)++) {
		struct level *parent = &tree->levels[tree->depth - 1];
		bool made = false;
		int fd = open_component(parent->fd, components[*done], &made);

		parent->changed |= made;
		if (fd < 0 || push_level(tree, components[*done], fd))
			return -1;
	}
	return 0;
}

static int enter(struct tree *tree, char *const *components, size_t count, bool plain,
	struct place *place)
{
	struct stat status;
	size_t done = 0;
	int result = -1;

	errno = ELOOP;
	if (plain)
		result = enter_levels(tree, components, count, &done);
	if (!result && done == count) {
		place->directory = tree->levels[tree->depth - 1].fd;
		place->gives_acl = tree->levels[tree->depth - 1].gives_acl;
		place->temporary = false;
		return 0;
	}
	place->temporary = true;
	if (!result)
		place->directory = walk(tree->levels[tree->depth - 1].fd,
			components + done, count - done);
	if (result ? (errno == ENOTDIR || errno == ELOOP)
		   : (place->directory < 0 && (errno == ENOTDIR || errno == ELOOP)))
		place->directory = resolve(tree, components, count);
	else if (result)
		return -1;
	if (place->directory < 0)
		return -1;
	if (fstat(place->directory, &status))
		return close_with(place->directory, -1);
	place->time = status.st_mtim;
	place->gives_acl = has_default_acl(place->directory);
	return 0;
}

int find_place(struct tree *tree, char *name, struct place *place)
{
	size_t count = 0, room = 32;
	char **components = malloc(room * sizeof *components), *component;
	bool plain = true;
	int result;

	if (!components)
		return -1;
	while ((component = next_component(&name))) {
		if (count == tree->depth_max) {
			free(components);
			errno = ENAMETOOLONG;
			return -1;
		}
		if (count == room) {
			char **more =
				reallocarray(components, room *= 2, sizeof *components);

			if (!more) {
				free(components);
				return -1;
			}
			components = more;
		}
		components[count++] = component;
	}
	/* A last ".." is a directory and no name in one. */
	place->last = NULL;
	if (count && strcmp(components[count - 1], ".."))
		place->last = components[--count];
	for (size_t i = 0; i < count; i++)
		plain &= strcmp(components[i], "..") != 0;
	result = enter(tree, components, count, plain, place);
	free(components);
	return result;
}

int leave_place(struct tree *tree, struct place *place)
{
	if (!place->temporary) {
		tree->levels[tree->depth - 1].changed = true;
		return 0;
	}
	return close_with(place->directory, set_time(place->directory, &place->time));
}

int keep_directory(
	struct tree *tree, struct place *place, int fd, const struct timespec *time)
{
	struct level *level;

	if (place->temporary || (place->last && tree->depth == TREE_OPEN_MAX)) {
		if (!place->last)
			place->time = *time;
		if (!place->temporary)
			tree->levels[tree->depth - 1].changed = true;
		return close_with(fd, set_time(fd, time));
	}
	if (place->last) {
		if (push_level(tree, place->last, fd))
			return -1;
		/* What leave_place does for the level that it was made in. */
		tree->levels[tree->depth - 2].changed = true;
	} else {
		tree->levels[tree->depth - 1].gives_acl = has_default_acl(fd);
		close(fd);
	}
	level = &tree->levels[tree->depth - 1];
	level->time = *time;
	level->changed = true;
	return 0;
}

/* --------------------------------------------------------------------------- removing */
static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* Move the directories in NAME in TOP up into TOP, remove everything else in it, then
 * itself: so a tree of any depth is removed with three fds and no recursion. */
static int flatten(int top, const char *name, unsigned *number)
{
	int fd = openat(top, name, DIRECTORY_FLAGS), result = 0;
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *found;

	if (!stream)
		return close_with(fd, -1);
	while (!result && (errno = 0, found = readdir(stream))) {
		char moved[32];

		if (is_dots(found->d_name) || !unlinkat(fd, found->d_name, 0))
			continue;
		if (errno != EISDIR && errno != EPERM) {
			result = -1;
			break;
		}
		if (!unlinkat(fd, found->d_name, AT_REMOVEDIR))
			continue;
		do {
			snprintf(moved, sizeof moved, ".removed.%u", (*number)++);
			result = renameat2(fd, found->d_name, top, moved, 1);
		} while (result && errno == EEXIST);
	}
	if (!result && errno)
		result = -1;
	if (!result)
		result = unlinkat(top, name, AT_REMOVEDIR);
	/* Reading may have missed what was there: another round then. */
	if (result && errno == ENOTEMPTY)
		result = 0;
	return closedir(stream) ? -1 : result;
}

static int empty_directory(int fd)
{
	DIR *stream = fdopendir(fd);
	unsigned number = 0;
	struct dirent *found;
	bool again = true;
	int result = 0;

	if (!stream)
		return close_with(fd, -1);
	while (again && !result) {
		again = false;
		rewinddir(stream);
		while (!result && (errno = 0, found = readdir(stream))) {
			if (is_dots(found->d_name))
				continue;
			again = true;
			if (!unlinkat(fd, found->d_name, 0))
				continue;
			result = errno == EISDIR || errno == EPERM
				? flatten(fd, found->d_name, &number)
				: -1;
		}
		if (!result && errno)
			result = -1;
	}
	return closedir(stream) ? -1 : result;
}

int remove_all(int directory, const char *name)
{
	int fd;

	if (!unlinkat(directory, name, 0))
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	if (!unlinkat(directory, name, AT_REMOVEDIR))
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return -1;
	fd = openat(directory, name, DIRECTORY_FLAGS);
	if (fd < 0 || empty_directory(fd))
		return -1;
	return unlinkat(directory, name, AT_REMOVEDIR);
}
