/* SPDX-License-Identifier: MIT */
/* tty-open: give a program a terminal of its own, then run it.
 *
 * The terminal is a pair: what is written to its master appears on its slave, as if
 * typed. It is opened in the container's own devpts, so that inside it has a name
 * (/dev/pts/0) and no other terminal of the machine can be reached through it. The slave
 * becomes the controlling terminal of the session and the fds 0, 1 and 2; the master
 * leaves through a Unix socket (SCM_RIGHTS, unix(7)) to whoever shows the terminal,
 * tty-relay(1) or an engine.
 *
 * It runs before the root changes, since /dev/console is one more mount: the slave, put
 * on a file of the container's /dev. All of it by fds below the root: the master is the
 * one that we opened, the slave comes from the master by ioctl(2), not by a name that an
 * image or another container's process could change meanwhile. */

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "die.h"
#include "mnt.h"
#include "parse.h"
#include "root.h"
#include "sys.h"
#include "tool.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

enum {
	OPTION_CONSOLE_FD = OPTION_OWN,
	OPTION_CONSOLE_SOCKET,
};

static const struct tool_option options[] = {
	{ 'r', "root", "directory", "the root file system, with its /dev/pts mounted" },
	{ OPTION_CONSOLE_FD, "console-fd", "fd",
		"send the master through this Unix socket, and close it" },
	{ OPTION_CONSOLE_SOCKET, "console-socket", "path",
		"send the master to whoever listens on this Unix socket" },
	{ 0 },
};

static const struct tool tool = {
	.name = "tty-open",
	.kind = LINK,
	.purpose = "give a program a terminal of its own, then run it",
	.synopsis = "--root directory --console-fd fd | --console-socket path [--] "
		    "program [argument ...]",
	.options = options,
	.capabilities = CAP(SYS_ADMIN), /* for the mount on /dev/console */
};

struct terminal {
	int master, slave;
	char name[32]; /* as it is called inside */
};

static int open_dev(const char *root)
{
	int directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC), dev;

	if (directory < 0)
		die_errno("open the root", root);
	dev = open_in_root(directory, "dev", O_PATH | O_DIRECTORY, 0);
	if (dev < 0)
		die_errno("open", "/dev");
	close(directory);
	return dev;
}

/* An image may have made /dev/pts a directory or a link of its own: only the kernel's
 * file system of terminals has what can be trusted. */
static int open_pts(int dev)
{
	static const struct cause cause = { "no-devpts", "mnt-kernel must come before" };
	int pts = openat(dev, "pts", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (pts < 0)
		die_errno_cause("open", "/dev/pts", &cause);
	if (!is_on(pts, DEVPTS_SUPER_MAGIC))
		die_cause(&cause, "open", "/dev/pts", "it is not a devpts");
	return pts;
}

static struct terminal open_terminal(int pts)
{
	static const struct cause mode = { "ptmx-mode",
		"the devpts must be mounted with ptmxmode=666" };
	struct terminal terminal;
	unsigned number;

	terminal.master = openat(pts, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	if (terminal.master < 0)
		die_errno_cause("open", "/dev/pts/ptmx", errno == EACCES ? &mode : NULL);
	if (ioctl(terminal.master, TIOCGPTN, &number) ||
		ioctl(terminal.master, TIOCSPTLCK, &(int){ 0 }))
		die_errno("unlock", "/dev/pts/ptmx");
	terminal.slave =
		ioctl(terminal.master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal.slave < 0)
		die_errno("open the slave of", "/dev/pts/ptmx");
	snprintf(terminal.name, sizeof terminal.name, "/dev/pts/%u", number);
	return terminal;
}

/* As large as the terminal that we were started on, if there is one: a program may ask
 * before whoever gets the master has had time to set it. */
static void copy_size(const struct terminal *terminal)
{
	struct winsize size;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (ioctl(fd, TIOCGWINSZ, &size))
			continue;
		if (ioctl(terminal->slave, TIOCSWINSZ, &size))
			die_errno("set the size of", terminal->name);
		return;
	}
}

/* The place for the mount is a file that we make, or the device that is there already (a
 * /dev of the user's own): never what a link points to. */
static void mount_console(int dev, const struct terminal *terminal)
{
	static const struct mount_change change = {
		.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, .propagation = MS_PRIVATE
	};
	int place, mount;
	struct stat status;

	place = openat(dev, "console",
		O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (place < 0 && errno == EEXIST)
		place = openat(dev, "console", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (place < 0 || fstat(place, &status))
		die_errno("make a place for", "/dev/console");
	if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode))
		die("make a place for", "/dev/console",
			"there is something that is no device");
	mount = clone_mount(terminal->slave, false);
	if (mount < 0 || attach_changed_mount(mount, place, &change))
		die_errno("mount on /dev/console", terminal->name);
	close(mount);
	close(place);
}

static int connect_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	/* No empty one: that would be an address without a file, open to everybody. */
	if (!*path || strlen(path) >= sizeof address.sun_path)
		die("--console-socket", path,
			"a path of 1 to %zu bytes is what a socket can have",
			sizeof address.sun_path - 1);
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address))
		die_errno("connect to", path);
	return fd;
}

/* With the name as its text, as OCI runtimes do. */
static void send_master(int socket, struct terminal *terminal)
{
	static const struct cause no_socket = { "no-console-socket",
		"it must be a connected Unix socket" };
	static const struct cause gone = { "no-console-reader",
		"whoever was to show the terminal has ended first" };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof terminal->master)];
	} control = { 0 };
	struct iovec text = { terminal->name, strlen(terminal->name) };
	struct msghdr message = { .msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control };
	ssize_t sent;

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof terminal->master);
	memcpy(CMSG_DATA(&control.header), &terminal->master, sizeof terminal->master);
	do
		sent = sendmsg(socket, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		die_errno_cause("send the master of", terminal->name,
			errno == EPIPE || errno == ECONNRESET ? &gone : &no_socket);
	close(socket);
	close(terminal->master);
}

/* Only the leader of a session without a terminal can take one. */
static void take_terminal(const struct terminal *terminal)
{
	static const struct cause taken = { "session-has-terminal",
		"start it in a session of its own: under ns-exec --pid or setsid" };

	if (getsid(0) != getpid() && setsid() < 0)
		die_errno_cause("start a session", NULL, &taken);
	if (ioctl(terminal->slave, TIOCSCTTY, 0))
		die_errno_cause("make the controlling terminal", terminal->name, &taken);
}

static void become_standard(struct terminal *terminal)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (terminal->slave != fd ? dup2(terminal->slave, fd) < 0
					  : fcntl(fd, F_SETFD, 0))
			die_errno("use as standard streams", terminal->name);
	if (terminal->slave > STDERR_FILENO)
		close(terminal->slave);
}

int main(int argc, char *argv[])
{
	const char *root = NULL, *path = NULL;
	struct common common = { 0 };
	int socket = -1, option, dev, pts;
	struct terminal terminal;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case 'r':
			root = optarg;
			break;
		case OPTION_CONSOLE_FD:
			socket = parse_fd("--console-fd", optarg);
			break;
		case OPTION_CONSOLE_SOCKET:
			path = optarg;
			break;
		}
	}
	if (!root || (socket < 0) == !path || !argv[optind])
		die_usage(&tool,
			"which root, one of --console-fd and --console-socket, "
			"and which program?");
	start_tool(&tool, &common);

	dev = open_dev(root);
	pts = open_pts(dev);
	terminal = open_terminal(pts);
	copy_size(&terminal);
	mount_console(dev, &terminal);
	close(pts);
	close(dev);
	if (path)
		socket = connect_socket(path);
	take_terminal(&terminal);
	send_master(socket, &terminal);
	become_standard(&terminal);
	exec_program(&common, argv + optind);
}
