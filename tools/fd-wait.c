/* SPDX-License-Identifier: MIT */
/* fd-wait: wait for a byte, then run a program.
 *
 * A container's program must not start before its network is there, and what connects it
 * runs outside and needs the container's first process. So that process waits here, on a
 * pipe: one byte releases it. The end of file, on the other hand, says that whoever had
 * the write end has gone, even if it was killed: then the program must never start.
 *
 * With a FIFO any process may give the byte, at any later time, and there is nobody whose
 * death would mean something. Opening it for writing too keeps writers that come and go
 * without a byte from looking like an end of file (fifo(7)). */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"
#include "lookup.h"
#include "parse.h"
#include "tool.h"

enum {
	OPTION_EXEC_FD = OPTION_OWN
};

static const struct tool_option options[] = {
	{ 'n', "fd", "fd", "wait for a byte there; end of file is a failure" },
	{ 'f', "fifo", "path", "wait for a byte there, from whoever writes it" },
	{ OPTION_EXEC_FD, "exec-fd", "fd", "what runs next is the program open as fd" },
	{ 0 },
};

static const struct tool tool = {
	.name = "fd-wait",
	.kind = LINK,
	.purpose = "wait for a byte, then run a program",
	.synopsis = "--fd fd | --fifo path [--exec-fd fd] [--] program [argument ...]",
	.options = options,
};

static int open_fifo(const char *path)
{
	/* O_NONBLOCK: what is not a FIFO (a device, say) must not keep us either. */
	int fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		die_errno("open the FIFO", path);
	if (fstat(fd, &status))
		die_errno("inspect the FIFO", path);
	if (!S_ISFIFO(status.st_mode))
		die("open the FIFO", path, "not a FIFO");
	return fd;
}

/* The fd may be non-blocking, ours or by its sharer's will. */
static void wait_for_byte(int fd, const char *object)
{
	static const struct cause cause = { "released-by-nobody",
		"whoever held the write end ended first; see its messages" };
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	ssize_t got;
	char byte;

	while ((got = read(fd, &byte, 1)) < 0) {
		if (errno == EAGAIN) {
			if (poll(&poll_fd, 1, -1) < 0 && errno != EINTR)
				die_errno("wait", object);
		} else if (errno != EINTR) {
			die_errno("wait for a byte", object);
		}
	}
	if (!got)
		die_cause(&cause, "wait for a byte", object, "nobody released it");
}

int main(int argc, char *argv[])
{
	const char *fifo = NULL, *object = NULL;
	struct common common = { 0 };
	int fd = -1, exec_fd = -1, option;
	char *program = NULL;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case 'n':
			fd = parse_fd("--fd", optarg);
			object = optarg;
			break;
		case 'f':
			fifo = object = optarg;
			break;
		case OPTION_EXEC_FD:
			exec_fd = parse_fd("--exec-fd", optarg);
			break;
		}
	}
	if ((fd < 0) == !fifo || !argv[optind])
		die_usage(&tool, "one of --fd and --fifo, and which program?");
	if (fd >= 0 && fd == exec_fd)
		die("--exec-fd", object, "the fd that is waited on is no program");
	start_tool(&tool, &common);

	/* A program that is not there is found out now, not when it is too late. */
	if (exec_fd < 0)
		program = find_program(argv[optind]);
	if (fifo)
		fd = open_fifo(fifo);
	wait_for_byte(fd, object);
	close(fd);
	if (exec_fd >= 0)
		exec_carried(&common, exec_fd, argv + optind);
	exec_found(&common, program, argv + optind);
}
