/* SPDX-License-Identifier: MIT */
/* The cgroups: on a machine with version 2 alone, that; with version 1, a tmpfs with one
 * directory for each hierarchy, as the host has it. Which there are is what
 * /proc/self/cgroup says. A hierarchy that exists is mounted again, never made: the
 * options are exactly its own. */

#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"
#include "mnt.h"
#include "sys.h"

enum {
	CONTROLLERS_MAX = 32,
	FLAGS_MAX = 16,
};

static const char place[] = "/sys/fs/cgroup";

static const struct cause no_namespace = { "no-cgroup-namespace",
	"in a user namespace, cgroups need a cgroup namespace made with it (ns-exec "
	"--cgroup)" };

static unsigned attributes(bool writable)
{
	return MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
		(writable ? 0 : MOUNT_ATTR_RDONLY);
}

/* A mount of version 2. Without a cgroup namespace the kernel takes the flags of any
 * mount as new ones for the whole machine, and those left out as off: so they are given
 * as they are, as the last field of an existing mount's line in mountinfo has them. */
static int make_version_2(int proc, bool writable)
{
	int fd = openat(proc, "self/mountinfo", O_RDONLY | O_CLOEXEC);
	FILE *list = fd < 0 ? NULL : fdopen(fd, "re");
	struct mount_option rows[FLAGS_MAX + 1] = { { 0 } };
	char *line = NULL, *rest = NULL, *word;
	int count = 0, mount;
	size_t size = 0;

	if (!list)
		die_errno("open", "/proc/self/mountinfo");
	while (!rest && getline(&line, &size, list) >= 0)
		if ((rest = strstr(line, " - cgroup2 ")))
			rest = strrchr(rest, ' ') + 1;
	if (ferror(list))
		die_errno("read", "/proc/self/mountinfo");
	while ((word = strsep(&rest, ",\n")) && count < FLAGS_MAX)
		if (*word && strcmp(word, "rw") && strcmp(word, "ro"))
			rows[count++].key = word;
	mount = make_mount("cgroup2", rows, attributes(writable));
	if (mount < 0)
		die_errno_cause("make the cgroup hierarchy", "cgroup2",
			errno == EPERM ? &no_namespace : NULL);
	free(line);
	fclose(list);
	return mount;
}

/* The version 1 hierarchy of CONTROLLERS, such as "cpu,cpuacct" or "name=systemd", which
 * is cut up. */
static int make_hierarchy(char *controllers, bool writable)
{
	struct mount_option rows[CONTROLLERS_MAX + 1] = { { 0 } };
	char *rest = controllers, *word;
	int count = 0, mount;

	while ((word = strsep(&rest, ",")) && count < CONTROLLERS_MAX) {
		if (!strncmp(word, "name=", 5))
			rows[count++] = (struct mount_option){ "name", word + 5 };
		else
			rows[count++] = (struct mount_option){ word, NULL };
	}
	mount = make_mount("cgroup", rows, attributes(writable));
	if (mount < 0)
		die_errno_cause("make the cgroup hierarchy", controllers,
			errno == EPERM ? &no_namespace : NULL);
	return mount;
}

/* What /proc/self/cgroup says of one hierarchy, "7:cpu,cpuacct:/group", becomes a mount
 * below TMPFS, and a link for each of several controllers. */
static void add_hierarchy(int tmpfs, char *line, bool writable)
{
	char *controllers = strchr(line, ':'), *end, *name, *rest, *word;
	int mount;

	if (!controllers || !(end = strchr(++controllers, ':')))
		return;
	*end = '\0';
	/* The version 2 side of a hybrid host has no controllers, and the container is in
	 * no group of its own there (cg-exec): what one sees in it is the host's. */
	if (!*controllers)
		return;
	name = strdup(strncmp(controllers, "name=", 5) ? controllers : controllers + 5);
	rest = name ? strdup(name) : NULL;
	if (!rest)
		die_errno("name the cgroup hierarchy", controllers);
	mount = make_hierarchy(controllers, writable);
	put_mount(mount, tmpfs, name, place);
	close(mount);
	while (strchr(name, ',') && (word = strsep(&rest, ",")))
		if (symlinkat(name, tmpfs, word))
			die_errno("link the cgroup controller", word);
}

static void mount_version_1(int target, FILE *list, bool writable)
{
	static const struct mount_option mode[] = { { "mode", "755" }, { 0 } };
	const struct mount_change read_only = { .set = MOUNT_ATTR_RDONLY };
	int tmpfs = make_mount("tmpfs", mode, attributes(true));
	char *line = NULL;
	size_t size = 0;

	if (tmpfs < 0 || attach_mount(tmpfs, target))
		die_errno("mount a tmpfs on", place);
	while (getline(&line, &size, list) >= 0)
		add_hierarchy(tmpfs, line, writable);
	if (ferror(list))
		die_errno("read", "/proc/self/cgroup");
	free(line);
	if (!writable && change_mount(tmpfs, &read_only))
		die_errno("make read-only", place);
	close(tmpfs);
}

static void mount_version_2(int target, int proc, bool writable)
{
	int mount = make_version_2(proc, writable);

	if (attach_mount(mount, target))
		die_errno("mount on", place);
	close(mount);
}

static FILE *open_list(int proc)
{
	int fd = openat(proc, "self/cgroup", O_RDONLY | O_CLOEXEC);
	FILE *list = fd < 0 ? NULL : fdopen(fd, "re");

	if (!list && errno != ENOENT)
		die_errno("open", "/proc/self/cgroup");
	return list;
}

void mount_cgroups(const struct places *places, bool writable)
{
	int target = openat(
		places->sys, "fs/cgroup", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool version_1 = false, any = false;
	char *line = NULL;
	size_t size = 0;
	FILE *list;

	if (target < 0 && errno != ENOENT)
		die_errno("open", place);
	/* A kernel without cgroups has neither. */
	if (target < 0 || !(list = open_list(places->proc)))
		return;
	while (getline(&line, &size, list) >= 0) {
		any = true;
		version_1 |= strncmp(line, "0::", 3) != 0;
	}
	/* What could not be read would be mounted for nobody. */
	if (ferror(list) || fseek(list, 0, SEEK_SET))
		die_errno("read", "/proc/self/cgroup");
	free(line);
	if (version_1)
		mount_version_1(target, list, writable);
	else if (any)
		mount_version_2(target, places->proc, writable);
	fclose(list);
	close(target);
}
