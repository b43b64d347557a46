/* SPDX-License-Identifier: MIT */
#include "mnt.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "sys.h"

int finish_mount(int fs, unsigned attributes)
{
	if (sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -1;
	return sys_fsmount(fs, FSMOUNT_CLOEXEC, attributes);
}

int make_mount(const char *type, const struct mount_option *options, unsigned attributes)
{
	int fs = sys_fsopen(type, FSOPEN_CLOEXEC), mount = -1, saved;

	if (fs < 0)
		return -1;
	/* What mountinfo shows as the device; "none" would be true, and puzzling. */
	if (sys_fsconfig(fs, FSCONFIG_SET_STRING, "source", type, 0))
		goto done;
	for (; options && options->key; options++)
		if (sys_fsconfig(fs,
			    options->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
			    options->key, options->value, 0))
			break;
	if (!options || !options->key)
		mount = finish_mount(fs, attributes);
done:
	saved = errno;
	close(fs);
	errno = saved;
	return mount;
}

int attach_mount(int mount, int target)
{
	return sys_move_mount(
		mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int clone_mount(int fd, bool recursive)
{
	return sys_open_tree(fd, "",
		AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
			(recursive ? AT_RECURSIVE : 0));
}

bool is_on(int fd, unsigned long magic)
{
	struct statfs status;

	return !fstatfs(fd, &status) && (unsigned long)status.f_type == magic;
}

int fd_path(int fd, char path[FD_PATH_SIZE])
{
	int proc = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool real = proc >= 0 && is_on(proc, PROC_SUPER_MAGIC);

	if (proc >= 0)
		close(proc);
	snprintf(path, FD_PATH_SIZE, "/proc/self/fd/%d", fd);
	errno = ENOSYS;
	return real ? 0 : -1;
}

static int set_attributes(int mount, const struct mount_change *change)
{
	struct mount_attr set = { .attr_set = change->set };
	struct mount_attr propagation = { .propagation = change->propagation };

	if (change->set &&
		sys_mount_setattr(mount, "",
			AT_EMPTY_PATH | (change->set_recursive ? AT_RECURSIVE : 0), &set))
		return -1;
	if (change->propagation &&
		sys_mount_setattr(mount, "",
			AT_EMPTY_PATH |
				(change->propagation_recursive ? AT_RECURSIVE : 0),
			&propagation))
		return -1;
	return 0;
}

/* The same by mount(2), through the fd's name in procfs. */
static int remount(int mount_fd, const struct mount_change *change)
{
	/* A remount replaces all flags, so those that are there are given again. */
	static const struct {
		uint64_t attribute;
		unsigned long there, flag;
	} rows[] = {
		{ MOUNT_ATTR_RDONLY, ST_RDONLY, MS_RDONLY },
		{ MOUNT_ATTR_NOSUID, ST_NOSUID, MS_NOSUID },
		{ MOUNT_ATTR_NODEV, ST_NODEV, MS_NODEV },
		{ MOUNT_ATTR_NOEXEC, ST_NOEXEC, MS_NOEXEC },
		{ 0, ST_NOATIME, MS_NOATIME },
		{ 0, ST_NODIRATIME, MS_NODIRATIME },
		{ 0, ST_RELATIME, MS_RELATIME },
	};
	unsigned long flags = MS_REMOUNT | MS_BIND;
	char path[FD_PATH_SIZE];
	struct statvfs status;

	if (change->set && change->set_recursive) {
		errno = ENOSYS;
		return -1;
	}
	if (fd_path(mount_fd, path) || fstatvfs(mount_fd, &status))
		return -1;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (status.f_flag & rows[i].there || change->set & rows[i].attribute)
			flags |= rows[i].flag;
	if (change->set && mount(NULL, path, NULL, flags, NULL))
		return -1;
	if (change->propagation &&
		mount(NULL, path, NULL,
			change->propagation |
				(change->propagation_recursive ? MS_REC : 0),
			NULL))
		return -1;
	return 0;
}

int change_mount(int mount, const struct mount_change *change)
{
	if (!set_attributes(mount, change))
		return 0;
	return errno == ENOSYS ? remount(mount, change) : -1;
}

int attach_changed_mount(int mount, int target, const struct mount_change *change)
{
	bool complete = !set_attributes(mount, change);

	if (!complete && (errno != ENOSYS || (change->set && change->set_recursive)))
		return -1;
	if (attach_mount(mount, target))
		return -1;
	return complete ? 0 : remount(mount, change);
}

void mount_log(int fs, char *text, size_t size)
{
	ssize_t got;

	*text = '\0';
	/* Each read gives one message, "e overlay: why"; the last says what was fatal. */
	for (;;) {
		char line[256];

		got = read(fs, line, sizeof line - 1);
		if (got <= 0)
			return;
		line[got] = '\0';
		if (got > 2 && line[1] == ' ')
			strncpy(text, line + 2, size - 1);
		text[size - 1] = '\0';
	}
}
