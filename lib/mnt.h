/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/* Mounts made detached, by fd, and attached once: nobody can look into them, or swap a
 * path under them, before they are complete. All fds are close-on-exec. Errors: -1 and
 * errno; fsopen's own words, where the kernel has some, are in mount_log. */

/* One parameter of a file system: a flag if VALUE is NULL. The last row's KEY is NULL. */
struct mount_option {
	const char *key;
	const char *value;
};

/* A new detached mount of a file system of TYPE (fsopen(2), fsconfig(2), fsmount(2)).
 * ATTRIBUTES are MOUNT_ATTR_* of linux/mount.h. */
int make_mount(const char *type, const struct mount_option *options, unsigned attributes);

/* Finish a file system that fsopen(2) opened as FS: create, mount detached. Does not
 * close FS. */
int finish_mount(int fs, unsigned attributes);

/* Put a detached mount, open as MOUNT, on what TARGET is open on. */
int attach_mount(int mount, int target);

/* The kernel's last message about FS (from its log, fsopen(2)), or "" if it has none. */
void mount_log(int fs, char *text, size_t size);
