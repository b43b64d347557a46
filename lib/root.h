/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* Work below a root file system that may be hostile: every path is resolved once, by
 * openat2(2) with RESOLVE_IN_ROOT, as the container itself would resolve it, and from
 * then on is an fd. A symbolic link in the image is followed inside ROOT and never out of
 * it; magic links (those of procfs) are refused. All fds are close-on-exec. Errors: -1
 * and errno, EAGAIN (a component was renamed meanwhile) having been tried again. ROOT is
 * an fd of a directory. */

/* Open PATH (absolute or relative, both from ROOT) with open(2) FLAGS; MODE counts with
 * O_CREAT. */
int open_in_root(int root, const char *path, int flags, mode_t mode);

/* Open directory PATH, made with its parents (MODE, owner as the caller) where it is
 * missing. O_PATH fd. ENOTDIR if something else is in the way. */
int open_directory_in_root(int root, const char *path, mode_t mode);

/* Open PATH as a mount target, O_PATH: a directory if DIRECTORY, else anything that is
 * not one; where it is missing it is made, an empty directory 0755 or an empty file 0644,
 * with its parents; where a link of a file dangles, what it leads to is made. ENOTDIR or
 * EISDIR if what is there is of the other kind. */
int open_target_in_root(int root, const char *path, int directory);

/* Read the whole of a regular file below ROOT of at most LIMIT bytes into memory, with a
 * NUL after it; never blocks on a FIFO or a device. NULL and errno (EFBIG, EINVAL for
 * what is not a regular file). The memory is the caller's to free. */
char *read_file_in_root(int root, const char *path, size_t limit, size_t *length);
