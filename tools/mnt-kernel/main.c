/* SPDX-License-Identifier: MIT */
/* mnt-kernel: mount /proc, /sys and /dev into a root file system, then run a program.
 *
 * The root may be hostile: where a directory is expected it may have a link to a place of
 * the host. So each tree is mounted detached, put on a directory opened without following
 * links, and from then on reached through its own fd: nothing of the image is in the path
 * of a device, a mask or a mount below. */

#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"
#include "mnt.h"
#include "parse.h"
#include "sys.h"
#include "tool.h"

enum {
	OPTION_SHM_SIZE = OPTION_OWN,
	OPTION_MASK,
	OPTION_UNMASK,
	OPTION_READ_ONLY_PATH,
	OPTION_DEVICE,
	OPTION_PRIVILEGED,
	OPTION_NO_CGROUP,
};

static const struct tool_option options[] = {
	{ 'r', "root", "directory", "the root file system" },
	{ OPTION_SHM_SIZE, "shm-size", "bytes", "the size of /dev/shm (67108864)" },
	{ OPTION_DEVICE, "device", "source[:target[:rwm]]",
		"a device of the host to have as well (repeatable)" },
	{ OPTION_MASK, "mask", "path", "a path to hide as well (repeatable)" },
	{ OPTION_UNMASK, "unmask", "path",
		"a path neither to hide nor to make read-only, or ALL (repeatable)" },
	{ OPTION_READ_ONLY_PATH, "read-only-path", "path",
		"a path to make read-only as well (repeatable)" },
	{ OPTION_NO_CGROUP, "no-cgroup", NULL, "leave /sys/fs/cgroup empty" },
	{ OPTION_PRIVILEGED, "privileged", NULL,
		"all devices; nothing hidden, nothing read-only" },
	{ 0 },
};

/* MKNOD and CHOWN are for device nodes as the host has them, DAC_OVERRIDE for a root file
 * system that lies in, or is, another user's directory. */
static const struct tool tool = {
	.name = "mnt-kernel",
	.kind = LINK,
	.purpose =
		"mount /proc, /sys and /dev into a root file system, then run a program",
	.synopsis = "--root directory [--shm-size bytes] [--device source[:target[:rwm]] "
		    "...] "
		    "[--mask path ...] [--unmask path ...] [--read-only-path path ...] "
		    "[--no-cgroup] [--privileged] [--] program [argument ...]",
	.options = options,
	.capabilities = CAP(SYS_ADMIN) | CAP(MKNOD) | CAP(CHOWN) | CAP(DAC_OVERRIDE),
};

static const unsigned inert = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

void put_mount(int mount, int parent, const char *name, const char *shown)
{
	static const struct cause link = { "not-a-directory",
		"the image has a link or a file there: a root file system needs "
		"directories /proc, /sys and /dev, or none" };
	int target = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (target < 0 && errno == ENOENT) {
		if (mkdirat(parent, name, 0755) && errno != EEXIST)
			die_errno("make the directory", shown);
		target = openat(
			parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (target < 0)
		die_errno_cause("open the mount point", shown,
			errno == ENOTDIR || errno == ELOOP ? &link : NULL);
	if (attach_mount(mount, target))
		die_errno("mount on", shown);
	close(target);
}

static int mount_proc(int root)
{
	static const struct cause denied = { "proc-hidden",
		"in a user namespace, procfs needs a pid namespace made with it (ns-exec "
		"--pid), and a /proc outside that has nothing mounted over its parts" };
	int mount = make_mount("proc", NULL, inert);

	if (mount < 0)
		die_errno_cause(
			"make a procfs for", "/proc", errno == EPERM ? &denied : NULL);
	put_mount(mount, root, "proc", "/proc");
	return mount;
}

/* A user namespace whose network is not its own gets no sysfs of its own, since sysfs
 * shows the network: it sees the one that is there, read-only with all below it. */
static int clone_sys(void)
{
	static const struct cause denied = { "no-sysfs",
		"make a network namespace with the user namespace (ns-exec --net), or "
		"have "
		"sysfs on /sys" };
	static const struct mount_change read_only = { .set = MOUNT_ATTR_RDONLY |
			MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
		.set_recursive = true,
		.propagation = MS_PRIVATE,
		.propagation_recursive = true };
	int host = open("/sys", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), mount;

	errno = EPERM;
	if (host < 0 || !is_on(host, SYSFS_MAGIC))
		die_errno_cause("make a sysfs for", "/sys", &denied);
	mount = clone_mount(host, true);
	/* Detached, it cannot be changed by old kernels: they are refused. */
	if (mount < 0 || change_mount(mount, &read_only))
		die_errno_cause("bind read-only", "/sys", &denied);
	close(host);
	return mount;
}

static int mount_sys(int root, bool writable)
{
	int mount = make_mount("sysfs", NULL, inert | (writable ? 0 : MOUNT_ATTR_RDONLY));

	if (mount < 0 && errno == EPERM)
		mount = clone_sys();
	if (mount < 0)
		die_errno("make a sysfs for", "/sys");
	put_mount(mount, root, "sys", "/sys");
	return mount;
}

/* What fsmount(2) gave is what was asked for; this holds for the cloned one too. */
static void check_places(const struct places *places)
{
	if (!is_on(places->proc, PROC_SUPER_MAGIC))
		die("check", "/proc", "it is not procfs");
	if (!is_on(places->sys, SYSFS_MAGIC))
		die("check", "/sys", "it is not sysfs");
}

static void mount_all(const char *root, const struct settings *settings)
{
	struct places places = { .root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC) };

	if (places.root < 0)
		die_errno("open the root", root);
	places.proc = mount_proc(places.root);
	places.sys = mount_sys(places.root, settings->privileged);
	check_places(&places);
	if (!settings->no_cgroup)
		mount_cgroups(&places, settings->privileged);
	places.dev = mount_dev(&places, settings);
	protect_paths(&places, settings);
}

static void *need_memory(void *memory)
{
	if (!memory)
		die_errno("read the command line", NULL);
	return memory;
}

int main(int argc, char *argv[])
{
	struct settings settings = { .shm_size = "67108864" };
	size_t most = (size_t)argc;
	struct common common = { 0 };
	const char *root = NULL;
	mode_t mask;
	int option;

	settings.devices = need_memory(calloc(most, sizeof *settings.devices));
	settings.masks = need_memory(calloc(most, sizeof *settings.masks));
	settings.read_only = need_memory(calloc(most, sizeof *settings.read_only));
	settings.unmasked = need_memory(calloc(most, sizeof *settings.unmasked));
	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case 'r':
			root = optarg;
			break;
		case OPTION_SHM_SIZE:
			parse_uint("--shm-size", optarg, 1, INT64_MAX);
			settings.shm_size = optarg;
			break;
		case OPTION_DEVICE:
			settings.devices[settings.device_count++] = optarg;
			break;
		case OPTION_MASK:
			settings.masks[settings.mask_count++] = optarg;
			break;
		case OPTION_UNMASK:
			settings.unmasked[settings.unmasked_count++] = optarg;
			break;
		case OPTION_READ_ONLY_PATH:
			settings.read_only[settings.read_only_count++] = optarg;
			break;
		case OPTION_PRIVILEGED:
			settings.privileged = true;
			break;
		case OPTION_NO_CGROUP:
			settings.no_cgroup = true;
			break;
		}
	}
	if (!root || !argv[optind])
		die_usage(&tool, "which root, and which program?");
	start_tool(&tool, &common);

	mask = umask(0);
	mount_all(root, &settings);
	umask(mask);
	exec_program(&common, argv + optind);
}
