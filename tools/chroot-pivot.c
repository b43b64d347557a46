/* SPDX-License-Identifier: MIT */
/* chroot-pivot: make a directory the root file system, then run a program.
 *
 * After pivot_root(2) our own programs are no longer in the tree. A link that must run
 * after it (priv-drop, init-reap) is carried over: its binary is copied beforehand into a
 * sealed memfd, which can be executed but never written. So no file of the host is
 * reachable from inside through /proc/self/exe (CVE-2019-5736), and what runs is static,
 * since a dynamic program would look for its loader in the new root. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"
#include "mnt.h"
#include "parse.h"
#include "sys.h"
#include "tool.h"

enum {
	CARRIED_MAX = 8
};

static const struct tool_option options[] = {
	{ 'r', "root", "directory", "what becomes the root file system" },
	{ 'c', "carry", "fd=program",
		"carry a static program over as that fd; the first given runs next "
		"(repeatable)" },
	{ 0 },
};

static const struct tool tool = {
	.name = "chroot-pivot",
	.kind = LINK,
	.purpose = "make a directory the root file system, then run a program",
	.synopsis =
		"--root directory [--carry fd=program ...] [--] program [argument ...]",
	.options = options,
	.capabilities = CAP(SYS_ADMIN),
};

struct carried {
	int fd;
	const char *program;
};

static struct carried parse_carried(char *text)
{
	char *equals = strchr(text, '=');

	if (!equals || !equals[1])
		die("--carry", text, "not of the form fd=program");
	*equals = '\0';
	return (struct carried){ parse_fd("--carry", text), equals + 1 };
}

/* An empty file in memory that may be executed, whatever vm.memfd_noexec says (MFD_EXEC
 * must be asked for at 1 and is refused at 2; kernels before 6.3 do not know it). -1
 * where none may. */
static int make_memfd(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd;
}

static void copy_all(int from, int to, const char *program)
{
	ssize_t got;

	do
		got = sendfile(to, from, NULL, 1 << 20);
	while (got > 0 || (got < 0 && errno == EINTR));
	if (got < 0)
		die_errno("copy", program);
}

/* Where memfds may not be executed: a file on a tmpfs of its own that is mounted nowhere
 * and made read-only once the file is there. */
static int copy_to_tmpfs(int source, const char *program)
{
	static const struct mount_option mode[] = { { "mode", "0700" }, { 0 } };
	struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };
	int mount = make_mount("tmpfs", mode, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	int file, fd;

	if (mount < 0)
		die_errno("mount a tmpfs to carry", program);
	file = openat(mount, "program", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0500);
	if (file < 0)
		die_errno("create the copy of", program);
	copy_all(source, file, program);
	/* The writer must be gone: a file open for writing is not executed, nor is its
	 * mount made read-only. */
	close(file);
	fd = openat(mount, "program", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die_errno("open the copy of", program);
	if (sys_mount_setattr(mount, "", AT_EMPTY_PATH, &read_only))
		die_errno("make read-only the copy of", program);
	close(mount);
	return fd;
}

/* Open a copy of the program as the fd it is asked for. */
static void carry(const struct carried *carried)
{
	int source = open(carried->program, O_RDONLY | O_CLOEXEC), copy;
	struct stat status;

	if (source < 0)
		die_errno("open to carry", carried->program);
	if (fstat(source, &status) || !S_ISREG(status.st_mode) ||
		!(status.st_mode & 0111))
		die("carry", carried->program, "not an executable file");
	copy = make_memfd(basename(carried->program));
	if (copy >= 0) {
		copy_all(source, copy, carried->program);
		if (fchmod(copy, 0555) ||
			fcntl(copy, F_ADD_SEALS,
				F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL))
			die_errno("seal the copy of", carried->program);
	} else {
		copy = copy_to_tmpfs(source, carried->program);
	}
	close(source);
	if (copy == carried->fd) {
		if (fcntl(copy, F_SETFD, 0))
			die_errno("keep open the copy of", carried->program);
		return;
	}
	/* As in the shell, naming an fd replaces what a careless caller left open there.
	 */
	if (dup2(copy, carried->fd) < 0)
		die_errno("keep open the copy of", carried->program);
	close(copy);
}

static void enter_root(const char *root)
{
	/* pivot_root(2) refuses a directory that is not a mount point; the bind also
	 * serves where it is one. Opened once: a path is not resolved twice. */
	int tree = sys_open_tree(
		AT_FDCWD, root, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	int directory;

	if (tree < 0)
		die_errno("open the root", root);
	directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		die_errno("open the root", root);
	if (attach_mount(tree, directory))
		die_errno("bind onto itself", root);
	/* The cloned tree's fd is the new mount's root, above what stood there before. */
	if (fchdir(tree))
		die_errno("enter", root);
	/* Stacking the old root on the new one needs no spare directory in the image. */
	if (syscall(SYS_pivot_root, ".", "."))
		die_errno("pivot to", root);
	if (umount2(".", MNT_DETACH))
		die_errno("detach the old root of", root);
	if (chdir("/"))
		die_errno("enter the new root", root);
	close(directory);
	close(tree);
}

int main(int argc, char *argv[])
{
	struct carried carried[CARRIED_MAX];
	struct common common = { 0 };
	const char *root = NULL;
	int count = 0, option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case 'r':
			root = optarg;
			break;
		case 'c':
			if (count == CARRIED_MAX)
				die("--carry", optarg, "at most %d programs",
					CARRIED_MAX);
			carried[count++] = parse_carried(optarg);
			break;
		}
	}
	if (!root || !argv[optind])
		die_usage(&tool, "which root, and which program?");
	start_tool(&tool, &common);

	for (int i = 0; i < count; i++)
		carry(&carried[i]);
	enter_root(root);
	if (count)
		exec_carried(&common, carried[0].fd, argv + optind);
	exec_program(&common, argv + optind);
}
