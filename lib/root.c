/* SPDX-License-Identifier: MIT */
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"

enum {
	LINKS_MAX = 40, /* as many as the kernel follows */
	LINK_SIZE = 4096, /* no link is longer */
};

int open_in_root(int root, const char *path, int flags, mode_t mode)
{
	struct open_how how = { .flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	int fd;

	/* A rename anywhere in the tree during a ".." makes the kernel give up
	 * (openat2(2)); a container that renames for ever must not keep us here for ever.
	 */
	for (int attempt = 0; attempt < 100; attempt++) {
		fd = sys_openat2(root, path, &how);
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd;
}

static int errno_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return -1;
}

/* The directory that holds PATH's last component, made where missing; *NAME is that
 * component. */
static int open_parent(int root, const char *path, mode_t mode, const char **name)
{
	const char *slash = strrchr(path, '/');
	char *parent;
	int fd;

	*name = slash ? slash + 1 : path;
	if (!slash)
		return open_in_root(root, ".", O_PATH | O_DIRECTORY, 0);
	if (!(parent = strndup(path, (size_t)(slash - path))))
		return -1;
	fd = open_directory_in_root(root, *parent ? parent : ".", mode);
	free(parent);
	return fd;
}

/* PATH without trailing slashes, "." for the root itself; the caller's to free. */
static char *trim(const char *path)
{
	char *copy = strdup(path);
	size_t length = copy ? strlen(copy) : 0;

	while (length > 1 && copy[length - 1] == '/')
		copy[--length] = '\0';
	if (copy && !length) {
		free(copy);
		copy = strdup(".");
	}
	return copy;
}

int open_directory_in_root(int root, const char *path, mode_t mode)
{
	char *plain = trim(path);
	const char *name;
	int fd, parent;

	if (!plain)
		return -1;
	fd = open_in_root(root, plain, O_PATH | O_DIRECTORY, 0);
	if (fd < 0 && errno == ENOENT) {
		parent = open_parent(root, plain, mode, &name);
		if (parent >= 0) {
			/* "a/.." exists as soon as "a" does; a dangling link stays
			 * ENOENT. */
			bool made = !mkdirat(parent, name, mode) || errno == EEXIST;

			if (made)
				fd = open_in_root(root, plain, O_PATH | O_DIRECTORY, 0);
			errno_close(parent);
		}
	}
	free(plain);
	return fd;
}

/* The path that the dangling link NAME in PARENT, which PATH led to, leads to; the
 * caller's to free. NULL and errno. */
static char *follow_dangling(int parent, const char *path, const char *name)
{
	char target[LINK_SIZE], *whole;
	ssize_t length = readlinkat(parent, name, target, sizeof target - 1);

	if (length < 0)
		return NULL;
	target[length] = '\0';
	if (*target == '/')
		return strdup(target);
	return asprintf(&whole, "%.*s%s", (int)(name - path), path, target) < 0 ? NULL
										: whole;
}

/* LINKS: how many more dangling ones may be followed. */
static int open_file_target(int root, const char *path, int links)
{
	char *plain = trim(path), *next = NULL;
	const char *name;
	struct stat status;
	int fd, made, parent;

	if (!plain)
		return -1;
	fd = open_in_root(root, plain, O_PATH, 0);
	if (fd < 0 && errno == ENOENT &&
		(parent = open_parent(root, plain, 0755, &name)) >= 0) {
		made = openat(parent, name,
			O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (made >= 0 || errno == EEXIST)
			fd = open_in_root(root, plain, O_PATH, 0);
		/* An image whose /etc/resolv.conf is a link into a /run that is made at
		 * boot is a common one. */
		if (fd < 0 && errno == ENOENT && links)
			next = follow_dangling(parent, plain, name);
		errno_close(made);
		errno_close(parent);
	}
	if (next)
		fd = open_file_target(root, next, links - 1);
	free(next);
	free(plain);
	if (fd >= 0 && (fstat(fd, &status) || S_ISDIR(status.st_mode))) {
		errno = EISDIR;
		return errno_close(fd);
	}
	return fd;
}

int open_target_in_root(int root, const char *path, int directory)
{
	return directory ? open_directory_in_root(root, path, 0755)
			 : open_file_target(root, path, LINKS_MAX);
}

char *read_file_in_root(int root, const char *path, size_t limit, size_t *length)
{
	/* O_NONBLOCK: opening a FIFO or a device must not wait. */
	int fd = open_in_root(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct stat status;
	char *text = NULL;
	size_t have = 0;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status))
		goto fail;
	if (!S_ISREG(status.st_mode)) {
		errno = EINVAL;
		goto fail;
	}
	if (status.st_size < 0 || (size_t)status.st_size > limit) {
		errno = EFBIG;
		goto fail;
	}
	/* The file may grow or shrink while it is read: one byte more than allowed tells.
	 */
	if (!(text = malloc(limit + 2)))
		goto fail;
	for (;;) {
		ssize_t got = read(fd, text + have, limit + 1 - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			goto fail;
		if (!got)
			break;
		have += (size_t)got;
		if (have > limit) {
			errno = EFBIG;
			goto fail;
		}
	}
	close(fd);
	text[have] = '\0';
	if (length)
		*length = have;
	return text;
fail:
	errno_close(fd);
	free(text);
	return NULL;
}
