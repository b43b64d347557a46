/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* Put a detached mount, open as MOUNT, on what TARGET is open on. MOUNT stays open on
 * the mount's root, where it now is. */
int attach_mount(int mount, int target);

/* A detached bind of the file or directory that FD is open on (open_tree(2)), with the
 * mounts below it if RECURSIVE. */
int clone_mount(int fd, bool recursive);

/* What to change of a mount: attributes to set (MOUNT_ATTR_RDONLY, NOSUID, NODEV and
 * NOEXEC) and its propagation (MS_PRIVATE, MS_SLAVE, MS_SHARED; 0 leaves it), each for
 * this mount alone or for all below it too. */
struct mount_change {
	uint64_t set;
	bool set_recursive;
	unsigned propagation;
	bool propagation_recursive;
};

/* Change the mount whose root MOUNT is open on. Kernels before 5.12 have no
 * mount_setattr(2): there the mount must be attached, /proc be procfs, and what is to be
 * set not be recursive (ENOSYS). EINVAL if MOUNT is not the root of a mount. */
int change_mount(int mount, const struct mount_change *change);

/* Attach a detached mount with the changes made: before, where the kernel can, so that it
 * never appears without them. */
int attach_changed_mount(int mount, int target, const struct mount_change *change);

/* Whether FD is open on a file system whose statfs(2) type is MAGIC (linux/magic.h). */
bool is_on(int fd, unsigned long magic);

/* A path to what FD is open on, for a system call that takes only paths: PATH becomes
 * /proc/self/fd/N. -1 and ENOSYS if /proc is not procfs. */
enum {
	FD_PATH_SIZE = 32
};
int fd_path(int fd, char path[FD_PATH_SIZE]);

/* The kernel's last message about FS (from its log, fsopen(2)), or "" if it has none. */
void mount_log(int fs, char *text, size_t size);
