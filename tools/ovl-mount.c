/* SPDX-License-Identifier: MIT */
/* ovl-mount: layers and a writable directory become one tree, then run a program.
 *
 * Every directory is opened once, and the kernel gets it as an fd: no character in a name
 * can turn into a second layer or an option. Kernels that take no layer as an fd get the
 * fds' numbers as names, relative to /proc/self/fd, which need no escaping either and
 * keep 500 layers within the one page that mount(2) has for options.
 *
 * An overlay acts with the credentials of who mounted it for as long as it exists, so the
 * capabilities below are not only for the mounting: they are what copying a file up
 * takes.
 *
 * The kernel accepts the same upper directory in two overlays and then behaves undefined,
 * so a lock is held for as long as a process of the chain has its fd. It is on a file
 * beside the upper directory and not on the directory: an fd of a directory outside would
 * be a way out of the root for whoever inherits it. */

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "die.h"
#include "mnt.h"
#include "parse.h"
#include "sys.h"
#include "tool.h"

enum {
	OPTION_AT = OPTION_OWN,
	OPTION_READ_ONLY,
	OPTION_VOLATILE,
	OPTION_LOCK_FD,
	LAYERS_MAX = 500, /* OVL_MAX_STACK of the kernel */
};

static const struct tool_option options[] = {
	{ 'l', "lower", "directory", "a layer, the topmost first (repeatable)" },
	{ 'u', "upper", "directory", "where changes go; made if missing" },
	{ 'w', "work", "directory",
		"the overlay's own, on the file system of --upper; made if missing" },
	{ OPTION_AT, "at", "directory", "where the tree appears; made if missing" },
	{ OPTION_READ_ONLY, "read-only", NULL, "no changes; --upper is not needed" },
	{ OPTION_VOLATILE, "volatile", NULL,
		"never sync the upper directory, which cannot be used again" },
	{ OPTION_LOCK_FD, "lock-fd", "fd", "the number of the fd that holds the lock" },
	{ 0 },
};

static const struct tool tool = {
	.name = "ovl-mount",
	.kind = LINK,
	.purpose = "layers and a writable directory become one tree, then run a program",
	.synopsis =
		"--lower directory ... [--upper directory --work directory] --at "
		"directory "
		"[--read-only] [--volatile] [--lock-fd fd] [--] program [argument ...]",
	.options = options,
	.capabilities = CAP(SYS_ADMIN) | CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(FOWNER) |
		CAP(FSETID) | CAP(MKNOD) | CAP(SETFCAP),
};

/* What the options name, and the O_PATH fds of it; upper and work are -1 without them. */
struct overlay {
	const char **lower;
	int *lower_fds;
	int lowers;
	const char *upper, *work, *at;
	int upper_fd, work_fd, at_fd;
	bool read_only, is_volatile, userxattr;
};

/* PATH without its last component, "." or "/" if nothing is left; for the caller to
 * free. */
static char *parent_of(const char *path)
{
	size_t length = strlen(path);
	char *parent;

	while (length > 1 && path[length - 1] == '/')
		length--;
	while (length && path[length - 1] != '/')
		length--;
	while (length > 1 && path[length - 1] == '/')
		length--;
	parent = length ? strndup(path, length) : strdup(".");
	if (!parent)
		die_errno("name the parent of", path);
	return parent;
}

/* Open a directory of the caller's, O_PATH, made with its parents if it is missing. */
static int open_or_make(const char *path, mode_t mode)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *parent;

	if (fd < 0 && errno == ENOENT && *path) {
		parent = parent_of(path);
		/* "x/.." and a dangling link are there without being openable. */
		if (strcmp(parent, path) && strcmp(parent, "."))
			close(open_or_make(parent, 0755));
		free(parent);
		if (mkdir(path, mode) && errno != EEXIST)
			die_errno("make the directory", path);
		fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0)
		die_errno("open the directory", path);
	return fd;
}

static void open_all(struct overlay *overlay)
{
	for (int i = 0; i < overlay->lowers; i++) {
		overlay->lower_fds[i] =
			open(overlay->lower[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (overlay->lower_fds[i] < 0)
			die_errno("open the layer", overlay->lower[i]);
	}
	overlay->upper_fd = overlay->upper ? open_or_make(overlay->upper, 0755) : -1;
	overlay->work_fd = overlay->upper ? open_or_make(overlay->work, 0700) : -1;
	overlay->at_fd = open_or_make(overlay->at, 0755);
}

/* The fd of the file beside UPPER, locked. */
static int lock_upper(const char *upper)
{
	static const struct cause busy = { "upper-in-use",
		"end the container that uses it, or take another upper directory" };
	/* One lock for one directory, whatever links and dots its name was given with. */
	char *real = realpath(upper, NULL), *name = NULL;
	int fd;

	if (!real || asprintf(&name, "%s.lock", real) < 0)
		die_errno("name the lock of", upper);
	free(real);
	fd = open(name,
		O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		0600);
	if (fd < 0)
		die_errno("open the lock", name);
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno == EWOULDBLOCK)
			die_cause(&busy, "lock the upper directory", upper,
				"another overlay uses it");
		die_errno("lock", name);
	}
	free(name);
	return fd;
}

/* Leave the lock to the programs that follow, as fd NUMBER unless that is -1. The last
 * act, since it may replace an fd that was in use. */
static void keep_lock(int lock, int number)
{
	/* A copy is not closed by an exec; and never is it the program's 0, 1 or 2,
	 * should the caller have closed those. */
	if (number == lock
			? fcntl(lock, F_SETFD, 0)
			: (number < 0 ? fcntl(lock, F_DUPFD, 3) : dup2(lock, number)) < 0)
		die_errno("keep open", "the lock");
}

/* Whether trusted.* attributes are denied to us, as they are in a user namespace: then
 * the overlay must keep its marks in user.*. Replacing an attribute that is not there
 * asks for the permission and changes nothing. */
static bool must_use_user_xattrs(void)
{
	int file = memfd_create("probe", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
	bool denied;

	if (file < 0 && errno == EINVAL)
		file = memfd_create("probe", MFD_CLOEXEC);
	if (file < 0)
		die_errno("probe for trusted attributes", NULL);
	denied = fsetxattr(file, "trusted.overlay.probe", "", 0, XATTR_REPLACE) &&
		errno == EPERM;
	close(file);
	return denied;
}

/* Without attributes on the upper directory an overlay mounts, and fails later, when a
 * directory is replaced. On another overlay, or without privilege, it does not mount, and
 * the reason for that says more. */
static void refuse_without_xattrs(const struct overlay *overlay)
{
	static const struct cause none = { "upper-without-xattrs",
		"take a directory elsewhere; tmpfs has user attributes since Linux 6.6" };
	int upper = openat(overlay->upper_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (upper < 0)
		die_errno("open", overlay->upper);
	if (fsetxattr(upper,
		    overlay->userxattr ? "user.overlay.probe" : "trusted.overlay.probe",
		    "", 0, XATTR_REPLACE) &&
		errno == EOPNOTSUPP && !is_on(overlay->upper_fd, OVERLAYFS_SUPER_MAGIC) &&
		effective_caps() & CAP(SYS_ADMIN))
		die_cause(&none, "use as the upper directory", overlay->upper,
			"its file system has no %s attributes",
			overlay->userxattr ? "user" : "trusted");
	close(upper);
}

static void refuse_stale_volatile(const struct overlay *overlay)
{
	static const struct cause stale = { "volatile-upper",
		"its content may be incomplete: remove the upper and the work directory, "
		"or, to take the risk, work/incompat/volatile in the work directory" };

	if (!faccessat(overlay->work_fd, "work/incompat/volatile", F_OK,
		    AT_SYMLINK_NOFOLLOW))
		die_cause(&stale, "mount the overlay", overlay->upper,
			"the upper directory was used with --volatile");
}

/* What is known to be wrong with an upper directory, looked for once mounting failed. */
static const struct cause *find_cause(const struct overlay *overlay)
{
	static const struct cause
		nested = { "upper-on-overlay",
			"an upper directory cannot be on an overlay; take one on "
			"tmpfs, or on the disk's own file system" },
		remote = { "upper-on-nfs",
			"an upper directory cannot be on NFS; take a local disk or "
			"tmpfs" },
		apart = { "work-elsewhere",
			"upper and work must be on one file system and mount" },
		stale = { "layers-changed",
			"the layers are not those this upper directory was made with" },
		overlap = { "layers-overlap",
			"no layer, upper or work directory may be inside another, or "
			"given "
			"twice" },
		denied = { "no-mount-privilege",
			"start in a mount namespace of your own (ns-exec --mount), with "
			"CAP_SYS_ADMIN there" },
		missing = { "no-overlay",
			"this kernel has no overlay file system; try modprobe overlay" };
	struct stat upper, work;

	switch (errno) {
	case ENODEV:
		return &missing;
	case EPERM:
		return &denied;
	case ESTALE:
		return &stale;
	case ELOOP:
		return &overlap;
	}
	if (overlay->upper_fd < 0)
		return NULL;
	if (is_on(overlay->upper_fd, OVERLAYFS_SUPER_MAGIC))
		return &nested;
	if (is_on(overlay->upper_fd, NFS_SUPER_MAGIC))
		return &remote;
	if (!fstat(overlay->upper_fd, &upper) && !fstat(overlay->work_fd, &work) &&
		upper.st_dev != work.st_dev)
		return &apart;
	return NULL;
}

static _Noreturn void die_mount(const struct overlay *overlay, int fs)
{
	int saved = errno;
	const struct cause *cause = find_cause(overlay);
	char text[256] = "";

	if (fs >= 0)
		mount_log(fs, text, sizeof text);
	errno = saved;
	if (*text && cause)
		die_cause(cause, "mount the overlay", overlay->at, "%s (%s)", text,
			strerror(saved));
	if (*text)
		die("mount the overlay", overlay->at, "%s (%s)", text, strerror(saved));
	if (cause)
		die_errno_cause("mount the overlay", overlay->at, cause);
	die_errno("mount the overlay", overlay->at);
}

/* Directories are not renamed by a mark, nor files copied up without their data: so the
 * upper directory alone is the whole difference, whoever reads it, and no mark in a layer
 * is followed to another place. The index would tie the upper directory to the inodes
 * of its layers. */
static const struct mount_option marks[] = {
	{ "redirect_dir", "nofollow" },
	{ "metacopy", "off" },
	{ "index", "off" },
	{ 0 },
};

/* A detached mount with its layers as fds. -1 if the kernel takes none. */
static int mount_by_fds(const struct overlay *overlay)
{
	int fs = sys_fsopen("overlay", FSOPEN_CLOEXEC), mount;

	if (fs < 0) {
		if (errno == ENOSYS)
			return -1;
		die_mount(overlay, -1);
	}
	for (int i = 0; i < overlay->lowers; i++) {
		if (!sys_fsconfig(fs, FSCONFIG_SET_FD, "lowerdir+", NULL,
			    overlay->lower_fds[i]))
			continue;
		if (!i) {
			close(fs);
			return -1;
		}
		die_mount(overlay, fs);
	}
	if (sys_fsconfig(fs, FSCONFIG_SET_STRING, "source", "overlay", 0))
		die_mount(overlay, fs);
	for (const struct mount_option *mark = marks; mark->key; mark++)
		if (sys_fsconfig(fs, FSCONFIG_SET_STRING, mark->key, mark->value, 0))
			die_mount(overlay, fs);
	if ((overlay->upper_fd >= 0 &&
		    (sys_fsconfig(
			     fs, FSCONFIG_SET_FD, "upperdir", NULL, overlay->upper_fd) ||
			    sys_fsconfig(fs, FSCONFIG_SET_FD, "workdir", NULL,
				    overlay->work_fd))) ||
		(overlay->is_volatile &&
			sys_fsconfig(fs, FSCONFIG_SET_FLAG, "volatile", NULL, 0)) ||
		(overlay->userxattr &&
			sys_fsconfig(fs, FSCONFIG_SET_FLAG, "userxattr", NULL, 0)))
		die_mount(overlay, fs);
	mount = finish_mount(fs, overlay->read_only ? MOUNT_ATTR_RDONLY : 0);
	if (mount < 0)
		die_mount(overlay, fs);
	close(fs);
	return mount;
}

/* mount(2)'s options, with numbers of fds as names; for the caller to free. */
static char *option_string(const struct overlay *overlay)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		die_errno("write the options of", overlay->at);
	for (int i = 0; i < overlay->lowers; i++)
		fprintf(out, "%s%d", i ? ":" : "lowerdir=", overlay->lower_fds[i]);
	for (const struct mount_option *mark = marks; mark->key; mark++)
		fprintf(out, ",%s=%s", mark->key, mark->value);
	if (overlay->upper_fd >= 0)
		fprintf(out, ",upperdir=%d,workdir=%d", overlay->upper_fd,
			overlay->work_fd);
	if (overlay->is_volatile)
		fputs(",volatile", out);
	if (overlay->userxattr)
		fputs(",userxattr", out);
	if (fclose(out))
		die_errno("write the options of", overlay->at);
	return text;
}

/* The same by mount(2), with the names looked up in /proc/self/fd. */
static void mount_by_names(const struct overlay *overlay)
{
	static const struct cause no_proc = { "no-proc",
		"this kernel's overlay takes paths only: mount procfs on /proc first" };
	int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *text = option_string(overlay), at[FD_PATH_SIZE];

	if (here < 0)
		die_errno("open", "the working directory");
	if (fd_path(overlay->at_fd, at) || chdir("/proc/self/fd"))
		die_errno_cause("name the layers of", overlay->at, &no_proc);
	if (mount("overlay", at, "overlay", overlay->read_only ? MS_RDONLY : 0, text))
		die_mount(overlay, -1);
	if (fchdir(here))
		die_errno("return to", "the working directory");
	close(here);
	free(text);
}

/* An overlay needs two directories: one layer that is only read is bound. */
static void bind_single(const struct overlay *overlay)
{
	static const struct mount_change read_only = { .set = MOUNT_ATTR_RDONLY };
	int mount = clone_mount(overlay->lower_fds[0], false);

	if (mount < 0 || attach_changed_mount(mount, overlay->at_fd, &read_only))
		die_errno_cause("bind read-only", overlay->lower[0], find_cause(overlay));
	close(mount);
}

static void mount_overlay(const struct overlay *overlay)
{
	int mount;

	if (overlay->upper_fd < 0 && overlay->lowers == 1) {
		bind_single(overlay);
		return;
	}
	mount = mount_by_fds(overlay);
	if (mount < 0) {
		mount_by_names(overlay);
		return;
	}
	if (attach_mount(mount, overlay->at_fd))
		die_mount(overlay, -1);
	close(mount);
}

static void check_usage(const struct overlay *overlay, char *const program[])
{
	if (!overlay->lowers || !overlay->at || !*program)
		die_usage(&tool, "which layers, where, and which program?");
	if (!overlay->upper != !overlay->work)
		die_usage(&tool, "--upper and --work go together");
	if (!overlay->upper && !overlay->read_only)
		die_usage(&tool, "neither --upper nor --read-only");
	if (!overlay->upper && overlay->is_volatile)
		die_usage(&tool, "--volatile is about an --upper");
}

int main(int argc, char *argv[])
{
	struct overlay overlay = { 0 };
	struct common common = { 0 };
	int lock = -1, lock_fd = -1, option;
	mode_t mask;

	overlay.lower = calloc((size_t)argc, sizeof *overlay.lower);
	overlay.lower_fds = calloc((size_t)argc, sizeof *overlay.lower_fds);
	if (!overlay.lower || !overlay.lower_fds)
		die_errno("read the command line", NULL);
	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case 'l':
			if (overlay.lowers == LAYERS_MAX)
				die("--lower", optarg,
					"at most %d layers, the kernel's limit",
					LAYERS_MAX);
			overlay.lower[overlay.lowers++] = optarg;
			break;
		case 'u':
			overlay.upper = optarg;
			break;
		case 'w':
			overlay.work = optarg;
			break;
		case OPTION_AT:
			overlay.at = optarg;
			break;
		case OPTION_READ_ONLY:
			overlay.read_only = true;
			break;
		case OPTION_VOLATILE:
			overlay.is_volatile = true;
			break;
		case OPTION_LOCK_FD:
			lock_fd = parse_fd("--lock-fd", optarg);
			break;
		}
	}
	check_usage(&overlay, argv + optind);
	start_tool(&tool, &common);

	/* The modes of what is made are those said above, whatever the caller's mask. */
	mask = umask(0);
	open_all(&overlay);
	overlay.userxattr = must_use_user_xattrs();
	if (overlay.upper) {
		lock = lock_upper(overlay.upper);
		refuse_without_xattrs(&overlay);
		refuse_stale_volatile(&overlay);
	}
	mount_overlay(&overlay);
	umask(mask);
	if (overlay.upper)
		keep_lock(lock, lock_fd);
	exec_program(&common, argv + optind);
}
