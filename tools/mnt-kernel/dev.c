/* SPDX-License-Identifier: MIT */
/* /dev: a tmpfs, filled before it is attached, with nothing from the image in it. Where
 * device nodes cannot be made (a user namespace, a devices cgroup), the host's are bound,
 * read-only: that lets devices be written, but not the mode or owner of the host's node
 * be changed. */

#include "kernel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "die.h"
#include "mnt.h"
#include "root.h"
#include "sys.h"

/* The numbers are the kernel's own, Documentation/admin-guide/devices.txt. */
static const struct node {
	const char *name;
	unsigned major, minor;
} nodes[] = {
	{ "null", 1, 3 },
	{ "zero", 1, 5 },
	{ "full", 1, 7 },
	{ "random", 1, 8 },
	{ "urandom", 1, 9 },
	{ "tty", 5, 0 },
	{ 0 },
};

static const struct {
	const char *name, *to;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
	{ "ptmx", "pts/ptmx" },
	{ "core", "/proc/kcore" },
	{ 0 },
};

/* Bind DEVICE, an fd of a node of the host, as NAME, which is not there yet. */
static void bind_node(int directory, const char *name, int device)
{
	static const struct mount_change change = { .set = MOUNT_ATTR_RDONLY |
			MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
		.propagation = MS_PRIVATE };
	int file = openat(
		directory, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0);
	int mount;

	if (file < 0)
		die_errno("make a place for the device", name);
	mount = clone_mount(device, false);
	if (mount < 0 || attach_changed_mount(mount, file, &change))
		die_errno("bind the device", name);
	close(file);
	close(mount);
}

static void bind_standard_node(int dev, const struct node *node)
{
	char path[32];
	struct stat status;
	int device;

	snprintf(path, sizeof path, "/dev/%s", node->name);
	device = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (device < 0 || fstat(device, &status))
		die_errno("open the device", path);
	if (!S_ISCHR(status.st_mode) ||
		status.st_rdev != makedev(node->major, node->minor))
		die("open the device", path, "it is not the device of that name");
	bind_node(dev, node->name, device);
	close(device);
}

/* What needs no mount below: nodes where they may be made, directories, links. */
static void fill_detached(int dev, int proc)
{
	static const char *const directories[] = { "pts", "shm", "mqueue", NULL };

	for (const struct node *node = nodes; node->name; node++)
		if (mknodat(dev, node->name, S_IFCHR | 0666,
			    makedev(node->major, node->minor)) &&
			errno != EPERM)
			die_errno("make the device", node->name);
	for (const char *const *name = directories; *name; name++)
		if (mkdirat(dev, *name, 0755))
			die_errno("make the directory", *name);
	for (size_t i = 0; links[i].name; i++) {
		if (!strcmp(links[i].name, "core") &&
			faccessat(proc, "kcore", F_OK, AT_SYMLINK_NOFOLLOW))
			continue;
		if (symlinkat(links[i].to, dev, links[i].name))
			die_errno("make the link", links[i].name);
	}
}

static void mount_pts(int dev)
{
	/* 5 is the group tty on every distribution; a user namespace may not have it. */
	static const struct mount_option rows[] = {
		{ "newinstance", NULL },
		{ "ptmxmode", "0666" },
		{ "mode", "0620" },
		{ "gid", "5" },
		{ 0 },
	};
	static const struct mount_option no_group[] = {
		{ "newinstance", NULL },
		{ "ptmxmode", "0666" },
		{ "mode", "0620" },
		{ 0 },
	};
	unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
	int mount = make_mount("devpts", rows, attributes);

	if (mount < 0 && errno == EINVAL)
		mount = make_mount("devpts", no_group, attributes);
	if (mount < 0)
		die_errno("make a devpts for", "/dev/pts");
	put_mount(mount, dev, "pts", "/dev/pts");
	close(mount);
}

static void mount_shm(int dev, const char *size)
{
	const struct mount_option rows[] = { { "mode", "1777" }, { "size", size },
		{ 0 } };
	int mount = make_mount(
		"tmpfs", rows, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);

	if (mount < 0)
		die_errno("make a tmpfs for", "/dev/shm");
	put_mount(mount, dev, "shm", "/dev/shm");
	close(mount);
}

static void mount_mqueue(int dev)
{
	static const struct cause denied = { "no-ipc-namespace",
		"in a user namespace, message queues need an ipc namespace made with it "
		"(ns-exec --ipc)" };
	int mount = make_mount(
		"mqueue", NULL, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);

	/* A kernel may be built without. */
	if (mount < 0 && errno == ENODEV)
		return;
	if (mount < 0)
		die_errno_cause("make an mqueue for", "/dev/mqueue",
			errno == EPERM ? &denied : NULL);
	put_mount(mount, dev, "mqueue", "/dev/mqueue");
	close(mount);
}

static bool is_device(mode_t mode)
{
	return S_ISCHR(mode) || S_ISBLK(mode);
}

static bool same_device(const struct stat *a, const struct stat *b)
{
	return is_device(a->st_mode) && (a->st_mode & S_IFMT) == (b->st_mode & S_IFMT) &&
		a->st_rdev == b->st_rdev;
}

/* The owner of the node NAME, made like LIKE a moment ago: the fd says that it still is.
 */
static void own_node(int directory, const char *name, const struct stat *like)
{
	int node = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (node < 0 || fstat(node, &status))
		die_errno("open the device", name);
	if (!same_device(&status, like))
		die("open the device", name, "something else is there");
	if (fchownat(node, "", like->st_uid, like->st_gid, AT_EMPTY_PATH))
		die_errno("change the owner of the device", name);
	close(node);
}

/* Have the host's DEVICE as NAME too: a node of our own with the same number, mode and
 * owner. False if something else of that name is there. */
static bool add_node(int directory, const char *name, int device)
{
	struct stat status, there;

	if (fstat(device, &status))
		die_errno("examine the device", name);
	if (!fstatat(directory, name, &there, AT_SYMLINK_NOFOLLOW))
		return same_device(&there, &status);
	if (!mknodat(directory, name, status.st_mode, status.st_rdev)) {
		if (status.st_uid || status.st_gid)
			own_node(directory, name, &status);
	} else {
		if (errno != EPERM)
			die_errno("make the device", name);
		bind_node(directory, name, device);
	}
	return true;
}

/* SOURCE[:TARGET[:rwm]]. The letters are for the devices cgroup; here they are only
 * checked. */
static void add_device(const struct places *places, char *text)
{
	char *rest = text, *source = strsep(&rest, ":"), *target = strsep(&rest, ":");
	char *slash;
	int device, directory;
	struct stat status;

	if (!target || !*target)
		target = source;
	if (*source != '/' || *target != '/' ||
		(rest && strspn(rest, "rwm") != strlen(rest)))
		die("--device", text, "not of the form /source[:/target[:rwm]]");
	device = open(source, O_PATH | O_CLOEXEC);
	if (device < 0 || fstat(device, &status))
		die_errno("open the device", source);
	if (!is_device(status.st_mode))
		die("open the device", source, "it is not a device");
	target = strdup(target);
	if (!target)
		die_errno("name the device", source);
	slash = strrchr(target, '/');
	*slash = '\0';
	directory = open_directory_in_root(places->root, *target ? target : "/", 0755);
	if (directory < 0)
		die_errno("open the directory of the device", slash + 1);
	if (!slash[1] || !add_node(directory, slash + 1, device))
		die("make the device", slash + 1, "something else is there");
	close(directory);
	close(device);
	free(target);
}

/* Every device below the host's directory FROM, which it closes, into TO. What is there
 * already stays, and other mounts' directories are left out. */
static void add_all(int from, int to)
{
	static const char *const skipped[] = { ".", "..", "pts", "shm", "mqueue", "fd",
		"hugepages", "console", NULL };
	DIR *list = fdopendir(from);
	struct dirent *entry;

	if (!list)
		die_errno("list", "/dev");
	while ((errno = 0, entry = readdir(list))) {
		const char *const *skip = skipped;
		struct stat status;
		int fd, below;

		while (*skip && strcmp(*skip, entry->d_name))
			skip++;
		fd = *skip ? -1
			   : openat(dirfd(list), entry->d_name,
				     O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &status))
			continue;
		if (is_device(status.st_mode)) {
			add_node(to, entry->d_name, fd);
		} else if (S_ISDIR(status.st_mode)) {
			if (mkdirat(to, entry->d_name, 0755) && errno != EEXIST)
				die_errno("make the directory", entry->d_name);
			below = openat(to, entry->d_name,
				O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			if (below < 0)
				die_errno("open the directory", entry->d_name);
			add_all(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
				below);
			close(below);
		}
		close(fd);
	}
	if (errno)
		die_errno("list", "/dev");
	closedir(list);
}

int mount_dev(const struct places *places, const struct settings *settings)
{
	static const struct mount_option rows[] = { { "mode", "755" },
		{ "size", "65536k" }, { 0 } };
	int dev = make_mount("tmpfs", rows, MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME);

	if (dev < 0)
		die_errno("make a tmpfs for", "/dev");
	fill_detached(dev, places->proc);
	put_mount(dev, places->root, "dev", "/dev");
	for (const struct node *node = nodes; node->name; node++)
		if (faccessat(dev, node->name, F_OK, AT_SYMLINK_NOFOLLOW))
			bind_standard_node(dev, node);
	mount_pts(dev);
	mount_shm(dev, settings->shm_size);
	mount_mqueue(dev);
	if (settings->privileged)
		add_all(open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC), dev);
	for (int i = 0; i < settings->device_count; i++)
		add_device(places, settings->devices[i]);
	return dev;
}
