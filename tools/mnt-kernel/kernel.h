/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/* The parts of mnt-kernel. Each mounts one tree of the kernel's below an fd and dies if
 * it cannot. */

/* Every device of the host under --privileged, or SOURCE[:TARGET[:rwm]] of --device. */
struct settings {
	const char *shm_size;
	char **devices;
	int device_count;
	const char **masks, **read_only, **unmasked;
	int mask_count, read_only_count, unmasked_count;
	bool privileged, no_cgroup;
};

/* The mounts as fds: the root directory, and what was mounted below it. */
struct places {
	int root, proc, sys, dev;
};

/* Put MOUNT on the directory NAME below PARENT: a real one, not a link, made if it is
 * missing. SHOWN is its name in messages. */
void put_mount(int mount, int parent, const char *name, const char *shown);

/* /sys/fs/cgroup: the cgroups as the caller's cgroup namespace shows them. */
void mount_cgroups(const struct places *places, bool writable);

/* /dev, and the file systems below it. Returns its fd. */
int mount_dev(const struct places *places, const struct settings *settings);

/* Hide and write-protect what of /proc and /sys is the machine's and not a container's.
 */
void protect_paths(const struct places *places, const struct settings *settings);
