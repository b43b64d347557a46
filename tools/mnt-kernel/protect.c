/* SPDX-License-Identifier: MIT */
/* Masks and read-only paths: parts of /proc and /sys that show or change the machine. A
 * directory is hidden by an empty read-only tmpfs, a file by the container's own null
 * device, which was made a moment ago and is checked to be it: had the image a say in
 * what is put there, a mask would show what it should hide (CVE-2025-31133). */

#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "die.h"
#include "mnt.h"
#include "root.h"
#include "sys.h"

/* Those of Docker. What a kernel does not have is passed over. */
static const char *const masked[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/sys/devices/virtual/powercap",
	"/sys/firmware",
	NULL,
};
static const char *const read_only[] = {
	"/proc/bus",
	"/proc/fs",
	"/proc/irq",
	"/proc/sys",
	"/proc/sysrq-trigger",
	NULL,
};

static bool is_unmasked(const struct settings *settings, const char *path)
{
	for (int i = 0; i < settings->unmasked_count; i++)
		if (!strcmp(settings->unmasked[i], path) ||
			!strcmp(settings->unmasked[i], "ALL"))
			return true;
	return false;
}

/* PATH, O_PATH; what is below /proc and /sys is looked up in the mounts themselves. -1 if
 * it is not there. */
static int open_place(const struct places *places, const char *path)
{
	int fd;

	if (!strncmp(path, "/proc/", 6))
		fd = open_in_root(places->proc, path + 6, O_PATH, 0);
	else if (!strncmp(path, "/sys/", 5))
		fd = open_in_root(places->sys, path + 5, O_PATH, 0);
	else
		fd = open_in_root(places->root, path, O_PATH, 0);
	if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
		die_errno("open to protect", path);
	return fd;
}

static void make_read_only(const struct places *places, const char *path)
{
	static const struct mount_change change = { .set = MOUNT_ATTR_RDONLY,
		.propagation = MS_PRIVATE,
		.propagation_recursive = true };
	int target = open_place(places, path), mount;

	if (target < 0)
		return;
	mount = clone_mount(target, true);
	if (mount < 0 || attach_changed_mount(mount, target, &change))
		die_errno("make read-only", path);
	close(mount);
	close(target);
}

/* The masks that there are: fds of mounts in place, to be cloned. -1: not needed yet. */
struct masks {
	int directory, file;
};

static void mask_directory(struct masks *masks, int target, const char *path)
{
	static const struct mount_option rows[] = { { "ro", NULL }, { "mode", "755" },
		{ "size", "4k" }, { "nr_inodes", "2" }, { 0 } };
	int mount;

	if (masks->directory < 0)
		mount = make_mount("tmpfs", rows,
			MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				MOUNT_ATTR_NOEXEC);
	else
		/* One file system serves all. Only what is attached can be cloned,
		 * before Linux 6.15. */
		mount = clone_mount(masks->directory, false);
	if (mount < 0 || attach_mount(mount, target))
		die_errno("hide", path);
	if (masks->directory < 0)
		masks->directory = mount;
	else
		close(mount);
}

static void mask_file(struct masks *masks, int dev, int target, const char *path)
{
	static const struct mount_change change = { .set = MOUNT_ATTR_RDONLY |
			MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
		.propagation = MS_PRIVATE };
	struct stat status;
	int mount;

	if (masks->file < 0) {
		masks->file = openat(dev, "null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (masks->file < 0 || fstat(masks->file, &status))
			die_errno("open", "/dev/null");
		if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3))
			die("hide", path, "/dev/null is not the null device");
	}
	mount = clone_mount(masks->file, false);
	if (mount < 0 || attach_changed_mount(mount, target, &change))
		die_errno("hide", path);
	close(mount);
}

static void mask(const struct places *places, struct masks *masks, const char *path)
{
	int target = open_place(places, path);
	struct stat status;

	if (target < 0)
		return;
	if (fstat(target, &status))
		die_errno("examine", path);
	if (S_ISDIR(status.st_mode))
		mask_directory(masks, target, path);
	else
		mask_file(masks, places->dev, target, path);
	close(target);
}

void protect_paths(const struct places *places, const struct settings *settings)
{
	struct masks masks = { -1, -1 };

	if (!settings->privileged)
		for (const char *const *path = read_only; *path; path++)
			if (!is_unmasked(settings, *path))
				make_read_only(places, *path);
	for (int i = 0; i < settings->read_only_count; i++)
		make_read_only(places, settings->read_only[i]);
	if (!settings->privileged)
		for (const char *const *path = masked; *path; path++)
			if (!is_unmasked(settings, *path))
				mask(places, &masks, *path);
	for (int i = 0; i < settings->mask_count; i++)
		mask(places, &masks, settings->masks[i]);
}
