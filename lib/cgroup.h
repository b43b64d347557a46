/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Control groups (cgroups(7)) of both versions at once. Under version 1 each controller
 * has a hierarchy of its own, under version 2 there is one for all; a hybrid host has
 * both. Which are there is read from /proc/self/mountinfo, never from the caller's
 * environment. All work is done below fds of the hierarchies' roots, which have been
 * checked to be what mountinfo says; links are not followed. All fds are close-on-exec.
 *
 * A GROUP is an absolute path, the same in every hierarchy: "/container-tools/ID". It has
 * no empty component, no "." and no "..", and is not "/". Errors: -1 and errno, EINVAL
 * for what is not such a path. */

struct hierarchy {
	bool unified; /* version 2 */
	char *controllers; /* ",cpu,cpuacct,", ",name=systemd,"; of version 2, those that
			      its root offers */
	char *mount; /* where it is mounted: for messages */
	dev_t device;
	int root; /* that directory */
	int group; /* make_group's and open_group's result, else -1 */
	int trouble; /* errno of a controller that could not be enabled, else 0 */
};

struct hierarchies {
	struct hierarchy *list;
	size_t count;
};

/* What is mounted, each hierarchy once. The memory and the fds are the caller's until
 * close_hierarchies. */
int open_hierarchies(struct hierarchies *all);
void close_hierarchies(struct hierarchies *all);

/* Whether HIERARCHY has the controller called NAME ("memory", "name=systemd"). */
bool has_controller(const struct hierarchy *hierarchy, const char *name);

bool is_group(const char *group);

/* Make GROUP with its parents where they are missing, open as hierarchy->group. A cpuset
 * of version 1 gets its parent's processors and memory nodes, since nothing can join an
 * empty one. Under version 2 the parents hand down the controllers that the list WANTED
 * names, as far as they can: hierarchy->trouble has the reason of one that could not. */
int make_group(
	struct hierarchy *hierarchy, const char *group, const char *const wanted[]);

/* Open a GROUP that is there as hierarchy->group. */
int open_group(struct hierarchy *hierarchy, const char *group);

/* Write TEXT, in one write(2), to the control file NAME of hierarchy->group. */
int write_group(const struct hierarchy *hierarchy, const char *name, const char *text);

/* All of a control file below DIRECTORY, with a NUL after it; the caller's to free. NULL
 * and errno. */
char *read_control(int directory, const char *name);

/* Whether some hierarchy is mounted in which this process may make groups below the root:
 * by permissions alone, nothing is tried. */
bool can_make_groups(void);

/* End every process in GROUP and in the groups below it, in all hierarchies, frozen ones
 * too, and wait until none is left. EBUSY after PATIENCE milliseconds. A GROUP that is
 * missing is empty. Needs CAP_KILL for processes of other users; processes outside of the
 * caller's pid namespace are only reached by version 2's cgroup.kill. */
int kill_group(const char *group, int patience);

/* Remove GROUP and the groups below it from all hierarchies; what is missing is fine.
 * EBUSY if processes are in it: kill_group first. */
int remove_group(const char *group);

/* How many processes of GROUP the kernel has killed since memory ran out; 0 if it cannot
 * be known. */
unsigned long count_oom_kills(const char *group);
